"""Median curves of the book's own run, with a bootstrap over seeds behind every number read off them."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from weightprobes import grids
from weightprobes.probes import Flip, Noise, Probe, Prune, Pruned
from weightprobes.sweep import Sweep
from weightprobes.tasks import Task
from weightprobes.training import Training

#: Bootstrap resamples of the seeds.
RESAMPLES = 2000

_GRIDS = {Prune: grids.PRUNE, Pruned: grids.SHUFFLE, Noise: grids.NOISE, Flip: grids.FLIP}


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
        """The accuracy at the grid's strength nearest to ``strength``."""
        return self.medians[:, np.abs(self.strengths - strength).argmin()]

    def highest(self) -> np.ndarray:
        """The best accuracy."""
        return self.medians.max(1)

    def best(self) -> np.ndarray:
        """The smallest strength with the best accuracy."""
        return self.strengths[self.medians.argmax(1)]

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
def curve(
    probe: Probe, task: str, weights: str, *, activation: str = "relu", hidden: int = 64, seeds: int = 20
) -> Curve:
    """The curve of one probe, task and reading (``"float"`` or ``"sign"``) in the book's own run."""
    sweep = Sweep(Training(Task.named(task), (hidden,), activation), probe, _GRIDS[type(probe)])
    rows = sweep.table(range(seeds))
    matrix = rows[rows["weights"] == weights].pivot(index="seed", columns="strength", values="accuracy")
    # The same resamples of the seeds for every curve: differences are paired by seed.
    resamples = np.random.default_rng(seeds).integers(seeds, size=(RESAMPLES, seeds))
    chosen = np.vstack([np.arange(seeds), resamples])
    medians = np.median(matrix.to_numpy()[chosen], axis=1)
    return Curve(matrix.columns.to_numpy(float), medians)
