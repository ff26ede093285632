"""What the trained networks look like before any probe: their training and their weights, as tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch

from weightprobes.devices import Device
from weightprobes.models.training import Training
from weightprobes.tables.stored import OfNetworks, trained


@dataclass(frozen=True)
class TrainingLog(OfNetworks):
    """The recipe of a table with one row per seed and epoch.

    Columns ``seed, failed, epoch`` (1…), ``loss`` and ``train_accuracy`` (over the epoch's own
    batches) and ``test_accuracy`` (after it), with the training's columns before them.
    """

    training: Training
    folder: ClassVar[str] = "training"

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble = trained(self.training, seeds, device)
        rows = [
            {
                **self.training.columns(),
                "seed": seed,
                "failed": failed,
                "epoch": epoch + 1,
                **{name: values[place, epoch].item() for name, values in ensemble.history.items()},
            }
            for place, (seed, failed) in enumerate(zip(seeds, ensemble.failed.tolist(), strict=True))
            for epoch in range(self.training.epochs)
        ]
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class WeightStatistics(OfNetworks):
    """The recipe of a table with one row per seed and weight matrix.

    Columns ``seed, layer`` (1…, ``"all"`` for both pooled), ``edges``, ``positive`` (share of positive
    edges), ``size`` (mean absolute weight) and ``spread`` (standard deviation), in weight units.
    """

    training: Training
    folder: ClassVar[str] = "weights"

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble = trained(self.training, seeds, device)
        rows = []
        for seed in seeds:
            matrices = [value.flatten() for value in ensemble.model(seed).values() if value.ndim > 1]
            layers = {str(number): matrix for number, matrix in enumerate(matrices, start=1)}
            for layer, weights in {**layers, "all": torch.cat(matrices)}.items():
                rows.append(
                    {
                        **self.training.columns(),
                        "seed": seed,
                        "layer": layer,
                        "edges": weights.numel(),
                        "positive": (weights > 0).double().mean().item(),
                        "size": weights.abs().mean().item(),
                        "spread": weights.std(correction=0).item(),
                    }
                )
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class HiddenUnits(OfNetworks):
    """The recipe of a table with one row per seed: what its first hidden layer of ReLUs is made of.

    Columns ``seed, units``, ``dead`` (units that fire on no training image), the positive share of
    the incoming weights of dead and of live units (``positive_dead``, ``positive_live``), and
    ``constant_pixels`` (pixels with one value in all training images).
    """

    training: Training
    folder: ClassVar[str] = "units"

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        x, _ = self.training.task.load("train")
        constant = int((x == x[0]).all(0).sum())
        ensemble = trained(self.training, seeds, device)
        rows = []
        for seed in seeds:
            weight, bias, *_ = ensemble.model(seed).values()
            dead = (x @ weight.T + bias <= 0).all(0)
            rows.append(
                {
                    **self.training.columns(),
                    "seed": seed,
                    "units": len(dead),
                    "dead": int(dead.sum()),
                    "positive_dead": (weight[dead] > 0).double().mean().item(),
                    "positive_live": (weight[~dead] > 0).double().mean().item(),
                    "constant_pixels": constant,
                }
            )
        return pd.DataFrame(rows)
