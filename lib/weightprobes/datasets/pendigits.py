"""Pendigits: digits as strokes of a pen, eight positions each (Alimoglu and Alpaydin; UCI)."""

from __future__ import annotations

from weightprobes.datasets import arff
from weightprobes.datasets.files import published
from weightprobes.lazy import torch

CLASSES = tuple("0123456789")
NAME = "Pendigits"
SHAPE = (16,)
COUNTS = {
    "train": (780, 779, 780, 719, 780, 720, 720, 778, 719, 719),
    "test": (363, 364, 364, 336, 364, 335, 336, 364, 336, 336),
}
DIGEST = {"train": "61bc92f2", "test": "2d1ba774"}

FILE = "pendigits/pendigits.arff"
CHECKSUM = "1491c29573a7865db4950bcc8e36e013"
URL = f"{arff.SOURCE}/pendigits.arff"

#: The first rows are of 30 writers, the others of 14 other ones: the official split.
TRAINING = 7_494


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions x, y, x, y, … from 0 to 100, shape (n, 16), and labels, shape (n,)."""
    return arff.read(published(NAME, FILE, URL, CHECKSUM), CLASSES, TRAINING, split)
