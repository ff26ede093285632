"""One style for all figures: colour is the task, dash is the reading, grey is the authors'."""

from collections.abc import Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from weightprobes.tasks import PAPER_TASKS, Task

# Okabe and Ito's colours, told apart by colour-blind readers; dark enough to be told from the grey.
EASY, HARD = "#0072B2", "#D55E00"
OTHERS = ["#009E73", "#CC79A7", "#56B4E9", "#E69F00"]
AUTHORS = "#737373"

#: Text and axes, grid, and what is filled with nothing.
INK, GRID, PAPER = "#262626", "#C8C8C8", "#FEFEFE"

#: Lines that are neither tasks nor the authors': readings, matrices, classes; with markers if they are many.
SERIES = ["#5D3A9B", "#B86E00", "#00805D", "#B0307F", "#3B7EA1", "#5A5A00"]

#: What each colour stands for: in a page, which may be dark, it is the CSS variable ``--figure-…``.
THEMED = {
    INK: "ink",
    GRID: "grid",
    PAPER: "paper",
    AUTHORS: "authors",
    EASY: "easy",
    HARD: "hard",
    **{colour: f"series-{place}" for place, colour in enumerate(SERIES)},
}
DASHES = {"float": "", "sign": (3, 1.4)}

#: Words for the readings, as legends say them.
READINGS = {"float": "float weights", "sign": "signs only"}


def style() -> None:
    """Set the style that every chapter uses."""
    sns.set_theme(
        context="notebook",
        style="ticks",
        rc={
            "axes.edgecolor": INK,
            "axes.grid": True,
            "axes.labelcolor": INK,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.dpi": 110,
            "grid.color": GRID,
            "grid.linewidth": 0.6,
            "hatch.color": PAPER,
            "legend.frameon": False,
            "savefig.dpi": 110,
            "text.color": INK,
            "xtick.color": INK,
            "ytick.color": INK,
        },
    )


def colours(tasks: Sequence[str]) -> dict[str, str]:
    """A colour for each task: blue for the paper's easy ones, vermilion for its hard ones."""
    others = [task for task in dict.fromkeys(tasks) if task not in PAPER_TASKS]
    named = {task: EASY if word == "easy" else HARD for task, word in PAPER_TASKS.items()}
    return named | {task: OTHERS[place % len(OTHERS)] for place, task in enumerate(others)}


def title_of(task: str, narrow: bool) -> str:
    """A task's title, on several lines if the panel is ``narrow``."""
    title = Task.named(task).title
    return title.replace("MNIST ", "MNIST\n", 1).replace(" (", "\n(") if narrow else title


def signed(value: float, decimals: int = 0) -> str:
    """A number with a minus sign instead of a hyphen, and no −0."""
    return f"{round(value, decimals) + 0:.{decimals}f}".replace("-", "−")


def line_of(weights: str) -> str | tuple:
    """matplotlib's line style for a reading."""
    return (0, DASHES[weights]) if DASHES[weights] else "-"


def accuracy_axis(ax: plt.Axes, lowest: float) -> None:
    """Make the vertical axis one of accuracy, from 40 % or ``lowest`` up."""
    ax.set_ylim(min(0.4, lowest), 1.02)
    ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def accuracy_across(ax: plt.Axes, task: str, lowest: float) -> None:
    """Make the horizontal axis one of accuracy, from 40 % or ``lowest`` up, in a panel for ``task``."""
    ax.set_title(Task.named(task).title, fontsize=11)
    ax.set(xlabel="accuracy", ylabel="", xlim=(min(0.4, lowest), 1.02))
    ax.set_xticks([0.5, 0.75, 1.0], ["50%", "75%", "100%"])
    ax.label_outer()


def subplots(
    count: int, size: tuple[float, float], columns: int = 99, **options: Any
) -> tuple[Figure, list[plt.Axes]]:
    """A figure of ``size``, in inches, with ``count`` panels, at most ``columns`` in a row."""
    columns = min(columns, count)
    rows = -(-count // columns)
    figure, axes = plt.subplots(rows, columns, figsize=size, squeeze=False, **options)
    for ax in axes.flat[count:]:
        ax.remove()
    return figure, list(axes.flat[:count])


def heat_map(ax: plt.Axes, values: pd.DataFrame, texts: Any = True, **options: Any) -> None:
    """Draw a map of ``values`` with ``texts`` in its cells; ``options`` are those of seaborn's heatmap."""
    options = {"cmap": "cividis", "fmt": "", "linewidths": 0.8, "linecolor": PAPER} | options
    sns.heatmap(values, ax=ax, annot=texts, **options)
    for text in ax.texts:  # on bright cells, which stay bright in a dark page
        text.set_color("black" if text.get_color() == ".15" else "white")
    ax.grid(False)
    ax.tick_params(length=0)


def handles_of(ax: plt.Axes) -> list[Any]:
    """What a legend of ``ax`` would show."""
    return ax.get_legend_handles_labels()[0]


def drawn(figure: Figure, legend: Sequence[Any] = (), ncols: int = 2, **options: Any) -> Figure:
    """``figure``, with a ``legend`` above it if there are handles for one.

    pyplot forgets it, so that a notebook shows it once: as the value of its cell.
    """
    if legend:
        figure.legend(handles=legend, loc="lower center", ncols=ncols, bbox_to_anchor=(0.5, 1.0), **options)
    plt.close(figure)
    return figure
