"""Why a layer breaks when its magnitudes go, and which layers can do without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from weightprobes.engine.item_bootstrap import Score, with_interval
from weightprobes.engine.readings import Reading
from weightprobes.engine.replay import bytes_of
from weightprobes.engine.sensitivity import Question, measure
from weightprobes.engine.sites import Unit, changing, sites, units
from weightprobes.engine.subject import Evaluate, Refit, Subject, resting
from weightprobes.lazy import pandas as pd
from weightprobes.probes import Prune

if TYPE_CHECKING:
    from torch import nn

#: What is given back, and how: a reading of the weights, and a refit of what the layer puts out.
GIVEN: dict[str, tuple[Reading, Refit]] = {
    "signs": ("sign", "none"),
    "scaled": ("scaled", "none"),
    "levels": ("sign", "calibrated"),
    "both": ("sign", "affine"),
}

#: The parts of what plain signs lose.
PARTS = ("scale", "offset", "information")


def diagnose(
    model: nn.Module,
    evaluate: Evaluate,
    *,
    calibration: Iterable[Any],
    score: Score | None = None,
    layers: str | Sequence[str] = "*",
    groups: Mapping[str, str | Sequence[str]] | None = None,
    tolerance: float = 0.01,
    memory: str | int = "1GB",
    names: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Why each weight of ``model`` breaks when only its signs are left, one row a weight.

    Arguments are those of :func:`~weightprobes.engine.sensitivity.sensitivity`. Columns: ``layer, group,
    kind, shape, parameters, outputs, bits``; the loss by ``signs``; by signs times their mean magnitude
    (``scaled``); by signs behind which each output has its level, in its own spread, again (``levels``), and
    its level and its spread (``both``); and three parts that add up to the loss by signs:

    - ``scale``: what the size of the whole matrix mends, signs - scaled;
    - ``offset``: what level and spread of each unit mend beyond that, scaled - both;
    - ``information``: what neither gives back.

    The order matters: what either would mend counts as scale. What makes matters worse mends nothing, and
    counts as 0: nobody would do it. All have ``_low`` and ``_high``. The ``word``
    is ``"robust"`` if signs lose at most ``tolerance`` for sure; else the largest part that is above 0 for
    sure, and ``"unclear"`` if none is. "For sure" is the 95 % interval, or the value where there is none.
    Layers that cannot be refitted, such as recurrent ones, have no ``levels``, ``both`` and what follows:
    they are ``"scale"`` if a scale mends half of their loss or more, and else ``"unclear"``.
    """
    some, memory = units(sites(model, names), layers, groups), bytes_of(memory)
    subject = Subject(model, evaluate, score, changing(some), calibration)
    about: dict[str, dict[str, Any]] = {}
    losses: dict[str, dict[str, np.ndarray]] = {unit.name: {} for unit in some}

    def note(unit: Unit, rows: list[tuple[dict[str, Any], np.ndarray]]) -> None:
        for row, values in rows:
            about[unit.name] = {name: row[name] for name in _ABOUT}
            losses[unit.name][_NAMES[row["scale"], row["refit"]]] = subject.whole - values

    with resting(model):
        refittable = [unit for unit in some if all(map(subject.can_be_refitted, unit.sites))]
        measure(subject, some, Question(Prune(), readings=("sign", "scaled")), memory, note)
        measure(subject, refittable, Question(Prune(), refits=("calibrated", "affine")), memory, note)
    rows = [{**about[unit.name], **_size(unit), **_diagnosed(losses[unit.name], tolerance)} for unit in some]
    table = pd.DataFrame(rows)
    table.attrs |= with_interval("score", subject.whole)
    return table


def _size(unit: Unit) -> dict[str, int]:
    """How many outputs a refit of the unit corrects, and the bits that its weights take."""
    return {
        "outputs": sum(len(site.weight()) for site in unit.sites),
        "bits": sum(8 * site.parameter.nbytes for site in unit.sites),
    }


def members(row: Mapping[str, Any]) -> list[str]:
    """The names of the weights that a row of a diagnosis is about: a layer's, or those of a group."""
    return row["group"].split(" + ") if row.get("group") else [row["layer"]]


_ABOUT = ("layer", "group", "kind", "shape", "parameters")
_NAMES = {("unit", "none"): "signs", ("own", "none"): "scaled"}
_NAMES |= {("unit", "calibrated"): "levels", ("unit", "affine"): "both"}


def _diagnosed(measured: dict[str, np.ndarray], tolerance: float) -> dict[str, Any]:
    """The columns of losses, resampled, and of their parts; and the word."""
    none = np.full_like(measured["signs"], np.nan)
    losses = {name: measured.get(name, none) for name in GIVEN}
    sized = min(losses["signs"], losses["scaled"], key=_found)
    left = min(sized, losses["both"], key=_found) if "both" in measured else none
    parts = {"scale": losses["signs"] - sized, "offset": sized - left, "information": left}
    row: dict[str, Any] = {}
    for name, values in (losses | parts).items():
        row |= with_interval(name, values)
    sure = {name: row[name] if np.isnan(row[f"{name}_low"]) else row[f"{name}_low"] for name in PARTS}
    high = row["signs"] if np.isnan(row["signs_high"]) else row["signs_high"]
    worst = max(PARTS, key=lambda name: row[name] if sure[name] > 0 else -np.inf)
    rest_is_larger = np.isnan(row["both"]) and row["signs"] - row["scale"] > row["scale"]
    unclear = not sure[worst] > 0 or rest_is_larger
    return {**row, "word": "robust" if high <= tolerance else "unclear" if unclear else worst}


def _found(losses: np.ndarray) -> float:
    """The loss of the items themselves, which come before those drawn anew."""
    return float(losses[0])
