"""The numbers about the one network, as each chapter on a probe begins with them."""

from collections.abc import Sequence

import pandas as pd

from weightprobes.book.notebook import percent
from weightprobes.measures.thresholds import Thresholds
from weightprobes.paper import one
from weightprobes.probes import Probe, Prune, grids

READINGS = {"float": "float weights", "signs": "signs only", "refitted": "signs only, biases refitted"}


def before() -> dict[str, str]:
    """``one_float, one_signs, one_refitted`` before any probe, and ``one_auc`` of its signs."""
    accuracy = _along(Prune("smallest"), grids.PRUNE).loc[0.0]
    auc = Thresholds.of(one.TASK).query("seed == @one.SEED and weights == 'sign'")["auc"].item()
    told = {f"one_{name}": percent(accuracy[reading]) for name, reading in READINGS.items()}
    return told | {"one_auc": f"{auc:.3f}"}


def numbers(probe: Probe, strengths: Sequence[float]) -> dict[str, str]:
    """``one_float, one_signs, one_refitted`` before the ``probe``; the best of its signs, ``one_best`` at
    ``one_best_at``; and what float weights and refitted signs have there."""
    accuracy = _along(probe, strengths)
    best = accuracy["signs only"].idxmax()
    told = {f"one_{name}": percent(accuracy[reading].iloc[0]) for name, reading in READINGS.items()}
    return told | {
        "one_best": percent(accuracy.loc[best, "signs only"]),
        "one_best_at": f"{best:.2f}",
        "one_float_there": percent(accuracy.loc[best, "float weights"]),
        "one_refitted_there": percent(accuracy.loc[best, "signs only, biases refitted"]),
    }


def _along(probe: Probe, strengths: Sequence[float]) -> pd.DataFrame:
    return one.along(probe, strengths).pivot(index="strength", columns="reading", values="accuracy")
