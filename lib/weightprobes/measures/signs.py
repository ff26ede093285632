r"""Where signs come from, and how much of a matrix they are.

Of all matrices with the same signs and one magnitude, the one nearest to W has the magnitude mean(abs W). It
keeps the share mean(abs W)² / mean(W²) of the energy, the sum of squares: 2/π for Gaussian weights, 3/4 for
uniform ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import pi
from typing import ClassVar

from torch import Tensor

from weightprobes.measures.networks import OfEachNetwork
from weightprobes.measures.shift import check_one_hidden_layer
from weightprobes.models.training import Training, untrained

#: The share of the energy that the best-scaled signs of Gaussian weights keep.
GAUSSIAN = 2 / pi


@dataclass(frozen=True)
class Signs(OfEachNetwork):
    """The recipe of a table with one row for each seed, matrix, choice of units and tenth of its weights.

    For networks of one hidden layer. Columns ``seed``; ``layer``, 1 or 2; ``units``, all hidden ones ("all")
    or those that fire on some training image ("live"); ``tenth`` of their weights, 1 for the smallest after
    training, 10 for the largest; ``agree``, the share of them whose sign is that before training; ``size``,
    their mean magnitude, and ``square``, their mean square, after training.
    """

    training: Training
    folder: ClassVar[str] = "signs"

    def __post_init__(self) -> None:
        check_one_hidden_layer(self.training)

    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterator[dict[str, object]]:
        start, (seen, _) = untrained(self.training, seed).state_dict(), self.training.task.load("train")
        first, bias, second, _ = model
        live = (seen @ model[first].T + model[bias] > 0).any(0)
        for layer, name in ((1, first), (2, second)):
            before, after = ((one if layer == 1 else one.T) for one in (start[name], model[name]))
            for units, chosen in (("all", live | True), ("live", live)):
                for row in _tenths(before[chosen].flatten(), after[chosen].flatten()):
                    yield {"layer": layer, "units": units, **row}


def _tenths(before: Tensor, after: Tensor) -> Iterator[dict[str, object]]:
    """The rows of some weights, from the smallest magnitudes on."""
    for tenth, places in enumerate(after.abs().argsort().tensor_split(10), start=1):
        weights = after[places].double()
        yield {
            "tenth": tenth,
            "agree": (weights.sign() == before[places].sign()).double().mean().item(),
            "size": weights.abs().mean().item(),
            "square": weights.square().mean().item(),
        }


def energy(weights: Tensor) -> float:
    """The share of the energy of ``weights`` that their best-scaled signs keep, 0…1."""
    return (weights.abs().double().mean() ** 2 / weights.double().square().mean()).item()
