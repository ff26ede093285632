"""What the trained networks look like before any probe: their training and their weights, as tables."""

from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor

from weightprobes.devices import Device
from weightprobes.measures.graphs import weight_matrices
from weightprobes.models.training import Training
from weightprobes.tables.stored import OfNetworks, trained


class OfEachNetwork(OfNetworks):
    """The recipe of a table that is made network by network, from the parameters alone."""

    @abstractmethod
    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterable[Mapping] | Mapping[str, object]:
        """What there is to tell of the network called ``seed``: rows, or columns."""

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble = trained(self.training, seeds, device)
        told = {seed: pd.DataFrame(self._rows(ensemble.model(seed), seed)) for seed in seeds}
        about = self.training.columns()
        rows = [pd.DataFrame({**about, "seed": seed, **columns}) for seed, columns in told.items()]
        return pd.concat(rows, ignore_index=True)


@dataclass(frozen=True)
class TrainingLog(OfNetworks):
    """The recipe of a table with one row per seed and epoch.

    Columns ``seed, failed, epoch`` (1…), ``loss`` and ``train_accuracy`` (over the epoch's own
    batches) and ``test_accuracy`` (after it), with the training's columns before them.
    """

    training: Training
    folder: ClassVar[str] = "training"

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble, epochs = trained(self.training, seeds, device), self.training.epochs
        columns = {
            **self.training.columns(),
            "seed": [seed for seed in seeds for _ in range(epochs)],
            "failed": ensemble.failed.repeat_interleave(epochs).tolist(),
            "epoch": [*range(1, epochs + 1)] * len(seeds),
        }
        columns |= {name: values.flatten().tolist() for name, values in ensemble.history.items()}
        return pd.DataFrame(columns)


@dataclass(frozen=True)
class WeightStatistics(OfEachNetwork):
    """The recipe of a table with one row per seed and weight matrix.

    Columns ``seed, layer`` (1…, ``"all"`` for all pooled), ``edges``, ``positive`` (share of positive
    edges), ``size`` (mean absolute weight) and ``spread`` (their standard deviation: squares summed
    and divided by n), in weight units.
    """

    training: Training
    folder: ClassVar[str] = "weights"

    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterator[dict[str, object]]:
        layers = [matrix.flatten() for matrix in weight_matrices(model)]
        names = [*map(str, range(1, len(layers) + 1)), "all"]
        for layer, weights in zip(names, [*layers, torch.cat(layers)], strict=True):
            yield {
                "layer": layer,
                "edges": weights.numel(),
                "positive": (weights > 0).double().mean().item(),
                "size": weights.abs().mean().item(),
                "spread": weights.std(correction=0).item(),
            }


@dataclass(frozen=True)
class HiddenUnits(OfEachNetwork):
    """The recipe of a table with one row per seed: what its first hidden layer of ReLUs is made of.

    Columns ``seed, units``, ``dead`` (units that fire on no training image), the positive share of
    the incoming weights of dead and of live units (``positive_dead``, ``positive_live``), and
    ``constant_pixels`` (pixels with one value in all training images).
    """

    training: Training
    folder: ClassVar[str] = "units"

    def _rows(self, model: dict[str, Tensor], seed: int) -> Iterator[dict[str, object]]:
        x, _ = self.training.task.load("train")
        weight, bias, *_ = model.values()
        dead = (x @ weight.T + bias <= 0).all(0)
        yield {
            "units": len(dead),
            "dead": int(dead.sum()),
            "positive_dead": (weight[dead] > 0).double().mean().item(),
            "positive_live": (weight[~dead] > 0).double().mean().item(),
            "constant_pixels": int((x == x[0]).all(0).sum()),
        }
