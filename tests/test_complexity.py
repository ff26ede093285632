"""Complexity: gaps by hand from made-up tables, the same from networks one at a time, and training times."""

from copy import deepcopy
from statistics import median

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from weightprobes.bootstrap import RESAMPLES
from weightprobes.engine.biases import POLICIES
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import sweep, sweeps
from weightprobes.measures import complexity
from weightprobes.measures.complexity import (
    PROBE,
    SIMPLIFICATIONS,
    STRENGTHS,
    epochs_to,
    gaps,
    of_models,
    pairs,
    resampled,
)
from weightprobes.measures.networks import TrainingLog
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

#: The accuracies of five models.
FLOAT = [0.99, 0.95, 0.97, 0.2, 0.98]
SIGNS = [0.51, 0.1, 0.45, 0.9, 0.3]
SHUFFLED = [0.7, 0.8, 0.6, 0.9, 0.1]


def made_up(floats, signs, shuffled, task="digits/7-9"):
    """A sweep of the probe in which the models have these accuracies, in the sweep's own order of rows."""
    columns = {(0.0, "float"): floats, (0.0, "sign"): signs, (1.0, "float"): shuffled, (1.0, "sign"): signs}
    rows = [
        {"task": task, "seed": seed, "strength": strength, "weights": weights, "accuracy": accuracy}
        for (strength, weights), accuracies in columns.items()
        for seed, accuracy in enumerate(accuracies)
    ]
    return pd.DataFrame(rows).sort_values(["weights", "seed", "strength"], ignore_index=True)


def row_of(table, simplification):
    return gaps(table).set_index("simplification").loc[simplification]


def random(models, seed=0):
    """Accuracies of many models, float, binarised and shuffled."""
    rng = np.random.default_rng(seed)
    return rng.beta(30, 2, models), rng.beta(4, 4, models), rng.beta(6, 4, models)


def test_every_pair_of_classes_has_a_name_with_the_smaller_label_first():
    expected = [f"mnist/{first}-{second}" for second in range(10) for first in range(second)]
    assert len(pairs("mnist")) == 45
    assert pairs("mnist") == sorted(expected)


# Gaps


@pytest.mark.parametrize(("simplification", "simplified"), [("binarised", 0.45), ("shuffled", 0.7)])
def test_a_gap_is_the_difference_of_two_medians(simplification, simplified):
    row = row_of(made_up(FLOAT, SIGNS, SHUFFLED), simplification)
    assert (row["float"], row["simplified"]) == (0.97, simplified)
    assert row["gap"] == pytest.approx(0.97 - simplified)
    assert row["models"] == 5


@pytest.mark.parametrize("simplification", SIMPLIFICATIONS)
def test_with_an_even_number_of_models_a_median_lies_between_two(simplification):
    row = row_of(made_up(FLOAT[:4], SIGNS[:4], SHUFFLED[:4]), simplification)
    other = {"binarised": SIGNS, "shuffled": SHUFFLED}[simplification]
    assert row["gap"] == pytest.approx(median(FLOAT[:4]) - median(other[:4]))


def test_with_two_classes_each_median_is_folded_and_not_each_accuracy():
    # folded one by one the signs would have a median of 0.7, not of 0.55
    assert row_of(made_up(FLOAT, SIGNS, SHUFFLED), "binarised")["folded"] == pytest.approx(0.97 - 0.55)
    poor = resampled(made_up([0.1] * 5, SIGNS, SHUFFLED), "shuffled")
    assert poor["folded"][0] == pytest.approx(0.9 - 0.7)


@pytest.mark.parametrize("task", ["digits/0-1-2", "digits/0-1-2-3-4-5-6-7-8-9"])
def test_with_more_classes_nothing_is_folded(task):
    table = gaps(made_up(FLOAT, SIGNS, [0.1] * 5, task))
    assert (table["folded"] == table["gap"]).all()


@pytest.mark.parametrize("task", ["digits/7-9", "digits/0-1-2", "digits/2-6"])
def test_the_relative_gap_is_a_share_of_what_was_learned_beyond_the_largest_class(task):
    _, labels = Task.named(task).load("test")
    largest = max((labels == label).double().mean().item() for label in range(3))
    row = row_of(made_up(FLOAT, SIGNS, SHUFFLED, task), "binarised")
    assert row["relative"] == pytest.approx((0.97 - 0.45) / (0.97 - largest))


def test_networks_that_learned_nothing_have_no_relative_gap():
    row = row_of(made_up([0.3] * 5, SIGNS, SHUFFLED), "binarised")
    assert row[["relative", "relative_low", "relative_high"]].isna().all()
    assert row["gap"] == pytest.approx(0.3 - 0.45)


def test_each_task_has_a_row_for_each_simplification_in_the_order_of_the_table():
    tasks = ["digits/7-9", "digits/0-1"]
    table = gaps(pd.concat([made_up(FLOAT, SIGNS, SHUFFLED, task) for task in tasks]))
    assert list(zip(table["task"], table["simplification"], strict=True)) == [
        (task, simplification) for task in tasks for simplification in ("binarised", "shuffled")
    ]
    measured = [f"{gap}{end}" for gap in ("gap", "folded", "relative") for end in ("", "_low", "_high")]
    assert set(table) == {"dataset", "task", "simplification", "float", "simplified", *measured, "models"}
    assert set(table["dataset"]) == {"digits"}


# Their uncertainty


@pytest.mark.parametrize("models", [5, 20, 100])
@pytest.mark.parametrize("simplification", SIMPLIFICATIONS)
def test_the_interval_holds_the_gap(simplification, models):
    row = row_of(made_up(*random(models)), simplification)
    for gap in ("gap", "folded", "relative"):
        assert row[f"{gap}_low"] < row[gap] < row[f"{gap}_high"]


@pytest.mark.parametrize("simplification", SIMPLIFICATIONS)
def test_the_interval_shrinks_like_the_root_of_the_number_of_models(simplification):
    def width(models):
        rows = [row_of(made_up(*random(models, seed)), simplification) for seed in range(8)]
        return np.mean([row["gap_high"] - row["gap_low"] for row in rows])

    # ten times as many models: 3.2 times as narrow
    assert 2 < width(30) / width(300) < 5


def test_the_interval_is_as_wide_as_gaps_of_other_models_scatter():
    found = [row_of(made_up(*random(40, seed)), "binarised") for seed in range(60)]
    scatter = np.quantile([row["gap"] for row in found], [0.025, 0.975])
    width = np.mean([row["gap_high"] - row["gap_low"] for row in found])
    assert 0.6 < width / np.ptp(scatter) < 1.6


@pytest.mark.parametrize("simplification", SIMPLIFICATIONS)
def test_every_resample_is_of_as_many_models(simplification):
    table = made_up(*random(7))
    values = resampled(table, simplification)
    assert {len(value) for value in values.values()} == {1 + RESAMPLES}
    accuracies = set(table["accuracy"])
    # the median of seven drawn models is one of them; of an even number it would lie between two
    assert set(values["float"]) | set(values["simplified"]) <= accuracies
    assert len(set(values["float"])) == 7


def test_resamples_are_paired_by_seed_within_and_across_tasks():
    floats, signs, _ = random(15)
    one = resampled(made_up(floats, floats - 0.25, signs), "binarised")
    other = resampled(made_up(floats - 0.125, signs, floats - 0.5, "digits/0-1"), "shuffled")
    assert np.ptp(one["float"]) > 0
    np.testing.assert_allclose(one["gap"], 0.25)
    np.testing.assert_allclose(one["float"] - other["float"], 0.125)
    np.testing.assert_allclose(one["simplified"] - other["simplified"], 0.25)


def test_the_order_of_the_rows_does_not_matter():
    table = made_up(*random(9))
    pd.testing.assert_frame_equal(gaps(table.sample(frac=1, random_state=1)), gaps(table))


# From networks


def accuracy_of(network, x, y):
    with torch.no_grad():
        return (network(x).argmax(1) == y).double().mean().item()


def binarised(network):
    network = deepcopy(network)
    with torch.no_grad():
        for value in network.parameters():
            value.sign_()
    return network


@pytest.mark.parametrize("biases", POLICIES)
def test_shuffling_within_signs_leaves_the_sign_reading_as_it_is(biases, ensemble, training):
    seen, _ = training.task.load("train")
    images = training.task.load("test")
    table = sweep(ensemble, *images, PROBE, STRENGTHS, setting=Setting(biases), training_images=seen)
    wide = table.pivot(index="seed", columns=["weights", "strength"], values="accuracy")
    assert wide["sign", 0.0].tolist() == wide["sign", 1.0].tolist()
    assert wide["float", 0.0].tolist() != wide["float", 1.0].tolist()


def test_the_gaps_of_tasks_are_those_of_their_networks_one_at_a_time(folders):
    tasks = ["digits/7-9", "digits/0-1-2"]
    kind = dict(seeds=3, hidden=(4,), activation="tanh", scaling="unit", setting=Setting("zeroed"))
    table = complexity.complexity(*tasks, **kind).set_index(["task", "simplification"])
    rows = sweeps(tasks, [PROBE], STRENGTHS, **kind).query("strength == 1 and weights == 'float'")
    for task in tasks:
        training = Training(Task.named(task, "unit"), (4,), "tanh")
        networks = [training.build() for _ in range(3)]
        for seed, network in enumerate(networks):
            network.load_state_dict(trained(training, range(3)).model(seed))
            nn.init.zeros_(network[0].bias)
            nn.init.zeros_(network[2].bias)
        images = training.task.load("test")
        floats = median(accuracy_of(network, *images) for network in networks)
        signs = median(accuracy_of(binarised(network), *images) for network in networks)
        shuffled = median(rows[rows["task"] == task]["accuracy"])
        assert table.loc[(task, "binarised"), "gap"] == pytest.approx(floats - signs)
        assert table.loc[(task, "shuffled"), "gap"] == pytest.approx(floats - shuffled)


def test_a_task_that_is_named_twice_counts_once(folders):
    once = complexity.complexity("digits/0-1", seeds=2, hidden=(4,))
    twice = complexity.complexity("digits/0-1", "digits/0-1", seeds=2, hidden=(4,))
    pd.testing.assert_frame_equal(twice, once)


@pytest.fixture(scope="module")
def own():
    """Three small networks for three classes, trained with nothing of the library; images and labels."""
    x, y = Task.named("digits/0-1-2", "unit").load("train")
    networks = []
    for seed in range(3):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            network = nn.Sequential(nn.Linear(64, 6), nn.Tanh(), nn.Linear(6, 3))
        optimizer = torch.optim.SGD(network.parameters(), lr=0.5)
        for _ in range(30):
            optimizer.zero_grad()
            cross_entropy(network(x), y).backward()
            optimizer.step()
        networks.append(network)
    return networks, *Task.named("digits/0-1-2", "unit").load("test")


def test_the_gaps_of_models_trained_anywhere_are_theirs(own):
    networks, x, y = own
    row = of_models(Ensemble.of(networks), x, y).set_index("simplification").loc["binarised"]
    floats = median(accuracy_of(network, x, y) for network in networks)
    signs = median(accuracy_of(binarised(network), x, y) for network in networks)
    largest = max((y == label).double().mean().item() for label in range(3))
    assert floats > signs
    assert row["gap"] == row["folded"] == pytest.approx(floats - signs)
    assert row["relative"] == pytest.approx((floats - signs) / (floats - largest))
    assert row["models"] == 3


def test_models_may_be_asked_in_another_setting(own):
    networks, x, y = own
    settings = [Setting(), Setting("zeroed"), Setting("calibrated")]
    tables = [of_models(Ensemble.of(networks), x, y, setting, x) for setting in settings]
    assert len({tuple(table["simplified"]) for table in tables}) == 3


# Training time


@pytest.fixture
def course(monkeypatch):
    """Sets the training accuracies after each epoch, a list for each network."""

    def set_course(*accuracies):
        log = [
            {"seed": seed, "epoch": epoch, "train_accuracy": accuracy}
            for seed, epochs in enumerate(accuracies)
            for epoch, accuracy in enumerate(epochs, start=1)
        ]
        monkeypatch.setattr(TrainingLog, "table", lambda recipe, seeds: pd.DataFrame(log))

    return set_course


def time(accuracy):
    return epochs_to(accuracy, ["digits/7-9"], seeds=3)["digits/7-9"]


def test_the_time_is_interpolated_between_epochs(course):
    course([0.7, 0.9, 0.85, 0.95])
    start = max(Task.named("digits/7-9").shares("train"))
    assert time(0.7) == pytest.approx(1)
    assert time(0.8) == pytest.approx(1.5)
    assert time(0.94) == pytest.approx(3.9)
    assert time((start + 0.7) / 2) == pytest.approx(0.5)
    assert time(start) == 0


def test_the_time_is_infinite_where_the_accuracy_is_never_reached(course):
    course([0.7, 0.9, 0.85])
    assert time(0.9001) == np.inf


@pytest.mark.parametrize(
    ("accuracies", "accuracy"), [([0.7, 0.9, 0.8, 0.95], 0.9), ([0.7, 1.0, 1.0, 1.0], 1.0)]
)
def test_the_first_time_counts(course, accuracies, accuracy):
    course(accuracies)
    assert time(accuracy) == pytest.approx(2)


def test_half_of_the_networks_must_have_reached_it(course):
    course([0.6, 0.7, 0.8], [0.9, 0.91, 0.92], [0.6, 0.8, 0.81])
    assert time(0.8) == pytest.approx(2)
    assert time(0.9) == np.inf


def test_times_are_of_the_papers_training_and_named_by_task(folders):
    tasks = ["digits/0-1", "digits/7-9"]
    times = epochs_to(0.9, tasks, seeds=2)
    assert list(times.index) == tasks
    for task in tasks:
        log = TrainingLog(Training(Task.named(task))).table([0, 1])
        medians = log.groupby("epoch")["train_accuracy"].median()
        first = medians.index[medians >= 0.9][0]
        assert first - 1 < times[task] <= first
