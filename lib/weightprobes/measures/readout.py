"""What the hidden layer of a network still knows: its last layer fitted anew to what the layer puts out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pandas as pd
import torch
from torch import Tensor, nn

from weightprobes.devices import Device
from weightprobes.engine.probed import layer_of, layers
from weightprobes.engine.settings import Setting
from weightprobes.engine.stack import simplified
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training
from weightprobes.probes import Probe
from weightprobes.tables.stored import OfNetworks, trained

#: Steps of L-BFGS that fit a last layer.
STEPS = 50

#: The hidden layers that are asked, and the bias policy and the reading that make them.
STATES = {"float": ("kept", "float"), "signs": ("kept", "sign"), "signs, refitted": ("calibrated", "sign")}


@dataclass(frozen=True)
class Readout(OfNetworks):
    """The recipe of a table with one row for each seed and state of the hidden layer.

    The last layer of a network is replaced by a multinomial logistic regression on what its hidden layer puts
    out for all training images, labels and all. Columns ``seed``; ``state``, the layer as trained ("float"),
    by its signs with the trained biases ("signs"), or with refitted ones, mean over spread ("signs,
    refitted"); and ``accuracy`` on the test images, 0…1. Where there is a ``probe``, it is done to the layer
    first, at strength 1: shuffled, its signs show what so many units know that learned nothing.
    """

    training: Training
    probe: Probe | None = None
    folder: ClassVar[str] = "readout"

    def _make(self, seeds: Sequence[int], device: Device) -> pd.DataFrame:
        ensemble, seen = trained(self.training, seeds, device), self.training.task.load("train")
        test, tables = self.training.task.load("test"), []
        done = (self.probe, 1.0) if self.probe else ()
        for kind, (policy, reading) in STATES.items():
            networks = simplified(ensemble, Setting(policy, spared="output"), seen[0], *done)[reading]
            right = [_readout(networks, seed, seen, test) for seed in seeds]
            tables.append(pd.DataFrame({"seed": list(seeds), "state": kind, "accuracy": right}))
        return pd.concat(tables, ignore_index=True).assign(**self.training.columns())


def _readout(
    networks: Ensemble, seed: int, seen: tuple[Tensor, Tensor], test: tuple[Tensor, Tensor]
) -> float:
    """The test accuracy of the network called ``seed`` with its last layer fitted anew."""
    (x, y), (held_out, labels) = (
        (_hidden(networks, seed, images), wanted) for images, wanted in (seen, test)
    )
    mean, spread = x.mean(0), x.std(0)
    scale = torch.where(spread > 0, spread, 1)
    last = fitted((x - mean) / scale, y)
    with torch.no_grad():
        return (last((held_out - mean) / scale).argmax(1) == labels).double().mean().item()


def _hidden(networks: Ensemble, seed: int, images: Tensor) -> Tensor:
    """What the layer before the last puts out, (n, units)."""
    model, last = networks.model(seed), layers(networks.module)[-1]
    before = {name: value for name, value in model.items() if layer_of(name) != last}
    with torch.no_grad():
        return torch.func.functional_call(networks.module[:-1], before, (images,))


def fitted(x: Tensor, y: Tensor) -> nn.Linear:
    """A multinomial logistic regression of ``y`` (n,) on ``x`` (n, inputs), by steps of L-BFGS from zero."""
    last = nn.Linear(x.shape[1], int(y.max()) + 1)
    for parameter in last.parameters():
        nn.init.zeros_(parameter)
    optimizer = torch.optim.LBFGS(last.parameters(), max_iter=STEPS, line_search_fn="strong_wolfe")

    def loss() -> Tensor:
        optimizer.zero_grad()
        found = nn.functional.cross_entropy(last(x), y)
        found.backward()
        return found

    optimizer.step(loss)
    return last
