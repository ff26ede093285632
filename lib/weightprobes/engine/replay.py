"""Replay: modules that have finished before a weight is used give back what they put out before.

When only one weight changes, whatever was computed before its first use comes out as it did. A first run of
the evaluation tells when each weight is used and when each module begins and ends. The outputs of modules
that end before are recorded, and come back as copies for every value of the weight: the same to the last bit.
Calls of the model are told apart by a digest of their inputs: one that was never seen is computed in full.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial, update_wrapper
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any

from weightprobes.engine.sites import Unit, swapped
from weightprobes.engine.trees import copied, digest, plain, tensors, watched
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import nn

Forward = Callable[..., Any]

_SIZES = {"KB": 2**10, "MB": 2**20, "GB": 2**30}


class Call:
    """What happens in a call of the whole model: when each parameter, by its id, is ``used`` first; when each
    module begins and ends, its seconds, and the bytes that it puts out."""

    def __init__(self) -> None:
        self.used: dict[int, int] = {}
        self.spans: dict[str, list[tuple[int, int]]] = {}
        self.seconds: dict[str, float] = {}
        self.size: dict[str, int] = {}

    def before(self, name: str, unit: Unit) -> bool:
        """Whether the module ends, once, before any of the ``unit``'s weights is used; or is not called."""
        first = min((self.used.get(id(site.parameter), float("inf")) for site in unit.sites), default=0)
        spans = self.spans.get(name, [])
        return not spans or (len(spans) == 1 and spans[0][1] < first)


class Replay:
    """Evaluations of ``model`` in which modules are replayed, as far as ``memory`` bytes go.

    ``order`` holds the ``units`` of weights that change at once in the order in which the model uses them;
    each is evaluated ``runs`` times. ``same`` says of what an evaluation found whether it is what the model
    scores: if not, or if other inputs come every time, a warning says why nothing is replayed.
    """

    def __init__(
        self,
        model: nn.Module,
        evaluate: Callable[[nn.Module], Any],
        units: Sequence[Unit],
        runs: int,
        memory: int,
        same: Callable[[Any], bool],
    ) -> None:
        self.model, self.evaluate, self.memory, self.runs, self.same = model, evaluate, memory, runs, same
        self.calls: dict[bytes, Call] = {}
        self._inside: bytes | None = None  # the call we are in
        self._restless: set[str] = set()  # modules that change their inputs, or put out what cannot be copied
        self._kept: dict[str, dict[bytes, Any]] = {}  # module → call → output
        if not same(self._traced()):
            warnings.warn(
                "evaluate gives another result when it is called again on the same model, so all numbers "
                "have that noise in them: fix its draws, and the order of its items",
                stacklevel=2,
            )
            self.memory = 0
        self.order = sorted(units, key=self._first_use)
        self._served = 0  # how many of them what is kept is for, and was

    @contextmanager
    def at(self, unit: Unit) -> Iterator[None]:
        """Within the block, ``evaluate(model)`` is spared what ends before the ``unit`` is used."""
        if self.memory and self.order.index(unit) >= self._served:
            self._prepare(self.order[self._served :])
        with self._sparing(unit):
            yield

    def _sparing(self, unit: Unit) -> Any:
        return self._wrapped(self._recorded, [name for name in self._spared(unit) if self._kept.get(name)])

    def _prepare(self, units: Sequence[Unit]) -> None:
        """Record what the first of ``units``, and as many as fit with it, are spared, if worth a run."""
        wanted: list[str] = []
        for number, unit in enumerate(units):
            more = list(dict.fromkeys([*wanted, *self._spared(unit)]))
            if number and self._bytes(more) > self.memory:
                break
            wanted, last = more, number
        while self._bytes(wanted) > self.memory:
            wanted.remove(min(wanted, key=lambda name: self._seconds([name]) / (1 + self._bytes([name]))))
        self._served += last + 1
        saved = sum(self._seconds(set(self._spared(unit)) & set(wanted)) for unit in units[: last + 1])
        if self.runs * saved <= 3 * self._seconds([""]):  # that many evaluations follow
            self._kept = {}
            return
        self._kept = {name: self._kept.get(name, {}) for name in wanted}
        with self._wrapped(self._recorded, list(self._kept)):
            self.evaluate(self.model)
        fault = self._fault(units[last])
        if fault:
            self._kept, self.memory = {}, 0
            warnings.warn(f"nothing is replayed, which would save time: {fault}", stacklevel=2)

    def _fault(self, unit: Unit) -> str:
        """Why the model, spared what ends before the ``unit``, does not score what it does, if so."""
        if not any(self._kept.values()):
            return "evaluate feeds other inputs each time (a loader that shuffles?)"
        with swapped({site: -site.weight() for site in self.order[0].sites}):
            self.evaluate(self.model)  # what modules keep to themselves is of another model now
        try:
            with self._sparing(unit):
                same, fault = self.same(self.evaluate(self.model)), ""
        except Exception as error:  # for want of what was not computed; what else fails will fail again
            same, fault = False, f" ({type(error).__name__}: {error})"
        return "" if same else f"the model keeps something of its own, or its gradients are asked for{fault}"

    def _traced(self) -> Any:
        """What the evaluation finds when all is computed, and notes are taken."""
        clock = count()

        def trace(name: str, forward: Forward, *given: Any, **named: Any) -> Any:
            if self._inside is None:
                return forward(*given, **named)
            call, began, start = self.calls[self._inside], next(clock), perf_counter()
            unchanged = watched([*given, *named.values()])
            out = forward(*given, **named)
            call.spans.setdefault(name, []).append((began, next(clock)))
            call.seconds[name] = perf_counter() - start
            call.size[name] = sum(tensor.nbytes for tensor in tensors(out))
            if not (unchanged() and plain(out)):
                self._restless.add(name)
            return out

        def use(parameter: object) -> None:
            if self._inside is not None:
                self.calls[self._inside].used.setdefault(id(parameter), next(clock))

        names = [name for name, _ in self.model.named_modules()]
        with self._wrapped(trace, names, note=True), _watching(use):
            return self.evaluate(self.model)

    def _recorded(self, name: str, forward: Forward, *given: Any, **named: Any) -> Any:
        if self._inside is None:
            return forward(*given, **named)
        if self._inside not in self._kept[name]:
            out = forward(*given, **named)
            self._kept[name][self._inside] = copied(out)
            return out
        return copied(self._kept[name][self._inside])

    def _first_use(self, unit: Unit) -> float:
        used = [call.used.get(id(site.parameter)) for call in self.calls.values() for site in unit.sites]
        return min((when for when in used if when is not None), default=float("inf"))

    def _spared(self, unit: Unit) -> list[str]:
        """The outermost modules that end before the ``unit`` is used, in every call."""
        ended: list[str] = []
        calls = list(self.calls.values())
        if not all(any(id(site.parameter) in call.used for call in calls) for site in unit.sites):
            return ended  # nobody knows when
        for name, _ in self.model.named_modules():
            calm = name not in self._restless and any(name in call.spans for call in calls)
            within = any(name.startswith(f"{outer}.") for outer in ended)
            if name and calm and not within and all(call.before(name, unit) for call in calls):
                ended.append(name)
        return ended

    def _seconds(self, names: Iterable[str]) -> float:
        return sum(call.seconds.get(name, 0) for call in self.calls.values() for name in names)

    def _bytes(self, names: Iterable[str]) -> int:
        return sum(call.size.get(name, 0) for call in self.calls.values() for name in names)

    @contextmanager
    def _wrapped(
        self, around: Callable[..., Any], names: Sequence[str], note: bool = False
    ) -> Iterator[None]:
        """Within the block, ``around(name, forward, …)`` stands for the ``forward`` of each named module.

        Not hooks: PyTorch computes some layers in another way where there are any.
        """

        def whole(forward: Forward, *given: Any, **named: Any) -> Any:
            if self._inside is not None:  # the model calls itself
                return forward(*given, **named)
            call = digest([given, named])
            if note:
                self.calls[call] = Call()
            self._inside = call if call in self.calls else None
            try:
                return around("", forward, *given, **named) if note else forward(*given, **named)
            finally:
                self._inside = None

        inner = [(self.model.get_submodule(name), partial(around, name)) for name in names if name]
        patches = [(self.model, whole), *inner]
        own = [module.__dict__.get("forward") for module, _ in patches]
        try:
            for module, patch in patches:
                module.forward = update_wrapper(partial(patch, module.forward), module.forward)
            yield
        finally:
            for (module, _), forward in zip(patches, own, strict=True):
                module.__dict__.pop("forward", None)
                if forward is not None:
                    module.forward = forward


@contextmanager
def _watching(use: Callable[[object], None]) -> Iterator[None]:
    """Within the block, ``use`` is called with every parameter that an operation of PyTorch is given."""

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            for one in torch.utils._pytree.tree_leaves((given, named)):
                if isinstance(one, torch.nn.Parameter):
                    use(one)
            return function(*given, **(named or {}))

    with Watch():
        yield


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
