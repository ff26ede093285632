"""Bipartite null models: give the weights other places among the edges (Figs 2 and 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.probes import grids
from weightprobes.probes.order import count
from weightprobes.probes.probe import Probe
from weightprobes.probes.registry import register
from weightprobes.probes.swaps import as_released, degree_preserving
from weightprobes.rng import generator

#: A weight matrix (out, in), which of its edges take part (out, in), and a generator → another matrix.
Null: TypeAlias = "Callable[[torch.Tensor, torch.Tensor, torch.Generator], torch.Tensor]"


def within(group: Callable[[torch.Tensor], torch.Tensor]) -> Null:
    """The null model that permutes weights uniformly within groups.

    ``group`` gives each entry of a matrix (out, in) the number of its group, in the same shape.
    """

    def shuffled(weight: torch.Tensor, takes_part: torch.Tensor, rng: torch.Generator) -> torch.Tensor:
        edges = takes_part.flatten().nonzero().squeeze(1)
        groups = group(weight).expand_as(weight).flatten()[edges].long()
        # Two stable sorts by group: the slots in their order, the sources in random order.
        order = torch.randperm(len(edges), generator=rng)
        slots = edges[groups.argsort(stable=True)]
        sources = edges[order[groups[order].argsort(stable=True)]]
        out = weight.clone()
        out.view(-1)[slots] = weight.flatten()[sources]
        return out

    return shuffled


def _left(weight: torch.Tensor) -> torch.Tensor:
    return torch.arange(weight.shape[1])


def _right(weight: torch.Tensor) -> torch.Tensor:
    return torch.arange(weight.shape[0])[:, None]


def _positive(weight: torch.Tensor) -> torch.Tensor:
    return (weight > 0).long()


#: The null models by name, in the paper's order: A to G, and G as its authors released it.
NULLS: dict[str, Null] = {
    "random": within(lambda weight: torch.zeros(())),
    "within_sign": within(_positive),
    "within_left": within(_left),
    "within_right": within(_right),
    "within_left_sign": within(lambda weight: 2 * _left(weight) + _positive(weight)),
    "within_right_sign": within(lambda weight: 2 * _right(weight) + _positive(weight)),
    "degree_preserving": degree_preserving,
    "as_released": as_released,
}

#: The paper's letters.
LETTERS: dict[str, str] = dict(zip(NULLS, ["A", "B", "C", "D", "E", "F", "G", "G as released"], strict=True))


@dataclass(frozen=True)
class Shuffle(Probe):
    """Give the non-zero weights other places; zeros stay zero and in place.

    A layer is a bipartite graph: its inputs are the nodes on the left, its outputs those on the right.
    ``null`` names what is shuffled within, and so what survives (the paper's letters in brackets):

    - ``"random"`` (A): all weights; the mask and the multiset of weights survive;
    - ``"within_sign"`` (B): each sign; the sign matrix survives too, and with it all signed degrees;
    - ``"within_left"`` (C), ``"within_right"`` (D): each node's edges on that side; its weights survive
      as a multiset, and with it its strength and signed degrees;
    - ``"within_left_sign"`` (E), ``"within_right_sign"`` (F): each node's edges of each sign; the sign
      matrix and the node's positive and negative strengths survive;
    - ``"degree_preserving"`` (G): the mask, both signed degrees of every node on both sides, and the
      multisets of positive and of negative weights survive; signs and magnitudes move;
    - ``"as_released"``: G as the authors' code has it, which loses and duplicates negative weights
      (:func:`~weightprobes.probes.swaps.as_released`).

    ``strength`` is the fraction of the non-zero weights that take part, chosen uniformly; the paper
    shuffles all, strength 1. Biases, of shape (n,), are no edges and stay as they are.
    """

    null: str = "random"

    structural: ClassVar[bool] = True

    grid: ClassVar[tuple[float, ...]] = grids.PARTIAL

    def __post_init__(self) -> None:
        check_choice("null model", self.null, NULLS)

    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        if weight.ndim == 1:
            return lambda strength: weight.clone()
        # a kernel's positions count as inputs: (out, in, height, width) is a layer of in · height · width
        matrix = weight.flatten(1).contiguous()
        edge = matrix != 0
        total = int(edge.sum())
        lottery = torch.full(matrix.shape, total)
        lottery[edge] = torch.randperm(total, generator=rng)
        address = torch.randint(2**62, (), generator=rng).item()

        def shuffled(strength: float) -> torch.Tensor:
            takes_part = lottery < count(strength, total)
            shuffle = NULLS[self.null](matrix, takes_part, generator("shuffle", address))
            return shuffle.view(weight.shape)

        return shuffled


register(*map(Shuffle, NULLS))
