"""What becomes of the effect when one condition changes, and why."""

from textwrap import fill

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from weightprobes.figures.style import READINGS, colours, drawn, handles_of, heat_map, subplots, title_of

MARKERS = {"float": "o", "sign": "D"}

#: The verdicts on an effect, from the darkest shade of a map to the brightest.
VERDICTS = ["reversed", "gone", "unsure", "weaker", "holds"]


def readings(table: pd.DataFrame, y: str) -> Figure:
    """Median accuracy and quartiles of both readings for each value of the column ``y``; a panel a task."""
    tasks = list(dict.fromkeys(table["task"]))
    names = list(dict.fromkeys(table[y]))[::-1]
    rows = range(len(names))
    figure, axes = subplots(len(tasks), (2.2 + 1.75 * len(tasks), 1.1 + 0.27 * len(names)), sharey=True)
    for ax, task in zip(axes, tasks, strict=True):
        part = table[table["task"] == task]
        for (weights, marker), shade in zip(MARKERS.items(), sns.color_palette("cividis", 2), strict=True):
            accuracy = part[part["weights"] == weights].groupby(y)["accuracy"]
            low, middle, high = (accuracy.quantile(share).reindex(names) for share in (0.25, 0.5, 0.75))
            ax.hlines(rows, low, high, color=shade, linewidth=1.4)
            ax.plot(middle, rows, marker, color=shade, markersize=5.5, label=READINGS[weights])
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set(xlabel="accuracy", xlim=(0.45, 1.02), xticks=[0.5, 0.75, 1], yticks=rows, yticklabels=names)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]))


def effects(table: pd.DataFrame) -> Figure:
    """What ``conditions.effects`` tells: each effect in accuracy points, shaded by its verdict."""
    sentences = list(dict.fromkeys(table["sentence"]))
    columns = pd.MultiIndex.from_product([sentences, dict.fromkeys(table["dataset"])])
    names = list(dict.fromkeys(table["condition"]))
    points = (100 * table["effect"]).round() + 0  # no -0
    told = table.assign(shade=table["verdict"].map(VERDICTS.index).astype(float), points=points)
    wide = told.pivot(index="condition", columns=["sentence", "dataset"], values=["shade", "points"])
    shades, texts = (wide[value].loc[names, columns] for value in ("shade", "points"))

    figure, (ax,) = subplots(1, (9.2, 1.9 + 0.33 * len(names)))
    heat_map(
        ax, shades, texts, fmt=".0f", annot_kws={"fontsize": 9.5}, cmap=sns.color_palette("cividis", 5),
        vmin=-0.5, vmax=4.5, cbar_kws={"shrink": 0.5, "aspect": 12},
    )  # fmt: skip
    ax.collections[0].colorbar.set_ticks(range(5), labels=VERDICTS)
    ax.set(xlabel="", ylabel="", xticks=np.arange(len(columns)) + 0.5)
    ax.set_xticklabels(["F" if name == "Fashion" else "M" for _, name in columns], rotation=0)
    ax.xaxis.tick_top()
    for number, sentence in enumerate(sentences):
        ax.text(2 * number + 1, -0.8, fill(sentence, 11), ha="center", va="bottom", fontsize=8)
        if number:
            ax.axvline(2 * number, color="white", linewidth=4)
    return drawn(figure)


def offsets(table: pd.DataFrame) -> Figure:
    """Measured against foretold offset of each hidden unit that fires; a panel for each task."""
    tasks = list(dict.fromkeys(table["task"]))
    figure, axes = subplots(len(tasks), (2.5 * len(tasks) + 0.3, 3.1), sharex=True, sharey=True)
    reach = 1.05 * table[["measured", "foretold"]].abs().max().max()
    for ax, task in zip(axes, tasks, strict=True):
        part = table[table["task"] == task]
        ax.plot([-reach, reach], [-reach, reach], color="0.3", linewidth=1, linestyle=(0, (4, 3)))
        ax.plot(part["foretold"], part["measured"], ".", color=colours(tasks)[task], markersize=3, alpha=0.5)
        correlation = part["foretold"].corr(part["measured"])
        told = f"r = {correlation:.2f}" if np.isfinite(correlation) else ""
        ax.annotate(told, (0.05, 0.9), xycoords="axes fraction", fontsize=10)
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set(xlabel="foretold offset", xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    axes[0].set_ylabel("measured offset")
    figure.tight_layout()
    return drawn(figure)
