"""What null models leave of the accuracy, and how they mix."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from weightprobes.figures.style import AUTHORS, READINGS, accuracy_across, colours, drawn
from weightprobes.paper import reference
from weightprobes.probes.shuffle import LETTERS
from weightprobes.tasks import Task


def null_models(table: pd.DataFrame) -> Figure:
    """Accuracy under each null model, ``table["null"]``, in both readings: a panel for every task.

    Boxes reach between the quartiles over seeds, whiskers between the 5th and 95th percentile.
    """
    tasks = list(dict.fromkeys(table["task"]))
    nulls = list(dict.fromkeys(table["null"]))
    figure, axes = _panels(len(tasks), height=0.6 + 0.36 * len(nulls))
    for task, ax in zip(tasks, axes, strict=True):
        colour = colours(tasks)[task]
        sns.boxplot(
            table[table["task"] == task],
            ax=ax,
            x="accuracy",
            y="null",
            order=nulls,
            hue="weights",
            hue_order=list(READINGS),
            palette={"float": colour, "sign": "white"},
            whis=(5, 95),
            fliersize=0,
            linewidth=1.1,
            linecolor=colour,
            medianprops={"color": "black", "linewidth": 1.6},
            gap=0.15,
            legend=False,
        )
        accuracy_across(ax, task, table["accuracy"].quantile(0.01))
    boxes = [
        Patch(facecolor="0.5", edgecolor="0.5", label=READINGS["float"]),
        Patch(facecolor="white", edgecolor="0.5", label=READINGS["sign"]),
    ]
    figure.legend(handles=boxes, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0))
    return drawn(figure)


def null_models_as_published(table: pd.DataFrame) -> Figure:
    """The same with float weights as the paper draws it, beside the authors' medians and quartiles.

    ``table["null"]`` holds the paper's letters, and "original". Folded: an accuracy below one half
    counts as one less itself.
    """
    folded = table[table["weights"] == "float"].copy()
    folded["accuracy"] = folded["accuracy"].where(folded["accuracy"] >= 0.5, 1 - folded["accuracy"])
    theirs = reference.null_models().query("weights == 'float'")
    theirs = theirs[theirs["activation"].isin(table["activation"]) & theirs["hidden"].isin(table["hidden"])]
    theirs = theirs.assign(null=theirs["null"].map({"none": "original", **LETTERS}))
    tasks = list(dict.fromkeys(table["task"]))
    nulls = list(dict.fromkeys(table["null"]))
    figure, axes = _panels(len(tasks), height=0.6 + 0.36 * len(nulls))
    for task, ax in zip(tasks, axes, strict=True):
        ours = (
            folded[folded["task"] == task].groupby("null")["accuracy"].quantile([0.25, 0.5, 0.75]).unstack()
        )
        authors = theirs[theirs["task"] == task].set_index("null")
        for place, null in enumerate(nulls):
            if null in ours.index:
                _median_and_quartiles(ax, place - 0.17, *ours.loc[null], colours(tasks)[task], "o")
            if null in authors.index:
                row = authors.loc[null]
                _median_and_quartiles(
                    ax, place + 0.17, row["lower"], row["accuracy"], row["upper"], AUTHORS, "D"
                )
        ax.set_yticks(range(len(nulls)), nulls)
        ax.set_ylim(len(nulls) - 0.5, -0.5)
        accuracy_across(ax, task, 0.45)
    marks = [
        Line2D([], [], color="0.1", marker="o", label="ours"),
        Line2D([], [], color=AUTHORS, marker="D", label="authors'"),
    ]
    figure.legend(handles=marks, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0))
    return drawn(figure)


def mixing(table: pd.DataFrame) -> Figure:
    """How far trades have moved the signs of the first layer from where they were, against their rounds."""
    first = table[table["layer"] == 1]
    tasks = list(dict.fromkeys(first["task"]))
    figure, axes = plt.subplots(1, 2, figsize=(8, 2.9), layout="constrained")
    for ax, column, label in zip(
        axes,
        ("flipped", "assortativity"),
        ("share of edges with another sign", "assortativity of positive edges"),
        strict=True,
    ):
        sns.lineplot(
            first,
            ax=ax,
            x="rounds",
            y=column,
            hue="task",
            style="task",
            palette=colours(tasks),
            markers=True,
            dashes=False,
            estimator="median",
            errorbar=("pi", 100),
            legend=column == "flipped",
        )
        ax.set(xlabel="rounds of trades", ylabel=label)
    handles, _ = axes[0].get_legend_handles_labels()
    axes[0].get_legend().remove()
    titles = [Task.named(task).title for task in tasks]
    figure.legend(handles, titles, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0), fontsize=9)
    return drawn(figure)


def _panels(count: int, height: float) -> tuple[Figure, list[plt.Axes]]:
    """``count`` panels, two a row, that share both axes."""
    rows = (count + 1) // 2
    figure, axes = plt.subplots(
        rows,
        min(2, count),
        figsize=(8, height * rows),
        sharex=True,
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for ax in axes.flat[count:]:
        ax.set_visible(False)
    return figure, list(axes.flat[:count])


def _median_and_quartiles(
    ax: plt.Axes, place: float, low: float, median: float, high: float, colour: str, marker: str
) -> None:
    ax.plot([low, high], [place, place], color=colour, linewidth=1.4)
    ax.plot(median, place, marker, color=colour, markersize=5)
