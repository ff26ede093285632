"""The command that compares two folders of tables: diff."""

from __future__ import annotations

import json as to
from pathlib import Path
from typing import Annotated

import typer

from weightprobes.cli.runs import Json


def diff(
    old: Annotated[Path, typer.Argument(help="A checkout, its data folder, or a store.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    json: Json = False,
) -> None:
    """Show which tables and models differ between two folders, in values, whatever their files are called.

    The exit code is 1 if one differs, is damaged, or is in OLD only. Example: weightprobes diff ../before .
    """
    from weightprobes.tables.differences import differences, moved, sentences

    found = differences(old, new)
    if json:
        typer.echo(to.dumps(found.replace(float("inf"), None).to_dict("records"), ensure_ascii=False))
    else:
        typer.echo("\n".join(sentences(found)))
    raise typer.Exit(int(moved(found)))
