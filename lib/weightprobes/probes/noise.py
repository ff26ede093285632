"""Additive noise (Fig. 1c,d)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.probes import grids
from weightprobes.probes.probe import Probe
from weightprobes.probes.registry import register

Distribution = Literal["uniform", "normal"]


@dataclass(frozen=True)
class Noise(Probe):
    """Add independent noise to every non-zero weight.

    ``"uniform"`` draws from U(-a, a) with a = ``strength``, the paper's choice for its MLPs;
    ``"normal"`` from N(0, a²), its choice for DistilBERT. In the units of the weights, any a ≥ 0.
    """

    distribution: Distribution = "uniform"
    strongest: ClassVar[float] = math.inf
    grid: ClassVar[tuple[float, ...]] = grids.NOISE

    def __post_init__(self) -> None:
        check_choice("noise distribution", self.distribution, get_args(Distribution))

    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        unit = torch.empty_like(weight, memory_format=torch.contiguous_format)
        if self.distribution == "uniform":
            unit.uniform_(-1, 1, generator=rng)
        else:
            unit.normal_(generator=rng)
        unit *= weight != 0
        return lambda a: weight + a * unit


register(*map(Noise, get_args(Distribution)))
