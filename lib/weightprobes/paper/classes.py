"""From two classes to ten: what refitting gives back, and what binarisation loses for good."""

from collections.abc import Iterable
from itertools import product

import pandas as pd

from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED, Setting
from weightprobes.engine.sweep import Sweep
from weightprobes.measures.complexity import PROBE, STRENGTHS
from weightprobes.measures.readout import Readout
from weightprobes.models.training import Training
from weightprobes.tasks import Task

#: How many classes the tasks have, the first of each data set; and hidden units, for the task of ten.
CLASSES, WIDTHS = (2, 3, 5, 7, 10), (64, 128, 256, 512)

#: What is measured, from the weights as they are down.
FLOAT, LAST = "float weights", "signs, last layer fitted anew"
AFFINE, LEVELS, SIGNS = "signs, levels and spreads refitted", "signs, levels refitted", "signs, as published"
SHUFFLED = "shuffled within signs, levels refitted"
WHAT = (FLOAT, LAST, AFFINE, LEVELS, SHUFFLED, SIGNS)

_SETTINGS = {AFFINE: Setting("affine"), LEVELS: RECOMMENDED, SIGNS: AS_PUBLISHED}


def training(dataset: str, classes: int, width: int = 64) -> Training:
    """The paper's training of the first ``classes`` of ``dataset``."""
    return Training(Task.named(f"{dataset}/{'-'.join(map(str, range(classes)))}"), hidden=(width,))


def seeds(classes: int) -> range:
    """The networks of a task: twenty of two classes, ten of more."""
    return range(20 if classes == 2 else 10)


def growth(datasets: Iterable[str], sizes: Iterable[tuple[int, int]]) -> pd.DataFrame:
    """The accuracy of each network on the tasks of these ``sizes``, classes and width.

    Columns ``dataset, classes, width, seed, accuracy`` (0…1) and ``what``.
    """
    rows = [_measured(dataset, *size) for dataset, size in product(datasets, sizes)]
    return pd.concat(rows, ignore_index=True)


def _measured(dataset: str, classes: int, width: int) -> pd.DataFrame:
    how, names = training(dataset, classes, width), seeds(classes)
    parts = {}
    for what, setting in _SETTINGS.items():
        table = Sweep(how, PROBE, STRENGTHS, setting).table(names).set_index(["strength", "weights"])
        parts[what] = table.loc[(0.0, "sign")]
        if what == LEVELS:
            parts |= {FLOAT: table.loc[(0.0, "float")], SHUFFLED: table.loc[(1.0, "float")]}
    readout = Readout(how).table(names).set_index("state")
    parts[LAST] = readout.loc["signs, refitted"]
    told = [parts[what][["seed", "accuracy"]].assign(what=what) for what in WHAT]
    return pd.concat(told, ignore_index=True).assign(dataset=dataset, classes=classes, width=width)


def layers(dataset: str) -> pd.DataFrame:
    """Ten classes, with the signs of one layer alone: columns ``seed, layer`` ("0", "2") and ``accuracy``."""
    table = Sweep(training(dataset, 10), PROBE, (0.0,), Setting("affine"), where="each").table(seeds(10))
    return table.loc[table["weights"] == "sign", ["seed", "layer", "accuracy"]]
