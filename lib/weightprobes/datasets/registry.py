"""The data sets that tasks know by name."""

from typing import Any

from weightprobes.choices import check_choice

#: Modules, or whatever else has what a data set must have, by the name that tasks have them under.
DATASETS: dict[str, Any] = {}

#: What every data set has.
NEEDED = ("NAME", "CLASSES", "SHAPE", "load")


def register(name: str, dataset: Any) -> None:
    """Let tasks of ``dataset`` be called ``"name/class-class"``; one registered again takes its place.

    ``dataset`` is a module, or a namespace: see :mod:`weightprobes.datasets`. Raises ValueError if it lacks
    something, or if its name could not be told from the rest of a task's name.
    """
    if not name or set(name) & set("/:[]"):
        raise ValueError(f"{name!r} is no name for a data set: give one without / : [ and ]")
    _check(name, dataset)
    DATASETS[name] = dataset


def known(name: str) -> Any:
    """The data set of that name; raises ValueError if there is none, or if it lacks something."""
    check_choice("dataset", name, DATASETS)
    _check(name, DATASETS[name])
    return DATASETS[name]


def _check(name: str, dataset: Any) -> None:
    lacking = [needed for needed in NEEDED if not hasattr(dataset, needed)]
    if lacking:
        raise ValueError(f"the data set {name} has no {', '.join(lacking)}: give it {', '.join(NEEDED)}")
