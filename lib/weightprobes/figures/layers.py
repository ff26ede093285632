"""Why layers break: the parts of what each loses, and curves of what is left."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from weightprobes.engine.diagnosis import PARTS
from weightprobes.figures.style import DASHES, EASY, HARD, INK, OTHERS, PAPER, READINGS, drawn

# colours and hatches, so that the parts are told apart without colours too
_LOOKS = dict(zip(PARTS, ((EASY, ""), (OTHERS[0], "///"), (HARD, "...")), strict=True))


def parts(diagnoses: Mapping[str, pd.DataFrame], score: str = "accuracy") -> Figure:
    """What each layer loses of the ``score`` by signs: scale, offset and information; a panel for each title.

    A part below 0 lies left of the line; the whisker is the 95 % interval of the sum.
    """
    rows = max(map(len, diagnoses.values()))
    size = (2.2 + 2.9 * len(diagnoses), 1.4 + 0.33 * rows)
    figure, axes = plt.subplots(
        1, len(diagnoses), figsize=size, sharex=True, sharey=True, squeeze=False, layout="constrained"
    )
    for ax, (title, table) in zip(axes[0], diagnoses.items(), strict=True):
        _panel(ax, table)
        ax.set(title=title, xlabel=f"loss of {score}")
    axes[0, 0].invert_yaxis()
    axes[0, 0].legend(loc="lower right", fontsize=9)
    return drawn(figure)


def strengths(curves: pd.DataFrame) -> Figure:
    """The score when one layer is probed more and more, by float weights and by signs; a panel a layer."""
    told = curves.assign(weights=curves["weights"].map(READINGS), layer=_short(curves["layer"]))
    grid = sns.relplot(
        told,
        kind="line",
        x="strength",
        y="score",
        style="weights",
        dashes={READINGS[weights]: dash for weights, dash in DASHES.items()},
        style_order=list(READINGS.values()),
        color=EASY,
        errorbar=None,
        marker="o",
        col="layer",
        height=2.4,
        aspect=0.8,
    )
    grid.set_titles("{col_name}").set_axis_labels("fraction pruned", "accuracy")
    sns.move_legend(grid, "upper center", bbox_to_anchor=(0.5, 0), ncols=2, title=None)
    return drawn(grid.figure)


def _short(names: pd.Series) -> pd.Series:
    return names.str.removesuffix(".weight")


def _panel(ax: plt.Axes, table: pd.DataFrame) -> None:
    names = _short(table["layer"])
    ends = {side: np.zeros(len(table)) for side in (False, True)}
    for part, (colour, hatch) in _LOOKS.items():
        values = table[part].fillna(0).to_numpy()
        left = np.where(values > 0, ends[True], ends[False])
        ax.barh(names, values, left=left, color=colour, hatch=hatch, edgecolor=PAPER, label=part)
        ends = {side: end + values * ((values > 0) == side) for side, end in ends.items()}
    whiskers = (table["signs"] - table["signs_low"], table["signs_high"] - table["signs"])
    ax.errorbar(table["signs"], names, xerr=whiskers, fmt="none", ecolor=INK, capsize=2, linewidth=1)
    ax.axvline(0, color=INK, linewidth=0.8)
