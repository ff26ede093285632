"""Make every table anew from raw data, and compare: ``python -m weightprobes.book.reproduce``.

A copy of every notebook is executed in a store of its own, ``_build/reproduce``, where each makes the
tables it shows; nothing else changes, in the checkout or in a store of yours. What is there is not made
again: delete the folder to begin anew. ``python -m weightprobes.book.reproduce adopt`` lists what of it would
replace the book's own tables, and with ``--yes`` replaces them.
"""

import os
import shutil
import sys
import time

import pandas as pd

from weightprobes import paths
from weightprobes.book import build as book
from weightprobes.cli.diff import moved, sentences
from weightprobes.datasets import conll2003
from weightprobes.models import checkpoints
from weightprobes.models.training import Training
from weightprobes.paper import claims
from weightprobes.tables import tables
from weightprobes.tables.differences import differences
from weightprobes.tables.stored import save, trained
from weightprobes.tasks import PAPER_TASKS, Task

STORE = paths.HOME / "_build" / "reproduce"

#: The book's own: its tables, and a few models.
KEPT = paths.HOME / "data"

#: Models of each paper task kept in git, to prove the kept tables by.
CHECKPOINTS = 3


def check() -> None:
    """Raise the error of what is missing, before anything is made."""
    paths.checkout()
    for task in PAPER_TASKS:
        Task.named(task).load("train")
    conll2003.load("test")
    checkpoints.encoder(checkpoints.MINILM)


def make() -> None:
    """Make what is missing in the store: tables, checkpoints and the claims' verdicts."""
    os.environ |= {"WEIGHTPROBES_STORE": str(STORE), "WEIGHTPROBES_FRESH": "1"}
    paths.RESULTS.mkdir(parents=True, exist_ok=True)
    for measured in (KEPT / "results").glob("*.parquet"):  # by benchmarks, and not by notebooks
        shutil.copy(measured, paths.RESULTS)
    for path in book.notebooks():
        start = time.perf_counter()
        book.execute(book.ROOT / path, STORE / path)
        print(f"{path}: {time.perf_counter() - start:.0f} s", flush=True)
    for task in PAPER_TASKS:
        training = Training(Task.named(task))
        save(training.shelf.whole, trained(training, range(CHECKPOINTS)), training)
    for _ in tables.consolidate():
        pass
    claims.keep()


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
    make()
    found = compared()
    print(*sentences(found), sep="\n")
    sys.exit(moved(found))


if __name__ == "__main__":
    main()
