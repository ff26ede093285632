"""What a run is to make: tasks × blocks of seeds × probes, as a list of parts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import yaml

from weightprobes.choices import check_choice, check_count
from weightprobes.engine.settings import SETTINGS
from weightprobes.engine.sweep import Sweep
from weightprobes.models.training import Training
from weightprobes.probes import named
from weightprobes.runs import yaml_file
from weightprobes.tables.recipe import Part
from weightprobes.tables.stored import Networks
from weightprobes.tasks import Scaling, Task

#: A million parts take a minute and a gigabyte to plan; a million networks of one task, years to train.
MOST = 1_000_000


@dataclass(frozen=True)
class Run:
    """A grid, as a YAML file or the flags of the command line describe it.

    ``seeds`` networks of each task, ``block`` of them in a part; ``probes`` by name, like
    ``"prune-smallest"`` or ``"my_probes:quantize-4"``, none to train only; ``settings`` by name;
    ``strengths``, each probe's own grid if None. The rest are fields of
    :class:`~weightprobes.models.training.Training`. A name that is there twice counts once. Raises
    ValueError for what cannot be made, or is more than :data:`MOST`.
    """

    tasks: tuple[str, ...]
    probes: tuple[str, ...] = ()
    seeds: int = 20
    block: int = 5
    settings: tuple[str, ...] = ("as_published",)
    strengths: tuple[float, ...] | None = None
    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    scaling: Scaling = "symmetric"

    def __post_init__(self) -> None:
        for name in _LISTS:
            if getattr(self, name) is not None or name != "strengths":
                object.__setattr__(self, name, _listed(name, getattr(self, name)))
        for name in ("seeds", "block"):
            check_count(f"{name} of a run", getattr(self, name))
        if not self.tasks or not self.settings:
            raise ValueError("a run without tasks or settings makes nothing: name one or more of each")
        for probe in self.probes:
            named(probe)
        for setting in self.settings:
            check_choice("setting", setting, SETTINGS)
        blocks = -(-self.seeds // self.block)
        parts = len(self.tasks) * blocks * (1 + len(self.probes) * len(self.settings))
        if max(parts, self.seeds) > MOST:
            raise ValueError(
                f"{parts:,} parts, {self.seeds:,} networks of each task, are too many for a run: "
                f"give fewer seeds, or larger blocks, for at most {MOST:,} of either"
            )
        # what is wrong with one task's sweeps is wrong with all of them
        *_, training = self.trainings()
        list(self.sweeps(training))

    @classmethod
    def read(cls, path: Path) -> Run:
        """The run that a YAML file describes; raises ValueError, naming the file, if it describes none."""
        known = [field.name for field in fields(cls)]
        try:
            told = yaml_file.read(path.read_text())
            if not isinstance(told, dict):
                raise ValueError(f"it holds no list of names and values; a run has {', '.join(known)}")
            for name, value in told.items():
                check_choice("entry", name, known)
                if value is None:
                    raise ValueError(f"{name} has no value: give one, or leave it out")
            return cls(**{"tasks": (), **told})
        except OSError as error:
            raise ValueError(f"cannot read {path} ({error.strerror}): give the YAML file of a run") from error
        except (yaml.YAMLError, ValueError, OverflowError) as error:
            raise ValueError(f"{path}: {' '.join(str(error).split())}") from error

    def trainings(self) -> Iterator[Training]:
        """How the networks of each task are trained."""
        for task in self.tasks:
            yield Training(Task.named(task, self.scaling), self.hidden, self.activation)

    def sweeps(self, training: Training) -> Iterator[Sweep]:
        """What networks of this ``training`` are asked: each probe in each setting."""
        for probe in map(named, self.probes):
            strengths = probe.grid if self.strengths is None else self.strengths
            for setting in self.settings:
                yield Sweep(training, probe, strengths, SETTINGS[setting])

    def parts(self) -> Iterator[Part]:
        """All parts; those of a training come before the sweeps that need them."""
        for training in self.trainings():
            networks = Networks(training)
            # files are named once, and not for every block
            files, sweeps = networks.files, [(sweep, sweep.files) for sweep in self.sweeps(training)]
            for first in range(0, self.seeds, self.block):
                seeds = range(first, min(first + self.block, self.seeds))
                models = Part(networks, seeds, files)
                yield models
                for sweep, table in sweeps:
                    yield Part(sweep, seeds, table, models)


# The entries that are lists, and of what; a single one need not be in brackets.
_LISTS = {
    "tasks": "text",
    "probes": "text",
    "settings": "text",
    "strengths": "number",
    "hidden": "whole number",
}
_KINDS = {"text": str, "number": (int, float), "whole number": int}


def _listed(name: str, value: Any) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for one in values:
        if not isinstance(one, _KINDS[_LISTS[name]]) or isinstance(one, bool):
            raise ValueError(f"{one!r} in {name} is no {_LISTS[name]}")
    return tuple(dict.fromkeys(values)) if _LISTS[name] == "text" else values
