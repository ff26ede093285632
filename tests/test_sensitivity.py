"""Sensitivity of any model, beside a plain loop: the same to the last bit, whatever is replayed."""

import copy

import pandas as pd
import pytest
import torch
from subjects import KINDS, Worth, kind, made, plain_loop, weights
from torch import nn

from weightprobes.engine import sensitivity as module
from weightprobes.engine.readings import COLUMNS
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.probes import Noise, Prune, Shuffle
from weightprobes.rng import generator

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


# What evaluate gives


class Items:
    """Right answers of a model, an item each: more of them, the more a model answers as ``model`` did."""

    def __init__(self, model, given, form=lambda right: right):
        self.given, self.form = given, form
        with torch.no_grad():
            self.labels = model(given).argmax(-1)

    def __call__(self, model):
        with torch.no_grad():
            return self.form(model(self.given).argmax(-1) == self.labels)


@pytest.fixture
def network():
    return made(lambda: nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 3)))


GIVEN = torch.randn(60, 6, generator=generator("given"))


def test_items_give_every_number_a_paired_interval(network):
    table = sensitivity(network, Items(network, GIVEN), probe=Noise("normal"), strengths=(0.0, 0.3))
    assert table.attrs == {"score": 1.0, "score_low": 1.0, "score_high": 1.0}
    assert table["loss"].tolist() == pytest.approx((1 - table["score"]).tolist())
    for name in ("score", "loss"):
        assert (table[f"{name}_low"] <= table[name]).all()
        assert (table[name] <= table[f"{name}_high"]).all()
    assert (table["score_high"] > table["score_low"]).any()


def test_a_number_has_no_interval(network):
    table = sensitivity(network, Worth(GIVEN))
    assert table[["score_low", "score_high", "loss_low", "loss_high"]].isna().all(axis=None)
    assert table["score"].notna().all()


@pytest.mark.parametrize(
    "form",
    [
        lambda right: right.numpy(),
        lambda right: right.double(),
        lambda right: right.tolist(),
        lambda right: right.to(torch.uint8)[:, None],
        lambda right: right.to(torch.bfloat16),
    ],
    ids=["array", "tensor", "list", "column", "bfloat16"],
)
def test_items_of_any_form_are_the_same(form, network):
    expected = sensitivity(network, Items(network, GIVEN))
    pd.testing.assert_frame_equal(sensitivity(network, Items(network, GIVEN, form)), expected)


def test_a_score_of_counts_is_that_of_their_sums(network):
    counts = Items(network, GIVEN, lambda right: torch.stack([right, ~right], 1))
    table = sensitivity(network, counts, score=lambda sums: sums[..., 0] / sums.sum(-1))
    pd.testing.assert_frame_equal(table, sensitivity(network, Items(network, GIVEN)))


def test_a_model_that_scores_nan_is_refused_and_a_changed_one_is_a_row(network):
    with pytest.raises(
        ValueError, match=r"^the model as it is scores nan, so nothing can be compared with it$"
    ):
        sensitivity(network, lambda model: float("nan"))

    def broken(model):
        return float("nan") if model[0].weight.abs().max() == 1 else 1.0

    table = sensitivity(network, broken, readings=("sign", "scaled")).set_index(["layer", "scale"])["score"]
    assert table.isna().to_dict() == {
        **{("0.weight", "unit"): True, ("0.weight", "own"): False},
        **{("2.weight", "unit"): False, ("2.weight", "own"): False},
    }


@pytest.mark.parametrize("found", [None, "good", {"accuracy": 1.0}])
def test_an_evaluation_that_gives_no_score_is_refused(found, network):
    with pytest.raises(
        ValueError, match=r"^evaluate gives .*: let it return a number, or an array with a row for"
    ):
        sensitivity(network, lambda model: found)


def test_other_items_than_before_are_refused(network):
    def fewer(model):
        return torch.ones(20 if model[0].weight.abs().max() == 1 else 30)

    with pytest.raises(
        ValueError, match=r"^evaluate gives \(20,\) values, and gave \(30,\) before: let it give"
    ):
        sensitivity(network, fewer)


# Rows


def test_a_row_says_what_was_measured(network):
    options = dict(readings=tuple(COLUMNS), strengths=(0.0, 0.5), draws=2, refits=("none", "affine"))
    table = sensitivity(network, Items(network, GIVEN), calibration=[GIVEN], **options)
    assert list(table) == [
        *("layer", "group", "kind", "shape", "parameters", "spread"),
        *("probe", "variant", "strength", "draw", "weights", "scale", "refit"),
        *("score", "score_low", "score_high", "loss", "loss_low", "loss_high"),
    ]
    assert len(table) == 2 * 2 * 2 * len(COLUMNS) * 2
    assert not table.duplicated(module._KEY).any()
    about = table.drop_duplicates("layer").set_index("layer")
    assert about.loc["2.weight", ["group", "kind", "shape", "parameters"]].tolist() == [
        "",
        "Linear",
        "3×9",
        27,
    ]
    assert about.loc["0.weight", "spread"] == pytest.approx(network[0].weight.std().item())
    assert set(table["probe"] + "-" + table["variant"]) == {"prune-smallest"}


def test_a_probe_may_be_given_by_its_name(network):
    evaluate = Worth(GIVEN)
    named, given = (
        sensitivity(network, evaluate, probe=probe, strengths=(0.3,))
        for probe in ("noise-normal", Noise("normal"))
    )
    pd.testing.assert_frame_equal(named, given)


def test_a_tied_weight_is_changed_once_wherever_it_is_used():
    model = made(lambda: nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 7)))
    model[1].weight = model[0].weight
    evaluate = Worth(torch.arange(7)[:, None])
    table = sensitivity(model, evaluate, readings=("sign",))
    assert table["layer"].tolist() == ["0.weight"]
    signs = copy.deepcopy(model)
    signs[0].weight.data = model[0].weight.sign()
    assert signs[1].weight is signs[0].weight
    assert table["score"].item() == evaluate(signs)


def test_what_comes_again_is_scored_once(network):
    calls = []

    def evaluate(model):
        calls.append(0)
        return Worth(GIVEN)(model)

    options = dict(probe=Shuffle("within_sign"), strengths=(0.0, 0.5, 1.0), readings=("sign",), draws=3)
    table = sensitivity(network, evaluate, **options, memory=0)
    assert len(table) == 18
    assert len(calls) == 1 + 2
    calls.clear()
    table = sensitivity(network, evaluate, readings=("float",), memory=0)
    assert (len(calls), table["loss"].abs().max()) == (1, 0)


# What changes at once


@torch.no_grad()
def changed_by_hand(model, evaluate, names):
    signed = copy.deepcopy(model)
    for name, value in signed.named_parameters():
        if name in names:
            value.copy_(value.sign())
    return evaluate(signed)


@pytest.mark.parametrize("memory", MEMORIES)
def test_groups_each_all_but_and_together_are_those_of_a_plain_loop(memory):
    model = made(lambda: nn.Sequential(*(nn.Linear(6, 6) for _ in range(4))))
    evaluate, names = Worth(GIVEN), [f"{number}.weight" for number in range(4)]
    options = dict(readings=("sign",), memory=memory)

    def score(**more):
        table = sensitivity(model, evaluate, **options, **more)
        return table.set_index("layer")["score"].to_dict()

    def by_hand(*some):
        return changed_by_hand(model, evaluate, some)

    assert score() == {name: by_hand(name) for name in names}
    assert score(where="all_but") == {name: by_hand(*(set(names) - {name})) for name in names}
    assert score(where="together") == {"together": by_hand(*names)}
    assert score(where="together", layers=["1*", "2*"]) == {"together": by_hand("1.weight", "2.weight")}
    ends = {"groups": {"ends": ["0*", "3*"]}}
    assert score(**ends) == {
        "ends": by_hand("0.weight", "3.weight"),
        **{name: by_hand(name) for name in names[1:3]},
    }
    assert score(**ends, where="all_but")["ends"] == by_hand("1.weight", "2.weight")
    assert score(**ends, layers=["0*", "3*"]) == {"ends": by_hand("0.weight", "3.weight")}


def test_the_rows_of_a_group_tell_of_all_of_it(network):
    table = sensitivity(network, Worth(GIVEN), groups={"all": "*"}, readings=("sign",))
    row = table.iloc[0]
    assert row[["layer", "group", "shape", "parameters"]].tolist() == [
        *("all", "0.weight + 2.weight", "9×6 + 3×9", 81)
    ]
    both = torch.cat([network[0].weight.flatten(), network[2].weight.flatten()])
    assert row["spread"] == pytest.approx(both.std().item())


# Addresses


@pytest.mark.parametrize("probe", [Prune("random"), Noise("normal"), Shuffle("random")], ids=repr)
class TestAddresses:
    def rows(self, network, probe, **options):
        asked = dict(strengths=(0.3, 0.9), readings=("float", "row"), draws=2) | options
        return keyed(sensitivity(network, Worth(GIVEN), probe=probe, **asked))

    def test_a_new_layer_strength_draw_or_reading_moves_no_other_row(self, probe, network):
        many = self.rows(network, probe)
        for few in ({"layers": "2*"}, {"strengths": (0.9,)}, {"draws": 1}, {"readings": ("row",)}):
            rows = self.rows(network, probe, **few)
            assert 0 < len(rows) < len(many)
            assert rows.items() <= many.items()

    def test_seeds_and_draws_differ(self, probe, network):
        first, other = (self.rows(network, probe, seed=seed) for seed in (0, 1))
        assert not set(first.values()) & set(other.values())
        by_draw = [{row: score for row, score in first.items() if row[2] == draw} for draw in (0, 1)]
        assert not set(by_draw[0].values()) & set(by_draw[1].values())

    def test_the_same_weight_under_another_name_is_drawn_anew(self, probe, network):
        renamed = sensitivity(
            *(network, Worth(GIVEN)),
            probe=probe,
            strengths=(0.3,),
            readings=("float",),
            names={"0.weight": "first"},
        ).set_index("layer")["score"]
        own = self.rows(network, probe, draws=1)
        assert renamed["2.weight"] == own["2.weight", 0.3, 0, "float"]
        assert renamed["first"] != own["0.weight", 0.3, 0, "float"]


# Models that were wrong before


class Positions(nn.Module):
    """A table, a mask and numbers of positions, which are buffers, before a layer."""

    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.randn(6, 6))
        self.register_buffer("mask", torch.eye(6).bool())
        self.register_buffer("position_ids", torch.arange(6)[None])
        self.head = nn.Linear(6, 3)

    def forward(self, x):
        return self.head(x + (self.table * self.mask)[self.position_ids[0]].sum(0))


def test_buffers_are_no_weights():
    model = made(Positions)
    assert set(sensitivity(model, Worth(GIVEN))["layer"]) == {"head.weight"}
    del model.head
    with pytest.raises(ValueError, match=r"^Positions has no weight matrix, so there is nothing to probe$"):
        sensitivity(model, Worth(GIVEN))


def test_a_wrapped_bert_keeps_its_numbers_of_positions():
    pytest.importorskip("transformers")
    bert, evaluate = kind("bert")
    model = nn.ModuleDict({"bert": bert})
    model.forward = lambda ids: bert(ids)
    assert any("position_ids" in name for name, _ in model.named_buffers())
    layers = sensitivity(model, evaluate, layers="*.encoder.layer.1.*", readings=("sign",))["layer"]
    assert len(layers) == 6


def test_a_classifier_of_sequences_keeps_its_pooling():
    pytest.importorskip("transformers")
    model, _ = kind("distilbert")
    ids = KINDS["distilbert"][1]
    shapes = []

    def evaluate(model):
        logits = model(ids).logits
        shapes.append(tuple(logits.shape))
        return logits.sum()

    sensitivity(model, evaluate, layers=["pre_classifier*", "classifier*"])
    assert set(shapes) == {(3, 2)}
