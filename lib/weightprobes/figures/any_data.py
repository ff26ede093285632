"""Pairs of classes of many data sets at once."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from weightprobes.figures.style import EASY, HARD, OTHERS, drawn, subplots


def by_set(gaps: pd.DataFrame) -> Figure:
    """The gaps of all pairs: a row for each ``title``, a box for each ``setting``, in points (``gap``, 0…1).

    Whiskers end at 5 and 95 % of the pairs.
    """
    titles = list(dict.fromkeys(gaps["title"]))
    colours = [HARD, EASY, OTHERS[0]][: gaps["setting"].nunique()]
    figure, (ax,) = subplots(1, (7.6, 0.6 + 0.55 * len(titles)))
    sns.boxplot(
        gaps.assign(points=100 * gaps["gap"]), x="points", y="title", hue="setting", ax=ax,
        palette=colours, whis=(5, 95), fliersize=0, gap=0.15, linewidth=1,
    )  # fmt: skip
    ax.set(xlabel="gap by binarisation, accuracy points", ylabel="")
    handles, labels = ax.get_legend_handles_labels()
    ax.get_legend().remove()
    figure.tight_layout()
    return drawn(figure, handles, labels=labels, ncols=3)


def by_level(pairs: pd.DataFrame) -> Figure:
    """What binarised networks keep (``kept``) of each pair against the ``level`` of its inputs; a colour for
    each ``title``. The lines are the prediction: to the right of 1, less than one half."""
    titles = list(dict.fromkeys(pairs["title"]))
    figure, (ax,) = subplots(1, (7.6, 4.2))
    palette = dict(zip(titles, sns.color_palette("colorblind", len(titles)), strict=True))
    for place, (title, part) in enumerate(pairs.groupby("title", sort=False)):
        ax.scatter(
            part["level"], 100 * part["kept"].clip(0, 1.05), s=16, color=palette[title], alpha=0.75,
            marker="osD^vP"[place % 6], linewidths=0, label=title,
        )  # fmt: skip
    ax.set(xscale="log", xlabel="level of the inputs: length of their mean / spread")
    ax.set(ylabel="kept by binarised networks, %")
    ax.axhline(50, color="0.3", linewidth=1, linestyle=(0, (4, 3)))
    ax.axvline(1, color="0.3", linewidth=1, linestyle=(0, (4, 3)))
    ax.legend(fontsize=8.5, bbox_to_anchor=(1.0, 1.0), loc="upper left")
    return drawn(figure)
