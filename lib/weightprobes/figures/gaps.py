"""What binarisation costs, model by model and under variations."""

import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from weightprobes.figures.style import INK, READINGS, SERIES, accuracy_across, colours, drawn, subplots
from weightprobes.tasks import Task


def gaps(table: pd.DataFrame) -> Figure:
    """The gap of each model, float minus sign at strength 0, in accuracy points: a box for every task."""
    start = table[table["strength"] == 0]
    wide = start.pivot(index=["task", "seed"], columns="weights", values="accuracy")
    gap = (100 * (wide["float"] - wide["sign"])).rename("gap").reset_index()
    tasks = list(dict.fromkeys(table["task"]))
    figure, (ax,) = subplots(1, (7.5, 0.7 + 0.75 * len(tasks)))
    shared = {"data": gap, "x": "gap", "y": "task", "order": tasks, "hue": "task", "palette": colours(tasks)}
    sns.boxplot(
        ax=ax, width=0.55, fliersize=0, saturation=1, linecolor=INK, boxprops={"alpha": 0.35}, **shared
    )
    # seaborn jitters with numpy's global generator; a fixed jitter keeps the figure the same
    heights = gap["task"].map(tasks.index) + (gap["seed"] % 11 - 5) / 25
    ax.scatter(gap["gap"], heights, c=gap["task"].map(colours(tasks)), s=10, alpha=0.7, zorder=3)
    ax.set(xlabel="gap, accuracy points", ylabel="", yticks=range(len(tasks)))
    ax.set_yticklabels([Task.named(task).title for task in tasks])
    return drawn(figure)


def points(table: pd.DataFrame, y: str, marked: str, marks: dict[str, str]) -> Figure:
    """Median accuracy and quartiles over seeds for each value of the column ``y``; a panel for every task.

    ``marks`` gives each value of the column ``marked`` its marker.
    """
    height = 0.9 + 0.5 * table[y].nunique()
    grid = sns.catplot(
        table, kind="point", x="accuracy", y=y, col="task", col_wrap=min(2, table["task"].nunique()),
        hue=marked, hue_order=list(marks), palette=SERIES[: len(marks)],
        estimator="median", errorbar=("pi", 50), err_kws={"linewidth": 1.4},
        markers=list(marks.values()), markersize=6, linestyle="none", dodge=0.4,
        height=height, aspect=3.7 / height, legend_out=False,
    )  # fmt: skip
    for task, ax in grid.axes_dict.items():
        accuracy_across(ax, task, table["accuracy"].min())
    for text in grid.legend.texts:
        text.set_text(({"relu": "ReLU"} | READINGS).get(text.get_text(), text.get_text()))
    sns.move_legend(grid, "lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(marks), title=None)
    return drawn(grid.figure)
