"""A task: some classes of a dataset, and how its inputs are scaled."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.datasets import DATASETS, loading
from weightprobes.datasets.idx import DatasetCorrupt
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

Scaling = Literal["symmetric", "unit", "centered", "standardized", "varying"]

#: The paper's tasks. "Hard" is the pair with the smaller structural dissimilarity (SSIM distance).
PAPER_TASKS = {
    "mnist/0-7": "easy",
    "mnist/7-9": "hard",
    "fashion_mnist/3-2": "easy",
    "fashion_mnist/3-1": "hard",
}


@dataclass(frozen=True)
class Task:
    """Tell ``classes`` of ``dataset`` apart; the k-th class in the tuple has label k.

    ``scaling`` of the pixels: ``"symmetric"``, in [-1, 1] with a background of -1 (the paper's);
    ``"unit"``, in [0, 1]; ``"centered"``, symmetric less the task's training mean of each pixel;
    ``"standardized"``, centred and divided by the training standard deviation of each pixel,
    unless that is 0 (where a pixel hardly ever varies, its few other values become huge); and
    ``"varying"``, symmetric, with 0 in pixels that are constant over the training images.

    ``data`` names what is in the data set (:func:`~weightprobes.datasets.loading.digest`) and is filled in:
    the same name with other data is another task.
    """

    dataset: str
    classes: tuple[int, ...]
    scaling: Scaling = "symmetric"
    data: str = ""

    def __post_init__(self) -> None:
        check_choice("dataset", self.dataset, DATASETS)
        if not self.data:
            object.__setattr__(self, "data", loading.digest(self.dataset))
        check_choice("input scaling", self.scaling, get_args(Scaling))
        known = len(DATASETS[self.dataset].CLASSES)
        for label in self.classes:
            if label not in range(known):
                raise ValueError(
                    f"unknown class {label!r} in task {self.name!r}: "
                    f"{self.dataset} has classes 0 to {known - 1}"
                )
        if len(self.classes) < 2 or len(set(self.classes)) < len(self.classes):
            raise ValueError(
                f"task {self.name!r} does not tell classes apart: name two or more different ones"
            )

    @classmethod
    def named(cls, name: str, scaling: Scaling = "symmetric") -> Task:
        """The task called ``name``: a dataset and its classes in label order, like ``"mnist/7-9"``."""
        dataset, _, classes = name.partition("/")
        labels = classes.split("-")
        if not all(label.isdecimal() for label in labels):
            raise ValueError(f"task {name!r} is not of the form 'dataset/class-class', like 'mnist/7-9'")
        return cls(dataset, tuple(map(int, labels)), scaling)

    @property
    def name(self) -> str:
        """Like ``"mnist/7-9"``."""
        return f"{self.dataset}/{'-'.join(map(str, self.classes))}"

    @property
    def title(self) -> str:
        """For figures, like ``"MNIST 7 vs 9"``; with the paper's word for its own tasks."""
        dataset = DATASETS[self.dataset]
        if len(self.classes) > 4:
            return f"{dataset.NAME}, {len(self.classes)} classes"
        classes = " vs ".join(dataset.CLASSES[label] for label in self.classes)
        word = f" ({PAPER_TASKS[self.name]})" if self.name in PAPER_TASKS else ""
        return f"{dataset.NAME} {classes}{word}"

    @property
    def pixels(self) -> int:
        """Number of inputs."""
        return math.prod(DATASETS[self.dataset].SHAPE)

    def load(self, split: Literal["train", "test"]) -> tuple[Tensor, Tensor]:
        """All images of the classes, flattened and scaled, shape (n, pixels), and labels, shape (n,).

        Raises DatasetCorrupt if the data set has other ``data`` by now.
        """
        x, y = _selected(self.dataset, self.classes, split, self.data)
        if self.scaling == "unit":
            return x, y
        x, seen = 2 * x - 1, 2 * _selected(self.dataset, self.classes, "train", self.data)[0] - 1
        if self.scaling in ("centered", "standardized"):
            x = x - seen.mean(0)
        if self.scaling == "standardized":
            spread = seen.std(0)
            x = x / spread.where(spread > 0, 1)
        if self.scaling == "varying":
            x = x.where((seen != seen[0]).any(0), 0)
        return x, y

    def shares(self, split: Literal["train", "test"] = "test") -> tuple[float, ...]:
        """Each class's share of the images: the accuracy of always answering that class."""
        known = loading.counts(self.dataset, split)
        counts = [known[label] for label in self.classes]
        return tuple(count / sum(counts) for count in counts)


@cache
def _selected(dataset: str, classes: tuple[int, ...], split: str, data: str) -> tuple[Tensor, Tensor]:
    if loading.digest(dataset) != data:
        raise DatasetCorrupt(f"{dataset} has other data than this task was made for: make the task anew")
    images, labels, _ = loading.load(dataset, split)
    for label in classes:
        if not (labels == label).any():
            raise DatasetCorrupt(
                f"the {split} split of {dataset} has nothing of class {label}: choose others"
            )
    places = torch.tensor(classes)
    chosen = torch.isin(labels, places)
    y = (labels[chosen, None] == places).long().argmax(1)
    return images[chosen].flatten(1), y
