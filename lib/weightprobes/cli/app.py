"""The same things from a shell: ``weightprobes --help``.

Commands import what they need when they are called: help and mistakes are told at once.
"""

import sys
import warnings
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

import weightprobes
from weightprobes.cli import interrupts
from weightprobes.cli import runs as commands
from weightprobes.cli.complexity import complexity
from weightprobes.cli.diff import diff
from weightprobes.cli.lists import probes, tasks
from weightprobes.cli.ner import ner
from weightprobes.cli.notebook import notebook
from weightprobes.cli.sensitivity import sensitivity

FIRST = """Three things to try, of some seconds each:

  weightprobes complexity digits/7-9 digits/0-1 --seeds 5
      what binarising costs networks that tell 7 from 9, and 0 from 1

  weightprobes probe digits/7-9 --probe prune-smallest --strength 0 --strength 0.5 --seeds 5
      their accuracy, pruned, with float weights and with signs only

  weightprobes complexity data.csv --label species
      the same of your own data

All commands: weightprobes --help"""

#: The extra that brings a package, by the package's name as it is imported.
EXTRAS = {
    **dict.fromkeys(("IPython", "bs4", "ipykernel", "myst_nb", "nbclient", "nbformat", "papermill"), "book"),
    **dict.fromkeys(("dask", "dask_jobqueue", "distributed"), "cluster"),
    **dict.fromkeys(("datasets", "huggingface_hub", "transformers"), "ner"),
    "mnist1d": "mnist1d",
    "typst": "article",
    "problexity": "difficulty",
}

app = typer.Typer()


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"weightprobes {weightprobes.__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def options(
    context: typer.Context,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """Probe the weights of trained networks. Exit codes: 0 fine, 1 not all could be made, 2 wrong input."""
    if context.invoked_subcommand is None:
        typer.echo(FIRST)


for command in (
    tasks,
    probes,
    notebook,
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
        sentence, code = told(error)
        _say(sentence)
    if code == interrupts.CODE:
        interrupted()
    sys.exit(code)


def told(error: Exception) -> tuple[str, int]:
    """What to say of an ``error``, and its exit code: 2 for wrong input, 1 for what could not be made."""
    from weightprobes.tables.files import Unwritable

    if isinstance(error, ModuleNotFoundError) and (error.name or "").partition(".")[0] in EXTRAS:
        package = error.name.partition(".")[0]
        return f"this needs {package}: pip install 'weightprobes[{EXTRAS[package]}]'", 2
    wrong = isinstance(error, (ValueError, OSError)) and not isinstance(error, Unwritable)
    return str(error) or type(error).__name__, 2 if wrong else 1


def interrupted() -> NoReturn:
    """End as Ctrl-C asks for."""
    _say(interrupts.SENTENCE)
    sys.exit(interrupts.CODE)


def _say(sentence: str) -> None:
    typer.echo(f"weightprobes: {' '.join(sentence.split())}", err=True)
