"""How far the null models carry edges: what each moves of the weights, and how fast trades mix the signs."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor

from weightprobes.measures.graphs import weight_matrices
from weightprobes.measures.networks import OfEachNetwork
from weightprobes.models.training import Training
from weightprobes.probes.shuffle import NULLS
from weightprobes.probes.swaps import trade
from weightprobes.rng import generator


@dataclass(frozen=True)
class Movement(OfEachNetwork):
    """The recipe of a table that tells what each null model moves: one row per seed, layer and null model,
    at full strength.

    Columns ``seed, layer`` (1…), ``null``, and the shares of edges that have another weight
    (``moved``) or another sign (``flipped``) than before, and of weights that are lost (``lost``).
    """

    training: Training
    folder: ClassVar[str] = "movement"

    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterator[dict[str, object]]:
        for layer, matrix in enumerate(weight_matrices(model), start=1):
            for null, shuffled in NULLS.items():
                after = shuffled(matrix, matrix != 0, generator("movement", seed, layer, null))
                yield {"layer": layer, "null": null, **_compared(matrix, after)}


def _compared(before: Tensor, after: Tensor) -> dict[str, float]:
    edges = int((before != 0).sum())
    counts = [pd.Series(weights.flatten().numpy()).value_counts() for weights in (before, after)]
    lost = counts[0].sub(counts[1], fill_value=0).clip(lower=0)
    return {
        "moved": int((before != after).sum()) / edges,
        "flipped": int((before.sign() != after.sign()).sum()) / edges,
        "lost": lost.sum() / edges,
    }


@dataclass(frozen=True)
class Mixing(OfEachNetwork):
    """The recipe of a table that shows how fast the trades of G forget the signs they started from.

    Columns ``seed, layer`` (1…), ``rounds`` of trades, the share of edges whose sign is another than
    at first (``flipped``), and the correlation over positive edges of the positive degrees of their
    two ends (``assortativity``).
    """

    training: Training
    folder: ClassVar[str] = "mixing"
    rounds: tuple[int, ...] = (0, 1, 2, 3, 5, 7, 10, 15, 20, 30, 40)

    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterator[dict[str, object]]:
        for layer, signs in enumerate(map(torch.sign, weight_matrices(model)), start=1):
            for rounds in self.rounds:
                traded = trade(signs, signs != 0, generator("mixing", seed, layer), rounds)
                yield {
                    "layer": layer,
                    "rounds": rounds,
                    "flipped": int((traded != signs).sum()) / int((signs != 0).sum()),
                    "assortativity": _assortativity(traded),
                }


def _assortativity(signs: Tensor) -> float:
    positive = (signs > 0).double()
    right, left = positive.nonzero(as_tuple=True)
    ends = torch.stack([positive.sum(1)[right], positive.sum(0)[left]])
    return torch.corrcoef(ends)[0, 1].item()
