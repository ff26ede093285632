"""MNIST: 60,000 + 10,000 handwritten digits, 28×28 (LeCun, Cortes and Burges)."""

from __future__ import annotations

from weightprobes.datasets.idx import load_idx
from weightprobes.lazy import torch

CLASSES = tuple("0123456789")
NAME = "MNIST"
SHAPE = (28, 28)
COUNTS = {
    "train": (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
    "test": (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
}
DIGEST = {"train": "bb1c7ff0", "test": "9a8f9166"}

# MD5 of the four published files, uncompressed.
CHECKSUMS = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images in [0, 1], shape (n, 28, 28), and labels, shape (n,)."""
    return load_idx("MNIST", CHECKSUMS, split)
