"""What is lost where when a matrix is probed: representations before and after, compared by CKA."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import Sentence
from weightprobes.devices import Device
from weightprobes.engine.refit import hooked
from weightprobes.engine.sensitivity import Question
from weightprobes.engine.sites import Site, Unit, swapped
from weightprobes.engine.tagger_card import Card, columns, tagger_of
from weightprobes.engine.tagger_sweep import OfMatrices, block_of, sites_of
from weightprobes.measures.cka import Cka, cka
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.distilbert import paper_matrices
from weightprobes.models.progress import bar
from weightprobes.models.tagger import Batch, Encoded, Tagger

#: The released code takes 16 sentences a batch, in order, pads each to the longest of a thousand, and
#: keeps the first 5,000 pieces, most of them padding.
RELEASED_BATCH, RELEASED_TOGETHER, RELEASED_ROWS = 16, 1000, 5000


def representations(tagger: Tagger, encoded: Encoded, places: Sequence[Site]) -> list[Tensor]:
    """What the layer of each of ``places`` puts out for the pieces that begin a word, (words, features)."""
    outputs: dict[str, list[Tensor]] = {place.name: [] for place in places}
    with hooked(
        {place.name: place.modules[0] for place in places}, lambda name, out: outputs[name].append(out)
    ):
        scoring.tags(tagger, encoded)
    return [torch.cat(_words(outputs[place.name], encoded.batches)) for place in places]


def _words(outputs: Sequence[Tensor], batches: Sequence[Batch]) -> list[Tensor]:
    # the position embeddings put out one sentence for all of a batch
    return [
        out.expand(*batch.first.shape, -1)[batch.first] for out, batch in zip(outputs, batches, strict=True)
    ]


def similarities(
    tagger: Tagger,
    encoded: Encoded,
    site: str,
    places: Sequence[str],
    asked: Question,
    *,
    rows: int | None = None,
) -> pd.DataFrame:
    """Similarity of what ``places`` put out when the matrix ``site`` is probed and when it is not.

    One row per measurement and place: ``site, block, probe, variant, strength, draw, weights, scale, place``
    and ``biased`` and ``unbiased`` CKA (:func:`~weightprobes.measures.cka.cka`) over the first ``rows``
    words. What is equal to the last bit has a CKA of 1.
    """
    known = {one.name: one for one in sites_of(tagger)}
    where = [known[place] for place in places]
    whole, found = representations(tagger, encoded, where), []
    for row, values in asked.changes(Unit(site, (known[site],))):
        with swapped(values):
            changed = representations(tagger, encoded, where)
        about = {"site": site, "block": block_of(site, tagger.model.config.n_layers), **row}
        for place, before, after in zip(places, whole, changed, strict=True):
            found.append({**about, "place": place, **_alike(before[:rows], after[:rows])._asdict()})
    return pd.DataFrame(found)


def _alike(before: Tensor, after: Tensor) -> Cka:
    return Cka(1.0, 1.0) if torch.equal(before, after) else cka(before, after)


def as_released(tagger: Tagger, sentences: Sequence[Sentence]) -> Encoded:
    """The first sentences as the authors' code feeds them, for :data:`RELEASED_ROWS` rows of all pieces."""
    ids = tagger.tokenizer(
        [list(one.words) for one in sentences[:RELEASED_TOGETHER]], is_split_into_words=True
    )["input_ids"]
    padded = pad_sequence(
        [torch.tensor(one) for one in ids], batch_first=True, padding_value=tagger.model.config.pad_token_id
    )
    mask = pad_sequence([torch.ones(len(one), dtype=torch.bool) for one in ids], batch_first=True)
    needed = RELEASED_BATCH * -(-RELEASED_ROWS // (RELEASED_BATCH * padded.shape[1]))
    device = tagger.model.device
    batches = [
        Batch(one.to(device), torch.ones_like(one, dtype=torch.bool, device=device), seen.to(device))
        for one, seen in zip(
            padded[:needed].split(RELEASED_BATCH), mask[:needed].split(RELEASED_BATCH), strict=True
        )
    ]
    words = sum(batch.ids.numel() for batch in batches)
    return Encoded(batches, np.zeros(words, dtype=np.int64), np.zeros(words, dtype=np.int64))


@dataclass(frozen=True)
class Damage(OfMatrices):
    """The recipe of a table of :func:`similarities` between the paper's six matrices.

    ``sentences``: the size of a stratified sample of the test set; None feeds the first ones as released,
    padding included.
    """

    sentences: int | None = 120

    def items(self, device: Device = "cpu") -> list[str]:
        """The paper's six matrices."""
        return paper_matrices(int(Card(self.model).table(device=device)["blocks"].item()))

    @property
    def name(self) -> str:
        return f"ner/{self.model.label}/cka-{self.probe.label}"

    def _make(self, names: Sequence[str], device: Device) -> pd.DataFrame:
        tagger = tagger_of(self.model, device)
        Card(self.model).check(tagger)
        test = conll2003.load("test")
        if self.sentences is None:
            encoded, rows = as_released(tagger, test), RELEASED_ROWS
        else:
            encoded, rows = tagger.encoded(conll2003.sample(test, self.sentences)), None
        asked = Question(self.probe, self.strengths, self.readings, draws=self.draws, seed=self.model.seed)
        made = [
            similarities(tagger, encoded, name, self.items(device), asked, rows=rows)
            for name in bar(names, desc=f"CKA, {self.probe.name}", unit="matrix")
        ]
        return pd.concat(made, ignore_index=True).assign(
            **columns(self.model, tagger), padding=rows is not None
        )
