"""What a run costs beside its cells: two workers against one, the overhead of a cell, ten thousand cells.

``python benchmarks/runs.py``, on a machine with two cores that do nothing else. Prints medians.
"""

import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd
import torch
import yaml

from weightprobes import paths
from weightprobes.probes import Prune
from weightprobes.runs.cluster import Dask
from weightprobes.runs.driver import Executor, execute
from weightprobes.runs.plan import Cell, Run
from weightprobes.runs.processes import Processes
from weightprobes.runs.serial import Serial
from weightprobes.sweep import Sweep
from weightprobes.tasks import Task
from weightprobes.training import Training

COMMAND = Path(sys.executable).with_name("weightprobes")


@dataclass(frozen=True)
class Busy(Sweep):
    """A sweep that only multiplies matrices, about ``seconds`` of them on one core."""

    seconds: float = 0.0

    def _make(self, seeds, device):
        end = time.process_time() + self.seconds
        matrix = torch.rand(256, 256)
        while time.process_time() < end:
            matrix @ matrix
        return pd.DataFrame({"seed": list(seeds), "accuracy": [seed / 7 for seed in seeds]})


def busy(count: int, seconds: float) -> list[Cell]:
    """Cells that take so many ``seconds`` of a processor each."""
    recipe = Busy(Training(Task.named("digits/0-1")), Prune(), (0.0,), seconds=seconds)
    return [Cell(recipe, range(first, first + 1), recipe.shelf) for first in range(count)]


def taken(work: Callable[[], object]) -> float:
    """Wall time of ``work`` in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(cells: list[Cell], executor: Executor) -> float:
    """Seconds for all ``cells``, in an empty store."""
    with tempfile.TemporaryDirectory() as store:
        os.environ["WEIGHTPROBES_STORE"] = store  # for the workers
        paths.CELLS = Path(store) / "cells"
        moved = [Cell(cell.recipe, cell.seeds, cell.recipe.shelf) for cell in cells]
        return taken(lambda: execute(moved, executor))


def workers() -> None:
    """Forty cells of two seconds each by one worker, and by two."""
    for what, executor in (("processes", Processes), ("dask", lambda number: Dask("local", number))):
        one, two = (run(busy(40, 2.0), executor(number)) for number in (1, 2))
        print(
            f"40 cells of 2 s, {what}: one worker {one:.1f} s, two {two:.1f} s, ratio {one / two:.2f} (≥ 1.7)"
        )


def overhead() -> None:
    """What a cell costs that has nothing to do: the difference of many and of few, so without the start."""
    for what, executor in (("serial", Serial()), ("processes", Processes(1)), ("dask", Dask("local", 1))):
        few, many = (median(run(busy(count, 0.0), executor) for _ in range(3)) for count in (20, 220))
        print(f"overhead of a cell, {what}: {(many - few) / 200 * 1000:.1f} ms (≤ 50)")


def ten_thousand(tasks: int, blocks: int) -> None:
    """A grid of 10,000 cells: planned and its status shown; and run again when it is finished."""
    names = itertools.islice(itertools.permutations(range(10), 5), tasks)
    told = {
        "tasks": [f"digits/{'-'.join(map(str, classes))}" for classes in names],
        "probes": ["prune-smallest"],
        "seeds": 5 * blocks,
    }
    with tempfile.TemporaryDirectory() as store:
        file = Path(store) / "run.yml"
        file.write_text(yaml.safe_dump(told))
        os.environ["WEIGHTPROBES_STORE"] = store
        paths.CELLS, paths.MODELS = Path(store) / "cells", Path(store) / "models"
        grid = list(Run.read(file).cells())
        print(f"{len(grid)} cells, {tasks} tasks × {blocks} blocks × (training, sweep):")
        print(f"  planned and shown: {_seconds('status', file)} (≤ 2)")
        example = run_one()
        for cell in grid:
            cell.path.parent.mkdir(parents=True, exist_ok=True)
            cell.path.write_bytes(example[cell.path.suffix])
        print(f"  shown when finished: {_seconds('status', file)} (≤ 2)")
        print(f"  run again when finished: {_seconds('run', file)} (≤ 3)")


def run_one() -> dict[str, bytes]:
    """A finished table and finished models, by suffix: whole files, whatever their recipe."""
    cells = list(Run(("digits/0-1",), ("prune-smallest",), seeds=5, hidden=(4,)).cells())
    execute(cells, Serial())
    return {cell.path.suffix: cell.path.read_bytes() for cell in cells}


def _seconds(verb: str, file: Path) -> str:
    """Median seconds of a whole process, on the wall and of a processor."""
    walls, processors = [], []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        walls.append(taken(lambda: subprocess.run([COMMAND, verb, file], check=True, capture_output=True)))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        processors.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return f"{median(walls):.2f} s, {median(processors):.2f} s of a processor"


def main() -> None:
    """Measure and print."""
    print(f"load before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
    ten_thousand(tasks=500, blocks=10)
    ten_thousand(tasks=5000, blocks=1)
    overhead()
    workers()


if __name__ == "__main__":
    os.environ["TQDM_DISABLE"] = "1"
    main()
