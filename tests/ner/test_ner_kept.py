"""The chapter's tables are kept, and the fine-tuned tagger, where it is at hand, gives their rows again."""

import os
import subprocess
import sys

import numpy as np
import pytest

from weightprobes import paths
from weightprobes.engine.readings import COLUMNS
from weightprobes.engine.tagger_card import Card
from weightprobes.engine.tagger_sweep import SAMPLE, SiteSweep
from weightprobes.measures.tagger_similarity import Damage
from weightprobes.models.distilbert import matrices, paper_matrices
from weightprobes.models.finetuning import FineTuning
from weightprobes.paper import tagger_questions as questions
from weightprobes.paper import tagger_tables as study
from weightprobes.probes import Noise, Prune, Shuffle
from weightprobes.tables.recipes import digest

MODEL = FineTuning()
FOLDER = paths.DATA / "models" / f"ner-{MODEL.label}-{digest(MODEL)}"

needs_the_tagger = pytest.mark.skipif(
    not FOLDER.is_dir() or "WEIGHTPROBES_DATA" not in os.environ,
    reason="the fine-tuned tagger (90 MB, half an hour) or CoNLL-2003 is not here",
)


@pytest.fixture(autouse=True)
def nothing_is_made(monkeypatch):
    """A missing table is an error here, not something to make."""
    for recipe in (SiteSweep, Damage, Card):
        monkeypatch.setattr(recipe, "_make", lambda one, *wanted: pytest.fail(f"no kept table of {one}"))


def test_every_table_of_the_chapter_is_kept():
    study.fill(MODEL)


def test_curves_have_as_many_strengths_and_draws_as_they_say():
    table = study.curves(MODEL)
    assert set(table["site"]) == set(paper_matrices(6))
    curves = table.groupby(["site", "probe", "variant", "weights", "scale"])
    assert curves["strength"].nunique().min() >= 25
    assert (curves["draw"].nunique() == np.where(curves["probe"].first().isin(["prune", "flip"]), 1, 3)).all()
    assert set(table["sentences"]) == {SAMPLE}


def test_maps_have_every_matrix_on_the_whole_test_set():
    table = study.whole(MODEL)
    assert set(table["site"]) == set(matrices(6))
    assert set(table["sentences"]) == {3453}


def test_the_kept_sign_readings_of_shuffles_within_signs_are_those_of_the_signs():
    table = study.whole(MODEL)
    signs = table[(table["probe"] == "shuffle") & (table["weights"] == "sign")]
    at = signs.pivot(index="site", columns="strength", values="f1")
    assert (at[0.0] == at[1.0]).all()


def test_kept_places_before_the_probed_matrix_are_untouched():
    table = study.similarities(MODEL)
    order = {name: number for number, name in enumerate(paper_matrices(6))}
    before = table[table["place"].map(order) < table["site"].map(order)]
    assert len(before) > 0
    assert (before["unbiased"] == 1).all()


def test_every_number_of_the_four_claims_is_answered():
    table = questions.answers(MODEL)
    assert set(table["claim"]) == {26, 27, 28, 29}
    assert table["value"].notna().all()


def test_the_chapters_tables_are_read_without_transformers_a_model_or_data():
    code = """
import sys
for name in ("transformers", "datasets", "huggingface_hub", "tokenizers"):
    sys.modules[name] = None
from weightprobes.paper import tagger_questions as questions
from weightprobes.paper import tagger_tables as study
from weightprobes.models.finetuning import FineTuning
study.fill(FineTuning())
questions.answers(FineTuning())
"""
    bare = {name: value for name, value in os.environ.items() if name != "WEIGHTPROBES_DATA"}
    run = subprocess.run([sys.executable, "-c", code], env=bare, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@needs_the_tagger
@pytest.mark.parametrize(
    ("recipe", "names"),
    [
        (SiteSweep(MODEL, Shuffle("random"), (1.0,)), ["classifier", "block 6 lin2", "block 6 q"]),
        (SiteSweep(MODEL, Noise("normal"), (0.1,)), ["classifier", "block 5 k"]),
        (SiteSweep(MODEL, Prune("smallest"), (0.0,), tuple(COLUMNS)), ["block 6 lin1"]),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_tagger_gives_the_kept_rows_again(recipe, names, monkeypatch):
    kept = recipe.table(names)
    monkeypatch.undo()
    monkeypatch.setattr(paths, "MODELS", FOLDER.parent)
    again = recipe._make(names, "cpu")
    both = kept.merge(again, on=["site", "strength", "draw", "weights", "scale"], suffixes=("", "_again"))
    assert len(both) == len(kept) == len(again)
    np.testing.assert_allclose(both["f1"], both["f1_again"], atol=1e-3)
