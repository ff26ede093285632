"""Probe × strength × draw × ensemble → tidy table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from weightprobes import devices
from weightprobes.choices import check_choice
from weightprobes.devices import Device
from weightprobes.engine.checks import as_inputs, checked
from weightprobes.engine.probed import layers, read_twice, touched_by
from weightprobes.engine.settings import (
    AS_PUBLISHED,
    AS_WRITTEN,
    Setting,
    as_setting,
    without_constant_inputs,
)
from weightprobes.engine.stack import Stack
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import torch
from weightprobes.models.ensembles import Ensemble, accuracy, at_once
from weightprobes.models.progress import bar
from weightprobes.models.training import Training
from weightprobes.probes import Probe
from weightprobes.tables.stored import OfNetworks, trained
from weightprobes.tasks import Scaling, Task

if TYPE_CHECKING:
    from torch import Tensor

#: Every probed weight is read as it is, and by its sign.
READINGS = ("float", "sign")


def sweep(
    ensemble: Ensemble,
    x: Tensor,
    y: Tensor,
    probe: Probe,
    strengths: Sequence[float],
    *,
    setting: Setting | str = AS_WRITTEN,
    where: Literal["together", "each"] = "together",
    draws: int = 1,
    training_images: Tensor | None = None,
    device: Device = "cpu",
) -> pd.DataFrame:
    """Accuracy of every model on ``x`` (n, ...), ``y`` (n,), at every strength, read twice.

    Every weight matrix is probed by itself and read as it is (``weights`` = "float") and by the sign
    of the same draw ("sign"); the ``setting``, or its name in :data:`~weightprobes.engine.settings.SETTINGS`,
    says what else happens, to the biases for one. All layers are probed ``"together"``, or ``"each"`` in its
    turn. Some settings ask for ``training_images``, (n, inputs).
    One row per measurement: ``seed, failed, probe, variant``, the fields of the setting, ``strength, draw,
    weights, accuracy`` (0…1), and ``layer`` in front where each has its turn. A row's draw depends on its
    probe, seed, draw and parameter name alone; it is made on the CPU, and scored on the ``device``. A model
    answers with logits, (n, classes), or with a lone one, whose sign decides. Raises ValueError for models
    and data that cannot be measured (:func:`~weightprobes.engine.checks.checked`).
    """
    asked = Asked(probe, strengths, as_setting(setting), draws)
    check_choice("choice of where", where, ("together", "each"))
    x, y = checked(ensemble, x, y)
    if training_images is not None:
        training_images = as_inputs(ensemble, training_images, "training_images")
    if asked.setting.needs_images and training_images is None:
        raise ValueError(f"{asked.setting} needs training images: give them as training_images")
    if asked.setting.inputs == "varying" and training_images is not None:
        ensemble = without_constant_inputs(ensemble, training_images)
    place = devices.chosen(device)
    tables = []
    for layer in [None] if where == "together" else layers(ensemble.module):
        touched = touched_by(asked.setting, ensemble.module, layer)
        if touched or layer is None:
            table = _swept(ensemble, x.to(place), y.to(place), asked, touched, training_images)
            tables.append(table if layer is None else table.assign(layer=layer))
    table = pd.concat(tables, ignore_index=True)
    return table if where == "together" else table[["layer", *table.columns.drop("layer")]]


@dataclass(frozen=True)
class Asked:
    """What is asked of every model, checked: draws of a probe at strengths, in a setting."""

    probe: Probe
    strengths: Sequence[float]
    setting: Setting
    draws: int

    def __post_init__(self) -> None:
        probe, strengths = self.probe, self.strengths
        if not isinstance(probe, Probe):
            raise ValueError(
                f"{probe!r} is no probe: give one, like Prune('smallest'), or named('prune-smallest')"
            )
        if not isinstance(strengths, Sequence | np.ndarray):
            raise ValueError(f"strengths {strengths!r} are no list: give one or more, like [0, 0.5]")
        if len(strengths) == 0 or self.draws < 1:
            raise ValueError(
                f"{len(strengths)} strengths and {self.draws} draws measure nothing: give some of each"
            )
        if self.setting.scope == "network" and probe.structural:
            raise ValueError(f"{probe} moves weights within a layer: its scope is 'layer', not 'network'")
        for strength in strengths:
            probe.check(strength)


def _swept(
    ensemble: Ensemble,
    x: Tensor,
    y: Tensor,
    asked: Asked,
    touched: Sequence[str],
    training_images: Tensor | None,
) -> pd.DataFrame:
    """The table of :func:`sweep` when the parameters ``touched`` are probed."""
    setting = asked.setting
    stack = Stack.of(ensemble, setting, touched, training_images, x.device)
    items = [(seed, draw) for seed in ensemble.seeds for draw in range(asked.draws)]
    together, _ = at_once(stack.module, ensemble.parameters, x)
    grids, size = _cut(asked.strengths, together), max(1, together // len(asked.strengths))
    measured: dict[str, list[Tensor]] = {reading: [] for reading in READINGS}
    for block, grid in bar(list(product(_cut(items, size), grids)), desc=asked.probe.label, unit="block"):
        read = read_twice(ensemble, block, asked.probe, grid, setting, touched, x.device)
        seeds = [seed for seed, _ in block for _ in grid]
        for reading, parameters in read.items():
            fitted = stack.refitted(parameters, seeds)
            measured[reading].append(accuracy(stack.module, fitted, x, y, setting.ties))
    columns = _columns(ensemble, asked, items)
    tables = [
        pd.DataFrame({**columns, "weights": reading, "accuracy": torch.cat(values)})
        for reading, values in measured.items()
    ]
    return pd.concat(tables, ignore_index=True)


def _columns(ensemble: Ensemble, asked: Asked, items: Sequence[tuple[int, int]]) -> dict[str, Any]:
    """What tells the rows of all ``items``, seeds and draws, at all strengths."""
    failed, each = dict(zip(ensemble.seeds, ensemble.failed.tolist(), strict=True)), len(asked.strengths)
    return {
        "seed": np.repeat([seed for seed, _ in items], each),
        "failed": np.repeat([failed[seed] for seed, _ in items], each),
        "probe": asked.probe.name,
        "variant": asked.probe.variant,
        **vars(asked.setting),
        "strength": np.tile(asked.strengths, len(items)),
        "draw": np.repeat([draw for _, draw in items], each),
    }


def _cut(items: Sequence[Any], size: int) -> list[Sequence[Any]]:
    return [items[first : first + size] for first in range(0, len(items), size)]


@dataclass(frozen=True)
class Sweep(OfNetworks):
    """The recipe of a :func:`sweep` over an ensemble trained by ``training``, on its task's test images.

    ``setting`` may be given by its name in :data:`~weightprobes.engine.settings.SETTINGS`. The columns of
    the sweep, ``dataset, task, scaling, activation, hidden`` before them, and the
    :meth:`~weightprobes.models.training.Training.dials` of the training behind.
    """

    training: Training
    probe: Probe
    strengths: tuple[float, ...]
    setting: Setting = AS_PUBLISHED
    draws: int = 1
    where: Literal["together", "each"] = "together"

    def __post_init__(self) -> None:
        # one setting, and 0 and 0.0, must be one recipe
        object.__setattr__(self, "setting", as_setting(self.setting))
        object.__setattr__(self, "strengths", tuple(float(strength) for strength in self.strengths))
        Asked(self.probe, self.strengths, self.setting, self.draws)

    @property
    def name(self) -> str:
        """For file names, like ``"prune-smallest/mnist_7-9-relu-64-redrawn"``; not unique."""
        return f"{self.probe.label}/{self.training.label}-{self.setting.biases}"

    def columns(self) -> dict[str, object]:
        return vars(self.setting) | self.training.dials()

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble = trained(self.training, seeds, device)
        rows = sweep(
            ensemble,
            *self.training.task.load("test"),
            self.probe,
            self.strengths,
            setting=self.setting,
            where=self.where,
            draws=self.draws,
            training_images=self.training.task.load("train")[0],
            device=device,
        )
        # the rest of the setting is in the recipe, and joined when the file is read
        rows = rows.drop(columns=[name for name in vars(self.setting) if name != "biases"])
        return rows.assign(**self.training.columns())[[*self.training.columns(), *rows]]


def sweeps(
    tasks: Sequence[str],
    probes: Sequence[Probe],
    strengths: Sequence[float],
    *,
    seeds: int,
    hidden: Sequence[int] = (64,),
    activation: str = "relu",
    setting: Setting | str = AS_PUBLISHED,
    scaling: Scaling = "symmetric",
) -> pd.DataFrame:
    """The kept tables of every task and probe as one; ``seeds`` models of each task, from seed 0 on."""
    trainings = [Training(Task.named(task, scaling), tuple(hidden), activation) for task in tasks]
    return pd.concat(
        [
            Sweep(training, probe, tuple(strengths), as_setting(setting)).table(range(seeds))
            for training in trainings
            for probe in probes
        ],
        ignore_index=True,
    )
