"""How alike the images of two classes are: SSIM distances (the paper's SI)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from weightprobes.datasets import DATASETS, loading
from weightprobes.devices import Device
from weightprobes.rng import generator
from weightprobes.tables.recipe import OfDataset

WINDOW = 7
UNBIASED = WINDOW**2 / (WINDOW**2 - 1)

# Pairs of images at a time: what they need stays in the processor's cache.
BLOCK = 250


def ssim(first: Tensor, second: Tensor, places: Tensor) -> Tensor:
    """Structural similarity of ``first[i]`` with ``second[j]`` for each row (i, j) of ``places``.

    ``first`` (n, h, w), ``second`` (m, h, w), ``places`` (pairs, 2) → (pairs,). What
    scikit-image's ``structural_similarity`` does by default (uniform 7×7 windows inside the image,
    sample covariance; Wang et al. 2004), with the data range of the *first* image, as the authors
    call it; so the order matters a little. Six times as fast: what concerns one image is computed once.
    """
    if min(first.shape[-2:]) < WINDOW:
        raise ValueError(f"images of {tuple(first.shape[-2:])} pixels hold no window of {WINDOW} × {WINDOW}")
    # in single precision a small variance is lost beside a large mean: errors of several 1e-6
    first, second = first.double(), second.double()
    mean_1, mean_2 = _local_mean(first), _local_mean(second)
    variance_1 = UNBIASED * (_local_mean(first**2) - mean_1**2)
    variance_2 = UNBIASED * (_local_mean(second**2) - mean_2**2)
    span = (first.amax((1, 2)) - first.amin((1, 2)))[:, None, None]
    small, smaller = (0.01 * span) ** 2, (0.03 * span) ** 2
    found = []
    for i, j in (block.T for block in places.split(BLOCK)):
        both = mean_1[i] * mean_2[j]
        covariance = UNBIASED * (_local_mean(first[i] * second[j]) - both)
        similar = (2 * both + small[i]) * (2 * covariance + smaller[i])
        same = (mean_1[i] ** 2 + mean_2[j] ** 2 + small[i]) * (variance_1[i] + variance_2[j] + smaller[i])
        found.append((similar / same).mean((1, 2)))
    return torch.cat(found)


def _local_mean(images: Tensor) -> Tensor:
    """The mean of each window inside ``images`` (n, h, w): (n, h - 6, w - 6), as two products of matrices."""
    down, across = (
        torch.ones(side - WINDOW + 1, side, dtype=images.dtype).triu().tril(WINDOW - 1) / WINDOW
        for side in images.shape[-2:]
    )
    return down @ images @ across.T


@dataclass(frozen=True)
class Similarity(OfDataset):
    """The recipe of a table with one row for each ordered pair of classes of a dataset.

    As the authors do: ``pairs`` pairs, drawn with replacement, of the first ``images`` training images
    of each class, in [-1, 1]; of one class with itself, pairs of different images.

    Columns ``dataset, first, second`` (class labels), ``distance`` (one less the mean similarity) and
    ``error`` (standard error of that mean).
    """

    by: ClassVar[str] = "first"
    images: int = 1000
    pairs: int = 10_000

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
        if images.ndim != 3:
            raise ValueError(
                f"{self.dataset} has inputs of shape {tuple(images.shape[1:])}, and SSIM compares images: "
                "name data sets of images in gray"
            )
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
