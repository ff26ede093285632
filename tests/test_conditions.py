"""Conditions: what departs from the published setting, and the words for what becomes of an effect."""

from dataclasses import fields, replace
from random import Random

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from weightprobes.engine.bootstrap import RESAMPLES
from weightprobes.engine.settings import AS_PUBLISHED, Setting
from weightprobes.engine.sweep import Sweep, sweeps
from weightprobes.measures import complexity, correlations
from weightprobes.measures import pairs as measures
from weightprobes.measures.difficulty import LINEAR, NEIGHBOUR
from weightprobes.measures.pairs import BINARISED, ERROR, SHUFFLED, SIMILARITY
from weightprobes.models.training import Training
from weightprobes.paper import conditions
from weightprobes.paper.conditions import (
    CONDITIONS,
    MEASURED_ON_PAIRS,
    PROBES,
    PUBLISHED,
    STATEMENTS,
    Condition,
    Medians,
    effects,
    pair_ranks,
    verdict,
)
from weightprobes.tables.recipes import digest
from weightprobes.tasks import PAPER_TASKS, Task

EASY, HARD = "digits/1-9", "digits/8-9"
KEPT = Condition("biases kept", setting=Setting("kept"))


@pytest.fixture(autouse=True)
def nothing_is_remembered():
    conditions._accuracies.cache_clear()
    conditions._ranks.cache_clear()


# The words


@pytest.mark.parametrize(
    ("share", "low", "high", "word"),
    [
        (1.0, 0.2, 0.4, "holds"),
        (7.0, 0.2, 0.4, "holds"),
        (0.5, 0.2, 0.4, "holds"),
        (0.499, 0.2, 0.4, "weaker"),
        (0.01, 0.2, 0.4, "weaker"),
        (0.499, 1e-9, 0.4, "weaker"),
        (1.0, 0.0, 0.4, "gone"),
        (1.0, -0.2, 0.4, "gone"),
        (1.0, -0.2, 0.499, "gone"),
        (1.0, -0.2, 0.5, "unsure"),
        (0.1, 0.0, 0.6, "unsure"),
        (0.0, -0.2, 0.6, "unsure"),
        (0.0, -0.2, 0.4, "gone"),
        (0.0, 0.0, 0.0, "gone"),
        (-0.4, -0.2, 0.0, "gone"),
        (-0.4, -0.2, -1e-9, "reversed"),
        (0.0, -0.2, -0.1, "reversed"),
        (-2.0, -0.2, -0.1, "reversed"),
    ],
)
def test_the_word_for_an_effect_changes_where_it_is_said_to(share, low, high, word):
    assert verdict(share, low, high) == word


# The conditions


@pytest.fixture
def recipe_of(monkeypatch):
    """The sweep that a condition asks for."""
    monkeypatch.setattr(Sweep, "table", lambda sweep, seeds: sweep)
    return lambda condition, probe: condition.table("mnist/7-9", probe, 20)


def test_every_condition_has_a_name_and_a_recipe_of_its_own(recipe_of):
    recipes = {digest(recipe_of(condition, "prune")) for condition in CONDITIONS.values()}
    assert len({condition.name for condition in CONDITIONS.values()}) == len(recipes) == len(CONDITIONS)


@pytest.mark.parametrize("probe", PROBES)
def test_of_every_condition_the_book_keeps_the_table_it_asks_for(probe, recipe_of):
    for condition in CONDITIONS.values():
        assert recipe_of(condition, probe).files.book.exists(), condition.name


def test_where_weights_are_ranked_over_the_network_shuffles_stay_within_their_layer(recipe_of):
    over_network = CONDITIONS["network"]
    same = {probe: recipe_of(over_network, probe) == recipe_of(PUBLISHED, probe) for probe in PROBES}
    assert same == {"prune": False, "noise": False, "flip": False, "shuffle": True}


def test_the_published_gap_is_in_the_tables_of_complexity(recipe_of, monkeypatch):
    asked = []
    monkeypatch.setattr(
        Sweep, "table", lambda sweep, seeds: asked.append(sweep) or pd.DataFrame({"seed": []})
    )
    sweeps([HARD], [complexity.PROBE], complexity.STRENGTHS, seeds=20)
    PUBLISHED.table(HARD, "shuffle", 20)
    assert asked[0] == asked[1]


def test_as_published_is_the_default_training_and_the_published_setting():
    assert next(iter(CONDITIONS.values())) is PUBLISHED
    assert PUBLISHED.name == "as published"
    assert PUBLISHED.setting == AS_PUBLISHED
    assert PUBLISHED.training(HARD) == Training(Task.named(HARD))


def test_every_other_condition_departs_in_one_field():
    for condition in list(CONDITIONS.values())[1:]:
        departed = [
            field.name
            for field in fields(Condition)
            if getattr(condition, field.name) != getattr(PUBLISHED, field.name)
        ]
        assert len(departed) == 2
        assert departed[0] == "name"


def test_a_condition_is_trained_as_it_says():
    condition = Condition("both", scaling="unit", weight_decay=0.25)
    assert condition.training(HARD) == Training(Task.named(HARD, "unit"), weight_decay=0.25)


def test_conditions_measured_on_pairs_are_some_of_the_conditions_and_train_as_usual():
    # what measures the pairs has no other training
    for condition in (CONDITIONS[name] for name in MEASURED_ON_PAIRS):
        assert condition.training(HARD) == Training(Task.named(HARD, condition.scaling))


@pytest.mark.parametrize("name", PROBES)
def test_every_grid_begins_with_the_network_as_it_is(name):
    _, strengths = PROBES[name]
    assert strengths[0] == min(strengths) == 0
    assert len(strengths) == len(set(strengths)) > 1


def test_the_tasks_are_the_papers_easy_and_hard_ones():
    for easy, hard in conditions.DATASETS.values():
        assert (Task.named(easy).title[-6:], Task.named(hard).title[-6:]) == ("(easy)", "(hard)")


# Medians


def test_pruned_networks_of_all_conditions_are_one_table_of_the_papers_tasks(monkeypatch):
    monkeypatch.setattr(
        Condition,
        "table",
        lambda one, task, probe, seeds: pd.DataFrame({"told": [f"{one.name}, {task}, {probe}, {seeds}"]}),
    )
    table = conditions.pruned([PUBLISHED, KEPT], seeds=7)
    assert table["condition"].tolist() == 4 * ["as published"] + 4 * ["biases kept"]
    assert table["told"].tolist() == [
        f"{name}, {task}, prune, 7" for name in ("as published", "biases kept") for task in PAPER_TASKS
    ]
    assert table.index.is_unique


@pytest.fixture
def accuracies(monkeypatch):
    """Makes up every sweep: a function of task, probe, reading, strength and seed gives the accuracy."""

    def of(accuracy):
        def table(condition, task, probe, seeds):
            rows = [
                {"seed": seed, "strength": strength, "weights": weights, "task": task}
                | {"accuracy": accuracy(task, probe, weights, strength, seed)}
                for strength in PROBES[probe][1][::-1]
                for seed in range(seeds)
                for weights in ("sign", "float")
            ]
            return pd.DataFrame(rows)

        monkeypatch.setattr(Condition, "table", table)
        conditions._accuracies.cache_clear()

    return of


def scattered(*key):
    """An accuracy drawn at random, always the same for a key."""
    return Random(repr(key)).random()


@pytest.mark.parametrize("models", [4, 7])
@pytest.mark.parametrize("weights", ["float", "sign"])
@pytest.mark.parametrize("probe", PROBES)
def test_medians_are_over_seeds_at_each_strength_from_the_smallest_up(accuracies, probe, weights, models):
    accuracies(scattered)
    found = Medians(PUBLISHED, HARD, models).of(probe, weights)
    expected = [
        np.median([scattered(HARD, probe, weights, strength, seed) for seed in range(models)])
        for strength in sorted(PROBES[probe][1])
    ]
    np.testing.assert_allclose(found[0], expected)
    assert found.shape == (1 + RESAMPLES, len(expected))


def test_the_gap_and_its_resamples_are_those_of_complexity(accuracies):
    accuracies(scattered)
    rows = PUBLISHED.table(HARD, "shuffle", 9)
    np.testing.assert_array_equal(
        Medians(PUBLISHED, HARD, 9).gap(), complexity.resampled(rows, "binarised")["gap"]
    )


def test_a_gain_is_what_the_best_strength_adds_to_the_network_of_signs(accuracies):
    # best at the seventh flip of 30, and worse from there on
    accuracies(lambda task, probe, weights, strength, seed: 0.9 - abs(strength - 6 / 29) - seed / 1000)
    assert Medians(PUBLISHED, HARD, 5).gain("flip") == pytest.approx(6 / 29)
    accuracies(lambda task, probe, weights, strength, seed: 0.9 - strength)
    assert Medians(PUBLISHED, HARD, 5).gain("flip") == pytest.approx(0)


@pytest.mark.parametrize(("weights", "place"), [("sign", 0), ("float", 1)])
def test_what_is_kept_is_a_share_of_what_was_learned_beyond_the_larger_class(accuracies, weights, place):
    larger = max(Task.named(HARD).shares())
    for left, share in ((0.9, 1), (larger, 0), ((0.9 + larger) / 2, 0.5)):
        accuracies(lambda task, probe, *how, left=left: left if how[:2] == (weights, place) else 0.9)
        kept = Medians(PUBLISHED, HARD, 3).kept(weights, place)
        np.testing.assert_allclose(kept, np.full(1 + RESAMPLES, share), atol=1e-9)


# Effects


def world(easy, hard, best):
    """Float networks of 0.98, and what signs leave of the easy and hard task, and of the hard at its best."""

    def accuracy(task, probe, weights, strength, seed):
        if probe == "shuffle" and strength == 1:
            found = easy
        elif weights == "float":
            found = 0.98
        elif task == EASY:
            found = easy
        else:
            found = best if 0.2 < strength < 0.5 else hard
        return found - seed / 1000

    return accuracy


@pytest.fixture
def two_digit_tasks(monkeypatch):
    monkeypatch.setattr(conditions, "DATASETS", {"Digits": (EASY, HARD)})


def test_in_a_world_as_the_paper_tells_it_every_effect_is_positive(two_digit_tasks, accuracies):
    accuracies(world(0.96, 0.5, 0.9))
    table = effects([PUBLISHED], seeds=5).set_index("sentence")
    assert len(table) == len(STATEMENTS)
    assert (table["effect"] > 0.3).all()
    assert (table["share"] == 1).all()
    assert (table["verdict"] == "holds").all()
    assert table.loc["binarised, the hard task collapses", "effect"] == pytest.approx(0.48)
    assert table.loc["binarised, the hard task loses more", "effect"] == pytest.approx(0.46)
    assert table.loc["pruning rescues the hard task", "effect"] == pytest.approx(0.4)


def test_in_a_world_turned_round_no_effect_holds(two_digit_tasks, accuracies, monkeypatch):
    tables = {}
    for name, told in {"as published": world(0.96, 0.5, 0.9), "biases kept": world(0.45, 0.99, 0.2)}.items():
        accuracies(told)
        tables[name] = Condition.table
    monkeypatch.setattr(Condition, "table", lambda one, *asked: tables[one.name](one, *asked))
    table = effects([PUBLISHED, KEPT], seeds=5).set_index(["condition", "sentence"])
    assert set(table.loc["as published", "verdict"]) == {"holds"}
    words = table.loc["biases kept", "verdict"]
    # a best strength is never worse than none, so it can give nothing back but no less
    assert set(words[words == "gone"].index) == {
        "pruning rescues the hard task",
        "noise helps the hard task",
        "flips help the hard task",
    }
    assert set(words[words != "gone"]) == {"reversed"}


@pytest.fixture
def four_units(monkeypatch):
    """Networks so small that signs cost them something on digits."""
    plain = Condition.training
    monkeypatch.setattr(Condition, "training", lambda *asked: replace(plain(*asked), hidden=(4,)))


def test_effects_have_their_interval_and_their_share_of_the_published_one(
    folders, two_digit_tasks, four_units, monkeypatch
):
    statements = [one for one in STATEMENTS if one.sentence.startswith("binarised")]
    monkeypatch.setattr(conditions, "STATEMENTS", statements)
    table = effects([PUBLISHED, KEPT], seeds=5)
    assert list(zip(table["condition"], table["sentence"], strict=True)) == [
        (condition.name, statement.sentence) for condition in (PUBLISHED, KEPT) for statement in statements
    ]
    assert list(table) == [
        *("condition", "sentence", "figure", "dataset", "effect", "low", "high", "share", "verdict")
    ]
    published, kept = (part.reset_index() for _, part in table.groupby("condition", sort=False))
    np.testing.assert_allclose(kept["share"], kept["effect"] / published["effect"])
    assert (published["share"] == 1).all()
    assert table["effect"].between(table["low"], table["high"]).all()
    whole = table["effect"] / table["share"]
    bounds = zip(table["share"], table["low"] / whole, table["high"] / whole, strict=True)
    words = [verdict(*row) for row in bounds]
    assert words == list(table["verdict"])


@pytest.mark.parametrize("condition", [PUBLISHED, KEPT], ids=lambda condition: condition.name)
def test_effects_of_binarisation_are_the_gaps_of_complexity(
    condition, folders, two_digit_tasks, four_units, monkeypatch
):
    monkeypatch.setattr(conditions, "STATEMENTS", STATEMENTS[:3])
    found = effects([condition], seeds=5).set_index("sentence")[["effect", "low", "high"]]
    gaps = complexity.complexity(EASY, HARD, seeds=5, hidden=(4,), setting=condition.setting)
    easy, hard = gaps[gaps["simplification"] == "binarised"].to_dict("records")
    assert found.loc["binarised, the hard task collapses"].tolist() == pytest.approx(
        [hard["gap"], hard["gap_low"], hard["gap_high"]]
    )
    assert found.loc["binarised, the easy task is kept"].tolist() == pytest.approx(
        [1 - easy["relative"], 1 - easy["relative_high"], 1 - easy["relative_low"]]
    )
    assert found.loc["binarised, the hard task loses more", "effect"] == pytest.approx(
        hard["gap"] - easy["gap"]
    )


# Pairs


def test_ranks_of_pairs_are_told_for_each_condition_and_measure(monkeypatch):
    compared = [ERROR, LINEAR, NEIGHBOUR, SIMILARITY]

    def of_pairs(dataset, seeds, setting, scaling):
        rng = np.random.default_rng(len(f"{setting} {scaling}") + seeds)
        columns = rng.random((45, 6))
        columns[:, 2] += columns[:, 0]
        names = [BINARISED, SHUFFLED, *compared]
        return pd.DataFrame(columns, index=complexity.pairs(dataset), columns=names)

    monkeypatch.setattr(measures, "of_pairs", of_pairs)
    monkeypatch.setattr(correlations, "RESAMPLES", 100)
    table = pair_ranks(seeds=7)
    assert list(table) == ["condition", "measure", "rho", "low", "high", "gap"]
    assert list(zip(table["condition"], table["measure"], strict=True)) == [
        (CONDITIONS[name].name, measure) for name in MEASURED_ON_PAIRS for measure in compared
    ]
    settings = {one.name: (one.setting, one.scaling) for one in CONDITIONS.values()}
    for row in table.itertuples():
        expected = of_pairs("mnist", 7, *settings[row.condition])
        assert row.rho == pytest.approx(spearmanr(expected[BINARISED], expected[row.measure]).statistic)
        assert row.low < row.rho < row.high
        assert row.gap == np.median(expected[BINARISED])
