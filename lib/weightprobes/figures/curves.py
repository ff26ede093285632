"""Accuracy against strength, and against the epochs of training."""

from collections.abc import Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from weightprobes.figures.style import (
    AUTHORS,
    DASHES,
    READINGS,
    accuracy_axis,
    colours,
    drawn,
    line_of,
    title_of,
)
from weightprobes.paper import reference
from weightprobes.probes.shuffle import LETTERS


def curves(
    table: pd.DataFrame,
    label: str,
    *,
    row: str | None = None,
    logarithmic: bool = False,
    authors: bool = True,
) -> Figure:
    """Median accuracy against strength with the quartile band over seeds; a panel for every task.

    ``label`` names the strength, with its unit. With ``row``, a column of the table, one row of
    panels for each of its values; otherwise two panels a row. The ``authors``' medians are drawn
    where they published some.
    """
    tasks = list(dict.fromkeys(table["task"]))
    shown = table[table["strength"] > 0] if logarithmic else table
    facets = {"row": row, "col": "task"} if row else {"col": "task", "col_wrap": min(2, len(tasks))}
    grid = sns.relplot(
        shown,
        kind="line",
        x="strength",
        y="accuracy",
        hue="task",
        style="weights",
        estimator="median",
        errorbar=("pi", 50),
        palette=colours(tasks),
        dashes=DASHES,
        linewidth=1.8,
        legend=False,
        height=1.8 if row else 2.9,
        aspect=1.0 if row else 1.3,
        **facets,
    )
    grid.set_axis_labels(label, "accuracy")
    lowest = _lowest_quartile(shown, row)
    for key, ax in grid.axes_dict.items():
        value, task = key if row else (None, key)
        panel = shown[(shown["task"] == task) & ((shown[row] == value) if row else True)]
        if authors:
            _draw_authors(ax, panel)
        ax.set_title(title_of(task, narrow=row is not None), fontsize=9.5 if row else 11)
        if row and ax not in grid.axes[0]:
            ax.set_title("")
        if row and ax in grid.axes[:, -1]:
            ax.annotate(
                _row_name(panel, value), (1.06, 0.5), xycoords="axes fraction", rotation=270, va="center"
            )
        accuracy_axis(ax, lowest)
        if logarithmic:
            ax.set_xscale("log")
            ax.set_xticks([0.001, 0.03, 1] if row else [0.001, 0.01, 0.1, 1])
            ax.xaxis.set_major_formatter(FuncFormatter(lambda tick, _: f"{tick:g}"))
    reading_legend(
        grid.figure, list(dict.fromkeys(table["weights"])), authors and not reference.beside(shown).empty
    )
    return drawn(grid.figure)


def training(log: pd.DataFrame) -> Figure:
    """Test accuracy after each epoch, a panel a task: median and quartiles over the models that learned."""
    tasks = list(dict.fromkeys(log["task"]))
    grid = sns.relplot(
        log[~log["failed"]],
        kind="line",
        x="epoch",
        y="test_accuracy",
        hue="task",
        estimator="median",
        errorbar=("pi", 50),
        palette=colours(tasks),
        linewidth=1.8,
        legend=False,
        height=2.4,
        aspect=1.7,
        col="task",
        col_wrap=min(2, len(tasks)),
    )
    grid.set_axis_labels("epoch", "test accuracy")
    learned = log[~log["failed"]]
    for task, ax in grid.axes_dict.items():
        failed = log[log["task"] == task].groupby("seed")["failed"].first()
        told = f"{failed.sum()} of {len(failed)} failed, off the scale" if failed.any() else ""
        ax.annotate(told, (0.97, 0.06), xycoords="axes fraction", ha="right", fontsize=9)
        ax.set_title(title_of(task, narrow=False), fontsize=11)
        accuracy_axis(ax, 0.4)
        ax.set_ylim(learned["test_accuracy"].quantile(0.01), 1.003)
    return drawn(grid.figure)


def _row_name(panel: pd.DataFrame, value: str) -> str:
    """What a row of panels is called."""
    if panel["probe"].str.contains("shuffle").any():
        return f"{LETTERS[value]}: {value.replace('_', ' ')}"
    names = {"smallest": "smallest first", "largest": "largest first", "relu": "ReLU"}
    return names.get(value, f"width {value}" if value.isdecimal() else fill(value, 18))


def _lowest_quartile(table: pd.DataFrame, row: str | None) -> float:
    """The lowest point of all quartile bands."""
    curve = ["task", "weights", "strength", *([row] if row else [])]
    return table.groupby(curve)["accuracy"].quantile(0.25).min()


def _draw_authors(ax: plt.Axes, panel: pd.DataFrame) -> None:
    for weights, curve in reference.beside(panel).groupby("weights"):
        drawn = curve[curve["strength"] > 0] if panel["strength"].min() > 0 else curve
        ax.plot(
            drawn["strength"],
            drawn["accuracy"],
            color=AUTHORS,
            linewidth=1.1,
            linestyle=line_of(weights),
            marker="o",
            markersize=2.6,
            zorder=1.5,
        )


def reading_legend(figure: Figure, readings: Sequence[str], authors: bool) -> None:
    handles = [
        Line2D([], [], color="0.1", linewidth=1.8, linestyle=line_of(weights), label=READINGS[weights])
        for weights in readings
    ]
    if authors:
        handles.append(
            Line2D([], [], color=AUTHORS, marker="o", markersize=2.6, linewidth=1.1, label="authors'")
        )
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), bbox_to_anchor=(0.5, 1.0))
