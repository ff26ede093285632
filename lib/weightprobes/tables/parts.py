"""Parts: what is made at once stands in a file of its own, so that concurrent makers lose nothing."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import safetensors

from weightprobes import paths
from weightprobes.lazy import parquet
from weightprobes.tables.recipes import as_text, digest

Content = TypeVar("Content")


class Mismatch(ValueError):
    """A file holds something else than what it is named for."""


class Damaged(Mismatch):
    """A file holds no table and no models any more."""


def check_recipe(path: Path, found: str, recipe: Any) -> None:
    """Raise :class:`Mismatch` unless ``found``, the text in ``path``, is that of ``recipe``."""
    if found != as_text(recipe):
        raise Mismatch(
            f"{path} was made by another recipe ({found} instead of {as_text(recipe)}): "
            "delete it, and it is made anew"
        )


@dataclass(frozen=True)
class Files:
    """The files of one recipe: a folder of parts, and one file beside it that parts may have been moved into,
    whose suffix is theirs too; ``book`` is the book's own file, which lies elsewhere if there is another
    store. What stands in two of them counts once.
    """

    folder: Path
    whole: Path
    book: Path

    @classmethod
    def of_table(cls, name: str, recipe: Any) -> Files:
        """Where the table called ``name`` that ``recipe`` makes is kept."""
        return cls.named(f"{name}-{digest(recipe)}")

    @classmethod
    def of_models(cls, name: str, recipe: Any) -> Files:
        """Where the models called ``name`` that ``recipe`` makes are kept: ours, and the book's."""
        name = f"{name}-{digest(recipe)}"
        shipped = paths.CHECKPOINTS / f"{name}.safetensors"
        return cls(paths.MODELS / name, shipped, shipped)

    @classmethod
    def named(cls, name: str) -> Files:
        """The files of the table with this ``name``, which ends with its recipe's digest."""
        file = f"{name}.parquet"
        return cls(paths.PARTS / name, paths.RESULTS / file, paths.BOOK / file)

    @property
    def wholes(self) -> list[Path]:
        """The files beside the parts that are there."""
        return [path for path in dict.fromkeys((self.whole, self.book)) if path.exists()]

    def part(self, items: Sequence[Hashable]) -> Path:
        """Where the part of these ``items`` is, or will be."""
        return self.folder / f"{name_of(items)}{self.whole.suffix}"

    def names(self) -> set[str]:
        """The names in the folder."""
        try:
            return {path.name for path in self.folder.iterdir()}
        except (FileNotFoundError, NotADirectoryError):
            return set()

    def parts(self, wanted: Iterable[Hashable] | None = None) -> list[Path]:
        """The parts that are there, by name; only those that may hold something ``wanted``, if that is given.

        A recipe has as many parts as blocks: who makes one of them must not read all others. A name that
        begins with a dot is that of an unfinished file.
        """
        names = sorted(
            name for name in self.names() if name.endswith(self.whole.suffix) and not name.startswith(".")
        )
        if wanted is not None:
            wanted = set(wanted)
            names = [name for name in names if not wanted.isdisjoint(items_of(name) or wanted)]
        return [self.folder / name for name in names]

    def read(
        self, reader: Callable[[Path], Content], wanted: Iterable[Hashable] | None = None
    ) -> Iterator[Content]:
        """What ``reader`` makes of each file that may have something ``wanted``.

        Parts come first, since they may be moved into the whole while we read; a damaged one is left out,
        with a warning. Raises :class:`Damaged` for a damaged whole.
        """
        for path in self.parts(wanted):
            try:
                yield reader(path)
            except Damaged as error:
                if path.exists():
                    warnings.warn(str(error), stacklevel=2)
        yield from map(reader, self.wholes)


def name_of(items: Sequence[Hashable]) -> str:
    """The name of the part of ``items``: "3", or "0-4" for whole numbers in a row, else a digest."""
    numbers = items_of(f"{items[0]}-{items[-1]}")
    if numbers is None or list(numbers) != list(items):
        return f"x{digest(list(items))}"
    return str(items[0]) if len(items) == 1 else f"{items[0]}-{items[-1]}"


def items_of(name: str) -> range | None:
    """The whole numbers that a part's name counts: "0-4.parquet" → range(5); None if it is a digest."""
    first, _, last = name.partition(".")[0].partition("-")
    if not first.isdecimal() or not (last or first).isdecimal():
        return None
    return range(int(first), int(last or first) + 1)


def is_complete(path: Path) -> bool:
    """Whether a file of ours ends where it should. A look at a few bytes: damage inside is not seen.

    False if the file is gone.
    """
    try:
        if path.suffix == ".safetensors":
            with safetensors.safe_open(path, "np"):
                return True
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 4))
            return size > 8 and file.read() == b"PAR1"
    except (OSError, safetensors.SafetensorError):
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
