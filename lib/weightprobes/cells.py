"""Cells: what is made at once stands in a file of its own, so that concurrent makers lose nothing.

A shelf holds all that one recipe makes: a folder of cells, and one file that more may have been moved
into. What stands in both, or in two cells, counts once.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weightprobes.recipes import digest


@dataclass(frozen=True)
class Shelf:
    """The folder of a recipe's cells, and the one file beside them; the file's suffix is theirs too."""

    folder: Path
    whole: Path

    @classmethod
    def of(cls, name: str, recipe: Any, cells: Path, whole: Path, suffix: str) -> "Shelf":
        """The shelf of ``recipe``, called ``name``, under the folders ``cells`` and ``whole``."""
        name = f"{name}-{digest(recipe)}"
        return cls(cells / name, whole / f"{name}{suffix}")

    def cell(self, items: Sequence[Hashable]) -> Path:
        """Where the cell of these ``items`` is, or will be."""
        return self.folder / f"{block(items)}{self.whole.suffix}"

    def cells(self) -> list[Path]:
        """The cells that are there, by name."""
        if not self.folder.is_dir():
            return []
        # names that begin with a dot are unfinished
        return sorted(path for path in self.folder.glob(f"[!.]*{self.whole.suffix}"))


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
