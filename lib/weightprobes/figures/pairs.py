"""Pairs of classes: maps of a measure, one measure against another, and their correlations."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from weightprobes.datasets import DATASETS
from weightprobes.figures.style import AUTHORS, EASY, INK, drawn, heat_map, signed, subplots
from weightprobes.tasks import Task


def pair_map(
    values: pd.Series, label: str, *, above: pd.Series | None = None, scale: float = 1.0, decimals: int = 1
) -> Figure:
    """A map of one value for each pair of classes, with its rank (1 is the largest) below the value.

    ``values`` is indexed by task name, all of one dataset, and stands below the diagonal; another value of
    the same pairs may stand ``above`` it, and both are called by their names. ``label`` names them, with
    their unit; ``scale`` multiplies them: 100 shows an accuracy in points.
    """
    names = DATASETS[Task.named(values.index[0]).dataset].CLASSES
    grid = np.full((len(names), len(names)), np.nan)
    texts = np.full(grid.shape, "", dtype=object)
    for side, one in enumerate([values] if above is None else [values, above]):
        ranks = one.rank(ascending=False, method="first").astype(int)
        for name, value, rank in zip(one.index, scale * one, ranks, strict=True):
            place = tuple(sorted(Task.named(name).classes, reverse=not side))
            grid[place], texts[place] = value, f"{signed(value, decimals)}\n#{rank}"
    shown = (slice(1, None), slice(-1)) if above is None else (slice(None), slice(None))
    figure, (ax,) = subplots(1, (8.0, 6.6))
    heat_map(
        ax, pd.DataFrame(grid, names, names).iloc[shown], texts[shown],
        annot_kws={"fontsize": 8.5, "linespacing": 1.15}, cbar_kws={"label": label, "shrink": 0.8},
    )  # fmt: skip
    slant = {"rotation": 45, "ha": "right"} if len(names[1]) > 1 else {"rotation": 0}
    ax.set_xticklabels(ax.get_xticklabels(), **slant)
    ax.set_yticklabels(ax.get_yticklabels(), rotation=0)
    if above is not None:
        ax.set_title(f"above the diagonal: {above.name}", fontsize=11)
        ax.set_xlabel(f"below the diagonal: {values.name}", fontsize=11)
    return drawn(figure)


def against(
    table: pd.DataFrame,
    x: str,
    y: str,
    labels: tuple[str, str],
    *,
    beside: pd.DataFrame | None = None,
    labelled: int = 6,
    line: float | None = None,
    logarithmic: bool = False,
) -> Figure:
    """Column ``y`` of ``table`` against column ``x``: a point for each pair, a panel for each dataset.

    So many pairs are ``labelled``: those whose ranks in the two differ most; ``beside`` is drawn in grey,
    the authors' values; ``line`` is a vertical one.
    """
    datasets = table["dataset"].nunique()
    figure, axes = subplots(datasets, (4.3 * datasets, 3.9), sharex=True, sharey=True)
    for ax, (dataset, part) in zip(axes, table.groupby("dataset", sort=False), strict=True):
        theirs = None if beside is None else beside[beside["dataset"] == dataset]
        if theirs is not None and len(theirs):
            ax.scatter(
                theirs[x], theirs[y], s=16, color=AUTHORS, marker="x", linewidths=1, label="the authors'"
            )
        ax.scatter(part[x], part[y], s=26, color=EASY, alpha=0.85, label="ours", zorder=3)
        rising = part[x].corr(part[y], method="spearman") >= 0
        apart = (part[x].rank(ascending=rising) - part[y].rank()).abs()
        for place in apart.nlargest(labelled).index:
            name, point = part.loc[place, "task"].split("/")[1], part.loc[place, [x, y]]
            ax.annotate(name, point, xytext=(4, 4), textcoords="offset points", fontsize=8.5)
        if logarithmic:
            ax.set_xscale("log")
        if line is not None:
            ax.axvline(line, color=INK, linewidth=1, linestyle=(0, (4, 3)))
        ax.set(xlabel=labels[0], ylabel=labels[1], title=DATASETS[dataset].NAME)
        ax.label_outer()
        if beside is not None:
            ax.legend(fontsize=9)
    figure.tight_layout()
    return drawn(figure)


def correlation_map(correlations: pd.DataFrame) -> Figure:
    """Spearman's ρ of each measure with each: what ``rank_correlations`` tells, without its intervals."""
    names = list(dict.fromkeys([*correlations["first"], *correlations["second"]]))
    grid = correlations.pivot(index="second", columns="first", values="rho")
    figure, (ax,) = subplots(1, (0.58 * len(names) + 1.4, 0.44 * len(names) + 0.6))
    shown = grid.loc[names[1:], names[:-1]]
    texts = shown.map(lambda rho: signed(rho, 2) if np.isfinite(rho) else "")
    heat_map(
        ax, shown, texts, annot_kws={"fontsize": 9}, cmap="PuOr_r",
        vmin=-1, vmax=1, cbar_kws={"label": "Spearman's ρ", "shrink": 0.7},
    )  # fmt: skip
    ax.set(xlabel="", ylabel="")
    ax.set_xticklabels(ax.get_xticklabels(), rotation=40, ha="right", fontsize=9.5)
    ax.set_yticklabels(ax.get_yticklabels(), rotation=0, fontsize=9.5)
    return drawn(figure)


def intervals(
    table: pd.DataFrame, y: str, panel: str, label: str, *, titles: dict[str, str] | None = None
) -> Figure:
    """A value with its interval (columns ``rho, low, high``) for each value of the column ``y``.

    A panel for each value of the column ``panel``, called by its name or by what ``titles`` calls it.
    """
    values = list(dict.fromkeys(table[panel]))
    names = list(dict.fromkeys(table[y]))[::-1]
    rows = range(len(names))
    size = (7.3, -(-len(values) // 2) * (1.0 + 0.3 * len(names)))
    figure, axes = subplots(len(values), size, columns=2, sharex=True, sharey=True)
    for ax, value in zip(axes, values, strict=True):
        part = table[table[panel] == value].set_index(y).reindex(names)
        ax.hlines(rows, part["low"], part["high"], color=EASY, linewidth=2, alpha=0.6)
        ax.plot(part["rho"], rows, "o", color=EASY, markersize=6)
        ax.axvline(0, color=INK, linewidth=1)
        ax.set(yticks=rows, yticklabels=names, xlim=(-1, 1), xlabel=label)
        ax.set_title((titles or {}).get(value, value), fontsize=10.5)
        ax.label_outer()
    figure.tight_layout()
    return drawn(figure)
