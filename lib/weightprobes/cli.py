"""The same things from a shell: ``weightprobes --help``."""

import sys
from typing import Annotated

import pandas as pd
import typer

from weightprobes.choices import check_choice
from weightprobes.complexity import complexity as gaps_of
from weightprobes.datasets import DATASETS
from weightprobes.settings import SETTINGS
from weightprobes.tasks import PAPER_TASKS, Task

app = typer.Typer(help="Probe the weights of trained networks.", no_args_is_help=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


@app.command()
def tasks(json: Json = False) -> None:
    """List the paper's tasks and the classes of every dataset.

    A task is a dataset and its classes in label order, like mnist/7-9.
    """
    rows = [{"task": name, "title": Task.named(name).title} for name in PAPER_TASKS]
    rows += [
        {
            "task": f"{name}/…",
            "title": f"{dataset.NAME}: {', '.join(dataset.CLASSES)} (0 to {len(dataset.CLASSES) - 1})",
        }
        for name, dataset in DATASETS.items()
    ]
    _show(pd.DataFrame(rows), json)


@app.command()
def complexity(
    tasks: Annotated[list[str], typer.Argument(help="Tasks, like mnist/7-9 or digits/0-1.")],
    seeds: Annotated[int, typer.Option(min=1, help="Networks per task.")] = 20,
    setting: Annotated[
        str, typer.Option(help=f"How they are probed: {', '.join(SETTINGS)}.")
    ] = "as_published",
    activation: Annotated[str, typer.Option(help="relu, sigmoid or tanh.")] = "relu",
    json: Json = False,
) -> None:
    """Measure how much accuracy each task loses when weights are binarised, or shuffled within their signs.

    Networks are trained where none are kept. Example: weightprobes complexity digits/7-9 digits/0-1 --seeds 5
    """
    check_choice("setting", setting, SETTINGS)
    table = gaps_of(*tasks, seeds=seeds, setting=SETTINGS[setting], activation=activation)
    _show(table.drop(columns="dataset"), json)


def _show(table: pd.DataFrame, json: bool) -> None:
    typer.echo(
        table.to_json(orient="records", force_ascii=False) if json else table.round(4).to_string(index=False)
    )


def main() -> None:
    """Run the command line; an error is one sentence and the exit code 2."""
    try:
        app()
    except (ValueError, OSError) as error:
        typer.echo(f"weightprobes: {error}", err=True)
        sys.exit(2)
