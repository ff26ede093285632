"""What the chapter on other kinds of data makes of its tables: collapse, predictions, ranks, the contest."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from weightprobes.measures import correlations
from weightprobes.measures.any_data import KINDS
from weightprobes.measures.complexity import pairs
from weightprobes.measures.difficulty import LINEAR
from weightprobes.paper import any_data as study
from weightprobes.paper import contest
from weightprobes.paper.any_data import ERROR, EXAMPLES, PREDICTED, PUBLISHED, RECOMMENDED, Predicted
from weightprobes.tasks import Task

NAMES = pairs("digits")


def of_networks(**columns) -> pd.DataFrame:
    """What is told of the pairs of digits, where it matters, the same of all; ``columns`` are others."""
    told = {
        "failed": 0,
        "level": 1.4,
        "dead": 0.1,
        "error": 0.01,
        "published_float": 0.98,
        "published_binarised": 0.95,
        "recommended_float": 0.99,
        "recommended_binarised": 0.97,
    }
    return pd.DataFrame({**told, **columns}, index=pd.Index(NAMES, name="task"))


@pytest.fixture
def told(monkeypatch):
    """Sets what was measured: ``told(symmetric=…, centered=…)``."""

    def tell(**tables):
        agreed = pd.DataFrame({"agreement": [1.0, 2.0, 4.0]})
        monkeypatch.setattr(study.Agreement, "table", lambda recipe: agreed)
        monkeypatch.setattr(
            study, "of_networks", lambda dataset, scaling="symmetric", seeds=10: tables[scaling]
        )

    return tell


def test_a_gap_is_folded_as_the_authors_fold():
    found = of_networks(published_float=0.9, published_binarised=0.2)
    np.testing.assert_allclose(study.gap(found, "published"), 0.9 - 0.8)
    np.testing.assert_allclose(study.gap(of_networks(), "recommended"), 0.02)


def test_what_is_kept_is_of_what_the_trained_networks_know():
    larger = np.array([max(Task.named(name).shares()) for name in NAMES])
    halfway = of_networks(published_binarised=(larger + 0.99) / 2)
    np.testing.assert_allclose(study.kept(halfway), 0.5)
    assert study.kept(of_networks(error=1 - larger)).isna().all()


@pytest.mark.parametrize(
    ("columns", "centred", "came"),
    [
        ({}, {}, Predicted(False, True, False)),
        # of 45 pairs, five are more than a tenth and four are not
        ({"published_binarised": [0.6] * 5 + [0.95] * 40}, {}, Predicted(True, True, False)),
        ({"published_binarised": [0.6] * 4 + [0.95] * 41}, {}, Predicted(False, True, False)),
        ({}, {"published_binarised": 0.971}, Predicted(False, False, False)),
        ({"failed": 6, "error": 0.5}, {}, Predicted(False, True, True)),
        ({"failed": 5}, {}, Predicted(False, True, False)),
    ],
)
def test_what_came_of_a_prediction(told, columns, centred, came):
    told(symmetric=of_networks(**columns), centered=of_networks(**centred))
    assert study.outcome("digits") == came


def test_predictions_stand_beside_what_came_with_the_misses_and_of_other_sets_there_are_none(told):
    told(symmetric=of_networks(), centered=of_networks())
    table = study.predictions(["digits", "wine", "letter", "fsdd_speakers"]).set_index("data")
    row = table.loc["Digits (small image)"]
    assert PREDICTED["digits"] == Predicted(True, False, False)
    assert row.tolist() == ["yes", "no", "no", "yes", "no", "no", 2]
    assert table["misses"].iloc[1] == sum(
        one != other for one, other in zip(PREDICTED["wine"], Predicted(False, True, False), strict=True)
    )
    assert table.iloc[3].tolist() == ["–", "no", "–", "yes", "–", "no", 0]


def test_the_medians_are_told_set_by_set(told):
    low = of_networks(published_binarised=[0.6] * 9 + [0.95] * 36, failed=[9] * 9 + [0] * 36)
    told(symmetric=low, centered=of_networks(published_binarised=0.96))
    row = study.side_by_side(["digits"]).iloc[0]
    assert (row["pairs"], row["agreement"]) == (45, 2)
    assert (row["collapsed"], row["failed"]) == (0.2, pytest.approx(0.18))
    expected = (pytest.approx(0.03), pytest.approx(0.02), pytest.approx(0.02))
    assert (row["published"], row["centred"], row["recommended"]) == expected


def test_every_predicted_set_is_one_that_is_measured():
    assert set(PREDICTED) == set(KINDS)


# Ranks


def measured(seed: int) -> pd.DataFrame:
    """Measures of all pairs of digits that have something in common."""
    rng = np.random.default_rng(seed)
    common = rng.normal(size=45)
    names = [PUBLISHED, RECOMMENDED, ERROR, EXAMPLES, LINEAR, contest.SSIM]
    return pd.DataFrame({name: common + rng.normal(size=45) for name in names}, index=NAMES)


@pytest.fixture
def sets(monkeypatch):
    """Three sets, the first without similarity."""
    monkeypatch.setattr(correlations, "RESAMPLES", 100)
    found = {
        name: measured(seed).set_axis(pairs(name)) for seed, name in enumerate(["fsdd", "digits", "mnist"])
    }
    found["fsdd"] = found["fsdd"].drop(columns=contest.SSIM)
    monkeypatch.setattr(study, "measures", lambda dataset, seeds=10, scaling="symmetric": found[dataset])
    cached = (contest.ranks, contest._of_gap)
    for one in cached:
        one.cache_clear()
    yield found
    for one in cached:
        one.cache_clear()


def test_a_gap_is_ranked_within_each_set_and_over_all_as_one(sets):
    table = contest.of_gap(PUBLISHED, list(sets)).set_index(["dataset", "beside"])
    for name, found in sets.items():
        for beside in (ERROR, EXAMPLES, LINEAR):
            assert table.loc[(name, beside), "rho"] == pytest.approx(
                spearmanr(found[PUBLISHED], found[beside])[0]
            )
        told = correlations.partial(found, PUBLISHED, ERROR, LINEAR)
        assert table.loc[(name, contest.BEYOND)].tolist() == [told["rho"], told["low"], told["high"]]
    every = pd.concat(sets.values())
    assert table.loc[("pooled", ERROR), "rho"] == pytest.approx(spearmanr(every[PUBLISHED], every[ERROR])[0])
    assert "pooled" not in set(contest.of_gap(PUBLISHED, ["digits"])["dataset"])


def test_a_senses_gap_is_held_against_its_own_error_and_those_of_the_others(sets):
    table = contest.own_and_others(PUBLISHED, list(sets)).set_index("sense")
    own, *others = (
        spearmanr(sets["fsdd"][PUBLISHED], sets[name][ERROR])[0] for name in ("fsdd", "digits", "mnist")
    )
    assert table.loc["sound"].tolist() == pytest.approx([own, np.mean(others)])


def test_the_contest_tells_what_each_measure_adds_and_where_there_is_none(sets):
    table = contest.table(ERROR, list(sets))
    assert table.index.tolist() == list(contest.CONTENDERS)
    assert np.isnan(table.loc[contest.SSIM, "fsdd"])
    shown = table.loc[contest.SSIM, ["digits", "mnist"]]
    assert table.loc[contest.SSIM, "mean"] == pytest.approx(shown.mean())
    rows = [correlations.beside(found, ERROR, LINEAR).set_index("measure") for found in sets.values()]
    assert table.loc[PUBLISHED, "beyond"] == pytest.approx(
        np.mean([one.loc[PUBLISHED, "left"] for one in rows])
    )
    assert table.loc[PUBLISHED, "sure"] == sum(one.loc[PUBLISHED, "left_low"] > 0 for one in rows)


def test_readers_see_a_dash_where_there_is_nothing(sets):
    words = contest.formatted(ERROR, list(sets)).set_index("measure")
    assert words.loc[contest.SSIM, "sound"] == "–"
    assert words.loc[contest.SSIM, "seconds, letters"] == "–"
    assert words.loc[LINEAR, "beyond linear"] == "–"
    assert "nan" not in words.to_string()
    # nothing is told of a measure that no set has
    assert contest.study.BITS not in words.index
    assert float(words.loc[PUBLISHED, "seconds, MNIST"]) > float(words.loc[LINEAR, "seconds, MNIST"]) > 0


def test_pairs_of_about_one_gap_are_told_with_their_errors(sets):
    found = sets["digits"]
    some = found[found[PUBLISHED].between(0, 1)]
    row = contest.of_size(PUBLISHED, ["digits"], 0, 1).iloc[0]
    assert row["pairs"] == len(some)
    assert row[ERROR] == some[ERROR].median()


def test_every_pair_is_told_once_with_its_gaps(told):
    told(symmetric=of_networks(), centered=of_networks(published_binarised=0.96))
    table = study.every(["digits", "digits"])
    assert len(table) == 90
    assert set(table["title"]) == {"Digits (small image)"}
    np.testing.assert_allclose(table[["published", "centred", "recommended"]], [[0.03, 0.02, 0.02]] * 90)
