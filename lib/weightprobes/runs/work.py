"""Make one cell: claim it, look again whether it is there, make it, or leave the error beside it."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from filelock import Timeout

from weightprobes.devices import Device
from weightprobes.lazy import torch
from weightprobes.progress import quiet
from weightprobes.runs.status import is_done
from weightprobes.tables.files import Unwritable, locked, written_whole
from weightprobes.tables.recipe import Part

#: A cell is given up when this many workers have died over it.
DEATHS = 3


@dataclass(frozen=True)
class Outcome:
    """What became of a cell: made, there already, held by another run, or failed with this ``error``."""

    kind: Literal["made", "there", "held", "failed"]
    error: str = ""


def make(cell: Part, device: Device) -> Outcome:
    """Make ``cell`` unless it is there, has failed before, or is being made.

    Raises :class:`~weightprobes.tables.files.Unwritable` if nothing can be written: that is no fault of the
    cell, and leaves no mark on it.
    """
    try:
        with _claimed(cell), _one_thread(), quiet():
            return _outcome(cell, device)
    except Timeout:
        return Outcome("held")


def failed(cell: Part, error: str) -> Outcome:
    """Write ``error`` beside the cell that it is of."""
    with written_whole(cell.error) as scratch:
        scratch.write_text(error)
    return Outcome("failed", error)


def _outcome(cell: Part, device: Device) -> Outcome:
    if cell.error.exists():
        return Outcome("failed", cell.error.read_text())
    if is_done(cell):
        return Outcome("there")
    try:
        cell.make(device)
    except Unwritable:
        raise
    except Exception:  # whatever it is, the other cells go on, and it is reported
        return failed(cell, traceback.format_exc())
    return Outcome("made")


@contextmanager
def _claimed(cell: Part) -> Iterator[None]:
    """Hold the lock of ``cell``, which the system frees if we die; raises Timeout if another has it.

    The lock's file goes when the cell is made: whoever still waits for it finds the cell.
    """
    # who only looks whether it is locked holds it for a moment
    with locked(cell.lock, seconds=0.2):
        yield
        cell.lock.unlink(missing_ok=True)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for PyTorch: with more it rounds differently, and workers would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
