"""A report: a diagnosis, a plan and curves as one HTML file that opens anywhere, and as JSON and CSV."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from fnmatch import fnmatchcase
from html import escape
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any

from weightprobes.engine.diagnosis import PARTS, members
from weightprobes.tables.files import written_whole

if TYPE_CHECKING:
    import pandas as pd

    from weightprobes.engine.planning import Plan

_HEADS = ("layer", "word", "its parts", "lost by signs", *PARTS, "weights")

#: What a plan gives back, in words: see :data:`~weightprobes.engine.diagnosis.GIVEN`.
_GIVEN = {
    "signs": "signs alone",
    "scaled": "signs and one size for the matrix",
    "both": "signs, and each output its level and spread",
}

_PANEL = Template("""<figure><svg viewBox="0 0 240 120" role="img" aria-label="$layer: $told">
<path class="axis" d="M40 8V100M40 ${zero}H230"/>$lines<text x="36" y="15" text-anchor="end">$high</text>
<text x="40" y="115">0</text><text x="230" y="115" text-anchor="end">$most</text></svg>
<figcaption>$layer</figcaption></figure>""")


def report(
    diagnosis: pd.DataFrame,
    file: str | Path,
    *,
    plan: Plan | None = None,
    verified: Mapping[str, float] | None = None,
    curves: pd.DataFrame | None = None,
    title: str = "Which layers need their magnitudes?",
) -> Path:
    """Write a ``diagnosis``, and a ``plan`` and ``curves`` if there are any, as one HTML ``file``; its path.

    The page needs no network. ``diagnosis`` is a table of :func:`~weightprobes.engine.diagnosis.diagnose`,
    ``verified`` what :func:`~weightprobes.engine.planning.verify` found of the plan, and ``curves`` a table
    of :func:`~weightprobes.engine.sensitivity.sensitivity` at several strengths. Beside it lie the same as
    JSON, and the diagnosis as CSV; all three appear whole or not at all. Raises ValueError for another
    table, and for another ending than ``.html``.
    """
    page = checked(file)
    _check("diagnosis", "diagnose", diagnosis, ("layer", "parameters", "word", "signs", *PARTS))
    if curves is not None:
        _check("curves", "sensitivity", curves, ("layer", "strength", "weights", "scale", "refit", "loss"))
    text = Template(Path(__file__).with_suffix(".html").read_text("utf-8")).substitute(
        title=escape(title),
        whole=_whole(diagnosis),
        heads="".join(f'<th scope="col"><button>{name}</button></th>' for name in _HEADS),
        rows="\n".join(_rows(diagnosis)),
        plan=""
        if plan is None
        else _plan(plan, verified or {}, [name for row in _records(diagnosis) for name in members(row)]),
        curves="" if curves is None else _curves(curves),
    )
    found = {**_finite(diagnosis.attrs), "diagnosis": _records(diagnosis)}
    found |= {} if plan is None else {"plan": asdict(plan), "verified": _finite(verified or {})}
    found |= {} if curves is None else {"curves": _records(curves)}
    contents = {".html": text, ".json": json.dumps(found, indent=1), ".csv": diagnosis.to_csv(index=False)}
    with ExitStack() as files:
        for ending, content in contents.items():
            scratch = files.enter_context(written_whole(page.with_suffix(ending)))
            scratch.write_text(content, "utf-8")
    return page


def checked(file: str | Path) -> Path:
    """The path of a report; raises ValueError for another ending than ``.html``."""
    if Path(file).suffix != ".html":
        raise ValueError(f"the report {str(file)!r} is no HTML file: give a name that ends in .html")
    return Path(file)


def globs(names: Sequence[str], of: Sequence[str]) -> list[str]:
    """The ``names`` as globs: their numbers are ``*``, unless that matches another one ``of`` all."""
    found = []
    for name in names:
        glob = re.sub(r"(?<![^.])\d+(?![^.])", "*", name)
        wrong = any(fnmatchcase(other, glob) for other in of if other not in names)
        found.append(name if wrong else glob)
    return list(dict.fromkeys(found))


def _check(what: str, source: str, table: pd.DataFrame, columns: Sequence[str]) -> None:
    lacking = [name for name in columns if name not in table]
    if lacking or table.empty:
        reason = f"has no {', '.join(lacking)}" if lacking else "has no rows"
        raise ValueError(f"the table of the {what} {reason}: give what weightprobes.{source}(…) returns")


def _records(table: pd.DataFrame) -> list[dict[str, Any]]:
    return json.loads(table.to_json(orient="records"))  # pandas knows its types, and that NaN is null


def _finite(values: Mapping[str, float]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value == value}


def _number(value: float) -> str:
    if value != value:
        return "–"
    return (f"{value + 0:.3f}" if abs(value) < 10 else f"{value:.4g}").replace("-", "−")


def _interval(row: Mapping[str, Any], name: str) -> str:
    low, high = (row.get(f"{name}_{end}", float("nan")) for end in ("low", "high"))
    return "" if low != low else f"{_number(low)} to {_number(high)}"


def _sure(row: Mapping[str, Any], name: str) -> str:
    between = _interval(row, name)
    return _number(row[name]) + (f" (95 % interval {between})" if between else "")


def _whole(diagnosis: pd.DataFrame) -> str:
    if "score" not in diagnosis.attrs:
        return f"{len(diagnosis)} layers."
    return f"{len(diagnosis)} layers of a model that scores {_sure(diagnosis.attrs, 'score')}."


def _rows(diagnosis: pd.DataFrame) -> list[str]:
    records = diagnosis.to_dict("records")
    ends = [_ends(row) for row in records]
    low, high = min(low for low, _ in ends), max(high for _, high in ends) or 1.0
    return [_row(row, low, high) for row in records]


def _row(row: dict[str, Any], low: float, high: float) -> str:
    layer, word = escape(str(row["layer"])), escape(row["word"])
    cells = [
        f'<th scope="row" data-value="{layer}">{layer}</th>',
        f'<td data-value="{word}">{word}</td>',
        f'<td data-value="{row["signs"]}">{_bar(row, low, high)}</td>',
        *(_cell(row, name) for name in ("signs", *PARTS)),
        f'<td data-value="{row["parameters"]}">{row["parameters"]:,}</td>',
    ]
    return f"<tr>{''.join(cells)}</tr>"


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name] if row[name] == row[name] else "-Infinity"
    return f'<td data-value="{value}">{_number(row[name])}<small>{_interval(row, name)}</small></td>'


def _parts(row: dict[str, Any]) -> dict[str, float]:
    """The parts of the loss that are known, and what is left of it."""
    parts = {part: row[part] for part in PARTS if row[part] == row[part]}
    return parts | ({} if len(parts) == len(PARTS) else {"rest": row["signs"] - sum(parts.values())})


def _ends(row: dict[str, Any]) -> tuple[float, float]:
    parts = _parts(row).values()
    return sum(part for part in parts if part < 0), sum(part for part in parts if part > 0)


def _bar(row: dict[str, Any], low: float, high: float) -> str:
    """The parts side by side, gains to the left of the line at 0 and losses to its right."""
    ends, drawn = [0.0, 0.0], []
    for name, part in _parts(row).items():
        side = int(part > 0)
        left, ends[side] = min(ends[side], ends[side] + part), ends[side] + part
        x, width = 100 * (left - low) / (high - low), 100 * abs(part) / (high - low)
        drawn.append(f'<rect class="{name}" x="{x:.2f}" y="2" width="{width:.2f}" height="8"/>')
    zero = 100 * -low / (high - low)
    told = ", ".join(f"{name} {_number(part)}" for name, part in _parts(row).items())
    return (
        f'<svg class="bar" viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label="{told}">'
        f'{"".join(drawn)}<path class="axis" d="M{zero:.2f} 0V12" stroke-width=".4"/></svg>'
    )


def _plan(plan: Plan, verified: Mapping[str, float], names: Sequence[str]) -> str:
    kept = [name for name in names if name not in plan.layers]
    ways = {given: [name for name, way in plan.layers.items() if way == given] for given in _GIVEN}
    lists = [(_GIVEN[given], some) for given, some in ways.items() if some]
    lists += [("keep as they are: what other tools ignore", kept)] if kept else []
    every = [*names, *plan.layers]
    shown = [
        f"<p>{escape(what)} ({len(some)}):</p>\n<pre>{escape(json.dumps(globs(some, every)))}</pre>"
        for what, some in lists
    ]
    told = f"{plan}." + (f" All at once, they lose {_sure(verified, 'loss')}." if verified else "")
    told += (
        f" That is more than the budget of {plan.budget:g}." if verified.get("loss", 0) > plan.budget else ""
    )
    return f"<h2>The plan</h2>\n<p>{escape(told)}</p>\n" + "\n".join(shown)


def _curves(curves: pd.DataFrame) -> str:
    told = curves["weights"] + " weights, " + curves["scale"] + " scale, refit " + curves["refit"]
    lines = list(dict.fromkeys(told))
    low, high = min(curves["loss"].min(), 0.0), curves["loss"].max()
    key = ", ".join(
        f'<svg width="30" height="10" aria-hidden="true"><polyline class="line{place % 4}" '
        f'points="0,5 30,5"/></svg> {escape(line)}'
        for place, line in enumerate(lines)
    )
    panels = [
        _panel(str(layer), rows, told, lines, (low, high if high > low else low + 1))
        for layer, rows in curves.groupby("layer", sort=False)
    ]
    what = ", ".join(dict.fromkeys((curves["probe"] + " " + curves["variant"]).str.strip()))
    return (
        f"<h2>What is lost as the probe grows stronger</h2>\n<p>Loss by strength of {escape(what)}, from "
        f'{_number(low)} to {_number(high)}; means over draws. {key}</p>\n<div class="curves">'
        f"{''.join(panels)}</div>"
    )


def _panel(
    layer: str, rows: pd.DataFrame, told: pd.Series, lines: Sequence[str], ends: tuple[float, float]
) -> str:
    low, high = ends
    most = rows["strength"].max() or 1.0
    drawn = []
    for line, some in rows.groupby(told.loc[rows.index], sort=False):
        means = some.groupby("strength")["loss"].mean()
        points = " ".join(
            f"{40 + 190 * at / most:.1f},{100 - 90 * (loss - low) / (high - low):.1f}"
            for at, loss in means.items()
        )
        drawn.append(f'<polyline class="line{lines.index(line) % 4}" points="{points}"/>')
    last = rows[rows["strength"] == rows["strength"].max()]["loss"].mean()
    return _PANEL.substitute(
        layer=escape(layer),
        told=f"loss {_number(last)} at strength {most:g}",
        zero=f"{100 + 90 * low / (high - low):.1f}",
        lines="".join(drawn),
        high=_number(high),
        most=f"{most:g}",
    )
