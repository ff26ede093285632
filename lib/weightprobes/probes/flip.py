"""Sign flips: negate edges (Fig. 1e,f)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.probes import grids
from weightprobes.probes.order import Order, count, places
from weightprobes.probes.probe import Probe
from weightprobes.probes.registry import register


@dataclass(frozen=True)
class Flip(Probe):
    """Negate a fraction ``strength`` = q of the weights, ``int(q · n)`` of n, taken in ``order``."""

    order: Order = "smallest"

    grid: ClassVar[tuple[float, ...]] = grids.FLIP

    def __post_init__(self) -> None:
        check_choice("order of flipping", self.order, get_args(Order))

    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        place = places(weight, self.order, rng).view_as(weight)
        return lambda q: weight.where(place >= count(q, weight.numel()), -weight)


register(*map(Flip, get_args(Order)))
