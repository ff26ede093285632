"""Curves: the numbers read off them, on a curve made by hand and on a kept table."""

import numpy as np
import pytest

from weightprobes.engine.bootstrap import RESAMPLES, gains, medians, resamples
from weightprobes.engine.sweep import Sweep
from weightprobes.models.training import Training
from weightprobes.paper.curves import Curve, curve
from weightprobes.probes import Prune, grids
from weightprobes.tasks import Task

# Rises, stays, falls; starts at its best; never rises.
CURVE = Curve(
    np.array([0.0, 0.2, 0.4, 0.8]),
    np.array([[0.5, 0.6, 0.9, 0.7], [0.9, 0.9, 0.8, 0.9], [0.5, 0.5, 0.5, 0.5]]),
)


def test_the_part_between_two_strengths_has_both_ends():
    part = CURVE.between(0.2, 0.4)
    assert part.strengths.tolist() == [0.2, 0.4]
    assert part.medians.tolist() == [[0.6, 0.9], [0.9, 0.8], [0.5, 0.5]]


@pytest.mark.parametrize(
    ("strength", "accuracies"),
    [
        (0, [0.5, 0.9, 0.5]),
        (0.2, [0.6, 0.9, 0.5]),
        (0.25, [0.675, 0.875, 0.5]),
        (0.7, [0.75, 0.875, 0.5]),
        (0.8, [0.7, 0.9, 0.5]),
    ],
)
def test_the_accuracy_at_a_strength_is_interpolated_on_the_grid(strength, accuracies):
    assert CURVE.at(strength) == pytest.approx(accuracies)


def test_the_highest_accuracy_and_the_first_strength_that_has_it():
    assert CURVE.highest().tolist() == [0.9, 0.9, 0.5]
    assert CURVE.best().tolist() == [0.4, 0.0, 0.0]


@pytest.mark.parametrize(
    ("level", "where"),
    [
        (0.75, [0.3, 0.0, np.nan]),
        (0.6, [0.2, 0.0, np.nan]),
        (0.5, [0.0, 0.0, 0.0]),
        (0.95, [np.nan] * 3),
        (np.array([0.75, 0.95, 0.5]), [0.3, np.nan, 0.0]),
    ],
)
def test_a_crossing_is_interpolated_and_nan_where_there_is_none(level, where):
    np.testing.assert_allclose(CURVE.crossing(level), where)


def test_gain_and_loss_are_told_from_strength_0():
    assert CURVE.gain() == pytest.approx([0.4, 0, 0])
    assert CURVE.loss(0.25) == pytest.approx([-0.175, 0.025, 0])


def test_the_rise_is_from_a_tenth_to_nine_tenths_of_the_range():
    first, *others = CURVE.rise()
    assert first == pytest.approx((0.2 + 0.2 * 0.26 / 0.3) - 0.2 * 0.04 / 0.1)
    assert others == [0, 0]


def test_a_kept_curve_is_the_median_over_seeds_in_every_resample():
    ours = curve(Prune("smallest"), "mnist/7-9", "sign", seeds=100)
    rows = Sweep(Training(Task.named("mnist/7-9")), Prune("smallest"), grids.PRUNE).table(range(100))
    medians = rows[rows["weights"] == "sign"].groupby("strength")["accuracy"].median()
    assert ours.strengths.tolist() == medians.index.tolist() == sorted(grids.PRUNE)
    assert ours.medians.shape == (1 + RESAMPLES, len(grids.PRUNE))
    np.testing.assert_allclose(ours.medians[0], medians)


@pytest.mark.parametrize("models", [1, 2, 5, 20])
def test_medians_are_those_of_numpy_to_the_last_bit_in_every_resample(models):
    values = np.random.default_rng(models).random((models, 3)).round(2)
    expected = [np.median(values[drawn], axis=0) for drawn in resamples(models)]
    assert medians(values).tolist() == np.array(expected).tolist()


def test_resamples_are_paired_by_seed():
    float_, sign = (curve(Prune("smallest"), "mnist/7-9", weights, seeds=20) for weights in ("float", "sign"))
    # with all edges gone both readings answer the first class, and their difference is nothing
    assert (float_.at(0.999) == sign.at(0.999)).all()
    assert np.ptp(sign.at(0.5)[1:]) > 0


def test_a_curve_is_the_same_in_every_run():
    first = curve(Prune("smallest"), "mnist/7-9", "sign", seeds=20)
    curve.cache_clear()
    assert (curve(Prune("smallest"), "mnist/7-9", "sign", seeds=20).medians == first.medians).all()


# The best of many columns


def test_the_gain_of_the_best_is_the_same_in_every_run():
    values = np.random.default_rng(0).random((6, 4))
    assert (gains(values) == gains(values)).all()


def test_noise_has_no_best_column_for_those_that_did_not_choose_it():
    values = np.random.default_rng(0).normal(size=(40, 30))
    middle = np.median(values, axis=0)
    found = gains(values)
    assert found.shape == (1 + RESAMPLES,)
    assert middle.max() - middle[0] > 0.3
    assert abs(found[0] - (np.median(middle) - middle[0])) < 0.15


@pytest.mark.parametrize("models", [2, 5, 20])
def test_a_column_that_is_best_in_every_network_gives_what_it_has_over_the_first(models):
    values = np.array([0.2, 0.1, 0.7, 0.3]) + np.zeros((models, 1))
    assert gains(values) == pytest.approx(0.5)
    assert gains(values[:, ::-1]) == pytest.approx(0.4)
    assert gains(values[:, 2:]) == pytest.approx(0)


def test_what_one_half_of_two_networks_chooses_is_tried_on_the_other():
    # each alone would gain 0.8; where the other's best lies, it loses 0.1
    assert gains(np.array([[0.1, 0.9, 0.0], [0.1, 0.0, 0.9]])) == pytest.approx(-0.1)
