"""Which numbers of the book and which verdicts differ between two checkouts, each with its interval."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from weightprobes.book.glued import glued
from weightprobes.paper.words import formatted


def numbers(old: Path, new: Path) -> pd.DataFrame:
    """One row for each number glued into a notebook of either checkout that differs, or is in one alone.

    Columns ``chapter, number, was, now``: as the prose shows them, with the interval where one is glued as
    ``…_interval``; empty where there is none.
    """
    return _differing(_numbers_of(old), _numbers_of(new), ["chapter", "number"])


def _numbers_of(place: Path) -> dict[tuple[str, str], str]:
    """What the notebooks of a checkout have glued, by chapter and name; nothing if it has no notebooks."""
    found = {}
    for path in sorted([*place.glob("notebooks/*.ipynb"), *place.glob("book/*.ipynb")]):
        told = glued(path)
        for name, value in told.items():
            interval = told.get(f"{name}_interval", "")
            found[path.stem, name] = f"{value} {interval}".strip()
    return found


def verdicts(old: Path, new: Path) -> pd.DataFrame:
    """One row for each quantity of a claim whose number, interval or verdict differs.

    Columns ``claim, quantity, was, now``: in words, like "49.5 % [49.5–49.5], reproduced".
    """
    return _differing(_answers(old), _answers(new), ["claim", "quantity"])


def _differing(before: Mapping[Any, str], after: Mapping[Any, str], names: list[str]) -> pd.DataFrame:
    """The texts, by two ``names``, that are not the same before and after: ``was`` and ``now``."""
    both = [(*one, before.get(one, ""), after.get(one, "")) for one in sorted(before.keys() | after.keys())]
    rows = [row for row in both if row[-2] != row[-1]]
    return pd.DataFrame(rows, columns=[*names, "was", "now"])


def _answers(place: Path) -> dict[tuple[int, str], str]:
    data = place / "data" if (place / "data").is_dir() else place
    path = data / "results" / "claims.parquet"
    if not path.exists():
        return {}
    table = pd.read_parquet(path)
    if "percent" in table:  # before differences were told in points
        table["unit"] = table["percent"].map({True: "accuracy"}).fillna("number")
    # a claim without a number has a verdict alone
    table = table.assign(
        quantity=table["quantity"].fillna(""), holds=table["holds"].fillna(False).astype(bool)
    )
    words = formatted(table)
    interval = words["95 % interval"].where(words["95 % interval"] != "–", "")
    told = words["ours"] + " " + interval + ", " + table["verdict"]
    return dict(zip(zip(table["claim"], table["quantity"], strict=True), told, strict=True))


def sentences(found: pd.DataFrame) -> list[str]:
    """A line for each row of :func:`numbers` or :func:`verdicts`."""
    return [
        f"{place} · {name}: {was or 'nothing'} → {now or 'nothing'}"
        for place, name, was, now in found.itertuples(index=False)
    ]
