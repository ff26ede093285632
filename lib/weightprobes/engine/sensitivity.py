"""Any model, any score: what is lost when some of its weights are simplified and the others stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np

from weightprobes.choices import check_choice, check_count
from weightprobes.engine.item_bootstrap import Score, with_interval
from weightprobes.engine.readings import COLUMNS, Reading, read
from weightprobes.engine.replay import Replay, bytes_of
from weightprobes.engine.sites import Site, Unit, Where, changing, sites, units
from weightprobes.engine.subject import Evaluate, Refit, Subject, resting
from weightprobes.engine.trees import digest
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import torch
from weightprobes.models.progress import bar
from weightprobes.probes import Probe, named
from weightprobes.rng import generator
from weightprobes.tables import tables
from weightprobes.tables.parts import Damaged, Mismatch

if TYPE_CHECKING:
    from torch import Tensor, nn

_OWN = "as they are"
_KEY = ["layer", "group", "probe", "variant", "strength", "draw", "weights", "scale", "refit"]


@dataclass(frozen=True)
class Question:
    """What is measured of every unit: each strength and draw of the ``probe``, each reading, each refit."""

    probe: Probe
    strengths: Sequence[float] = (0.0,)
    readings: Sequence[Reading] = ("sign",)
    refits: Sequence[Refit] = ("none",)
    draws: int = 1
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("strengths", "readings", "refits"):
            value = getattr(self, name)
            if isinstance(value, str) or not isinstance(value, Iterable):
                raise ValueError(f"{name} {value!r} are no list: give one or more, like [{value!r}]")
        for strength in self.strengths:
            self.probe.check(strength)
        for reading in self.readings:
            check_choice("reading", reading, COLUMNS)
        for refit in self.refits:
            check_choice("refit", refit, get_args(Refit))
        check_count("draws", self.draws)
        if not self.runs:
            raise ValueError("nothing is asked: give one strength, reading and refit or more")

    @property
    def runs(self) -> int:
        """Measurements of a unit."""
        return self.draws * len(self.strengths) * len(self.readings) * len(self.refits)

    def changes(self, unit: Unit) -> Iterator[tuple[dict[str, Any], dict[Site, Tensor]]]:
        """What the unit's weights, (outputs, ...), become, and the columns that say how."""
        for draw in range(self.draws):
            plans = {
                site: self.probe.on(site.weight(), generator(self.probe, self.seed, draw, site.name))
                for site in unit.sites
            }
            for strength in self.strengths:
                probed = {site: at(strength) for site, at in plans.items()}
                row = {"probe": self.probe.name, "variant": self.probe.variant, "strength": float(strength)}
                for reading in self.readings:
                    weights, scale = COLUMNS[reading]
                    values = {site: read(value, reading) for site, value in probed.items()}
                    yield {**row, "draw": draw, "weights": weights, "scale": scale}, values


def sensitivity(
    model: nn.Module,
    evaluate: Evaluate,
    *,
    score: Score | None = None,
    probe: Probe | str = "prune-smallest",
    strengths: Sequence[float] = (0.0,),
    readings: Sequence[Reading] = ("sign", "scaled", "row"),
    layers: str | Sequence[str] = "*",
    groups: Mapping[str, str | Sequence[str]] | None = None,
    where: Where = "each",
    calibration: Iterable[Any] = (),
    refits: Sequence[Refit] = ("none",),
    draws: int = 1,
    seed: int = 0,
    memory: str | int = "1GB",
    resume: str | Path | None = None,
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """What ``model`` loses by ``evaluate`` when its weights are simplified, one row a measurement.

    ``evaluate(model)`` gives a number, higher is better; or a row for each item: (items,), or (items, k)
    counts, whose sums (..., k) ``score`` turns into what they are worth, (...). Items give every number a
    95 % interval, by a bootstrap that draws the same items for both sides of a difference. It is called in
    evaluation mode, where the model lies; the model is left as it was, whatever happens.

    A weight is every parameter of two dimensions or more, called as ``named_parameters()`` prints it, or as
    ``names`` translates that. ``layers`` are names or globs; ``groups`` maps a name to names or globs of
    weights that change together. Each is changed by the ``probe``, or the one of that name, at every one of
    ``strengths`` and ``draws``, and read in each of ``readings``
    (:data:`~weightprobes.engine.readings.Reading`): as a default nothing is pruned, and signs are read.
    ``where`` changes ``"each"`` in its turn, ``"all_but"`` each, or all ``"together"``. ``refits`` give
    the changed layers their levels back on the inputs in ``calibration``: tensors, tuples of arguments, or
    mappings of named ones (:data:`~weightprobes.engine.refit.Keep`).

    Columns: ``layer, group, kind, shape, parameters, spread`` (of the weights, divided by n - 1),
    ``probe, variant, strength, draw, weights, scale, refit, score, loss``; and ``_low`` and ``_high`` of the
    last two, NaN without items. ``attrs`` has ``score``, ``score_low`` and ``score_high`` of the whole model.

    What comes before a weight is computed once and replayed, within ``memory``, bytes or like ``"1GB"``:
    no number depends on it. ``resume`` names a Parquet file that is extended layer by layer, and that refuses
    other weights, another score or other calibration. Raises ValueError, with the way out, for what cannot
    be measured.
    """
    asked = Question(
        named(probe) if isinstance(probe, str) else probe, strengths, readings, refits, draws, seed
    )
    every = sites(model, names)
    some, memory = units(every, layers, groups, where), bytes_of(memory)
    changed, subject = changing(some), Subject(model, evaluate, score, every, calibration)
    with resting(model):
        if set(asked.refits) != {"none"}:
            for site in changed:
                subject.check_refit(site)
        recipe = _recipe(subject, where, changed, seed) if resume else None
        done = _resumed(resume, recipe)

        def keep(unit: Unit, rows: list[tuple[dict[str, Any], np.ndarray]]) -> None:
            made = [_row(one, values, subject.whole) for one, values in rows]
            done.update({_key(row): row for row in made})
            if resume:
                tables.write(Path(resume), pd.DataFrame(done.values()), recipe)

        left = [unit for unit in some if not done.keys() >= set(_keys(unit, asked))]
        measure(subject, left, asked, memory, keep)
    table = pd.DataFrame([done[key] for unit in some for key in _keys(unit, asked)])
    table.attrs |= with_interval("score", subject.whole)
    return table


def measure(
    subject: Subject,
    some: Sequence[Unit],
    asked: Question,
    memory: int,
    then: Callable[[Unit, list[tuple[dict[str, Any], np.ndarray]]], None],
) -> None:
    """Call ``then(unit, measurements)`` for each unit, in the order in which the model uses them.

    A measurement is a row of the columns up to ``refit``, and the score, resampled. What comes again, like
    the signs of weights that were shuffled within signs, is scored once. ``memory`` bytes are for replay.
    """
    ready: Callable[[Unit], AbstractContextManager[Any]] = nullcontext
    if memory and some:
        replay = Replay(subject.model, subject.evaluate, some, asked.runs, memory, subject.same)
        some, ready = replay.order, replay.at
    for unit in bar(some, desc=asked.probe.label, unit="layer"):
        with ready(unit):
            then(unit, _measured(subject, unit, asked))


def _measured(subject: Subject, unit: Unit, asked: Question) -> list[tuple[dict[str, Any], np.ndarray]]:
    own = {site: site.weight() for site in unit.sites}
    known: dict[tuple[object, Refit], np.ndarray] = {(_OWN, "none"): subject.whole}
    about, rows = _about(unit, own), []
    for row, values in asked.changes(unit):
        which = _told_apart(values, own, asked)
        for refit in asked.refits:
            key = (which, refit)
            if key not in known:
                known[key] = subject.changed(values, dict.fromkeys(values, refit))
            rows.append(({**about, **row, "refit": refit}, known[key]))
    return rows


def _about(unit: Unit, own: Mapping[Site, Tensor]) -> dict[str, Any]:
    values = torch.cat([weight.flatten() for weight in own.values()])
    return {
        "layer": unit.name,
        "group": unit.group,
        "kind": ", ".join(dict.fromkeys(site.kind for site in unit.sites)),
        "shape": " + ".join("×".join(map(str, site.parameter.shape)) for site in unit.sites),
        "parameters": values.numel(),
        "spread": values.std().item(),
    }


def _row(row: dict[str, Any], values: np.ndarray, whole: np.ndarray) -> dict[str, Any]:
    return {**row, **with_interval("score", values), **with_interval("loss", whole - values)}


def _told_apart(values: Mapping[Site, Tensor], own: Mapping[Site, Tensor], asked: Question) -> object:
    """What is the same for the same ``values``."""
    if all(value.equal(own[site]) for site, value in values.items()):
        return _OWN
    if asked.draws * len(asked.strengths) == 1:
        return object()  # readings of one draw differ, and a digest takes its time
    return digest([value + 0.0 for value in values.values()])  # plus zero: -0 and 0 are one weight


def _recipe(subject: Subject, where: Where, changed: Sequence[Site], seed: int) -> dict[str, Any]:
    """What rows in one file have in common."""
    model = subject.model
    return {
        "weights": digest({**dict(model.named_parameters()), **dict(model.named_buffers())}).hex(),
        "levels": digest(subject.moments).hex(),
        "score": float(subject.whole[0]),
        "where": where,
        "changing": "" if where == "each" else [site.name for site in changed],
        "seed": seed,
    }


def _resumed(file: str | Path | None, recipe: dict[str, Any] | None) -> dict[tuple[Any, ...], dict[str, Any]]:
    """The rows in ``file``, if any, by what they are about.

    Raises ValueError if it was measured on another model or with another score.
    """
    if not file or not Path(file).exists():
        return {}
    try:
        return {_key(row): row for row in tables.read(Path(file), recipe).to_dict("records")}
    except Damaged:
        raise
    except Mismatch as error:
        raise ValueError(
            f"{file} was measured on other weights, or with another score, seed, calibration or choice of "
            "where: name a new file"
        ) from error


def _key(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in _KEY)


def _keys(unit: Unit, asked: Question) -> list[tuple[Any, ...]]:
    """What is ``asked`` of a unit, in order."""
    about = (unit.name, unit.group, asked.probe.name, asked.probe.variant)
    every = product(range(asked.draws), asked.strengths, asked.readings, asked.refits)
    return [
        (*about, float(strength), draw, *COLUMNS[reading], refit) for draw, strength, reading, refit in every
    ]
