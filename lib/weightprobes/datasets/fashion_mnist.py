"""Fashion-MNIST: 60,000 + 10,000 pictures of clothes, 28×28 (Xiao, Rasul and Vollgraf, arXiv 1708.07747)."""

from __future__ import annotations

from weightprobes.datasets.idx import load_idx
from weightprobes.lazy import torch

CLASSES = (
    *("T-shirt", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
NAME = "Fashion-MNIST"
SHAPE = (28, 28)
COUNTS = {"train": 10 * (6_000,), "test": 10 * (1_000,)}
DIGEST = {"train": "ab384aac", "test": "96ac9748"}

# MD5 of the four published files, uncompressed.
CHECKSUMS = {
    "train-images-idx3-ubyte": "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    "train-labels-idx1-ubyte": "9018921c3c673c538a1fc5bad174d6f9",
    "t10k-images-idx3-ubyte": "8181f5470baa50b63fa0f6fddb340f0a",
    "t10k-labels-idx1-ubyte": "15d484375f8d13e6eb1aabb0c3f46965",
}


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images in [0, 1], shape (n, 28, 28), and labels, shape (n,)."""
    return load_idx("FashionMNIST", CHECKSUMS, split)
