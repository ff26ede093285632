"""Why binarised networks collapse, in pictures: thresholds, cut pixels, offsets along probes, classes."""

from itertools import zip_longest

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from weightprobes.figures.style import INK, SERIES, accuracy_axis, drawn, handles_of, subplots, title_of
from weightprobes.measures.thresholds import Margins

PROBES = {"prune": "removed, p", "noise": "noise, a", "flip": "flipped, q"}


def margins(table: pd.DataFrame) -> Figure:
    """Histograms of the differences of logits of one network a task, by class, with the decision line."""
    tasks, steps = (list(dict.fromkeys(table[name])) for name in ("task", "step"))
    reach = table["edge"].min() - 0.5, table["edge"].max() + 0.5
    figure, axes = subplots(len(tasks) * len(steps), (9.2, 2.3 * len(tasks)), columns=len(steps))
    for number, ax in enumerate(axes):
        task, step = tasks[number // len(steps)], steps[number % len(steps)]
        part = table[(table["task"] == task) & (table["step"] == step)]
        for label, shade in enumerate(SERIES[:2]):
            bars, name = part[part["label"] == label], f"images of the {('first', 'second')[label]} class"
            look = {"width": 1 / Margins.FINE, "align": "edge", "color": shade, "alpha": 0.7}
            ax.bar(bars["edge"], bars["count"], label=name, **look)
        ax.axvline(0, color=INK, linewidth=1.3, label="decision")
        right = part[(part["edge"] >= 0) == (part["label"] == 1)]["count"].sum() / part["count"].sum()
        ax.set_title(f"{step}: {100 * right:.0f} % right", fontsize=9.5)
        ax.set(yticks=[], xlim=reach)
        ax.set_ylabel("" if number % len(steps) else title_of(task, narrow=True), fontsize=9)
        ax.grid(False)
    for ax in axes[-len(steps) :]:
        ax.set_xlabel("difference of logits / its spread", fontsize=9)
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]), ncols=3)


def cuts(table: pd.DataFrame) -> Figure:
    """Accuracy against the spread up to which pixels are cut, a panel a task: medians and quartiles.

    Dashed: the spread up to which the figure of the offsets counts a pixel as nearly constant.
    """
    names = {
        "float": "float weights",
        "number": "signs, mean moved as a number",
        "grown": "signs, mean moved in the unit's spread",
    }
    tasks = table["task"].nunique()
    figure, axes = subplots(tasks, (2.4 * tasks, 2.9), sharey=True)
    for ax, (task, part) in zip(axes, table.groupby("task", sort=False), strict=True):
        _lines(ax, part.assign(steady=part["steady"].clip(-0.01)), "steady", "moved", names)
        ax.axvline(0.1, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        ax.set_title(title_of(task, narrow=True), fontsize=9.5)
        ax.set_xlabel("pixels cut, spread up to")
        accuracy_axis(ax, 0.4)
        ax.set_xscale("symlog", linthresh=0.01)
        ax.set_xticks([-0.01, 0, 0.01, 0.1, 0.6], ["none", "0", ".01", ".1", ".6"], fontsize=8.5)
    axes[0].set_ylabel("accuracy")
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]), ncols=3)


def along(table: pd.DataFrame) -> Figure:
    """Accuracy of signs, offset and imbalance along the strength of each probe: medians and quartiles."""
    probes = list(dict.fromkeys(table["probe"]))
    rows = {"accuracy": "accuracy, signs", "relative": "offset / spread", "imbalance": "imbalance κ"}
    figure, axes = subplots(9, (9.2, 6.2), columns=3)
    for number, ax in enumerate(axes):
        probe, value = probes[number % 3], list(rows)[number // 3]
        part = table[table["probe"] == probe]
        part = part[part["strength"] > 0] if probe == "noise" else part
        _lines(ax, part.assign(line="signs"), "strength", "line", {"signs": "signs"}, value)
        if probe == "noise":
            ax.set(xscale="log", xticks=[0.001, 0.03, 1])
            ax.xaxis.set_major_formatter("{x:g}")
        if value == "accuracy":
            accuracy_axis(ax, 0.4)
            ax.set_title(probe)
        elif value == "imbalance":
            ax.axhline(1, color=INK, linewidth=1, linestyle=(0, (4, 3)))
            ax.set(yscale="log", xlabel=PROBES[probe])
        else:
            ax.set_ylim(0, None)
        if number % 3 == 0:
            ax.set_ylabel(rows[value])
    figure.tight_layout()
    return drawn(figure)


def growth(table: pd.DataFrame, x: str, label: str) -> Figure:
    """Accuracy against the column ``x``, a panel a data set and a line for each ``what``."""
    datasets = table["dataset"].nunique()
    figure, axes = subplots(datasets, (4.6 * datasets, 3.2), sharey=True)
    names = {what: what for what in dict.fromkeys(table["what"])}
    for ax, (dataset, part) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        _lines(ax, part, x, "what", names, markers="os^Dvx")
        ticks = sorted(part[x].unique())
        if x == "width":
            ax.set_xscale("log", base=2)
        accuracy_axis(ax, 0)
        ax.set(xlabel=label, title={"mnist": "MNIST"}.get(dataset, "Fashion-MNIST"))
        ax.set_xticks(ticks, list(map(str, ticks)))
    axes[0].set_ylabel("accuracy")
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]), ncols=3)


def _lines(
    ax: plt.Axes,
    part: pd.DataFrame,
    x: str,
    line: str,
    names: dict[str, str],
    y: str = "accuracy",
    markers: str = "",
) -> None:
    """Median and quartiles over seeds of ``y`` against ``x``, a line for each of ``names``."""
    every = zip_longest(names.items(), markers[: len(names)], fillvalue="")
    for ((value, name), marker), shade in zip(every, SERIES, strict=False):
        values = part[part[line] == value].groupby(x)[y]
        low, middle, high = (values.quantile(share) for share in (0.25, 0.5, 0.75))
        ax.fill_between(middle.index, low, high, color=shade, alpha=0.25, linewidth=0)
        ax.plot(middle.index, middle, marker=marker, color=shade, markersize=4, label=name)
