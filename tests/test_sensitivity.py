"""Sensitivity of any model, beside a plain loop: the same to the last bit, whatever is replayed."""

import pytest
from subjects import KINDS, kind, plain_loop, weights

from weightprobes.engine.readings import COLUMNS
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.probes import Noise

READ = {columns: reading for reading, columns in COLUMNS.items()}
MEMORIES = [0, 3_000, "1GB"]


def keyed(table):
    """Scores by what a row is."""
    read = [READ[one] for one in zip(table["weights"], table["scale"], strict=True)]
    keys = list(zip(table["layer"], table["strength"], table["draw"], read, strict=True))
    assert len(set(keys)) == len(keys)
    return dict(zip(keys, table["score"], strict=True))


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
