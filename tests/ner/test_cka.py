"""Linear CKA beside Gram matrices written out; how far the damage of a matrix is seen to travel."""

import math
from dataclasses import replace

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from taggers import SITES, SIX, random_sentences

from weightprobes.engine.sensitivity import Question
from weightprobes.engine.sites import swapped
from weightprobes.engine.tagger_sweep import sites_of
from weightprobes.measures import tagger_similarity as module
from weightprobes.measures.cka import cka
from weightprobes.measures.tagger_similarity import Damage, as_released, representations, similarities
from weightprobes.models import tagger_scoring as scoring
from weightprobes.probes import Flip, Noise, Prune, Shuffle
from weightprobes.rng import generator


def normal(*shape, key=0):
    return torch.randn(shape, generator=generator("representations", shape, key), dtype=torch.float64)


def biased_twin(x, y):
    """HSIC of doubly centred Gram matrices (Gretton et al. 2005), as a ratio."""
    centre = torch.eye(len(x), dtype=x.dtype) - 1 / len(x)
    k, ell = (centre @ one @ one.T @ centre for one in (x, y))
    return ((k * ell).sum() / (k.norm() * ell.norm())).item()


def unbiased_twin(x, y):
    """Song et al.'s HSIC (2012, equation 5), as a ratio."""

    def hsic(x, y):
        n, ones = len(x), torch.ones(len(x), dtype=x.dtype)
        k, ell = ((one @ one.T).fill_diagonal_(0) for one in (x, y))
        rest = (ones @ k @ ones) * (ones @ ell @ ones) / ((n - 1) * (n - 2))
        return (torch.trace(k @ ell) + rest - 2 / (n - 2) * (ones @ k @ ell @ ones)) / (n * (n - 3))

    return (hsic(x, y) / (hsic(x, x) * hsic(y, y)).sqrt()).item()


@given(
    n=st.integers(5, 40),
    p=st.integers(1, 12),
    q=st.integers(1, 12),
    key=st.integers(0, 99),
    mix=st.floats(0, 1),
)
def test_both_estimates_are_those_of_gram_matrices(n, p, q, key, mix):
    x = normal(n, p, key=key) + 3
    y = mix * x @ normal(p, q, key=key) + normal(n, q, key=-key - 1)
    assert cka(x, y) == pytest.approx((biased_twin(x, y), unbiased_twin(x, y)), abs=1e-9)


def test_equal_representations_have_1():
    assert cka(normal(50, 7), normal(50, 7)) == pytest.approx((1, 1))


def test_rotation_shift_and_multiple_change_nothing():
    x, y = normal(60, 8), normal(60, 8) @ normal(8, 5) + normal(60, 5, key=1)
    rotation = torch.linalg.qr(normal(8, 8, key=2)).Q
    for other in (x @ rotation, x + 100, -3 * x, 1e-3 * (x @ rotation) - normal(8)):
        assert cka(other, y) == pytest.approx(cka(x, y), abs=1e-9)
        assert cka(x, other) == pytest.approx((1, 1), abs=1e-9)


def test_it_is_symmetric_and_the_order_of_the_tokens_does_not_matter():
    x, y = normal(30, 6), normal(30, 4) + normal(30, 6)[:, :4]
    order = torch.randperm(30, generator=generator("order"))
    assert cka(x, y) == pytest.approx(cka(y, x))
    assert cka(x[order], y[order]) == pytest.approx(cka(x, y))


def test_independent_representations_of_few_tokens_look_alike_only_to_the_biased_estimate():
    found = [cka(normal(100, 200, key=key), normal(100, 200, key=-key - 1)) for key in range(20)]
    biased, unbiased = torch.tensor(found).T
    assert (biased > 0.5).all()
    assert unbiased.mean().abs() < 0.01
    assert unbiased.abs().max() < 0.05


@pytest.mark.parametrize("value", [0.0, 1.0, 0.1, -1 / 3, 1e6 / 7])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_what_does_not_vary_has_no_similarity(value, kind):
    constant, varied = torch.full((97, 5), value, dtype=kind), normal(97, 4).to(kind)
    for pair in ((constant, varied), (varied, constant), (constant, constant)):
        assert all(map(math.isnan, cka(*pair)))


def test_single_precision_is_enough():
    x, y = normal(2000, 30), normal(2000, 30) @ normal(30, 30)
    assert cka(x.float() + 10, y.float()) == pytest.approx(cka(x, y), abs=1e-4)


@pytest.mark.parametrize("tokens", [1, 2, 3])
def test_too_few_tokens_have_no_unbiased_similarity(tokens):
    found = [cka(normal(tokens, 4, key=key), normal(tokens, 3, key=key)).unbiased for key in range(200)]
    assert all(map(math.isnan, found))


def test_four_tokens_are_enough():
    x = normal(4, 6) * torch.tensor([1.0, 5, 1, 1, 1, 1])
    assert cka(x, 2 * x).unbiased == pytest.approx(1)


# Damage


@pytest.fixture
def encoded(tagger, sentences):
    return tagger.encoded(sentences)


def named(tagger, names):
    found = {one.name: one for one in sites_of(tagger)}
    return [found[name] for name in names]


def asked(probe, *strengths):
    return Question(probe, strengths, ("float",))


@pytest.mark.parametrize("probe", [Noise("normal"), Prune("smallest"), Shuffle("random")], ids=repr)
@pytest.mark.parametrize("site", SIX)
def test_places_before_the_probed_matrix_are_exactly_alike_and_it_is_not(tagger, encoded, probe, site):
    table = similarities(tagger, encoded, site, SIX, asked(probe, 0.5))
    found = table.set_index("place")["biased"]
    assert list(found.index) == SIX
    for place, value in found.items():
        assert (value == 1.0) is (SIX.index(place) < SIX.index(site))
    assert table["biased"].between(0, 1).all()


def test_at_strength_0_all_places_are_exactly_alike(tagger, encoded):
    for site in SIX:
        table = similarities(tagger, encoded, site, SITES, asked(Flip("smallest"), 0.0))
        assert set(table["biased"]) == set(table["unbiased"]) == {1.0}


def test_all_flipped_is_exactly_invisible_where_it_happens(tagger, encoded):
    site = "block 2 lin1"
    table = similarities(tagger, encoded, site, [site], asked(Flip("smallest"), 1.0))
    assert table["biased"].item() == pytest.approx(1, abs=1e-5)


def test_a_representation_is_what_a_plain_call_puts_out_for_first_pieces(tagger, sentences, encoded):
    places = named(tagger, SITES)
    found = dict(zip(SITES, representations(tagger, encoded, places), strict=True))
    modules = {place.name: place.modules[0] for place in places}
    expected, order = {name: [] for name in SITES}, sorted(sentences, key=lambda one: pieces(tagger, one))
    for one in order:
        given = tagger.tokenizer([list(one.words)], is_split_into_words=True, return_tensors="pt")
        owners = given.word_ids(0)
        firsts = [owners.index(word) for word in range(len(one.words))]
        handles = [
            module.register_forward_hook(
                lambda module, given, out, name=name, firsts=firsts: expected[name].append(out[0][firsts])
            )
            for name, module in modules.items()
        ]
        with torch.no_grad():
            tagger.model(input_ids=given["input_ids"])
        for handle in handles:
            handle.remove()
    for name in SITES:
        torch.testing.assert_close(found[name], torch.cat(expected[name]), atol=1e-5, rtol=1e-5)


def pieces(tagger, sentence):
    return len(tagger.tokenizer([list(sentence.words)], is_split_into_words=True)["input_ids"][0])


def hooks(tagger):
    return sum(len(module._forward_hooks) for module in tagger.model.modules())


def test_no_hook_is_left_behind(tagger, encoded):
    before = hooks(tagger)
    representations(tagger, encoded, named(tagger, SITES))
    assert hooks(tagger) == before == 0


def test_no_hook_and_no_probed_weight_is_left_behind_after_an_error(tagger, encoded, monkeypatch):
    weights = {name: value.clone() for name, value in tagger.model.state_dict().items()}
    real, calls = scoring.tags, []

    def fails(*arguments):
        calls.append(hooks(tagger))
        if len(calls) == 2:
            raise RuntimeError("out of memory")
        return real(*arguments)

    monkeypatch.setattr(scoring, "tags", fails)
    with pytest.raises(RuntimeError, match="out of memory"):
        similarities(tagger, encoded, "block 1 lin1", SIX, asked(Noise("normal"), 0.5))
    assert calls == [6, 6]
    assert hooks(tagger) == 0
    assert all(torch.equal(value, weights[name]) for name, value in tagger.model.state_dict().items())


def test_only_the_first_rows_are_compared(tagger, encoded):
    (site,) = named(tagger, ["block 1 lin1"])
    table = similarities(tagger, encoded, site.name, SIX, asked(Noise("normal"), 0.5), rows=20)
    whole = representations(tagger, encoded, [site])[0][:20]
    weight = tagger.model.distilbert.transformer.layer[0].ffn.lin1.weight
    own = weight.data
    weight.data = Noise("normal")(own, 0.5, generator(Noise("normal"), 0, 0, site.name))
    changed = representations(tagger, encoded, [site])[0][:20]
    weight.data = own
    found = table.set_index("place").loc[site.name]
    assert (found["biased"], found["unbiased"]) == pytest.approx(cka(whole, changed))


# As the authors released it


def test_batches_are_padded_as_released(tagger):
    many = random_sentences(1200, seed=1)
    encoded = as_released(tagger, many)
    longest = max(pieces(tagger, one) for one in many[:1000])
    assert {batch.ids.shape for batch in encoded.batches} == {(16, longest)}
    words = sum(batch.first.sum().item() for batch in encoded.batches)
    assert module.RELEASED_ROWS == 5000 <= words < 5000 + 16 * longest
    for batch, number in zip(encoded.batches, range(0, 1000, 16), strict=False):
        for ids, mask, one in zip(batch.ids, batch.mask, many[number : number + 16], strict=True):
            own = tagger.tokenizer([list(one.words)], is_split_into_words=True)["input_ids"][0]
            assert ids.tolist() == own + [0] * (longest - len(own))
            assert mask.tolist() == [True] * len(own) + [False] * (longest - len(own))
        assert batch.first.all()


def test_padding_is_not_seen_by_the_other_pieces(tagger):
    many = random_sentences(20, seed=2)
    (last,) = representations(tagger, as_released(tagger, many), named(tagger, ["classifier"]))
    longest = max(pieces(tagger, one) for one in many)
    last = last.unflatten(0, (-1, longest))
    for scores, one in zip(last, many, strict=True):
        ids = tagger.tokenizer([list(one.words)], is_split_into_words=True, return_tensors="pt")["input_ids"]
        with torch.no_grad():
            alone = tagger.model(input_ids=ids).logits[0]
        torch.testing.assert_close(scores[: len(alone)], alone, atol=1e-5, rtol=1e-5)


def test_fewer_sentences_than_needed_are_all_taken(tagger):
    encoded = as_released(tagger, random_sentences(19, seed=3))
    assert [len(batch.ids) for batch in encoded.batches] == [16, 3]


# Kept tables


@pytest.mark.parametrize("size", [10, None])
def test_a_kept_table_has_all_six_and_is_found_again(folders, corpus, checkpoint, monkeypatch, size):
    from weightprobes.models.checkpoints import Checkpoint

    recipe = Damage(Checkpoint(checkpoint), Noise("normal"), (0.1, 0.5), draws=2, sentences=size)
    table = recipe.table()
    assert list(table["site"].unique()) == SIX
    assert len(table) == 6 * 6 * 2 * 2 * 2
    assert table["padding"].unique().tolist() == [size is None]
    assert set(table["dataset"]) == {"conll2003"}
    monkeypatch.setattr(module, "similarities", None)
    assert recipe.table().equals(table)


def test_whole_numbers_among_the_strengths_make_the_same_recipe(checkpoint):
    from weightprobes.models.checkpoints import Checkpoint
    from weightprobes.tables.recipes import digest

    one, other = (Damage(Checkpoint(checkpoint), Flip(), strengths) for strengths in ((0, 1), (0.0, 1.0)))
    assert digest(one) == digest(other)


def test_half_precision_is_compared_in_full(tagger, encoded):
    half = replace(tagger, half=True)
    places = named(tagger, SIX)
    (site,) = named(tagger, ["block 1 lin1"])
    table = similarities(half, encoded, site.name, SIX, asked(Noise("normal"), 0.5))
    whole = representations(half, encoded, places)
    with swapped({site: Noise("normal")(site.weight(), 0.5, generator(Noise("normal"), 0, 0, site.name))}):
        changed = representations(half, encoded, places)
    for place, before, after in zip(SIX, whole, changed, strict=True):
        found = table.set_index("place").loc[place, ["biased", "unbiased"]]
        assert tuple(found) == pytest.approx(cka(before.double(), after.double()), abs=1e-3)
