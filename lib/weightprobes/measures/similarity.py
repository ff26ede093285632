"""How alike the images of two classes are: SSIM distances (the paper's SI)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from weightprobes.datasets import DATASETS, loading
from weightprobes.devices import Device
from weightprobes.rng import generator
from weightprobes.tables.recipe import Recipe

WINDOW = 7
K1, K2 = 0.01, 0.03

# Pairs of images at a time: what they need stays in the processor's cache.
BLOCK = 250


def ssim(first: Tensor, second: Tensor, places: Tensor) -> Tensor:
    """Structural similarity of ``first[i]`` with ``second[j]`` for each row (i, j) of ``places``.

    ``first`` (n, h, w), ``second`` (m, h, w), ``places`` (pairs, 2) → (pairs,). What
    scikit-image's ``structural_similarity`` does by default (uniform 7×7 windows inside the image,
    sample covariance; Wang et al. 2004), with the data range of the *first* image, as the authors
    call it; so the order matters a little.
    """
    # in single precision a small variance is lost beside a large mean: errors of several 1e-6
    first, second = first.double(), second.double()
    if min(first.shape[-2:]) < WINDOW:
        raise ValueError(f"images of {tuple(first.shape[-2:])} pixels hold no window of {WINDOW} × {WINDOW}")
    local = [_local_moments(images) for images in (first, second)]
    return torch.cat(
        [
            _ssim(first[i], second[j], [part[i] for part in local[0]], [part[j] for part in local[1]])
            for i, j in (block.T for block in places.split(BLOCK))
        ]
    )


def _ssim(first: Tensor, second: Tensor, ours: list[Tensor], theirs: list[Tensor]) -> Tensor:
    span = (first.amax((1, 2)) - first.amin((1, 2)))[:, None, None]
    small, smaller = (K1 * span) ** 2, (K2 * span) ** 2
    unbiased = WINDOW**2 / (WINDOW**2 - 1)
    (mean_1, variance_1), (mean_2, variance_2) = ours, theirs
    both = mean_1 * mean_2
    covariance = unbiased * (_local_mean(first * second) - both)
    similar = (2 * both + small) * (2 * covariance + smaller)
    same = (mean_1**2 + mean_2**2 + small) * (variance_1 + variance_2 + smaller)
    return (similar / same).mean((1, 2))


def _local_moments(images: Tensor) -> list[Tensor]:
    """Mean and variance of each window, (n, h - 6, w - 6) each."""
    mean = _local_mean(images)
    return [mean, WINDOW**2 / (WINDOW**2 - 1) * (_local_mean(images**2) - mean**2)]


def _local_mean(images: Tensor) -> Tensor:
    height, width = images.shape[-2:]
    return _windows(height) @ images @ _windows(width).T


@cache
def _windows(side: int) -> Tensor:
    """The matrix (side - 6, side) that averages over each window inside a line of ``side`` pixels."""
    place = torch.arange(side) - torch.arange(side - WINDOW + 1)[:, None]
    return ((place >= 0) & (place < WINDOW)).double() / WINDOW


@dataclass(frozen=True)
class Similarity(Recipe):
    """The recipe of a table with one row for each ordered pair of classes of a dataset.

    As the authors do: ``pairs`` pairs, drawn with replacement, of the first ``images`` training images
    of each class, in [-1, 1]; of one class with itself, pairs of different images.

    Columns ``dataset, first, second`` (class labels), ``distance`` (one less the mean similarity) and
    ``error`` (standard error of that mean).
    """

    by: ClassVar[str] = "first"
    dataset: str
    images: int = 1000
    pairs: int = 10_000
    data: str = ""

    def __post_init__(self) -> None:
        if not self.data:
            object.__setattr__(self, "data", loading.digest(self.dataset))

    @property
    def name(self) -> str:
        return f"similarity/{self.dataset}"

    def items(self, device: Device = "cpu") -> range:
        """The labels of all classes."""
        return range(len(DATASETS[self.dataset].CLASSES))

    def of_pairs(self) -> pd.Series:
        """The distance of each pair of classes, both orders averaged, indexed by task name."""
        rows = self.table().query("first != second")
        low, high = rows[["first", "second"]].min(axis=1), rows[["first", "second"]].max(axis=1)
        names = self.dataset + "/" + low.astype(str) + "-" + high.astype(str)
        return rows.groupby(names)["distance"].mean()

    def _make(self, firsts: Sequence[int], device: Device) -> pd.DataFrame:
        images, labels, _ = loading.load(self.dataset, "train")
        low, high = loading.ends(self.dataset)
        chosen = (images[labels == label][: self.images] for label in labels.unique())
        classes = [2 * ((one - low) / (high - low)) - 1 for one in chosen]
        rows = []
        for first in tqdm(firsts, desc=f"SSIM {self.dataset}", unit="class"):
            for second in range(len(classes)):
                places = self._places(first, second, len(classes[first]), len(classes[second]))
                distances = 1 - ssim(classes[first], classes[second], places)
                error = distances.std() / len(distances) ** 0.5
                row = {"dataset": self.dataset, "first": first, "second": second}
                rows.append({**row, "distance": distances.mean().item(), "error": error.item()})
        return pd.DataFrame(rows)

    def _places(self, first: int, second: int, many: int, others: int) -> Tensor:
        rng = generator("similar images", self.dataset, first, second)
        ours = torch.randint(many, (self.pairs,), generator=rng)
        theirs = torch.randint(others - (first == second), (self.pairs,), generator=rng)
        # of one class: any image but the same
        return torch.stack([ours, theirs + ((first == second) & (theirs >= ours)).long()], dim=1)
