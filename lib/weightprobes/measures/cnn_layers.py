"""Why the layers of a convolutional network break, and which plans hold, as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, ClassVar

from weightprobes.devices import Device
from weightprobes.engine import planning
from weightprobes.engine.diagnosis import diagnose
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import torch
from weightprobes.models.cnn import CnnTraining
from weightprobes.probes import Prune
from weightprobes.tables.recipe import Part, Recipe

#: Training images that refits are fitted to, and test images in a batch.
CALIBRATION, BATCH = 1000, 1000


class OfLayers(Recipe):
    """A recipe of a table about the layers of the networks of a ``training``, scored by test images."""

    training: CnnTraining
    folder: ClassVar[str]

    @property
    def name(self) -> str:
        return f"models/{self.training.label}-{self.folder}"

    def _asked(self, seed: int) -> dict[str, Any]:
        """What :func:`~weightprobes.engine.diagnosis.diagnose` is called with."""
        calibration = self.training.images("train")[0][:CALIBRATION]
        return {
            "model": _trained(self.training, seed),
            "evaluate": _accuracy(self.training),
            "calibration": [calibration],
        }


@cache
def _trained(training: CnnTraining, seed: int) -> torch.nn.Module:
    return training.train(seed)


def _accuracy(training: CnnTraining) -> Callable[[torch.nn.Module], Any]:
    x, y = training.images("test")

    def evaluate(model: torch.nn.Module) -> Any:
        with torch.inference_mode():
            return torch.cat([model(part).argmax(1) for part in x.split(BATCH)]) == y

    return evaluate


@dataclass(frozen=True)
class CnnDiagnosis(OfLayers):
    """The recipe of a table with one row per seed and layer: ``seed``, the columns of
    :func:`~weightprobes.engine.diagnosis.diagnose`, and ``accuracy`` of the whole network, with interval."""

    training: CnnTraining
    folder: ClassVar[str] = "diagnosis"

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        parts = [diagnose(**self._asked(seed)).assign(seed=seed) for seed in seeds]
        ends = ("", "_low", "_high")
        return pd.concat(
            [part.assign(**{f"accuracy{end}": part.attrs[f"score{end}"] for end in ends}) for part in parts]
        )


@dataclass(frozen=True)
class CnnPlans(OfLayers):
    """The recipe of a table with one row per seed and budget: what is planned for it, and verified.

    Columns ``seed, budget``; ``layers``, joined by commas; ``binarised, before, after, expected`` of
    :class:`~weightprobes.engine.planning.Plan`; and what :func:`~weightprobes.engine.planning.verify` finds.
    """

    training: CnnTraining
    folder: ClassVar[str] = "plans"
    budgets: tuple[float, ...] = (0.01, 0.02, 0.05, 0.1, 0.2)

    def needs(self, seeds: Sequence[int]) -> Part:
        return Part.of(CnnDiagnosis(self.training), seeds)

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        rows = []
        for seed, table in CnnDiagnosis(self.training).table(seeds).groupby("seed"):
            for budget in self.budgets:
                plan = planning.plan(table, budget)
                about = {name: getattr(plan, name) for name in ("binarised", "before", "after")}
                found = planning.verify(**self._asked(seed), plan=plan)
                layers = ",".join(plan.layers)
                rows.append({"seed": seed, "budget": budget, "layers": layers, **about, **found})
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class CnnCurves(OfLayers):
    """The recipe of a table with one row per seed, layer, strength and reading of pruning: ``seed`` and the
    columns of :func:`~weightprobes.engine.sensitivity.sensitivity`."""

    training: CnnTraining
    folder: ClassVar[str] = "curves"
    strengths: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 0.9)

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        asked = {"probe": Prune(), "strengths": self.strengths, "readings": ("float", "sign")}
        return pd.concat([sensitivity(**self._asked(seed), **asked).assign(seed=seed) for seed in seeds])
