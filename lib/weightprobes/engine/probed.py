"""The variants of a model: what a probe makes of its parameters, along a grid of strengths."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from weightprobes.engine.biases import REFITS, starting_bias
from weightprobes.engine.settings import Setting, signs
from weightprobes.lazy import torch
from weightprobes.probes import Probe
from weightprobes.rng import generator

if TYPE_CHECKING:
    from torch import Tensor, nn

    from weightprobes.models.ensembles import Ensemble


def roles(module: nn.Module) -> dict[str, str]:
    """What each parameter of ``module`` is: ``"weight"``, ``"bias"`` or ``"other"``.

    A weight has two dimensions or more; a bias belongs to a weight; the rest, such as the parameters of a
    normalisation, is left alone by every probe, as all buffers are.
    """
    found = {name: "weight" if value.ndim > 1 else "other" for name, value in module.named_parameters()}
    for name in found:
        if name.endswith("bias") and found.get(name.removesuffix("bias") + "weight") == "weight":
            found[name] = "bias"
    return found


def layers(module: nn.Module) -> list[str]:
    """The names of the layers that have a weight, in their order."""
    return [layer_of(name) for name, role in roles(module).items() if role == "weight"]


def touched_by(setting: Setting, module: nn.Module, layer: str | None = None) -> list[str]:
    """The names of the parameters that are probed and read by their signs, in all layers or in one."""
    found, kinds = roles(module), ("weight",) if setting.biases in ("kept", *REFITS) else ("weight", "bias")
    spared = layers(module)[-1] if setting.spared == "output" else None
    some = [name for name, role in found.items() if role in kinds and layer_of(name) != spared]
    return [name for name in some if layer in (None, layer_of(name))]


def layer_of(name: str) -> str:
    """The layer that a parameter belongs to: its name less its last part."""
    return name.rpartition(".")[0]


def probed(
    model: dict[str, Tensor],
    probe: Probe,
    strengths: Sequence[float],
    setting: Setting,
    touched: Sequence[str],
    seed: int,
    draw: int,
) -> dict[str, Tensor]:
    """One model's parameters at each of the ``strengths``, those ``touched`` probed: (strengths, ...)."""
    together = [name for name in touched if setting.scope == "network" and model[name].ndim > 1]
    variants = _probed_together({name: model[name] for name in together}, probe, strengths, seed, draw)
    for name, value in model.items():
        if name in touched and name.endswith("bias"):
            weight = model[name.removesuffix("bias") + "weight"]
            value = starting_bias(setting.biases, value, weight, generator("bias", seed, draw, name))
        if name not in touched:
            variants[name] = value.expand(len(strengths), *value.shape)
        elif name not in together:
            at = probe.on(value, generator(probe, seed, draw, name))
            variants[name] = torch.stack([at(strength) for strength in strengths])
    return variants


def read_twice(
    ensemble: Ensemble,
    items: Sequence[tuple[int, int]],
    probe: Probe,
    strengths: Sequence[float],
    setting: Setting,
    touched: Sequence[str],
    place: torch.device,
) -> dict[str, dict[str, Tensor]]:
    """The parameters of each item, a seed and a draw, at each of the ``strengths``, (items · strengths, ...),
    read as they are ("float") and by the signs of those ``touched`` ("sign")."""
    variants = [
        probed(ensemble.model(seed), probe, strengths, setting, touched, seed, draw) for seed, draw in items
    ]
    floats = {name: torch.cat([one[name] for one in variants]).to(place) for name in variants[0]}
    signed = {
        name: signs(value, setting.scale) if name in touched else value for name, value in floats.items()
    }
    return {"float": floats, "sign": signed}


def _probed_together(
    weights: dict[str, Tensor], probe: Probe, strengths: Sequence[float], seed: int, draw: int
) -> dict[str, Tensor]:
    """All ``weights`` probed as one long vector, each along the grid: (strengths, ...)."""
    if not weights:
        return {}
    vector = torch.cat([weight.flatten() for weight in weights.values()])
    at = probe.on(vector, generator(probe, seed, draw, "network"))
    rows = torch.stack([at(strength) for strength in strengths])
    parts = rows.split([weight.numel() for weight in weights.values()], dim=1)
    return {
        name: part.view(len(strengths), *weight.shape)
        for (name, weight), part in zip(weights.items(), parts, strict=True)
    }
