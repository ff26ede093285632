"""Make what a run lacks, whatever happens to some of its parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from weightprobes.devices import Device
from weightprobes.models.progress import bar
from weightprobes.runs.queue import Queue
from weightprobes.runs.status import states
from weightprobes.runs.work import Outcome
from weightprobes.tables.files import remove
from weightprobes.tables.recipe import Part

#: Makes the parts of a queue on a device, and yields each with what became of it.
Executor = Callable[[Queue, Device], Iterator[tuple[Part, Outcome]]]


@dataclass
class Report:
    """What a run found and did: the number of parts ``made`` by it, and the ``errors`` of those that failed.

    ``waiting`` parts were not tried, since they need models whose training failed.
    """

    parts: int
    made: int = 0
    errors: dict[Part, str] = field(default_factory=dict)
    waiting: int = 0


def execute(
    parts: Iterable[Part], executor: Executor, device: Device = "cpu", *, retry: bool = False
) -> Report:
    """Make the ``parts`` that are not there; those that failed before only if ``retry``."""
    found = states(parts)
    report = Report(len(found))
    for part in (part for part, state in found.items() if state == "failed"):
        if retry:
            remove(part.error)
        else:
            report.errors[part] = part.error.read_text()
    done = list(found.values()).count("done")
    todo = [
        part
        for part, state in found.items()
        if state != "done" and not {part, part.needs} & report.errors.keys()
    ]
    queue = Queue(todo)
    with bar(total=len(found), initial=done, unit="part", desc="run", smoothing=0.05) as progress:
        for part, outcome in executor(queue, device) if todo else ():
            queue.finish(part, outcome)
            report.made += outcome.kind == "made"
            if outcome.kind in ("made", "there"):
                done += 1
                progress.update()
            if outcome.kind == "failed":
                report.errors[part] = outcome.error
                progress.set_postfix(failed=len(report.errors))
    report.waiting = len(found) - done - len(report.errors)
    return report
