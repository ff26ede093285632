"""Probe × strength × draw × ensemble → tidy table."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from tqdm import tqdm

from weightprobes import tables
from weightprobes.biases import POLICIES, Policy, starting_bias
from weightprobes.choices import check_choice
from weightprobes.ensembles import VARIANTS, Ensemble, accuracy
from weightprobes.models.stored import trained
from weightprobes.probes import Probe
from weightprobes.rng import generator
from weightprobes.tasks import Scaling, Task
from weightprobes.training import Training

#: Every probed weight is read as it is, and by its sign.
READINGS = {"float": lambda weight: weight, "sign": torch.sign}


def sweep(
    ensemble: Ensemble,
    x: Tensor,
    y: Tensor,
    probe: Probe,
    strengths: Sequence[float],
    *,
    biases: Policy = "probed",
    draws: int = 1,
) -> pd.DataFrame:
    """Accuracy of every model on ``x`` (n, ...), ``y`` (n,), at every strength, read twice.

    Every weight matrix is probed by itself and read as it is (``weights`` = "float") and by the sign
    of the same draw ("sign"); the ``biases`` follow their policy. One row per measurement: ``seed,
    failed, probe, variant, biases, strength, draw, weights, accuracy`` (0…1). A row's draw depends on
    its probe, seed, draw and parameter name alone.
    """
    _check(probe, strengths, biases, draws)
    cells = [(seed, draw) for seed in ensemble.seeds for draw in range(draws)]
    together = max(1, VARIANTS // len(strengths))
    blocks = [cells[first : first + together] for first in range(0, len(cells), together)]
    measured: dict[str, list[Tensor]] = {reading: [] for reading in READINGS}
    roles = parameter_roles(ensemble.parameters)
    for block in tqdm(blocks, desc=f"{probe.name} {probe.variant}", unit="block"):
        variants = [
            probed(ensemble.model(seed), probe, strengths, biases, seed, draw) for seed, draw in block
        ]
        stacked = {name: torch.cat([one[name] for one in variants]) for name in roles}
        for reading, read in READINGS.items():
            as_read = {
                name: value if _is_kept(roles[name], biases) else read(value)
                for name, value in stacked.items()
            }
            measured[reading].append(accuracy(ensemble.module, as_read, x, y))
    failed = dict(zip(ensemble.seeds, ensemble.failed.tolist(), strict=True))
    columns = {
        "seed": np.repeat([seed for seed, _ in cells], len(strengths)),
        "failed": np.repeat([failed[seed] for seed, _ in cells], len(strengths)),
        "probe": probe.name,
        "variant": probe.variant,
        "biases": biases,
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


def _check(probe: Probe, strengths: Sequence[float], biases: Policy, draws: int) -> None:
    check_choice("bias policy", biases, POLICIES)
    if len(strengths) == 0 or draws < 1:
        raise ValueError(f"{len(strengths)} strengths and {draws} draws measure nothing: give some of each")
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


def probed(
    model: dict[str, Tensor], probe: Probe, strengths: Sequence[float], biases: Policy, seed: int, draw: int
) -> dict[str, Tensor]:
    """One model's parameters along the grid: each of shape (strengths, ...)."""
    variants = {}
    roles = parameter_roles({name: value[None] for name, value in model.items()})
    for name, value in model.items():
        if roles[name] == "bias":
            weight = model[name.removesuffix("bias") + "weight"]
            value = starting_bias(biases, value, weight, generator("bias", seed, draw, name))
        if _is_kept(roles[name], biases):
            variants[name] = value.expand(len(strengths), *value.shape)
        else:
            at = probe.on(value, generator(probe, seed, draw, name))
            variants[name] = torch.stack([at(strength) for strength in strengths])
    return variants


def _is_kept(role: str, biases: Policy) -> bool:
    return role == "other" or (role == "bias" and biases == "kept")


@dataclass(frozen=True)
class Sweep:
    """The recipe of a sweep over an ensemble trained by ``training``, on its task's test images."""

    training: Training
    probe: Probe
    strengths: tuple[float, ...]
    biases: Policy = "redrawn"
    draws: int = 1

    def __post_init__(self) -> None:
        # 0 and 0.0 are one strength, and must be one recipe
        object.__setattr__(self, "strengths", tuple(float(strength) for strength in self.strengths))
        _check(self.probe, self.strengths, self.biases, self.draws)

    def table(self, seeds: Sequence[int]) -> pd.DataFrame:
        """The rows of these ``seeds``, from the kept table; what it lacks is made and kept.

        The columns of :func:`sweep`, and ``dataset, task, scaling, activation, hidden`` before them.
        """
        name = f"{self.probe.name}-{self.probe.variant}/{self.training.label}-{self.biases}"
        return tables.kept(name, self, seeds, self._make)

    def _make(self, seeds: Sequence[int]) -> pd.DataFrame:
        ensemble = trained(self.training, seeds)
        images = self.training.task.load("test")
        rows = sweep(ensemble, *images, self.probe, self.strengths, biases=self.biases, draws=self.draws)
        return rows.assign(**self.training.columns())[[*self.training.columns(), *rows]]


def sweeps(
    tasks: Sequence[str],
    probes: Sequence[Probe],
    strengths: Sequence[float],
    *,
    seeds: int,
    hidden: Sequence[int] = (64,),
    activation: str = "relu",
    biases: Policy = "redrawn",
    scaling: Scaling = "symmetric",
) -> pd.DataFrame:
    """The kept tables of every task and probe as one; ``seeds`` models of each task, from seed 0 on."""
    trainings = [Training(Task.named(task, scaling), tuple(hidden), activation) for task in tasks]
    return pd.concat(
        [
            Sweep(training, probe, tuple(strengths), biases).table(range(seeds))
            for training in trainings
            for probe in probes
        ],
        ignore_index=True,
    )
