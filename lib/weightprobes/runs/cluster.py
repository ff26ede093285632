"""Make parts with Dask: on workers of this machine, of a scheduler that runs already, or of SLURM."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import CancelledError
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from weightprobes.choices import check_choice, check_count
from weightprobes.devices import Device
from weightprobes.runs.interrupts import shielded
from weightprobes.runs.queue import PAUSE, Queue
from weightprobes.runs.status import is_done
from weightprobes.runs.work import DEATHS, Outcome, failed, make
from weightprobes.tables.files import Unwritable
from weightprobes.tables.recipe import Part

if TYPE_CHECKING:
    from dask_jobqueue import SLURMCluster
    from distributed import Client, Future, LocalCluster

#: Seconds in which a scheduler must answer.
PATIENCE = 8

#: Parts that are with the scheduler at once: enough that no worker waits for the next one.
AHEAD = 500


class ClusterLost(RuntimeError):
    """The scheduler is gone; what was made is there, and the rest can be made by another run."""


@dataclass(frozen=True)
class Dask:
    """An executor like :class:`~weightprobes.runs.serial.Serial`, on a Dask cluster.

    ``place`` is a scheduler's address, like ``"tcp://host:8786"``; ``"local"``, for a cluster of this
    machine; or ``"slurm"``. The latter two are started with this many ``workers``, of one thread each,
    and end with the run. All workers must see the driver's folders. For the device ``"cuda"`` only
    workers are used that offer the resource ``GPU``.
    """

    place: str = "local"
    workers: int = 2

    def __post_init__(self) -> None:
        check_count("the number of workers", self.workers)
        if "://" not in self.place:
            check_choice("cluster", self.place, ["local", "slurm", "the address of a scheduler (tcp://…)"])

    def __call__(self, queue: Queue, device: Device) -> Iterator[tuple[Part, Outcome]]:
        ours = "://" not in self.place
        with _started(self.place, self.workers, device) if ours else _joined(self.place, device) as client:
            print(f"dashboard: {client.dashboard_link}", file=sys.stderr)
            for part, future in _finished(queue, client, device):
                yield part, _outcome(future, part, self.place)


@contextmanager
def _joined(place: str, device: Device) -> Iterator[Client]:
    """A client of the scheduler at ``place``."""
    from distributed import Client

    _check_answers(place)
    with Client(place, timeout=PATIENCE) as client:
        offers = [worker["resources"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()]
        if device == "cuda" and not any("GPU" in offer for offer in offers):
            raise ValueError(f"no worker of {place} offers a GPU: start one with --resources GPU=1")
        yield client


def _check_answers(place: str) -> None:
    """Raise ValueError if no scheduler answers at ``place``: a client would wait for ever for a mute one."""
    from distributed.comm import connect
    from distributed.utils import LoopRunner

    async def greet() -> None:
        comm = await asyncio.wait_for(connect(place, timeout=PATIENCE), PATIENCE)
        comm.abort()

    try:
        LoopRunner().run_sync(greet)
    except Exception as error:  # of a wrong address, of silence, of whatever another server may say
        raise ValueError(
            f"no Dask scheduler answers at {place}: start one with dask scheduler, and give its address"
        ) from error


@contextmanager
def _started(place: str, workers: int, device: Device) -> Iterator[Client]:
    """A client of a cluster that begins and ends with the block."""
    import dask
    from distributed import Client
    from distributed.utils import silence_logging_cmgr

    workers_of: dict[Any, Any] = {}
    with dask.config.set({"distributed.scheduler.allowed-failures": DEATHS - 1}), ExitStack() as stack:
        try:
            with shielded():
                cluster = stack.enter_context(_cluster(place, workers, device))
                workers_of = cluster.workers
                client = stack.enter_context(Client(cluster))
            yield client
        except BaseException:
            # nobody waits for the parts that are being made, or needs to read how Dask loses its workers
            with silence_logging_cmgr("CRITICAL"):
                _kill(workers_of.values())
                stack.close()
            raise


def _kill(workers: Iterable[Any]) -> None:
    """End those that are processes of this machine, whatever they do; what runs elsewhere ends as it can."""
    from distributed import Nanny

    for worker in workers:
        if isinstance(worker, Nanny) and worker.pid:
            worker.close_gracefully()  # no other one takes its place
            with suppress(ProcessLookupError):
                os.kill(worker.pid, signal.SIGTERM)


def _cluster(place: str, workers: int, device: Device) -> LocalCluster | SLURMCluster:
    if place == "slurm":
        if not shutil.which("sbatch"):
            raise ValueError("there is no sbatch here, which submits jobs: run this where SLURM is installed")
        cluster = slurm(device)
        cluster.scale(workers)
        return cluster
    from distributed import LocalCluster

    # for nobody else, since a scheduler runs what it is sent; on any free port, since others may be taken
    here = "127.0.0.1"
    return LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        host=here,
        dashboard_address=f"{here}:0",
        resources=_resources(device),
    )


def slurm(device: Device = "cpu", **settings: Any) -> SLURMCluster:
    """A cluster whose workers are SLURM jobs, of one core each; its ``job_script()`` is what is submitted.

    ``settings`` are dask-jobqueue's, like ``queue``, ``account``, ``walltime`` and ``memory``; they may
    also stand in its own file, ``~/.config/dask/jobqueue.yaml``. Raises ValueError for a text that would
    be more than its own part of a line of the job.
    """
    from dask_jobqueue import SLURMCluster

    for name, value in settings.items():
        if isinstance(value, str) and not (value and value.isprintable()):
            raise ValueError(f"{name} of a SLURM job is {value!r}: give one line of plain text")
    ours: dict[str, Any] = {
        "cores": 1,
        "processes": 1,
        "memory": "4GB",
        # any free port, of this machine alone: the usual one may be another run's
        "scheduler_options": {"dashboard_address": "127.0.0.1:0"},
        "job_script_prologue": [f"export {name}=1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")],
    }
    if device == "cuda":
        ours |= {"job_extra_directives": ["--gres=gpu:1"], "worker_extra_args": ["--resources", "GPU=1"]}
    return SLURMCluster(**(ours | settings))


def _resources(device: Device) -> dict[str, int]:
    return {"GPU": 1} if device == "cuda" else {}


def _finished(queue: Queue, client: Client, device: Device) -> Iterator[tuple[Part, Future]]:
    """Submit the parts of the ``queue``, and yield each with its future once that is finished."""
    running: dict[str, tuple[Part, Future]] = {}
    ready: SimpleQueue[Future] = SimpleQueue()
    while queue or running:
        while len(running) < AHEAD and (part := queue.take()):
            future = client.submit(make, part, device, pure=False, resources=_resources(device) or None)
            running[future.key] = part, future
            future.add_done_callback(ready.put)
        with suppress(Empty):
            yield running.pop(ready.get(timeout=PAUSE).key)


def _outcome(future: Future, part: Part, place: str) -> Outcome:
    from distributed import KilledWorker

    try:
        outcome = future.result()
    except Unwritable:
        raise
    except (CancelledError, OSError):
        raise ClusterLost(f"the scheduler at {place} is gone: run again, what was made is there") from None
    except KilledWorker:
        return failed(part, f"{DEATHS} workers died over this part, killed, or out of memory")
    if outcome.kind == "made" and not is_done(part):
        return failed(part, f"a worker made it, but not {part.path}: let all use one WEIGHTPROBES_STORE")
    return outcome
