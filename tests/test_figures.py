"""Figures: every function draws what its table holds and returns it, and leaves nothing open."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from weightprobes import figures
from weightprobes.figures.style import colours as colours_of
from weightprobes.networks import TrainingLog
from weightprobes.probes import Prune
from weightprobes.sweep import sweep
from weightprobes.tasks import PAPER_TASKS

TASKS = ["digits/7-9", "mnist/0-7", "mnist/7-9"]


@pytest.fixture(autouse=True)
def in_the_books_style():
    figures.style()
    yield
    plt.close("all")


@pytest.fixture(scope="module")
def table(ensemble, training):
    """Three tasks, three seeds, the same accuracies in each."""
    rows = sweep(
        ensemble, *training.task.load("test"), Prune("smallest"), (0.0, 0.3, 0.6, 0.9), biases="redrawn"
    )
    rows = rows.assign(activation="relu", hidden="64", scaling="symmetric")
    return pd.concat([rows.assign(task=task) for task in TASKS], ignore_index=True)


def drawn(figure):
    """The figure's panels, after it has been drawn; no figure may be open by now."""
    assert isinstance(figure, Figure)
    assert plt.get_fignums() == []
    figure.canvas.draw()
    return [ax for ax in figure.axes if ax.axison]


def titles(panels):
    return [ax.get_title() for ax in panels if ax.get_title()]


def test_curves_have_a_panel_for_each_task_and_a_median_for_each_reading(table):
    panels = drawn(figures.curves(table, "fraction removed", authors=False))
    assert titles(panels) == ["Digits 7 vs 9", "MNIST 0 vs 7 (easy)", "MNIST 7 vs 9 (hard)"]
    assert [len(ax.lines) for ax in panels] == [2, 2, 2]
    medians = table[table["task"] == TASKS[0]].groupby(["weights", "strength"])["accuracy"].median()
    lines = sorted(tuple(line.get_ydata()) for line in panels[0].lines)
    assert lines == sorted(tuple(medians[reading]) for reading in ("float", "sign"))


def test_the_authors_curves_stand_beside_ours_where_they_published_some(table):
    panels = drawn(figures.curves(table, "fraction removed"))
    assert [len(ax.lines) for ax in panels] == [2, 4, 4]


def test_curves_may_have_a_row_for_each_variant_and_a_logarithmic_strength(table):
    both = pd.concat([table, table.assign(variant="random")])
    panels = drawn(figures.curves(both, "noise", row="variant", logarithmic=True))
    assert len(panels) == 6
    assert {ax.get_xscale() for ax in panels} == {"log"}


@pytest.mark.filterwarnings("ignore:vert. bool was deprecated")  # seaborn's, not ours
def test_gaps_have_a_point_for_each_model(table):
    (panel,) = drawn(figures.gaps(table))
    (points,) = [drawn for drawn in panel.collections if len(drawn.get_offsets())]
    assert len(points.get_offsets()) == 9


def test_points_have_a_panel_for_each_task(table):
    start = table[table["strength"] == 0].assign(null="B")
    panels = drawn(figures.points(start, "null", "weights", {"float": "o", "sign": "s"}))
    assert len(titles(panels)) == 3


def test_training_tells_how_many_models_failed_and_leaves_them_out(folders, training):
    log = TrainingLog(training).table(range(3))
    log["failed"] = log["seed"] == 1
    (panel,) = drawn(figures.training(log))
    assert [text.get_text() for text in panel.texts] == ["1 of 3 failed, off the scale"]
    learned = log[~log["failed"]].groupby("epoch")["test_accuracy"].median()
    assert panel.lines[0].get_ydata().tolist() == learned.tolist()


def test_a_graph_shows_the_strongest_edges_of_each_layer(ensemble):
    (panel,) = drawn(figures.graph(ensemble.model(0), strongest=5))
    assert [len(edges.get_segments()) for edges in panel.collections] == [5, 5]
    assert [label.get_text() for label in panel.get_yticklabels()] == [
        "64 inputs",
        "8 hidden units",
        "2 classes",
    ]


def test_receptive_fields_are_images_of_the_first_units(ensemble):
    panels = drawn(figures.receptive_fields({"digits/7-9": ensemble, "digits/0-1": ensemble}, units=4))
    images = [image.get_array().shape for ax in panels for image in ax.images]
    assert images == [(8, 8)] * 8


def test_weights_have_a_panel_for_each_dataset(ensemble):
    panels = drawn(figures.weights({"digits/7-9": ensemble, "mnist/7-9": ensemble, "mnist/0-7": ensemble}))
    assert titles(panels) == ["Digits", "MNIST"]
    assert [len(ax.patches) for ax in panels] == [1, 2]


def test_colours_tell_easy_from_hard_and_every_other_task_apart():
    colours = colours_of([*PAPER_TASKS, "digits/7-9", "digits/0-1"])
    assert colours["mnist/0-7"] == colours["fashion_mnist/3-2"]
    assert colours["mnist/7-9"] == colours["fashion_mnist/3-1"]
    assert len({to_hex(colour) for colour in colours.values()}) == 4


@pytest.mark.filterwarnings("ignore:vert. bool was deprecated")  # seaborn's, not ours
def test_null_models_stand_beside_the_authors_only_where_they_have_some(table):
    nulls = pd.concat([table.query("strength == 0").assign(null=letter) for letter in ("original", "B")])
    assert len(titles(drawn(figures.null_models(nulls)))) == 3
    published = nulls.assign(task="mnist/7-9")
    ours, theirs = (
        drawn(figures.null_models_as_published(one))[0]
        for one in (nulls.assign(task="digits/7-9"), published)
    )
    assert (len(ours.lines), len(theirs.lines)) == (4, 8)
