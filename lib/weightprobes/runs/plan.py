"""What a run is to make: tasks × blocks of seeds × probes, as a list of cells."""

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
from weightprobes.runs import flat
from weightprobes.tables.recipe import Part
from weightprobes.tables.stored import Networks
from weightprobes.tasks import Scaling, Task

#: A million cells take a minute and a gigabyte to plan; a million networks of one task, years to train.
MOST = 1_000_000


@dataclass(frozen=True)
class Run:
    """A grid, as a YAML file or the flags of the command line describe it.

    ``seeds`` networks of each task, ``block`` of them in a cell; ``probes`` by name, like
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
        for name, kind in _LISTS.items():
            if getattr(self, name) is not None or name != "strengths":
                object.__setattr__(self, name, _listed(name, getattr(self, name), kind))
        for name in ("seeds", "block"):
            check_count(f"{name} of a run", getattr(self, name))
        if not self.tasks or not self.settings:
            raise ValueError("a run without tasks or settings makes nothing: name one or more of each")
        for probe in self.probes:
            named(probe)
        for setting in self.settings:
            check_choice("setting", setting, SETTINGS)
        blocks = -(-self.seeds // self.block)
        cells = len(self.tasks) * blocks * (1 + len(self.probes) * len(self.settings))
        if max(cells, self.seeds) > MOST:
            raise ValueError(
                f"{cells:,} cells, {self.seeds:,} networks of each task, are too many for a run: "
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
            told = flat.read(path.read_text())
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
            # a shelf is named once, and not for every block
            shelf, sweeps = networks.shelf, [(sweep, sweep.shelf) for sweep in self.sweeps(training)]
            for first in range(0, self.seeds, self.block):
                seeds = range(first, min(first + self.block, self.seeds))
                models = Part(networks, seeds, shelf)
                yield models
                for sweep, table in sweeps:
                    yield Part(sweep, seeds, table, models)


# The entries that are lists, and of what; a single one need not be in brackets.
_LISTS = {"tasks": str, "probes": str, "settings": str, "strengths": float, "hidden": int}


def _listed(name: str, value: Any, kind: type) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    for one in values:
        if not isinstance(one, (int, float) if kind is float else kind) or isinstance(one, bool):
            raise ValueError(f"{one!r} in {name} is no {_SPELLED[kind]}")
    return tuple(dict.fromkeys(values)) if kind is str else values


_SPELLED = {str: "text", float: "number", int: "whole number"}
