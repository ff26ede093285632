"""Replay: modules that have finished before a weight is used give back what they put out before.

When only one weight changes, whatever was computed before its first use comes out as it did. A trace of
the evaluation tells when each weight is used and when each module begins and ends. The outputs of modules
that end before are recorded, and come back as copies for every value of the weight: the same to the last bit.
Of an output that nothing but other replayed modules read, the shape is enough. Calls of the model are told
apart by a digest of their inputs: one that was never seen, or that reads more, is computed in full.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from weightprobes.engine.sites import Unit, swapped
from weightprobes.engine.tracing import Forward, Trace, patched
from weightprobes.engine.trees import Hollow, copied, digest, hollow

if TYPE_CHECKING:
    from torch import nn

_SIZES = {"KB": 2**10, "MB": 2**20, "GB": 2**30}

_NOISE = (
    "evaluate gives another result when it is called again on the same model, so all numbers have that noise "
    "in them: fix its draws, and the order of its items"
)
_NOTHING = "nothing is replayed, which would save time"


class Replay:
    """Evaluations of ``model`` in which modules are replayed, as far as ``memory`` bytes go.

    ``order`` holds the ``units`` of weights that change at once in the order in which the model uses them;
    each is evaluated ``runs`` times. ``same`` says of what evaluations found whether it is what the model
    scores: if not, or if other inputs come every time, a warning says why nothing is replayed.
    """

    def __init__(
        self,
        model: nn.Module,
        evaluate: Callable[[nn.Module], Any],
        units: Sequence[Unit],
        runs: int,
        memory: int,
        same: Callable[..., bool],
    ) -> None:
        self.model, self.evaluate, self.memory, self.runs, self.same = model, evaluate, memory, runs, same
        self._trace = Trace(model, evaluate)
        self.order = sorted(units, key=self._trace.first_use)
        self._served = 0  # how many of them what is kept is for, and was
        self._large: set[str] = set()  # modules that put out more than fits
        self._kept: dict[str, dict[bytes, Any]] = {}  # module → call → output, or its shape
        self._live: Sequence[str] = ()  # modules whose outputs are read
        self._inside: bytes | None = None  # the call we are in
        self._failed = False  # whether a call had to be computed in full

    @contextmanager
    def at(self, unit: Unit) -> Iterator[None]:
        """Within the block, ``evaluate(model)`` is spared what ends before the ``unit`` is used."""
        if self.memory and self.order.index(unit) >= self._served:
            self._prepare(self.order[self._served :])
        with self._sparing(unit):
            yield

    def _sparing(self, unit: Unit) -> Any:
        return self._replayed([name for name in self._spared(unit) if self._kept.get(name)])

    def _spared(self, unit: Unit) -> list[str]:
        return self._trace.spared(unit, self._large)

    def _prepare(self, units: Sequence[Unit]) -> None:
        """Record what the first of ``units``, and as many as fit with it, are spared, if worth a run."""
        trace, wanted, self._large = self._trace, [], set()
        for number, unit in enumerate(units):
            more = list(dict.fromkeys([*wanted, *trace.read(self._spared(unit))]))
            if number and trace.bytes(more) > self.memory:
                break
            wanted, last = more, number
        while trace.bytes(wanted) > self.memory:
            self._large.add(min(wanted, key=lambda name: trace.seconds([name]) / (1 + trace.bytes([name]))))
            wanted = trace.read(self._spared(units[0]))
        self._served += last + 1
        spared = [self._spared(unit) for unit in units[: last + 1]]
        # two evaluations follow here, and one that is spared nearly all
        worth = self.runs * sum(map(trace.seconds, spared)) > 2 * trace.seconds([""])
        self._kept = {name: {} for names in spared for name in names} if worth else {}
        found = [trace.found]
        if worth:
            with self._replayed(list(self._kept), wanted):
                found = [self.evaluate(self.model), *found]
        fault = self._fault(units[0], units[last]) if self.same(*found) else _NOISE
        if fault:
            self._kept, self.memory = {}, 0
            warnings.warn(fault, stacklevel=2)

    def _fault(self, first: Unit, last: Unit) -> str:
        """Why the model, spared what ends before the ``last`` unit, does not score what it does, if so."""
        if not self._kept:
            return ""
        if 2 * len(set().union(*self._kept.values())) < len(self._trace.calls):  # most never came again
            return f"{_NOTHING}: evaluate feeds other inputs each time (a loader that shuffles?)"
        with swapped({site: -site.weight() for site in first.sites}), self._sparing(first):
            self.evaluate(self.model)  # what modules keep to themselves is of another model now
        self._failed = False
        try:
            with self._sparing(last):
                same, fault = self.same(self.evaluate(self.model)) and not self._failed, ""
        except Exception as error:  # for want of what was not computed; what else fails will fail again
            same, fault = False, f" ({type(error).__name__}: {error})"
        if same:
            return ""
        return f"{_NOTHING}: the model keeps something of its own, or its gradients are asked for{fault}"

    def _replayed(self, names: Sequence[str], live: Sequence[str] | None = None) -> Any:
        """A block within which the modules are replayed or, the first time, recorded: as they are, those
        that are ``live``; as a default those whose outputs are read."""
        self._live = self._trace.read(names) if live is None else live
        return patched(
            self.model, {"": self._whole, **{name: partial(self._recorded, name) for name in names}}
        )

    def _whole(self, forward: Forward, *given: Any, **named: Any) -> Any:
        if self._inside is not None:  # the model calls itself
            return forward(*given, **named)
        call = digest([given, named])
        self._inside = call if call in self._trace.calls else None
        try:
            return forward(*given, **named)
        except Hollow:
            self._inside, self._failed = None, True
            return forward(*given, **named)
        finally:
            self._inside = None

    def _recorded(self, name: str, forward: Forward, *given: Any, **named: Any) -> Any:
        if self._inside is None:
            return forward(*given, **named)
        kept, taken = self._kept[name], copied if name in self._live else hollow
        if self._inside not in kept:
            out = forward(*given, **named)
            kept[self._inside] = taken(out)
            return out
        return taken(kept[self._inside])


def bytes_of(memory: str | int) -> int:
    """Bytes that ``memory`` means, a number or like ``"500MB"``; raises ValueError for what is neither."""
    number, unit = str(memory)[:-2], str(memory)[-2:]
    try:
        size = memory if isinstance(memory, int) else int(float(number) * _SIZES[unit])
    except (KeyError, ValueError):
        size = -1
    if size < 0:
        raise ValueError(f"memory {memory!r} is no size: give bytes, or like '500MB' or '2GB'")
    return size
