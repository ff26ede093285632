"""How much of the matrices of a pretrained language model its best-scaled signs keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from weightprobes.devices import Device
from weightprobes.lazy import pandas as pd
from weightprobes.measures.signs import energy
from weightprobes.models import checkpoints
from weightprobes.models.distilbert import matrices
from weightprobes.tables.recipe import Recipe

if TYPE_CHECKING:
    from pandas import DataFrame

_PREFIX, _HEAD = "distilbert.", "classifier"


@dataclass(frozen=True)
class EncoderSigns(Recipe):
    """The recipe of a table with one row for each matrix of the encoder that our tagger is tuned from.

    Columns ``matrix``, as :func:`~weightprobes.models.distilbert.matrices` names it, and ``energy``, 0…1, as
    :func:`~weightprobes.measures.signs.energy` measures it.
    """

    by: ClassVar[str] = "matrix"
    weights: str = checkpoints.MINILM_CONTENTS
    blocks: int = 6

    @property
    def name(self) -> str:
        return "signs/encoder"

    def items(self, device: Device = "cpu") -> list[str]:
        """All matrices; there is no classifier yet."""
        return [name for name in matrices(self.blocks) if name != _HEAD]

    def _make(self, names: Sequence[str], device: Device) -> DataFrame:
        model, _ = checkpoints.encoder(checkpoints.MINILM)
        parameters, places = dict(model.named_parameters()), matrices(self.blocks)
        kept = [energy(parameters[places[name].removeprefix(_PREFIX)].detach()) for name in names]
        return pd.DataFrame({"matrix": list(names), "energy": kept})
