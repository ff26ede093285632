"""Bias correction: give a simplified network the biases that its new weights need.

Nagel et al. (2019, arXiv 1906.04721) correct the biases of quantised networks so that each unit keeps
its mean. A sign has no unit of size, so there are two ways to read "keeps": the mean as a number, or
the mean relative to the unit's own spread. No weight is touched in either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn


Keep = Literal["corrected", "calibrated"]

#: Training images, from the first on, over which means are taken.
IMAGES = 2048


def layers(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The layers of a chain of linear layers and activations, with the prefix of their parameters' names.

    Raises ValueError for any other module, and for linear layers without biases.
    """
    chain = {"": module}
    if isinstance(module, torch.nn.Sequential):
        chain = {f"{name}.": layer for name, layer in module.named_children()}
    linear = False
    for layer in chain.values():
        plain = layer.bias is not None if isinstance(layer, torch.nn.Linear) else not list(layer.parameters())
        if not plain or (linear and isinstance(layer, torch.nn.Flatten)):
            what = type(layer).__name__ + (" without biases" if isinstance(layer, torch.nn.Linear) else "")
            raise ValueError(
                "biases can be refitted in a chain of linear layers and activations, "
                f"not in a {what}: choose another bias policy"
            )
        linear = linear or isinstance(layer, torch.nn.Linear)
    yield from chain.items()


def moments(module: nn.Module, parameters: dict[str, Tensor], images: Tensor) -> dict[str, Tensor]:
    """Mean and standard deviation over ``images``, (n, inputs), of every unit's pre-activation.

    ``parameters`` are stacked, (models, ...); each bias's name is mapped to a tensor (2, models, units).
    """
    found = {}
    activations = images
    for prefix, layer in layers(module):
        if isinstance(layer, torch.nn.Linear):
            activations = activations @ parameters[f"{prefix}weight"].mT
            activations = activations + parameters[f"{prefix}bias"][:, None]
            found[f"{prefix}bias"] = _moments(activations)
        else:
            activations = layer(activations)
    return found


def refitted(
    module: nn.Module,
    parameters: dict[str, Tensor],
    images: Tensor,
    wanted: dict[str, Tensor],
    keep: Keep,
) -> dict[str, Tensor]:
    """``parameters``, (models, ...), with biases that give the units the ``wanted`` moments.

    ``wanted`` maps the names of the biases to refit to (2, models, units), as :func:`moments` does;
    other biases stay. Layer by layer from the input on: ``"corrected"`` keeps each unit's mean over
    ``images``; ``"calibrated"`` keeps mean / standard deviation, so that it fires about as often.
    """
    result = dict(parameters)
    activations = images
    for prefix, layer in layers(module):
        if isinstance(layer, torch.nn.Linear):
            bias = f"{prefix}bias"
            activations = activations @ parameters[f"{prefix}weight"].mT
            if bias in wanted:
                result[bias] = _fitting_bias(_moments(activations), wanted[bias], keep)
            activations = activations + result[bias][:, None]
        else:
            activations = layer(activations)
    return result


def _fitting_bias(found: Tensor, wanted: Tensor, keep: Keep) -> Tensor:
    """The bias that takes units without bias from the moments ``found`` to those ``wanted``."""
    (mean, spread), (wanted_mean, wanted_spread) = found, wanted
    if keep == "corrected":
        return wanted_mean - mean
    growth = (spread / wanted_spread).where(wanted_spread > 0, 1)
    return wanted_mean * growth - mean


def _moments(activations: Tensor) -> Tensor:
    return torch.stack([activations.mean(-2), activations.std(-2, correction=0)])
