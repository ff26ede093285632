"""Make every table anew from raw data, and compare: ``python -m weightprobes.book.reproduce``.

The book's tables say what made them; a run makes them again on all cores, in a store of its own,
``_build/reproduce``. Nothing else changes, in the checkout or in a store of yours, and what is there is not
made again: delete the folder to begin anew. ``python -m weightprobes.book.reproduce adopt`` lists what of it
would replace the book's own tables, and with ``--yes`` replaces them.
"""

import json
import os
import shutil
import sys
from collections.abc import Hashable, Iterator

import pandas as pd

from weightprobes import paths
from weightprobes.datasets import conll2003
from weightprobes.datasets.files import DatasetMissing
from weightprobes.devices import Device
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import Sweep
from weightprobes.engine.tagger_card import Card, Log
from weightprobes.engine.tagger_sweep import SiteSweep
from weightprobes.measures.cnn_layers import CnnCurves, CnnDiagnosis, CnnPlans
from weightprobes.measures.cuts import Cuts
from weightprobes.measures.difficulty import Difficulty
from weightprobes.measures.networks import HiddenUnits, TrainingLog, WeightStatistics
from weightprobes.measures.null_models import Mixing, Movement
from weightprobes.measures.readout import Readout
from weightprobes.measures.shift import Imbalance, Offsets
from weightprobes.measures.shift_along import ShiftAlong
from weightprobes.measures.signs import Signs
from weightprobes.measures.similarity import Similarity
from weightprobes.measures.tagger_damage import Damage
from weightprobes.measures.tagger_plans import TaggerDiagnosis, TaggerPlans
from weightprobes.measures.thresholds import Margins, Thresholds
from weightprobes.models import checkpoints
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

#: What was made there: the recipe's kind, the table, and seconds of processor, a line a part.
TIMES = STORE / "times.csv"

#: The book's own: its tables, and a few models.
KEPT = paths.HOME / "data"

#: Models of each paper task kept in git, to prove the kept tables by.
CHECKPOINTS = 3

#: Items that are made at once: as many networks as most tables have.
BLOCK = 20

_TABLES = (Sweep, TrainingLog, WeightStatistics, HiddenUnits, Movement, Mixing, Offsets, Imbalance)
_EXPLAINING = (Readout, Thresholds, Margins, Cuts, ShiftAlong, Signs)
_OTHERS = (Similarity, Difficulty, SiteSweep, Damage, TaggerDiagnosis, TaggerPlans, Card, Log)
_OTHERS += (CnnDiagnosis, CnnPlans, CnnCurves)
_VALUES = (Task, Training, CnnTraining, Setting, FineTuning, *map(type, PROBES.values()))

#: What the texts of the book's recipes are made of, by name.
KNOWN = {kind.__name__: kind for kind in (*_TABLES, *_EXPLAINING, *_OTHERS, *_VALUES)}


def check() -> None:
    """Raise the error of what is missing, before anything is made."""
    paths.checkout()
    for task in PAPER_TASKS:
        Task.named(task).load("train")
    conll2003.load("test")
    checkpoints.encoder(checkpoints.MINILM)


def recipes() -> Iterator[tuple[Recipe, list[Hashable]]]:
    """What made each of the book's tables, and what its rows are about."""
    for path in sorted((KEPT / "results").rglob("*.parquet")):
        table, text = tables.sound(path)
        told = json.loads(text)
        if told.keys() <= KNOWN.keys():  # not what benchmarks measured, nor verdicts
            try:
                recipe = from_data(told, KNOWN)
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
    """Make parts on all cores, and note in :data:`TIMES` what each took: a run may be stopped and go on."""
    TIMES.parent.mkdir(parents=True, exist_ok=True)
    for part, outcome in Processes(len(os.sched_getaffinity(0)))(queue, device):
        if outcome.kind == "made":
            with TIMES.open("a") as file:
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
