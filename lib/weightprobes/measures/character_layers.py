"""Why the weights of a language model of characters break without their magnitudes, as a table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from weightprobes.datasets import clinc150
from weightprobes.devices import Device
from weightprobes.engine.diagnosis import diagnose
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import torch
from weightprobes.models import character_model
from weightprobes.tables.recipe import Recipe

#: Places that the model is asked about at once.
BATCH = 2000


@dataclass(frozen=True)
class CharacterDiagnosis(Recipe):
    """The recipe of a table of :func:`~weightprobes.engine.diagnosis.diagnose` about the pretrained
    :class:`~weightprobes.models.character_model.CharacterModel`.

    The score is the share of characters, 0…1, that it predicts in so many ``texts``, evenly spaced test
    sentences of CLINC150, which it has not seen; they are the items. Refits are fitted to as many
    ``calibration`` sentences of the training set. ``whole`` is the score of the whole model.
    """

    by: ClassVar[str] = "layer"
    texts: int = 300
    calibration: int = 100
    weights: str = character_model.DIGEST
    data: str = clinc150.CHECKSUM[:12]

    @property
    def name(self) -> str:
        return "models/characters"

    def items(self, device: Device = "cpu") -> list[str]:
        """All weights."""
        names = dict(character_model.CharacterModel().named_parameters())
        return [name for name, value in names.items() if value.ndim > 1]

    def _make(self, layers: Sequence[str], device: Device) -> pd.DataFrame:
        seen, *_ = _asked("train", self.calibration)
        asked = {"score": share, "calibration": seen.split(BATCH), "layers": list(layers)}
        table = diagnose(character_model.pretrained(), predicted("test", self.texts), **asked)
        return table.assign(whole=table.attrs["score"])


def predicted(split: str, texts: int) -> Callable[[torch.nn.Module], np.ndarray]:
    """A score of models, (texts, 2): how many characters of each text are predicted, and how many it has."""
    before, after, lengths = _asked(split, texts)

    def evaluate(model: torch.nn.Module) -> np.ndarray:
        with torch.inference_mode():
            answers = torch.cat([model(part).argmax(1) for part in before.split(BATCH)])
        right = [part.sum().item() for part in (answers == after).split(lengths)]
        return np.column_stack([right, lengths])

    return evaluate


def share(counts: np.ndarray) -> np.ndarray:
    """What sums of counts (..., 2) score: the characters predicted, of all, 0…1."""
    return counts[..., 0] / counts[..., 1]


def _asked(split: str, texts: int) -> tuple[torch.Tensor, torch.Tensor, list[int]]:
    """What the model is asked about evenly spaced sentences of a split."""
    sentences, _ = clinc150.sentences(split)
    return character_model.asked(sentences[:: len(sentences) // texts])
