"""A trace of an evaluation: when weights are used, when modules end, and who reads what they put out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, update_wrapper
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any

from weightprobes.engine.sites import Unit
from weightprobes.engine.trees import digest, plain, storages, tensors, watched
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import nn

Forward = Callable[..., Any]


@dataclass
class Call:
    """A call of the whole model: when each parameter, by its id, is first ``used``; when each module
    ``ended``, never if it was called again."""

    used: dict[int, int] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    def first_use(self, unit: Unit) -> float:
        """When the first of the ``unit``'s weights is used."""
        return min((self.used.get(id(site.parameter), math.inf) for site in unit.sites), default=0)


class Trace:
    """What happens in the ``calls`` of ``model``, by a digest of their inputs, when it is evaluated."""

    def __init__(self, model: nn.Module, evaluate: Callable[[nn.Module], Any]) -> None:
        self.names = [name for name, _ in model.named_modules()]
        self.calls: dict[bytes, Call] = {}
        self._seconds: Counter[str] = Counter()  # module → what all its calls take
        self._bytes: Counter[str] = Counter()  # module → what all its calls put out
        self._readers: dict[str, set[tuple[str, ...]]] = {}  # module → in which modules its output is read
        self._leaks: dict[str, set[tuple[str, ...]]] = {}  # and what else it made, or changed
        self._barred: set[str] = set()  # modules that put out what cannot be copied
        self._call: Call | None = None  # the one we are in
        self._within: tuple[str, ...] = ()  # the modules we are in
        self._spared: dict[tuple[Unit | str, ...], list[str]] = {}
        self._owners: dict[int, set[str]] = {}  # what is in memory there was put out by these modules
        self._makers: dict[int, set[str]] = {}  # and made or changed in these
        self._clock = count()
        inner = {name: partial(self._traced, name) for name in self.names if name}
        with patched(model, {"": self._whole, **inner}), _watching(self._seen):
            self.found = evaluate(model)

    def _whole(self, forward: Forward, *given: Any, **named: Any) -> Any:
        if self._call is not None:  # the model calls itself
            return forward(*given, **named)
        self._call = self.calls[digest([given, named])] = Call()
        try:
            out = self._traced("", forward, *given, **named)
        finally:
            self._call = None
        self._read(storages(out))
        return out

    def _traced(self, name: str, forward: Forward, *given: Any, **named: Any) -> Any:
        call, outside = self._call, self._within
        if call is None:
            return forward(*given, **named)
        start, unchanged = perf_counter(), watched([*given, *named.values()])
        self._within = (*outside, name)
        try:
            out = forward(*given, **named)
        finally:
            self._within = outside
        call.ended[name] = math.inf if name in call.ended else next(self._clock)
        self._seconds[name] += perf_counter() - start
        self._bytes[name] += sum(tensor.nbytes for tensor in tensors(out))
        if not plain(out):
            self._barred.add(name)
        self._readers.setdefault(name, set())
        put, taken = storages(out), storages([given, named])
        passed = put & taken if unchanged() else taken  # a copy would be another tensor than the one given
        for place in passed:
            self._makers.setdefault(place, set()).add(name)
        for place in put - passed:
            self._owners.setdefault(place, set()).add(name)
        return out

    def _read(self, places: Iterable[int]) -> None:
        for place in places:
            owners = self._owners.get(place, set())
            for name in owners:
                self._readers[name].add(self._within)
            for name in self._makers.get(place, set()).difference(owners, self._within):
                self._leaks.setdefault(name, set()).add(self._within)

    def _seen(self, given: Any, out: Any) -> None:
        """An operation of PyTorch was ``given`` tensors, and put ``out`` others."""
        for one in tensors(given):
            if self._call is not None and isinstance(one, torch.nn.Parameter):
                self._call.used.setdefault(id(one), next(self._clock))
        before = storages(given)
        self._read(before)
        for place in storages(out) - before:  # new, where something else was before
            self._owners.pop(place, None)
            self._makers[place] = set(self._within)

    def first_use(self, unit: Unit) -> float:
        """When the first of the ``unit``'s weights is used, in any call."""
        return min((call.first_use(unit) for call in self.calls.values()), default=math.inf)

    def spared(self, unit: Unit, but: Collection[str] = ()) -> list[str]:
        """The outermost modules, ``but`` some, that end before the ``unit`` is used, in every call."""
        if (unit, *but) not in self._spared:
            self._spared[unit, *but] = self._outermost(unit, but)
        return self._spared[unit, *but]

    def _outermost(self, unit: Unit, but: Collection[str]) -> list[str]:
        ended: list[str] = []
        calls = [(call, call.first_use(unit)) for call in self.calls.values()]
        if not all(any(id(site.parameter) in call.used for call, _ in calls) for site in unit.sites):
            return ended  # nobody knows when
        barred, outer = {"", *self._barred, *but}, ()
        for name in self.names:  # outer ones first
            known = name in self._readers and name not in barred and not name.startswith(outer)
            if known and all(call.ended.get(name, -1) < first for call, first in calls):
                ended.append(name)
                outer = (*outer, f"{name}.")
        spoiling = _read(self._leaks, ended)
        return self.spared(unit, {*but, *spoiling}) if spoiling else ended

    def read(self, spared: Collection[str]) -> list[str]:
        """Those modules of ``spared`` ones whose output is read by something that is not."""
        return _read(self._readers, spared)

    def seconds(self, names: Iterable[str]) -> float:
        """Seconds that the modules take."""
        return sum(self._seconds[name] for name in names)

    def bytes(self, names: Iterable[str]) -> int:
        """Bytes that the modules put out."""
        return sum(self._bytes[name] for name in names)


def _read(readers: Mapping[str, set[tuple[str, ...]]], spared: Collection[str]) -> list[str]:
    """Those of ``spared`` modules that have ``readers`` outside of them all."""
    some = set(spared)
    return [name for name in spared if any(some.isdisjoint(within) for within in readers.get(name, ()))]


@contextmanager
def patched(model: nn.Module, around: Mapping[str, Forward]) -> Iterator[None]:
    """Within the block, ``around[name](forward, …)`` stands for the ``forward`` of each named module.

    Not hooks: PyTorch computes some layers in another way where there are any.
    """
    patches = [(model.get_submodule(name), patch) for name, patch in around.items()]
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
def _watching(seen: Callable[[Any, Any], None]) -> Iterator[None]:
    """Within the block, ``seen`` is called with what each operation of PyTorch is given, and puts out."""

    class Watch(torch.utils._python_dispatch.TorchDispatchMode):
        def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            out = function(*given, **(named or {}))
            seen([given, named], out)
            return out

    with Watch():
        yield
