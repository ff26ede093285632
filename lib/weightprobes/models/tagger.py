"""A tagger: a DistilBERT, its tokenizer, and sentences made ready for both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from weightprobes.datasets.conll2003 import TAGS, Sentence
from weightprobes.models.spans import numbered

#: Word pieces in a batch, padding included: enough for the matrix products, and little padding.
PIECES = 512


@dataclass(frozen=True)
class Batch:
    """Sentences of about one length: ``ids`` of their pieces, ``first``, which of them begin a word,
    and ``mask``, which are no padding, or None if all are: each (sentences, pieces)."""

    ids: Tensor
    first: Tensor
    mask: Tensor | None


@dataclass(frozen=True)
class Encoded:
    """Sentences sorted by length, in batches; the tag numbers of all their words, ``gold`` (words,), and the
    number of each word's sentence in the order of the batches, ``sentence`` (words,)."""

    batches: list[Batch]
    gold: np.ndarray
    sentence: np.ndarray


@dataclass(frozen=True)
class Tagger:
    """``model`` gives every word piece a score for each of its labels; a word's tag is its first piece's.

    ``revision`` says which weights these are: a commit of the hub, or a digest of the file. With ``half``
    the matrix products are computed in bfloat16, which a GPU does faster.
    """

    model: nn.Module
    tokenizer: object
    revision: str
    half: bool = False

    def __post_init__(self) -> None:
        fault = _fault(self.model.config.id2label)
        if fault:
            raise ValueError(
                f"{self.name} cannot be used, since its labels {fault}: set id2label in its config.json to "
                f"{', '.join(TAGS)}, in its own order and numbered from 0"
            )

    @property
    def name(self) -> str:
        """What its model was loaded by: a folder, or a name on the hub."""
        return self.model.name_or_path or "the model"

    @cached_property
    def tags(self) -> np.ndarray:
        """The tag number of each of the model's labels, matched by name."""
        labels = self.model.config.id2label
        return numbered([labels[number] for number in range(len(labels))])

    def encoded(self, sentences: Sequence[Sentence]) -> Encoded:
        """``sentences`` tokenised once, for any number of measurements.

        Raises ValueError for a sentence that is longer than the model reads, a word without pieces, or a
        piece that the model does not know.
        """
        if not sentences:
            raise ValueError("no sentences to encode: give one or more")
        pieces = self.tokenizer([list(one.words) for one in sentences], is_split_into_words=True)
        firsts = [_first(pieces.word_ids(number)) for number in range(len(sentences))]
        for one, ids, first in zip(sentences, pieces["input_ids"], firsts, strict=True):
            self._check(one, ids, first)
        order = sorted(range(len(sentences)), key=lambda number: len(firsts[number]))
        batches = [
            self._batch([pieces["input_ids"][number] for number in part], [firsts[number] for number in part])
            for part in _parts(order, [len(first) for first in firsts])
        ]
        gold = [numbered(sentences[number].tags) for number in order]
        return Encoded(
            batches, np.concatenate(gold), np.repeat(np.arange(len(order)), [len(tags) for tags in gold])
        )

    def _check(self, sentence: Sentence, ids: list[int], first: list[bool]) -> None:
        most, known = self.model.config.max_position_embeddings, self.model.config.vocab_size
        if len(ids) > most:
            raise ValueError(
                f"the sentence {' '.join(sentence.words[:5])!r} … has {len(ids)} word pieces, and "
                f"{self.name} reads {most}: split it, or give a model that reads more"
            )
        if sum(first) != len(sentence.words):
            raise ValueError(
                f"a word of {' '.join(sentence.words)!r} has no piece in the model's vocabulary: replace it, "
                "or give the tokenizer that the model was trained with"
            )
        if max(ids) >= known:
            raise ValueError(
                f"{self.name} has {known} pieces, and its tokenizer gives number {max(ids)}: "
                "save there the tokenizer that it was trained with"
            )

    def _batch(self, ids: list[list[int]], firsts: list[list[bool]]) -> Batch:
        device = self.model.device
        padded = pad_sequence([torch.tensor(one) for one in ids], batch_first=True)
        first = pad_sequence([torch.tensor(one) for one in firsts], batch_first=True)
        lengths = torch.tensor([len(one) for one in ids])
        mask = torch.arange(padded.shape[1]) < lengths[:, None]
        return Batch(padded.to(device), first.to(device), None if mask.all() else mask.to(device))


def _fault(labels: dict[int, str]) -> str:
    """What is wrong with a model's ``labels``; nothing if they are fine."""
    strangers = sorted({str(label) for label in labels.values()} - set(TAGS))
    if strangers:
        return f"{', '.join(strangers)} are no tags of CoNLL-2003"
    if sorted(labels) != list(range(len(labels))):
        return f"are numbered {', '.join(map(str, sorted(labels)))}"
    return "" if set(labels.values()) - {"O"} else "are all O, so that it finds no names"


def _first(words: list[int | None]) -> list[bool]:
    """Which pieces begin a word; ``words`` tells each piece's word, None for what belongs to none."""
    return [word is not None and word != before for before, word in zip([None, *words], words, strict=False)]


def _parts(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """``order``, by rising length, cut into parts that fill a batch."""
    part: list[int] = []
    for number in order:
        if part and (len(part) + 1) * lengths[number] > PIECES:
            yield part
            part = []
        part.append(number)
    if part:
        yield part
