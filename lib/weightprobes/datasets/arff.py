"""ARFF files of numbers whose last column is a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def read(path: Path, classes: Sequence[str], training: int, split: str) -> tuple[Tensor, Tensor]:
    """Numbers, shape (n, columns), float32, and places in ``classes``, shape (n,).

    The first ``training`` rows are the split "train", the others "test".
    """
    check_choice("split", split, ("train", "test"))
    # SciPy's reader takes no blanks before a class, and pendigits has them
    _, _, data = path.read_text().partition("@data\n")
    rows = [line.split(",") for line in data.split("\n") if line.strip()]
    rows = rows[:training] if split == "train" else rows[training:]
    x = torch.tensor([[float(number) for number in row[:-1]] for row in rows])
    return x, torch.tensor([classes.index(row[-1].strip()) for row in rows])
