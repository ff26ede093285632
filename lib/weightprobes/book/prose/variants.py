"""The numbers in the chapter on variants and dials."""

import pandas as pd

from weightprobes.book.notebook import percent, points
from weightprobes.book.prose import merged
from weightprobes.measures.complexity import complexity, in_both_settings
from weightprobes.measures.networks import TrainingLog
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import FASHION_EASY, FASHION_HARD, MNIST_EASY, MNIST_HARD
from weightprobes.paper.words import bracketed
from weightprobes.tasks import PAPER_TASKS, Task

SETTINGS = ("published", "recommended")


def numbers() -> dict[str, str]:
    return merged(_shapes(), _activations(), _labels(), _images())


def _gaps(**training: object) -> pd.DataFrame:
    """What binarisation costs the paper's tasks in both settings, indexed by task."""
    return in_both_settings(*PAPER_TASKS, **training).set_index("task")


def _shapes() -> dict[str, str]:
    """How far the gaps move over four shapes, and those of two hidden layers."""
    tables = [_gaps(hidden=hidden)[list(SETTINGS)] for hidden in ((32,), (64,), (128,), (64, 64))]
    deep, by_task = tables[-1], pd.concat(tables).groupby("task")
    moves = (by_task.max() - by_task.min()).max()
    found = {}
    for setting in SETTINGS:
        found[f"{setting}_moves"] = points(moves[setting])
        found[f"deep_{setting}_easy"] = points(deep[setting][MNIST_EASY])
        found[f"deep_{setting}_hard"] = points(deep[setting][MNIST_HARD])
    return found


def _activations() -> dict[str, str]:
    """The gaps with three activations, and how many trainings fail with two of them."""
    found = {}
    for activation in ("relu", "sigmoid", "tanh"):
        table = _gaps(activation=activation)
        for setting in SETTINGS:
            found[f"{activation}_{setting}_easy"] = points(table[setting][MNIST_EASY])
            found[f"{activation}_{setting}_fashion_hard"] = points(table[setting][FASHION_HARD])
    for activation in ("sigmoid", "tanh"):
        log = TrainingLog(Training(Task.named(MNIST_HARD), activation=activation)).table(range(20))
        found[f"failed_{activation}"] = str(log[log["failed"]]["seed"].nunique())
    return found


def _labels() -> dict[str, str]:
    """Gaps and errors with a share of wrong training labels, in percent."""
    tables = {share: _gaps(label_noise=share / 100) for share in (0, 5, 10, 20, 40)}
    found = {}
    for share in (0, 40):
        for name, task in (("easy", FASHION_EASY), ("hard", FASHION_HARD)):
            found[f"labels_fashion_{name}_published_{share}"] = points(tables[share]["published"][task])
    for name, task in (("easy", MNIST_EASY), ("fashion_hard", FASHION_HARD)):
        row = tables[40].loc[task]
        found[f"labels_{name}_recommended_40"] = points(row["recommended"])
        interval = points(row["recommended_low"]), points(row["recommended_high"])
        found[f"labels_{name}_interval_40"] = bracketed(*interval)
    found["labels_most_20"] = points(max(tables[share]["recommended"].max() for share in (5, 10, 20)))
    found["labels_easy_error_40"] = points(tables[40]["error"][MNIST_EASY])
    found["labels_easy_float_40"] = percent(complexity(MNIST_EASY, label_noise=0.4)["float"][0])
    return found


def _images() -> dict[str, str]:
    """Gaps and errors with few training images per class."""
    tables = {count: _gaps(images=count) for count in (30, 3000)}
    found = {"images_easy_recommended_30": points(tables[30]["recommended"][MNIST_EASY])}
    for count, table in tables.items():
        for column in (*SETTINGS, "error"):
            found[f"images_hard_{column}_{count}"] = points(table[column][MNIST_HARD])
        found[f"images_fashion_hard_published_{count}"] = points(table["published"][FASHION_HARD])
    return found
