"""Scores of sorted and padded batches, beside the library's own call for each sentence alone."""

from collections import Counter

import numpy as np
import pytest
import torch

pytest.importorskip("transformers")

import taggers
from hypothesis import given
from hypothesis import strategies as st
from taggers import believed, plain_scores, plain_tags, random_sentences

from weightprobes.datasets.conll2003 import TAGS, Sentence
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.spans import f1, numbered
from weightprobes.models.tagger import PIECES, Tagger, _parts


def of_batches(tagger, sentences):
    """``sentences`` in the order of the batches: by the number of their pieces."""
    lengths = tagger.tokenizer([list(one.words) for one in sentences], is_split_into_words=True)["input_ids"]
    return [sentences[place] for place in sorted(range(len(sentences)), key=lambda n: len(lengths[n]))]


def scores(tagger, encoded):
    return torch.cat(list(scoring.answers(tagger, encoded)))


def test_scores_are_those_of_plain_calls_of_each_sentence(tagger, sentences):
    expected = torch.cat([plain_scores(tagger, one) for one in of_batches(tagger, sentences)])
    torch.testing.assert_close(scores(tagger, tagger.encoded(sentences)), expected, atol=1e-5, rtol=1e-5)


def test_tags_and_gold_are_in_the_order_of_words_and_sentences(tagger, sentences):
    encoded, order = tagger.encoded(sentences), of_batches(tagger, sentences)
    assert encoded.gold.tolist() == numbered([tag for one in order for tag in one.tags]).tolist()
    expected = [number for number, one in enumerate(order) for _ in one.words]
    assert encoded.sentence.tolist() == expected
    found = scoring.tags(tagger, encoded)
    assert [TAGS[place] for place in found] == [tag for one in order for tag in plain_tags(tagger, one)]


def test_the_order_of_the_sentences_does_not_matter(tagger, sentences):
    forwards, backwards = (
        scoring.counts(tagger, tagger.encoded(given)) for given in (sentences, sentences[::-1])
    )
    assert sorted(forwards.tolist()) == sorted(backwards.tolist())
    assert 0.3 < f1(forwards.sum(0)) == f1(backwards.sum(0)) < 1


def test_a_tagger_believes_itself(tagger):
    own = believed(tagger, random_sentences(12, seed=5), wrong=10**6)
    assert f1(scoring.counts(tagger, tagger.encoded(own)).sum(0)) == 1


def test_one_sentence_of_one_word_is_enough(tagger):
    (one,) = believed(tagger, [Sentence(("paris",), ("O",))])
    encoded = tagger.encoded([one])
    assert encoded.batches[0].mask is None
    assert scoring.counts(tagger, encoded).shape == (1, 3)
    assert TAGS[scoring.tags(tagger, encoded)[0]] == one.tags[0]


# Batches


@given(lengths=st.lists(st.integers(2, 600), max_size=60))
def test_batches_by_length_lose_nothing_and_are_not_too_large(lengths):
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    parts = list(_parts(order, lengths))
    assert [place for part in parts for place in part] == order
    for part in parts:
        assert part
        assert len(part) == 1 or len(part) * max(lengths[place] for place in part) <= PIECES


def test_every_sentence_is_in_one_batch_with_its_own_pieces(tagger):
    many = random_sentences(200, seed=3)
    encoded = tagger.encoded(many)
    assert len(encoded.batches) > 2
    found = Counter()
    for batch in encoded.batches:
        mask = torch.ones_like(batch.first) if batch.mask is None else batch.mask
        found.update(tuple(ids[seen].tolist()) for ids, seen in zip(batch.ids, mask, strict=True))
        assert not (batch.first & ~mask).any()
    ids = tagger.tokenizer([list(one.words) for one in many], is_split_into_words=True)["input_ids"]
    assert found == Counter(map(tuple, ids))
    assert sum(batch.first.sum().item() for batch in encoded.batches) == len(encoded.gold)


def test_half_precision_gives_about_the_same_scores(tagger, sentences):
    half = Tagger(tagger.model, tagger.tokenizer, "half", half=True)
    encoded = tagger.encoded(sentences)
    exact, rough = (scores(one, encoded).float() for one in (tagger, half))
    assert not torch.equal(exact, rough)
    assert (exact - rough).abs().max() < 0.1 * exact.abs().max()
    assert f1(scoring.counts(half, encoded).sum(0)) > 0.3


# What is refused


def test_a_sentence_that_is_too_long_is_named(tagger):
    fits = Sentence(("pa",) * 22, ("O",) * 22)
    assert len(tagger.encoded([fits]).gold) == 22
    long = Sentence(("pa", "lon", "ro", "ber", "ma", "ki", *["to"] * 17), ("O",) * 23)
    with pytest.raises(ValueError, match="'pa lon ro ber ma' … has 25 word pieces, and the model reads 24"):
        tagger.encoded([fits, long])


@pytest.mark.parametrize("word", ["\u200b", "", " ", "\u00ad"])
def test_a_word_without_pieces_is_refused(tagger, word):
    sentence = Sentence(("paris", word, "london"), ("B-LOC", "O", "B-LOC"))
    with pytest.raises(ValueError, match="has no piece in the model's vocabulary: replace it"):
        tagger.encoded([sentence])


def test_a_word_that_is_not_in_the_vocabulary_has_one_piece(tagger):
    encoded = tagger.encoded([Sentence(("Ωmega", "x-y", "paris"), ("O", "O", "O"))])
    assert len(encoded.gold) == encoded.batches[0].first.sum() == 3


def test_no_sentences_are_refused_in_a_sentence(tagger):
    with pytest.raises(ValueError, match="no sentences"):
        tagger.encoded([])


# Labels


@pytest.mark.parametrize("labels", [tuple(reversed(TAGS)), tuple(sorted(TAGS))], ids=["reversed", "sorted"])
def test_labels_in_another_order_give_the_same_tags(tagger, sentences, labels):
    model = taggers.model(labels=labels)
    model.load_state_dict(tagger.model.state_dict())
    order = [TAGS.index(label) for label in labels]
    for name in ("weight", "bias"):
        value = getattr(model.classifier, name)
        value.data = getattr(tagger.model.classifier, name).data[order]
    other = Tagger(model, tagger.tokenizer, "reordered")
    encoded = tagger.encoded(sentences)
    assert np.array_equal(scoring.tags(other, encoded), scoring.tags(tagger, encoded))


def test_fewer_labels_are_allowed(sentences, tagger):
    labels = ("O", "B-PER", "I-PER")
    small = Tagger(taggers.model(labels=labels), tagger.tokenizer, "small")
    found = scoring.tags(small, small.encoded(sentences))
    assert {TAGS[place] for place in found} <= set(labels)


@pytest.mark.parametrize("labels", [("LABEL_0", "LABEL_1"), ("O", "B-DATE"), ("o", "b-per")])
def test_labels_that_are_no_tags_are_refused(labels):
    with pytest.raises(ValueError, match="are no tags of CoNLL-2003: set id2label"):
        Tagger(taggers.model(labels=labels), taggers.tokenizer(), "wrong")
