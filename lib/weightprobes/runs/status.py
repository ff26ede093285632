"""How far a run is, told by the files that are there."""

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import median
from typing import Literal

from filelock import FileLock, Timeout

from weightprobes.tables.parts import Files, is_complete, items_in, items_of
from weightprobes.tables.recipe import Part

State = Literal["done", "running", "failed", "damaged", "missing"]

#: Finished parts over which the pace is measured: more than there are workers, as a rule.
STRETCH = 8


def states(parts: Iterable[Part]) -> dict[Part, State]:
    """The state of every part.

    A part of models is done, too, when no sweep needs them any more. Folders are listed, and of each
    file the last bytes are read; the tables themselves are not, so damage inside is found by reading.
    """
    parts = list(parts)
    views: dict[Path, View] = {}
    for part in parts:
        views.setdefault(part.files.folder, View(part.files, part.recipe.by))
    found = {part: views[part.files.folder].state(part) for part in parts}
    readers = {part.needs for part in parts} - {None}
    wanted = {part.needs for part in parts if part.needs and found[part] != "done"}
    return found | dict.fromkeys(readers - wanted, "done")


def is_done(part: Part) -> bool:
    """Whether all that ``part`` is to hold is there."""
    return View(part.files, part.recipe.by).has(part)


@dataclass
class View:
    """The ``files`` of a recipe at one moment; its items are in the column ``by`` of tables."""

    files: Files
    by: str

    @cached_property
    def names(self) -> set[str]:
        """The names in the folder of parts."""
        return self.files.names()

    def state(self, part: Part) -> State:
        """The state of one of its parts."""
        if self.has(part):
            return "done"
        if part.lock.name in self.names and is_locked(part.lock):
            return "running"
        if part.error.name in self.names:
            return "failed"
        return "damaged" if part.path.name in self.names else "missing"

    def has(self, part: Part) -> bool:
        """Whether the items of ``part`` are in its file, in other parts, or in the file beside them."""
        if part.path.name in self.names and is_complete(part.path):
            return True
        return all(any(map(is_complete, self._places.get(item, ()))) for item in part.items)

    @cached_property
    def _places(self) -> dict[Hashable, list[Path]]:
        """The files that name, or hold, each item."""
        places = defaultdict(list)
        for path in [*self.files.parts(), *self.files.wholes]:
            for item in items_of(path.name) or items_in(path, self.by):
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
    """Seconds until all is done at the pace of the finished parts; None if fewer than two tell of it.

    The pace is the median time per part over stretches of :data:`STRETCH`: workers finish in bunches,
    and a night between two of them must not count.
    """
    times = sorted(time for part, state in found.items() if state == "done" and (time := _time_of(part)))
    stretch = min(STRETCH, len(times) - 1)
    if stretch < 1:
        return None
    left = sum(state in ("missing", "running", "damaged") for state in found.values())
    paces = [(late - early) / stretch for early, late in zip(times, times[stretch:], strict=False)]
    return median(paces) * left


def _time_of(part: Part) -> float | None:
    """When it was made; None if it is kept elsewhere."""
    try:
        return part.path.stat().st_mtime
    except FileNotFoundError:
        return None
