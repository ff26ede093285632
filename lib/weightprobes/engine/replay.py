"""Replay: modules that have finished before a weight is used give back what they put out before.

When only one weight changes, whatever was computed before its first use comes out as it did. A first run of
the evaluation tells when each weight is used and when each module begins and ends. The outputs of modules
that end before are recorded, and come back as copies for every value of the weight: the same to the last bit.
An input that is not the recorded one is computed in full.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from hashlib import sha256
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Any

from weightprobes.engine.sites import Unit
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import nn

Forward = Callable[..., Any]


class Call:
    """What happened in one call of the whole model: the ``digest`` of its inputs; when each parameter, by its
    id, was ``used`` first; when each module began and ended, its seconds, and the bytes that it put out."""

    def __init__(self, digest: bytes) -> None:
        self.digest = digest
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
        self.calls: list[Call] = []
        self._inside: int | None = None  # the number of the call we are in
        self._restless: set[str] = set()  # modules that change their inputs
        self._kept: dict[str, dict[int, Any]] = {}  # module → call → output
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
        if self.runs * saved < self._seconds([""]):
            self._kept = {}
            return
        self._kept = {name: self._kept.get(name, {}) for name in wanted}
        with self._wrapped(self._recorded, list(self._kept)):
            self.evaluate(self.model)
        with self._sparing(units[last]):
            alike = self.same(self.evaluate(self.model))
        if not (alike and any(self._kept.values())):
            self._kept, self.memory = {}, 0
            warnings.warn(
                "nothing is replayed, which would save time: evaluate feeds other inputs each time (a loader "
                "that shuffles?), or the model keeps something between its calls",
                stacklevel=2,
            )

    def _traced(self) -> Any:
        """What the evaluation finds when all is computed, and notes are taken."""
        clock = count()

        def trace(name: str, forward: Forward, *given: Any, **named: Any) -> Any:
            if self._inside is None:
                return forward(*given, **named)
            call, began, start = self.calls[-1], next(clock), perf_counter()
            unchanged = _watched([*given, *named.values()])
            out = forward(*given, **named)
            call.spans.setdefault(name, []).append((began, next(clock)))
            call.seconds[name] = perf_counter() - start
            call.size[name] = sum(tensor.nbytes for tensor in _tensors(out))
            if not unchanged():
                self._restless.add(name)
            return out

        def use(parameter: object) -> None:
            if self._inside is not None:
                self.calls[-1].used.setdefault(id(parameter), next(clock))

        names = [name for name, _ in self.model.named_modules()]
        with self._wrapped(trace, names, note=True), _watching(use):
            return self.evaluate(self.model)

    def _recorded(self, name: str, forward: Forward, *given: Any, **named: Any) -> Any:
        if self._inside is None:
            return forward(*given, **named)
        if self._inside not in self._kept[name]:
            out = forward(*given, **named)
            self._kept[name][self._inside] = _copied(out)
            return out
        return _copied(self._kept[name][self._inside])

    def _first_use(self, unit: Unit) -> float:
        used = [call.used.get(id(site.parameter)) for call in self.calls for site in unit.sites]
        return min((when for when in used if when is not None), default=float("inf"))

    def _spared(self, unit: Unit) -> list[str]:
        """The outermost modules that end before the ``unit`` is used, in every call."""
        ended: list[str] = []
        for name, _ in self.model.named_modules():
            calm = name not in self._restless and any(name in call.spans for call in self.calls)
            within = any(name.startswith(f"{outer}.") for outer in ended)
            if name and calm and not within and all(call.before(name, unit) for call in self.calls):
                ended.append(name)
        return ended

    def _seconds(self, names: Iterable[str]) -> float:
        return sum(call.seconds.get(name, 0) for call in self.calls for name in names)

    def _bytes(self, names: Iterable[str]) -> int:
        return sum(call.size.get(name, 0) for call in self.calls for name in names)

    @contextmanager
    def _wrapped(
        self, around: Callable[..., Any], names: Sequence[str], note: bool = False
    ) -> Iterator[None]:
        """Within the block, ``around(name, forward, …)`` stands for the ``forward`` of each named module.

        Not hooks: PyTorch computes some layers in another way where there are any.
        """
        number = count()

        def whole(forward: Forward, *given: Any, **named: Any) -> Any:
            place, digest = next(number), _digest([given, named])
            if note:
                self.calls.append(Call(digest))
            known = place < len(self.calls) and self.calls[place].digest == digest
            self._inside = place if known else None
            try:
                return around("", forward, *given, **named) if note else forward(*given, **named)
            finally:
                self._inside = None

        inner = [(self.model.get_submodule(name), partial(around, name)) for name in names if name]
        patches = [(self.model, whole), *inner]
        own = [module.__dict__.get("forward") for module, _ in patches]
        try:
            for module, patch in patches:
                module.forward = partial(patch, module.forward)
            yield
        finally:
            for (module, _), forward in zip(patches, own, strict=True):
                module.__dict__.pop("forward", None)
                if forward is not None:
                    module.forward = forward


@contextmanager
def _watching(use: Callable[[object], None]) -> Iterator[None]:
    """Within the block, ``use`` is called with every parameter that a function of PyTorch is given."""

    class Watch(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            if getattr(getattr(function, "__self__", None), "__name__", "") not in _FACTS:
                for one in torch.utils._pytree.tree_leaves((given, named)):
                    if isinstance(one, torch.nn.Parameter):
                        use(one)
            return function(*given, **(named or {}))

    with Watch():
        yield


# properties that tell of a parameter without using its values
_FACTS = ("device", "dtype", "shape", "ndim", "requires_grad", "is_cuda", "is_nested", "layout", "grad")


def _watched(given: Any) -> Callable[[], bool]:
    """A function that says whether the tensors ``given`` are still what they were."""
    tensors = _tensors(given)
    if any(tensor.is_inference() for tensor in tensors):  # without a version
        copies = [tensor.clone() for tensor in tensors]
        return lambda: all(torch.equal(*both) for both in zip(tensors, copies, strict=True))
    versions = [tensor._version for tensor in tensors]
    return lambda: [tensor._version for tensor in tensors] == versions


def _tensors(tree: Any) -> list[torch.Tensor]:
    return [leaf for leaf in torch.utils._pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def _copied(tree: Any) -> Any:
    copy = lambda leaf: leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf  # noqa: E731
    return torch.utils._pytree.tree_map(copy, tree)


def _digest(tree: Any) -> bytes:
    digest = sha256()
    for leaf in torch.utils._pytree.tree_leaves(tree):
        if isinstance(leaf, torch.Tensor):
            digest.update(str((leaf.dtype, tuple(leaf.shape))).encode())
            digest.update(leaf.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        else:
            digest.update(repr(leaf).encode())
    return digest.digest()
