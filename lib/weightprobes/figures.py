"""Table → figure, in one style: colour is the task, dash is the reading, grey is the authors'."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
import torch
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from weightprobes import reference
from weightprobes.datasets import DATASETS
from weightprobes.ensembles import Ensemble
from weightprobes.tasks import PAPER_TASKS, Task

# Okabe and Ito's colours, told apart by colour-blind readers; dark enough to be told from the grey.
_EASY, _HARD = "#0072B2", "#D55E00"
_OTHERS = ["#009E73", "#CC79A7", "#56B4E9", "#E69F00"]
_AUTHORS = "0.45"
# The ends of the diverging map of the weight images.
_POSITIVE, _NEGATIVE = "#01665E", "#8C510A"
DASHES = {"float": "", "sign": (3, 1.4)}

#: Words for the readings, as legends say them.
READINGS = {"float": "float weights", "sign": "signs only"}


def _drawn(figure: Figure) -> Figure:
    # pyplot forgets it, so that a notebook shows it once: as the value of its cell
    plt.close(figure)
    return figure


def style() -> None:
    """Set the style that every chapter uses."""
    sns.set_theme(
        context="notebook",
        style="ticks",
        rc={
            "axes.grid": True,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.dpi": 110,
            "grid.alpha": 0.35,
            "legend.frameon": False,
            "savefig.dpi": 110,
        },
    )


def colours(tasks: Sequence[str]) -> dict[str, str]:
    """A colour for each task: blue for the paper's easy ones, vermilion for its hard ones."""
    others = [task for task in dict.fromkeys(tasks) if task not in PAPER_TASKS]
    named = {task: _EASY if word == "easy" else _HARD for task, word in PAPER_TASKS.items()}
    return named | {task: _OTHERS[place % len(_OTHERS)] for place, task in enumerate(others)}


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
    tasks = list(dict.fromkeys(table["task"]))
    shown = table[table["strength"] > 0] if logarithmic else table
    facets = {"row": row, "col": "task"} if row else {"col": "task", "col_wrap": min(2, len(tasks))}
    grid = sns.relplot(
        shown,
        kind="line",
        x="strength",
        y="accuracy",
        hue="task",
        style="weights",
        estimator="median",
        errorbar=("pi", 50),
        palette=colours(tasks),
        dashes=DASHES,
        linewidth=1.8,
        legend=False,
        height=2.0 if row else 2.9,
        aspect=1.05 if row else 1.4,
        **facets,
    )
    grid.set_axis_labels(label, "accuracy")
    for key, ax in grid.axes_dict.items():
        value, task = key if row else (None, key)
        panel = shown[(shown["task"] == task) & ((shown[row] == value) if row else True)]
        if authors:
            _draw_authors(ax, panel)
        ax.set_title(_title(task, narrow=row is not None), fontsize=10 if row else 11)
        if row and ax not in grid.axes[0]:
            ax.set_title("")
        if row and ax in grid.axes[:, 0]:
            ax.set_ylabel(f"{_words(row, value)}\naccuracy")
        _accuracy_axis(ax, shown["accuracy"].quantile(0.02))
        if logarithmic:
            ax.set_xscale("log")
    _legend(grid.figure, list(dict.fromkeys(table["weights"])), authors and not reference.beside(shown).empty)
    return _drawn(grid.figure)


def _title(task: str, narrow: bool) -> str:
    title = Task.named(task).title
    return title.replace("MNIST ", "MNIST\n", 1) if narrow else title


def _words(column: str, value: str) -> str:
    return f"width {value}" if column == "hidden" else value.replace("_", " ")


def _draw_authors(ax: plt.Axes, panel: pd.DataFrame) -> None:
    for weights, curve in reference.beside(panel).groupby("weights"):
        drawn = curve[curve["strength"] > 0] if panel["strength"].min() > 0 else curve
        ax.plot(
            drawn["strength"],
            drawn["accuracy"],
            color=_AUTHORS,
            linewidth=1.1,
            linestyle=_line(weights),
            marker="o",
            markersize=2.6,
            zorder=1.5,
        )


def _line(weights: str) -> str | tuple:
    return (0, DASHES[weights]) if DASHES[weights] else "-"


def _accuracy_axis(ax: plt.Axes, lowest: float) -> None:
    ax.set_ylim(min(0.4, lowest), 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _legend(figure: Figure, readings: Sequence[str], authors: bool) -> None:
    handles = [
        Line2D([], [], color="0.1", linewidth=1.8, linestyle=_line(weights), label=READINGS[weights])
        for weights in readings
    ]
    if authors:
        handles.append(
            Line2D([], [], color=_AUTHORS, marker="o", markersize=2.6, linewidth=1.1, label="authors'")
        )
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), bbox_to_anchor=(0.5, 1.0))


def gaps(table: pd.DataFrame) -> Figure:
    """The gap of each model, float less sign at strength 0, in accuracy points: a box for every task."""
    start = table[table["strength"] == 0]
    wide = start.pivot(index=["task", "seed"], columns="weights", values="accuracy")
    gap = (100 * (wide["float"] - wide["sign"])).rename("gap").reset_index()
    tasks = list(dict.fromkeys(table["task"]))
    figure, ax = plt.subplots(figsize=(7.5, 0.7 + 0.75 * len(tasks)))
    shared = {"data": gap, "x": "gap", "y": "task", "order": tasks, "hue": "task", "palette": colours(tasks)}
    sns.boxplot(ax=ax, width=0.55, fliersize=0, boxprops={"alpha": 0.35}, **shared)
    # seaborn jitters with numpy's global generator; a fixed spread keeps the figure the same
    spread = {task: place for place, task in enumerate(tasks)}
    ax.scatter(
        gap["gap"],
        gap["task"].map(spread) + (gap["seed"] % 11 - 5) / 25,
        c=gap["task"].map(colours(tasks)),
        s=10,
        alpha=0.7,
        zorder=3,
    )
    ax.set(xlabel="gap, accuracy points", ylabel="")
    ax.set_yticks(range(len(tasks)), [Task.named(task).title for task in tasks])
    return _drawn(figure)


def points(table: pd.DataFrame, y: str, marked: str, marks: dict[str, str]) -> Figure:
    """Median accuracy and quartiles over seeds for each value of the column ``y``; a panel for every task.

    ``marks`` gives each value of the column ``marked`` its marker.
    """
    tasks = list(dict.fromkeys(table["task"]))
    grid = sns.catplot(
        table,
        kind="point",
        x="accuracy",
        y=y,
        hue=marked,
        hue_order=list(marks),
        col="task",
        col_wrap=min(2, len(tasks)),
        estimator="median",
        errorbar=("pi", 50),
        linestyle="none",
        markers=list(marks.values()),
        palette=dict(zip(marks, sns.color_palette("cividis", len(marks)), strict=True)),
        dodge=0.4,
        markersize=6,
        err_kws={"linewidth": 1.4},
        height=0.9 + 0.5 * table[y].nunique(),
        aspect=3.7 / (0.9 + 0.5 * table[y].nunique()),
        legend_out=False,
    )
    for task, ax in grid.axes_dict.items():
        ax.set_title(Task.named(task).title, fontsize=11)
        ax.set_xlim(0.4, 1.02)
        ax.set_xticks([0.5, 0.75, 1.0], ["50%", "75%", "100%"])
    grid.set_axis_labels("accuracy", "")
    sns.move_legend(grid, "lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(marks), title=None)
    return _drawn(grid.figure)


def training(log: pd.DataFrame) -> Figure:
    """Test accuracy after each epoch, a panel a task: median and quartiles; failed models as crosses."""
    tasks = list(dict.fromkeys(log["task"]))
    grid = sns.relplot(
        log,
        kind="line",
        x="epoch",
        y="test_accuracy",
        hue="task",
        estimator="median",
        errorbar=("pi", 50),
        palette=colours(tasks),
        linewidth=1.8,
        legend=False,
        height=2.4,
        aspect=1.7,
        col="task",
        col_wrap=min(2, len(tasks)),
    )
    grid.set_axis_labels("epoch", "test accuracy")
    for task, ax in grid.axes_dict.items():
        failed = log[log["failed"] & (log["task"] == task)]
        ax.plot(failed["epoch"], failed["test_accuracy"], "x", color="0.3", markersize=5)
        ax.set_title(Task.named(task).title, fontsize=11)
        _accuracy_axis(ax, 0.4)
    return _drawn(grid.figure)


def graph(model: dict[str, Tensor], strongest: int = 250) -> Figure:
    """The ``strongest`` edges of each layer of one ``model`` (parameters by name), inputs at the bottom."""
    figure, ax = plt.subplots(figsize=(8, 4))
    matrices = [value for value in model.values() if value.ndim > 1]
    sizes = [matrices[0].shape[1], *(len(matrix) for matrix in matrices)]
    across = [(torch.arange(size) + 0.5) / size for size in sizes]
    for layer, matrix in enumerate(matrices):
        kept = matrix.abs().flatten().argsort(descending=True)[:strongest]
        target, source = kept // matrix.shape[1], kept % matrix.shape[1]
        weights = matrix.flatten()[kept]
        ends = zip(across[layer][source].tolist(), across[layer + 1][target].tolist(), strict=True)
        ax.add_collection(
            LineCollection(
                [[(start, layer), (end, layer + 1)] for start, end in ends],
                colors=[_POSITIVE if weight > 0 else _NEGATIVE for weight in weights],
                linewidths=(2.5 * weights.abs() / weights.abs().max()).tolist(),
                alpha=0.6,
            )
        )
    for layer, (places, size) in enumerate(zip(across, sizes, strict=True)):
        ax.plot(places, [layer] * size, "o", color="0.2", markersize=max(1.5, 8 - size / 10), zorder=3)
    words = ["inputs", *["hidden units"] * (len(sizes) - 2), "classes"]
    ax.set_yticks(range(len(sizes)), [f"{size} {word}" for size, word in zip(sizes, words, strict=True)])
    ax.set(xticks=[], xlim=(-0.01, 1.01), ylim=(-0.15, len(sizes) - 0.85))
    ax.grid(visible=False)
    sns.despine(ax=ax, left=True, bottom=True)
    return _drawn(figure)


def receptive_fields(ensembles: dict[str, Ensemble], units: int) -> Figure:
    """Incoming weights of the first ``units`` hidden units of the first model of each task, as images."""
    figure, axes = plt.subplots(len(ensembles), units, figsize=(8, 1.12 * len(ensembles)), squeeze=False)
    fields = {task: _first_matrix(one) for task, one in ensembles.items()}
    limit = max(field.abs().quantile(0.995).item() for field in fields.values())
    for (task, field), row in zip(fields.items(), axes, strict=True):
        named = Task.named(task)
        for image, ax in zip(field, row, strict=False):
            shape = DATASETS[named.dataset].SHAPE
            drawn = ax.imshow(image.view(shape), cmap="BrBG", vmin=-limit, vmax=limit)
            ax.set(xticks=[], yticks=[])
            ax.grid(visible=False)
        row[0].set_ylabel(
            _title(task, narrow=True).replace(" (", "\n("), fontsize=8, rotation=0, ha="right", va="center"
        )
    figure.colorbar(drawn, ax=axes, label="weight", fraction=0.02, pad=0.02)
    return _drawn(figure)


def weights(ensembles: dict[str, Ensemble]) -> Figure:
    """Histogram of the first layer's weights in the first model of each task; a panel for every dataset."""
    datasets = list(dict.fromkeys(task.partition("/")[0] for task in ensembles))
    figure, axes = plt.subplots(1, len(datasets), figsize=(4 * len(datasets), 3), squeeze=False, sharey=True)
    for dataset, ax in zip(datasets, axes[0], strict=True):
        for task, one in ensembles.items():
            if task.startswith(f"{dataset}/"):
                values = _first_matrix(one).flatten().numpy()
                ax.hist(
                    values,
                    bins=100,
                    range=(-0.6, 0.6),
                    histtype="step",
                    linewidth=1.5,
                    color=colours([task])[task],
                    linestyle="-" if PAPER_TASKS.get(task) == "easy" else "--",
                    label=Task.named(task).title.removeprefix(f"{DATASETS[dataset].NAME} "),
                )
        ax.set(title=DATASETS[dataset].NAME, xlabel="weight", yscale="log", ylim=(0.7, 60_000))
        ax.legend(fontsize=8, loc="upper left")
    axes[0, 0].set_ylabel("number of weights")
    return _drawn(figure)


def _first_matrix(ensemble: Ensemble) -> Tensor:
    """The first layer's weights of the first model, shape (hidden, inputs)."""
    return next(iter(ensemble.model(ensemble.seeds[0]).values()))
