"""Is the gap data-agnostic (claim 30)? What was predicted, and what came."""

from functools import cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from weightprobes.datasets import DATASETS
from weightprobes.measures.any_data import FewExamples, Pairs
from weightprobes.measures.difficulty import CLASSICAL, LINEAR, NEIGHBOUR, Difficulty
from weightprobes.measures.similarity import Similarity
from weightprobes.tasks import Scaling, Task


class Predicted(NamedTuple):
    """Of one data set: whether binarised networks ``collapse`` as published, whether centred inputs leave the
    gap ``unmoved``, and whether most trainings fail on inputs in [-1, 1], ``untrained``."""

    collapse: bool
    unmoved: bool
    untrained: bool


#: What we expect, written down before any of these networks was looked at (but those of MNIST and
#: Fashion-MNIST, which other chapters know). Steady inputs away from zero shift every unit; so where the mean
#: of the inputs is longer than they spread (``level`` of 1 or more, a number of the data alone) pairs
#: collapse, and where it is shorter none does, and to centre the inputs changes nothing. On sparse text and
#: on small tables the mean is ten times as long, and there a few steps do not train: no gap to read.
PREDICTED = {
    "mnist": Predicted(True, False, False),
    "digits": Predicted(True, False, False),
    "pendigits": Predicted(False, True, False),
    "fsdd": Predicted(True, False, False),
    "mnist1d": Predicted(False, True, False),
    "fashion_mnist": Predicted(True, False, False),
    "letter": Predicted(True, False, False),
    "clinc150": Predicted(False, False, True),
    "breast_cancer": Predicted(True, False, False),
    "wine": Predicted(False, False, True),
}

#: A pair collapses where its binarised networks keep less than this of what the float ones know beyond the
#: larger class; a set does where more than this share of its pairs do; and a median gap is unmoved by less
#: than this. Set with the predictions.
KEEPS, SHARE, MOVED = 0.5, 0.1, 0.02

#: Two senses of the same digits rank them alike with a ρ of at most this, in the median: predicted.
ALIKE = 0.4

#: What will rank pairs as the float error does best, and as the examples needed, of all that the contest has.
PREDICTED_BEST = {"error": "cross-entropy, bits", "examples": NEIGHBOUR}

PUBLISHED, CENTRED, RECOMMENDED = "gap, published", "gap, centred inputs", "gap, recommended"
ERROR, EXAMPLES = "float network, error", "examples needed"
FLIPS, RADIUS, BITS, EPOCHS = (
    "random flips, cost",
    "noise, small radius",
    "cross-entropy, bits",
    "epochs to 97 %",
)
LSC, SSIM = CLASSICAL["lsc"], "similarity (SSIM)"


@cache
def measures(dataset: str) -> pd.DataFrame:
    """One row for each measured pair of classes, indexed by task; every column grows with difficulty.

    The gaps are folded. Not all of it is of all sets: the similarity is of images alone.
    """
    found, centred = of_networks(dataset), of_networks(dataset, "centered")
    few = FewExamples(dataset).table().groupby("task")["error"].mean()
    others = (
        Difficulty(dataset).table(list(found.index)).pivot(index="task", columns="measure", values="value")
    )
    columns = {
        PUBLISHED: gap(found, "published"),
        CENTRED: gap(centred, "published"),
        RECOMMENDED: gap(found, "recommended"),
        ERROR: found["error"],
        EXAMPLES: few,
        FLIPS: found["flips"],
        RADIUS: -found["radius"],
        BITS: found["bits"],
        EPOCHS: found["epochs"],
        **{name: others[name] for name in (LINEAR, NEIGHBOUR, LSC)},
    }
    if dataset in ("mnist", "digits", "fashion_mnist"):
        columns[SSIM] = 1 - Similarity(dataset).of_pairs()
    return pd.DataFrame(columns).loc[found.index]


@cache
def of_networks(dataset: str, scaling: Scaling = "symmetric") -> pd.DataFrame:
    """The kept :class:`~weightprobes.measures.any_data.Pairs`, indexed by task."""
    return Pairs(dataset, scaling).table().set_index("task")


def gap(found: pd.DataFrame, setting: str) -> pd.Series:
    """The folded gap by binarisation, "published" or "recommended"."""
    return folded(found[f"{setting}_float"]) - folded(found[f"{setting}_binarised"])


def folded(accuracies: pd.Series) -> pd.Series:
    """What the authors show of two classes."""
    return accuracies.where(accuracies >= 0.5, 1 - accuracies)


def kept(found: pd.DataFrame) -> pd.Series:
    """What binarised networks as published keep of what the float ones, as trained, know beyond the larger
    class; NaN where they know less than a point."""
    larger = np.array([max(Task.named(task).shares()) for task in found.index])
    known = 1 - found["error"] - larger
    return (folded(found["published_binarised"]) - larger) / known.where(known > 0.01)


def outcome(dataset: str) -> Predicted:
    """What came of what was predicted."""
    found, centred = of_networks(dataset), of_networks(dataset, "centered")
    moved = gap(found, "published").median() - gap(centred, "published").median()
    return Predicted(
        # a network that knows nothing has nothing to lose: no collapse
        collapse=bool((kept(found) < KEEPS).mean() > SHARE),
        unmoved=bool(abs(moved) < MOVED),
        untrained=bool(found["failed"].sum() > 0.5 * len(found) * Pairs(dataset).seeds),
    )


def titles() -> dict[str, str]:
    """The names of the data sets for people."""
    return {dataset: DATASETS[dataset].NAME for dataset in PREDICTED}
