"""scikit-learn's 8×8 handwritten digits: 1,797 images that come with the package and need no network."""

from __future__ import annotations

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

CLASSES = tuple("0123456789")
NAME = "Digits"
SHAPE = (8, 8)
COUNTS = {
    "train": (134, 137, 134, 145, 132, 137, 136, 132, 130, 130),
    "test": (44, 45, 43, 38, 49, 45, 45, 47, 44, 50),
}
DIGEST = {"train": "85860588", "test": "609562ef"}


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images in [0, 1], shape (n, 8, 8), and labels, shape (n,); every fourth image is a test image."""
    check_choice("split", split, ("train", "test"))
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = torch.from_numpy(digits.images).float() / 16
    labels = torch.from_numpy(digits.target).long()
    held_out = torch.arange(len(labels)) % 4 == 0
    chosen = held_out if split == "test" else ~held_out
    return images[chosen], labels[chosen]
