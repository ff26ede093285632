"""How a probed weight is read: with its magnitudes or by its signs, at the size it was or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.probes.binarize import Scale, scaling_factor

if TYPE_CHECKING:
    from torch import Tensor

#: - ``"float"``: as it is;
#: - ``"sign"``: each weight's sign, the paper's reading, in which the mean magnitude becomes 1;
#: - ``"scaled"`` and ``"row"``: signs times the mean magnitude that the matrix, or each of its rows, had;
#: - ``"rescaled"``: as it is, but multiplied so that its mean magnitude is 1.
Reading = Literal["float", "sign", "scaled", "row", "rescaled"]

#: The columns ``weights`` and ``scale`` of each reading.
COLUMNS: dict[Reading, tuple[str, str]] = {
    "float": ("float", "own"),
    "sign": ("sign", "unit"),
    "scaled": ("sign", "own"),
    "row": ("sign", "row"),
    "rescaled": ("float", "unit"),
}

_SCALES: dict[Reading, Scale] = {"sign": "unit", "scaled": "layer", "row": "row"}


def read(weight: Tensor, reading: Reading) -> Tensor:
    """A weight (out, ...) in this ``reading``; means of magnitudes leave zeros out."""
    check_choice("reading", reading, get_args(Reading))
    if reading == "float":
        return weight
    if reading == "rescaled":
        size = scaling_factor(weight, "layer")
        return weight / size if size.any() else weight
    return signed(weight, _SCALES[reading])


def signed(weight: Tensor, scale: Scale) -> Tensor:
    """The signs of a weight (out, ...) times its ``scale``."""
    return weight.sign() * scaling_factor(weight, scale)
