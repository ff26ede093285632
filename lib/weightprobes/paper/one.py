"""One network, which meets every probe: what happens to it opens each chapter on a probe."""

from collections.abc import Sequence

import pandas as pd

from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED
from weightprobes.engine.sweep import Sweep
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import MNIST_HARD
from weightprobes.probes import Probe
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


def along(probe: Probe, strengths: Sequence[float]) -> pd.DataFrame:
    """Its accuracy under ``probe`` at each of the ``strengths``: columns ``strength, reading, accuracy``."""
    rows = []
    for reading, (setting, weights) in READINGS.items():
        table = Sweep(TRAINING, probe, tuple(strengths), setting).table([SEED])
        rows.append(table[table["weights"] == weights].assign(reading=reading))
    return pd.concat(rows, ignore_index=True)[["strength", "reading", "accuracy"]]
