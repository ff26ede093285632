"""The command that compares two folders of tables: diff."""

import json as to
from pathlib import Path
from typing import Annotated, Any

import typer

from weightprobes.runs.commands import Json

#: Verdicts of tables that still stand as they were. One table more moves no number.
UNMOVED = {"equal", "renamed", "only in new"}


def diff(
    old: Annotated[Path, typer.Argument(help="A checkout, its data folder, or a store.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    json: Json = False,
) -> None:
    """Show which tables and models differ between two folders, in values, whatever their files are called.

    The exit code is 1 if one differs, is damaged, or is in OLD only. Example: weightprobes diff ../before .
    """
    from weightprobes.differences import differences

    found = differences(old, new)
    if json:
        typer.echo(to.dumps(found.replace(float("inf"), None).to_dict("records"), ensure_ascii=False))
    else:
        for row in found[~found["verdict"].isin(["equal", "renamed"])].to_dict("records"):
            typer.echo(_sentence(row))
        counts = found["verdict"].value_counts()
        typer.echo("; ".join(f"{count} {verdict}" for verdict, count in counts.items()))
    raise typer.Exit(0 if UNMOVED.issuperset(found["verdict"]) else 1)


def _sentence(row: dict[str, Any]) -> str:
    told = [f"{row['table']}: {row['verdict']}"]
    if row["values"]:
        size = f", by up to {row['largest']:.2g}" if row["largest"] else ""
        told.append(f"{row['values']} values in {row['columns']}{size}")
    return "; ".join([*told, row["reason"]] if row["reason"] else told)
