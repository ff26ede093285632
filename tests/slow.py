"""A run for tests that disturb it: its parts cost what the test says, and note when they are made.

``python -c 'import slow; slow.main()' EXECUTOR``, with ``SECONDS`` a part and the seed ``POISON``, which
kills whoever makes it, in the environment.
"""

import json
import os
import signal
import sys
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from weightprobes import paths
from weightprobes.engine.sweep import Sweep
from weightprobes.models.training import Training
from weightprobes.probes import Prune
from weightprobes.runs import work
from weightprobes.runs.cluster import Dask
from weightprobes.runs.driver import execute
from weightprobes.runs.processes import Processes
from weightprobes.runs.serial import Serial
from weightprobes.tables.recipe import Part
from weightprobes.tasks import Task

PARTS = 16

if "pytest" not in sys.modules:
    work._one_thread = (
        nullcontext  # a driver or a worker: nothing here needs PyTorch, which takes seconds to load
    )


@dataclass(frozen=True)
class Slow(Sweep):
    """A sweep that measures nothing, slowly."""

    def _make(self, seeds, device):
        log = paths.STORE / "log"
        with log.open("a") as file:
            file.write(f"{seeds[0]} {os.getpid()}\n")
        time.sleep(float(os.environ.get("SECONDS", 0)))
        if str(seeds[0]) == os.environ.get("POISON"):
            os.kill(os.getpid(), signal.SIGKILL)
        if str(seeds[0]) == os.environ.get("BROKEN"):
            raise ZeroDivisionError("this part is broken")
        return pd.DataFrame({"seed": list(seeds), "accuracy": [seed / 7 for seed in seeds]})


RECIPE = Slow(Training(Task.named("digits/0-1")), Prune(), (0.0,))


def parts(count: int = PARTS) -> list[Part]:
    """Parts of two seeds each."""
    return [Part(RECIPE, range(2 * first, 2 * first + 2), RECIPE.files) for first in range(count)]


def made(store: Path) -> dict[str, bytes]:
    """The finished parts in ``store``, by path."""
    found = (store / "cells").rglob("[!.]*.parquet")
    return {str(path.relative_to(store)): path.read_bytes() for path in found}


def begun(store: Path) -> list[tuple[int, int]]:
    """The first seed of every part that somebody began to make, and the process."""
    log = store / "log"
    return [tuple(map(int, line.split())) for line in log.read_text().splitlines()] if log.exists() else []


def main() -> None:
    name = sys.argv[1]
    executor = {"serial": Serial(), "processes": Processes(2)}.get(name) or Dask(name)
    report = execute(parts(), executor)
    print(json.dumps({"made": report.made, "errors": list(report.errors.values())}))
