"""MNIST-1D: a generated signal for each of the ten digits (Greydanus and Kobak, arXiv 2011.14439)."""

from __future__ import annotations

import random
from functools import cache

import numpy as np
from numpy.typing import NDArray

from weightprobes.choices import check_choice
from weightprobes.datasets.files import DatasetMissing
from weightprobes.lazy import torch

CLASSES = tuple("0123456789")
NAME = "MNIST-1D"
SHAPE = (40,)
COUNTS = {
    "train": (398, 396, 411, 394, 394, 402, 401, 404, 402, 398),
    "test": (102, 104, 89, 106, 106, 98, 99, 96, 98, 102),
}
DIGEST = {"train": "1f437781", "test": "4cb9715f"}


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Signals of mean 0 and spread 1 overall, shape (n, 40), and labels, shape (n,): the package's own split.

    Rounded to four decimals, so that no machine's last bits show. Raises DatasetMissing without the package.
    """
    check_choice("split", split, ("train", "test"))
    made, suffix = _made(), "" if split == "train" else "_test"
    x = made[f"x{suffix}"].round(4)
    return torch.from_numpy(x).float(), torch.from_numpy(made[f"y{suffix}"]).long()


@cache
def _made() -> dict[str, NDArray]:
    try:
        from mnist1d.data import make_dataset
    except ImportError as error:
        raise DatasetMissing(f"{NAME} is made by a package: pip install 'weightprobes[mnist1d]'") from error
    # it seeds the global generators, which are borrowed and given back
    ours, numpys = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        return make_dataset()
    finally:
        random.setstate(ours)
        np.random.set_state(numpys)  # noqa: NPY002
