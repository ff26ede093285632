"""``weightprobes notebook``: a chapter with the reader's own tasks, in the folder he is in."""

from pathlib import Path
from typing import Annotated

import typer

from weightprobes.cli.printed import kept


def notebook(
    name: Annotated[str, typer.Argument(help="Like pruning, or a path.")],
    values: Annotated[list[str] | None, typer.Argument(hidden=True)] = None,
    parameters: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="NAME VALUE", help="A parameter; again for more."),
    ] = None,
    target: Annotated[Path | None, typer.Option("-o", help="The file to write. Default: here.")] = None,
) -> None:
    """Run a chapter with other parameters; tables that lack something are extended, and kept.

    Example: weightprobes notebook pruning -p tasks '["digits/7-9"]' -p seeds 5 -o out.ipynb
    """
    from weightprobes.book.rerun import rerun

    # typer has no options that take two words and may be given again: the second words are arguments
    names, values = parameters or [], values or []
    if len(names) != len(values):
        raise ValueError("a parameter is a name and a value, in two words: like -p seeds 5")
    typer.echo(rerun(name, dict(zip(names, values, strict=True)), target or Path(f"{Path(name).stem}.ipynb")))
    kept(json=False)
