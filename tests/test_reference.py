"""The authors' numbers: one row for each measurement, in the vocabulary of our tables."""

from dataclasses import replace
from itertools import combinations_with_replacement

import pandas as pd
import pytest
from scipy.stats import spearmanr

from weightprobes.engine.settings import AS_PUBLISHED
from weightprobes.measures import complexity
from weightprobes.measures.pairs import BINARISED, SHUFFLED
from weightprobes.models.training import Training
from weightprobes.paper import reference, statements
from weightprobes.tasks import PAPER_TASKS, Task


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
    training = Training(Task.named("mnist/7-9"))
    run = {"scaling": "symmetric", **vars(AS_PUBLISHED), **training.dials()}
    beside = reference.beside(pd.DataFrame([shown | run, shown | run]))
    curves = reference.curves()
    mask = (curves[list(shown)] == pd.Series(shown)).all(axis=1)
    assert len(beside) == mask.sum() > 10
    others = [
        {"task": "digits/7-9"},
        {"scaling": "unit"},
        *({"biases": "kept"}, {"scale": "row"}, {"spared": "output"}, {"ties": "shared"}),
        replace(training, label_noise=0.1).dials(),
        replace(training, weight_decay=1e-3).dials(),
        replace(training, images=300).dials(),
        replace(training, epochs=11).dials(),
    ]
    assert reference.beside(pd.DataFrame([shown | {"scaling": "symmetric"}])).empty
    for other in others:
        assert reference.beside(pd.DataFrame([shown | run | other])).empty


# Pairs of classes

GAPS = ["gap_binarised", "gap_shuffled"]


def test_every_pair_of_digits_has_one_row_of_numbers():
    rows = reference.pairs()
    assert sorted(rows["task"]) == complexity.pairs("mnist")
    assert set(rows["dataset"]) == {"mnist"}
    assert rows.notna().all(axis=None)
    medians = rows[["float", "binarised", "shuffled"]]
    assert medians.stack().between(0.5, 1).all()  # folded
    assert (medians["float"] > 0.97).all()


@pytest.mark.parametrize(
    ("original", "simplified", "gap"),
    [("float", "binarised", "gap_binarised"), ("float_again", "shuffled", "gap_shuffled")],
)
def test_the_authors_gaps_are_the_differences_of_their_medians(original, simplified, gap):
    rows = reference.pairs()
    # each of the three is rounded to 0.01 points
    assert (rows[original] - rows[simplified] - rows[gap]).abs().max() < 2e-4


def test_the_authors_gaps_stand_beside_ours_pair_by_pair():
    rows = reference.pairs().set_index("task")[GAPS]
    ours = pd.DataFrame({BINARISED: rows[GAPS[0]] + 0.25, SHUFFLED: rows[GAPS[1]] - 0.5})
    ours = ours.iloc[::-3]
    beside = reference.beside_pairs(ours)
    assert beside.index.tolist() == ours.index.tolist()
    for gap, moved in (("binarised", 0.25), ("shuffled", -0.5)):
        assert (beside[f"{gap}, ours"] - beside[f"{gap}, authors'"]).tolist() == pytest.approx(
            [moved] * len(ours)
        )


def test_the_authors_gaps_have_the_extremes_that_they_tell_of():
    rows = reference.pairs().set_index("task")
    assert rows["gap_binarised"].nlargest(3).to_dict() == {
        "mnist/4-8": 0.4926,
        "mnist/3-7": 0.4914,
        "mnist/8-9": 0.4839,
    }
    assert rows["gap_binarised"].nsmallest(2).to_dict() == {"mnist/6-9": 0.0013, "mnist/6-7": 0.0035}
    assert [(rows[gap] > 0.4).sum() for gap in GAPS] == [21, 17]
    assert [(rows[gap] < 0.05).sum() for gap in GAPS] == [9, 7]


def test_every_two_classes_and_each_with_itself_have_one_distance_the_larger_label_first():
    rows = reference.similarity()
    two = sorted((second, first) for first, second in combinations_with_replacement(range(10), 2))
    for dataset in ("mnist", "fashion_mnist"):
        part = rows[rows["dataset"] == dataset]
        assert sorted(zip(part["first"], part["second"], strict=True)) == two
    assert len(rows) == 2 * 55
    assert rows["distance"].between(0.4, 1).all()
    assert (rows["error"] == 0.005).all()


def authors(number):
    """What the claim with this number quotes of the authors, by quantity."""
    return statements.numbers().query("claim == @number").set_index("quantity")["authors"].to_dict()


def test_the_ranks_and_correlations_that_claims_quote_are_those_of_the_authors_gaps():
    rows = reference.pairs().set_index("task")
    ranks = rows[GAPS].rank(ascending=False).astype(int)
    quoted = authors(23)
    for pair in ("7-9", "0-7"):
        for gap in GAPS:
            what = f"rank of {pair.replace('-', '–')} among 45 gaps, {gap.removeprefix('gap_')}"
            assert quoted.pop(what) == ranks.loc[f"mnist/{pair}", gap]
    assert list(quoted.values()) == pytest.approx([spearmanr(*rows[GAPS].T.to_numpy()).statistic], abs=0.005)


def test_the_correlations_with_similarity_that_claims_quote_are_those_of_the_authors_maps():
    rows = reference.pairs().set_index("task")
    distances = reference.similarity().query("dataset == 'mnist' and first != second")
    tasks = "mnist/" + distances["second"].astype(str) + "-" + distances["first"].astype(str)
    rows["SSIM distance"] = distances.set_index(tasks)["distance"]
    quoted = authors(24)
    for what, measure, gap in (
        ("ρ of SSIM distance and gap, shuffled", "SSIM distance", "gap_shuffled"),
        ("ρ of SSIM distance and gap, binarised", "SSIM distance", "gap_binarised"),
        ("ρ of float accuracy and gap, shuffled", "float_again", "gap_shuffled"),
    ):
        # from distances rounded to 0.01, so not to the last digit
        assert quoted.pop(what) == pytest.approx(spearmanr(rows[measure], rows[gap]).statistic, abs=0.015)
    assert quoted == {}


def test_the_distances_that_claims_quote_are_those_of_the_authors_maps():
    rows = reference.similarity().set_index(["dataset", "first", "second"])["distance"]
    quoted = [value for what, value in authors(25).items() if what.startswith("SSIM distance")]
    maps = [("mnist", 9, 7), ("mnist", 1, 0), ("fashion_mnist", 3, 1), ("fashion_mnist", 3, 2)]
    assert quoted == pytest.approx([rows[place] for place in maps], abs=0.005)
