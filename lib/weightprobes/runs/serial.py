"""Make parts in this process, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from weightprobes.devices import Device
from weightprobes.runs.queue import PAUSE, Queue
from weightprobes.runs.work import Outcome, make
from weightprobes.tables.recipe import Part


@dataclass(frozen=True)
class Serial:
    """An executor: called with a queue, it makes the parts and yields each with what became of it."""

    def __call__(self, queue: Queue, device: Device) -> Iterator[tuple[Part, Outcome]]:
        while queue:
            part = queue.take()
            if part is None:
                time.sleep(PAUSE)
            else:
                yield part, make(part, device)
