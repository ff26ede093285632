"""Matrix × probe × strength × draw → tidy table of F1."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import ClassVar

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from weightprobes.bootstrap import interval
from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import Sentence
from weightprobes.engine.card import Card, Model, OfTagger, columns, tagger_of
from weightprobes.engine.readings import COLUMNS, Reading, read
from weightprobes.engine.sites import Site, named, swapped
from weightprobes.models import scoring
from weightprobes.models.scoring import Flow
from weightprobes.models.spans import resampled
from weightprobes.models.tagger import Tagger
from weightprobes.probes import Probe
from weightprobes.progress import bar
from weightprobes.rng import generator

#: Size of the stratified sample of test sentences on which curves are measured.
SAMPLE = 300


def sweep(
    tagger: Tagger,
    sentences: Sequence[Sentence],
    sites: Sequence[Site],
    probe: Probe,
    strengths: Sequence[float],
    *,
    readings: Sequence[Reading] = ("float", "sign"),
    draws: int = 1,
    seed: int = 0,
) -> pd.DataFrame:
    """F1 on ``sentences`` when one matrix is probed and all others are as they were, for each of ``sites``.

    One row per measurement: ``site, block, matrix, spread`` (standard deviation of its weights), ``probe,
    variant, strength, draw, weights, scale`` (:data:`~weightprobes.engine.readings.COLUMNS`), ``f1`` and
    ``gap``, what is lost against the unperturbed tagger on the same sentences, both 0…1 and with ``_low``
    and ``_high``, a 95 % bootstrap interval over sentences. A draw depends on its probe, seed, draw and
    matrix alone. Only what is downstream of a matrix is computed for it; the tagger is left as it was.
    """
    for strength in strengths:
        probe.check(strength)
    flow = scoring.source(tagger.encoded(sentences))
    whole = resampled(scoring.counts(tagger, flow))
    rows = []
    for site in bar(sorted(sites, key=lambda site: site.place), desc=probe.label, unit="matrix"):
        flow = scoring.pushed(tagger, flow, site.place)
        parameter = tagger.stages[site.place].modules[site.matrix].weight
        weight = parameter.detach().cpu()
        about = {"site": site.name, "block": site.block, "matrix": site.matrix, "spread": weight.std().item()}
        about |= {"probe": probe.name, "variant": probe.variant}
        score = _once(tagger, flow, parameter, whole)
        for draw in range(draws):
            at = probe.on(weight, generator(probe, seed, draw, site.name))
            for strength in strengths:
                probed = at(strength)
                for reading in readings:
                    found = score(read(probed, reading))
                    weights, scale = COLUMNS[reading]
                    row = {**about, "strength": strength, "draw": draw, "weights": weights, "scale": scale}
                    rows.append(
                        {**row, **_with_interval("f1", found), **_with_interval("gap", whole - found)}
                    )
    return pd.DataFrame(rows)


def _once(
    tagger: Tagger, flow: Flow, parameter: nn.Parameter, whole: np.ndarray
) -> Callable[[Tensor], np.ndarray]:
    """F1, resampled, as a function of what stands in the place of ``parameter``; what comes again, such as
    the signs of weights that were shuffled within signs, is scored once. Its own weights score ``whole``."""
    known = {_fingerprint(parameter.detach().cpu()): whole}

    def score(value: Tensor) -> np.ndarray:
        name = _fingerprint(value)
        if name not in known:
            with swapped(parameter, value):
                known[name] = resampled(scoring.counts(tagger, flow))
        return known[name]

    return score


def _fingerprint(value: Tensor) -> bytes:
    # plus zero: -0 and 0 are one weight
    return sha256((value + 0.0).contiguous().numpy()).digest()


def _with_interval(name: str, values: np.ndarray) -> dict[str, float]:
    low, high = interval(values[1:])
    return {name: values[0], f"{name}_low": low, f"{name}_high": high}


@dataclass(frozen=True)
class SiteSweep(OfTagger):
    """The recipe of a sweep over matrices of a tagger, on ``sentences`` of CoNLL-2003's test set: a
    stratified sample of so many, or all if None.

    The columns of :func:`sweep`, and ``dataset, model, revision, seed, sentences`` before them.
    """

    by: ClassVar[str] = "site"
    model: Model
    probe: Probe
    strengths: tuple[float, ...]
    readings: tuple[Reading, ...] = ("float", "sign")
    draws: int = 1
    sentences: int | None = SAMPLE
    data: str = field(default_factory=lambda: conll2003.DIGESTS["test"])

    def __post_init__(self) -> None:
        object.__setattr__(self, "strengths", tuple(float(strength) for strength in self.strengths))

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
            named(tagger.stages, names),
            self.probe,
            self.strengths,
            readings=self.readings,
            draws=self.draws,
            seed=self.model.seed,
        )
        about = {**columns(self.model, tagger), "sentences": len(sentences)}
        return rows.assign(**about)[[*about, *rows]]
