"""Sensitivity of any model, beside a plain loop: the same to the last bit, whatever is replayed."""

import pytest
import torch
from subjects import KINDS, Worth, answer, kind, made, plain_loop, weights
from torch import nn

import weightprobes.engine.sensitivity as module
from weightprobes.engine.readings import COLUMNS
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.probes import Noise, Prune, Shuffle

READ = {columns: reading for reading, columns in COLUMNS.items()}
MEMORIES = [0, 3_000, "1GB"]


def keyed(table):
    """Scores by what a row is."""
    rows = zip(table["layer"], table["strength"], table["draw"], table["weights"], table["scale"], strict=True)
    found = {(*row, READ[ends]): score for (*row, a, b), score in zip(rows, table["score"], strict=True) for ends in [(a, b)]}
    assert len(found) == len(table)
    return found


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_model_gives_what_a_plain_loop_gives_to_the_last_bit(name):
    if name in ("gpt2", "bert", "distilbert"):
        pytest.importorskip("transformers")
    model, evaluate = kind(name)
    asked = dict(probe=Noise("normal"), strengths=(0.0, 0.3), readings=("float", "row"), draws=2)
    expected = plain_loop(model, evaluate, *asked.values())
    assert len(set(expected.values())) > len(expected) / 2
    for memory in MEMORIES:
        table = sensitivity(model, evaluate, **asked, memory=memory)
        assert keyed(table) == expected
        assert table["layer"].unique().tolist() == list(weights(model))
        assert table.attrs["score"] == evaluate(model)
