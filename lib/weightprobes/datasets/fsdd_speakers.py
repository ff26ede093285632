"""The Free Spoken Digit Dataset with two of its six speakers held out: digits said by voices never heard."""

from __future__ import annotations

import numpy as np

from weightprobes.choices import check_choice
from weightprobes.datasets import fsdd
from weightprobes.lazy import torch

CLASSES, SHAPE = fsdd.CLASSES, fsdd.SHAPE
NAME = "Spoken digits, new speakers"
COUNTS = {"train": 10 * (200,), "test": 10 * (100,)}
DIGEST = {"train": "b815a0e7", "test": "205a0f5d"}

#: The last of the six by name.
HELD_OUT = ("theo", "yweweler")


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Spectrograms, shape (n, 32, 32), and digits, shape (n,); all of two speakers are the test set."""
    check_choice("split", split, ("train", "test"))
    x, digit, speaker, _ = fsdd.recordings()
    chosen = torch.from_numpy(np.isin(speaker, HELD_OUT)) == (split == "test")
    return x[chosen], digit[chosen]
