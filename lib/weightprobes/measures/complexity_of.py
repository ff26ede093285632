"""The complexity of any task, of your own data too, with what it takes to read it."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from sklearn.linear_model import LogisticRegression

from weightprobes.choices import check_count
from weightprobes.datasets import DATASETS
from weightprobes.datasets.inputs import some
from weightprobes.devices import Device
from weightprobes.engine.settings import Setting, as_setting, label
from weightprobes.measures.complexity import complexity
from weightprobes.models.training import Training
from weightprobes.tables.stored import trained
from weightprobes.tasks import Scaling, Task

#: Where both stand, as a rule.
BOTH = ("as_published", "recommended")

#: With fewer test items one of them is more than a point.
FEW = 100

#: An accuracy is that of always answering one class up to here above it.
CHANCE = 0.01


def complexity_of(
    X: Any,
    y: Any,
    *,
    test: tuple[Any, Any] | None = None,
    classes: Iterable[object] | None = None,
    pairs: bool = False,
    scaling: Scaling = "symmetric",
    span: tuple[Any, Any] | None = None,
    seed: int = 0,
    seeds: int = 10,
    settings: Sequence[Setting | str] = BOTH,
    device: Device = "cpu",
    **training: Any,
) -> pd.DataFrame:
    """What binarising and shuffling cost networks that are trained on inputs ``X`` and labels ``y``.

    Data as for :meth:`Task.of <weightprobes.tasks.Task.of>`: arrays, tables or tensors, labels of any names,
    a ``test`` of your own or a stratified one drawn by ``seed``. One task of all ``classes``, or one of each
    two with ``pairs``; columns as :func:`of_tasks` has them. Columns in very different units want
    ``scaling="standardized"``, or a ``span`` for each.
    """
    task = Task.of(X, y, test=test, classes=classes, scaling=scaling, span=span, seed=seed)
    tasks = task.pairs() if pairs else [task]
    return of_tasks(tasks, seeds=seeds, settings=settings, device=device, **training)


def of_tasks(
    tasks: Sequence[Task],
    *,
    seeds: int = 10,
    settings: Sequence[Setting | str] = BOTH,
    device: Device = "cpu",
    **training: Any,
) -> pd.DataFrame:
    """One row for each task, setting and simplification, from ``seeds`` networks each.

    Columns: ``task``; its ``classes`` by name; the ``split``; ``setting``; what
    :func:`~weightprobes.measures.complexity.gaps` tells; the ``error`` of the float networks, with their
    own biases, on the test items, and how many trainings ``failed``; the ``linear_error`` of a logistic
    regression on the same inputs; ``majority``, the accuracy of always answering the largest class; the
    number of ``test_items``; and a ``warning`` where the gap cannot be read, or not without care.
    ``training`` as for :func:`~weightprobes.measures.complexity.complexity`.
    """
    check_count("seeds", seeds)
    asked = {label(setting): as_setting(setting) for setting in settings}
    rows = []
    for task in dict.fromkeys(tasks):
        beside = _beside(Training(task, **training), seeds, device)
        steady = _steady(task)
        kind = {"scaling": task.scaling, "device": device, **training}
        for name, setting in asked.items():
            found = complexity(task.name, seeds=seeds, setting=setting, **kind)
            found = found.drop(columns="dataset").assign(setting=name, **beside)
            rows.append(found.assign(warning=[_warning(row, task, steady) for row in found.itertuples()]))
    table = pd.concat(rows, ignore_index=True)
    first = ["task", "classes", "split", "setting"]
    return table[[*first, *table.columns.difference(first, sort=False)]]


def _beside(training: Training, seeds: int, device: Device) -> dict[str, Any]:
    """What :func:`of_tasks` tells of the task and its float networks."""
    task = training.task
    known = DATASETS[task.dataset]
    networks = trained(training, range(seeds), device)
    return {
        "classes": some(known.CLASSES[label] for label in task.classes),
        "split": getattr(known, "SPLIT", "its own"),
        "error": 1 - networks.history["test_accuracy"][:, -1].double().median().item(),
        "linear_error": _linear_error(task),
        "majority": max(task.shares()),
        "failed": int(networks.failed.sum()),
        "test_items": len(task.load("test")[1]),
    }


def _linear_error(task: Task) -> float:
    """Test error of a logistic regression on the inputs that the networks see."""
    (x, y), held_out = ([part.numpy() for part in task.load(split)] for split in ("train", "test"))
    return 1 - LogisticRegression(max_iter=1000).fit(x, y).score(*held_out)


def _steady(task: Task) -> int:
    """How many inputs never vary over the training items, and are not 0, to what centring leaves."""
    seen, _ = task.load("train")
    return int(((seen == seen[0]).all(0) & (seen[0].abs() > 1e-3)).sum())


def _warning(row: Any, task: Task, steady: int) -> str:
    """What stands in the way of reading a ``row`` of :func:`of_tasks`; nothing, as a rule."""
    chance = row.majority + CHANCE
    # two classes that are told apart the wrong way round are told apart
    simplified = max(row.simplified, 1 - row.simplified) if len(task.classes) == 2 else row.simplified
    told = {
        f"{row.failed} of {row.models} trainings failed": row.failed > 0,
        "the networks learned nothing beyond the largest class, so there is no gap to read: train longer, or "
        "try scaling standardized": 1 - row.error <= chance,
        "the simplified networks are at chance: a harder task could lose no more": simplified <= chance,
        "a linear classifier errs less than the networks: train longer, or try scaling standardized": (
            row.error > row.linear_error + 2 * CHANCE
        ),
        f"{row.test_items} test items: one is {100 / row.test_items:.1f} points, which the interval leaves "
        "out": row.test_items < FEW,
        f"{steady} of {task.pixels} inputs never vary, and shift every unit once weights are simplified: "
        "leave them out, or try scaling centered": steady > 0,
    }
    return "; ".join(sentence for sentence, holds in told.items() if holds)
