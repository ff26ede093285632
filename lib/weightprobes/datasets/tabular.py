"""Data of one's own, in a CSV, Parquet or NPZ file: tasks of them are called ``"./data.csv:species"``."""

from __future__ import annotations

import csv
import re
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from weightprobes.datasets import arrays
from weightprobes.datasets.inputs import some
from weightprobes.lazy import pandas

_NAME = re.compile(
    r"(?P<path>.+\.(csv|parquet|npz))(:(?P<label>[^\[\]]+)(\[(?P<classes>.*)\])?)?", re.IGNORECASE
)


def is_file(name: str) -> bool:
    """Whether a task's ``name`` is that of a file."""
    return _NAME.fullmatch(name) is not None


def parts(name: str) -> tuple[str, list[str] | None]:
    """Of ``"./data.csv:species[setosa, virginica]"``, ``"/…/data.csv:species"`` and the classes.

    These are None where there is no list. Raises ValueError if no label is named.
    """
    found = _NAME.fullmatch(name)
    if found is None or not found["label"]:
        raise ValueError(f"task {name!r} does not say which column has the labels: like './data.csv:species'")
    listed = found["classes"]
    classes = None if listed is None else next(csv.reader([listed], skipinitialspace=True), [])
    return f"{_whole(found['path'])}:{found['label']}", classes


def from_anywhere(name: str) -> str:
    """A task's ``name`` with the whole path of its file, if it is of one."""
    found = _NAME.fullmatch(name)
    return name if found is None else f"{_whole(found['path'])}{name[found.end('path') :]}"


def _whole(path: str) -> Path:
    return Path(path).expanduser().absolute()


def register(source: str) -> str:
    """Register the data in a file, ``"/…/data.csv:species"``; returns the data set's name.

    An NPZ file has an array ``X`` and one that is called like the label; it may have a test set in two more,
    called the same with ``_test`` behind. A file that has not changed is read once a process. Raises
    ValueError, or FileNotFoundError.
    """
    named = _NAME.fullmatch(source)
    path = Path(named["path"])
    if not path.is_file():
        raise FileNotFoundError(f"there is no file {path}: name a CSV, Parquet or NPZ file")
    changed = path.stat()
    return _registered(path, named["label"], changed.st_mtime_ns, changed.st_size)


@lru_cache(maxsize=32)
def _registered(path: Path, label: str, *changed: int) -> str:
    kind = path.suffix.lower().removeprefix(".")
    try:
        data = _arrays(path, label) if kind == "npz" else (_table(path, kind), label)
        return arrays.register(*data, title=path.name)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: {' '.join(str(error).split())}") from error


def _table(path: Path, kind: str) -> pandas.DataFrame:
    if kind == "parquet":
        return pandas.read_parquet(path)
    # numbers to their last bit, and no row is filled up
    table = pandas.read_csv(path, engine="pyarrow")
    if table.columns[0] == "Unnamed: 0" and table.iloc[:, 0].tolist() == list(range(len(table))):
        raise ValueError("its first column only counts the rows; write it with to_csv(…, index=False)")
    return table


def _arrays(path: Path, label: str) -> tuple[Any, ...]:
    with path.open("rb") as file, np.load(file) as found:
        for name in ("X", label):
            if name not in found:
                raise ValueError(f"there is no array {name!r}, but {some(found)}")
        test = (found["X_test"], found[f"{label}_test"]) if "X_test" in found else None
        return found["X"], found[label], test
