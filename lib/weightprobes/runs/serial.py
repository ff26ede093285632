"""Make cells in this process, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

from weightprobes.devices import Device
from weightprobes.runs.agenda import PAUSE, Agenda
from weightprobes.runs.work import Outcome, make
from weightprobes.tables.recipe import Part


@dataclass(frozen=True)
class Serial:
    """An executor: called with an agenda, it makes the cells and yields each with what became of it."""

    def __call__(self, agenda: Agenda, device: Device) -> Iterator[tuple[Part, Outcome]]:
        while agenda:
            cell = agenda.take()
            if cell is None:
                time.sleep(PAUSE)
            else:
                yield cell, make(cell, device)
