"""Rank correlations: scipy's ρ, resamples of pairs and of classes, and what is left once a third is out."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import rankdata, spearmanr

from weightprobes.measures import correlations
from weightprobes.measures.complexity import pairs
from weightprobes.measures.correlations import difference, matrix, partial, rank_correlations

TOLD = ["rho", "low", "high", "pairs_low", "pairs_high"]


@pytest.fixture(autouse=True)
def few_resamples(monkeypatch):
    """Enough of them for what is asked here, and fast."""
    monkeypatch.setattr(correlations, "RESAMPLES", 300)


def measures(seed=0):
    """Three measures of all pairs of digits, with ties; the first two have something in common."""
    rng = np.random.default_rng(seed)
    common, *own = rng.normal(size=(4, 45))
    columns = {"a": common + own[0], "b": (common + own[1]).round(), "c": own[2] + common / 2}
    return pd.DataFrame(columns, index=pairs("digits"))


class Script:
    """A generator that draws what it was told to."""

    def __init__(self, rows, classes):
        self.rows, self.classes = rows, classes

    def integers(self, high, size):
        return np.array(self.rows)

    def choice(self, values, size):
        assert set(self.classes) <= set(values)
        assert size == len(values)
        return np.array(self.classes)


@pytest.fixture
def scripted(monkeypatch):
    """Sets what is drawn: one resample of pairs by their places, one of classes by their labels."""

    def script(rows, classes):
        monkeypatch.setattr(correlations, "RESAMPLES", 1)
        monkeypatch.setattr(np.random, "default_rng", lambda seed: Script(rows, classes))

    return script


def test_rho_is_scipys():
    ours, table = matrix(measures())[0], measures()
    for first, second in combinations(range(3), 2):
        expected = spearmanr(table.iloc[:, first], table.iloc[:, second]).statistic
        assert ours[first, second] == ours[second, first] == pytest.approx(expected)


def test_there_is_a_matrix_as_measured_and_one_for_each_resample():
    assert matrix(measures()).shape == (1 + 2 * correlations.RESAMPLES, 3, 3)


@pytest.mark.parametrize("labels", [(0, 1, 2, 3, 4), (9, 2, 5, 3, 8)])
@pytest.mark.parametrize("places", [(0, 0, 1, 2, 4), (1, 3, 3, 3, 4), (0, 0, 1, 1, 4), (0, 1, 2, 3, 4)])
def test_classes_are_drawn_and_then_every_pair_of_them(scripted, labels, places):
    names = [f"digits/{first}-{second}" for first, second in combinations(labels, 2)]
    table = measures().head(10).set_axis(names)
    drawn = [labels[place] for place in places]
    scripted(range(10), drawn)
    rows = [
        table.loc[name]
        for first, second in combinations(drawn, 2)
        for name in (f"digits/{first}-{second}", f"digits/{second}-{first}")
        if name in table.index
    ]
    expected = spearmanr(pd.DataFrame(rows)).statistic
    np.testing.assert_allclose(matrix(table)[2], expected)


def test_pairs_are_drawn_one_by_one(scripted):
    rows = [*range(20), *range(10), *range(15)]
    table = measures()
    scripted(rows, range(10))
    as_measured, by_pairs, by_classes = matrix(table)
    np.testing.assert_allclose(by_pairs, spearmanr(table.iloc[rows]).statistic)
    np.testing.assert_allclose(by_classes, as_measured)


def test_a_table_of_correlations_has_a_row_for_each_two_measures():
    table = rank_correlations(measures())
    assert list(table) == ["first", "second", *TOLD]
    assert table[["first", "second"]].to_numpy().tolist() == [["a", "b"], ["a", "c"], ["b", "c"]]
    np.testing.assert_allclose(table["rho"], matrix(measures())[0][np.triu_indices(3, 1)])


@pytest.mark.parametrize("seed", range(5))
def test_the_measured_correlation_lies_in_its_intervals(seed):
    table = rank_correlations(measures(seed))
    assert table["rho"].between(table["low"], table["high"]).all()
    assert table["rho"].between(table["pairs_low"], table["pairs_high"]).all()


@pytest.mark.parametrize("seed", range(5))
def test_what_a_class_brings_to_all_its_pairs_makes_the_interval_of_classes_the_wider(seed):
    rng = np.random.default_rng(seed)
    of_class = rng.normal(size=(10, 2))
    ends = np.array(list(combinations(range(10), 2)))
    table = pd.DataFrame(of_class[ends].sum(1), index=pairs("digits"), columns=["a", "b"])
    row = rank_correlations(table).loc[0]
    assert row.high - row.low > 1.3 * (row.pairs_high - row.pairs_low)


def test_only_ranks_count():
    table = measures()
    bent = table.assign(a=np.exp(table["a"]), c=-(table["c"] ** 3))
    ours, theirs = rank_correlations(table), rank_correlations(bent)
    np.testing.assert_allclose(ours.loc[0, TOLD].to_list(), theirs.loc[0, TOLD].to_list())
    turned = theirs.loc[1, ["rho", "high", "low", "pairs_high", "pairs_low"]]
    np.testing.assert_allclose(ours.loc[1, TOLD].to_list(), -turned.to_numpy(float))


def test_measures_that_rank_alike_are_wholly_correlated_in_every_resample():
    table = measures()[["a"]]
    row = rank_correlations(table.assign(b=table["a"] ** 3)).loc[0, TOLD]
    assert row.to_list() == pytest.approx([1] * 5)


def test_a_constant_measure_has_no_correlation():
    table = rank_correlations(measures().assign(c=1.0))
    assert table.loc[1:, TOLD].isna().all(axis=None)
    assert table.loc[0, "rho"] == pytest.approx(matrix(measures())[0][0, 1])


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("first", "second", "given"), [("a", "b", "c"), ("c", "b", "a"), ("b", "c", "a")])
def test_partial_is_the_correlation_of_what_a_line_through_the_ranks_leaves(seed, first, second, given):
    table = measures(seed)
    ranks = {name: rankdata(table[name]) for name in table}
    line = np.column_stack([np.ones(45), ranks[given]])
    rests = [
        ranks[name] - line @ np.linalg.lstsq(line, ranks[name], rcond=None)[0] for name in (first, second)
    ]
    told = partial(table, first, second, given)
    assert list(told) == TOLD
    assert told["rho"] == pytest.approx(np.corrcoef(*rests)[0, 1])
    assert told["low"] < told["rho"] < told["high"]


def test_a_trace_that_a_third_measure_leaves_is_correlated_and_nothing_is_not():
    given = np.arange(45.0)
    one, other = given.copy(), given.copy()
    one[[3, 4]] = one[[4, 3]]  # all but as the third ranks
    other[[4, 5]] = other[[5, 4]]
    table = pd.DataFrame({"one": one, "other": other, "given": given}, index=pairs("digits"))
    rests = [rank - np.polyval(np.polyfit(given, rank, 1), given) for rank in (one, other)]
    assert partial(table, "one", "other", "given")["rho"] == pytest.approx(np.corrcoef(*rests)[0, 1])
    assert np.isnan(partial(table.assign(one=2 * given), "one", "other", "given")["rho"])


def test_what_a_third_measure_explains_is_taken_out():
    rng = np.random.default_rng(0)
    cause = rng.normal(size=45)
    table = pd.DataFrame(
        {"a": cause + rng.normal(size=45) / 3, "b": cause + rng.normal(size=45) / 3, "cause": cause},
        index=pairs("digits"),
    )
    assert rank_correlations(table).loc[0, "low"] > 0.5
    assert partial(table, "a", "b", "cause")["low"] < 0 < partial(table, "a", "b", "cause")["high"]


def test_a_difference_is_that_of_two_correlations_in_every_resample():
    table = measures()
    told, rho = difference(table, "a", "c", "b"), matrix(table)
    assert list(told) == TOLD
    apart = rho[:, 0, 1] - rho[:, 2, 1]
    assert told["rho"] == pytest.approx(
        spearmanr(table["a"], table["b"]).statistic - spearmanr(table["c"], table["b"]).statistic
    )
    by_classes = apart[1 + correlations.RESAMPLES :]
    assert [told["low"], told["high"]] == pytest.approx(np.quantile(by_classes, [0.025, 0.975]))


def test_two_measures_that_rank_alike_differ_by_nothing_in_every_resample():
    table = measures().assign(again=lambda one: np.exp(one["a"]))
    assert list(difference(table, "a", "again", "b").values()) == pytest.approx([0] * 5)


def test_the_same_measures_give_the_same_intervals_in_every_run():
    pd.testing.assert_frame_equal(rank_correlations(measures()), rank_correlations(measures()))


# Several data sets, and all columns at once


def test_what_is_told_of_all_columns_is_told_of_each_alone():
    table, given = measures(), "c"
    told = correlations.beside(table, "b", given).set_index("measure")
    assert list(told.index) == ["a", "c"]
    alone, left = rank_correlations(table[["a", "b"]]).iloc[0], partial(table, "a", "b", given)
    assert told.loc["a", ["rho", "low", "high"]].tolist() == alone[["rho", "low", "high"]].tolist()
    ends = ["left", "left_low", "left_high"]
    assert told.loc["a", ends].tolist() == [left["rho"], left["low"], left["high"]]
    assert told.loc["c", ends].isna().all()


def test_of_several_sets_the_classes_of_each_are_drawn_by_themselves(monkeypatch):
    monkeypatch.setattr(correlations, "RESAMPLES", 1)
    names = ["wine/0-1", "wine/0-2", "wine/1-2", *pairs("digits")]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(48, 2)), index=names)
    drawn = iter([[0, 0, 2], [3, 3, 7, 9, 9, 9, 9, 9, 9, 9]])

    class Each:
        def integers(self, high, size):
            return np.arange(size)

        def choice(self, classes, size):
            labels = np.array(next(drawn))
            assert (len(classes), size) in ((3, 3), (10, 10))
            return classes[labels]

    monkeypatch.setattr(np.random, "default_rng", lambda seed: Each())
    rows = ["wine/0-2"] * 2 + ["digits/3-7"] * 2 + ["digits/3-9"] * 14 + ["digits/7-9"] * 7
    expected = spearmanr(table.loc[rows]).statistic
    assert matrix(table)[2, 0, 1] == pytest.approx(expected)
