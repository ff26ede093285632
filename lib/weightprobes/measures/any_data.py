"""Pairs of classes of data of five kinds, one row a pair: what its networks lose, and what else they tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from weightprobes.datasets import DATASETS
from weightprobes.devices import Device
from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED, Setting
from weightprobes.engine.stack import simplified
from weightprobes.engine.sweep import sweep
from weightprobes.measures.complexity import PROBE, STRENGTHS, first_time, pairs
from weightprobes.models.ensembles import Ensemble, logits
from weightprobes.models.training import Training, train
from weightprobes.probes import Flip, Noise, Probe
from weightprobes.tables.recipe import OfDataset
from weightprobes.tasks import Scaling, Task

#: The data sets and what they are to the senses.
KINDS = {
    "mnist": "image",
    "digits": "small image",
    "pendigits": "stroke",
    "fsdd": "sound",
    "mnist1d": "signal",
    "fashion_mnist": "clothes",
    "letter": "letters",
    "clinc150": "text",
    "breast_cancer": "table",
    "wine": "table",
}

#: The sets whose classes are the digits 0 to 9.
DIGITS = ("mnist", "digits", "pendigits", "fsdd", "mnist1d")

#: Intents about the money in a bank account: of the pairs of all 150 nearly all are told apart without error.
BANKING = ("balance", "bill_balance", "bill_due", "interest_rate", "min_payment", "pay_bill")
BANKING += ("routing", "spending_history", "transactions", "transfer")

#: The share of random flips, and the half-widths of the noise, in weight units.
FLIPPED, NOISES = 0.1, tuple(0.02 * 2.0**step for step in range(9))

#: Simplified networks may be fitted to new biases; these measures leave theirs alone.
_KEPT = Setting(biases="kept")


def tasks(dataset: str) -> list[str]:
    """The names of the pairs of ``dataset`` that are measured: all, and of CLINC150 those of a bank."""
    if dataset != "clinc150":
        return pairs(dataset)
    return pairs(dataset, sorted(map(DATASETS[dataset].CLASSES.index, BANKING)))


class _OfPairs(OfDataset):
    """A recipe of a table about the measured pairs of classes of a data set."""

    def items(self, device: Device = "cpu") -> list[str]:
        """The names of the pairs."""
        return tasks(self.dataset)


@dataclass(frozen=True)
class Pairs(_OfPairs):
    """The recipe of a table with one row for each pair of classes of a data set: medians over its networks.

    Columns ``dataset, scaling, task``; ``level`` (:func:`level`); how many of ``seeds`` trainings ``failed``;
    the share of hidden units that are ``dead``, firing on no training item; the test ``error`` and ``bits``
    of cross-entropy of the networks as trained; the ``epochs`` to a training accuracy of 97 %; the
    accuracies ``float``, ``binarised`` and ``shuffled``, ``published_`` and ``recommended_``; ``one_answer``,
    the share of the test items to which the binarised networks, as published, give their more frequent
    answer; the accuracy that ``flips`` of a tenth of the signs cost; and the noise ``radius``
    (:func:`radius`).
    """

    scaling: Scaling = "symmetric"
    seeds: int = 10

    @property
    def name(self) -> str:
        return f"pairs/{self.dataset}-{self.scaling}"

    def _make(self, names: Sequence[str], device: Device) -> pd.DataFrame:
        rows = []
        for name in tqdm(names, desc=self.name, unit="pair"):
            training = Training(Task.named(name, self.scaling))
            networks = train(training, range(self.seeds), device)
            about = {"dataset": self.dataset, "scaling": self.scaling, "task": name}
            rows.append(about | _trained(training, networks) | _simplified(training.task, networks))
        return pd.DataFrame(rows)


def _trained(training: Training, networks: Ensemble) -> dict[str, float]:
    """What the networks of one pair are before any probe."""
    (x, y), (seen, _) = (training.task.load(split) for split in ("test", "train"))
    with torch.no_grad():
        answers = logits(networks.module, networks.parameters, x)
    wrong = torch.nn.functional.cross_entropy(
        answers.flatten(0, 1), y.repeat(len(networks)), reduction="none"
    )
    course = np.median(networks.history["train_accuracy"], axis=0)
    weight, bias, *_ = networks.parameters.values()
    return {
        "level": level(seen),
        "failed": int(networks.failed.sum()),
        "dead": np.median(
            [(seen @ w.T + b <= 0).all(0).double().mean() for w, b in zip(weight, bias, strict=True)]
        ),
        "error": np.median((answers.argmax(-1) != y).double().mean(1)),
        "bits": np.median(wrong.view(len(networks), -1).double().mean(1)) / np.log(2),
        "epochs": first_time(0.97, np.array([max(training.task.shares("train")), *course])),
    }


def _simplified(task: Task, networks: Ensemble) -> dict[str, float]:
    """What they lose when their weights are changed."""
    (x, y), (seen, _) = (task.load(split) for split in ("test", "train"))
    told = {}
    for word, setting in (("published", AS_PUBLISHED), ("recommended", RECOMMENDED)):
        rows = sweep(networks, x, y, PROBE, STRENGTHS, setting=setting, training_images=seen)
        found = rows.groupby(["strength", "weights"])["accuracy"].median()
        for what, place in (("float", (0, "float")), ("binarised", (0, "sign")), ("shuffled", (1, "float"))):
            told[f"{word}_{what}"] = found[place]
    signed = simplified(networks, AS_PUBLISHED, seen)["sign"]
    with torch.no_grad():
        second = logits(signed.module, signed.parameters, x).argmax(-1).double().mean(1)
    told["one_answer"] = np.median(second.maximum(1 - second))
    whole, flipped = _medians(networks, x, y, Flip("random"), (0.0, FLIPPED))
    noisy = _medians(networks, x, y, Noise(), (0.0, *NOISES))
    return told | {"flips": whole - flipped, "radius": radius(noisy)}


def _medians(
    networks: Ensemble, x: Tensor, y: Tensor, probe: Probe, strengths: Sequence[float]
) -> np.ndarray:
    """The median accuracy, with float weights and their own biases, at each of the ``strengths``."""
    rows = sweep(networks, x, y, probe, strengths, setting=_KEPT).query("weights == 'float'")
    return rows.groupby("strength")["accuracy"].median().to_numpy()


def level(inputs: Tensor) -> float:
    """How far the ``inputs``, (n, inputs), are from zero on average, in units of how far they are from there.

    The length of their mean over the root of the sum of their variances. A unit of random signs is shifted by
    this many of its own standard deviations.
    """
    return (inputs.mean(0).norm() / inputs.var(0, correction=0).sum().sqrt()).item()


def radius(accuracies: np.ndarray, lost: float = 0.05) -> float:
    """The half-width of noise at which this accuracy is ``lost``; ``accuracies`` at 0 and at :data:`NOISES`.

    Interpolated in the logarithm of the half-width; the ends of the grid where it is lost before or never.
    """
    fallen = np.maximum.accumulate(accuracies[0] - accuracies[1:])
    return float(np.exp(np.interp(lost, fallen, np.log(NOISES))))


@dataclass(frozen=True)
class Agreement(_OfPairs):
    """The recipe of a table with one row for a few pairs of classes: how far signs agree on steady inputs.

    Columns ``dataset, task`` and ``agreement``, the median over ``seeds`` networks of :func:`agreement`.
    """

    seeds: int = 3

    @property
    def name(self) -> str:
        return f"agreement/{self.dataset}"

    def items(self, device: Device = "cpu") -> list[str]:
        """The names of about five pairs."""
        names = tasks(self.dataset)
        return names[:: -(-len(names) // 5)]

    def _make(self, names: Sequence[str], device: Device) -> pd.DataFrame:
        rows = []
        for name in names:
            training = Training(Task.named(name))
            weights = next(iter(train(training, range(self.seeds), device).parameters.values()))
            mean = training.task.load("train")[0].mean(0)
            rows.append((self.dataset, name, np.median([agreement(one, mean) for one in weights])))
        return pd.DataFrame(rows, columns=["dataset", "task", "agreement"])


def agreement(weight: Tensor, mean: Tensor) -> float:
    """How far the signs of ``weight``, (units, inputs), shift its units on the ``mean`` input, (inputs,).

    In units of what random signs do: the root of the mean square over units.
    """
    return ((weight.sign() @ mean).square().mean().sqrt() / mean.norm()).item()


@dataclass(frozen=True)
class FewExamples(_OfPairs):
    """The recipe of a table with one row for each pair of classes and number of training items.

    Columns ``dataset, task, images`` (per class), and the median test ``error`` of ``seeds`` networks trained
    on as many, drawn by the seed. Inputs are centred, so that the error is of the data and of no background;
    each training has about as many ``steps``.
    """

    images: tuple[int, ...] = (4, 16, 64)
    seeds: int = 5
    steps: int = 100

    @property
    def name(self) -> str:
        return f"few/{self.dataset}"

    def _make(self, names: Sequence[str], device: Device) -> pd.DataFrame:
        rows = []
        for name in tqdm(names, desc=self.name, unit="pair"):
            task = Task.named(name, "centered")
            for images in self.images:
                batches = -(-len(task.load("train")[1]) // Training(task).batch)
                training = Training(task, images=images, epochs=max(1, round(self.steps / batches)))
                right = train(training, range(self.seeds), device).history["test_accuracy"][:, -1]
                rows.append((self.dataset, name, images, 1 - np.median(right.double())))
        return pd.DataFrame(rows, columns=["dataset", "task", "images", "error"])
