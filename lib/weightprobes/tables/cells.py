"""Cells: what is made at once stands in a file of its own, so that concurrent makers lose nothing.

A shelf holds all that one recipe makes: a folder of cells, and one file that more may have been moved
into. What stands in both, or in two cells, counts once.
"""

from __future__ import annotations

import json
import os
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors

from weightprobes import paths
from weightprobes.lazy import parquet
from weightprobes.tables.recipes import digest


@dataclass(frozen=True)
class Shelf:
    """The folder of a recipe's cells, and the one file beside them, whose suffix is theirs too; ``book`` is
    the book's own file, which lies elsewhere if there is another store."""

    folder: Path
    whole: Path
    book: Path

    @classmethod
    def of_table(cls, name: str, recipe: Any) -> Shelf:
        """Where the table called ``name`` that ``recipe`` makes is kept."""
        name = f"{name}-{digest(recipe)}"
        file = f"{name}.parquet"
        return cls(paths.CELLS / name, paths.RESULTS / file, paths.BOOK / file)

    @classmethod
    def of_models(cls, name: str, recipe: Any) -> Shelf:
        """Where the models called ``name`` that ``recipe`` makes are kept: ours, and the book's."""
        name = f"{name}-{digest(recipe)}"
        shipped = paths.CHECKPOINTS / f"{name}.safetensors"
        return cls(paths.MODELS / name, shipped, shipped)

    @property
    def wholes(self) -> list[Path]:
        """The files beside the cells that are there."""
        return [path for path in dict.fromkeys((self.whole, self.book)) if path.exists()]

    def cell(self, items: Sequence[Hashable]) -> Path:
        """Where the cell of these ``items`` is, or will be."""
        return self.folder / f"{block(items)}{self.whole.suffix}"

    def names(self) -> set[str]:
        """The names in the folder."""
        try:
            with os.scandir(self.folder) as entries:
                return {entry.name for entry in entries}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def cells(self, wanted: Iterable[Hashable] | None = None) -> list[Path]:
        """The cells that are there, by name; only those that may hold something ``wanted``, if that is given.

        A shelf has as many cells as blocks: who makes one of them must not read all others.
        """
        names = (name for name in self.names() if is_cell(name, self.whole.suffix))
        if wanted is not None:
            wanted = set(wanted)
            names = (name for name in names if not wanted.isdisjoint(counted(stem(name)) or wanted))
        return [self.folder / name for name in sorted(names)]


def is_cell(name: str, suffix: str) -> bool:
    """Whether a file of this ``name`` is a cell; what begins with a dot is unfinished."""
    return name.endswith(suffix) and not name.startswith(".")


def stem(name: str) -> str:
    """The name of a cell's file without its suffix."""
    return name.partition(".")[0]


def block(items: Sequence[Hashable]) -> str:
    """The name of the cell of ``items``: "3", or "0-4" for whole numbers in a row, else a digest."""
    numbers = counted(f"{items[0]}-{items[-1]}")
    if numbers is None or list(numbers) != list(items):
        return f"x{digest(list(items))}"
    return str(items[0]) if len(items) == 1 else f"{items[0]}-{items[-1]}"


def counted(name: str) -> range | None:
    """The whole numbers that a cell's name counts: "0-4" → range(5); None if it is a digest."""
    first, _, last = name.partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return None
    return range(int(first), int(last or first) + 1)


def is_whole(path: Path) -> bool:
    """Whether a file of ours ends where it should. A look at a few bytes: damage inside is not seen.

    False if the file is gone.
    """
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            if path.suffix == ".safetensors":
                header = int.from_bytes(file.read(8), "little")
                entries = json.loads(file.read(header)) if header < size else {}
                ends = [entry["data_offsets"][1] for entry in entries.values() if "data_offsets" in entry]
                return bool(ends) and size == 8 + header + max(ends)
            file.seek(-min(4, size), os.SEEK_END)
            return file.read() == b"PAR1" and size > 8
    except (OSError, ValueError, TypeError, AttributeError, LookupError):  # a header of any shape
        return False


def items_in(path: Path, by: str) -> list[Hashable]:
    """What the rows of a file of ours belong to, read without the rest of it; nothing if it cannot be read.

    ``by`` names the column of a table that tells; models belong to seeds.
    """
    try:
        if path.suffix == ".safetensors":
            with safetensors.safe_open(path, "np") as file:
                return file.get_tensor("seeds").tolist()
        return parquet.ParquetFile(path).read(columns=[by])[by].unique().to_pylist()
    except (OSError, ValueError, KeyError, safetensors.SafetensorError):
        return []
