"""What else a task's difficulty could be measured by: classical measures that need no network."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from torch import Tensor
from tqdm import tqdm

from weightprobes.devices import Device
from weightprobes.rng import generator
from weightprobes.tables.recipe import OfDataset
from weightprobes.tasks import Task

# Of problexity's definitions: N1 is the share of images times one half, since it counts the edges of the
# minimum spanning tree that join classes; N2 takes the second nearest image of the other class.
#: Measures of problexity (Komorniczak and Ksieniewicz 2023), after Lorena et al. 2019: its name and ours.
CLASSICAL = {
    "f1": "Fisher ratio (F1)",
    "n1": "borderline points (N1)",
    "n2": "within / between distances (N2)",
    "lsc": "local sets (LSC)",
}

LINEAR, NEIGHBOUR = "linear classifier, error", "nearest neighbour, error"


def linear_error(task: Task) -> float:
    """Test error, 0…1, of a logistic regression on all training images, pixels in [0, 1]."""
    return _test_error(LogisticRegression(max_iter=1000), task)


def neighbour_error(task: Task) -> float:
    """Test error, 0…1, of the nearest training image by Euclidean distance."""
    return _test_error(KNeighborsClassifier(1), task)


def _test_error(classifier: LogisticRegression | KNeighborsClassifier, task: Task) -> float:
    train, test = (
        map(Tensor.numpy, replace(task, scaling="unit").load(split)) for split in ("train", "test")
    )
    return 1 - classifier.fit(*train).score(*test)


def classical(task: Task, sample: int) -> dict[str, float]:
    """The measures in :data:`CLASSICAL`, 0…1, each the larger the harder the task.

    They compare every image with every other one, so they see ``sample`` training images, drawn at
    random. They are meant for two classes. Raises ModuleNotFoundError, saying what to install,
    without problexity.
    """
    try:
        from problexity import classification
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError(
            "the classical measures need problexity: pip install 'weightprobes[difficulty]'"
        ) from error
    images, labels = replace(task, scaling="unit").load("train")
    chosen = torch.randperm(len(labels), generator=generator("difficulty", task.name))[:sample]
    x, y = images[chosen].double().numpy(), labels[chosen].numpy()
    with warnings.catch_warnings():
        # pixels without spread have no Fisher ratio; problexity leaves them out, and warns
        warnings.simplefilter("ignore", RuntimeWarning)
        return {name: float(getattr(classification, key)(x, y)) for key, name in CLASSICAL.items()}


@dataclass(frozen=True)
class Difficulty(OfDataset):
    """The recipe of a table with one row for each task of a dataset and each measure.

    Columns ``dataset, task, measure, value``; every measure is the larger the harder the task.
    """

    sample: int = 500

    @property
    def name(self) -> str:
        return f"difficulty/{self.dataset}"

    def _make(self, names: Sequence[str], device: Device) -> pd.DataFrame:
        rows = []
        for name in tqdm(names, desc=f"difficulty {self.dataset}", unit="task"):
            task = Task.named(name)
            values = {LINEAR: linear_error(task), NEIGHBOUR: neighbour_error(task)}
            values |= classical(task, self.sample)
            rows += [(self.dataset, name, *value) for value in values.items()]
        return pd.DataFrame(rows, columns=["dataset", "task", "measure", "value"])
