"""Sweeps over the matrices of a tagger: laws, a plain twin, and the kept tables."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch

pytest.importorskip("transformers")

import taggers
from taggers import SITES, SIX, plain_tags

from weightprobes import paths
from weightprobes.datasets import conll2003
from weightprobes.engine import tagger_sweep as module
from weightprobes.engine.readings import COLUMNS, read
from weightprobes.engine.tagger_card import Card
from weightprobes.engine.tagger_sweep import SiteSweep, sites_of, sweep
from weightprobes.models.checkpoints import Checkpoint
from weightprobes.models.spans import counts, f1, numbered
from weightprobes.probes import Flip, Noise, Prune, Pruned, Shuffle
from weightprobes.rng import generator

READINGS = tuple(COLUMNS)
ROW = ["site", "strength", "draw", "weights", "scale"]
MEASURED = [f"{value}{end}" for value in ("f1", "gap") for end in ("", "_low", "_high")]

RANDOM = [Prune("random"), Flip("random"), Noise("normal"), Shuffle("random"), Pruned(Shuffle("random"))]


def keyed(table):
    """All that was measured, by what a row is."""
    assert not table.duplicated(ROW).any()
    return {
        row: tuple(values)
        for row, values in zip(
            table[ROW].itertuples(index=False, name=None),
            table[MEASURED].itertuples(index=False, name=None),
            strict=True,
        )
    }


def plain_f1(tagger, sentences):
    """F1 of the library's own call for each sentence alone."""
    found = np.concatenate([numbered(plain_tags(tagger, one)) for one in sentences])
    gold = np.concatenate([numbered(one.tags) for one in sentences])
    sentence = np.repeat(np.arange(len(sentences)), [len(one.words) for one in sentences])
    return float(f1(counts(found, gold, sentence).sum(0)))


def state(tagger):
    return {name: value.clone() for name, value in tagger.model.state_dict().items()}


def unchanged(tagger, before):
    now = tagger.model.state_dict()
    return now.keys() == before.keys() and all(torch.equal(now[name], before[name]) for name in now)


# Laws of a sweep


@pytest.mark.parametrize("probe", [*RANDOM, Prune("smallest")], ids=repr)
def test_the_tagger_is_left_bit_for_bit(tagger, sentences, probe):
    before = state(tagger)
    table = sweep(tagger, sentences, SITES, probe, (0.3, 1.0), readings=("float", "row"))
    assert unchanged(tagger, before)
    assert table["gap"].abs().max() > 0


def test_the_tagger_is_left_bit_for_bit_after_an_error(tagger, sentences, monkeypatch):
    before, real = state(tagger), module.scoring.counts

    def fails(*arguments):
        if not unchanged(tagger, before):
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(module.scoring, "counts", fails)
    with pytest.raises(KeyboardInterrupt):
        sweep(tagger, sentences, SITES, Noise("normal"), (0.5,))
    assert unchanged(tagger, before)


def test_strength_0_has_no_gap_and_the_taggers_own_f1(tagger, sentences):
    own = plain_f1(tagger, sentences)
    for probe in (Prune("smallest"), Flip("smallest"), Noise("normal"), Shuffle("random")):
        table = sweep(tagger, sentences, SITES, probe, (0.0,), readings=("float",))
        assert table["f1"].tolist() == pytest.approx([own] * len(SITES))
        assert not table[["gap", "gap_low", "gap_high"]].to_numpy().any()


def test_shuffles_within_signs_leave_the_sign_reading_of_every_matrix_where_it_was(tagger, sentences):
    table = sweep(tagger, sentences, SITES, Shuffle("within_sign"), (0.0, 1.0), draws=2)
    signs = table[table["weights"] == "sign"]
    assert (signs.groupby("site")[MEASURED].nunique() == 1).to_numpy().all()
    floats = table[(table["weights"] == "float") & (table["strength"] == 1)]
    assert floats["gap"].abs().max() > 0


def test_float_signs_and_signs_of_shuffles_differ(tagger, sentences):
    table = sweep(tagger, sentences, SITES, Prune("smallest"), (0.0, 0.5), readings=READINGS)
    assert table.groupby(["weights", "scale"])["f1"].nunique().min() > 3


def test_a_linear_classifier_reads_the_same_tags_louder_only_where_biases_are_small(tagger, sentences):
    before = state(tagger)
    tagger.model.classifier.bias.data = torch.zeros(9)
    try:
        readings = ("float", "rescaled", "sign", "scaled")
        table = sweep(tagger, sentences, ["classifier"], Prune("smallest"), (0.4,), readings=readings)
    finally:
        tagger.model.classifier.bias.data = before["classifier.bias"]
    found = table.set_index(["weights", "scale"])["f1"]
    assert found["float", "own"] == found["float", "unit"]
    assert found["sign", "own"] == found["sign", "unit"]


@pytest.mark.parametrize("probe", RANDOM, ids=repr)
class TestAddresses:
    def test_a_new_site_moves_no_other_row(self, probe, tagger, sentences):
        few = keyed(sweep(tagger, sentences, ["block 2 lin1"], probe, (0.3,)))
        many = keyed(sweep(tagger, sentences, SITES, probe, (0.3,)))
        assert few.items() <= many.items()

    def test_a_new_strength_moves_no_other_row(self, probe, tagger, sentences):
        few = keyed(sweep(tagger, sentences, SIX, probe, (0.3,)))
        many = keyed(sweep(tagger, sentences, SIX, probe, (0.9, 0.0, 0.3)))
        assert few.items() <= many.items()

    def test_a_new_draw_moves_no_other_row(self, probe, tagger, sentences):
        few = keyed(sweep(tagger, sentences, SIX, probe, (0.3,), draws=1))
        many = keyed(sweep(tagger, sentences, SIX, probe, (0.3,), draws=3))
        assert few.items() <= many.items()

    def test_a_new_reading_moves_no_other_row(self, probe, tagger, sentences):
        few = keyed(sweep(tagger, sentences, SIX, probe, (0.3,), readings=("scaled",)))
        many = keyed(sweep(tagger, sentences, SIX, probe, (0.3,), readings=READINGS))
        assert few.items() <= many.items()

    def test_draws_and_seeds_differ(self, probe, tagger, sentences):
        table = sweep(tagger, sentences, SITES, probe, (0.5,), readings=("float",), draws=2)
        by_draw = [part["f1"].tolist() for _, part in table.groupby("draw")]
        assert by_draw[0] != by_draw[1]
        other = sweep(tagger, sentences, SITES, probe, (0.5,), readings=("float",), draws=2, seed=1)
        assert other["f1"].tolist() != table["f1"].tolist()


@pytest.mark.parametrize("site", ["classifier", "block 1 lin1", "block 2 q", "position", "word"])
@pytest.mark.parametrize("probe", [Prune("smallest"), Noise("normal"), Pruned(Shuffle("random"))], ids=repr)
def test_a_row_has_the_f1_of_plain_calls_of_the_whole_model(tagger, sentences, probe, site):
    sentences = sentences[:10]
    table = sweep(tagger, sentences, [site], probe, (0.2, 0.6), readings=READINGS, draws=2)
    weight = next(one.parameter for one in sites_of(tagger) if one.name == site)
    own, whole = weight.data, plain_f1(tagger, sentences)
    by_columns = {columns: reading for reading, columns in COLUMNS.items()}
    for row in table.itertuples():
        rng = generator(probe, 0, row.draw, site)
        weight.data = read(probe(own.clone(), row.strength, rng), by_columns[row.weights, row.scale])
        try:
            expected = plain_f1(tagger, sentences)
        finally:
            weight.data = own
        assert row.f1 == pytest.approx(expected, abs=1e-9)
        assert row.gap == pytest.approx(whole - expected, abs=1e-9)


def test_a_row_says_what_was_measured(tagger, sentences):
    table = sweep(tagger, sentences, SITES[::-1], Prune("largest"), (0.0, 0.5), readings=READINGS)
    about = ["site", "block", "matrix", "spread", "probe", "variant", "strength", "draw", "weights", "scale"]
    assert list(table) == [*about, "f1", "f1_low", "f1_high", "gap", "gap_low", "gap_high"]
    assert set(zip(table["weights"], table["scale"], strict=True)) == set(COLUMNS.values())
    assert set(table["site"]) == set(SITES)
    assert table["f1"].between(0, 1).all()
    assert (table["f1_low"] <= table["f1_high"]).all()
    assert (table["gap_low"] <= table["gap_high"]).all()
    assert table["f1"].between(table["f1_low"] - 0.1, table["f1_high"] + 0.1).all()
    spreads = table.drop_duplicates("site").set_index("site")["spread"]
    assert spreads["classifier"] == pytest.approx(tagger.model.classifier.weight.std().item())


def test_all_pruned_is_measured_in_every_reading(tagger, sentences):
    table = sweep(tagger, sentences, SITES, Prune("smallest"), (1.0,), readings=READINGS)
    assert (table.groupby("site")["f1"].nunique() == 1).all()


def test_a_wrong_strength_is_refused_before_anything_is_computed(tagger, sentences, monkeypatch):
    monkeypatch.setattr(module.scoring, "counts", None)
    with pytest.raises(ValueError, match=r"strength 1\.5 of Prune"):
        sweep(tagger, sentences, SIX, Prune(), (0.0, 1.5))


def test_one_sentence_is_enough(tagger, sentences):
    table = sweep(tagger, sentences[:1], SIX, Noise("normal"), (0.5,))
    assert len(table) == 12
    assert (table["f1_low"] == table["f1_high"]).all()


# Kept tables


@pytest.fixture
def kept(folders, corpus, checkpoint):
    """The recipe of a small sweep, with folders of its own."""
    return SiteSweep(Checkpoint(checkpoint), Noise("normal"), (0.2, 0.5), sentences=12)


def test_a_table_is_found_again_without_a_model(kept, monkeypatch):
    table = kept.table(SIX)
    monkeypatch.setattr(Checkpoint, "tagger", None)
    pd.testing.assert_frame_equal(kept.table(SIX), table)
    assert (table["site"].unique() == SIX).all()
    assert set(table["sentences"]) == {12}
    assert list(table)[:5] == ["dataset", "model", "revision", "seed", "sentences"]


def test_only_missing_matrices_are_made_and_the_others_stay(kept, monkeypatch):
    few, real, asked = kept.table(["block 1 lin1"]), module.sweep, []

    def noted(tagger, sentences, names, *arguments, **options):
        asked.append(list(names))
        return real(tagger, sentences, names, *arguments, **options)

    monkeypatch.setattr(module, "sweep", noted)
    many = kept.table(["classifier", "block 1 lin1", "position"])
    assert list(map(sorted, asked)) == [["classifier", "position"]]
    assert list(many["site"].unique()) == ["classifier", "block 1 lin1", "position"]
    again = many[many["site"] == "block 1 lin1"].reset_index(drop=True)
    pd.testing.assert_frame_equal(again, few)


def test_a_table_is_the_sweep_with_the_seed_of_its_model(kept, sentences):
    of = kept.model.tagger()
    few = conll2003.sample(sentences, kept.sentences)
    direct = module.sweep(of, few, ["classifier"], kept.probe, kept.strengths, seed=kept.model.seed)
    assert kept.table(["classifier"])["f1"].tolist() == direct["f1"].tolist()


def test_a_table_is_of_test_sentences(kept, monkeypatch, sentences):
    asked = []
    monkeypatch.setattr(conll2003, "load", lambda split: asked.append(split) or list(sentences))
    kept.table(["classifier"])
    assert set(asked) == {"test"}


def test_all_sentences_are_taken_where_none_is_the_number(kept, sentences):
    assert set(replace(kept, sentences=None).table(["classifier"])["sentences"]) == {len(sentences)}


def test_a_name_twice_is_one_matrix(kept):
    once = kept.table(["classifier"])
    pd.testing.assert_frame_equal(kept.table(["classifier", "classifier"]), once)


def test_no_names_are_no_rows(kept):
    assert len(kept.table([])) == 0


def test_an_unknown_matrix_is_refused_and_nothing_is_kept(kept):
    with pytest.raises(ValueError, match=f"unknown matrix 'block 9 q': choose one of {', '.join(SITES)}$"):
        kept.table(["block 9 q"])
    assert not list(paths.RESULTS.rglob("noise-*"))


def test_whole_numbers_among_the_strengths_make_the_same_recipe(checkpoint):
    one, other = (SiteSweep(Checkpoint(checkpoint), Flip(), given) for given in ((0, 1), (0.0, 1.0)))
    assert one == other


def test_other_weights_under_the_same_recipe_are_refused(kept, checkpoint, monkeypatch, tmp_path):
    kept.table(["classifier"])
    other = Checkpoint(taggers.saved(tmp_path / "other", taggers.model(seed=1))).tagger()
    monkeypatch.setattr(Checkpoint, "tagger", lambda self, device="cpu": other)
    sentence = f"tagger has the weights {other.revision}, and its tables were made with"
    with pytest.raises(ValueError, match=sentence):
        kept.table(["position"])


def test_a_card_says_what_the_tagger_is(kept, tagger, sentences, monkeypatch):
    card = Card(kept.model).table()
    (row,) = card.to_dict("records")
    assert (row["blocks"], row["dim"], row["heads"], row["vocabulary"]) == (2, 16, 2, 21)
    assert row["parameters"] == sum(value.numel() for value in tagger.model.parameters())
    assert row["f1"] == pytest.approx(plain_f1(tagger, sentences))
    assert (row["dataset"], row["model"], row["seed"]) == ("conll2003", "tagger", 0)
    monkeypatch.setattr(Checkpoint, "tagger", None)
    pd.testing.assert_frame_equal(Card(kept.model).table(), card)
