"""Median curves of the book's own run, with a bootstrap over seeds behind every number read off them."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from weightprobes.engine.bootstrap import gains, medians
from weightprobes.engine.sweep import Sweep
from weightprobes.measures import complexity
from weightprobes.models.training import Training
from weightprobes.probes import Probe
from weightprobes.tables.noted import cache
from weightprobes.tasks import Task


@dataclass(frozen=True)
class Curve:
    """Median accuracy over seeds against strength: as measured, and in every bootstrap resample.

    ``strengths`` has shape (k,); ``medians`` (1 + resamples, k), the measured ones first. All
    methods but :meth:`between` return shape (1 + resamples,).
    """

    strengths: np.ndarray
    medians: np.ndarray

    def between(self, low: float, high: float) -> "Curve":
        """The part with low ≤ strength ≤ high."""
        inside = (self.strengths >= low) & (self.strengths <= high)
        return Curve(self.strengths[inside], self.medians[:, inside])

    def at(self, strength: float) -> np.ndarray:
        """The accuracy at ``strength``, interpolated between the strengths of the grid."""
        return np.array([np.interp(strength, self.strengths, medians) for medians in self.medians])

    def highest(self) -> np.ndarray:
        """The best accuracy."""
        return self.medians.max(1)

    def best(self) -> np.ndarray:
        """The smallest strength with the best accuracy."""
        return self.strengths[self.medians.argmax(1)]

    def gain(self) -> np.ndarray:
        """How far the best accuracy lies above that at strength 0."""
        return self.highest() - self.at(0)

    def loss(self, strength: float) -> np.ndarray:
        """How far the accuracy at ``strength`` lies below that at strength 0."""
        return self.at(0) - self.at(strength)

    def rise(self) -> np.ndarray:
        """How far the strength moves while the accuracy climbs from 10 % to 90 % of its range."""
        lowest = self.medians[:, 0]
        span = self.highest() - lowest
        return self.crossing(lowest + 0.9 * span) - self.crossing(lowest + 0.1 * span)

    def crossing(self, level: float | np.ndarray) -> np.ndarray:
        """The strength at which the accuracy first reaches ``level``, interpolated; NaN if it never does."""
        reached = self.medians >= np.broadcast_to(level, len(self.medians))[:, None]
        after = reached.argmax(1)
        before = np.maximum(after - 1, 0)
        rows = np.arange(len(self.medians))
        low, high = self.medians[rows, before], self.medians[rows, after]
        share = np.divide(level - low, high - low, out=np.zeros_like(low), where=high > low)
        crossed = self.strengths[before] + share * (self.strengths[after] - self.strengths[before])
        return np.where(reached.any(1), crossed, np.nan)


@cache
def accuracies(
    probe: Probe,
    task: str,
    weights: str,
    *,
    activation: str = "relu",
    hidden: int = 64,
    seeds: int = 20,
    failed: bool = True,
) -> pd.DataFrame:
    """Of one probe, task and reading (``"float"`` or ``"sign"``) in the book's own run, 0…1.

    One row for each network, one column for each strength. ``failed=False`` leaves out the networks whose
    training ended at chance.
    """
    sweep = Sweep(Training(Task.named(task), (hidden,), activation), probe, probe.grid)
    rows = sweep.table(range(seeds))
    rows = rows[(rows["weights"] == weights) & (failed | ~rows["failed"])]
    return rows.pivot(index="seed", columns="strength", values="accuracy")


@cache
def curve(probe: Probe, task: str, weights: str, *, folded: bool = False, **networks: object) -> Curve:
    """The curve of :func:`accuracies`, which knows what ``networks`` there are.

    ``folded=True`` counts an accuracy below one half as one less itself, as the authors do in Fig. 2.
    """
    found = accuracies(probe, task, weights, **networks)
    values = complexity.folded(found) if folded else found
    return Curve(found.columns.to_numpy(float), medians(values.to_numpy()))


def gain_elsewhere(probe: Probe, task: str, **networks: object) -> np.ndarray:
    """What the best strength gives binarised networks that did not choose it; see
    :func:`~weightprobes.engine.bootstrap.gains`."""
    return gains(accuracies(probe, task, "sign", **networks).to_numpy())
