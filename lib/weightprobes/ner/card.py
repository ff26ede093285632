"""Which weights a tagger's recipe stands for: kept beside the tables that were made with them."""

from dataclasses import dataclass
from typing import Protocol

import pandas as pd
import torch

from weightprobes import tables
from weightprobes.datasets import conll2003
from weightprobes.ner import scoring
from weightprobes.ner.spans import f1
from weightprobes.ner.tagger import Tagger

#: With less F1 than this there is nothing to lose, and any claim of a loss holds. A good tagger with its
#: labels in another order, a wrong tokenizer or an untrained classifier was seen to have 0.00 to 0.19.
LEAST_F1 = 0.2


class Recipe(Protocol):
    """What makes a tagger: a checkpoint that others have made, or a fine-tuning."""

    seed: int

    @property
    def label(self) -> str:
        """For file names."""

    def tagger(self, device: torch.device | str = "cpu") -> Tagger:
        """The tagger itself."""


@dataclass(frozen=True)
class Card:
    """The recipe of a table of one row that says what ``model`` is."""

    model: Recipe
    data: str = ""

    def __post_init__(self) -> None:
        if not self.data:
            object.__setattr__(self, "data", conll2003.DIGESTS["test"])

    def table(self, device: torch.device | str = "cpu") -> pd.DataFrame:
        """Columns of :func:`columns`; ``data``, a digest of the test sentences; ``blocks, dim, heads,
        vocabulary``; ``parameters``, their number; and ``f1`` on the whole test set, 0…1. Raises ValueError
        for a tagger with less than :data:`LEAST_F1`."""
        return tables.kept(self.name, self, [self.model.seed], lambda seeds: self._make(device))

    @property
    def name(self) -> str:
        """For file names; not unique."""
        return f"ner/{self.model.label}/card"

    def check(self, tagger: Tagger) -> None:
        """Raise ValueError unless ``tagger`` has the weights on the card."""
        noted = self.table(tagger.model.device)["revision"].item()
        if tagger.revision != noted:
            raise ValueError(
                f"{self.model.label} has the weights {tagger.revision}, and its tables were made with "
                f"{noted}: ask for that revision, or delete its tables"
            )

    def _make(self, device: torch.device | str) -> pd.DataFrame:
        tagger = self.model.tagger(device)
        config = tagger.model.config
        test = conll2003.load("test")
        found = float(f1(scoring.counts(tagger, scoring.source(tagger.encoded(test)))))
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


def columns(model: Recipe, tagger: Tagger) -> dict[str, object]:
    """The columns that name a tagger in every table."""
    return {"dataset": "conll2003", "model": model.label, "revision": tagger.revision, "seed": model.seed}
