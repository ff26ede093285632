"""A plan: which layers are binarised, how, and what that costs all together."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from weightprobes.engine.diagnosis import GIVEN, members
from weightprobes.engine.item_bootstrap import Score, with_interval
from weightprobes.engine.readings import read
from weightprobes.engine.sites import chosen, sites
from weightprobes.engine.subject import Evaluate, Subject, resting

if TYPE_CHECKING:
    import pandas as pd
    from torch import nn


@dataclass(frozen=True)
class Plan:
    """Which weights are to hold nothing but signs.

    ``layers`` maps the name of each to what it is given back, a key of
    :data:`~weightprobes.engine.diagnosis.GIVEN`; ``budget`` is what they may lose, and ``expected`` what
    they lose if losses of single layers add up; ``binarised`` is the share of all diagnosed weights, 0…1;
    ``before`` and ``after`` the bits of all of these, scales and refits of 32 bits included.
    """

    layers: dict[str, str]
    budget: float
    expected: float
    binarised: float
    before: int
    after: int

    def __str__(self) -> str:
        return (
            f"{len(self.layers)} layers at one bit, {100 * self.binarised:.1f} % of the weights: "
            f"{self.before / 8e6:.2f} MB become {self.after / 8e6:.2f} MB; expected loss {self.expected:.4f}"
        )


def plan(diagnosis: pd.DataFrame, budget: float = 0.01, most: int | None = None) -> Plan:
    """The layers to binarise for a summed loss of at most ``budget``, those that lose least a bit first.

    ``diagnosis`` is a table of :func:`~weightprobes.engine.diagnosis.diagnose`. Each layer, or group, is
    given its levels and spreads back, or the better of a scale and nothing if it cannot be refitted: a scale
    alone may lose less in one layer, but its errors add up in those behind it. At ``most`` so many layers,
    or groups, are taken. Losses of single layers need not add up: see :func:`verify`, and
    :func:`verified_plan`. Raises ValueError for a ``budget`` below 0.
    """
    if not budget >= 0:
        raise ValueError(f"budget {budget!r} is no loss that can be borne: give 0 or more")
    options = []
    for row in diagnosis.to_dict("records"):
        # what comes behind is used to inputs of this level and spread
        given = "both" if row["both"] == row["both"] else min(("signs", "scaled"), key=row.get)
        cost = {"both": 64 * row["outputs"], "scaled": 32, "signs": 0}[given]
        saved = row["bits"] - row["parameters"] - cost
        if saved > 0:
            options.append((max(row[given], 0.0) / saved, max(row[given], 0.0), saved, given, row))
    layers: dict[str, str] = {}
    loss, after, binarised = 0.0, int(diagnosis["bits"].sum()), 0
    for _, lost, saved, given, row in sorted(options, key=lambda option: (option[0], -option[2]))[:most]:
        if loss + lost <= budget:
            layers |= dict.fromkeys(members(row), given)
            loss, after, binarised = loss + lost, after - saved, binarised + row["parameters"]
    share = binarised / diagnosis["parameters"].sum()
    return Plan(layers, budget, loss, float(share), int(diagnosis["bits"].sum()), int(after))


def verify(
    model: nn.Module,
    evaluate: Evaluate,
    plan: Plan,
    *,
    calibration: Iterable[Any] = (),
    score: Score | None = None,
    names: Mapping[str, str] | None = None,
) -> dict[str, float]:
    """What ``model`` scores and loses when all layers of the ``plan`` are simplified at once.

    ``score`` and ``loss``, with ``_low`` and ``_high``; the plan's ``expected`` loss, and ``misled``, how
    much more is lost than that. Arguments are those of
    :func:`~weightprobes.engine.sensitivity.sensitivity`; the model is left as it was.
    """
    some = chosen(sites(model, names), list(plan.layers))
    subject = Subject(model, evaluate, score, some, calibration)
    given = {site: GIVEN[plan.layers[site.name]] for site in some}
    with resting(model):
        values = {site: read(site.weight(), reading) for site, (reading, _) in given.items()}
        found = subject.changed(values, {site: refit for site, (_, refit) in given.items()})
        lost = subject.whole - found
    together = {**with_interval("score", found), **with_interval("loss", lost)}
    return {**together, "expected": plan.expected, "misled": float(lost[0]) - plan.expected}


def verified_plan(
    model: nn.Module, evaluate: Evaluate, diagnosis: pd.DataFrame, budget: float = 0.01, **how: Any
) -> tuple[Plan, dict[str, float]]:
    """The longest plan whose layers lose at most ``budget`` all at once, and what :func:`verify` finds of it.

    Layers are taken in the order of :func:`plan`; how many of them, is found by bisection, as if more of them
    always lost more. ``how`` is what :func:`verify` takes.
    """

    def first(layers: int) -> tuple[Plan, dict[str, float]]:
        tried = replace(plan(diagnosis, math.inf, most=layers), budget=budget)
        return tried, verify(model, evaluate, tried, **how)

    fitting, few, many = None, 0, len(diagnosis)
    while few < many:
        middle = (few + many + 1) // 2
        tried = first(middle)
        if tried[1]["loss"] <= budget:
            fitting, few = tried, middle
        else:
            many = middle - 1
    return fitting or first(0)
