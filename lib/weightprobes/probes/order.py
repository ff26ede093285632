"""The order in which weights are removed or flipped, and how many of them."""

from __future__ import annotations

from typing import Literal

from weightprobes.lazy import torch

Order = Literal["smallest", "largest", "random"]


def places(weight: torch.Tensor, order: Order, rng: torch.Generator) -> torch.Tensor:
    """Each weight's place in the order, shape (weight.numel(),): 0 goes first.

    ``"smallest"`` and ``"largest"`` go by absolute value, ties by position; ``"random"`` is uniform.
    """
    if order == "random":
        return torch.randperm(weight.numel(), generator=rng)
    ranking = weight.flatten().abs().argsort(descending=order == "largest", stable=True)
    return torch.empty_like(ranking).scatter_(0, ranking, torch.arange(len(ranking)))


def count(fraction: float, total: int) -> int:
    """How many of ``total`` weights a fraction is: truncated, as in the authors' code."""
    # 1 - 0.9 is a little less than 0.1; without the margin ten weights would keep none.
    return int(fraction * total + 1e-9)
