"""``weightprobes complexity``: what simplified weights cost, of tasks by name and of data in a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from weightprobes.cli.grid import Hidden, On
from weightprobes.cli.printed import Json, Wide, interval, kept, show

if TYPE_CHECKING:
    import pandas as pd

#: What is shown of a report; --wide and JSON have all of it.
SHOWN = ["classes", "setting", "simplification", "gap", "error"]

#: And of the gaps of tasks by name.
GAPS = ["task", "simplification", "float", "simplified", "gap"]

Label = Annotated[
    str | None, typer.Option(help="The column of a CSV, Parquet or NPZ file that has the classes.")
]
SettingName = Annotated[
    str | None,
    typer.Option(
        help="How they are probed: as_published, as_written or recommended. Default: the first; of a "
        "file, the last too."
    ),
]
Scaling = Annotated[
    str, typer.Option(help="Of the inputs: symmetric, unit, centered, standardized or varying.")
]


def complexity(
    tasks: Annotated[list[str], typer.Argument(help="Tasks, like mnist/7-9, or your own data: data.csv.")],
    label: Label = None,
    pairs: Annotated[bool, typer.Option("--pairs", help="Each two classes by themselves.")] = False,
    seeds: Annotated[int, typer.Option(min=1, help="Networks per task.")] = 20,
    setting: SettingName = None,
    hidden: Hidden = None,
    activation: Annotated[str, typer.Option(help="relu, sigmoid or tanh.")] = "relu",
    scaling: Scaling = "symmetric",
    device: On = "cpu",
    wide: Wide = False,
    json: Json = False,
) -> None:
    """Measure how much accuracy each task loses when weights are binarised, or shuffled within their signs.

    Networks are trained where none are kept.

    Examples:

    weightprobes complexity digits/7-9 digits/0-1 --seeds 5

    weightprobes complexity data.csv --label species

    weightprobes complexity "data.csv:species\\[setosa, virginica]"
    """
    from weightprobes.datasets import tabular

    names = tasks if label is None else _of_files(tasks, label)
    kind = {"scaling": scaling, "activation": activation, "device": device, "seeds": seeds}
    kind |= {"hidden": tuple(hidden)} if hidden else {}
    if pairs or any(map(tabular.is_file, names)):
        table = _report(names, pairs, **kind, **({"settings": [setting]} if setting else {}))
        _show(table, SHOWN, wide, json)
        for line in () if json else _warned(table):
            typer.echo(line)
    else:
        from weightprobes.measures.complexity import complexity as gaps_of

        table = gaps_of(*names, setting=setting or "as_published", **kind)
        _show(table.drop(columns="dataset"), GAPS, wide, json)
    kept(json)


def _of_files(files: list[str], label: str) -> list[str]:
    """The tasks in these ``files``."""
    from weightprobes.datasets import tabular

    for file in files:
        if not tabular.is_file(file):
            raise ValueError(f"{file} is no CSV, Parquet or NPZ file: name one, or leave --label out")
    return [f"{file}:{label}" for file in files]


def _report(names: list[str], pairs: bool, *, scaling: str, **kind: Any) -> pd.DataFrame:
    from weightprobes.measures.complexity_of import of_tasks
    from weightprobes.tasks import Task

    named = [Task.named(name, scaling) for name in names]
    return of_tasks([pair for task in named for pair in task.pairs()] if pairs else named, **kind)


def _show(table: pd.DataFrame, columns: list[str], wide: bool, json: bool) -> None:
    """All of a table of gaps, or the ``columns`` that people read first, the gaps with their intervals."""
    gaps = [interval(*row) for row in table[["gap", "gap_low", "gap_high"]].itertuples(index=False)]
    short = table.assign(gap=gaps)[columns].rename(columns={"gap": "gap (95 % interval)"})
    show(table.to_dict("records"), json, wide, short.to_dict("records"))


def _warned(table: pd.DataFrame) -> Iterator[str]:
    """The warnings of a report, each once, and where it holds if that is not everywhere."""
    for classes, rows in table.groupby("classes", sort=False):
        for sentence in filter(None, dict.fromkeys("; ".join(rows["warning"]).split("; "))):
            hit = rows[rows["warning"].str.contains(sentence, regex=False)]
            where = "; ".join(f"{row.setting}, {row.simplification}" for row in hit.itertuples())
            yield f"{classes}: {sentence}" if len(hit) == len(rows) else f"{classes} ({where}): {sentence}"
