"""The command that compares two folders of tables: diff; and how differences are told to people."""

from __future__ import annotations

import json as to
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightprobes.cli.runs import Json

if TYPE_CHECKING:
    import pandas as pd

#: Verdicts of tables that stand as they were. A table more moves no number.
UNMOVED = ("equal", "renamed", "only in new")


def diff(
    old: Annotated[Path, typer.Argument(help="A checkout, its data folder, or a store.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    json: Json = False,
) -> None:
    """Show which tables and models differ between two folders, in values, whatever their files are called.

    The exit code is 1 if one differs, is damaged, or is in OLD only. Example: weightprobes diff ../before .
    """
    from weightprobes.tables.differences import differences

    found = differences(old, new)
    if json:
        typer.echo(to.dumps(found.replace(float("inf"), None).to_dict("records"), ensure_ascii=False))
    else:
        typer.echo("\n".join(sentences(found)))
    raise typer.Exit(int(moved(found)))


def moved(found: pd.DataFrame) -> bool:
    """Whether a number moved, or was lost."""
    return not found["verdict"].isin(UNMOVED).all()


def sentences(found: pd.DataFrame) -> Iterator[str]:
    """A line for each table that moved, and one that counts all."""
    for row in found[~found["verdict"].isin(UNMOVED)].itertuples():
        values = f"; {row.values} values in {row.columns}" if row.values else ""
        size = f", by up to {row.largest:.2g}" if row.largest else ""
        yield f"{row.table}: {row.verdict}{values}{size}{f'; {row.reason}' if row.reason else ''}"
    largest = found.groupby("verdict")["largest"].max()
    yield "; ".join(
        f"{count} {verdict}" + (f", by up to {largest[verdict]:.2g}" if largest[verdict] else "")
        for verdict, count in found["verdict"].value_counts().items()
    )
