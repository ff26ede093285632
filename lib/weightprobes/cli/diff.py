"""The command that compares two folders of tables, or two checkouts: diff."""

from pathlib import Path
from typing import Annotated

import typer

from weightprobes.cli.printed import Json, say


def diff(
    old: Annotated[Path, typer.Argument(help="A checkout, its data folder, or a store.")],
    new: Annotated[Path, typer.Argument(help="Another one.")],
    json: Json = False,
) -> None:
    """Show which tables and models differ between two folders, in values, whatever their files are called.

    Of two checkouts also every number of the book's prose, and every verdict, that moved, with its interval.
    The exit code is 1 if one differs, is damaged, or is in OLD only. Example: weightprobes diff ../before .
    """
    from weightprobes.book import moved
    from weightprobes.tables import differences

    tables = differences.differences(old, new)
    told = {"verdicts": moved.verdicts(old, new), "numbers": moved.numbers(old, new)}
    lines = [line for found in told.values() for line in moved.sentences(found)]
    lines += differences.sentences(tables)
    told = {"tables": tables.replace(float("inf"), None)} | told
    say({name: found.to_dict("records") for name, found in told.items()}, "\n".join(lines), json)
    raise typer.Exit(
        int(differences.moved(tables) or any(len(told[name]) for name in ("verdicts", "numbers")))
    )
