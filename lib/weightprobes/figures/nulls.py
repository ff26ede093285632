"""What null models leave of the accuracy, and how they mix."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from weightprobes.figures.style import (
    AUTHORS,
    INK,
    PAPER,
    READINGS,
    accuracy_across,
    colours,
    drawn,
    handles_of,
    subplots,
)
from weightprobes.measures.complexity import folded
from weightprobes.paper import reference
from weightprobes.probes.shuffle import LETTERS
from weightprobes.tasks import Task

#: The letters of those that leave every sign in place.
KEEP_SIGNS = {letter for null, letter in LETTERS.items() if null.endswith("sign")}


def name_of(letter: str) -> str:
    """A null model as axes name it, like "E: within left sign, keeps signs"."""
    names = {letter: null.replace("_", " ") for null, letter in LETTERS.items() if len(letter) == 1}
    told = f"{letter}: {names[letter]}" if letter in names else letter
    return f"{told}, keeps signs" if letter in KEEP_SIGNS else told


def null_models(table: pd.DataFrame) -> Figure:
    """Accuracy under each null model, ``table["null"]``, in both readings: a panel for every task.

    Boxes reach between the quartiles over seeds, whiskers between the 5th and 95th percentile.
    """
    tasks = list(dict.fromkeys(table["task"]))
    nulls = list(dict.fromkeys(table["null"]))
    figure, axes = _panels(tasks, nulls)
    for task, ax in zip(tasks, axes, strict=True):
        colour = colours(tasks)[task]
        sns.boxplot(
            table[table["task"] == task], ax=ax, x="accuracy", y="null", order=nulls, gap=0.15,
            hue="weights", hue_order=list(READINGS), palette={"float": colour, "sign": PAPER}, saturation=1,
            whis=(5, 95), fliersize=0, linewidth=1.1, linecolor=colour,
            medianprops={"color": INK, "linewidth": 1.6}, legend=False,
        )  # fmt: skip
        accuracy_across(ax, task, table["accuracy"].quantile(0.01))
        ax.set_yticks(range(len(nulls)), list(map(name_of, nulls)))
    fills = {"float": AUTHORS, "sign": PAPER}
    boxes = [Patch(facecolor=fills[name], edgecolor=AUTHORS, label=READINGS[name]) for name in READINGS]
    return drawn(figure, boxes)


def null_models_as_published(table: pd.DataFrame) -> Figure:
    """The same with float weights as the paper draws it, beside the authors' medians and quartiles.

    ``table["null"]`` holds the paper's letters, and "original". Folded: an accuracy below one half
    counts as one less itself.
    """
    ours = table[table["weights"] == "float"].assign(accuracy=lambda rows: folded(rows["accuracy"]))
    theirs = reference.null_models().query("weights == 'float'")
    theirs = theirs[theirs["activation"].isin(table["activation"]) & theirs["hidden"].isin(table["hidden"])]
    theirs = theirs.assign(null=theirs["null"].map({"none": "original", **LETTERS}))
    tasks = list(dict.fromkeys(table["task"]))
    nulls = list(dict.fromkeys(table["null"]))
    figure, axes = _panels(tasks, nulls)
    for task, ax in zip(tasks, axes, strict=True):
        accuracies = ours[ours["task"] == task].groupby("null")["accuracy"]
        authors = theirs[theirs["task"] == task].set_index("null")[["lower", "accuracy", "upper"]]
        for quartiles, shift, colour, marker in (
            (accuracies.quantile([0.25, 0.5, 0.75]).unstack(), -0.17, colours(tasks)[task], "o"),
            (authors, 0.17, AUTHORS, "D"),
        ):
            for null in (null for null in nulls if null in quartiles.index):
                place, (low, median, high) = nulls.index(null) + shift, quartiles.loc[null]
                ax.plot([low, high], [place, place], color=colour, linewidth=1.4)
                ax.plot(median, place, marker, color=colour, markersize=5)
        ax.set_yticks(range(len(nulls)), list(map(name_of, nulls)))
        ax.set_ylim(len(nulls) - 0.5, -0.5)
        accuracy_across(ax, task, 0.45)
    marks = [
        Line2D([], [], color=INK, marker="o", label="ours"),
        Line2D([], [], color=AUTHORS, marker="D", label="the authors'"),
    ]
    return drawn(figure, marks)


def mixing(table: pd.DataFrame) -> Figure:
    """How far trades have moved the signs of the first layer from where they were, against their rounds."""
    first = table[table["layer"] == 1]
    tasks = list(dict.fromkeys(first["task"]))
    labels = {
        "flipped": "share of edges with another sign",
        "assortativity": "assortativity of positive edges",
    }
    figure, axes = subplots(2, (8, 2.9), layout="constrained")
    for ax, (column, label) in zip(axes, labels.items(), strict=True):
        sns.lineplot(
            first, ax=ax, x="rounds", y=column, hue="task", style="task", palette=colours(tasks),
            markers=True, dashes=False, estimator="median", errorbar=("pi", 100), legend=column == "flipped",
        )  # fmt: skip
        ax.set(xlabel="rounds of trades", ylabel=label)
    axes[0].get_legend().remove()
    titles = [Task.named(task).title for task in tasks]
    return drawn(figure, handles_of(axes[0]), labels=titles, fontsize=9)


def _panels(tasks: Sequence[str], nulls: Sequence[str]) -> tuple[Figure, list[plt.Axes]]:
    size = (8.6, (0.6 + 0.36 * len(nulls)) * -(-len(tasks) // 2))
    return subplots(len(tasks), size, columns=2, sharex=True, sharey=True, layout="constrained")
