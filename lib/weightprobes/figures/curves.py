"""Accuracy against strength, and against the epochs of training."""

from collections.abc import Sequence
from textwrap import fill
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from weightprobes.figures.nulls import name_of
from weightprobes.figures.style import (
    AUTHORS,
    DASHES,
    INK,
    READINGS,
    accuracy_axis,
    colours,
    drawn,
    line_of,
    title_of,
)
from weightprobes.paper import reference
from weightprobes.probes.shuffle import LETTERS

_AUTHORS = {"color": AUTHORS, "linewidth": 1.1, "marker": "o", "markersize": 2.6}


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
    shown = table[table["strength"] > 0] if logarithmic else table
    size = {"height": 2.0, "aspect": 1.05} if row else {"height": 2.9, "aspect": 1.3}
    grid = _medians(shown, "strength", "accuracy", row, style="weights", dashes=DASHES, **size)
    grid.set_axis_labels(label, "accuracy")
    theirs = reference.beside(shown) if authors else pd.DataFrame()
    line = ["task", "weights", "strength", *filter(None, [row])]
    lowest = shown.groupby(line)["accuracy"].quantile(0.25).min()  # of all bands
    for key, ax in grid.axes_dict.items():
        value, task = key if row else (None, key)
        panel = shown[(shown["task"] == task) & ((shown[row] == value) if row else True)]
        if authors:
            _draw_authors(ax, panel)
        top = not row or ax in grid.axes[0]
        ax.set_title(title_of(task, narrow=row is not None) if top else "", fontsize=9.5 if row else 11)
        if row and ax in grid.axes[:, -1]:
            name = _row_name(panel, value)
            ax.annotate(name, (1.06, 0.5), xycoords="axes fraction", rotation=270, va="center", ha="left")
        accuracy_axis(ax, lowest)
        if logarithmic:
            ax.set(xscale="log", xticks=[0.001, 0.03, 1] if row else [0.001, 0.01, 0.1, 1])
            ax.xaxis.set_major_formatter("{x:g}")
    if row:  # only the top row has titles
        grid.figure.subplots_adjust(hspace=0.16, wspace=0.1)
    return drawn(grid.figure, _legend(table["weights"].unique(), not theirs.empty), ncols=3)


def training(log: pd.DataFrame) -> Figure:
    """Test accuracy after each epoch, a panel a task: median and quartiles over the models that learned."""
    learned = log[~log["failed"]]
    grid = _medians(learned, "epoch", "test_accuracy", height=2.4, aspect=1.7)
    grid.set_axis_labels("epoch", "test accuracy")
    for task, ax in grid.axes_dict.items():
        failed = log[log["task"] == task].groupby("seed")["failed"].first()
        told = f"{failed.sum()} of {len(failed)} failed, off the scale" if failed.any() else ""
        ax.annotate(told, (0.97, 0.06), xycoords="axes fraction", ha="right", fontsize=9)
        ax.set_title(title_of(task, narrow=False), fontsize=11)
        accuracy_axis(ax, 0.4)
        ax.set_ylim(learned["test_accuracy"].quantile(0.01), 1.003)
    return drawn(grid.figure)


def _medians(table: pd.DataFrame, x: str, y: str, row: str | None = None, **options: Any) -> sns.FacetGrid:
    """Median and quartile band of ``y`` against ``x``: panels for every task and ``row``, or two in a row."""
    tasks = list(dict.fromkeys(table["task"]))
    return sns.relplot(
        table, kind="line", x=x, y=y, row=row, col="task", col_wrap=None if row else min(2, len(tasks)),
        hue="task", palette=colours(tasks), linewidth=1.8, estimator="median", errorbar=("pi", 50),
        legend=False, **options,
    )  # fmt: skip


def _row_name(panel: pd.DataFrame, value: str) -> str:
    """What a row of panels is called."""
    if panel["probe"].str.contains("shuffle").any():
        return name_of(LETTERS[value]).replace(", ", "\n")
    names = {"smallest": "smallest first", "largest": "largest first", "relu": "ReLU"}
    return names.get(value, f"width {value}" if value.isdecimal() else fill(value, 18))


def _draw_authors(ax: plt.Axes, panel: pd.DataFrame) -> None:
    theirs = reference.beside(panel)
    theirs = theirs[(theirs["strength"] > 0) | (panel["strength"].min() <= 0)]
    for weights, rows in theirs.groupby("weights"):
        ax.plot(rows["strength"], rows["accuracy"], linestyle=line_of(weights), zorder=1.5, **_AUTHORS)


def _legend(readings: Sequence[str], authors: bool) -> list[Line2D]:
    ours = [
        Line2D([], [], color=INK, linewidth=1.8, linestyle=line_of(weights), label=READINGS[weights])
        for weights in readings
    ]
    return ours + ([Line2D([], [], label="the authors'", **_AUTHORS)] if authors else [])
