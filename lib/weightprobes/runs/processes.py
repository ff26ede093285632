"""Make parts in processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass

from weightprobes.choices import check_count
from weightprobes.devices import Device
from weightprobes.runs.interrupts import shielded
from weightprobes.runs.queue import PAUSE, Queue
from weightprobes.runs.work import DEATHS, Outcome, failed, make
from weightprobes.tables.recipe import Part


class Worker:
    """One process that makes one part at a time, and is replaced when it dies.

    A pool of one: so it is known over which part it died.
    """

    def __init__(self) -> None:
        self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _start)
        with shielded():
            self._pid = self._pool.submit(os.getpid)

    def make(self, part: Part, device: Device) -> Future[Outcome]:
        """Begin to make ``part``."""
        return self._pool.submit(make, part, device)

    def kill(self) -> None:
        """Let the process go at once, also in the middle of a part."""
        with suppress(BrokenProcessPool, ProcessLookupError):
            os.kill(self._pid.result(), signal.SIGTERM)
        self._pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class Processes:
    """An executor like :class:`~weightprobes.runs.serial.Serial`, with this many ``workers``."""

    workers: int = 2

    def __post_init__(self) -> None:
        check_count("the number of workers", self.workers)

    def __call__(self, queue: Queue, device: Device) -> Iterator[tuple[Part, Outcome]]:
        idle = [Worker() for _ in range(self.workers)]
        busy: dict[Future[Outcome], tuple[Part, Worker]] = {}
        deaths: Counter[Part] = Counter()
        try:
            while queue or busy:
                while idle and (part := queue.take()):
                    busy[idle[-1].make(part, device)] = part, idle[-1]
                    idle.pop()  # not before: a worker in neither would not be killed
                if not busy:  # all that is left is held by another run
                    time.sleep(PAUSE)
                for future in wait(busy, PAUSE, FIRST_COMPLETED).done:
                    part, worker = busy.pop(future)
                    outcome = _outcome(future, part, deaths)
                    alive = not isinstance(future.exception(), BrokenProcessPool)
                    idle.append(worker if alive else Worker())
                    yield part, outcome
        finally:
            for worker in {*idle, *(worker for _, worker in busy.values())}:
                worker.kill()


def _outcome(future: Future[Outcome], part: Part, deaths: Counter[Part]) -> Outcome:
    try:
        return future.result()
    except BrokenProcessPool:
        deaths[part] += 1
        if deaths[part] < DEATHS:
            return Outcome("held")  # nobody's now: it comes again
        return failed(part, f"{DEATHS} workers died over this part, killed, or out of memory")


def _start() -> None:
    """In a worker: leave Ctrl-C to the driver, and do not outlive it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_follow, daemon=True).start()


def _follow() -> None:
    driver = multiprocessing.parent_process()
    assert driver is not None
    driver.join()
    os._exit(1)
