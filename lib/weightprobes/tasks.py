"""A task: some classes of a dataset, and how its inputs are scaled."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import combinations
from typing import Any, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.datasets import arrays, inputs, loading, outside, tabular
from weightprobes.datasets.files import DatasetCorrupt
from weightprobes.lazy import torch

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

    ``scaling`` of the inputs, relative to the lowest and the highest one of the whole data set
    (:func:`~weightprobes.datasets.loading.ends`): ``"symmetric"``, in [-1, 1], an image's background being -1
    (the paper's); ``"unit"``, in [0, 1]; ``"centered"``, symmetric less the task's training mean of each
    input; ``"standardized"``, centred and divided by the training standard deviation of each input,
    unless that is 0 (where an input hardly ever varies, its few other values become huge); and
    ``"varying"``, symmetric, with 0 in inputs that are constant over the training items.

    ``data`` names what is in the data set (:func:`~weightprobes.datasets.loading.digest`) and is filled in:
    the same name with other data is another task. ``source`` says where another process has the data set
    from, if it does not come with the library (:func:`~weightprobes.datasets.outside.known`).
    """

    dataset: str
    classes: tuple[int, ...]
    scaling: Scaling = "symmetric"
    data: str = ""
    source: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        known = len(self._known.CLASSES)
        if not self.data:
            object.__setattr__(self, "data", loading.digest(self.dataset))
        check_choice("input scaling", self.scaling, get_args(Scaling))
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
        """The task called ``name``: a dataset and its classes in label order, like ``"mnist/7-9"``.

        A class goes by its number in the order of the dataset, from 0 on, or by its name, as in
        ``"clinc150/transfer-translate"``, unless that is a number or has a hyphen in it.
        ``"my_sets:kanji/0-1"`` imports the module ``my_sets`` first, which registers its data sets.
        ``"./data.csv:species"`` is a CSV, Parquet or NPZ file and the column of its labels; all classes are
        meant, unless some are listed: ``"./data.csv:species[setosa, virginica]"``.
        """
        if tabular.is_file(name):
            source, listed = tabular.parts(name)
            return cls._among(tabular.register(source), listed, scaling, source)
        source, _, plain = name.rpartition(":")
        dataset, _, told = plain.partition("/")
        classes = told.split("-")
        if not all(classes):
            raise ValueError(f"task {name!r} is not of the form 'dataset/class-class', like 'mnist/7-9'")
        known = outside.known(dataset, source).CLASSES
        places = {one: place for place, one in enumerate(known) if not one.isdecimal()}
        labels = (int(one) if one.isdecimal() else places.get(one, one) for one in classes)
        # a name of none of them goes on, and is refused there
        return cls(dataset, tuple(labels), scaling, source=source)  # type: ignore[arg-type]

    @classmethod
    def of(
        cls,
        X: Any,
        y: Any,
        *,
        test: tuple[Any, Any] | None = None,
        classes: Iterable[object] | None = None,
        scaling: Scaling = "symmetric",
        span: tuple[Any, Any] | None = None,
        seed: int = 0,
    ) -> Task:
        """The task to tell ``classes``, all if None, of your own data apart.

        ``X`` (n, ...), numbers, and ``y`` (n,), of any names, come from NumPy, pandas, PyTorch, or a Hugging
        Face ``Dataset``; ``y`` may also be the column of ``X`` that has the labels. ``test`` are an X and a y
        that are not trained on; without it, a quarter of each class is held out, drawn by ``seed``. ``span``
        are the lowest and the highest input there can be, each a number or of the shape of one input; without
        it, those of the training inputs.

        It is known by a digest of the data, and to this process alone: recipes do not hold data. Raises
        ValueError for data that nothing can be learned from.
        """
        return cls._among(arrays.register(X, y, test, span, seed), classes, scaling)

    @classmethod
    def _among(
        cls, dataset: str, classes: Iterable[object] | None, scaling: Scaling, source: str = ""
    ) -> Task:
        known = outside.known(dataset).CLASSES
        chosen = known if classes is None else inputs.names_of(list(classes))
        for one in chosen:
            check_choice("class", one, known)
        return cls(dataset, tuple(map(known.index, chosen)), scaling, source=source)

    @property
    def name(self) -> str:
        """Like ``"mnist/7-9"``."""
        return f"{self.dataset}/{'-'.join(map(str, self.classes))}"

    @property
    def title(self) -> str:
        """For figures, like ``"MNIST 7 vs 9"``; with the paper's word for its own tasks."""
        if len(self.classes) > 4:
            return f"{self._known.NAME}, {len(self.classes)} classes"
        classes = " vs ".join(self._known.CLASSES[label] for label in self.classes)
        word = f" ({PAPER_TASKS[self.name]})" if self.name in PAPER_TASKS else ""
        return f"{self._known.NAME} {classes}{word}"

    @property
    def pixels(self) -> int:
        """Number of inputs."""
        return math.prod(self._known.SHAPE)

    def pairs(self) -> list[Task]:
        """The tasks that tell two of its classes apart, in label order."""
        return [replace(self, classes=pair) for pair in combinations(self.classes, 2)]

    def load(self, split: Literal["train", "test"]) -> tuple[torch.Tensor, torch.Tensor]:
        """All items of the classes, flattened and scaled, shape (n, pixels), and labels, shape (n,).

        Raises DatasetCorrupt if the data set has other ``data`` by now.
        """
        outside.known(self.dataset, self.source)
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
        """Each class's share of the items: the accuracy of always answering that class."""
        outside.known(self.dataset, self.source)
        known = loading.counts(self.dataset, split)
        counts = [known[label] for label in self.classes]
        return tuple(count / sum(counts) for count in counts)

    @property
    def _known(self) -> Any:
        return outside.known(self.dataset, self.source)


# a few: a task is asked for its two splits again and again, and then no more
@lru_cache(maxsize=8)
def _selected(
    dataset: str, classes: tuple[int, ...], split: str, data: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """The items of the ``classes``, in [0, 1] if their inputs keep to the ends, and their labels."""
    if loading.digest(dataset) != data:
        raise DatasetCorrupt(f"{dataset} has other data than this task was made for: make the task anew")
    x, labels, _ = loading.load(dataset, split)
    for label in classes:
        if not (labels == label).any():
            raise DatasetCorrupt(
                f"the {split} split of {dataset} has nothing of class {label}: choose others"
            )
    places = torch.tensor(classes)
    chosen = torch.isin(labels, places)
    y = (labels[chosen, None] == places).long().argmax(1)
    low, high = (end.flatten() for end in loading.ends(dataset))
    width = high - low
    return x[chosen].flatten(1).sub_(low).div_(width.where(width > 0, 1)), y
