"""What happens to the biases while the weights are probed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Generator, Tensor


Policy = Literal[
    "probed",
    "kept",
    "zeroed",
    "redrawn",
    "corrected",
    "calibrated",
    "calibrated_hidden",
    "calibrated_output",
    "affine",
]

#: The policies that refit biases to the simplified weights: see :mod:`weightprobes.engine.refit`.
REFITS = ("corrected", "calibrated", "calibrated_hidden", "calibrated_output", "affine")

#: The policies, and what each does.
POLICIES: dict[str, str] = {
    "probed": "trained biases, probed and signed like the weights (what the authors' code does)",
    "kept": "trained biases, left alone, also in the sign reading",
    "zeroed": "no biases",
    "redrawn": "fresh random biases, then as probed (the released results: no trained bias was stored)",
    "corrected": "refitted: each unit keeps its mean over training images, as a number",
    "calibrated": "refitted: each unit keeps its mean over training images, measured in its own spread",
    "calibrated_hidden": "calibrated in all layers but the last, whose biases are kept",
    "calibrated_output": "calibrated in the last layer, the other biases are kept",
    "affine": "refitted, and a gain with them: each unit keeps its mean and its spread over training images",
}


def starting_bias(policy: Policy, bias: Tensor, weight: Tensor, rng: Generator) -> Tensor:
    """The bias, shape (n,), before any probe; ``weight``, (n, fan_in), is the matrix of its layer.

    ``"redrawn"`` draws as PyTorch does for an untrained layer, from U(-1/√fan_in, 1/√fan_in).
    """
    if policy == "zeroed":
        return torch.zeros_like(bias)
    if policy == "redrawn":
        bound = 1 / math.sqrt(weight[0].numel())
        return torch.empty_like(bias).uniform_(-bound, bound, generator=rng)
    return bias
