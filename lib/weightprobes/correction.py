"""Bias correction: give a simplified network the biases that its new weights need.

Nagel et al. (2019, arXiv 1906.04721) correct the biases of quantised networks so that each unit keeps
its mean. A sign has no unit of size, so there are two ways to read "keeps": the mean as a number, or
the mean relative to the unit's own spread. No weight is touched in either.
"""

from collections.abc import Iterator
from typing import Literal

import torch
from torch import Tensor, nn

Keep = Literal["corrected", "calibrated"]

#: Training images, from the first on, over which means are taken.
IMAGES = 2048


def layers(module: nn.Module) -> Iterator[tuple[str, nn.Module]]:
    """The layers of a plain chain of linear layers and activations, with their parameters' prefix.

    Raises ValueError for any other module.
    """
    if isinstance(module, nn.Linear):
        yield "", module
        return
    chain = dict(module.named_children()) if isinstance(module, nn.Sequential) else {"": module}
    for layer in chain.values():
        if not isinstance(layer, nn.Linear) and any(True for _ in layer.parameters()):
            raise ValueError(
                "biases can be refitted in a chain of linear layers and activations, not in a "
                f"{type(layer).__name__}: choose another bias policy"
            )
    yield from ((f"{name}.", layer) for name, layer in chain.items())


def moments(module: nn.Module, parameters: dict[str, Tensor], images: Tensor) -> dict[str, Tensor]:
    """Mean and standard deviation over ``images``, (n, inputs), of every unit's pre-activation.

    ``parameters`` are stacked, (models, ...); each bias's name is mapped to a tensor (2, models, units).
    """
    found = {}
    activations = images
    for prefix, layer in layers(module):
        if isinstance(layer, nn.Linear):
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
    """``parameters``, (models, ...), with biases that give every unit the ``wanted`` moments.

    Layer by layer from the input on: ``"corrected"`` keeps each unit's mean over ``images``;
    ``"calibrated"`` keeps mean / standard deviation, so that a unit fires about as often as it did.
    """
    result = dict(parameters)
    activations = images
    for prefix, layer in layers(module):
        if isinstance(layer, nn.Linear):
            activations = activations @ parameters[f"{prefix}weight"].mT
            mean, spread = _moments(activations)
            wanted_mean, wanted_spread = wanted[f"{prefix}bias"]
            scale = torch.ones_like(spread)
            if keep == "calibrated":
                scale = (spread / wanted_spread).where(wanted_spread > 0, scale)
            result[f"{prefix}bias"] = wanted_mean * scale - mean
            activations = activations + result[f"{prefix}bias"][:, None]
        else:
            activations = layer(activations)
    return result


def _moments(activations: Tensor) -> Tensor:
    return torch.stack([activations.mean(-2), activations.std(-2, correction=0)])
