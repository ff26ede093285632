"""The paper's measure of a task's complexity: the accuracy that a simplification of the weights costs.

Two simplifications (Fig. 4): every weight is replaced by its sign, or the weights are shuffled among
the edges of the same sign (null model B).
"""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from torch import Tensor

from weightprobes.choices import check_count
from weightprobes.datasets import DATASETS
from weightprobes.devices import Device
from weightprobes.engine.bootstrap import interval, medians
from weightprobes.engine.checks import checked, classes_of
from weightprobes.engine.settings import AS_PUBLISHED, AS_WRITTEN, RECOMMENDED, Setting, as_setting
from weightprobes.engine.sweep import Sweep, sweep
from weightprobes.measures.networks import TrainingLog
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training
from weightprobes.probes import Shuffle
from weightprobes.tasks import Scaling, Task

#: One probe measures both gaps: at strength 0 its sign reading is the binarised network.
PROBE, STRENGTHS = Shuffle("within_sign"), (0.0, 1.0)

#: The simplifications, and where a sweep of :data:`PROBE` has them: strength and reading.
SIMPLIFICATIONS = {"binarised": (0.0, "sign"), "shuffled": (1.0, "float")}


def pairs(dataset: str, labels: Iterable[int] | None = None) -> list[str]:
    """The names of the tasks that tell two classes of ``dataset`` apart, of all or of these ``labels``."""
    chosen = range(len(DATASETS[dataset].CLASSES)) if labels is None else labels
    return [f"{dataset}/{first}-{second}" for first, second in combinations(chosen, 2)]


def complexity(
    *tasks: str,
    seeds: int = 20,
    setting: Setting | str = AS_PUBLISHED,
    scaling: Scaling = "symmetric",
    device: Device = "cpu",
    **training: Any,
) -> pd.DataFrame:
    """The gaps of each task, from ``seeds`` networks each: see :func:`gaps`. A task named twice counts once.

    ``training`` may name other fields of :class:`~weightprobes.models.training.Training`, like
    ``activation="tanh"``. Networks and measurements are kept, and made where they are missing, on the
    ``device``.
    """
    if not tasks or not all(isinstance(task, str) for task in tasks):
        raise ValueError(f"{tasks!r} are no names of tasks: give one or more, like complexity('digits/7-9')")
    check_count("seeds", seeds)
    named = dict.fromkeys(Task.named(task, scaling) for task in tasks)
    sweeps = (Sweep(Training(task, **training), PROBE, STRENGTHS, as_setting(setting)) for task in named)
    return gaps(pd.concat([one.table(range(seeds), device) for one in sweeps], ignore_index=True))


def in_both_settings(*tasks: str, seeds: int = 20, **training: Any) -> pd.DataFrame:
    """What binarisation costs each task in the published and in the recommended setting, one row a task.

    Columns ``task``; ``published`` and ``recommended``, the folded gaps, with ``_low`` and ``_high``;
    ``error`` of the float networks with their own biases. Arguments as for :func:`complexity`.
    """
    columns: dict[str, Any] = {}
    for name, setting in (("published", AS_PUBLISHED), ("recommended", RECOMMENDED)):
        found = complexity(*tasks, seeds=seeds, setting=setting, **training)
        found = found[found["simplification"] == "binarised"].set_index("task")
        columns |= {name + part: found["folded" + part] for part in ("", "_low", "_high")}
        # of the recommended setting: as published, float networks have lost their biases too
        columns["error"] = 1 - found["float"]
    return pd.DataFrame(columns).reset_index()


def of_models(
    ensemble: Ensemble,
    x: Tensor,
    y: Tensor,
    setting: Setting | str = AS_WRITTEN,
    training_images: Tensor | None = None,
) -> pd.DataFrame:
    """The gaps of your own models on images ``x`` (n, ...) with labels ``y`` (n,): see :func:`gaps`.

    Arguments as for :func:`~weightprobes.engine.sweep.sweep`.
    """
    x, y = checked(ensemble, x, y)
    rows = sweep(ensemble, x, y, PROBE, STRENGTHS, setting=setting, training_images=training_images)
    return pd.DataFrame(_gaps_of(rows, classes_of(ensemble, x), y.bincount().max().item() / len(y)))


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """One row for each task of ``table`` (a sweep of :data:`PROBE`) and each simplification.

    Columns: ``dataset, task, simplification``; the median accuracies ``float`` and ``simplified``;
    ``gap``, their difference; ``folded``, the same after each median below one half is counted as
    one less itself, as the authors do for two classes; ``relative``, the gap as a share of what the
    float networks know beyond the largest class; each of the three with ``_low`` and ``_high``, a
    95 % bootstrap interval over seeds; ``models``.
    """
    rows = []
    for name, part in table.groupby("task", sort=False):
        task = Task.named(name)
        about = {"dataset": task.dataset, "task": name}
        rows += [about | row for row in _gaps_of(part, len(task.classes), max(task.shares()))]
    return pd.DataFrame(rows)


def _gaps_of(table: pd.DataFrame, classes: int, majority: float) -> Iterator[dict[str, Any]]:
    for simplification in SIMPLIFICATIONS:
        row: dict[str, Any] = {"simplification": simplification}
        for kind, values in resampled(table, simplification, classes, majority).items():
            row[kind] = values[0]
            if kind not in ("float", "simplified"):
                row[f"{kind}_low"], row[f"{kind}_high"] = interval(values[1:])
        yield row | {"models": table["seed"].nunique()}


def resampled(
    table: pd.DataFrame, simplification: str, classes: int = 2, majority: float = 0.5
) -> dict[str, np.ndarray]:
    """The medians and gaps of one task, as :func:`gaps` has them: shape (1 + resamples,), measured first."""
    wide = table.pivot(index="seed", columns=["strength", "weights"], values="accuracy")
    columns = [(0.0, "float"), SIMPLIFICATIONS[simplification]]
    floats, simplified = medians(wide[columns].to_numpy()).T
    # where less than a point was learned, no share of it can be told
    learned = np.where(floats > majority + 0.01, floats - majority, np.nan)
    return {
        "float": floats,
        "simplified": simplified,
        "gap": floats - simplified,
        "folded": folded(floats) - folded(simplified) if classes == 2 else floats - simplified,
        "relative": (floats - simplified) / learned,
    }


def folded(accuracies: Any) -> Any:
    """Accuracies of two classes, each below one half as one less itself: as the authors show them."""
    return np.maximum(accuracies, 1 - accuracies)


def epochs_to(accuracy: float, tasks: Iterable[str], seeds: int = 20) -> pd.Series:
    """Training time: the epochs until half of the networks have reached a training ``accuracy``, 0…1.

    Indexed by task. Interpolated between epochs; infinite where they never do.
    """
    times = {}
    for name in tasks:
        log = TrainingLog(Training(Task.named(name))).table(range(seeds))
        medians = log.groupby("epoch")["train_accuracy"].median()
        start = max(Task.named(name).shares("train"))
        times[name] = first_time(accuracy, np.array([start, *medians]))
    return pd.Series(times, name="epochs")


def first_time(accuracy: float, course: np.ndarray) -> float:
    """Where ``course``, at 0, 1, 2, …, first reaches ``accuracy``, interpolated; infinite if never."""
    after = (course >= accuracy).argmax()
    if course[after] < accuracy:
        return np.inf
    before = course[after - 1]
    return float(after - 1 + (accuracy - before) / (course[after] - before)) if after else 0.0
