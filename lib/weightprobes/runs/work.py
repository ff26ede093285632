"""Make one part: claim it, look again whether it is there, make it, or leave the error beside it."""

from __future__ import annotations

import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Literal

from filelock import Timeout

from weightprobes.devices import Device
from weightprobes.lazy import torch
from weightprobes.models.progress import quiet
from weightprobes.runs.status import is_done
from weightprobes.tables.files import Unwritable, locked, written_whole
from weightprobes.tables.recipe import Part

#: A part is given up when this many workers have died over it.
DEATHS = 3


@dataclass(frozen=True)
class Outcome:
    """What became of a part: made in so many ``seconds`` of processor, there already, held by another run, or
    failed with this ``error``."""

    kind: Literal["made", "there", "held", "failed"]
    error: str = ""
    seconds: float = field(default=0.0, compare=False)


def make(part: Part, device: Device) -> Outcome:
    """Make ``part`` unless it is there, has failed before, or is being made.

    Raises :class:`~weightprobes.tables.files.Unwritable` if nothing can be written: that is no fault of the
    part, and leaves no mark on it.
    """
    try:
        with _claimed(part), _one_thread(), quiet():
            return _outcome(part, device)
    except Timeout:
        return Outcome("held")


def failed(part: Part, error: str) -> Outcome:
    """Write ``error`` beside the part that it is of."""
    with written_whole(part.error) as scratch:
        scratch.write_text(error)
    return Outcome("failed", error)


def _outcome(part: Part, device: Device) -> Outcome:
    if part.error.exists():
        return Outcome("failed", part.error.read_text())
    if is_done(part):
        return Outcome("there")
    started = time.process_time()
    try:
        part.make(device)
    except Unwritable:
        raise
    except Exception:  # whatever it is, the other parts go on, and it is reported
        return failed(part, traceback.format_exc())
    return Outcome("made", seconds=time.process_time() - started)


@contextmanager
def _claimed(part: Part) -> Iterator[None]:
    """Hold the lock of ``part``, which the system frees if we die; raises Timeout if another has it.

    The lock's file goes when the part is made: whoever still waits for it finds the part.
    """
    # who only looks whether it is locked holds it for a moment
    with locked(part.lock, seconds=0.2):
        yield
        part.lock.unlink(missing_ok=True)


@contextmanager
def _one_thread() -> Iterator[None]:
    """One thread for PyTorch: with more it rounds differently, and workers would only wait for each other."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
