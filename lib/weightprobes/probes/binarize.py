"""Binarisation: forget the magnitudes, keep the signs (Fig. 1, p = 0)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, get_args

from weightprobes import grids
from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.probes.probe import Probe
from weightprobes.probes.registry import register

if TYPE_CHECKING:
    from torch import Generator, Tensor

Scale = Literal["unit", "layer", "row"]


@dataclass(frozen=True)
class Binarize(Probe):
    """Take each weight part of the way to its sign: w → sign(w) · abs(w)^(1-s) · α^s, s = ``strength``.

    s = 0 is the identity and s = 1 leaves α · sign(w): the paper's binarisation with the ``scale``
    ``"unit"``, α = 1; its scaled relatives with the mean of abs(w) over the tensor (``"layer"``) or
    over each of its rows (``"row"``). In between, all magnitudes approach each other on a
    logarithmic scale, which the paper does not do.
    """

    scale: Scale = "unit"

    grid: ClassVar[tuple[float, ...]] = grids.BINARIZE

    @property
    def structural(self) -> bool:
        return self.scale != "unit"

    def __post_init__(self) -> None:
        check_choice("scale", self.scale, get_args(Scale))

    def plan(self, weight: Tensor, rng: Generator) -> Callable[[float], Tensor]:
        size, sign = weight.abs(), weight.sign()
        if self.scale == "unit":
            alpha = torch.ones(())
        elif self.scale == "layer":
            alpha = size.mean()
        else:
            alpha = size.mean(-1, keepdim=True)
        return lambda s: sign * size ** (1 - s) * alpha**s


register(*map(Binarize, get_args(Scale)))
