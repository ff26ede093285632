"""The gap against a dial of difficulty that we turn, or over variants of the network."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from weightprobes.figures.style import colours, drawn
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
    figure, axes = plt.subplots(1, len(panels), figsize=(3.4 * len(panels), 3.5), squeeze=False)
    for ax, (column, title) in zip(axes[0], panels.items(), strict=True):
        for number, task in enumerate(tasks):
            part = table[table["task"] == task].set_index(x).loc[values]
            places = np.arange(len(values)) + 0.06 * (number - (len(tasks) - 1) / 2)
            style = dict(color=colours(tasks)[task], linewidth=1.6, markersize=5, capsize=2.5)
            line = "-" if number < 2 else (0, (4, 2))
            style |= dict(marker=MARKERS[number % len(MARKERS)], linestyle="none" if named else line)
            ax.errorbar(
                places, 100 * part[column], _whiskers(part, column), **style, label=Task.named(task).title
            )
        ax.set_xticks(range(len(values)), values)
        ax.set(xlabel=label)
        ax.set_title(title, fontsize=11)
    axes[0, 0].set_ylabel("accuracy points")
    handles, names = axes[0, 0].get_legend_handles_labels()
    figure.tight_layout()
    figure.legend(handles, names, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0), fontsize=10)
    return drawn(figure)


def _whiskers(part: pd.DataFrame, column: str) -> Sequence[np.ndarray] | None:
    if f"{column}_low" not in part:
        return None
    low, high = part[column] - part[f"{column}_low"], part[f"{column}_high"] - part[column]
    return 100 * np.clip([low, high], 0, None)
