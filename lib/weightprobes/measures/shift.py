r"""Why binarised networks collapse: signs shift every hidden unit, and the shift can be foretold.

A hidden unit of a float network sees :math:`a(x) = w·x + b`, its binarised self
:math:`ã(x) = s·x + b̃` with :math:`s = \operatorname{sign} w`. With the mean image :math:`x̄`, the
unit's mean moves from :math:`w·x̄ + b` to :math:`s·x̄ + b̃`, while what it knows about an image,
:math:`s·(x - x̄)`, grows by the factor :math:`γ` = spread of ã / spread of a. Its *offset* is how far the mean
is from where it should be:

.. math:: Δ = (s·x̄ + b̃) - γ (w·x̄ + b).

A pixel that (nearly) never changes adds ±x̄ to the mean of the binarised unit, whatever the size of its
weight, and nothing to its spread. Biases after binarisation, b̃, are left out here: one more ±1.
b is the trained bias.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor
from torch.distributions import Normal

from weightprobes.devices import Device
from weightprobes.measures.complexity import complexity, pairs
from weightprobes.measures.networks import OfEachNetwork
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training
from weightprobes.tables.stored import OfNetworks, trained
from weightprobes.tasks import Task


def check_one_hidden_layer(training: Training) -> None:
    """Raise ValueError unless its networks have one hidden layer of ReLUs, and two logits."""
    if len(training.hidden) > 1 or training.activation != "relu" or len(training.task.classes) > 2:
        raise ValueError(
            f"{training.label} is no network of one hidden layer of ReLUs for two classes: choose one"
        )


@dataclass(frozen=True)
class Offsets(OfEachNetwork):
    """The recipe of a table with one row for each seed and hidden unit of networks with one hidden layer.

    ``steady`` is the largest standard deviation over training images at which a pixel still counts
    as nearly constant.

    Columns ``seed, unit, fires`` (share of the training images on which the float unit is
    positive), ``measured`` (Δ on the test images), ``foretold`` (the part of Δ that the nearly
    constant pixels add, from the weights and the training images), ``spread`` (standard deviation of the
    binarised unit over the n test images: squares summed and divided by n - 1; all three in units of a
    signed pre-activation) and ``steady_pixels``; ``agreement``, the excess of one sign among the weights
    of those, 0…1; ``kept``, the correlation over test images of the pre-activation before and after.
    """

    training: Training
    folder: ClassVar[str] = "offsets"
    steady: float = 0.1

    def __post_init__(self) -> None:
        check_one_hidden_layer(self.training)

    def _rows(self, model: dict[str, Tensor], seed: int) -> dict[str, object]:
        seen, _ = self.training.task.load("train")
        x, _ = self.training.task.load("test")
        steady = seen.std(0) <= self.steady
        weight, bias, *_ = model.values()
        sign = weight.sign()
        before, after = x @ weight.T + bias, x @ sign.T
        expected_growth = (seen @ sign.T).std(0) / (seen @ weight.T).std(0)
        moved = (sign - expected_growth[:, None] * weight)[:, steady]
        return {
            "unit": range(len(weight)),
            "fires": (seen @ weight.T + bias > 0).double().mean(0),
            "measured": offset(before, after),
            "foretold": moved @ seen[:, steady].mean(0),
            "agreement": sign[:, steady].mean(1).abs(),
            "spread": after.std(0),
            "steady_pixels": int(steady.sum()),
            "kept": correlation(before, after),
        }


def offset(before: Tensor, after: Tensor) -> Tensor:
    """Δ of units with the pre-activations ``before`` and ``after``, each (n, units): (units,)."""
    return after.mean(0) - after.std(0) / before.std(0) * before.mean(0)


def correlation(before: Tensor, after: Tensor) -> Tensor:
    """Of each column of one (n, units) with that of the other; shape (units,)."""
    first, second = ((part - part.mean(0)) / part.std(0, correction=0) for part in (before, after))
    return (first * second).mean(0)


@dataclass(frozen=True)
class Imbalance(OfNetworks):
    """The recipe of a table with one row for each seed of networks for two classes, one hidden layer.

    The two logits of a binarised network differ, on average over the images of class c, by D_c. Where
    D_0 and D_1 lie on the same side of 0, the network gives most images of both classes one answer. The
    imbalance is the mean of the two over half their distance, abs(D_0 + D_1) / abs(D_1 - D_0): 0 for a
    perfect balance, above 1 where both lie on one side.

    Columns ``seed``, ``measured`` (on the test images) and ``foretold``: every hidden unit taken as
    Gaussian, with its mean and its spread (divided by n - 1) over the n training images of each class.
    """

    training: Training
    folder: ClassVar[str] = "imbalance"

    def __post_init__(self) -> None:
        check_one_hidden_layer(self.training)

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble = trained(self.training, seeds, device)
        columns = {**self.training.columns(), "seed": list(seeds)}
        for name, split, mean in (("measured", "test", _mean), ("foretold", "train", _gaussian_mean)):
            activations = _by_class(ensemble, *self.training.task.load(split), mean)
            columns[name] = imbalance(activations, ensemble)
        return pd.DataFrame(columns)


def beside_gaps(*datasets: str, seeds: int = 20) -> pd.DataFrame:
    """One row for each pair of classes of ``datasets``: the imbalance and the gap of the paper's networks.

    Columns ``dataset, task``; ``imbalance``, foretold, the median over networks; and ``gap``, what
    binarisation costs as published, in accuracy 0…1, folded.
    """
    tasks = [task for dataset in datasets for task in pairs(dataset)]
    found = complexity(*tasks, seeds=seeds).query("simplification == 'binarised'")
    foretold = [Imbalance(Training(Task.named(task))).table(range(seeds))["foretold"] for task in tasks]
    columns = {"imbalance": [values.median() for values in foretold], "gap": found["folded"]}
    return found[["dataset", "task"]].assign(**columns).reset_index(drop=True)


def imbalance(activations: Tensor, ensemble: Ensemble) -> Tensor:
    """abs(D_0 + D_1) / abs(D_1 - D_0) of binarised networks without biases, shape (models,).

    ``activations``, (2, models, units): the mean activation of each hidden unit on each class.
    """
    output = list(ensemble.parameters.values())[2].sign()
    difference = ((output[:, 1] - output[:, 0]) * activations).sum(-1)
    return difference.sum(0).abs() / difference.diff(dim=0)[0].abs()


def measured_imbalance(ensemble: Ensemble, x: Tensor, y: Tensor) -> Tensor:
    """The :func:`imbalance` of networks of one hidden layer on ``x`` (n, inputs), ``y`` (n,): (models,)."""
    return imbalance(_by_class(ensemble, x, y, _mean), ensemble)


def _by_class(ensemble: Ensemble, x: Tensor, y: Tensor, mean: Callable[[Tensor], Tensor]) -> Tensor:
    """The ``mean`` of the binarised hidden units without biases on each class, (2, models, units)."""
    sign = next(iter(ensemble.parameters.values())).sign()
    return torch.stack([mean(x[y == label] @ sign.mT) for label in (0, 1)])


def _mean(signed: Tensor) -> Tensor:
    """Of rectified pre-activations, (models, n, units) → (models, units)."""
    return signed.relu().mean(1)


def _gaussian_mean(signed: Tensor) -> Tensor:
    """The same, were they Gaussian with their mean and their spread."""
    mean, spread, standard = signed.mean(1), signed.std(1), Normal(0.0, 1.0)
    z = mean / spread
    return mean * standard.cdf(z) + spread * standard.log_prob(z).exp()
