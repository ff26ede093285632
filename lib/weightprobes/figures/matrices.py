"""What simplifying one matrix of a tagger costs: curves, maps of blocks and matrices, bars, similarities."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from weightprobes.figures.style import AUTHORS, DASHES, EASY, HARD, OTHERS, drawn, line_of
from weightprobes.models.distilbert import ATTENTION, FEED_FORWARD
from weightprobes.paper import reference

#: Each reading's words, colour and line: weights and scale as in the tables.
READINGS = {
    ("float", "own"): ("float weights", EASY, "-"),
    ("sign", "unit"): ("signs only", HARD, (0, DASHES["sign"])),
    ("sign", "own"): ("signs × mean size", OTHERS[0], (0, (1, 1.1))),
    ("sign", "row"): ("signs × mean size of each row", OTHERS[1], (0, (4, 1.2, 1, 1.2))),
    ("float", "unit"): ("float weights, as loud as signs", OTHERS[3], (0, (6, 1.5))),
}


def site_curves(table: pd.DataFrame, label: str, *, logarithmic: bool = False) -> Figure:
    """F1 against strength, a panel for each matrix: the mean over draws and their range, a line a reading.

    The authors' curves of their own model are drawn in grey where they published some: float weights
    solid, signs dashed. ``label`` names the strength, with its unit.
    """
    names = list(dict.fromkeys(table["site"]))
    theirs = reference.ner().merge(table[["probe", "variant"]].drop_duplicates())
    figure, axes = plt.subplots(
        -(-len(names) // 3),
        min(3, len(names)),
        figsize=(8.4, 2.6 * -(-len(names) // 3)),
        sharex=True,
        sharey=True,
        squeeze=False,
    )
    for ax, name in zip(axes.flat, names, strict=True):
        for weights, curve in theirs[theirs["site"] == name].groupby("weights"):
            ax.plot(curve["strength"], curve["f1"], color=AUTHORS, linewidth=1.1, linestyle=line_of(weights))
        panel = table[table["site"] == name]
        for reading, rows in panel.groupby(["weights", "scale"]):
            _, colour, line = READINGS[reading]
            f1 = rows.groupby("strength")["f1"].agg(["mean", "min", "max"])
            ax.fill_between(f1.index, f1["min"], f1["max"], color=colour, alpha=0.2, linewidth=0)
            ax.plot(f1.index, f1["mean"], color=colour, linestyle=line, linewidth=1.8)
        ax.set_title(name, fontsize=10.5)
        if logarithmic:
            ax.set_xscale("symlog", linthresh=0.01, linscale=0.4)
    for ax in axes[:, 0]:
        ax.set(ylabel="F1", ylim=(-0.03, 1))
    for ax in axes[-1]:
        ax.set_xlabel(label)
    there = set(zip(table["weights"], table["scale"], strict=True))
    shown = [style for reading, style in READINGS.items() if reading in there]
    handles = [
        Line2D([], [], color=colour, linestyle=line, linewidth=1.8, label=words)
        for words, colour, line in shown
    ]
    handles.append(Line2D([], [], color=AUTHORS, linewidth=1.1, label="the authors' model"))
    figure.tight_layout()
    figure.legend(handles=handles, loc="lower center", ncols=min(3, len(handles)), bbox_to_anchor=(0.5, 1.0))
    return drawn(figure)


def block_map(panels: dict[str, pd.DataFrame], values: str = "gap") -> Figure:
    """A map for each of ``panels``: a row for each block, a column for each of its matrices.

    The first row holds the embeddings, the last one the classifier. Shaded by ``values``, 0…1, and
    annotated in points of a hundred.
    """
    columns = [*ATTENTION, *FEED_FORWARD]
    figure, axes = plt.subplots(1, len(panels), figsize=(3.05 * len(panels), 3.4), sharey=True, squeeze=False)
    for ax, (title, table) in zip(axes[0], panels.items(), strict=True):
        blocks = int(table["block"].max())
        matrix = np.full((blocks + 1, len(columns)), np.nan)
        words = np.full(matrix.shape, "", dtype=object)
        for row in table.itertuples():
            edge = row.matrix not in columns
            place = (
                ("word", "position", "classifier").index(row.matrix) % 2
                if edge
                else columns.index(row.matrix)
            )
            matrix[row.block, place] = getattr(row, values)
            told = f"{100 * getattr(row, values):.0f}".replace("-0", "0")
            words[row.block, place] = f"{row.matrix[:5]}\n{told}" if edge else told
        sns.heatmap(
            matrix, annot=words, fmt="", cmap="cividis", vmin=0, vmax=1, cbar=False, linewidths=0.8, ax=ax,
            annot_kws={"fontsize": 8.5},
        )  # fmt: skip
        ax.set_xticklabels(columns, fontsize=9)
        ax.set_yticklabels(["emb.", *range(1, blocks), "class."], rotation=0, fontsize=9)
        ax.set_title(title, fontsize=10.5)
        ax.tick_params(length=0)
        ax.grid(False)
    axes[0, 0].set_ylabel("block")
    figure.tight_layout()
    return drawn(figure)


def bars(ours: pd.DataFrame, theirs: pd.DataFrame, titles: dict[str, str]) -> Figure:
    """Losses of F1 by three simplifications, a panel each: ours with intervals, the authors' in grey.

    Both have the columns ``site, bar, gap``; sites are matched by their order.
    """
    names = list(dict.fromkeys(ours["site"]))
    figure, axes = plt.subplots(1, len(titles), figsize=(8.6, 0.9 + 0.33 * len(names)), sharey=True)
    for ax, (bar, title) in zip(axes, titles.items(), strict=True):
        mine = ours[ours["bar"] == bar].set_index("site").loc[names]
        rows = np.arange(len(names))[::-1]
        ax.hlines(rows + 0.13, mine["gap_low"], mine["gap_high"], color=EASY, linewidth=2, alpha=0.6)
        ax.plot(mine["gap"], rows + 0.13, "o", color=EASY, markersize=6, label="ours")
        their_names = [name.replace(f"block {_last(names)} ", "block 6 ") for name in names]
        grey = theirs[theirs["bar"] == bar].set_index("site").loc[their_names]
        ax.plot(grey["gap"], rows - 0.13, "D", color=AUTHORS, markersize=5, label="the authors' model")
        ax.set(yticks=rows, yticklabels=names, xlim=(-0.05, 1), xlabel="F1 lost")
        ax.set_title(title, fontsize=10.5)
    handles, words = axes[0].get_legend_handles_labels()
    figure.tight_layout()
    figure.legend(handles, words, loc="lower center", ncols=2, bbox_to_anchor=(0.5, 1.0))
    return drawn(figure)


def by_block(table: pd.DataFrame, panels: dict[tuple[str, str], str]) -> Figure:
    """F1 lost against the block, a line for each of its matrices; a panel for each (weights, scale)."""
    columns = [*ATTENTION, *FEED_FORWARD]
    shades = dict(zip(columns, sns.color_palette("cividis", len(columns) + 1), strict=False))
    figure, axes = plt.subplots(1, len(panels), figsize=(2.35 * len(panels), 3.0), sharey=True, squeeze=False)
    for ax, ((weights, scale), title) in zip(axes[0], panels.items(), strict=True):
        part = table[(table["weights"] == weights) & (table["scale"] == scale)]
        for marker, matrix in zip("osD^vP", columns, strict=True):
            line = part[part["matrix"] == matrix]
            ax.plot(
                line["block"], line["gap"], marker=marker, color=shades[matrix], markersize=5, label=matrix
            )
        ax.set(xlabel="block", xticks=sorted(part[part["matrix"] == "q"]["block"].unique()), ylim=(-0.05, 1))
        ax.set_title(title, fontsize=10)
    axes[0, 0].set_ylabel("F1 lost")
    handles, words = axes[0, 0].get_legend_handles_labels()
    figure.tight_layout()
    figure.legend(handles, words, loc="lower center", ncols=6, bbox_to_anchor=(0.5, 1.0))
    return drawn(figure)


def damage_map(panels: dict[str, pd.DataFrame]) -> Figure:
    """CKA of what each place puts out (columns) when a matrix is probed (rows); a map for each of ``panels``,
    with the columns ``site, place, cka``."""
    figure, axes = plt.subplots(
        1, len(panels), figsize=(2.95 * len(panels) + 0.9, 3.5), sharey=True, squeeze=False
    )
    for ax, (title, table) in zip(axes[0], panels.items(), strict=True):
        names = list(dict.fromkeys(table["site"]))
        wide = table.pivot(index="site", columns="place", values="cka").loc[names, names]
        sns.heatmap(
            wide, annot=True, fmt=".2f", cmap="cividis", vmin=0, vmax=1, cbar=False, linewidths=0.8, ax=ax,
            annot_kws={"fontsize": 8},
        )  # fmt: skip
        short = [name.replace("block ", "") for name in names]
        ax.set_xticklabels(short, rotation=60, ha="right", rotation_mode="anchor", fontsize=8.5)
        ax.set_yticklabels(short, fontsize=8.5)
        ax.set_title(title, fontsize=10)
        ax.set(xlabel="compared", ylabel="")
        ax.tick_params(length=0)
        ax.grid(False)
    axes[0, 0].set_ylabel("probed")
    figure.tight_layout()
    return drawn(figure)


def _last(names: Sequence[str]) -> int:
    return max(int(name.split()[1]) for name in names if name.startswith("block"))
