"""One network, which meets every probe: what happens to it opens each chapter on a probe."""

from collections.abc import Sequence

import pandas as pd

from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED
from weightprobes.engine.sweep import Sweep
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import MNIST_HARD
from weightprobes.probes import Flip, Noise, Probe, Prune, Shuffle, grids
from weightprobes.tasks import Task

#: It is the first of the hundred, and lies in ``data/checkpoints``.
TASK, SEED = MNIST_HARD, 0
TRAINING = Training(Task.named(TASK))

#: How it is read: what each reading is called, its setting and its weights.
READINGS = {
    "float weights": (AS_PUBLISHED, "float"),
    "signs only": (AS_PUBLISHED, "sign"),
    "signs only, biases refitted": (RECOMMENDED, "sign"),
}

#: What is done to it, and at which strengths.
PROBES: dict[str, tuple[Probe, Sequence[float]]] = {
    "pruning, smallest first": (Prune("smallest"), grids.PRUNE),
    "noise, uniform": (Noise("uniform"), grids.NOISE),
    "sign flips, smallest first": (Flip("smallest"), grids.FLIP),
    "randomisation within signs": (Shuffle("within_sign"), (0.0, 1.0)),
}


def along(probe: Probe, strengths: Sequence[float]) -> pd.DataFrame:
    """Its accuracy under ``probe`` at each of the ``strengths``: columns ``strength, reading, accuracy``."""
    rows = []
    for reading, (setting, weights) in READINGS.items():
        table = Sweep(TRAINING, probe, tuple(strengths), setting).table([SEED])
        rows.append(table[table["weights"] == weights].assign(reading=reading))
    return pd.concat(rows, ignore_index=True)[["strength", "reading", "accuracy"]]


def summary() -> pd.DataFrame:
    """What each ``probe`` does to it, at the ``strength`` where its signs do best: readings in percent."""
    rows = []
    for name, (probe, strengths) in PROBES.items():
        accuracy = along(probe, strengths).pivot(index="strength", columns="reading", values="accuracy")
        best = accuracy.loc[accuracy.index > 0, "signs only"].idxmax()
        rows += [("none", 0.0, accuracy.loc[0.0])] if not rows else []
        rows.append((name, best, accuracy.loc[best]))
    table = [
        (name, f"{strength:.2f}", *(f"{100 * row[one]:.1f}" for one in READINGS))
        for name, strength, row in rows
    ]
    return pd.DataFrame(table, columns=["probe", "strength", *(f"{reading}, %" for reading in READINGS)])
