"""F1 over spans: beside conlleval written out, and beside another library's strict F1."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from weightprobes.datasets.conll2003 import KINDS, TAGS
from weightprobes.engine.item_bootstrap import resampled
from weightprobes.models.spans import counts, f1, numbered

# Well-formed and ill-formed alike: every tag may follow every other.
tagged = st.lists(st.tuples(st.sampled_from(TAGS), st.sampled_from(TAGS)), min_size=1, max_size=9)
documents = st.lists(tagged, min_size=1, max_size=6)

ILL_FORMED = [
    [("I-PER", "B-PER"), ("I-PER", "I-PER")],
    [("B-PER", "B-PER"), ("I-LOC", "I-PER"), ("I-LOC", "I-PER")],
    [("I-ORG", "O"), ("O", "I-ORG"), ("B-ORG", "B-ORG"), ("B-ORG", "I-ORG")],
    [("O", "O")],
    [("I-MISC", "I-MISC")],
]


def twin(tags):
    """conlleval, one word at a time: the spans of a sentence as (first word, last word, kind)."""
    found, start, before = set(), None, "O"
    for place, tag in enumerate([*tags, "O"]):
        goes_on = tag.startswith("I-") and before != "O" and before[2:] == tag[2:]
        if start is not None and not goes_on:
            found.add((start, place - 1, before[2:]))
            start = None
        if tag != "O" and not goes_on:
            start = place
        before = tag
    return found


def flat(sentences):
    """The three arrays that ``counts`` takes, of sentences of (predicted, gold)."""
    words = [pair for one in sentences for pair in one]
    sentence = np.repeat(np.arange(len(sentences)), [len(one) for one in sentences])
    return numbered([ours for ours, _ in words]), numbered([gold for _, gold in words]), sentence


@example(sentences=ILL_FORMED)
@example(sentences=[[("O", "O")]])
@given(sentences=documents)
def test_every_sentence_has_the_counts_of_conlleval(sentences):
    expected = []
    for one in sentences:
        ours, theirs = (twin(tags) for tags in zip(*one, strict=True))
        expected.append([len(ours & theirs), len(ours), len(theirs)])
    assert counts(*flat(sentences)).tolist() == expected


@example(sentences=ILL_FORMED)
@given(sentences=documents)
def test_f1_is_the_strict_f1_of_nervaluate(sentences):
    nervaluate = pytest.importorskip("nervaluate")
    ours, gold = ([[pair[side] for pair in one] for one in sentences] for side in (0, 1))
    results = nervaluate.Evaluator(gold, ours, tags=list(KINDS), loader="list").evaluate()
    assert float(f1(counts(*flat(sentences)).sum(0))) == pytest.approx(
        results["overall"]["strict"].f1, abs=1e-12
    )


@given(sentences=documents)
def test_a_span_never_crosses_a_sentence(sentences):
    alone = np.concatenate([counts(*flat([one])) for one in sentences])
    assert np.array_equal(counts(*flat(sentences)), alone)


@given(sentences=documents)
def test_right_spans_are_predicted_and_there(sentences):
    counted = counts(*flat(sentences))
    assert (counted[:, 0] <= counted[:, 1:].min(1)).all()
    assert 0 <= f1(counted.sum(0)) <= 1


@given(sentences=documents)
def test_predicting_the_gold_tags_is_perfect_if_there_are_names(sentences):
    _, gold, sentence = flat(sentences)
    assert f1(counts(gold, gold, sentence).sum(0)) == (1 if gold.any() else 0)


@given(sentences=documents)
def test_prediction_and_truth_change_places_without_changing_f1(sentences):
    ours, gold, sentence = flat(sentences)
    forwards, backwards = (counts(*both, sentence).sum(0) for both in ((ours, gold), (gold, ours)))
    assert f1(forwards) == f1(backwards)


@pytest.mark.parametrize(
    ("predicted", "gold", "expected"),
    [
        ("O O O", "O O O", [0, 0, 0]),
        ("I-PER I-PER O", "B-PER I-PER O", [1, 1, 1]),
        ("B-PER I-LOC O", "B-PER I-PER O", [0, 2, 1]),
        ("B-PER B-PER O", "B-PER I-PER O", [0, 2, 1]),
        ("B-PER O I-PER", "B-PER O B-PER", [2, 2, 2]),
        ("B-ORG I-ORG I-ORG", "O I-ORG I-ORG", [0, 1, 1]),
        ("B-LOC I-LOC O", "B-ORG I-ORG O", [0, 1, 1]),
    ],
)
def test_ends_and_kind_must_both_be_right(predicted, gold, expected):
    pairs = list(zip(predicted.split(), gold.split(), strict=True))
    assert counts(*flat([pairs])).tolist() == [expected]


def test_no_words_have_no_sentences_and_an_f1_of_0():
    counted = counts(*flat([]))
    assert counted.shape == (0, 3)
    assert f1(counted.sum(0)) == 0


def test_a_tag_that_is_none_is_no_number():
    with pytest.raises(ValueError, match="not in tuple"):
        numbered(["O", "B-DATE"])


# Sums


def table(seed, sentences=40):
    rng = np.random.default_rng(seed)
    there = rng.integers(0, 4, sentences)
    return np.stack([rng.integers(0, there + 1), there + rng.integers(0, 2, sentences), there], axis=1)


def test_resamples_of_f1_spread_like_sentences_drawn_one_at_a_time():
    counted, rng = table(3), np.random.default_rng(7)
    twins = [f1(counted[rng.integers(len(counted), size=len(counted))].sum(0)) for _ in range(2000)]
    drawn = resampled(counted, f1)
    assert drawn[0] == f1(counted.sum(0))
    assert drawn[1:].mean() == pytest.approx(np.mean(twins), abs=0.005)
    assert drawn[1:].std() == pytest.approx(np.std(twins), rel=0.1)


def test_several_sums_at_once_have_an_f1_each():
    both = np.stack([table(5).sum(0), table(6).sum(0)])
    assert f1(both).tolist() == [f1(both[0]), f1(both[1])]
