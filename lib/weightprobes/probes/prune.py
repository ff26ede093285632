"""Pruning: remove edges (Fig. 1a,b)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import ClassVar, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.probes import grids
from weightprobes.probes.order import Order, count, places
from weightprobes.probes.probe import Probe
from weightprobes.probes.registry import register


@dataclass(frozen=True)
class Prune(Probe):
    """Set a fraction ``strength`` = p of the weights to zero, taken in ``order``.

    ``int((1 - p) · n)`` of n weights survive; so p = 1 leaves none.
    """

    order: Order = "smallest"

    grid: ClassVar[tuple[float, ...]] = grids.PRUNE

    def __post_init__(self) -> None:
        check_choice("order of pruning", self.order, get_args(Order))

    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        total = weight.numel()
        place = cache(lambda: places(weight, self.order, rng).view_as(weight))  # not for p = 0 alone
        return lambda p: weight.where(place() >= total - count(1 - p, total), 0) if p else weight.clone()


register(*map(Prune, get_args(Order)))
