"""Do pruning, noise and flips undo the shift of binarised networks? The offset along a probe."""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd
from torch import Tensor

from weightprobes.devices import Device
from weightprobes.engine.settings import AS_PUBLISHED
from weightprobes.engine.stack import simplified
from weightprobes.measures.shift import check_one_hidden_layer, correlation, measured_imbalance, offset
from weightprobes.models.ensembles import accuracy
from weightprobes.models.training import Training
from weightprobes.probes import Probe
from weightprobes.tables.stored import OfNetworks, trained


@dataclass(frozen=True)
class ShiftAlong(OfNetworks):
    """The recipe of a table with one row for each seed and strength of a ``probe``.

    Networks of one hidden layer for two classes are probed as published, and then binarised. Columns ``seed,
    strength, accuracy``; ``imbalance`` (:class:`~weightprobes.measures.shift.Imbalance`, measured); and
    medians over the hidden units that fire on a hundredth of the training images or more in the float network
    as it was trained: ``offset``, abs Δ (:mod:`weightprobes.measures.shift`) against that network's unit;
    ``spread`` of the binarised unit; ``relative``, abs Δ over the spread; and ``kept``, the correlation of
    the pre-activation before and after. All on the test images.
    """

    training: Training
    probe: Probe
    strengths: tuple[float, ...]

    def __post_init__(self) -> None:
        check_one_hidden_layer(self.training)

    @property
    def name(self) -> str:
        return f"shift_along/{self.probe.label}-{self.training.label}"

    def columns(self) -> dict[str, object]:
        return super().columns() | {"probe": self.probe.name}

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble, (seen, _) = trained(self.training, seeds, device), self.training.task.load("train")
        x, y = self.training.task.load("test")
        floats = {seed: _float_units(ensemble.model(seed), seen, x) for seed in seeds}
        rows = []
        for strength in self.strengths:
            signed = simplified(ensemble, AS_PUBLISHED, None, self.probe, strength)["sign"]
            right = accuracy(signed.module, signed.parameters, x, y).tolist()
            balance = measured_imbalance(signed, x, y).tolist()
            for seed, one, other in zip(seeds, right, balance, strict=True):
                about = {"seed": seed, "strength": strength, "accuracy": one, "imbalance": other}
                rows.append(about | _shift(*floats[seed], signed.model(seed), x))
        return pd.DataFrame(rows).assign(**self.training.columns())


def _float_units(model: dict[str, Tensor], seen: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
    """Which units fire on a hundredth of ``seen``, and what these add up on ``x``."""
    weight, bias, *_ = model.values()
    active = (seen @ weight.T + bias > 0).double().mean(0) >= 0.01
    return active, (x @ weight.T + bias)[:, active]


def _shift(active: Tensor, before: Tensor, signed: dict[str, Tensor], x: Tensor) -> dict[str, float]:
    """The medians over hidden units of one network."""
    sign, *_ = signed.values()
    after = x @ sign[active].T
    size, spread = offset(before, after).abs(), after.std(0)
    told = {"offset": size, "spread": spread, "relative": size / spread, "kept": correlation(before, after)}
    return {name: values.nanmedian().item() for name, values in told.items()}
