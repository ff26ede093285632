"""A single network along one probe."""

import pandas as pd
from matplotlib.figure import Figure

from weightprobes.figures.style import EASY, HARD, OTHERS, accuracy_axis, drawn, subplots

#: Colour and dash of each line, in the order of the table.
_LINES = ((EASY, "-"), (HARD, (0, (3, 1.4))), (OTHERS[0], (0, (6, 1.4, 1, 1.4))))


def one(table: pd.DataFrame, label: str, *, logarithmic: bool = False) -> Figure:
    """The accuracy of one network against strength: a line for each ``reading`` of the ``table``.

    ``table`` is one of :func:`weightprobes.paper.one.along`; ``label`` names the strength.
    """
    shown = table[table["strength"] > 0] if logarithmic else table
    figure, (ax,) = subplots(1, (6.5, 3.2))
    for (reading, rows), (colour, dash) in zip(shown.groupby("reading", sort=False), _LINES, strict=True):
        ax.plot(
            rows["strength"], rows["accuracy"], color=colour, linestyle=dash, linewidth=1.8, label=reading
        )
    accuracy_axis(ax, shown["accuracy"].min())
    ax.set(xlabel=label, ylabel="accuracy")
    if logarithmic:
        ax.set(xscale="log", xticks=[0.001, 0.01, 0.1, 1])
        ax.xaxis.set_major_formatter("{x:g}")
    return drawn(figure, ax.get_legend_handles_labels()[0], ncols=3, fontsize=9)
