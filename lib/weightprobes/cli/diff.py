"""The command that compares two folders of tables: diff."""

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

    The exit code is 1 if one differs, is damaged, or is in OLD only. Example: weightprobes diff ../before .
    """
    from weightprobes.tables.differences import differences, moved, sentences

    found = differences(old, new)
    say(found.replace(float("inf"), None).to_dict("records"), "\n".join(sentences(found)), json)
    raise typer.Exit(int(moved(found)))
