"""Binarisation: forget the magnitudes, keep the signs (Fig. 1, p = 0)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.probes import grids
from weightprobes.probes.probe import Probe
from weightprobes.probes.registry import register

Scale = Literal["unit", "layer", "row"]


def scaling_factor(weight: torch.Tensor, scale: Scale) -> torch.Tensor:
    """α, the size of one model's signs, in a shape that multiplies ``weight``, (out, ...) or a bias (n,).

    ``"unit"``: 1. ``"layer"`` and ``"row"``: the mean magnitude of the non-zero weights of the layer, or
    of each output unit, a kernel being one row (Rastegari et al., arXiv 1603.05279); 0 where there are
    none. A bias is a row of its layer, not one of units.
    """
    if scale == "unit":
        return weight.new_ones(())
    across = tuple(range(1 if scale == "row" and weight.ndim > 1 else 0, weight.ndim))
    edges = (weight != 0).sum(across, keepdim=True).clamp(min=1)
    return weight.abs().sum(across, keepdim=True) / edges


@dataclass(frozen=True)
class Binarize(Probe):
    """Take each weight part of the way to its sign: w → sign(w) · abs(w)^(1-s) · α^s, s = ``strength``.

    s = 0 is the identity and s = 1 leaves α · sign(w): the paper's binarisation with the ``scale``
    ``"unit"``; its scaled relatives with the other two (:func:`scaling_factor` gives α). In between,
    all magnitudes approach each other on a logarithmic scale, which the paper does not do.
    """

    scale: Scale = "unit"

    grid: ClassVar[tuple[float, ...]] = grids.BINARIZE

    @property
    def structural(self) -> bool:  # type: ignore[override]
        return self.scale != "unit"

    def __post_init__(self) -> None:
        check_choice("scale", self.scale, get_args(Scale))

    def plan(self, weight: torch.Tensor, rng: torch.Generator) -> Callable[[float], torch.Tensor]:
        size, sign, alpha = weight.abs(), weight.sign(), scaling_factor(weight, self.scale)
        return lambda s: sign * size ** (1 - s) * alpha**s


register(*map(Binarize, get_args(Scale)))
