"""Pruning followed by another probe in full (Fig. 3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from weightprobes.lazy import torch
from weightprobes.probes import grids
from weightprobes.probes.probe import Probe
from weightprobes.probes.prune import Prune
from weightprobes.probes.registry import register
from weightprobes.probes.shuffle import NULLS, Shuffle
from weightprobes.rng import generator


@dataclass(frozen=True)
class Pruned(Probe):
    """Remove the smallest fraction ``strength`` = p of the weights, then apply ``then`` at strength 1.

    At p = 0 nothing is removed and ``then`` still acts: the one probe whose strength 0 is no identity.
    """

    then: Probe

    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        pruned = Prune("smallest").on(weight, rng)
        address = torch.randint(2**62, (), generator=rng).item()
        return lambda p: self.then(pruned(p), 1.0, generator("pruned", address))

    @property
    def structural(self) -> bool:  # type: ignore[override]
        return self.then.structural

    @property
    def grid(self) -> tuple[float, ...]:  # type: ignore[override]
        # the released G is only asked what it does to networks that are not pruned
        return (0.0,) if self.then == Shuffle("as_released") else grids.SHUFFLE

    @property
    def name(self) -> str:
        return f"prune+{self.then.name}"

    @property
    def variant(self) -> str:
        return self.then.variant


register(*(Pruned(Shuffle(null)) for null in NULLS))
