"""How well names are found: F1 over whole spans, as conlleval counts them."""

from collections.abc import Sequence

import numpy as np

from weightprobes.datasets.conll2003 import TAGS

_KIND = np.array([0 if tag == "O" else 1 + (number - 1) // 2 for number, tag in enumerate(TAGS)])
_BEGINS = np.array([tag.startswith("B-") for tag in TAGS])


def numbered(tags: Sequence[str]) -> np.ndarray:
    """The places of ``tags`` in :data:`~weightprobes.datasets.conll2003.TAGS`, shape (n,)."""
    return np.array([TAGS.index(tag) for tag in tags], dtype=np.int64)


def counts(predicted: np.ndarray, gold: np.ndarray, sentence: np.ndarray) -> np.ndarray:
    """Spans of each sentence that are right, predicted and there: shape (sentences, 3).

    ``predicted`` and ``gold``, shape (words,), number the tags of all words, one sentence after the
    other; ``sentence``, shape (words,), numbers the sentences from 0 on. A span is right if both ends
    and the kind are. It begins with a B- tag, or with an I- tag whose kind is not that of the word
    before: conlleval's reading of ill-formed tags (Tjong Kim Sang and Buchholz 2000).
    """
    ours, theirs = _spans(predicted, sentence), _spans(gold, sentence)
    right = (ours > 0) & (ours == theirs) & (_KIND[predicted] == _KIND[gold])
    sentences = sentence.max(initial=-1) + 1
    found = [np.bincount(sentence[begins], minlength=sentences) for begins in (right, ours > 0, theirs > 0)]
    return np.stack(found, axis=1)


def f1(sums: np.ndarray) -> np.ndarray:
    """Micro-averaged F1, 0…1, of :func:`counts` summed over sentences, (..., 3): (...); 0 without spans."""
    right, predicted, there = np.moveaxis(sums, -1, 0)
    return np.divide(2 * right, predicted + there, out=np.zeros(right.shape), where=predicted + there > 0)


def _spans(tags: np.ndarray, sentence: np.ndarray) -> np.ndarray:
    """The number of words of the span that begins at each word, (words,); 0 where none does."""
    kind, words = _KIND[tags], len(tags)
    first = np.r_[True, sentence[1:] != sentence[:-1]][:words]
    goes_on = ~first & (kind == np.r_[0, kind[:-1]][:words]) & ~_BEGINS[tags]
    begins = (kind > 0) & ~goes_on
    ends = (kind > 0) & ~np.r_[goes_on[1:] & (kind[1:] > 0), False][:words]
    lengths = np.zeros(words, dtype=np.int64)
    lengths[begins] = np.flatnonzero(ends) + 1 - np.flatnonzero(begins)
    return lengths
