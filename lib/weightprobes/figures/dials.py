"""The gap against a dial of difficulty that we turn, or over variants of the network."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from weightprobes.figures.style import colours, drawn, handles_of, subplots
from weightprobes.tasks import Task

# Markers tell the tasks apart without colour.
MARKERS = "osD^vP"


def dial(table: pd.DataFrame, x: str, label: str, panels: dict[str, str]) -> Figure:
    """A value against the column ``x``, a line for each task with its interval; a panel for each column.

    ``panels`` maps columns of ``table`` (accuracies, with ``_low`` and ``_high`` columns where they
    have an interval) to titles; ``label`` names x. The values of x are spaced evenly, in their order;
    names are not joined by lines.
    """
    tasks = list(dict.fromkeys(table["task"]))
    values = list(dict.fromkeys(table[x]))
    named = all(isinstance(value, str) for value in values)
    figure, axes = subplots(len(panels), (3.0 * len(panels), 3.6), sharey=True)
    for ax, (column, title) in zip(axes, panels.items(), strict=True):
        for number, task in enumerate(tasks):
            part = table[table["task"] == task].set_index(x).loc[values]
            places = np.arange(len(values)) + 0.06 * (number - (len(tasks) - 1) / 2)
            line = "none" if named else "-" if number < 2 else (0, (4, 2))
            ax.errorbar(
                places, 100 * part[column], _whiskers(part, column), label=Task.named(task).title,
                color=colours(tasks)[task], marker=MARKERS[number % len(MARKERS)], markersize=5,
                linestyle=line, linewidth=1.6, capsize=2.5,
            )  # fmt: skip
        ax.set(xlabel=label, xticks=range(len(values)), xticklabels=values)
        ax.set_title(title, fontsize=11)
    # nothing of two classes can lose more: all dials stand on one axis
    low, high = axes[0].get_ylim()
    axes[0].set(ylabel="accuracy points", ylim=(min(low, -3), max(high, 53)))
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]), fontsize=10)


def _whiskers(part: pd.DataFrame, column: str) -> Sequence[np.ndarray] | None:
    if f"{column}_low" not in part:
        return None
    low, high = part[column] - part[f"{column}_low"], part[f"{column}_high"] - part[column]
    return 100 * np.clip([low, high], 0, None)
