"""What a run costs beside its parts: two workers against one, the overhead of a part, ten thousand parts.

Run by ``make bench``, on a machine with two cores that do nothing else. Writes
``data/results/runs_cost.parquet``, which the book's cost page shows.
"""

import itertools
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pandas as pd
import torch
import yaml

from weightprobes import paths
from weightprobes.engine.sweep import Sweep
from weightprobes.measures import complexity
from weightprobes.models.training import Training
from weightprobes.probes import Prune
from weightprobes.runs.cluster import Dask
from weightprobes.runs.driver import Executor, execute
from weightprobes.runs.plan import Run
from weightprobes.runs.processes import Processes
from weightprobes.runs.serial import Serial
from weightprobes.tables import tables
from weightprobes.tables.recipe import Part
from weightprobes.tasks import Task

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


def busy(count: int, seconds: float) -> list[Part]:
    """Parts that take so many ``seconds`` of a processor each."""
    recipe = Busy(Training(Task.named("digits/0-1")), Prune(), (0.0,), seconds=seconds)
    return [Part(recipe, range(first, first + 1), recipe.files) for first in range(count)]


def taken(work: Callable[[], object]) -> float:
    """Wall time of ``work`` in seconds."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def run(parts: list[Part], executor: Executor) -> float:
    """Seconds for all ``parts``, in an empty store."""
    with tempfile.TemporaryDirectory() as store:
        os.environ["WEIGHTPROBES_STORE"] = store  # for the workers
        paths.PARTS = Path(store) / "cells"
        moved = [Part(part.recipe, part.items, part.recipe.files) for part in parts]
        return taken(lambda: execute(moved, executor))


# A row: what is measured, its value, its unit, and what is needed.
Row = tuple[str, float, str, str]


def workers() -> Iterator[Row]:
    """Forty parts of two seconds each by one worker, and by two."""
    one, two = (run(busy(40, 2.0), Processes(number)) for number in (1, 2))
    yield "40 cells of 2 s, two local workers against one", one / two, "×", "≥ 1.7"


def overhead() -> Iterator[Row]:
    """What a part costs that has nothing to do: the difference of many and of few, so without the start."""
    for what, executor in (("serial", Serial()), ("processes", Processes(1)), ("Dask", Dask("local", 1))):
        few, many = (median(run(busy(count, 0.0), executor) for _ in range(3)) for count in (20, 120))
        yield f"overhead of a cell, {what}", (many - few) / 100 * 1000, "ms", "≤ 50"


def ten_thousand(tasks: int, blocks: int) -> Iterator[Row]:
    """A grid of 10,000 parts: planned and its status shown; and run again when it is finished."""
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
        paths.PARTS, paths.MODELS = Path(store) / "cells", Path(store) / "models"
        grid = list(Run.read(file).parts())
        about = f"{len(grid):,} cells of {tasks:,} tasks"
        yield f"{about}, planned and shown", _seconds("status", file), "s", "≤ 2"
        example = run_one()
        for part in grid:
            part.path.parent.mkdir(parents=True, exist_ok=True)
            part.path.write_bytes(example[part.path.suffix])
        yield f"{about}, shown when finished", _seconds("status", file), "s", "≤ 2"
        yield f"{about}, run again when finished", _seconds("run", file), "s", "≤ 3"


def sizes() -> Iterator[Row]:
    """What a task of twenty of the paper's networks leaves on the disk; needs MNIST."""
    with tempfile.TemporaryDirectory() as store:
        paths.PARTS, paths.MODELS = Path(store) / "cells", Path(store) / "models"
        paths.RESULTS = paths.BOOK = paths.CHECKPOINTS = Path(store) / "nothing kept"
        training = Training(Task.named("mnist/7-9"))
        start = time.process_time()
        gaps = Sweep(training, complexity.PROBE, complexity.STRENGTHS)
        gaps.table(range(20))
        yield "20 networks, trained and their two gaps", time.process_time() - start, "core-seconds", "–"
        for what, folder in (("their weights", paths.MODELS), ("the table of their gaps", paths.PARTS)):
            (file,) = (path for path in folder.rglob("*") if path.is_file())
            yield f"20 networks, {what}", file.stat().st_size / 1000, "kB", "–"


def run_one() -> dict[str, bytes]:
    """A finished table and finished models, by suffix: whole files, whatever their recipe."""
    parts = list(Run(("digits/0-1",), ("prune-smallest",), seeds=5, hidden=(4,)).parts())
    execute(parts, Serial())
    return {part.path.suffix: part.path.read_bytes() for part in parts}


def _seconds(verb: str, file: Path) -> float:
    """Median wall time of a whole process."""
    command = [COMMAND, verb, file]
    return median(taken(lambda: subprocess.run(command, check=True, capture_output=True)) for _ in range(5))


def main() -> None:
    """Measure, print and keep."""
    print(f"load before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} cores")
    kept, rows = paths.RESULTS / "runs_cost.parquet", []
    measured = (ten_thousand(500, 10), ten_thousand(5000, 1), overhead(), workers(), sizes())
    for row in itertools.chain(*measured):
        print(*row, flush=True)
        rows.append(row)
    table = pd.DataFrame(rows, columns=["what", "value", "unit", "needed"])
    tables.write(kept, table, {"benchmark": "runs", "machine": platform.machine()})


if __name__ == "__main__":
    os.environ["TQDM_DISABLE"] = "1"
    main()
