"""Probe × strength × draw × ensemble → tidy table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from weightprobes import correction, tables
from weightprobes.biases import starting_bias
from weightprobes.ensembles import VARIANTS, Ensemble, accuracy
from weightprobes.models.stored import trained
from weightprobes.probes import Probe
from weightprobes.rng import generator
from weightprobes.settings import AS_PUBLISHED, AS_WRITTEN, Setting, signs, without_constant_inputs
from weightprobes.tasks import Scaling, Task
from weightprobes.training import Training

#: Every probed weight is read as it is, and by its sign.
READINGS = ("float", "sign")


def sweep(
    ensemble: Ensemble,
    x: Tensor,
    y: Tensor,
    probe: Probe,
    strengths: Sequence[float],
    *,
    setting: Setting = AS_WRITTEN,
    draws: int = 1,
    training_images: Tensor | None = None,
) -> pd.DataFrame:
    """Accuracy of every model on ``x`` (n, ...), ``y`` (n,), at every strength, read twice.

    Every weight matrix is probed by itself and read as it is (``weights`` = "float") and by the sign
    of the same draw ("sign"); the ``setting`` says what else happens, to the biases for one. Some
    settings ask for ``training_images``, (n, inputs). One row per measurement: ``seed, failed, probe,
    variant, biases, strength, draw, weights, accuracy`` (0…1). A row's draw depends on its probe,
    seed, draw and parameter name alone.
    """
    _check(probe, strengths, setting, draws)
    if setting.needs_images and training_images is None:
        raise ValueError(f"{setting} needs training images: give them as training_images")
    if setting.inputs == "varying":
        ensemble = without_constant_inputs(ensemble, training_images)
    refit = _refit(ensemble, setting, training_images)
    cells = [(seed, draw) for seed in ensemble.seeds for draw in range(draws)]
    together = max(1, VARIANTS // len(strengths))
    blocks = [cells[first : first + together] for first in range(0, len(cells), together)]
    measured: dict[str, list[Tensor]] = {reading: [] for reading in READINGS}
    touched = _touched(ensemble.parameters, setting)
    for block in tqdm(blocks, desc=f"{probe.name} {probe.variant}", unit="block"):
        variants = [
            probed(ensemble.model(seed), probe, strengths, setting, seed, draw) for seed, draw in block
        ]
        stacked = {name: torch.cat([one[name] for one in variants]) for name in ensemble.parameters}
        signed = {
            name: signs(value, setting.scale) if name in touched else value for name, value in stacked.items()
        }
        for reading, parameters in zip(READINGS, (stacked, signed), strict=True):
            fitted = refit(parameters, [seed for seed, _ in block], len(strengths))
            measured[reading].append(accuracy(ensemble.module, fitted, x, y, setting.ties))
    failed = dict(zip(ensemble.seeds, ensemble.failed.tolist(), strict=True))
    columns = {
        "seed": np.repeat([seed for seed, _ in cells], len(strengths)),
        "failed": np.repeat([failed[seed] for seed, _ in cells], len(strengths)),
        "probe": probe.name,
        "variant": probe.variant,
        "biases": setting.biases,
        "strength": np.tile(strengths, len(cells)),
        "draw": np.repeat([draw for _, draw in cells], len(strengths)),
    }
    return pd.concat(
        [
            pd.DataFrame({**columns, "weights": reading, "accuracy": torch.cat(values)})
            for reading, values in measured.items()
        ],
        ignore_index=True,
    )


def _check(probe: Probe, strengths: Sequence[float], setting: Setting, draws: int) -> None:
    if len(strengths) == 0 or draws < 1:
        raise ValueError(f"{len(strengths)} strengths and {draws} draws measure nothing: give some of each")
    if setting.scope == "network" and probe.structural:
        raise ValueError(f"{probe} moves weights within a layer: its scope is 'layer', not 'network'")
    for strength in strengths:
        probe.check(strength)


def parameter_roles(parameters: dict[str, Tensor]) -> dict[str, str]:
    """What each of an ensemble's parameters, (models, ...), is: ``"weight"``, ``"bias"`` or ``"other"``.

    A weight has two dimensions or more in each model; a bias belongs to a weight; the rest, such as
    the parameters of a normalisation, is left alone by every probe.
    """
    roles = {name: "weight" if value.ndim > 2 else "other" for name, value in parameters.items()}
    for name in parameters:
        if name.endswith("bias") and roles.get(name.removesuffix("bias") + "weight") == "weight":
            roles[name] = "bias"
    return roles


def _touched(parameters: dict[str, Tensor], setting: Setting) -> list[str]:
    """The names of the parameters, (models, ...), that are probed and read by their signs."""
    roles = parameter_roles(parameters)
    kinds = ("weight", "bias") if setting.biases in ("probed", "zeroed", "redrawn") else ("weight",)
    output = _output(roles) if setting.spared == "output" else None
    return [name for name, role in roles.items() if role in kinds and _layer(name) != output]


def _layer(name: str) -> str:
    """The layer that a parameter belongs to: its name less its last part."""
    return name.rpartition(".")[0]


def _output(roles: dict[str, str]) -> str:
    return _layer([name for name, role in roles.items() if role == "weight"][-1])


def probed(
    model: dict[str, Tensor], probe: Probe, strengths: Sequence[float], setting: Setting, seed: int, draw: int
) -> dict[str, Tensor]:
    """One model's parameters along the grid: each of shape (strengths, ...)."""
    touched = _touched({name: value[None] for name, value in model.items()}, setting)
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


def _refit(
    ensemble: Ensemble, setting: Setting, training_images: Tensor | None
) -> Callable[[dict[str, Tensor], Sequence[int], int], dict[str, Tensor]]:
    """What the setting does to the biases once the weights are read; most settings do nothing.

    The function takes a stack of variants, the seeds of its models, and the variants per model.
    """
    if setting.biases not in get_args(correction.Keep):
        return lambda parameters, seeds, each: parameters
    images = training_images[: correction.IMAGES]
    wanted = correction.moments(ensemble.module, ensemble.parameters, images)

    def refit(parameters: dict[str, Tensor], seeds: Sequence[int], each: int) -> dict[str, Tensor]:
        places = [ensemble.seeds.index(seed) for seed in seeds]
        own = {name: value[:, places].repeat_interleave(each, 1) for name, value in wanted.items()}
        return correction.refitted(ensemble.module, parameters, images, own, setting.biases)

    return refit


@dataclass(frozen=True)
class Sweep:
    """The recipe of a sweep over an ensemble trained by ``training``, on its task's test images."""

    training: Training
    probe: Probe
    strengths: tuple[float, ...]
    setting: Setting = AS_PUBLISHED
    draws: int = 1

    def __post_init__(self) -> None:
        # 0 and 0.0 are one strength, and must be one recipe
        object.__setattr__(self, "strengths", tuple(float(strength) for strength in self.strengths))
        _check(self.probe, self.strengths, self.setting, self.draws)

    def table(self, seeds: Sequence[int]) -> pd.DataFrame:
        """The rows of these ``seeds``, from the kept table; what it lacks is made and kept.

        The columns of :func:`sweep`, and ``dataset, task, scaling, activation, hidden`` before them.
        """
        name = f"{self.probe.name}-{self.probe.variant}/{self.training.label}-{self.setting.biases}"
        return tables.kept(name, self, seeds, self._make)

    def _make(self, seeds: Sequence[int]) -> pd.DataFrame:
        ensemble = trained(self.training, seeds)
        rows = sweep(
            ensemble,
            *self.training.task.load("test"),
            self.probe,
            self.strengths,
            setting=self.setting,
            draws=self.draws,
            training_images=self.training.task.load("train")[0],
        )
        return rows.assign(**self.training.columns())[[*self.training.columns(), *rows]]


def sweeps(
    tasks: Sequence[str],
    probes: Sequence[Probe],
    strengths: Sequence[float],
    *,
    seeds: int,
    hidden: Sequence[int] = (64,),
    activation: str = "relu",
    setting: Setting = AS_PUBLISHED,
    scaling: Scaling = "symmetric",
) -> pd.DataFrame:
    """The kept tables of every task and probe as one; ``seeds`` models of each task, from seed 0 on."""
    trainings = [Training(Task.named(task, scaling), tuple(hidden), activation) for task in tasks]
    return pd.concat(
        [
            Sweep(training, probe, tuple(strengths), setting).table(range(seeds))
            for training in trainings
            for probe in probes
        ],
        ignore_index=True,
    )
