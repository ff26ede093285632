"""Cut the pixels that hardly vary, move what they carried into the biases, and binarise what is left."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import pandas as pd
import torch
from sklearn.metrics import roc_auc_score
from torch import Tensor

from weightprobes.devices import Device
from weightprobes.engine.settings import Setting, without_constant_inputs
from weightprobes.engine.stack import simplified
from weightprobes.measures.shift import check_one_hidden_layer
from weightprobes.measures.thresholds import differences
from weightprobes.models.ensembles import Ensemble, accuracy
from weightprobes.models.training import Training
from weightprobes.tables.stored import OfNetworks, trained

#: Standard deviations over training images, up to which pixels are cut; below 0, none is.
STEADY = (-1.0, 0.0, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True)
class Cuts(OfNetworks):
    """The recipe of a table with one row for each seed, threshold in ``steady``, and way to be read.

    Every pixel whose standard deviation over the training images is ``steady`` at most loses its weights
    after training, and what they carried on average joins the trained hidden biases. Columns ``seed, steady,
    pixels`` (how many were cut); ``accuracy`` and ``auc`` (:mod:`weightprobes.measures.thresholds`) on the
    test images; and ``moved``: "float", for the float network; "number", for its signs, where the biases keep
    their size; "grown", where every hidden bias grows by γ, as the spread of what its unit adds up does.
    """

    training: Training
    steady: tuple[float, ...] = STEADY
    folder: ClassVar[str] = "cuts"

    def __post_init__(self) -> None:
        check_one_hidden_layer(self.training)

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble, (seen, _) = trained(self.training, seeds, device), self.training.task.load("train")
        x, y = self.training.task.load("test")
        tables = []
        for steady in self.steady:
            cut = ensemble if steady < 0 else without_constant_inputs(ensemble, seen, steady)
            about = {"seed": list(seeds), "steady": steady, "pixels": int((seen.std(0) <= steady).sum())}
            for moved, networks in _readings(cut, seen):
                columns = {
                    "accuracy": accuracy(networks.module, networks.parameters, x, y),
                    "auc": [roc_auc_score(y, one) for one in differences(networks, x)],
                }
                tables.append(pd.DataFrame({**about, "moved": moved, **columns}))
        return pd.concat(tables, ignore_index=True).assign(**self.training.columns())


def _readings(cut: Ensemble, seen: Tensor) -> Iterator[tuple[str, Ensemble]]:
    signed = simplified(cut, Setting("kept"))["sign"]
    weight, bias, *_ = cut.parameters
    growth = [(seen @ one.sign().T).std(0) / (seen @ one.T).std(0) for one in cut.parameters[weight]]
    grown = signed.parameters[bias] * torch.stack(growth).nan_to_num(1.0)  # units that lost all weights
    yield "float", cut
    yield "number", signed
    yield "grown", replace(signed, parameters={**signed.parameters, bias: grown})
