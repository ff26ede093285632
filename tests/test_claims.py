"""Claims: how a verdict comes about, and that the recorded ones stand."""

import os
import subprocess
import sys
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from weightprobes import paths
from weightprobes.engine.sweep import Sweep
from weightprobes.measures import complexity, correlations
from weightprobes.measures.any_data import FewExamples, Pairs
from weightprobes.measures.difficulty import Difficulty
from weightprobes.measures.networks import TrainingLog, WeightStatistics
from weightprobes.measures.pairs import BINARISED, ERROR, SHUFFLED, SIMILARITY, of_pairs
from weightprobes.measures.similarity import Similarity
from weightprobes.paper import claims, statements
from weightprobes.paper import tagger_tables as study
from weightprobes.paper.claims import abstract, fig1, fig2, fig3, fig4, fig5, supplement, verdicts
from weightprobes.tables import tables

# Computed from the kept tables. If a number moved on purpose, say so in the change log.
VERDICTS = {
    1: "reproduced",
    2: "reproduced",
    3: "reproduced",
    4: "reproduced",
    5: "reproduced",
    6: "reproduced",
    7: "reproduced",
    8: "reproduced",
    9: "reproduced",
    10: "reproduced, uncertain",
    11: "partly",
    12: "partly",
    13: "partly",
    14: "reproduced, uncertain",
    15: "partly",
    16: "reproduced, uncertain",
    17: "partly",
    18: "partly",
    19: "reproduced",
    20: "partly",
    21: "reproduced",
    22: "reproduced",
    23: "reproduced, uncertain",
    24: "reproduced, uncertain",
    25: "reproduced",
    26: "not testable here",
    27: "not testable here",
    28: "not testable here",
    29: "not testable here",
    30: "partly",
}


def quantity(
    value, low=-np.inf, high=np.inf, authors=np.nan, unit="accuracy", resamples=None, what="made up"
):
    """A number whose measured value is ``value`` and whose resamples are 0, 0.01, …, 1."""
    resamples = np.linspace(0, 1, 101) if resamples is None else resamples
    values = None if value is None else np.array([value, *resamples])
    return {"what": what, "low": low, "high": high, "authors": authors, "unit": unit, "values": values}


@pytest.fixture
def stated(monkeypatch):
    """Replaces the claims: ``stated({number: quantities})``; each says why it may not be testable."""

    def replace(claims_):
        rows = [
            {"claim": number, **one, "quantity": f"{one['what']} ({number}, {place})"}
            for number, quantities in claims_.items()
            for place, one in enumerate(quantities)
        ]
        sentences = [
            {"claim": number, "figure": "1", "sentence": f"Made up as {number}.", "chapter": "pruning"}
            for number in claims_
        ]
        measures = {row["quantity"]: lambda row=row: row["values"] for row in rows}
        numbers = pd.DataFrame(rows).drop(columns=["what", "values"])
        monkeypatch.setattr(statements, "numbers", lambda: numbers)
        monkeypatch.setattr(
            statements, "sentences", lambda: pd.DataFrame(sentences).assign(why="Needs a model.")
        )
        monkeypatch.setattr(verdicts, "MEASURES", measures)

    return replace


def answer(stated, **given):
    """What is answered where this is the only number."""
    stated({99: [quantity(**given)]})
    return claims.answers().iloc[0]


@pytest.fixture
def kept_only(monkeypatch):
    """A table that is not kept fails the test, and is not made."""
    for recipe in (Sweep, Similarity, Difficulty, Pairs, FewExamples, TrainingLog, WeightStatistics):
        monkeypatch.setattr(recipe, "_make", lambda one, *_: pytest.fail(f"no kept table of {one}"))


def test_the_recorded_verdicts_stand():
    kept = tables.read(paths.BOOK / "claims.parquet", claims.RECIPE)
    assert kept.groupby("claim")["verdict"].unique().map(tuple).to_dict() == {
        claim: (verdict,) for claim, verdict in VERDICTS.items()
    }


def test_the_kept_table_has_every_range_value_and_verdict_to_the_last_bit(kept_only, tmp_path, monkeypatch):
    kept = tables.read(paths.BOOK / "claims.parquet", claims.RECIPE)
    monkeypatch.setattr(paths, "RESULTS", tmp_path)
    monkeypatch.setattr(verdicts, "answers", cache(verdicts.answers))
    claims.keep()
    made = tables.read(tmp_path / "claims.parquet", claims.RECIPE)
    pd.testing.assert_frame_equal(made, kept, check_exact=True)


IMPORTS = """
import pkgutil, sys
from importlib import import_module

def spy(event, arguments):
    if event in ("open", "os.scandir", "os.listdir") and str(arguments[0]).startswith(tuple(sys.argv[1:])):
        raise RuntimeError(f"{event} {arguments[0]} at import")

sys.addaudithook(spy)
import weightprobes

for module in pkgutil.walk_packages(weightprobes.__path__, "weightprobes."):
    import_module(module.name)
"""


def test_no_module_reads_a_table_or_looks_for_one_when_it_is_imported(tmp_path):
    environment = {**os.environ, "WEIGHTPROBES_STORE": str(tmp_path)}
    subprocess.run([sys.executable, "-c", IMPORTS, tmp_path, paths.DATA], env=environment, check=True)


def test_a_damaged_table_of_the_authors_tagger_stops_only_the_claims_about_it(kept_only, monkeypatch):
    def damaged():
        raise tables.Damaged("card.parquet is damaged")

    monkeypatch.setattr(study, "measured", damaged)
    assert claims.answers(2)["holds"].tolist() == [True]
    with pytest.raises(tables.Damaged, match=r"card\.parquet"):
        claims.answers(26)


def test_claims_without_numbers_are_refused_by_their_numbers(monkeypatch):
    monkeypatch.setattr(study, "measured", lambda: None)
    with pytest.raises(ValueError, match=r"^claims \[26, 28\] have no numbers: choose among"):
        claims.answers(26, 28)


# What is stated


def test_every_number_that_is_stated_is_measured_and_every_measured_one_is_stated():
    quantities = statements.numbers()["quantity"]
    assert not quantities.duplicated().any()
    assert set(quantities) == set(verdicts.MEASURES)


def test_no_two_figures_measure_the_same():
    figures = (abstract, fig1, fig2, fig3, fig4, fig5, supplement)
    assert sum(len(figure.MEASURES) for figure in figures) == len(verdicts.MEASURES)


def test_claims_are_numbered_from_1_and_each_has_a_sentence_of_its_own():
    sentences = statements.sentences()
    assert sentences["claim"].tolist() == list(range(1, 31))
    assert sentences["sentence"].is_unique
    assert sentences.notna().all(axis=None)


def test_every_claim_but_those_not_tested_yet_has_numbers_that_decide_it():
    numbers = statements.numbers()
    deciding = numbers[np.isfinite(numbers[["low", "high"]]).any(axis=1)]
    untested = [claim for claim, verdict in VERDICTS.items() if verdict == "not tested yet"]
    assert [*deciding["claim"].unique(), *untested] == statements.sentences()["claim"].tolist()


def test_every_range_has_an_end_above_its_beginning_and_accuracies_are_fractions_of_one():
    numbers = statements.numbers()
    assert (numbers["low"] <= numbers["high"]).all()
    accuracies = numbers[numbers["unit"] != "number"][["low", "high", "authors"]]
    assert (accuracies.isna() | np.isinf(accuracies) | accuracies.abs().le(1)).all(axis=None)
    assert set(pd.read_csv(paths.HOME / "data" / "claims.csv")["unit"]) == {"accuracy", "points", "number"}


def test_only_the_claims_that_are_not_judged_say_why():
    sentences = statements.sentences()
    with_why = sentences[sentences["why"] != ""]
    assert with_why["claim"].tolist() == [26, 27, 28, 29]
    assert with_why["why"].str.endswith(".").all()


# How a verdict comes about


@pytest.mark.parametrize(
    ("value", "low", "high", "holds"),
    [
        (0.5, 0.4, 0.6, True),
        (0.4, 0.4, 0.6, True),
        (0.6, 0.4, 0.6, True),
        (0.39, 0.4, 0.6, False),
        (0.61, 0.4, 0.6, False),
        (0.9, 0.4, np.inf, True),
        (-9, -np.inf, 0.6, True),
        (np.nan, -np.inf, np.inf, False),
    ],
)
def test_a_number_holds_when_the_measured_value_lies_in_its_range(stated, value, low, high, holds):
    assert answer(stated, value=value, low=low, high=high)["holds"] == holds


def test_the_interval_leaves_out_the_measured_value(stated):
    told = answer(stated, value=7, authors=0.5)
    assert (told["ours"], told["authors"]) == (7, 0.5)
    assert (told["interval_low"], told["interval_high"]) == pytest.approx((0.025, 0.975))


def test_a_value_that_does_not_exist_has_no_interval(stated):
    told = answer(stated, value=np.nan, resamples=np.full(11, np.nan))
    assert told[["ours", "interval_low", "interval_high", "authors"]].isna().all()


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([0.5, 0.6], "reproduced, uncertain"),
        ([0.5, 0.2], "partly"),
        ([0.1, 0.5, 0.6], "partly"),
        ([0.1, 0.2], "not reproduced"),
        ([np.nan], "not reproduced"),
    ],
)
def test_the_verdict_counts_the_deciding_numbers_that_hold(stated, values, verdict):
    told = quantity(0.1)  # without bounds, so that it decides nothing
    stated({98: [quantity(0.9, 0.4)], 99: [told, *(quantity(value, 0.4) for value in values)]})
    card = claims.scorecard()
    assert card[["claim", "verdict"]].to_numpy().tolist() == [[98, "reproduced, uncertain"], [99, verdict]]
    assert len(claims.answers()) == len(values) + 2
    assert claims.answers(98)["claim"].tolist() == [98]


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.025, 0.975, "reproduced"),
        (0.026, 0.975, "reproduced, uncertain"),
        (0.025, 0.974, "reproduced, uncertain"),
        (-np.inf, 0.974, "reproduced, uncertain"),
        (0.026, np.inf, "reproduced, uncertain"),
    ],
)
def test_a_claim_is_uncertain_where_one_end_of_one_interval_leaves_its_range(stated, low, high, verdict):
    resamples = np.repeat([0.025, 0.975], 50)
    stated({99: [quantity(0.5, 0.4, resamples=[0.5]), quantity(0.5, low, high, resamples=resamples)]})
    assert claims.scorecard()["verdict"].item() == verdict
    assert claims.tally(claims.scorecard()) == f"1 {verdict}"
    assert claims.formatted(claims.answers())["holds"].tolist() == [
        "yes",
        "yes" if verdict == "reproduced" else "unsure",
    ]


def test_verdicts_are_counted_in_their_order_and_of_those_that_no_claim_has_nothing_is_said(stated):
    held = quantity(0.5, 0.4, resamples=[0.5])
    stated({1: [quantity(None, 0.4)], 2: [held], 3: [quantity(0.1, 0.4)], 4: [held], 5: []})
    card = claims.scorecard()
    assert claims.tally(card) == "2 reproduced; 1 not reproduced; 1 not testable here; 1 not tested yet"
    assert set(claims.scorecard()["verdict"]) <= set(claims.VERDICTS)


def test_a_claim_none_of_whose_numbers_can_be_measured_is_not_testable_here_and_says_why(stated):
    stated({99: [quantity(None, 0.4), quantity(None, 0.4)], 100: [quantity(0.9, 0)]})
    card = claims.scorecard()
    assert list(card) == ["claim", "figure", "sentence", "chapter", "verdict", "why"]
    assert card["verdict"].tolist() == ["not testable here", "reproduced"]
    assert card["why"].iloc[0] == "Needs a model."
    assert card["why"].iloc[1] != "Needs a model."


def test_the_reason_counts_the_numbers_in_their_range_and_names_the_first_that_is_not(stated):
    held, told = quantity(0.5, 0.4, resamples=[0.5]), quantity(0.1)
    unsure = quantity(0.5, 0.4, what="what may fall short")
    missed = quantity(0.1, 0.4, resamples=[0.1, 0.1], what="what fell short")
    stated(
        {
            1: [held, told, held],
            2: [told, held, missed],
            3: [missed, quantity(0.2, 0.4), quantity(0.3, 0.4), held],
            4: [held, unsure],
            5: [unsure],
        }
    )
    first, second, third, fourth, fifth = (
        why.replace("\N{NO-BREAK SPACE}", " ") for why in claims.scorecard()["why"]
    )
    assert first.endswith("our range ≥ 40.0 %; both fall in their ranges.")
    short = "10.0 % [10.0–10.0], our range ≥ 40.0 %"
    assert second == f"what fell short (2, 2): {short}; 1 of 2 numbers fall in their ranges."
    assert third == f"what fell short (3, 0): {short}; 1 of 4 numbers fall in their ranges."
    between = "50.0 % [2.5–97.5], our range ≥ 40.0 %; the number falls in its range, its interval does not"
    assert fourth == f"what may fall short (4, 1): {between} (1 of 2 do)."
    assert fifth == f"what may fall short (5, 0): {between}."


def test_all_answers_and_verdicts_are_kept_and_found_again(stated, folders):
    stated(
        {
            1: [quantity(0.5, 0.4, authors=0.3), quantity(0.1, 0.4)],
            2: [quantity(None, 0.4)],
            3: [quantity(np.nan, high=0.4)],
        }
    )
    claims.keep()
    table = tables.read(paths.RESULTS / "claims.parquet", claims.RECIPE)
    assert table["claim"].tolist() == [1, 1, 2, 3]
    assert table["verdict"].tolist() == ["partly", "partly", "not testable here", "not reproduced"]
    ours, found = claims.answers(), table[table["claim"] != 2]
    for column in ("quantity", "ours", "interval_low", "interval_high", "authors", "low", "high"):
        assert found[column].tolist() == pytest.approx(ours[column].tolist(), nan_ok=True)
    assert found["holds"].tolist() == [True, False, False]
    assert table.loc[2, ["quantity", "ours", "holds"]].isna().all()
    assert table.loc[2, "why"] == "Needs a model."


def test_answers_are_shown_in_percent_in_points_or_as_they_are(stated):
    numbers = [
        quantity(0.5, 0.4, authors=0.25),
        quantity(0.5, 0.4, 0.6, unit="number"),
        quantity(np.nan, high=0.6),
        quantity(0.5),
        quantity(-0.0004, 0.4),
        quantity(-0.1, -0.2, 0.05, unit="points"),
    ]
    stated({99: numbers})
    words = claims.formatted(claims.answers()).map(lambda word: str(word).replace("\N{NO-BREAK SPACE}", " "))
    assert words["ours"].tolist() == ["50.0 %", "0.500", "–", "50.0 %", "0.0 %", "−10.0 points"]
    assert words["95 % interval"].tolist()[:2] == ["[2.5–97.5]", "[0.025–0.975]"]
    assert words["authors'"].tolist() == ["25.0 %", *["–"] * 5]
    assert words["our range"].tolist() == [
        "≥ 40.0 %",
        "0.400–0.600",
        "≤ 60.0 %",
        "–",
        "≥ 40.0 %",
        "−20.0 to 5.0 points",
    ]
    assert words["holds"].tolist() == ["unsure", "unsure", "no", "–", "no", "unsure"]


# Pairs of classes


def values_of(number):
    """The values of the claim's numbers, by what they say they are."""
    numbers = statements.numbers().query("claim == @number")
    return {quantity: verdicts.MEASURES[quantity]() for quantity in numbers["quantity"]}


def test_a_rank_counts_the_larger_gaps_in_every_resample(monkeypatch):
    gaps = {task: np.array([place, 45 - place]) / 50 for place, task in enumerate(complexity.pairs("mnist"))}
    gaps["mnist/7-9"], gaps["mnist/0-7"] = np.array([0.99, -0.1]), np.array([0.5, 0.5]) + 1e-6
    monkeypatch.setattr(fig4, "pair_gaps", {"binarised": gaps, "shuffled": gaps}.get)
    monkeypatch.setattr(fig4, "rank_correlation", lambda *measures: np.zeros(2))
    ranks = values_of(23)
    larger = [sum(other[draw] > gaps["mnist/0-7"][draw] for other in gaps.values()) for draw in (0, 1)]
    for kind in ("binarised", "shuffled"):
        assert ranks[f"rank of 7–9 among 45 gaps, {kind}"].tolist() == [1, 45]
        assert ranks[f"rank of 0–7 among 45 gaps, {kind}"].tolist() == [larger[0] + 1, larger[1] + 1]


def test_the_correlations_of_pairs_are_those_of_their_measures_with_classes_resampled(monkeypatch):
    rng = np.random.default_rng(0)
    names = [BINARISED, SHUFFLED, SIMILARITY, ERROR]
    measures = pd.DataFrame(rng.random((45, 4)), index=complexity.pairs("mnist"), columns=names)
    # the paper's words are the other way round: distance, and accuracy
    paper = 1 - measures
    monkeypatch.setattr(correlations, "RESAMPLES", 200)
    monkeypatch.setattr(fig4.pairs, "of_pairs", lambda dataset: measures)
    found = values_of(24)
    for what, measure, gap in (
        ("ρ of SSIM distance and gap, shuffled", SIMILARITY, SHUFFLED),
        ("ρ of SSIM distance and gap, binarised", SIMILARITY, BINARISED),
        ("ρ of float accuracy and gap, shuffled", ERROR, SHUFFLED),
    ):
        rho, columns = found[what], pd.DataFrame({"one": paper[measure], "gap": measures[gap]})
        assert rho.shape == (201,)
        assert rho[0] == pytest.approx(spearmanr(columns).statistic)
        told = correlations.rank_correlations(columns).loc[0]
        assert np.quantile(rho[1:], [0.025, 0.975]).tolist() == pytest.approx([told["low"], told["high"]])


def test_a_distance_has_the_interval_of_its_standard_error(monkeypatch):
    pairs = [(first, second) for first in range(10) for second in range(10)]
    rows = pd.DataFrame(pairs, columns=["first", "second"])
    rows["distance"], rows["error"] = 0.5 + rows["first"] / 20 + rows["second"] / 1000, 0.002
    monkeypatch.setattr(Similarity, "table", lambda recipe: rows.assign(dataset=recipe.dataset))
    answers = claims.answers(25).set_index("quantity")
    row = answers.loc["SSIM distance, MNIST 9 vs 7"]
    assert row["ours"] == pytest.approx(0.5 + 9 / 20 + 7 / 1000)
    assert row["interval_high"] - row["ours"] == pytest.approx(1.96 * 0.002, rel=0.01)
    assert row["ours"] - row["interval_low"] == pytest.approx(1.96 * 0.002, rel=0.01)
    # both orders averaged, the distance grows with either label: 0-1 is the smallest
    assert answers.loc["rank of MNIST 0 vs 1 among 45 distances", "ours"] == 1
    assert answers.loc["rank of MNIST 7 vs 9 (hard) among 45 distances", "ours"] == 44


@pytest.mark.parametrize(("kind", "measure"), [("binarised", BINARISED), ("shuffled", SHUFFLED)])
def test_the_ranked_gaps_are_the_measured_ones(kept_only, kind, measure):
    measured = of_pairs("mnist")[measure]
    assert {task: gap[0] for task, gap in fig4.pair_gaps(kind).items()} == measured.to_dict()


def test_the_reason_says_where_the_authors_own_numbers_miss_the_range_as_ours_do(stated):
    held, missed = quantity(0.5, 0.4, authors=0.3), quantity(0.1, 0.4, authors=0.3)
    stated({1: [held, missed, quantity(0.1, 0.4, authors=0.5), quantity(0.1, 0.4)]})
    assert (
        claims.scorecard()["why"]
        .item()
        .endswith("; 1 of 4 numbers fall in their ranges, and the authors' own miss 1 of the others.")
    )
