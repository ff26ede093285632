"""Measures side by side: each column is that of its own module, and grows with difficulty."""

from types import SimpleNamespace

import pandas as pd
import pytest
import torch

from weightprobes.datasets import DATASETS
from weightprobes.engine.settings import Setting
from weightprobes.measures import pairs as measures
from weightprobes.measures.complexity import complexity, epochs_to
from weightprobes.measures.difficulty import (
    CLASSICAL,
    LINEAR,
    NEIGHBOUR,
    classical,
    linear_error,
    neighbour_error,
)
from weightprobes.measures.pairs import BINARISED, EPOCHS, ERROR, SHUFFLED, SIMILARITY, of_pairs
from weightprobes.measures.similarity import Similarity
from weightprobes.rng import generator
from weightprobes.tasks import Task

TASKS = ["digits/0-1", "digits/8-9", "digits/3-8"]
DISTANCES = pd.Series({"digits/3-8": 0.5, "digits/0-1": 0.75, "digits/8-9": 0.25, "digits/1-2": 0.1})
KIND = dict(seeds=2, setting=Setting("kept"), scaling="unit")


def folded_by_an_eighth(*tasks, **kind):
    """On digits no median lies below one half."""
    return complexity(*tasks, **kind).assign(folded=lambda rows: rows["gap"] + 0.125)


@pytest.fixture
def table(folders, monkeypatch):
    """Of three pairs only, in no alphabetical order, with distances and folded gaps made up."""
    monkeypatch.setattr(measures, "pairs", lambda dataset: TASKS)
    monkeypatch.setattr(measures, "complexity", folded_by_an_eighth)
    monkeypatch.setattr(Similarity, "of_pairs", lambda recipe: DISTANCES)
    return of_pairs("digits", **KIND)


def test_there_is_a_row_for_each_pair_and_a_column_for_each_measure(table):
    assert list(table.index) == TASKS
    ours = {BINARISED, SHUFFLED, ERROR, EPOCHS, SIMILARITY}
    assert set(table) == ours | {LINEAR, NEIGHBOUR, *CLASSICAL.values()}


def test_what_is_no_image_has_no_similarity_of_images_and_all_other_measures(folders, monkeypatch):
    x, y = torch.rand(60, 5, generator=generator("a table")), torch.arange(60) % 3
    told = dict(NAME="Table", CLASSES=("a", "b", "c"), SHAPE=(5,), load=lambda split: (x, y))
    monkeypatch.setitem(DATASETS, "table", SimpleNamespace(**told))
    table = of_pairs("table", **KIND)
    assert list(table.index) == ["table/0-1", "table/0-2", "table/1-2"]
    assert set(table) == {BINARISED, SHUFFLED, ERROR, EPOCHS, LINEAR, NEIGHBOUR, *CLASSICAL.values()}


def test_each_measure_is_that_of_its_module(table):
    rows = folded_by_an_eighth(*TASKS, **KIND).set_index(["simplification", "task"])
    assert table[BINARISED].to_dict() == rows.loc["binarised", "folded"].to_dict()
    assert table[SHUFFLED].to_dict() == rows.loc["shuffled", "folded"].to_dict()
    assert table[ERROR].to_dict() == (1 - rows.loc["shuffled", "float"]).to_dict()
    assert table[EPOCHS].to_dict() == epochs_to(0.97, TASKS, seeds=2).to_dict()
    assert table[SIMILARITY].tolist() == [0.25, 0.75, 0.5]
    for name, row in table.iterrows():
        task = Task.named(name)
        assert (row[LINEAR], row[NEIGHBOUR]) == (linear_error(task), neighbour_error(task))
        assert row[list(CLASSICAL.values())].to_dict() == classical(task, 500)
