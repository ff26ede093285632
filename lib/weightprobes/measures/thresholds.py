"""Threshold-free: what the logits of networks for two classes still tell apart, wherever the threshold is.

A network for two classes decides by the sign of the difference of its logits. If a simplification shifts all
differences to one side, its accuracy is at chance and its order of the images may be intact. The area
under the ROC curve, AUC, asks for the order alone: how often an image of the second class has a larger
difference than one of the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from weightprobes.devices import Device
from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED, Setting, as_setting
from weightprobes.engine.stack import IMAGES, simplified
from weightprobes.measures.complexity import pairs
from weightprobes.models.ensembles import Ensemble, logits
from weightprobes.models.training import Training
from weightprobes.tables.recipe import OfDataset
from weightprobes.tables.stored import OfNetworks, trained
from weightprobes.tasks import Task


def check_two_classes(training: Training) -> None:
    """Raise ValueError unless its networks have two logits."""
    if len(training.task.classes) != 2:
        raise ValueError(f"{training.task.name} does not tell two classes apart: choose a pair")


@dataclass(frozen=True)
class Thresholds(OfNetworks):
    """The recipe of a table with one row for each seed and reading of networks for two classes.

    Columns ``seed, weights``, "float" or "sign"; and of the differences of logits on the images of ``split``
    ``accuracy`` (threshold 0), ``auc`` and ``moved``, the accuracy with the threshold at the median over the
    first training images, which needs no label. With ``dead`` = "removed", hidden units that fire on no
    training image lose their outgoing weights first.
    """

    training: Training
    setting: Setting = AS_PUBLISHED
    dead: str = "kept"
    split: str = "test"
    folder: ClassVar[str] = "thresholds"

    def __post_init__(self) -> None:
        check_two_classes(self.training)
        object.__setattr__(self, "setting", as_setting(self.setting))

    def columns(self) -> dict[str, object]:
        return super().columns() | {"biases": self.setting.biases, "dead": self.dead, "split": self.split}

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble, (seen, _) = trained(self.training, seeds, device), self.training.task.load("train")
        if self.dead == "removed":
            ensemble = without_dead_units(ensemble, seen)
        x, y = self.training.task.load(self.split)
        tables = []
        for reading, networks in simplified(ensemble, self.setting, seen).items():
            found, threshold = differences(networks, x), differences(networks, seen[:IMAGES]).median(1).values
            columns = {
                "accuracy": ((found > 0) == y).double().mean(1),
                "auc": [roc_auc_score(y, one) for one in found],
                "moved": ((found > threshold[:, None]) == y).double().mean(1),
            }
            about = {**self.training.columns(), "seed": list(seeds), "weights": reading}
            tables.append(pd.DataFrame({**about, **columns}))
        return pd.concat(tables, ignore_index=True)


@dataclass(frozen=True)
class Seen(OfDataset):
    """The recipe of a table with one row for each pair of classes of a ``dataset``: what signs make of the
    training images.

    Columns ``task``, and medians over so many ``seeds`` of the paper's networks, binarised as published:
    ``wrong``, the share of training images that they get wrong, and ``auc``.
    """

    seeds: int = 20

    @property
    def name(self) -> str:
        return f"thresholds/{self.dataset}-seen"

    def items(self, device: Device = "cpu") -> list[str]:
        """All pairs."""
        return pairs(self.dataset)

    def _make(self, tasks: Sequence[str], device: Device) -> pd.DataFrame:
        told = []
        for task in tasks:
            recipe = Thresholds(Training(Task.named(task)), split="train")
            signs = recipe._make(range(self.seeds), device).query("weights == 'sign'")
            told.append({"wrong": 1 - signs["accuracy"].median(), "auc": signs["auc"].median()})
        return pd.DataFrame(told).assign(task=list(tasks))


@dataclass(frozen=True)
class Margins(OfNetworks):
    """The recipe of histograms of the differences of logits on the test images, by class.

    One row for each seed, step of simplification, class and bin: ``step`` is "float", "signs" (as published)
    or "signs, refitted"; ``label`` 0 or 1; ``edge``, the left edge of a bin, which does not belong to it, in
    standard deviations of the differences of that network over all images; and ``count`` of images in it,
    those further out in the last.
    """

    training: Training
    folder: ClassVar[str] = "margins"
    #: Bins per standard deviation, and how many deviations are told.
    FINE: ClassVar[int] = 5
    REACH: ClassVar[int] = 20

    def __post_init__(self) -> None:
        check_two_classes(self.training)

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble, (seen, _) = trained(self.training, seeds, device), self.training.task.load("train")
        x, y = self.training.task.load("test")
        published, refitted = (simplified(ensemble, one, seen) for one in (AS_PUBLISHED, RECOMMENDED))
        steps = {"float": ensemble, "signs": published["sign"], "signs, refitted": refitted["sign"]}
        edges = np.arange(-self.REACH * self.FINE, self.REACH * self.FINE) / self.FINE
        tables = []
        for step, networks in steps.items():
            for seed, found in zip(seeds, differences(networks, x), strict=True):
                places = (found / found.std() * self.FINE).ceil().long() - 1 + self.REACH * self.FINE
                places = places.clamp(0, len(edges) - 1)
                for label in (0, 1):
                    count = places[y == label].bincount(minlength=len(edges))
                    about = {"seed": seed, "step": step, "label": label}
                    tables.append(pd.DataFrame({**about, "edge": edges, "count": count}))
        rows = pd.concat(tables, ignore_index=True)
        return rows[rows["count"] > 0].assign(**self.training.columns())


def differences(networks: Ensemble, x: Tensor) -> Tensor:
    """By how much the second logit exceeds the first on each of ``x``, (models, n)."""
    with torch.no_grad():
        first, second = logits(networks.module, networks.parameters, x).unbind(-1)
    return second - first


def without_dead_units(ensemble: Ensemble, images: Tensor) -> Ensemble:
    """``ensemble``, of one hidden layer of ReLUs, without the weights from units that fire on no image."""
    weight, bias, output, _ = ensemble.parameters.values()
    dead = (images @ weight.mT + bias[:, None] <= 0).all(1)
    name = list(ensemble.parameters)[2]
    return replace(ensemble, parameters={**ensemble.parameters, name: output.where(~dead[:, None], 0)})
