"""Which numbers of the book and which verdicts differ between two checkouts, each with its interval."""

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from weightprobes.paper.words import in_words

#: How papermill and MyST-NB mark what is glued.
_KIND = "application/papermill.record/text/plain"


def numbers(old: Path, new: Path) -> pd.DataFrame:
    """One row for each number glued into a notebook of either checkout that differs, or is in one alone.

    Columns ``chapter, number, was, now``: as the prose shows them, with the interval where one is glued as
    ``…_interval``; empty where there is none.
    """
    before, after = glued(old), glued(new)
    names = sorted(before.keys() | after.keys())
    rows = [(*name, before.get(name, ""), after.get(name, "")) for name in names]
    table = pd.DataFrame(rows, columns=["chapter", "number", "was", "now"])
    return table[table["was"] != table["now"]].reset_index(drop=True)


def glued(place: Path) -> dict[tuple[str, str], str]:
    """What the notebooks of a checkout have glued, by chapter and name; nothing if it has no notebooks."""
    found = {}
    for path in sorted([*place.glob("notebooks/*.ipynb"), *place.glob("book/*.ipynb")]):
        told = dict(_glued_in(json.loads(path.read_text())))
        for name, value in told.items():
            interval = told.get(f"{name}_interval", "")
            found[path.stem, name] = f"{value} {interval}".strip()
    return found


def _glued_in(notebook: dict) -> Iterator[tuple[str, str]]:
    for cell in notebook["cells"]:
        for output in cell.get("outputs", []):
            if _KIND in output.get("data", {}):
                text = "".join(output["data"][_KIND])
                value = ast.literal_eval(text) if text[:1] in "'\"" else text
                yield output["metadata"]["scrapbook"]["name"], str(value)


def verdicts(old: Path, new: Path) -> pd.DataFrame:
    """One row for each quantity of a claim whose number, interval or verdict differs.

    Columns ``claim, quantity, was, now``: in words, like "49.5 % [49.5–49.5], reproduced".
    """
    before, after = _answers(old), _answers(new)
    names = sorted(before.keys() | after.keys())
    rows = [(*name, before.get(name, ""), after.get(name, "")) for name in names]
    table = pd.DataFrame(rows, columns=["claim", "quantity", "was", "now"])
    return table[table["was"] != table["now"]].reset_index(drop=True)


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
    words = in_words(table)
    interval = words["95 % interval"].where(words["95 % interval"] != "–", "")
    told = words["ours"] + " " + interval + ", " + table["verdict"]
    return dict(zip(zip(table["claim"], table["quantity"], strict=True), told, strict=True))


def sentences(found: pd.DataFrame) -> list[str]:
    """A line for each row of :func:`numbers` or :func:`verdicts`."""
    return [
        f"{place} · {name}: {was or 'nothing'} → {now or 'nothing'}"
        for place, name, was, now in found.itertuples(index=False)
    ]
