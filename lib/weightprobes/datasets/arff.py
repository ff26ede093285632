"""ARFF files of numbers whose last column is a class."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

#: Where UCI's sets are found in this format.
SOURCE = (
    "https://raw.githubusercontent.com/renatopp/arff-datasets/"
    "c59f172882592bb58982cc54d2d3c8a2b57e9b73/classification"
)


def read(path: Path, classes: Sequence[str], training: int, split: str) -> tuple[torch.Tensor, torch.Tensor]:
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
