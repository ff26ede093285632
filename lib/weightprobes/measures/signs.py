r"""Where signs come from, and how much of a matrix they are.

Of all matrices with the same signs and one magnitude, the one nearest to W has the magnitude mean(abs W). It
keeps the share mean(abs W)² / mean(W²) of the energy, the sum of squares: 2/π for Gaussian weights, 3/4 for
uniform ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi
from typing import ClassVar

import pandas as pd
from torch import Tensor

from weightprobes.measures.networks import OfEachNetwork
from weightprobes.models.training import Training, untrained
from weightprobes.tasks import Task

#: The share of the energy that the best-scaled signs of Gaussian weights keep.
GAUSSIAN = 2 / pi


@dataclass(frozen=True)
class Signs(OfEachNetwork):
    """The recipe of a table with one row for each seed, weight matrix and tenth of its magnitudes.

    Columns ``seed``; ``layer`` (1…); ``tenth``, 1 for the smallest magnitudes after training, 10 for the
    largest; ``agree``, the share of them whose sign is that of the weight before training; ``size``, their
    mean magnitude, and ``square``, their mean square, after training.
    """

    training: Training
    folder: ClassVar[str] = "signs"

    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterator[dict[str, object]]:
        start = untrained(self.training, seed).state_dict()
        matrices = [name for name, value in model.items() if value.ndim > 1]
        for layer, name in enumerate(matrices, start=1):
            before, after = start[name].flatten(), model[name].flatten()
            order = after.abs().argsort()
            for tenth, places in enumerate(order.tensor_split(10), start=1):
                weights = after[places]
                yield {
                    "layer": layer,
                    "tenth": tenth,
                    "agree": (weights.sign() == before[places].sign()).double().mean().item(),
                    "size": weights.abs().double().mean().item(),
                    "square": weights.double().square().mean().item(),
                }


def signs(*tasks: str, seeds: int = 20) -> pd.DataFrame:
    """The kept :class:`Signs` of the paper's networks for each of ``tasks``, as one table."""
    tables = [Signs(Training(Task.named(task))).table(range(seeds)) for task in tasks]
    return pd.concat(tables, ignore_index=True)


def energy(weights: Tensor) -> float:
    """The share of the energy of ``weights`` that their best-scaled signs keep, 0…1."""
    return (weights.abs().double().mean() ** 2 / weights.double().square().mean()).item()
