"""Matrix × probe × strength × draw → tidy table of F1."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pandas as pd
import torch

from weightprobes.choices import check_choice
from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import Sentence
from weightprobes.engine.readings import Reading
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.engine.sites import Site, sites
from weightprobes.engine.tagger_card import Card, Model, OfTagger, columns, tagger_of
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.distilbert import matrices
from weightprobes.models.spans import f1
from weightprobes.models.tagger import Tagger
from weightprobes.probes import Probe

#: Size of the stratified sample of test sentences on which curves are measured.
SAMPLE = 300


def sweep(
    tagger: Tagger,
    sentences: Sequence[Sentence],
    names: Sequence[str],
    probe: Probe,
    strengths: Sequence[float],
    *,
    readings: Sequence[Reading] = ("float", "sign"),
    draws: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """F1 on ``sentences`` when one matrix is probed and all others are as they were, for each of ``names``.

    One row per measurement: ``site, block, matrix, spread`` (standard deviation of its weights, divided by
    n - 1), ``probe, variant, strength, draw, weights, scale``, ``f1`` and ``gap``, what is lost against the
    unperturbed tagger on the same sentences, both 0…1 and with ``_low`` and ``_high``: see
    :func:`~weightprobes.engine.sensitivity.sensitivity`, which measures them. A draw depends on its probe,
    seed, draw and matrix alone.
    """
    blocks = tagger.model.config.n_layers
    known = matrices(blocks)
    for name in names:
        check_choice("matrix", name, known)
    encoded = tagger.encoded(sentences)
    table = sensitivity(
        tagger.model,
        lambda model: scoring.counts(tagger, encoded),
        score=f1,
        probe=probe,
        strengths=strengths,
        readings=readings,
        layers=[name for name in known if name in names],
        names=names_of(tagger),
        draws=draws,
        seed=seed,
    )
    table["block"] = [block_of(name, blocks) for name in table["layer"]]
    table["matrix"] = [name.split()[-1] for name in table["layer"]]
    table = table.rename(columns=_COLUMNS)
    return table[["site", "block", "matrix", "spread", *table.loc[:, "probe":"scale"], *_WORTH]]


_WORTH = [f"{name}{end}" for name in ("f1", "gap") for end in ("", "_low", "_high")]
_SCORES = [f"{name}{end}" for name in ("score", "loss") for end in ("", "_low", "_high")]
_COLUMNS = {"layer": "site", **dict(zip(_SCORES, _WORTH, strict=True))}


def sites_of(tagger: Tagger) -> list[Site]:
    """The tagger's matrices, under our names."""
    return sites(tagger.model, names_of(tagger))


def names_of(tagger: Tagger) -> dict[str, str]:
    """Our name of each of the parameters that are matrices."""
    return {parameter: name for name, parameter in matrices(tagger.model.config.n_layers).items()}


def block_of(name: str, blocks: int) -> int:
    """The block of a matrix: 0 for embeddings, one more than the last for the classifier."""
    if name == "classifier":
        return blocks + 1
    return int(name.split()[1]) if " " in name else 0


# what recipes call a reading by
_NOW = {"loud": "rescaled"}


@dataclass(frozen=True)
class OfMatrices(OfTagger):
    """A recipe about matrices of a tagger, probed one by one, on ``sentences`` of CoNLL-2003's test set."""

    by: ClassVar[str] = "site"
    model: Model
    probe: Probe
    strengths: tuple[float, ...]
    readings: tuple[str, ...] = ("float", "sign")
    draws: int = 1
    sentences: int | None = SAMPLE
    data: str = field(default_factory=lambda: conll2003.DIGESTS["test"])

    def __post_init__(self) -> None:
        # 0 and 0.0 must be one recipe
        object.__setattr__(self, "strengths", tuple(float(strength) for strength in self.strengths))


@dataclass(frozen=True)
class SiteSweep(OfMatrices):
    """The recipe of a sweep over matrices of a tagger, on a stratified sample of so many ``sentences``, or on
    all if None.

    The columns of :func:`sweep`, and ``dataset, model, revision, seed, sentences`` before them.
    """

    @property
    def name(self) -> str:
        return f"ner/{self.model.label}/{self.probe.label}"

    def _make(self, names: Sequence[str], device: torch.device | str) -> pd.DataFrame:
        tagger = tagger_of(self.model, device)
        Card(self.model).check(tagger)
        sentences = conll2003.load("test")
        if self.sentences is not None:
            sentences = conll2003.sample(sentences, self.sentences)
        rows = sweep(
            tagger,
            sentences,
            names,
            self.probe,
            self.strengths,
            readings=[_NOW.get(reading, reading) for reading in self.readings],
            draws=self.draws,
            seed=self.model.seed,
        )
        about = {**columns(self.model, tagger), "sentences": len(sentences)}
        return rows.assign(**about)[[*about, *rows]]
