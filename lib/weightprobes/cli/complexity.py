"""``weightprobes complexity``: what simplified weights cost, of tasks by name and of data in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weightprobes.choices import check_choice
from weightprobes.cli.printed import Json, show
from weightprobes.datasets import tabular
from weightprobes.engine.settings import SETTINGS

if TYPE_CHECKING:
    import pandas as pd

#: What is shown of a report; JSON has all of it.
SHOWN = ["classes", "setting", "simplification", "float", "simplified", "gap", "gap_low", "gap_high"]
SHOWN += ["error", "linear_error", "majority", "failed"]


def complexity(
    tasks: Annotated[list[str], typer.Argument(help="Tasks, like mnist/7-9, or your own data: data.csv.")],
    label: Annotated[
        str | None, typer.Option(help="The column of a CSV, Parquet or NPZ file that has the classes.")
    ] = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Each two classes by themselves.")] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Networks per task.")] = 20,
    setting: Annotated[
        str | None,
        typer.Option(
            help=f"How they are probed: {', '.join(SETTINGS)}. Default: the first; of a file, the last too."
        ),
    ] = None,
    activation: Annotated[str, typer.Option(help="relu, sigmoid or tanh.")] = "relu",
    scaling: Annotated[str, typer.Option(help="Of the inputs.")] = "symmetric",
    json: Json = False,
) -> None:
    """Measure how much accuracy each task loses when weights are binarised, or shuffled within their signs.

    Networks are trained where none are kept.

    Examples:

    weightprobes complexity digits/7-9 digits/0-1 --seeds 5

    weightprobes complexity data.csv --label species

    weightprobes complexity "data.csv:species[setosa, virginica]"
    """
    if setting is not None:
        check_choice("setting", setting, SETTINGS)
    for task in () if label is None else tasks:
        if not tabular.is_file(task):
            raise ValueError(f"{task} is no CSV, Parquet or NPZ file: name one, or leave --label out")
    names = tasks if label is None else [f"{file}:{label}" for file in tasks]
    kind = {"scaling": scaling, "activation": activation}
    if pairs or any(map(tabular.is_file, names)):
        asked = {"settings": [setting]} if setting else {}
        _report(names, pairs, json, seeds=seeds, **kind, **asked)
    else:
        from weightprobes.measures.complexity import complexity as gaps_of

        table = gaps_of(*names, seeds=seeds, setting=setting or "as_published", **kind)
        show(table.drop(columns="dataset").to_dict("records"), json)


def _report(names: list[str], pairs: bool, json: bool, *, scaling: str, **kind: Any) -> None:
    from weightprobes.measures.complexity_of import of_tasks
    from weightprobes.tasks import Task

    named = [Task.named(name, scaling) for name in names]
    table = of_tasks([pair for task in named for pair in task.pairs()] if pairs else named, **kind)
    show((table if json else table[SHOWN]).to_dict("records"), json)
    for line in () if json else _warned(table):
        typer.echo(line)


def _warned(table: pd.DataFrame) -> Iterator[str]:
    """The warnings of a report, each once, and where it holds if that is not everywhere."""
    for classes, rows in table.groupby("classes", sort=False):
        for sentence in filter(None, dict.fromkeys("; ".join(rows["warning"]).split("; "))):
            hit = rows[rows["warning"].str.contains(sentence, regex=False)]
            where = "; ".join(f"{row.setting}, {row.simplification}" for row in hit.itertuples())
            yield f"{classes}: {sentence}" if len(hit) == len(rows) else f"{classes} ({where}): {sentence}"
