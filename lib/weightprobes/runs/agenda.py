"""What a run is still to make, in an order in which every cell finds what it needs."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable

from weightprobes.runs.work import Outcome
from weightprobes.tables.recipe import Part

#: Seconds until a cell that another run holds is asked for again.
PAUSE = 0.5


class Agenda:
    """Cells to take one by one; sweeps appear when their models are there, held cells after a pause."""

    def __init__(self, cells: Iterable[Part]) -> None:
        cells = dict.fromkeys(cells)
        self._ready = deque(cell for cell in cells if cell.needs not in cells)
        self._waiting: dict[Part, list[Part]] = defaultdict(list)
        for cell in cells:
            if cell.needs in cells:
                self._waiting[cell.needs].append(cell)
        self._held: deque[tuple[float, Part]] = deque()

    def __bool__(self) -> bool:
        """Whether something can be taken, now or after a pause."""
        return bool(self._ready or self._held)

    def take(self) -> Part | None:
        """The next cell; None if all that is left is held by another run."""
        if self._held and self._held[0][0] <= time.monotonic():
            return self._held.popleft()[1]
        return self._ready.popleft() if self._ready else None

    def finish(self, cell: Part, outcome: Outcome) -> None:
        """Note what became of ``cell``; what waits for models that failed is dropped."""
        if outcome.kind == "held":
            self._held.append((time.monotonic() + PAUSE, cell))
            return
        waiting = self._waiting.pop(cell, [])
        if outcome.kind in ("made", "there"):
            self._ready.extendleft(reversed(waiting))
