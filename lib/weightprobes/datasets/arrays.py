"""Data of one's own, given in memory: checked, split, and registered as a data set that a digest names."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from weightprobes.datasets import inputs
from weightprobes.datasets.loading import SPLITS, digest_of
from weightprobes.datasets.registry import DATASETS
from weightprobes.datasets.splits import stratified
from weightprobes.lazy import torch

#: What the names of these data sets begin with; eight hexadecimal digits that name the data follow.
PREFIX = "data-"


@dataclass(frozen=True, eq=False)
class Arrays:
    """Both splits of a data set in memory; ``SPLIT`` says how they were parted."""

    NAME: str
    CLASSES: tuple[str, ...]
    SHAPE: tuple[int, ...]
    RANGE: tuple[Any, Any]
    SPLIT: str
    splits: dict[str, tuple[torch.Tensor, torch.Tensor]]

    def load(self, split: str) -> tuple[torch.Tensor, torch.Tensor]:
        """Inputs and labels."""
        return self.splits[split]


def register(
    x: Any,
    y: Any,
    test: tuple[Any, Any] | None = None,
    span: tuple[Any, Any] | None = None,
    seed: int = 0,
    title: str = "Your data",
) -> str:
    """Register inputs ``x`` (n, ...) and labels ``y`` (n,); returns the data set's name, ``"data-1a2b3c4d"``.

    The same numbers, classes and split have the same name, whatever they come as. Arguments as for
    :meth:`weightprobes.tasks.Task.of`. Raises ValueError for what nothing can be learned from.
    """
    items, names = inputs.taken(x, y, "X")
    classes = inputs.in_order(names)
    labels = _labels(names, classes)
    if test is None:
        held_out = stratified(labels, seed)
        train, tested = ((items[rows], labels[rows]) for rows in (~held_out, held_out))
    else:
        others, names = inputs.taken(*test, "X of the test")
        train, tested = (items, labels), (others, _labels(names, classes))
    how = f"stratified, seed {seed}" if test is None else "given"
    low, high = _checked(train, tested, classes)
    ends = tuple(np.asarray(end, np.float32) for end in span or (low, high))
    told = digest_of(*train), digest_of(*tested), *(end.tolist() for end in ends)
    name = PREFIX + sha256(repr(told).encode()).hexdigest()[:8]
    splits = dict(zip(SPLITS, (train, tested), strict=True))
    DATASETS[name] = Arrays(title, classes, tuple(items.shape[1:]), ends, how, splits)
    return name


def _labels(names: list[str], classes: tuple[str, ...]) -> torch.Tensor:
    """The place in ``classes`` of each of the ``names``, (n,)."""
    place = {name: number for number, name in enumerate(classes)}
    for name in names:
        if name not in place:
            raise ValueError(
                f"class {name!r} is among the test labels alone: leave it out, or train on it too"
            )
    return torch.tensor([place[name] for name in names])


def _checked(
    train: tuple[torch.Tensor, torch.Tensor],
    test: tuple[torch.Tensor, torch.Tensor],
    classes: tuple[str, ...],
) -> tuple[float, float]:
    """The least and the largest training input; ValueError if nothing can be learned, or nothing tested."""
    (x, y), (others, labels) = train, test
    if len(classes) < 2:
        raise ValueError(f"all labels are {classes[0]!r}: give items of two classes or more")
    for label, name in enumerate(classes):
        if not (y == label).any() or not (labels == label).any():
            raise ValueError(
                f"class {name!r} needs an item to train on and one for the test: give more, or leave it out"
            )
    if x.shape[1:] != others.shape[1:]:
        raise ValueError(
            f"inputs of shape {tuple(x.shape[1:])} are tested on {tuple(others.shape[1:])}: give one shape"
        )
    low, high = x.min().item(), x.max().item()
    if low == high:
        raise ValueError(f"all training inputs are {low:g}, so nothing can be learned: give others")
    return low, high
