"""A tagger's diagnosis and plans, as kept tables."""

import pytest

pytest.importorskip("transformers")

from taggers import SITES

from weightprobes.measures.tagger_plans import TaggerDiagnosis, TaggerPlans
from weightprobes.models.checkpoints import Checkpoint


@pytest.fixture
def model(folders, corpus, checkpoint):
    return Checkpoint(checkpoint)


def test_every_matrix_is_diagnosed_and_its_parts_add_up(model, monkeypatch):
    recipe = TaggerDiagnosis(model, sentences=20, calibration=10)
    table = recipe.table()
    assert list(table["layer"]) == SITES
    parts = table["scale"] + table["offset"] + table["information"]
    assert parts.to_numpy() == pytest.approx(table["signs"].to_numpy(), abs=1e-12)
    assert set(table["word"]) <= {"robust", "scale", "offset", "information", "unclear"}
    monkeypatch.setattr(Checkpoint, "tagger", None)
    assert recipe.table().equals(table)


def test_a_larger_budget_binarises_no_less_and_the_whole_is_verified(model):
    recipe = TaggerPlans(model, sentences=20, calibration=10)
    assert recipe.needs([0.0]).recipe == TaggerDiagnosis(model, sentences=20, calibration=10)
    table = recipe.table([0.0, 0.1, 10.0]).set_index("budget")
    singly, together = (table[table["how"] == how] for how in ("singly", "together"))
    for plans in (singly, together):
        assert plans["binarised"].is_monotonic_increasing
        assert plans.loc[10.0, "layers"] == len(SITES)
        assert plans.loc[10.0, "binarised"] == 1
    assert (singly["expected"] <= singly.index).all()
    assert table["misled"].to_numpy() == pytest.approx((table["loss"] - table["expected"]).to_numpy())
