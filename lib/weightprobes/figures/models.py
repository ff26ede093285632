"""The networks themselves: their weights, their units, their nodes."""

from itertools import product

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from torch import Tensor

from weightprobes.datasets import DATASETS
from weightprobes.figures.style import DASHES, colours, drawn, subplots, title_of
from weightprobes.models.ensembles import Ensemble
from weightprobes.tasks import PAPER_TASKS, Task


def receptive_fields(ensembles: dict[str, Ensemble], units: pd.DataFrame, count: int = 8) -> Figure:
    """Incoming weights of ``count`` hidden units of the first model of each task, as images.

    From the unit that fires most often to the one that fires least, evenly, each with the share of training
    images on which it fires.

    ``units`` has the columns ``task, seed, unit, fires``, like
    :class:`weightprobes.measures.shift.Offsets`.
    """
    figure, axes = plt.subplots(len(ensembles), count, figsize=(8.8, 1.35 * len(ensembles)), squeeze=False)
    fields = {task: _first_matrix(one) for task, one in ensembles.items()}
    limit = max(field.abs().quantile(0.995).item() for field in fields.values())
    for (task, field), row in zip(fields.items(), axes, strict=True):
        *_, width = DATASETS[Task.named(task).dataset].SHAPE
        first = units.query("task == @task and seed == seed.min()").sort_values("fires", ascending=False)
        chosen = first.iloc[[place * (len(first) - 1) // (count - 1) for place in range(count)]]
        shades = {"cmap": "BrBG", "vmin": -limit, "vmax": limit}
        for unit, fires, ax in zip(chosen["unit"], chosen["fires"], row, strict=True):
            picture = ax.imshow(field[unit].view(-1, width).numpy(), interpolation="none", **shades)
            ax.set(xticks=[], yticks=[])
            ax.set_xlabel(f"{100 * fires:.2g} %" if fires else "never", fontsize=8.5, labelpad=2)
            ax.grid(visible=False)
        row[0].set_ylabel(title_of(task, narrow=True), fontsize=9, rotation=0, ha="right", va="center")
    figure.colorbar(picture, ax=axes, label="weight", fraction=0.02, pad=0.02)
    return drawn(figure)


def firing(units: pd.DataFrame) -> Figure:
    """What share of the hidden units fires on so many training images or fewer; a line for each task.

    ``units`` has the columns ``task`` and ``fires``, 0…1, like :class:`weightprobes.measures.shift.Offsets`.
    """
    figure, (ax,) = subplots(1, (6.5, 3.2))
    for task, fires in units.groupby("task", sort=False)["fires"]:
        line = "-" if task.startswith("mnist/") else (0, DASHES["sign"])
        label = Task.named(task).title
        ax.ecdf(100 * fires, color=colours([task])[task], linestyle=line, label=label)
    ax.set_xscale("symlog", linthresh=0.01)
    ax.set(xlim=(0, 100), ylim=(0, 1), ylabel="share of hidden units")
    ax.set_xlabel("training images on which a unit fires, %")
    ax.set_xticks([0, 0.01, 0.1, 1, 10, 100], ["0", "0.01", "0.1", "1", "10", "100"])
    ax.legend(fontsize=9, loc="lower right")
    return drawn(figure)


def weights(ensembles: dict[str, Ensemble]) -> Figure:
    """Histogram of the first layer's weights in the first model of each task; a panel for every dataset."""
    datasets = list(dict.fromkeys(task.partition("/")[0] for task in ensembles))
    figure, axes = subplots(len(datasets), (4 * len(datasets), 3), sharey=True)
    for dataset, ax in zip(datasets, axes, strict=True):
        for task in (task for task in ensembles if task.startswith(f"{dataset}/")):
            ax.hist(
                _first_matrix(ensembles[task]).flatten().numpy(), bins=100, range=(-0.6, 0.6),
                histtype="step", linewidth=1.5, color=colours([task])[task],
                linestyle="-" if PAPER_TASKS.get(task) == "easy" else "--",
                label=Task.named(task).title.removeprefix(f"{DATASETS[dataset].NAME} "),
            )  # fmt: skip
        ax.set(title=DATASETS[dataset].NAME, xlabel="weight", yscale="log", ylim=(0.7, 60_000))
        ax.legend(fontsize=8, loc="upper left")
    axes[0].set_ylabel("number of weights")
    return drawn(figure)


def degrees(nodes: pd.DataFrame) -> Figure:
    """Distribution over nodes of the positive share of a node's edges and of its net strength.

    ``nodes`` is a table of :func:`weightprobes.measures.graphs.nodes` with the column ``task``.
    """
    shown = nodes.assign(
        share=nodes["positive_degree"] / (nodes["positive_degree"] + nodes["negative_degree"]),
        net=nodes["positive_strength"] + nodes["negative_strength"],
    )
    tasks = list(dict.fromkeys(shown["task"]))
    lines = {
        task: {"color": colour, "linestyle": "-" if task.startswith("mnist/") else (0, DASHES["sign"])}
        for task, colour in colours(tasks).items()
    }
    sides = {
        (1, "left"): "pixels",
        (1, "right"): "hidden units,\nfrom pixels",
        (2, "left"): "hidden units,\nto classes",
    }
    labels = {"share": "positive share of edges", "net": "net strength"}
    figure, axes = subplots(6, (8, 4.6), columns=3, layout="constrained", sharey=True)
    for ax, (quantity, side) in zip(axes, product(labels, sides), strict=True):
        part = shown[(shown["layer"] == side[0]) & (shown["side"] == side[1])]
        for task in tasks:
            values = part[part["task"] == task][quantity].sort_values()
            heights = [(place + 1) / len(values) for place in range(len(values))]
            ax.step(values, heights, where="post", linewidth=1.5, **lines[task])
        ax.set(xlabel=labels[quantity], ylabel="share of nodes" if side == (1, "left") else "")
        if quantity == "share":
            ax.set_title(sides[side], fontsize=10)
    legend = [Line2D([], [], label=Task.named(task).title, **lines[task]) for task in tasks]
    return drawn(figure, legend, fontsize=9)


def _first_matrix(ensemble: Ensemble) -> Tensor:
    """The first layer's weights of the first model, shape (hidden, inputs)."""
    return next(iter(ensemble.model(ensemble.seeds[0]).values()))
