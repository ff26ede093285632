"""The authors' numbers: one row for each measurement, in the vocabulary of our tables."""

import pandas as pd
import pytest

from weightprobes import reference
from weightprobes.tasks import PAPER_TASKS


def test_a_curve_has_one_row_for_each_strength():
    curves = reference.curves()
    assert len(curves) > 1000
    assert not curves.duplicated([*reference.CURVE, "strength"]).any()


def test_a_null_model_has_one_row_for_each_task_and_reading():
    rows = reference.null_models()
    assert not rows.duplicated(["task", "activation", "hidden", "null", "weights"]).any()


@pytest.mark.parametrize("read", [reference.curves, reference.null_models])
def test_accuracies_are_fractions_of_one_between_their_quartiles(read):
    table = read()
    assert table["accuracy"].between(0, 1).all()
    assert (table["error"] >= 0).all()
    given = table.dropna(subset=["lower", "upper"])
    assert given["accuracy"].between(given["lower"], given["upper"]).all()
    assert given[["lower", "upper"]].stack().between(0, 1).all()


def test_strengths_are_in_the_range_of_the_probes():
    assert reference.curves()["strength"].between(0, 1).all()


def test_the_words_are_those_of_our_tables():
    curves = reference.curves()
    assert set(curves["task"]) == set(PAPER_TASKS)
    assert (curves["dataset"] == curves["task"].str.partition("/")[0]).all()
    assert set(curves["activation"]) <= {"relu", "sigmoid", "tanh"}
    assert set(curves["weights"]) == {"float", "sign"}
    assert set(curves["hidden"]) == {"32", "64", "128"}


def test_spreads_are_positive_and_of_the_papers_tasks():
    spreads = reference.spreads()
    assert (spreads["spread"] > 0).all()
    assert set(spreads["task"]) <= set(PAPER_TASKS)
    assert not spreads.duplicated(["task", "activation", "hidden"]).any()


def test_beside_a_table_stand_the_curves_of_what_it_shows_and_no_others():
    shown = {
        "task": "mnist/7-9",
        "activation": "relu",
        "hidden": "64",
        "probe": "prune",
        "variant": "smallest",
        "weights": "sign",
    }
    run = {"scaling": "symmetric", "biases": "redrawn"}
    beside = reference.beside(pd.DataFrame([shown | run, shown | run]))
    curves = reference.curves()
    mask = (curves[list(shown)] == pd.Series(shown)).all(axis=1)
    assert len(beside) == mask.sum() > 10
    for other in ({"task": "digits/7-9"}, {"scaling": "unit"}, {"biases": "kept"}):
        assert reference.beside(pd.DataFrame([shown | run | other])).empty
