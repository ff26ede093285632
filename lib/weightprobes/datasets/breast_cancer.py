"""Breast Cancer Wisconsin (Diagnostic): 569 tumours in 30 numbers each (Street and others 1993)."""

from __future__ import annotations

from weightprobes.datasets.splits import scikit_learn
from weightprobes.lazy import torch

CLASSES = ("malignant", "benign")
NAME = "Breast cancer"
SHAPE = (30,)
COUNTS = {"train": (159, 268), "test": (53, 89)}
DIGEST = {"train": "21f4c122", "test": "02e6990a"}


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Columns as they are, shape (n, 30), and labels, shape (n,); a quarter of each class are test items."""
    return scikit_learn("load_breast_cancer", split)
