"""Wine: chemistry of 178 wines from three growers (Aeberhard, Coomans and de Vel 1992; UCI)."""

from __future__ import annotations

from weightprobes.datasets.splits import scikit_learn
from weightprobes.lazy import torch

CLASSES = ("class_0", "class_1", "class_2")
NAME = "Wine"
SHAPE = (13,)
COUNTS = {"train": (45, 54, 36), "test": (14, 17, 12)}
DIGEST = {"train": "b3d811a2", "test": "592a3f54"}


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Columns as they are, shape (n, 13), and labels, shape (n,); a quarter of each class are test items."""
    return scikit_learn("load_wine", split)
