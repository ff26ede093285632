"""The same things from a shell: ``weightprobes --help``."""

import sys
import warnings
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from weightprobes.cli import interrupts
from weightprobes.cli import runs as commands
from weightprobes.cli.complexity import complexity
from weightprobes.cli.diff import diff
from weightprobes.cli.ner import ner
from weightprobes.cli.printed import Json, show
from weightprobes.cli.sensitivity import sensitivity
from weightprobes.datasets import DATASETS
from weightprobes.datasets.inputs import some
from weightprobes.tables.files import Unwritable
from weightprobes.tasks import PAPER_TASKS, Task

app = typer.Typer(no_args_is_help=True)


@app.callback()
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Probe the weights of trained networks. Exit codes: 0 fine, 1 not all could be made, 2 wrong input."""


@app.command()
def tasks(json: Json = False) -> None:
    """List the paper's tasks and the classes of every dataset.

    A task is a dataset and its classes in label order, like mnist/7-9.
    """
    rows = [{"task": name, "title": Task.named(name).title} for name in PAPER_TASKS]
    rows += [
        {
            "task": f"{name}/…",
            "title": f"{dataset.NAME}: {some(dataset.CLASSES, 10)} (0 to {len(dataset.CLASSES) - 1})",
        }
        for name, dataset in DATASETS.items()
    ]
    show(rows, json)


@app.command()
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


for command in (
    complexity,
    commands.train,
    commands.probe,
    commands.run,
    commands.status,
    commands.consolidate,
    commands.clean,
    commands.job_script,
    diff,
    ner,
    sensitivity,
):
    app.command()(command)


def main() -> None:
    """Run the command line; an error is one sentence, and its exit code says whose it is."""
    warnings.showwarning = lambda message, *_, **__: _say(str(message))
    sys.path.append("")  # a probe of the user's own may stand in a file here
    try:
        code = app(standalone_mode=False)
    except TyperException as error:
        _say(f"{error.format_message()} See --help.")
        code = 2
    except Exception as error:
        if "--debug" in sys.argv:
            raise
        _say(str(error) or type(error).__name__)
        code = 2 if isinstance(error, (ValueError, OSError)) and not isinstance(error, Unwritable) else 1
    if code == interrupts.CODE:
        interrupted()
    sys.exit(code)


def interrupted() -> NoReturn:
    """End as Ctrl-C asks for."""
    _say(interrupts.SENTENCE)
    sys.exit(interrupts.CODE)


def _say(sentence: str) -> None:
    typer.echo(f"weightprobes: {' '.join(sentence.split())}", err=True)
