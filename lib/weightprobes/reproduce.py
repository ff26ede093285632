"""Make everything anew from raw data: ``python -m weightprobes.reproduce``.

Forgets the kept tables and models, executes every notebook in place (each makes the tables it
shows), and keeps a few models of the paper's tasks in ``data/checkpoints``.
Tables and models of your own runs go too: git has ours, but not those.
"""

import resource
import shutil
import time

import pandas as pd

from weightprobes import book, claims, paths, readme, tables
from weightprobes.datasets import conll2003
from weightprobes.models.stored import save, trained
from weightprobes.ner import checkpoints
from weightprobes.tasks import PAPER_TASKS, Task
from weightprobes.training import Training

#: Models of each paper task kept in git, to prove the kept tables by.
CHECKPOINTS = 3


def forget() -> None:
    """Remove every kept table of a sweep, cell, model and checkpoint; the benchmark's table stays."""
    for folder in (
        paths.MODELS,
        paths.CELLS,
        paths.CHECKPOINTS,
        *(path for path in paths.RESULTS.glob("*") if path.is_dir()),
    ):
        shutil.rmtree(folder, ignore_errors=True)


def check() -> None:
    """Raise the error of what is missing, before anything is forgotten."""
    for task in PAPER_TASKS:
        Task.named(task).load("train")
    conll2003.load("test")
    checkpoints.encoder(checkpoints.MINILM)


def main() -> None:
    """Reproduce, and record how long each notebook took."""
    check()
    forget()
    rows = []
    for path in book.notebooks():
        start = time.perf_counter()
        book.execute(book.ROOT / path, book.ROOT / path)
        rows.append({"notebook": str(path), "seconds": time.perf_counter() - start})
        print(f"{path}: {rows[-1]['seconds']:.0f} s", flush=True)
    for task in PAPER_TASKS:
        training = Training(Task.named(task))
        save(training.shelf.whole, trained(training, range(CHECKPOINTS)), training)
    for _ in tables.consolidate():
        pass
    claims.keep()
    readme.refresh()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
    print(f"peak memory of a notebook: {peak:.2f} GB")
    table = pd.DataFrame(rows).assign(peak_gb=peak)
    tables.write(paths.RESULTS / "reproduce.parquet", table, {"reproduce": "every notebook"})


if __name__ == "__main__":
    main()
