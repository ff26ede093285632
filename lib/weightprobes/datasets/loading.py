"""Every data set is read through here: checked, and named by a digest of what is in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from weightprobes.choices import check_choice
from weightprobes.datasets.files import DatasetCorrupt
from weightprobes.datasets.registry import DATASETS, known
from weightprobes.lazy import torch

SPLITS = ("train", "test")


class Split(NamedTuple):
    """Inputs, (n, \\*shape), float32; labels, (n,), int64; and eight hexadecimal digits that name both."""

    x: torch.Tensor
    y: torch.Tensor
    digest: str


def load(dataset: str, split: str) -> Split:
    """One split of the data set called ``dataset``, read once a process.

    Raises DatasetCorrupt for inputs or labels that nothing can be learned from, and for data that are not
    those of the set's own ``COUNTS`` and ``DIGEST``.
    """
    check_choice("split", split, SPLITS)
    return _read(dataset, known(dataset).load, split)


def digest(dataset: str) -> str:
    """Sixteen hexadecimal digits that name the data of both splits, for recipes.

    The set's own constant, so that tables are found without any data; computed for a set that has none. There
    it also names the :func:`ends`, unless they are 0 and 1.
    """
    own = getattr(known(dataset), "DIGEST", None)
    told = "".join(own[split] if own else load(dataset, split).digest for split in SPLITS)
    if own or [end.unique().tolist() for end in ends(dataset)] == [[0], [1]]:
        return told
    return sha256(f"{told} {[end.tolist() for end in ends(dataset)]}".encode()).hexdigest()[:16]


def ends(dataset: str) -> tuple[torch.Tensor, torch.Tensor]:
    """The lowest and the highest input there can be, each one number, or an array of the set's ``SHAPE``.

    The set's own ``RANGE``, else those of its training inputs.
    """
    told = getattr(known(dataset), "RANGE", None) or _ends(dataset, DATASETS[dataset].load)
    low, high = (torch.as_tensor(end).float() for end in told)
    if not {tuple(low.shape), tuple(high.shape)} <= {(), DATASETS[dataset].SHAPE} or not (low <= high).all():
        raise DatasetCorrupt(
            f"the range of {dataset} is {told}: give the lowest and the highest input, two numbers or two "
            f"arrays of shape {DATASETS[dataset].SHAPE}"
        )
    return low, high


def counts(dataset: str, split: str) -> tuple[int, ...]:
    """The number of items of each class: the set's own constant, counted for a set that has none."""
    told = getattr(known(dataset), "COUNTS", None)
    return told[split] if told else _counted(load(dataset, split).y, len(DATASETS[dataset].CLASSES))


@cache
def _read(dataset: str, read: Callable[[str], tuple[torch.Tensor, torch.Tensor]], split: str) -> Split:
    x, y = read(split)
    told = DATASETS[dataset]
    _check(f"the {split} split of {dataset}", x, y, told.SHAPE, told.CLASSES)
    # a copy: who changes his own tensors later must not change what the digest names
    found = Split(x.clone(), y.clone(), digest_of(x, y))
    for name, value in (("COUNTS", _counted(y, len(told.CLASSES))), ("DIGEST", found.digest)):
        right = getattr(told, name, {split: value})[split]
        if value != right:
            raise DatasetCorrupt(
                f"the {split} split of {dataset} has {name} {value} instead of {right}: put the right data "
                "in its place, or give other data another name"
            )
    return found


@cache
def _ends(
    dataset: str, read: Callable[[str], tuple[torch.Tensor, torch.Tensor]]
) -> tuple[torch.Tensor, torch.Tensor]:
    x = _read(dataset, read, "train").x
    return x.min(), x.max()


def _check(
    what: str, x: torch.Tensor, y: torch.Tensor, shape: tuple[int, ...], classes: tuple[str, ...]
) -> None:
    """Raise DatasetCorrupt unless a network can learn from inputs ``x`` and labels ``y``."""
    if not isinstance(x, torch.Tensor) or not isinstance(y, torch.Tensor):
        kinds = f"{type(x).__name__} and {type(y).__name__}"
        raise DatasetCorrupt(f"{what} is of types {kinds}: give two tensors, torch.from_numpy(…)")
    if x.dtype != torch.float32 or y.dtype != torch.int64:
        raise DatasetCorrupt(f"{what} is of types {x.dtype} and {y.dtype}: give float32 inputs, int64 labels")
    if y.ndim != 1 or len(y) == 0 or x.shape != (len(y), *shape):
        raise DatasetCorrupt(
            f"{what} has inputs {tuple(x.shape)} for labels {tuple(y.shape)}: "
            f"give one or more of shape {shape}, and a label for each"
        )
    if not x.isfinite().all():
        raise DatasetCorrupt(f"{what} holds inputs that are NaN or infinite: fill them in, or leave them out")
    if y.min() < 0 or y.max() >= len(classes):
        raise DatasetCorrupt(
            f"{what} has labels from {y.min()} to {y.max()}: count them from 0 to {len(classes) - 1}, "
            f"in the order of its {len(classes)} classes"
        )


def digest_of(x: torch.Tensor, y: torch.Tensor) -> str:
    """Eight hexadecimal digits that name inputs ``x`` and labels ``y``."""
    told = sha256(str(tuple(x.shape)).encode())
    told.update(x.contiguous().numpy())
    told.update(y.contiguous().numpy())
    return told.hexdigest()[:8]


def _counted(y: torch.Tensor, classes: int) -> tuple[int, ...]:
    return tuple(y.bincount(minlength=classes).tolist())
