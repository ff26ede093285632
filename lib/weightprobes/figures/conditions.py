"""What becomes of the effect when one condition changes, and why."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from weightprobes.figures.style import INK, READINGS, SERIES, colours, drawn, handles_of, subplots, title_of

MARKERS = {"float": "o", "sign": "D"}


def readings(table: pd.DataFrame, y: str) -> Figure:
    """Median accuracy and quartiles of both readings for each value of the column ``y``; a panel a task."""
    tasks = table["task"].nunique()
    names = list(dict.fromkeys(table[y]))[::-1]
    rows = range(len(names))
    figure, axes = subplots(tasks, (2.6 + 1.75 * tasks, 1.1 + 0.27 * len(names)), sharey=True)
    for ax, (task, part) in zip(axes, table.groupby("task", sort=False), strict=True):
        for (weights, marker), shade in zip(MARKERS.items(), SERIES, strict=False):
            accuracy = part[part["weights"] == weights].groupby(y)["accuracy"]
            low, middle, high = (accuracy.quantile(share).reindex(names) for share in (0.25, 0.5, 0.75))
            ax.hlines(rows, low, high, color=shade, linewidth=1.4)
            ax.plot(middle, rows, marker, color=shade, markersize=5.5, label=READINGS[weights])
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set(xlabel="accuracy", xlim=(0.45, 1.02), xticks=[0.5, 0.75, 1], yticks=rows, yticklabels=names)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]))


def offsets(table: pd.DataFrame) -> Figure:
    """Measured against predicted offset of each hidden unit that fires; a panel for each task."""
    tasks = list(dict.fromkeys(table["task"]))
    figure, axes = subplots(len(tasks), (2.5 * len(tasks) + 0.3, 3.1), sharex=True, sharey=True)
    reach = 1.05 * table[["measured", "foretold"]].abs().max().max()
    for ax, (task, part) in zip(axes, table.groupby("task", sort=False), strict=True):
        ax.plot([-reach, reach], [-reach, reach], color=INK, linewidth=1, linestyle=(0, (4, 3)))
        dots = {"color": colours(tasks)[task], "markersize": 3, "alpha": 0.5, "rasterized": True}
        ax.plot(part["foretold"], part["measured"], ".", **dots)
        correlation = part["foretold"].corr(part["measured"])
        told = f"r = {correlation:.2f}" if np.isfinite(correlation) else ""
        ax.annotate(told, (0.05, 0.9), xycoords="axes fraction", fontsize=10)
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set(xlabel="predicted offset", xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes[0].set_ylabel("measured offset")
    figure.tight_layout()
    return drawn(figure)
