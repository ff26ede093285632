"""What simplifying one matrix of a tagger costs: curves, maps of blocks and matrices, bars, similarities."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from weightprobes.figures.style import (
    AUTHORS,
    DASHES,
    EASY,
    HARD,
    OTHERS,
    SERIES,
    drawn,
    handles_of,
    heat_map,
    line_of,
    signed,
    subplots,
)
from weightprobes.models.distilbert import ATTENTION, FEED_FORWARD
from weightprobes.paper import reference

#: Each reading's words, colour and line: weights and scale as in the tables.
STYLES = {
    ("float", "own"): ("float weights", EASY, "-"),
    ("sign", "unit"): ("signs only", HARD, (0, DASHES["sign"])),
    ("sign", "own"): ("signs × mean size", OTHERS[0], (0, (1, 1.1))),
    ("sign", "row"): ("signs × mean size of each row", OTHERS[1], (0, (4, 1.2, 1, 1.2))),
    ("float", "unit"): ("float weights, rescaled", OTHERS[3], (0, (6, 1.5))),
}

_COLUMNS = [*ATTENTION, *FEED_FORWARD]

#: The matrices outside the blocks, and the columns of a map that they stand in.
_EDGES = {"word": 0, "position": 1, "classifier": 0}


def site_curves(table: pd.DataFrame, label: str, *, logarithmic: bool = False) -> Figure:
    """F1 against strength, a panel for each matrix: the mean over draws and their range, a line a reading.

    The authors' curves of their own model are drawn in grey where they published some: float weights
    solid, signs dashed. ``label`` names the strength, with its unit.
    """
    names = list(dict.fromkeys(table["site"]))
    theirs = reference.ner().merge(table[["probe", "variant"]].drop_duplicates())
    size = (8.4, 2.6 * -(-len(names) // 3))
    figure, axes = subplots(len(names), size, columns=3, sharex=True, sharey=True)
    for ax, name in zip(axes, names, strict=True):
        for weights, curve in theirs[theirs["site"] == name].groupby("weights"):
            ax.plot(curve["strength"], curve["f1"], color=AUTHORS, linewidth=1.1, linestyle=line_of(weights))
        for reading, rows in table[table["site"] == name].groupby(["weights", "scale"]):
            _, colour, line = STYLES[reading]
            f1 = rows.groupby("strength")["f1"].agg(["mean", "min", "max"])
            ax.fill_between(f1.index, f1["min"], f1["max"], color=colour, alpha=0.2, linewidth=0)
            ax.plot(f1.index, f1["mean"], color=colour, linestyle=line, linewidth=1.8)
        ax.set_title(name, fontsize=10.5)
        ax.set(xlabel=label, ylabel="F1", ylim=(-0.03, 1))
        if logarithmic:
            ax.set_xscale("symlog", linthresh=0.01, linscale=0.4)
        ax.label_outer()
    there = set(zip(table["weights"], table["scale"], strict=True))
    legend = [
        Line2D([], [], color=colour, linestyle=line, linewidth=1.8, label=words)
        for reading, (words, colour, line) in STYLES.items()
        if reading in there
    ]
    legend.append(Line2D([], [], color=AUTHORS, linewidth=1.1, label="the authors' model"))
    figure.tight_layout()
    return drawn(figure, legend, ncols=3)


def block_map(panels: dict[str, pd.DataFrame], values: str = "gap") -> Figure:
    """A map for each of ``panels``: a row for each block, a column for each of its matrices.

    The first row holds the embeddings, the last one the classifier. Shaded by ``values``, 0…1, and
    annotated in points of a hundred.
    """
    figure, axes = subplots(len(panels), (3.05 * len(panels), 3.4), sharey=True)
    for ax, (title, table) in zip(axes, panels.items(), strict=True):
        blocks = int(table["block"].max())
        matrix = np.full((blocks + 1, len(_COLUMNS)), np.nan)
        words = np.full(matrix.shape, "", dtype=object)
        for block, name, value in zip(table["block"], table["matrix"], table[values], strict=True):
            place = block, _EDGES[name] if name in _EDGES else _COLUMNS.index(name)
            matrix[place] = value
            told = signed(100 * value)
            words[place] = f"{name[:5]}\n{told}" if name in _EDGES else told
        heat_map(ax, matrix, words, vmin=0, vmax=1, cbar=False, annot_kws={"fontsize": 8.5})
        ax.set_xticklabels(_COLUMNS, fontsize=9)
        ax.set_yticklabels(["emb.", *range(1, blocks), "class."], rotation=0, fontsize=9)
        ax.set_title(title, fontsize=10.5)
    axes[0].set_ylabel("block")
    figure.tight_layout()
    return drawn(figure)


def bars(ours: pd.DataFrame, theirs: pd.DataFrame, titles: dict[str, str]) -> Figure:
    """Losses of F1 by three simplifications, a panel each: ours with intervals, the authors' in grey.

    Both have the columns ``site, bar, gap``; sites are matched by their order.
    """
    names = list(dict.fromkeys(ours["site"]))
    last = max(int(name.split()[1]) for name in names if name.startswith("block"))
    their_names = [name.replace(f"block {last} ", "block 6 ") for name in names]
    rows = np.arange(len(names))[::-1]
    figure, axes = subplots(len(titles), (8.6, 0.9 + 0.33 * len(names)), sharey=True)
    for ax, (bar, title) in zip(axes, titles.items(), strict=True):
        mine = ours[ours["bar"] == bar].set_index("site").loc[names]
        grey = theirs[theirs["bar"] == bar].set_index("site").loc[their_names]
        ax.hlines(rows + 0.13, mine["gap_low"], mine["gap_high"], color=EASY, linewidth=2, alpha=0.6)
        ax.plot(mine["gap"], rows + 0.13, "o", color=EASY, markersize=6, label="ours")
        ax.plot(grey["gap"], rows - 0.13, "D", color=AUTHORS, markersize=5, label="the authors' model")
        ax.set(yticks=rows, yticklabels=names, xlim=(-0.05, 1), xlabel="F1 lost")
        ax.set_title(title, fontsize=10.5)
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]))


def by_block(table: pd.DataFrame, panels: dict[tuple[str, str], str]) -> Figure:
    """F1 lost against the block, a line for each of its matrices; a panel for each (weights, scale)."""
    styles = list(zip(_COLUMNS, SERIES, "osD^vP", strict=False))
    figure, axes = subplots(len(panels), (2.35 * len(panels), 3.0), sharey=True)
    for ax, ((weights, scale), title) in zip(axes, panels.items(), strict=True):
        part = table[(table["weights"] == weights) & (table["scale"] == scale)]
        for matrix, shade, marker in styles:
            line = part[part["matrix"] == matrix]
            ax.plot(line["block"], line["gap"], marker=marker, color=shade, markersize=5, label=matrix)
        ax.set(xlabel="block", xticks=sorted(part[part["matrix"] == "q"]["block"].unique()), ylim=(-0.05, 1))
        ax.set_title(title, fontsize=10)
    axes[0].set_ylabel("F1 lost")
    figure.tight_layout()
    return drawn(figure, handles_of(axes[0]), ncols=6)


def cka_map(panels: dict[str, pd.DataFrame]) -> Figure:
    """CKA of what each place puts out (columns) when a matrix is probed (rows); a map for each of ``panels``,
    with the columns ``site, place, cka``."""
    figure, axes = subplots(len(panels), (2.95 * len(panels) + 0.9, 3.5), sharey=True)
    for ax, (title, table) in zip(axes, panels.items(), strict=True):
        names = list(dict.fromkeys(table["site"]))
        wide = table.pivot(index="site", columns="place", values="cka").loc[names, names]
        heat_map(ax, wide, fmt=".2f", vmin=0, vmax=1, cbar=False, annot_kws={"fontsize": 8})
        short = [name.replace("block ", "") for name in names]
        ax.set_xticklabels(short, rotation=60, ha="right", rotation_mode="anchor", fontsize=8.5)
        ax.set_yticklabels(short, fontsize=8.5)
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="compared", ylabel="")
    axes[0].set_ylabel("probed")
    figure.tight_layout()
    return drawn(figure)
