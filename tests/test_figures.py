"""Figures: every function draws what its table holds and returns it, and leaves nothing open."""

from dataclasses import replace
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from weightprobes import figures
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import sweep
from weightprobes.figures.style import colours as colours_of
from weightprobes.measures.complexity import pairs
from weightprobes.measures.networks import TrainingLog
from weightprobes.probes import Prune
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
        ensemble,
        *training.task.load("test"),
        Prune("smallest"),
        (0.0, 0.3, 0.6, 0.9),
        setting=Setting("redrawn"),
    )
    paper = replace(training, hidden=(64,), epochs=10)
    rows = rows.assign(**paper.columns(), **paper.dials())
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


def test_the_drawing_of_the_probes_has_what_the_probes_do_and_frames_what_changed_its_sign():
    weight = torch.tensor([[0.4, -0.1], [0.2, -0.3]])
    panels = drawn(figures.probes(weight))
    assert len(panels) == 10
    pruned, signs = panels[1], panels[6]
    assert [text.get_text() for text in pruned.texts] == ["+0.4", "0", "0", "−0.3"]
    assert [text.get_text() for text in signs.texts] == ["+1", "0", "0", "−1"]
    assert [len(ax.patches) for ax in (panels[0], pruned, signs)] == [0, 2, 2]
    shuffled = sorted(text.get_text() for text in panels[4].texts)
    assert shuffled == ["+0.2", "+0.4", "−0.1", "−0.3"]


def test_one_network_is_a_line_for_each_reading_without_a_zero_that_a_logarithm_cannot_show():
    rows = [(s, reading, 0.5 + s) for reading in ("float", "signs", "refitted") for s in (0.0, 0.1, 0.2)]
    table = pd.DataFrame(rows, columns=["strength", "reading", "accuracy"])
    (panel,) = drawn(figures.one(table, "strength", logarithmic=True))
    assert [line.get_label() for line in panel.lines] == ["float", "signs", "refitted"]
    assert [line.get_xdata().tolist() for line in panel.lines] == [[0.1, 0.2]] * 3


def test_receptive_fields_are_images_of_units_by_how_often_they_fire(ensemble):
    both = {"digits/7-9": ensemble, "digits/0-1": ensemble}
    fires = [0.0, 0.5, 0.0083, 0.02, 0.0, 0.9, 0.1, 0.3]
    units = pd.concat(
        [
            pd.DataFrame({"task": task, "seed": seed, "unit": range(8), "fires": fires if seed == 0 else 1.0})
            for task in both
            for seed in (0, 1)
        ]
    )
    panels = drawn(figures.receptive_fields(both, units, count=8))[:8]
    told = ["90 %", "50 %", "30 %", "10 %", "2 %", "0.83 %", "never", "never"]
    assert [ax.get_xlabel() for ax in panels] == told
    first = next(iter(ensemble.model(ensemble.seeds[0]).values()))
    order = np.argsort(fires)[::-1][:6]
    for unit, ax in zip(order, panels, strict=False):
        assert np.array_equal(ax.images[0].get_array(), first[unit].view(8, 8).numpy())


def test_units_that_fire_on_few_images_are_counted_up_from_those_that_fire_on_none():
    units = pd.DataFrame({"task": "digits/7-9", "fires": [0.0, 0.0, 0.005, 0.5]})
    (panel,) = drawn(figures.firing(pd.concat([units, units.assign(task="mnist/7-9", fires=1.0)])))
    first, second = panel.lines
    heights = [first.get_ydata()[first.get_xdata() <= most].max() for most in (0, 0.4, 0.6, 49, 51)]
    assert heights == [0.5, 0.5, 0.75, 0.75, 1]
    assert set(second.get_xdata()) == {100}


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


# Pairs of classes


@pytest.fixture
def measured():
    """Two made-up measures of all pairs of classes of two datasets."""
    rng = np.random.default_rng(0)
    tasks = [(dataset, task) for dataset in ("mnist", "fashion_mnist") for task in pairs(dataset)]
    return pd.DataFrame(tasks, columns=["dataset", "task"]).assign(
        gap=rng.random(90), distance=rng.random(90)
    )


def cells(ax):
    """What a heat map's cells say, by the labels of their column and row."""
    columns, rows = ax.get_xticklabels(), ax.get_yticklabels()
    places = ((*text.get_position(), text.get_text()) for text in ax.texts)
    return {(columns[int(x)].get_text(), rows[int(y)].get_text()): told for x, y, told in places}


def test_a_map_tells_value_and_rank_of_every_pair_once_and_below_the_diagonal(measured):
    values = measured[measured["dataset"] == "mnist"].sample(frac=1, random_state=0).set_index("task")["gap"]
    panel, bar = drawn(figures.pair_map(values, "gap, points", scale=100))
    ranks = {task: sum(other >= value for other in values) for task, value in values.items()}
    assert cells(panel) == {
        (task[-3], task[-1]): f"{100 * value:.1f}\n#{ranks[task]}" for task, value in values.items()
    }
    assert sorted(ranks.values()) == list(range(1, 46))
    assert bar.get_ylabel() == "gap, points"


def test_another_value_of_the_same_pairs_may_stand_above_the_diagonal():
    values = pd.Series({"mnist/7-9": 0.5, "mnist/0-1": -0.25}, name="binarised")
    above = pd.Series({"mnist/7-9": 0.1, "mnist/0-1": 0.2}, name="shuffled")
    panel, _ = drawn(figures.pair_map(values, "gap", above=above, scale=100))
    assert cells(panel) == {
        ("7", "9"): "50.0\n#1", ("0", "1"): "−25.0\n#2", ("9", "7"): "10.0\n#2", ("1", "0"): "20.0\n#1",
    }  # fmt: skip
    assert panel.get_title() == "above the diagonal: shuffled"
    assert panel.get_xlabel() == "below the diagonal: binarised"


@pytest.mark.filterwarnings("ignore:vert. bool was deprecated")  # seaborn's, not ours
def test_null_models_that_keep_signs_say_so(table):
    nulls = pd.concat([table.assign(null=letter) for letter in ("original", "A", "B")])
    named = ["original", "A: random", "B: within sign, keeps signs"]
    panel = drawn(figures.null_models(nulls))[0]
    assert [label.get_text() for label in panel.get_yticklabels()] == named


def test_dials_stand_on_one_axis(table):
    rows = [{"task": "mnist/7-9", "width": width, "gap": 0.02, "error": 0.01} for width in (1, 2)]
    panels = drawn(figures.dial(pd.DataFrame(rows), "width", "width", {"gap": "gap", "error": "error"}))
    assert {ax.get_ylim() for ax in panels} == {(-3, 53)}


def test_a_map_may_be_of_some_pairs_in_either_order_and_with_more_decimals():
    values = pd.Series({"fashion_mnist/3-1": 0.74, "fashion_mnist/2-3": 0.97})
    panel, _ = drawn(figures.pair_map(values, "distance", decimals=3))
    assert cells(panel) == {("Trouser", "Dress"): "0.740\n#2", ("Pullover", "Dress"): "0.970\n#1"}


def test_one_measure_against_another_has_a_point_for_each_pair_and_a_panel_for_each_dataset(measured):
    panels = drawn(figures.against(measured, "distance", "gap", ("SSIM distance", "gap")))
    assert titles(panels) == ["MNIST", "Fashion-MNIST"]
    for ax, (_, part) in zip(panels, measured.groupby("dataset", sort=False), strict=True):
        (points,) = ax.collections
        assert points.get_offsets().tolist() == part[["distance", "gap"]].to_numpy().tolist()
        assert ax.get_xlabel() == "SSIM distance"
        assert (ax.get_xlim(), ax.get_ylim()) == (panels[0].get_xlim(), panels[0].get_ylim())
        assert (ax.get_xscale(), len(ax.lines), ax.get_legend()) == ("linear", 0, None)


@pytest.mark.parametrize("named", [0, 3, 6])
def test_the_pairs_on_which_two_measures_agree_least_are_named_at_their_points(measured, named):
    panels = drawn(figures.against(measured, "distance", "gap", ("", ""), labelled=named))
    for ax, (_, part) in zip(panels, measured.groupby("dataset", sort=False), strict=True):
        part = part.set_index(part["task"].str.split("/").str[1])
        apart = (part["distance"].argsort().argsort() - part["gap"].argsort().argsort()).abs()
        told = {text.get_text(): tuple(text.xy) for text in ax.texts}
        assert len(told) == named
        assert sorted(apart[list(told)]) == sorted(apart)[45 - named :]
        assert told == {name: tuple(part.loc[name, ["distance", "gap"]]) for name in told}


def test_the_authors_pairs_lie_below_ours_where_they_published_some(measured):
    theirs = measured.query("dataset == 'mnist'").assign(gap=0.5).head(7)
    panels = drawn(figures.against(measured, "distance", "gap", ("", ""), beside=theirs))
    assert [[len(points.get_offsets()) for points in ax.collections] for ax in panels] == [[7, 45], [45]]
    words = [[text.get_text() for text in ax.get_legend().get_texts()] for ax in panels]
    assert words == [["the authors'", "ours"], ["ours"]]


def test_measures_may_have_a_vertical_line_and_a_logarithmic_axis(measured):
    panels = drawn(figures.against(measured, "distance", "gap", ("", ""), line=0.25, logarithmic=True))
    assert [ax.get_xscale() for ax in panels] == ["log", "log"]
    assert [list(ax.lines[0].get_xdata()) for ax in panels] == [[0.25, 0.25]] * 2


@pytest.fixture
def told():
    """Made-up correlations of four measures, as ``rank_correlations`` tells them."""
    two = pd.DataFrame(combinations(["gap", "error", "distance", "epochs"], 2), columns=["first", "second"])
    rho = np.linspace(-0.9, 0.85, 6)
    return two.assign(rho=rho, low=rho - 0.1, high=rho + 0.05)


def test_a_map_of_correlations_tells_that_of_every_two_measures_once(told):
    panel, bar = drawn(figures.correlation_map(told))
    assert cells(panel) == {
        (row.first, row.second): f"{row.rho:.2f}".replace("-", "−") for row in told.itertuples()
    }
    (mesh,) = panel.collections
    assert mesh.get_clim() == (-1, 1)
    assert bar.get_ylabel() == "Spearman's ρ"


def test_intervals_have_a_row_for_each_measure_and_a_panel_for_each_other_thing(told):
    panels = drawn(figures.intervals(told, "second", "first", "ρ", titles={"gap": "the gap"}))
    assert titles(panels) == ["the gap", "error", "distance"]
    names = [label.get_text() for label in panels[0].get_yticklabels()]
    assert names[::-1] == ["error", "distance", "epochs"]
    for ax, (_, part) in zip(panels, told.groupby("first", sort=False), strict=True):
        points = zip(*ax.lines[0].get_data(), strict=True)
        expected = dict(zip(part["second"], part["rho"], strict=True))
        assert {names[row]: rho for rho, row in points if rho == rho} == expected
        (whiskers,) = ax.collections
        ends = [segment for segment in whiskers.get_segments() if len(segment)]
        assert {(names[int(low[1])], low[0], high[0]) for low, high in ends} == set(
            part[["second", "low", "high"]].itertuples(index=False, name=None)
        )


@pytest.mark.filterwarnings("ignore:vert. bool was deprecated")  # seaborn's, not ours
def test_boxes_of_gaps_stand_set_by_set_and_setting_by_setting():
    settings, sets = ["published", "centred"], ["image", "sound", "text"]
    rows = [(title, setting, 0.01 * place) for title in sets for setting in settings for place in range(20)]
    figure = figures.by_set(pd.DataFrame(rows, columns=["title", "setting", "gap"]))
    (panel,) = drawn(figure)
    assert [label.get_text() for label in panel.get_yticklabels()] == sets
    assert [text.get_text() for text in figure.legends[0].texts] == settings
    assert panel.get_xlim()[1] > 18


def test_what_is_kept_is_drawn_against_the_level_with_no_point_lost():
    table = pd.DataFrame({"title": ["image"] * 3 + ["text"] * 2, "level": [1.5, 1, 2, 20, 22]})
    table["kept"] = [1.0, 0.5, -0.2, 0, 0.1]
    (panel,) = drawn(figures.by_level(table))
    assert panel.get_xscale() == "log"
    assert [len(points.get_offsets()) for points in panel.collections] == [3, 2]
    # below nothing is nothing
    assert panel.collections[0].get_offsets()[:, 1].tolist() == [100, 50, 0]
