"""Figures of a tagger's matrices: every number of the table is drawn where its matrix is."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from weightprobes import figures
from weightprobes.models.distilbert import matrices, paper_matrices
from weightprobes.paper import tagger_questions as questions

READINGS = [("float", "own"), ("sign", "unit"), ("sign", "own"), ("sign", "row"), ("float", "unit")]
STRENGTHS = (0.0, 0.5, 0.9)


@pytest.fixture(autouse=True)
def in_the_books_style():
    figures.style()
    yield
    plt.close("all")


def rows(names, readings=READINGS, draws=1):
    """A made-up table: every measurement has another F1."""
    keys = [
        (name, *reading, p, draw)
        for name in names
        for reading in readings
        for p in STRENGTHS
        for draw in range(draws)
    ]
    table = pd.DataFrame(keys, columns=["site", "weights", "scale", "strength", "draw"])
    words = table["site"].str.split()
    ends = {"word": 0, "position": 0, "classifier": 3}
    table["block"] = [ends[one[0]] if one[0] in ends else int(one[1]) for one in words]
    table["matrix"] = words.str[-1]
    table["f1"] = np.linspace(0.1, 0.9, len(table))
    return table.assign(gap=0.95 - table["f1"], probe="prune", variant="smallest")


def test_curves_have_a_panel_for_each_matrix_and_the_mean_of_the_draws():
    table = rows(paper_matrices(2), READINGS[:2], draws=3)
    figure = figures.site_curves(table, "removed, p")
    panels = [ax for ax in figure.axes if ax.get_title()]
    assert [ax.get_title() for ax in panels] == paper_matrices(2)
    means = table[table["site"] == "position"].groupby(["weights", "strength"])["f1"].mean()
    lines = [line.get_ydata() for line in panels[0].lines if len(line.get_ydata()) == len(STRENGTHS)]
    assert {tuple(line) for line in lines} == {tuple(means["float"]), tuple(means["sign"])}
    bands = panels[0].collections
    assert len(bands) == 2


def test_any_number_of_matrices_has_a_panel_each():
    for count in range(1, 6):
        assert len(figures.site_curves(rows(paper_matrices(2)[:count], READINGS[:1]), "p").axes) == count


def test_the_authors_curves_are_behind_ours_for_matrices_that_they_have():
    figure = figures.site_curves(rows(["position", "word"], READINGS[:1]), "removed, p")
    assert [len(ax.lines) for ax in figure.axes] == [3, 1]


def test_a_map_has_a_row_for_each_block_and_writes_every_gap_where_it_belongs():
    table = rows(list(matrices(2)), READINGS[:1]).query("strength == 0.5")
    (ax,) = figures.block_map({"own": table}).axes
    told = {
        (round(text.get_position()[1] - 0.5), round(text.get_position()[0] - 0.5)): text.get_text()
        for text in ax.texts
    }
    points = {row.site: f"{100 * row.gap:.0f}" for row in table.itertuples()}
    assert told[1, 0] == points["block 1 q"]
    assert told[2, 5] == points["block 2 lin2"]
    assert told[0, 0] == f"word\n{points['word']}"
    assert told[0, 1] == f"posit\n{points['position']}"
    assert told[3, 0] == f"class\n{points['classifier']}"
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["emb.", "1", "2", "class."]


def test_bars_show_ours_with_intervals_beside_the_authors():
    ours = pd.DataFrame(
        [(site, bar, 0.3, 0.2, 0.4) for site in paper_matrices(2) for bar in ("sign", "random")]
    )
    ours.columns = ["site", "bar", "gap", "gap_low", "gap_high"]
    theirs = questions.authors_bars()
    figure = figures.bars(ours, theirs, {"sign": "signs only", "random": "shuffled"})
    dots, diamonds = figure.axes[0].lines
    assert list(dots.get_xdata()) == [0.3] * 6
    expected = theirs[theirs["bar"] == "sign"].set_index("site")["gap"].loc[paper_matrices(6)]
    assert list(diamonds.get_xdata()) == list(expected)


def test_lines_by_block_leave_embeddings_and_classifier_out():
    table = rows(list(matrices(2))).query("strength == 0")
    figure = figures.by_block(table, {("sign", "unit"): "signs", ("float", "unit"): "louder"})
    assert [len(ax.lines) for ax in figure.axes] == [6, 6]
    own = table[(table["weights"] == "sign") & (table["scale"] == "unit") & (table["matrix"] == "q")]
    assert list(figure.axes[0].lines[0].get_ydata()) == list(own["gap"])


def test_a_map_of_damage_keeps_the_order_of_the_matrices():
    names = paper_matrices(6)
    table = pd.DataFrame(
        [(one, other, 0.1) for one in names for other in names], columns=["site", "place", "cka"]
    )
    (ax,) = figures.cka_map({"noise": table}).axes
    assert [tick.get_text() for tick in ax.get_yticklabels()] == [
        name.replace("block ", "") for name in names
    ]
    assert len(ax.texts) == 36
