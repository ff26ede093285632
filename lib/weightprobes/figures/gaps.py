"""What binarisation costs, model by model and under variations."""

import matplotlib.pyplot as plt
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from weightprobes.figures.style import READINGS, accuracy_across, colours, drawn
from weightprobes.tasks import Task


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
    return drawn(figure)


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
        accuracy_across(ax, task, table["accuracy"].min())
    for text in grid.legend.texts:
        text.set_text(READINGS.get(text.get_text(), text.get_text()))
    sns.move_legend(grid, "lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(marks), title=None)
    return drawn(grid.figure)
