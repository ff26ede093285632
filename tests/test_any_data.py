"""Pairs of data of any kind: plain twins of what their tables tell, and the kept rows made again."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
import torch
from samples import normal

from weightprobes import paths
from weightprobes.datasets import DATASETS
from weightprobes.engine.settings import SETTINGS
from weightprobes.measures import any_data
from weightprobes.measures.any_data import (
    BANKING,
    DIGITS,
    KINDS,
    NOISES,
    Agreement,
    FewExamples,
    Pairs,
    agreement,
    level,
    radius,
    tasks,
)
from weightprobes.measures.complexity import complexity
from weightprobes.measures.difficulty import Difficulty
from weightprobes.models.training import Training, train
from weightprobes.tables import tables
from weightprobes.tables.recipe import Recipe
from weightprobes.tasks import Task

PAIR, SEEDS = "wine/0-1", 3


@pytest.fixture(scope="module")
def row() -> pd.Series:
    """What is told of one pair."""
    return Pairs("wine", "standardized", SEEDS)._make([PAIR], "cpu").iloc[0]


@pytest.fixture(scope="module")
def networks() -> tuple[Training, list]:
    """The networks of that pair, as plain modules."""
    training = Training(Task.named(PAIR, "standardized"))
    ensemble = train(training, range(SEEDS))
    modules = [training.build() for _ in range(SEEDS)]
    for seed, module in enumerate(modules):
        module.load_state_dict(ensemble.model(seed))
    return training, modules


# What is measured


def test_a_unit_of_random_signs_is_shifted_by_the_level_in_its_own_deviations():
    x = normal(4000, 200) * torch.linspace(0.5, 1, 200) + torch.linspace(-1, 1, 200) ** 3
    units = x @ normal(200, 4000).sign()
    shift, spread = units.mean(0).square().mean().sqrt(), units.var(0).mean().sqrt()
    assert level(x) == pytest.approx((shift / spread).item(), rel=0.05)
    assert level(x - x.mean(0)) == pytest.approx(0, abs=1e-5)
    assert level(3 * x) == pytest.approx(level(x))


def test_random_signs_agree_by_chance_and_equal_ones_entirely():
    mean = normal(300)
    assert agreement(normal(5000, 300), mean) == pytest.approx(1, rel=0.05)
    assert agreement(mean.repeat(4, 1), mean) == pytest.approx((mean.abs().sum() / mean.norm()).item())
    assert agreement(2 * normal(5, 300), 3 * mean) == pytest.approx(agreement(normal(5, 300), mean))


@pytest.mark.parametrize(
    ("fallen", "where"),
    [
        ([0, 0, 0.05, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4], NOISES[2]),
        ([0, 0, 0.04, 0.06, 0.3, 0.4, 0.4, 0.4, 0.4], (NOISES[2] * NOISES[3]) ** 0.5),
        ([0.2] * 9, NOISES[0]),
        ([0.01] * 9, NOISES[-1]),
        # what is won back later was lost all the same
        ([0, 0.1, 0.02, 0.2, 0.3, 0.4, 0.4, 0.4, 0.4], (NOISES[0] * NOISES[1]) ** 0.5),
    ],
)
def test_the_radius_is_where_five_points_are_lost_first(fallen, where):
    course = 0.95 - np.array([0.0, *fallen])
    assert radius(course) == pytest.approx(where)


def test_a_pair_has_the_accuracies_that_complexity_tells(row, folders):
    for word, setting in (("published", "as_published"), ("recommended", "recommended")):
        told = complexity(PAIR, seeds=SEEDS, setting=SETTINGS[setting], scaling="standardized")
        told = told.set_index("simplification")
        for what in ("binarised", "shuffled"):
            assert row[f"{word}_float"] == told.loc[what, "float"]
            assert row[f"{word}_{what}"] == told.loc[what, "simplified"]


def test_error_bits_and_dead_units_are_those_of_plain_networks(row, networks):
    training, modules = networks
    (x, y), (seen, _) = training.task.load("test"), training.task.load("train")
    with torch.no_grad():
        answers = [module(x) for module in modules]
        hidden = [module[0](seen) for module in modules]
    assert row["error"] == np.median([(one.argmax(1) != y).double().mean() for one in answers])
    truth = [one.softmax(1)[range(len(y)), y] for one in answers]
    assert row["bits"] == pytest.approx(np.median([-one.log2().mean() for one in truth]), rel=1e-4)
    assert row["dead"] == np.median([(one <= 0).all(0).double().mean() for one in hidden])
    assert row["failed"] == 0
    assert row["level"] == pytest.approx(0, abs=1e-3)


def test_networks_of_signs_that_give_one_answer_have_its_accuracy():
    told = Pairs("wine", "symmetric", SEEDS)._make([PAIR], "cpu").iloc[0]
    assert told["level"] > 5
    # a shift of so many of its own deviations leaves one answer
    assert told["one_answer"] > 0.9
    apart = [abs(told["published_binarised"] - share) for share in Task.named(PAIR).shares()]
    assert min(apart) <= 1 - told["one_answer"] + 1e-9


def test_few_examples_are_shown_for_as_many_steps_as_are_asked_for(monkeypatch):
    asked = []

    def noted(training, seeds, device):
        asked.append((training, len(seeds)))
        return train(training, seeds, device)

    monkeypatch.setattr(any_data, "train", noted)
    table = FewExamples("wine", images=(2, 30), seeds=2)._make([PAIR], "cpu")
    assert table["images"].tolist() == [2, 30]
    assert [(one.images, count) for one, count in asked] == [(2, 2), (30, 2)]
    for training, _ in asked:
        items = len(training.task.load("train")[1])
        assert training.epochs * -(-items // training.batch) == FewExamples("wine").steps
    again = [1 - train(one, range(2)).history["test_accuracy"][:, -1].double().mean() for one, _ in asked]
    np.testing.assert_allclose(table["error"], again, atol=1e-6)


def test_pairs_are_all_of_a_set_and_of_the_intents_those_of_a_bank():
    assert len(tasks("letter")) == 26 * 25 / 2
    assert len(tasks("wine")) == 3
    known = DATASETS["clinc150"].CLASSES
    told = [tuple(known[label] for label in Task.named(name).classes) for name in tasks("clinc150")]
    assert sorted(map(sorted, told)) == sorted(map(sorted, combinations(BANKING, 2)))


# What is kept


@pytest.fixture
def nothing_is_made(monkeypatch):
    """A missing table is an error here, not something to make."""
    for recipe in (Pairs, FewExamples, Agreement, Difficulty):
        monkeypatch.setattr(recipe, "_make", lambda one, *_: pytest.fail(f"no kept table of {one}"))


def test_hundreds_of_pairs_of_ten_networks_in_three_settings_are_kept(nothing_is_made):
    count = 0
    for dataset in KINDS:
        symmetric, centred = Pairs(dataset).table(), Pairs(dataset, "centered").table()
        assert symmetric["task"].tolist() == centred["task"].tolist() == tasks(dataset)
        few = FewExamples(dataset).table()
        assert few.groupby("task").size().to_dict() == dict.fromkeys(tasks(dataset), 3)
        for table in (symmetric, centred, few):
            assert table.drop(columns="epochs", errors="ignore").notna().all(axis=None)
        count += len(symmetric)
    assert count >= 600
    assert Pairs("mnist").seeds == 10


def test_the_tables_of_the_chapter_are_small():
    folders = [paths.BOOK / name for name in ("pairs", "few", "agreement", "difficulty", "similarity")]
    assert sum(path.stat().st_size for folder in folders for path in folder.glob("*.parquet")) < 3e6


AGAIN = [
    Pairs("digits"),
    Pairs("wine"),
    Pairs("breast_cancer", "centered"),
    Pairs("mnist1d", "centered"),
    Agreement("digits"),
    FewExamples("digits"),
    FewExamples("mnist1d"),
]


@pytest.mark.parametrize("recipe", AGAIN, ids=lambda one: one.name)
def test_a_kept_row_is_made_again_to_a_few_items(recipe: Recipe):
    if recipe.dataset == "mnist1d":
        pytest.importorskip("mnist1d")
    name = recipe.items()[-1]
    kept, again = recipe.table([name]), recipe._make([name], "cpu")
    assert list(again) == list(kept)
    items = len(Task.named(name).load("test")[1])
    for column in again.select_dtypes("number"):
        within = {"radius": 0.2, "bits": 0.1, "epochs": 0.5, "level": 1e-4, "agreement": 0.1}.get(
            column, 2.1 / items
        )
        np.testing.assert_allclose(again[column], kept[column], atol=within, err_msg=column)


def test_the_digits_of_all_senses_are_the_same_pairs():
    ends = {sense: [Task.named(name).classes for name in tasks(sense)] for sense in DIGITS}
    assert len({tuple(one) for one in ends.values()}) == 1


def test_a_table_says_what_made_it(nothing_is_made):
    recipe = Pairs("wine")
    _, text = tables.sound(recipe.files.wholes[0])
    assert '"data": "' in text
    assert "Pairs" in text
