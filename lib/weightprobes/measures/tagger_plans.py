"""Why each matrix of a tagger breaks, and a plan for them all."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pandas as pd

from weightprobes.datasets import conll2003
from weightprobes.devices import Device
from weightprobes.engine.diagnosis import diagnose
from weightprobes.engine.planning import plan, verified_plan, verify
from weightprobes.engine.tagger_card import Card, Model, OfTagger, columns, tagger_of
from weightprobes.engine.tagger_sweep import names_of
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.distilbert import matrices
from weightprobes.models.spans import f1
from weightprobes.models.tagger import Tagger
from weightprobes.tables.recipe import Part


@dataclass(frozen=True)
class TaggerDiagnosis(OfTagger):
    """The recipe of a table of :func:`~weightprobes.engine.diagnosis.diagnose` about a tagger's matrices.

    F1 on a stratified sample of so many ``sentences`` of CoNLL-2003's development set, refits fitted to
    ``calibration`` sentences of its training set: the test set is left for the plan.
    """

    by: ClassVar[str] = "layer"
    model: Model
    sentences: int = 1000
    calibration: int = 200
    data: str = field(default_factory=lambda: conll2003.DIGESTS["train"] + conll2003.DIGESTS["dev"])

    @property
    def name(self) -> str:
        return f"ner/{self.model.label}/diagnosis"

    def items(self, device: Device = "cpu") -> list[str]:
        """All matrices."""
        return list(matrices(int(Card(self.model).table(device=device)["blocks"].item())))

    def _make(self, names: Sequence[str], device: Device) -> pd.DataFrame:
        tagger = tagger_of(self.model, device)
        Card(self.model).check(tagger)
        sentences = conll2003.sample(conll2003.load("dev"), self.sentences)
        table = diagnose(tagger.model, layers=list(names), **_asked(tagger, sentences, self.calibration))
        return table.assign(**columns(self.model, tagger))


@dataclass(frozen=True)
class TaggerPlans(OfTagger):
    """The recipe of a table of plans for a tagger, by their budgets, verified on the whole test set.

    Two rows a budget: ``how`` is "singly" where the losses of single matrices keep to it, "together" where
    that of all at once does, on the diagnosis's sentences. Columns ``budget``; ``layers`` (their number),
    ``binarised, expected, before, after`` of the :class:`~weightprobes.engine.planning.Plan`; and what
    :func:`~weightprobes.engine.planning.verify` finds.
    """

    by: ClassVar[str] = "budget"
    model: Model
    sentences: int = 1000
    calibration: int = 200
    data: str = field(default_factory=lambda: "".join(conll2003.DIGESTS.values()))

    @property
    def name(self) -> str:
        return f"ner/{self.model.label}/plans"

    @property
    def _diagnosis(self) -> TaggerDiagnosis:
        return TaggerDiagnosis(self.model, self.sentences, self.calibration)

    def needs(self, items: Sequence[float]) -> Part | None:
        return Part.of(self._diagnosis, self._diagnosis.items())

    def _make(self, budgets: Sequence[float], device: Device) -> pd.DataFrame:
        tagger = tagger_of(self.model, device)
        Card(self.model).check(tagger)
        diagnosis = self._diagnosis.table(device=device)
        seen = conll2003.sample(conll2003.load("dev"), self.sentences)
        seen, held_out = (_asked(tagger, some, self.calibration) for some in (seen, conll2003.load("test")))
        rows = []
        for budget in budgets:
            together, _ = verified_plan(tagger.model, diagnosis=diagnosis, budget=budget, **seen)
            for how, made in (("singly", plan(diagnosis, budget)), ("together", together)):
                found = verify(tagger.model, plan=made, **held_out)
                rows.append({"how": how, **vars(made), "layers": len(made.layers), **found})
        return pd.DataFrame(rows).assign(**columns(self.model, tagger))


def _asked(tagger: Tagger, sentences: Sequence[conll2003.Sentence], calibration: int) -> dict[str, Any]:
    """How a tagger is asked: F1 on ``sentences``, and training sentences for its refits."""
    encoded = tagger.encoded(sentences)
    seen = tagger.encoded(conll2003.sample(conll2003.load("train"), calibration))
    return {
        "evaluate": lambda model: scoring.counts(tagger, encoded),
        "score": f1,
        "calibration": [{"input_ids": batch.ids, "attention_mask": batch.mask} for batch in seen.batches],
        "names": names_of(tagger),
    }
