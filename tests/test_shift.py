"""Shift: offsets by a plain loop over units, and when the two classes' answers fall on one side."""

import numpy as np
import pandas as pd
import pytest
import torch
from samples import normal
from scipy.integrate import quad
from scipy.stats import norm
from torch import nn

from weightprobes.engine.sweep import Sweep
from weightprobes.measures import shift
from weightprobes.measures.complexity import complexity
from weightprobes.measures.shift import Imbalance, Offsets, imbalance
from weightprobes.measures.shift_along import ShiftAlong
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.mlp import mlp
from weightprobes.models.training import Training
from weightprobes.probes import Prune
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

TRAINING = Training(Task.named("digits/7-9"), hidden=(5,), epochs=2)
SEEDS = [4, 0, 2]


def images_of(split):
    return [part.numpy() for part in TRAINING.task.load(split)]


def networks(seeds):
    """The first layer's weights and biases, and the second's weights, of each trained network."""
    ensemble = trained(TRAINING, seeds)
    for seed in seeds:
        first, bias, second, _ = (value.double().numpy() for value in ensemble.model(seed).values())
        yield seed, first, bias, second


# Offsets


@pytest.fixture
def offsets(folders):
    return Offsets(TRAINING).table(SEEDS)


def test_offsets_have_a_row_for_each_seed_and_hidden_unit(offsets):
    expected = [(seed, unit) for seed in SEEDS for unit in range(5)]
    assert list(zip(offsets["seed"], offsets["unit"], strict=True)) == expected
    assert set(offsets["task"]) == {"digits/7-9"}


def test_an_offset_is_that_of_a_plain_loop_over_units(offsets):
    (seen, _), (x, _) = images_of("train"), images_of("test")
    rows = offsets.set_index(["seed", "unit"])
    for seed, weights, biases, _ in networks(SEEDS):
        for unit, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
            before = [image @ weight + bias for image in x]
            after = [image @ np.sign(weight) for image in x]
            growth = np.std(after) / np.std(before)
            row = rows.loc[seed, unit]
            assert row["measured"] == pytest.approx(np.mean(after) - growth * np.mean(before), abs=1e-4)
            assert row["kept"] == pytest.approx(np.corrcoef(before, after)[0, 1], abs=1e-4)
            assert row["spread"] == pytest.approx(np.std(after, ddof=1), rel=1e-5)
            fires = [image @ weight + bias > 0 for image in seen]
            assert row["fires"] == pytest.approx(np.mean(fires), abs=0.5 / len(seen))


@pytest.mark.parametrize("steady", [0.0, 0.1, 0.5])
def test_the_foretold_offset_adds_what_the_signs_of_steady_pixels_add_too_much(folders, steady):
    seen, _ = images_of("train")
    pixels = [pixel for pixel in range(64) if np.std(seen[:, pixel], ddof=1) <= steady]
    rows = Offsets(TRAINING, steady).table(SEEDS).set_index(["seed", "unit"])
    assert (rows["steady_pixels"] == len(pixels)).all()
    for seed, weights, _, _ in networks(SEEDS):
        for unit, weight in enumerate(weights):
            growth = np.std(seen @ np.sign(weight)) / np.std(seen @ weight)
            foretold = sum(
                (np.sign(weight[pixel]) - growth * weight[pixel]) * seen[:, pixel].mean() for pixel in pixels
            )
            assert rows.loc[(seed, unit), "foretold"] == pytest.approx(foretold, abs=1e-3)


def made_up(first, bias, second):
    """The network with these weights, and biases in its hidden layer."""
    network = mlp(first.shape[1], (len(first),), 2)
    weights = {"0.weight": first, "0.bias": bias, "2.weight": second, "2.bias": torch.zeros(2)}
    network.load_state_dict(weights)
    return network


@pytest.fixture
def offsets_of(folders, monkeypatch):
    """The offsets of a hidden layer on 4 pixels that never change and 6 whose mean is 0; these images."""
    varying = normal(200, 6)
    steady = torch.tensor([-1.0, -1.0, 0.5, -0.75]).expand(200, 4)
    images = torch.cat([steady, varying - varying.mean(0)], dim=1)
    monkeypatch.setattr(Task, "load", lambda task, split: (images, None))

    def table(weight, bias):
        ensemble = Ensemble.of([made_up(weight, bias, normal(2, len(weight)))])
        monkeypatch.setattr(
            "weightprobes.measures.networks.trained", lambda training, seeds, device: ensemble
        )
        return Offsets(TRAINING).table([0])

    return table, images


def test_where_varying_pixels_are_zero_on_average_the_offset_of_a_unit_without_bias_is_foretold(offsets_of):
    table, _ = offsets_of
    weight = normal(20, 10)
    rows = table(weight, torch.zeros(20))
    assert (rows["steady_pixels"] == 4).all()
    assert rows["foretold"].abs().max() > 1
    np.testing.assert_allclose(rows["measured"], rows["foretold"], atol=1e-4)


def test_the_grown_bias_of_the_float_unit_is_taken_from_its_offset(offsets_of):
    table, images = offsets_of
    weight, bias = normal(20, 10), normal(20)
    rows = table(weight, bias)
    before = (images @ weight.T + bias).numpy()
    expected = rows["foretold"] - rows["spread"] / before.std(0, ddof=1) * bias.numpy()
    np.testing.assert_allclose(rows["measured"], expected, atol=1e-4)


# Imbalance


def difference(network, images):
    """By how much, on average, the second logit exceeds the first."""
    with torch.no_grad():
        answers = network(images)
    return np.mean([second - first for first, second in answers.tolist()])


def without_biases(first, second):
    """The binarised network of these weights."""
    network = nn.Sequential(
        nn.Linear(first.shape[1], first.shape[0], bias=False),
        nn.ReLU(),
        nn.Linear(second.shape[1], second.shape[0], bias=False),
    )
    weights = {"0.weight": torch.as_tensor(first).sign(), "2.weight": torch.as_tensor(second).sign()}
    network.load_state_dict(weights)
    return network


def test_the_imbalance_is_that_of_a_network_of_signs_one_image_at_a_time(folders):
    x, y = TRAINING.task.load("test")
    rows = Imbalance(TRAINING).table(SEEDS)
    assert rows["seed"].tolist() == SEEDS
    for row, (_, first, _, second) in zip(rows.itertuples(), networks(SEEDS), strict=True):
        network = without_biases(first, second)
        zeros, ones = (difference(network, x[y == label]) for label in (0, 1))
        assert row.measured == pytest.approx(abs(zeros + ones) / abs(ones - zeros), rel=1e-3)


def test_the_foretold_imbalance_takes_every_unit_as_gaussian(folders):
    x, y = images_of("train")
    rows = Imbalance(TRAINING).table(SEEDS)
    for row, (_, first, _, second) in zip(rows.itertuples(), networks(SEEDS), strict=True):
        differences = []
        for label in (0, 1):
            signed = x[y == label] @ np.sign(first).T
            units = [norm(*moments) for moments in zip(signed.mean(0), signed.std(0, ddof=1), strict=True)]
            means = [quad(lambda a, unit=unit: a * unit.pdf(a), 0, unit.ppf(1 - 1e-12))[0] for unit in units]
            differences.append(np.sign(second[1]) @ means - np.sign(second[0]) @ means)
        zeros, ones = differences
        assert row.foretold == pytest.approx(abs(zeros + ones) / abs(ones - zeros), rel=1e-3)


def test_the_foretold_imbalance_is_the_measured_one_where_units_are_gaussian(folders, monkeypatch):
    x, y = normal(20_000, 10) + torch.linspace(-1, 1, 10), torch.arange(20_000) % 2
    x[y == 1] += 0.5 * normal(10)
    weights = zip(normal(5, 6, 10), normal(5, 2, 6), strict=True)
    ensemble = Ensemble.of([made_up(first, torch.zeros(6), second) for first, second in weights])
    monkeypatch.setattr(shift, "trained", lambda training, seeds, device: ensemble)
    monkeypatch.setattr(Task, "load", lambda task, split: (x, y))
    rows = Imbalance(TRAINING).table(range(5))
    # their inverses: an imbalance may be as large as it likes where the classes look the same
    np.testing.assert_allclose(1 / rows["foretold"], 1 / rows["measured"], atol=0.02)
    assert rows["measured"].min() < 5


def brightest(zero, one):
    """The imbalance of a network that answers the brighter of two pixels, on an image of each class."""
    first, second = torch.tensor([[0.3, 0.0], [0.0, 0.8]]), torch.tensor([[1.0, -2.0], [-3.0, 1.0]])
    network = made_up(first, torch.ones(2), second)
    # the signs of the first layer copy the pixels; the logits differ by 2 · (second - first)
    return imbalance(torch.tensor([[zero], [one]]), Ensemble.of([network])).item()


def test_a_network_that_is_right_on_average_has_an_imbalance_below_one():
    assert brightest([3.0, 1.0], [1.0, 3.0]) == 0
    assert brightest([2.0, 1.0], [1.0, 4.0]) == pytest.approx((-2 + 6) / (6 + 2))


def test_a_network_that_answers_one_class_has_an_imbalance_above_one():
    assert brightest([1.0, 2.0], [1.0, 4.0]) == pytest.approx((2 + 6) / (6 - 2))
    assert brightest([4.0, 1.0], [2.0, 1.0]) == pytest.approx((6 + 2) / (6 - 2))


def test_the_imbalance_is_above_one_exactly_where_both_classes_get_one_answer():
    outputs, activations = normal(200, 2, 9), normal(2, 200, 9).abs()
    found = imbalance(
        activations, Ensemble.of([made_up(normal(9, 4), normal(9), output) for output in outputs])
    )
    collapsed = []
    for place, output in enumerate(outputs.sign()):
        zeros, ones = ((output[1] - output[0]) @ activations[label, place] for label in (0, 1))
        collapsed.append((zeros * ones > 0).item())
    assert (found > 1).tolist() == collapsed
    assert 0 < sum(collapsed) < 200


# Along a probe


def test_where_nothing_is_probed_the_offsets_along_it_are_those_of_the_networks(folders):
    rows = ShiftAlong(TRAINING, Prune(), (0.0, 0.5)).table(SEEDS).query("strength == 0").set_index("seed")
    units = Offsets(TRAINING).table(SEEDS).query("fires >= 0.01")
    units = units.assign(offset=units["measured"].abs(), relative=(units["measured"] / units["spread"]).abs())
    sweep = Sweep(TRAINING, Prune(), (0.0,)).table(SEEDS).query("weights == 'sign'").set_index("seed")
    assert rows["accuracy"].to_dict() == sweep["accuracy"].to_dict()
    balance = Imbalance(TRAINING).table(SEEDS).set_index("seed")["measured"]
    np.testing.assert_allclose(rows["imbalance"], balance, rtol=1e-5)
    for seed, own in units.groupby("seed"):
        for name in ("offset", "spread", "relative", "kept"):
            middle = sorted(own[name])[(len(own) - 1) // 2]  # as PyTorch has it: the lower of two
            assert rows.loc[seed, name] == pytest.approx(middle, rel=1e-4)


def test_a_probed_unit_is_compared_with_the_float_unit_as_it_was_trained(folders):
    rows = ShiftAlong(TRAINING, Prune(), (0.5,)).table(SEEDS).set_index("seed")
    (seen, _), (x, _) = images_of("train"), images_of("test")
    for seed, weights, biases, _ in networks(SEEDS):
        left = np.abs(weights) > np.median(np.abs(weights))
        offsets = []
        for weight, bias, mask in zip(weights, biases, left, strict=True):
            if np.mean(seen @ weight + bias > 0) >= 0.01:
                before, after = x @ weight + bias, x @ (mask * np.sign(weight))
                offsets.append(abs(np.mean(after) - np.std(after) / np.std(before) * np.mean(before)))
        middle = sorted(offsets)[(len(offsets) - 1) // 2]
        assert rows.loc[seed, "offset"] == pytest.approx(middle, rel=1e-3)


def test_a_kept_table_is_found_again(folders, monkeypatch):
    recipes = [Offsets(TRAINING), Imbalance(TRAINING)]
    tables = [recipe.table([0, 1]) for recipe in recipes]
    for kind in (Offsets, Imbalance):
        monkeypatch.setattr(kind, "_make", None)
    for recipe, table in zip(recipes, tables, strict=True):
        pd.testing.assert_frame_equal(recipe.table([0, 1]), table)


def test_offsets_of_several_tasks_are_one_table(folders, monkeypatch):
    tasks = ["digits/7-9", "digits/0-1"]
    table = shift.Offsets.of(*tasks, seeds=2)
    assert list(dict.fromkeys(table["task"])) == tasks
    one = Offsets(Training(Task.named("digits/0-1"))).table(range(2))
    rows = table[table["task"] == "digits/0-1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(rows[list(one)], one)


def test_each_pair_has_its_own_imbalance_and_its_folded_gap(folders, monkeypatch):
    names = ["digits/7-9", "digits/0-1"]
    monkeypatch.setattr(shift, "pairs", lambda dataset: names)
    table = shift.beside_gaps("digits", seeds=3).set_index("task")
    assert list(table) == ["dataset", "imbalance", "gap"]
    gaps = complexity(*names, seeds=3).query("simplification == 'binarised'").set_index("task")["folded"]
    for name in names:
        foretold = Imbalance(Training(Task.named(name))).table(range(3))["foretold"]
        assert table.loc[name].tolist() == ["digits", np.median(foretold), gaps[name]]
