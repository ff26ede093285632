"""The authors' numbers about DistilBERT, and the paper's sentences asked of a tiny tagger."""

import math
import sys

import numpy as np
import pandas as pd
import pytest
from taggers import SITES, SIX

from weightprobes.models.checkpoints import AUTHORS, Checkpoint
from weightprobes.models.distilbert import paper_matrices
from weightprobes.paper import reference, statements
from weightprobes.paper import tagger_grids as grids
from weightprobes.paper import tagger_questions as questions
from weightprobes.paper import tagger_tables as study
from weightprobes.probes import Pruned

#: Fig. 5 d–f of the paper: losses by signs, by a full shuffle (A) and by one within signs (B).
GAPS = {
    "position": (0.8854, 0.4939, 0.0750),
    "block 1 lin1": (0.8854, 0.8854, 0.2578),
    "block 1 lin2": (0.8769, 0.3152, 0.0187),
    "block 6 lin1": (0.0258, 0.0763, 0.0016),
    "block 6 lin2": (0.0040, 0.1328, -0.0006),
    "classifier": (-0.0019, 0.8424, -0.0008),
}

#: F1 of the authors' float matrices with half, a tenth and a hundredth of their weights kept.
KEPT = {
    "position": (0.884, 0.635, 0.423),
    "block 1 lin1": (0.879, 0.735, 0.350),
    "block 1 lin2": (0.884, 0.878, 0.802),
    "block 6 lin1": (0.887, 0.884, 0.805),
    "block 6 lin2": (0.886, 0.886, 0.828),
    "classifier": (0.885, 0.886, 0.841),
}

#: Similarities of the authors' logits with noise of 0.053 on each matrix, and with all its signs flipped.
NOISY = dict(zip(GAPS, (0.488, 0.055, 0.787, 0.977, 0.977, 0.944), strict=True))
FLIPPED = dict(zip(GAPS, (0.606, 0.060, 0.129, 0.679, 0.718, 1.000), strict=True))


# The authors' tables


def test_the_authors_gaps_are_those_of_their_figure():
    bars = questions.authors_bars()
    assert len(bars) == 18
    found = bars.pivot(index="site", columns="bar", values="gap")
    for site, gaps in GAPS.items():
        assert tuple(found.loc[site, ["sign", "random", "within_sign"]]) == pytest.approx(gaps, abs=6e-5)


def test_the_authors_curves_have_a_row_for_each_strength():
    curves = reference.ner()
    assert len(curves) == 2880
    curve = ["site", "probe", "variant", "weights"]
    assert not curves.duplicated([*curve, "strength"]).any()
    lengths = curves.groupby(["probe", "variant"])["strength"].nunique().to_dict()
    shuffles = {("prune+shuffle", null): 30 for null in ("random", "within_sign")}
    assert lengths == {
        ("noise", "normal"): 100,
        ("flip", "smallest"): 50,
        ("prune", "smallest"): 30,
        **shuffles,
    }
    assert set(curves["site"]) == set(paper_matrices(6)) == set(GAPS)
    assert set(curves["weights"]) == {"float", "sign"}
    assert curves["f1"].between(0, 1).all()


def test_the_authors_strengths_are_those_of_our_grids():
    strengths = reference.ner().groupby("probe")["strength"].unique()
    for probe, grid in {"noise": grids.NOISE, "flip": grids.FLIP, "prune": grids.PRUNE[1:]}.items():
        assert sorted(strengths[probe]) == pytest.approx(sorted(grid), abs=1e-9)
    assert sorted(strengths["prune+shuffle"]) == pytest.approx(sorted(grids.PRUNE[1:]), abs=1e-9)


def test_our_grids_are_parts_of_the_papers():
    for ours, theirs in (
        (grids.OUR_NOISE, grids.NOISE),
        (grids.OUR_FLIP, grids.FLIP),
        (grids.OUR_SHUFFLE, grids.PRUNE),
    ):
        assert set(ours) < set(theirs)
        assert list(ours) == sorted(set(ours))
    assert grids.PRUNE[:3] == (0.0, 0.001, 0.1)
    assert [len(grid) for grid in (grids.PRUNE, grids.NOISE, grids.FLIP)] == [31, 100, 50]


def test_at_strength_0_the_authors_model_is_unperturbed():
    curves = reference.ner()
    zero = curves[(curves["strength"] == 0) & (curves["weights"] == "float")]
    assert set(zero["f1"]) == {reference.NER_F1}
    assert zero["f1"].iloc[0] == pytest.approx(0.885434858539993, abs=1e-6)


@pytest.mark.parametrize("site", KEPT)
def test_the_authors_float_matrices_bear_pruning_as_their_table_says(site):
    rows = reference.ner().query("probe == 'prune' and weights == 'float' and site == @site")
    found = rows.set_index("strength")["f1"]
    assert [found[pruned] for pruned in (0.5, 0.9, 0.99)] == pytest.approx(KEPT[site], abs=6e-4)


@pytest.mark.parametrize(("probe", "strength", "shown"), [("noise", 0.052632, NOISY), ("flip", 1.0, FLIPPED)])
def test_the_authors_similarities_are_those_of_their_table(probe, strength, shown):
    rows = reference.cka().query("probe == @probe and strength == @strength and place == 'classifier'")
    found = rows.set_index("site")["cka"]
    assert {site: found[site] for site in shown} == pytest.approx(shown, abs=6e-4)


def test_the_authors_similarities_have_every_strength_that_ours_have():
    rows = reference.cka()
    assert not rows.duplicated(["site", "probe", "variant", "strength", "place"]).any()
    asked = {"noise": grids.CKA_NOISE, "flip": grids.CKA_FLIP, "prune": grids.CKA_PRUNE}
    for probe, strengths in asked.items():
        assert set(strengths) <= set(rows.loc[rows["probe"] == probe, "strength"])
    assert set(rows["place"]) == set(rows["site"]) == set(GAPS)


def test_the_values_that_claims_quote_are_those_of_the_authors_tables():
    quoted = statements.numbers().query("26 <= claim <= 29").set_index("quantity")["authors"].to_dict()
    gaps = questions.authors_bars().set_index(["site", "bar"])["gap"]
    bars = {"signs only": "sign", "shuffled (A)": "random", "shuffled within signs (B)": "within_sign"}
    tables = {f"{site}, {words}": gaps[site, bar] for words, bar in bars.items() for site in GAPS}
    curves = reference.ner().query("probe == 'prune' and weights == 'float' and strength == 0.5")
    for site, f1 in curves.set_index("site")["f1"].items():
        tables[f"{site}, half of its weights pruned"] = reference.NER_F1 - f1
    noisy = reference.cka().query("probe == 'noise' and strength == 0.052632").set_index(["site", "place"])
    upstream = [
        noisy.loc[(site, place), "cka"] for number, site in enumerate(GAPS) for place in list(GAPS)[:number]
    ]
    tables["before the noisy matrix, least CKA"] = min(upstream)
    for site in ("block 1 lin1", "block 6 lin1", "block 6 lin2"):
        tables[f"{site} noisy, CKA of the logits"] = noisy.loc[(site, "classifier"), "cka"]
    assert quoted == pytest.approx(tables, abs=1e-9)


# Asked of a tagger


@pytest.fixture
def answered(studied, checkpoint):
    """The answers of the tiny tagger."""
    return questions.answers(Checkpoint(checkpoint))


def test_every_claim_is_answered_offline(answered):
    assert list(answered) == [
        *("claim", "quantity", "value", "value_low", "value_high", "authors", "low", "high", "holds")
    ]
    assert answered["claim"].value_counts().to_dict() == {26: 6, 27: 12, 28: 6, 29: 4}
    assert not answered["quantity"].duplicated().any()
    assert answered[["value", "authors", "low", "high"]].notna().all(axis=None)
    losses = answered[answered["claim"] < 29]
    assert (losses["value_low"] <= losses["value_high"]).all()
    assert (answered["holds"] == answered["value"].between(answered["low"], answered["high"])).all()


def test_the_answers_are_those_of_the_kept_tables(answered, checkpoint):
    model = Checkpoint(checkpoint)
    claimed = study.claimed(model)
    values = answered.set_index("quantity")["value"]
    at = claimed[(claimed["strength"] == 0.001) & (claimed["site"] == "block 1 lin1")]
    signs = at[(at["probe"] == "prune") & (at["weights"] == "sign")]["gap"]
    shuffled = at[(at["probe"] == "prune+shuffle") & (at["variant"] == "random")]["gap"]
    assert (len(signs), len(shuffled)) == (1, 2)
    assert values["block 1 lin1, signs only"] == signs.item()
    assert values["block 1 lin1, shuffled (A)"] == pytest.approx(shuffled.mean())
    half = claimed.query("strength == 0.5 and weights == 'float' and site == 'classifier'")["gap"]
    assert values["classifier, half of its weights pruned"] == half.item()
    assert values["before the noisy matrix, least CKA"] == 1.0


def test_answers_are_found_again_without_a_model(answered, checkpoint, monkeypatch):
    monkeypatch.setattr(Checkpoint, "tagger", None)
    pd.testing.assert_frame_equal(questions.answers(Checkpoint(checkpoint)), answered)


def test_another_model_is_asked_what_the_words_say(answered, checkpoint):
    from weightprobes.engine.tagger_card import Card

    own = Card(Checkpoint(checkpoint)).table()["f1"].item()
    ranges = answered.set_index("quantity")[["low", "high"]].apply(tuple, axis=1)
    assert ranges["position, signs only"] == (0.5 * own, math.inf)
    assert ranges["block 2 lin1, signs only"] == (-math.inf, 0.1 * own)
    assert ranges["block 1 lin1, shuffled within signs (B)"] == (0.1 * own, 0.5 * own)
    assert ranges["classifier, shuffled (A)"] == (0.5 * own, math.inf)
    assert ranges["block 2 lin2, shuffled (A)"] == (-math.inf, math.inf)


def test_the_authors_model_is_asked_for_their_values(short, checkpoint, monkeypatch):
    from weightprobes.models import checkpoints

    real = checkpoints.tagger
    monkeypatch.setattr(checkpoints, "tagger", lambda name, *given: real(checkpoint, *given))
    table = questions.answers(Checkpoint(AUTHORS))
    parts = table["quantity"].str.rpartition(", ")
    table = table.assign(place=parts[0], asked=parts[2])
    tight = table[table["claim"] == 26]
    assert_tolerance(tight, 0.003)
    shuffles = table[table["claim"] == 27]
    loose = (shuffles["asked"] == "shuffled (A)") | (shuffles["place"] == "block 1 lin1")
    assert loose.sum() == 7
    assert_tolerance(shuffles[loose], 0.05)
    assert_tolerance(shuffles[~loose], 0.02)
    half = table[table["claim"] == 28]
    assert half["high"].tolist() == [0.01] * 6
    assert (half["low"] == -np.inf).all()
    assert (half["authors"] <= half["high"]).all()


def assert_tolerance(rows, tolerance):
    assert rows["low"].tolist() == pytest.approx((rows["authors"] - tolerance).tolist())
    assert rows["high"].tolist() == pytest.approx((rows["authors"] + tolerance).tolist())


def test_the_last_claim_is_asked_of_every_model_alike(answered):
    rows = answered[answered["claim"] == 29].set_index("quantity")
    assert rows.loc["before the noisy matrix, least CKA", ["low", "high"]].tolist() == [0.9999, math.inf]
    logits = rows.drop("before the noisy matrix, least CKA")
    assert logits["low"].tolist() == [-math.inf, 0.9, 0.9]
    assert logits["high"].tolist() == [0.2, math.inf, math.inf]
    assert logits["authors"].tolist() == pytest.approx([0.055, 0.977, 0.977], abs=6e-4)
    assert rows["authors"].between(rows["low"], rows["high"]).all()
    assert rows[["value_low", "value_high"]].isna().all(axis=None)


def test_a_tagger_with_one_block_is_refused(short, tmp_path, monkeypatch):
    import taggers

    from weightprobes.engine import tagger_card as card

    monkeypatch.setattr(card, "LEAST_F1", 0.0)  # this one is random
    model = Checkpoint(taggers.saved(tmp_path / "flat", taggers.model(n_layers=1)))
    with pytest.raises(ValueError, match="has one block, and the claims compare the first with the last"):
        questions.answers(model)


# The study


def test_curves_have_the_papers_six_in_all_five_probes(short, checkpoint):
    table = study.curves(Checkpoint(checkpoint))
    assert set(table["site"]) == set(SIX)
    nulls = [("prune+shuffle", null) for null in ("random", "within_sign")]
    probes = [("prune", "smallest"), ("flip", "smallest"), ("noise", "normal"), *nulls]
    assert set(zip(table["probe"], table["variant"], strict=True)) == set(probes)
    assert table.groupby("probe")["draw"].nunique().to_dict() == {
        **{"flip": 1, "noise": 2, "prune": 1, "prune+shuffle": 2}
    }
    zero = table[(table["strength"] == 0) & (table["weights"] == "float")]
    assert not zero["gap"].any()


def test_an_unknown_grid_gets_the_list_of_the_right_ones(short, checkpoint):
    with pytest.raises(ValueError, match=r"unknown grid 'full': choose one of ours, paper$"):
        study.curves(Checkpoint(checkpoint), "full")


@pytest.mark.parametrize("ask", [study.everywhere, study.whole])
def test_every_matrix_is_asked_where_the_study_says_so(short, checkpoint, ask):
    table = ask(Checkpoint(checkpoint))
    assert set(table["site"]) == set(SITES)
    assert not table.duplicated(["site", "probe", "variant", "strength", "draw", "weights", "scale"]).any()


def test_shuffles_that_were_asked_are_shuffles_of_the_pruned():
    assert all(isinstance(null, Pruned) for null in study.NULLS.values())
    assert [null.then.variant for null in study.NULLS.values()] == list(study.NULLS)


@pytest.mark.parametrize(
    "ask", [study.curves, study.everywhere, study.whole, study.claimed, study.similarities]
)
def test_everything_is_made_on_the_device_that_was_asked(short, checkpoint, monkeypatch, ask):
    asked, real = [], Checkpoint.tagger

    def noted(self, device="unasked"):
        asked.append(str(device))
        return real(self, "cpu")

    monkeypatch.setattr(Checkpoint, "tagger", noted)
    ask(Checkpoint(checkpoint), device="cpu:0")
    # the tagger that is in hand tells its own device to its card
    assert set(asked) == {"cpu:0"}


def test_kept_tables_are_read_without_transformers(answered, checkpoint, monkeypatch):
    monkeypatch.setitem(sys.modules, "transformers", None)
    monkeypatch.delitem(sys.modules, "weightprobes.models.hub")
    pd.testing.assert_frame_equal(questions.answers(Checkpoint(checkpoint)), answered)


def test_half_way_is_interpolated_and_the_mean_of_the_draws():
    rows = [
        ("a", p, draw, f1 + 0.02 * draw - 0.01) for draw in (0, 1) for p, f1 in ((0, 0.8), (1, 0.6), (2, 0.2))
    ]
    rows += [("b", p, 0, 0.8) for p in (0, 1, 2)]
    table = pd.DataFrame(rows, columns=["site", "strength", "draw", "f1"])
    found = questions.strength_at_half(table)
    assert found["a"] == pytest.approx(1.5)
    assert np.isnan(found["b"])


@pytest.mark.parametrize("given", [{"half": True}, {"revision": "v2"}], ids=repr)
def test_what_our_own_tagger_has_not_is_refused(given):
    with pytest.raises(ValueError, match="leave revision and half out"):
        study.tagger("all-MiniLM-L6-v2", **given)
