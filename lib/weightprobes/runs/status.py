"""How far a run is, told by the files that are there."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Literal

from filelock import FileLock, Timeout

from weightprobes.tables.cells import Shelf, counted, is_cell, is_whole, items_in, stem
from weightprobes.tables.recipe import Part

State = Literal["done", "running", "failed", "damaged", "missing"]

#: Finished cells over which the pace is measured: more than there are workers, as a rule.
STRETCH = 8


def states(cells: Iterable[Part]) -> dict[Part, State]:
    """The state of every cell.

    A cell of models is done, too, when no sweep needs them any more. Folders are listed, and of each
    file the last bytes are read; the tables themselves are not, so damage inside is found by reading.
    """
    cells = list(cells)
    views: dict[Path, View] = {}
    for cell in cells:
        views.setdefault(cell.shelf.folder, View(cell.shelf, cell.recipe.by))
    found = {cell: views[cell.shelf.folder].state(cell) for cell in cells}
    readers = {cell.needs for cell in cells} - {None}
    wanted = {cell.needs for cell in cells if cell.needs and found[cell] != "done"}
    return found | dict.fromkeys(readers - wanted, "done")


def is_done(cell: Part) -> bool:
    """Whether all that ``cell`` is to hold is there."""
    return View(cell.shelf, cell.recipe.by).has(cell)


@dataclass
class View:
    """A shelf as it is at one moment; its items are in the column ``by`` of tables."""

    shelf: Shelf
    by: str

    @cached_property
    def names(self) -> set[str]:
        """The names in its folder."""
        return self.shelf.names()

    def state(self, cell: Part) -> State:
        """The state of a cell of this shelf."""
        if self.has(cell):
            return "done"
        if cell.lock.name in self.names and is_locked(cell.lock):
            return "running"
        if cell.error.name in self.names:
            return "failed"
        return "damaged" if cell.path.name in self.names else "missing"

    def has(self, cell: Part) -> bool:
        """Whether the items of ``cell`` are in its file, in other cells, or in the file beside them."""
        if cell.path.name in self.names and is_whole(cell.path):
            return True
        return all(any(map(is_whole, self._places.get(item, ()))) for item in cell.items)

    @cached_property
    def _places(self) -> dict[Hashable, list[Path]]:
        """The files that name, or hold, each item."""
        places = defaultdict(list)
        for name in self.names:
            if is_cell(name, self.shelf.whole.suffix):
                path = self.shelf.folder / name
                for item in counted(stem(name)) or items_in(path, self.by):
                    places[item].append(path)
        for path in self.shelf.wholes:
            for item in items_in(path, self.by):
                places[item].append(path)
        return places


def is_locked(path: Path) -> bool:
    """Whether somebody holds the lock ``path``."""
    try:
        with FileLock(path, blocking=False):
            return False
    except Timeout:
        return True
    except OSError:  # a read-only folder: nobody can be making anything in it
        return False


def seconds_left(found: dict[Part, State]) -> float | None:
    """Seconds until all is done at the pace of the finished cells; None if fewer than two tell of it.

    The pace is the median time per cell over stretches of :data:`STRETCH`: workers finish in bunches,
    and a night between two of them must not count.
    """
    times = sorted(time for cell, state in found.items() if state == "done" and (time := _time_of(cell)))
    stretch = min(STRETCH, len(times) - 1)
    if stretch < 1:
        return None
    left = sum(state in ("missing", "running", "damaged") for state in found.values())
    paces = [(late - early) / stretch for early, late in zip(times, times[stretch:], strict=False)]
    return median(paces) * left


def _time_of(cell: Part) -> float | None:
    """When it was made; None if it is kept elsewhere."""
    try:
        return cell.path.stat().st_mtime
    except FileNotFoundError:
        return None
