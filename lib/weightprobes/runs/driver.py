"""Make what a run lacks, whatever happens to some of its cells."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from weightprobes.devices import Device
from weightprobes.progress import bar
from weightprobes.runs.agenda import Agenda
from weightprobes.runs.status import State, states
from weightprobes.runs.work import Outcome
from weightprobes.tables.files import remove
from weightprobes.tables.recipe import Part

#: Makes the cells of an agenda on a device, and yields each with what became of it.
Executor = Callable[[Agenda, Device], Iterator[tuple[Part, Outcome]]]


@dataclass
class Report:
    """What a run found and did: the number of cells ``made`` by it, and the ``errors`` of those that failed.

    ``waiting`` cells were not tried, since they need models whose training failed.
    """

    cells: int
    made: int = 0
    errors: dict[Part, str] = field(default_factory=dict)
    waiting: int = 0


def execute(
    cells: Iterable[Part], executor: Executor, device: Device = "cpu", *, retry: bool = False
) -> Report:
    """Make the ``cells`` that are not there; those that failed before only if ``retry``."""
    found = states(cells)
    broken = [cell for cell, state in found.items() if state == "failed"]
    if retry:
        for cell in broken:
            remove(cell.error)
        broken = []
    report = Report(len(found), errors={cell: cell.error.read_text() for cell in broken})
    todo = [cell for cell, state in found.items() if state != "done" and not _fails(cell, report)]
    agenda, outcomes = Agenda(todo), Counter[str]()
    with bar(total=len(found), initial=_done(found), unit="cell", desc="run", smoothing=0.05) as progress:
        for cell, outcome in executor(agenda, device) if todo else ():
            agenda.finish(cell, outcome)
            outcomes[outcome.kind] += 1
            progress.update(outcome.kind in ("made", "there"))
            if outcome.kind == "failed":
                report.errors[cell] = outcome.error
                progress.set_postfix(failed=len(report.errors))
    report.made = outcomes["made"]
    there = _done(found) + outcomes["made"] + outcomes["there"]
    report.waiting = len(found) - there - len(report.errors)
    return report


def _fails(cell: Part, report: Report) -> bool:
    return cell in report.errors or cell.needs in report.errors


def _done(found: dict[Part, State]) -> int:
    return sum(state == "done" for state in found.values())
