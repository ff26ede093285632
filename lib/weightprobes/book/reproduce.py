"""Make every table anew from raw data, and compare: ``python -m weightprobes.book.reproduce``.

The book's tables say what made them; a run makes them again on all cores, in a store of its own,
``_build/reproduce``. Nothing else changes, in the checkout or in a store of yours, and what is there is not
made again: delete the folder to begin anew. Its ``times.csv`` has a line for each part that was made: the
recipe's kind, the table, and seconds of processor. ``python -m weightprobes.book.reproduce adopt`` lists
what of it would replace the book's own tables, and with ``--yes`` replaces them.
"""

import json
import os
import shutil
import sys
from collections.abc import Hashable, Iterator
from importlib import import_module
from pkgutil import iter_modules

import pandas as pd

from weightprobes import engine, measures, paths
from weightprobes.datasets import conll2003, loading
from weightprobes.datasets.files import DatasetMissing
from weightprobes.devices import Device
from weightprobes.engine.settings import Setting
from weightprobes.measures import any_data
from weightprobes.models import character_model, checkpoints
from weightprobes.models.cnn import CnnTraining
from weightprobes.models.finetuning import FineTuning
from weightprobes.models.training import Training
from weightprobes.paper import claims
from weightprobes.probes import PROBES
from weightprobes.runs.driver import execute
from weightprobes.runs.processes import Processes
from weightprobes.runs.queue import Queue
from weightprobes.runs.work import Outcome
from weightprobes.tables import tables
from weightprobes.tables.differences import differences, moved, sentences
from weightprobes.tables.recipe import Part, Recipe, parts
from weightprobes.tables.recipes import from_data
from weightprobes.tables.stored import Networks, save, trained
from weightprobes.tasks import PAPER_TASKS, Task

STORE = paths.HOME / "_build" / "reproduce"

#: The book's own: its tables, and a few models.
KEPT = paths.HOME / "data"

#: Models of each paper task kept in git, to prove the kept tables by.
CHECKPOINTS = 3

#: Items that are made at once: as many networks as most tables have.
BLOCK = 20

#: What recipes are made of.
_VALUES = (
    Task,
    Training,
    CnnTraining,
    Setting,
    FineTuning,
    checkpoints.Checkpoint,
    *map(type, PROBES.values()),
)


def check() -> None:
    """Raise the error of what is missing, before anything is made."""
    paths.checkout()
    for task in PAPER_TASKS:
        Task.named(task).load("train")
    for dataset in any_data.KINDS:
        loading.load(dataset, "train")
    conll2003.load("test")
    checkpoints.encoder(checkpoints.MINILM)
    character_model.pretrained()


def known() -> dict[str, type]:
    """All that the text of a table's recipe may name, by its name."""
    for room in (engine, measures):
        for module in iter_modules(room.__path__, f"{room.__name__}."):
            import_module(module.name)
    return {kind.__name__: kind for kind in (*_VALUES, *_below(Recipe))}


def _below(kind: type) -> Iterator[type]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def recipes() -> Iterator[tuple[Recipe, list[Hashable]]]:
    """What made each of the book's tables, and what its rows are about."""
    kinds = known()
    for path in sorted((KEPT / "results").rglob("*.parquet")):
        table, text = tables.sound(path)
        told = json.loads(text)
        if told.keys() <= kinds.keys():  # not what benchmarks measured, nor verdicts
            try:
                recipe = from_data(told, kinds)
            except (DatasetMissing, ValueError) as error:  # of data of one's own
                print(f"{path} is left out: {error}", file=sys.stderr)
                continue
            yield recipe, table[recipe.by].unique().tolist()


def all_parts() -> list[Part]:
    """All tables in parts, those of taggers first: they take the longest."""
    found = sorted(recipes(), key=lambda one: one[0].by != "site")
    return list(dict.fromkeys(part for recipe, items in found for part in parts(recipe, items, BLOCK)))


def make() -> dict[str, str]:
    """Make what is missing in the store: tables, checkpoints, verdicts. Returns the errors of what failed."""
    os.environ |= {"WEIGHTPROBES_STORE": str(STORE), "WEIGHTPROBES_FRESH": "1"}
    report = execute(all_parts(), _timed, retry=True)
    if report.errors:
        return {part.title: error for part, error in report.errors.items()}
    paths.RESULTS.mkdir(parents=True, exist_ok=True)
    for measured in (KEPT / "results").glob("*.parquet"):
        shutil.copy(measured, paths.RESULTS)
    for task in PAPER_TASKS:
        training = Training(Task.named(task))
        save(Networks(training).files.whole, trained(training, range(CHECKPOINTS)), training)
    for _ in tables.consolidate():
        pass
    claims.keep()
    return {}


def _timed(queue: Queue, device: Device) -> Iterator[tuple[Part, Outcome]]:
    """Make parts on all cores, and note at once what each took: a run may be stopped and go on."""
    STORE.mkdir(parents=True, exist_ok=True)
    for part, outcome in Processes(len(os.sched_getaffinity(0)))(queue, device):
        if outcome.kind == "made":
            with (STORE / "times.csv").open("a") as file:
                file.write(f"{type(part.recipe).__name__},{part.recipe.name},{outcome.seconds:.2f}\n")
        yield part, outcome


def compared() -> pd.DataFrame:
    """The differences between what the book keeps and what was made anew."""
    return differences(KEPT, STORE, folders=("results", "checkpoints"))


def adopt(yes: bool) -> None:
    """List what would take the place of the book's own tables and checkpoints; with ``yes``, put it there."""
    found = compared()
    found = found[found["verdict"].isin(["differs", "renamed", "renamed, differs", "only in new"])]
    for table, was in zip(found["table"], found["was"], strict=True):
        print(f"{table} {f'replaces {was}' if was else 'is new'}")
        if yes:
            (KEPT / table).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(STORE / table, KEPT / table)
            if was not in ("", table):
                (KEPT / was).unlink()
    print(f"{len(found)} adopted: now make notebooks" if yes else f"{len(found)} would be adopted: add --yes")


def main() -> None:
    """Reproduce and print what differs, or adopt. The exit code is 1 if something differs, or is missing."""
    try:
        if "adopt" in sys.argv:
            return adopt("--yes" in sys.argv)
        check()
    except (ValueError, OSError) as error:
        sys.exit(f"weightprobes: {error}")
    for title, error in make().items():
        sys.exit(f"weightprobes: {title} failed: {error}")
    found = compared()
    print(*sentences(found), sep="\n")
    sys.exit(moved(found))


if __name__ == "__main__":
    main()
