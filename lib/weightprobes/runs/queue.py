"""What a run is still to make, in an order in which every part finds what it needs."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Iterable

from weightprobes.runs.work import Outcome
from weightprobes.tables.recipe import Part

#: Seconds until a part that another run holds is asked for again.
PAUSE = 0.5


class Queue:
    """Parts to take one by one; sweeps appear when their models are there, held parts after a pause."""

    def __init__(self, parts: Iterable[Part]) -> None:
        parts = dict.fromkeys(parts)
        self._ready = deque(part for part in parts if part.needs not in parts)
        self._waiting: dict[Part, list[Part]] = defaultdict(list)
        for part in parts:
            if part.needs in parts:
                self._waiting[part.needs].append(part)
        self._held: deque[tuple[float, Part]] = deque()

    def __bool__(self) -> bool:
        """Whether something can be taken, now or after a pause."""
        return bool(self._ready or self._held)

    def take(self) -> Part | None:
        """The next part; None if all that is left is held by another run."""
        if self._held and self._held[0][0] <= time.monotonic():
            return self._held.popleft()[1]
        return self._ready.popleft() if self._ready else None

    def finish(self, part: Part, outcome: Outcome) -> None:
        """Note what became of ``part``; what waits for models that failed is dropped."""
        if outcome.kind == "held":
            self._held.append((time.monotonic() + PAUSE, part))
            return
        waiting = self._waiting.pop(part, [])
        if outcome.kind in ("made", "there"):
            self._ready.extendleft(reversed(waiting))
