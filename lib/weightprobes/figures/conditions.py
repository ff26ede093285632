"""What becomes of the effect when one condition changes, and why."""

from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from weightprobes.figures.style import READINGS, colours, drawn, title_of

MARKERS = {"float": "o", "sign": "D"}


def readings(table: pd.DataFrame, y: str) -> Figure:
    """Median accuracy and quartiles of both readings for each value of the column ``y``; a panel a task."""
    tasks = list(dict.fromkeys(table["task"]))
    names = list(dict.fromkeys(table[y]))[::-1]
    figure, axes = plt.subplots(
        1, len(tasks), figsize=(2.2 + 1.75 * len(tasks), 1.1 + 0.27 * len(names)), sharey=True, squeeze=False
    )
    shades = dict(zip(MARKERS, sns.color_palette("cividis", 2), strict=True))
    for ax, task in zip(axes[0], tasks, strict=True):
        part = table[table["task"] == task]
        for weights, marker in MARKERS.items():
            accuracy = part[part["weights"] == weights].groupby(y)["accuracy"]
            low, middle, high = (accuracy.quantile(share).reindex(names) for share in (0.25, 0.5, 0.75))
            ax.hlines(range(len(names)), low, high, color=shades[weights], linewidth=1.4)
            ax.plot(
                middle,
                range(len(names)),
                marker,
                color=shades[weights],
                markersize=5.5,
                label=READINGS[weights],
            )
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set(xlabel="accuracy", xlim=(0.45, 1.02), yticks=range(len(names)), yticklabels=names)
        ax.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.set_xticks([0.5, 0.75, 1])
    handles, words = axes[0, 0].get_legend_handles_labels()
    figure.tight_layout()
    figure.legend(handles, words, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0))
    return drawn(figure)


def effects(table: pd.DataFrame) -> Figure:
    """What ``conditions.effects`` tells: each effect in accuracy points, shaded by its verdict."""
    shades = {"holds": 4, "weaker": 3, "unsure": 2, "gone": 1, "reversed": 0}
    columns = pd.MultiIndex.from_product([dict.fromkeys(table["sentence"]), dict.fromkeys(table["dataset"])])
    names = list(dict.fromkeys(table["condition"]))

    def wide(values: pd.Series) -> pd.DataFrame:
        index = [table["condition"], table["sentence"], table["dataset"]]
        return values.set_axis(pd.MultiIndex.from_arrays(index)).unstack([1, 2]).loc[names, columns]

    figure, ax = plt.subplots(figsize=(9.2, 1.9 + 0.33 * len(names)))
    sns.heatmap(
        wide(table["verdict"].map(shades).astype(float)),
        annot=wide((100 * table["effect"]).round() + 0),  # no -0
        fmt=".0f",
        annot_kws={"fontsize": 9.5},
        cmap=sns.color_palette("cividis", 5),
        vmin=-0.5,
        vmax=4.5,
        cbar_kws={"shrink": 0.5, "aspect": 12},
        linewidths=0.8,
        ax=ax,
    )
    bar = ax.collections[0].colorbar
    bar.set_ticks(list(shades.values()), labels=list(shades))
    ax.grid(False)
    ax.tick_params(length=0)
    ax.set(xlabel="", ylabel="")
    ax.set_xticks(
        np.arange(len(columns)) + 0.5, ["F" if name == "Fashion" else "M" for _, name in columns], rotation=0
    )
    ax.xaxis.tick_top()
    for number, sentence in enumerate(dict.fromkeys(table["sentence"])):
        ax.text(2 * number + 1, -0.8, fill(sentence, 11), ha="center", va="bottom", fontsize=8)
    for number in range(1, len(columns) // 2):
        ax.axvline(2 * number, color="white", linewidth=4)
    return drawn(figure)


def offsets(table: pd.DataFrame) -> Figure:
    """Measured against foretold offset of each hidden unit that fires; a panel for each task."""
    tasks = list(dict.fromkeys(table["task"]))
    figure, axes = plt.subplots(
        1, len(tasks), figsize=(2.5 * len(tasks) + 0.3, 3.1), sharex=True, sharey=True, squeeze=False
    )
    reach = 1.05 * table[["measured", "foretold"]].abs().max().max()
    for ax, task in zip(axes[0], tasks, strict=True):
        part = table[table["task"] == task]
        ax.plot([-reach, reach], [-reach, reach], color="0.3", linewidth=1, linestyle=(0, (4, 3)))
        ax.plot(part["foretold"], part["measured"], ".", color=colours(tasks)[task], markersize=3, alpha=0.5)
        correlation = part["foretold"].corr(part["measured"])
        told = f"r = {correlation:.2f}" if np.isfinite(correlation) else ""
        ax.annotate(told, (0.05, 0.9), xycoords="axes fraction", fontsize=10)
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set(xlabel="foretold offset", xlim=(-reach, reach), ylim=(-reach, reach))
        ax.set_aspect("equal")
    axes[0, 0].set_ylabel("measured offset")
    figure.tight_layout()
    return drawn(figure)
