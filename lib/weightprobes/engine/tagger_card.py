"""Which weights a tagger's recipe stands for: kept beside the tables that were made with them."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import pandas as pd
import torch

from weightprobes.datasets import conll2003
from weightprobes.devices import Device
from weightprobes.models import checkpoints
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.checkpoints import Checkpoint
from weightprobes.models.finetuning import FineTuning
from weightprobes.models.spans import f1
from weightprobes.models.tagger import Tagger
from weightprobes.tables.recipe import Part, Recipe
from weightprobes.tables.taggers import tuned

#: With less F1 than this there is nothing to lose, and any claim of a loss holds. A good tagger with its
#: labels in another order, a wrong tokenizer or an untrained classifier was seen to have 0.00 to 0.19.
LEAST_F1 = 0.2

#: What makes a tagger: others did, or a fine-tuning.
Model = Checkpoint | FineTuning


def tagger_of(model: Model, device: torch.device | str = "cpu") -> Tagger:
    """The tagger that ``model`` makes; a fine-tuned one is found, or made and kept."""
    if isinstance(model, FineTuning):
        return checkpoints.tagger(str(tuned(model, device)), device=device)
    return model.tagger(device)


class OfTagger(Recipe):
    """A recipe of a table about the tagger that ``model`` makes."""

    model: Model

    def needs(self, items: Sequence[Hashable]) -> Part | None:
        return Part.of(Card(self.model), [self.model.seed])


@dataclass(frozen=True)
class Log(Recipe):
    """The recipe of what a fine-tuning measured (:func:`~weightprobes.models.finetuning.fine_tune`)."""

    model: FineTuning

    @property
    def name(self) -> str:
        return f"ner/{self.model.label}/log"

    def items(self, device: Device = "cpu") -> list[int]:
        return [self.model.seed]

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        return pd.read_csv(tuned(self.model, device) / "log.csv")


@dataclass(frozen=True)
class Card(Recipe):
    """The recipe of a table of one row that says what ``model`` is.

    Columns of :func:`columns`; ``data``, a digest of the test sentences; ``blocks, dim, heads, vocabulary``;
    ``parameters``, their number; and ``f1`` on the whole test set, 0…1.
    """

    model: Model
    data: str = field(default_factory=lambda: conll2003.DIGESTS["test"])

    @property
    def name(self) -> str:
        return f"ner/{self.model.label}/card"

    def items(self, device: Device = "cpu") -> list[int]:
        return [self.model.seed]

    def needs(self, seeds: Sequence[int]) -> Part | None:
        return Part.of(Log(self.model), seeds) if isinstance(self.model, FineTuning) else None

    def check(self, tagger: Tagger) -> None:
        """Raise ValueError unless ``tagger`` has the weights on the card."""
        noted = self.table(device=tagger.model.device)["revision"].item()
        if tagger.revision != noted:
            raise ValueError(
                f"{self.model.label} has the weights {tagger.revision}, and its tables were made with "
                f"{noted}: ask for that revision, or delete its tables"
            )

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        tagger = tagger_of(self.model, device)
        config = tagger.model.config
        test = conll2003.load("test")
        found = float(f1(scoring.counts(tagger, tagger.encoded(test)).sum(0)))
        if found < LEAST_F1:
            raise ValueError(
                f"{tagger.name} finds hardly any names (F1 {found:.3f} on {conll2003.NAME}), so none are "
                "lost: check that its tokenizer and the order of its labels are those of its training"
            )
        row = {
            **columns(self.model, tagger),
            "data": conll2003.digest(test),
            "blocks": config.n_layers,
            "dim": config.dim,
            "heads": config.n_heads,
            "vocabulary": config.vocab_size,
            "parameters": sum(parameter.numel() for parameter in tagger.model.parameters()),
            "f1": found,
        }
        return pd.DataFrame([row])


def columns(model: Model, tagger: Tagger) -> dict[str, object]:
    """The columns that name a tagger in every table."""
    return {"dataset": "conll2003", "model": model.label, "revision": tagger.revision, "seed": model.seed}
