"""Letter: printed capitals of 20 fonts, distorted, in 16 numbers each (Frey and Slate 1991; UCI)."""

from __future__ import annotations

from weightprobes.datasets import arff
from weightprobes.datasets.files import published
from weightprobes.lazy import torch

CLASSES = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NAME = "Letter"
SHAPE = (16,)
# fmt: off
COUNTS = {
    "train": (
        633, 606, 589, 638, 616, 619, 586, 571, 608, 615, 604, 601, 639,
        637, 608, 633, 639, 605, 597, 643, 642, 612, 615, 618, 642, 584,
    ),
    "test": (
        156, 160, 147, 167, 152, 156, 187, 163, 147, 132, 135, 160, 153,
        146, 145, 170, 144, 153, 151, 153, 171, 152, 137, 169, 144, 150,
    ),
}
# fmt: on
DIGEST = {"train": "c12cf01c", "test": "9aac4192"}

FILE = "letter/letter.arff"
CHECKSUM = "f2331efae51f5e1cb4520385aa71aa55"
URL = f"{arff.SOURCE}/letter.arff"

# The file has its rows in another order than UCI, whose first 16,000 train too.
TRAINING = 16_000


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Moments and counts of edges, whole numbers from 0 to 15, shape (n, 16), and labels, shape (n,)."""
    return arff.read(published(NAME, FILE, URL, CHECKSUM), CLASSES, TRAINING, split)
