"""The one way to make a table: a recipe says what it holds, finds what is there, makes what is not."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from weightprobes.datasets import loading
from weightprobes.devices import Device
from weightprobes.tables import tables
from weightprobes.tables.parts import Files

if TYPE_CHECKING:
    import pandas as pd


class Recipe(ABC):
    """What a table holds, and how some of it is made: a frozen dataclass, whose text names the table."""

    #: The column that tells which item a row belongs to.
    by: ClassVar[str] = "seed"

    @property
    @abstractmethod
    def name(self) -> str:
        """For file names, like ``"weights/mnist_7-9-relu-64"``; not unique."""

    @abstractmethod
    def _make(self, items: Sequence[Any], device: Device) -> pd.DataFrame:
        """The rows of these ``items``, made anew."""

    def items(self, device: Device = "cpu") -> Sequence[Hashable]:
        """All that the table is about, where that is a fixed set; raises TypeError otherwise."""
        raise TypeError(f"the rows of {self} are no fixed set: say which are wanted")

    def columns(self) -> dict[str, object]:
        """What tells its rows from those of other recipes; joined to the table when it is read."""
        return {}

    def needs(self, items: Sequence[Hashable]) -> Part | None:
        """What must be there before these ``items`` are made; nothing, as a rule."""
        return None

    @property
    def files(self) -> Files:
        """Where the table is kept."""
        return Files.of_table(self.name, self)

    def table(self, items: Sequence[Hashable] | None = None, device: Device = "cpu") -> pd.DataFrame:
        """The rows of these ``items``, or of all: the kept ones; the rest is made on ``device``, and kept."""
        wanted = self.items(device) if items is None else items
        kept = tables.kept(self.name, self, wanted, lambda missing: self._make(missing, device), self.by)
        return kept.assign(**self.columns())

    def keep(self, items: Sequence[Hashable], device: Device = "cpu") -> None:
        """Make what is missing of these ``items``, and keep it."""
        self.table(items, device)


@dataclass(frozen=True)
class OfDataset(Recipe):
    """A recipe of a table about tasks of a ``dataset``; ``data`` names what is in that, and is filled in."""

    by: ClassVar[str] = "task"
    dataset: str
    data: str = field(default="", kw_only=True)

    def __post_init__(self) -> None:
        if not self.data:
            object.__setattr__(self, "data", loading.digest(self.dataset))


@dataclass(frozen=True, eq=False)
class Part:
    """Some ``items`` of what a ``recipe`` makes, in a file of their own; it may need another one before.

    The recipe is a :class:`Recipe`, or what else has ``name``, ``by``, ``files``, ``needs`` and ``keep``.
    """

    recipe: Recipe
    items: Sequence[Hashable]
    files: Files
    needs: Part | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Part) and self.path == other.path

    def __hash__(self) -> int:
        return hash(self.path)

    @classmethod
    def of(cls, recipe: Recipe, items: Sequence[Hashable]) -> Part:
        """The part with these ``items``, and what it needs."""
        return cls(recipe, items, recipe.files, recipe.needs(items))

    @cached_property
    def path(self) -> Path:
        """The file that it is to become."""
        return self.files.part(self.items)

    @property
    def lock(self) -> Path:
        """Locked while somebody makes it."""
        return self.path.with_name(f".{self.path.stem}.lock")

    @property
    def error(self) -> Path:
        """What went wrong when it was last tried."""
        return self.path.with_suffix(".error")

    @property
    def title(self) -> str:
        """For people, like ``"prune-smallest/mnist_7-9-relu-64-redrawn, seeds 0-4"``."""
        return f"{self.recipe.name}, {self.recipe.by}s {self.path.stem}"

    def make(self, device: Device) -> None:
        """Make what is missing of it."""
        self.recipe.keep(self.items, device)


def parts(recipe: Recipe, items: Sequence[Hashable], size: int) -> Iterator[Part]:
    """What ``recipe`` makes of ``items``, ``size`` of them at a time; what they need comes before them."""
    for first in range(0, len(items), size):
        chain = [Part.of(recipe, items[first : first + size])]
        while chain[-1].needs:
            chain.append(chain[-1].needs)
        yield from reversed(chain)
