"""Refits: give simplified layers the levels back that their outputs had.

Nagel et al. (2019, arXiv 1906.04721) correct the biases of quantised networks so that each unit keeps
its mean. A sign has no unit of size, so "keeps" can be read three ways: the mean as a number, the mean
relative to the unit's own spread, or both mean and spread. Hooks do it, so any module can be refitted, with
or without a bias, and no parameter is touched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

#: What every unit, or channel, keeps of what it put out before the weights were simplified:
#:
#: - ``"corrected"``: its mean;
#: - ``"calibrated"``: its mean over its standard deviation, so that a ReLU behind it fires about as often;
#: - ``"affine"``: its mean and its standard deviation.
Keep = Literal["corrected", "calibrated", "affine"]


class Moments(NamedTuple):
    """Mean and standard deviation (divided by n) of each unit's output: (units,)."""

    mean: Tensor
    spread: Tensor

    @property
    def varies(self) -> Tensor:
        """Which units vary by more than rounding."""
        return self.spread > 1e-6 * self.mean.abs()


class Correction(NamedTuple):
    """What takes a unit's output x to gain · x + shift: (units,)."""

    gain: Tensor
    shift: Tensor


def unit_axis(module: nn.Module) -> int | None:
    """The axis of the units in what ``module`` puts out, from the end; None if it is not known."""
    for dimensions in (1, 2, 3):
        kinds = (getattr(torch.nn, f"Conv{dimensions}d"), getattr(torch.nn, f"ConvTranspose{dimensions}d"))
        if isinstance(module, kinds):
            return -1 - dimensions
    plain = (torch.nn.Linear, torch.nn.Bilinear, torch.nn.Embedding, torch.nn.EmbeddingBag)
    return -1 if isinstance(module, plain) or type(module).__name__ == "Conv1D" else None


def fitting(found: Moments, wanted: Moments, keep: Keep) -> Correction:
    """What takes units with the moments ``found`` to those ``wanted``, as far as ``keep`` says."""
    one = torch.ones_like(found.mean)
    if keep == "corrected":
        return Correction(one, wanted.mean - found.mean)
    if keep == "calibrated":
        growth = (found.spread / wanted.spread).where(wanted.varies, 1)
        return Correction(one, wanted.mean * growth - found.mean)
    gain = (wanted.spread / found.spread).where(found.varies, 1)
    return Correction(gain, wanted.mean - gain * found.mean)


@contextmanager
def hooked(modules: Mapping[str, nn.Module], act: Callable[[str, Tensor], Tensor | None]) -> Iterator[None]:
    """Within the block, ``act(name, output)`` is called with what each of ``modules`` puts out; what it
    returns, if anything, goes on in its place."""
    with ExitStack() as hooks:
        for name, module in modules.items():
            hook = lambda module, given, out, name=name: act(name, out)  # noqa: E731
            hooks.enter_context(module.register_forward_hook(hook))
        yield


def corrected(modules: Mapping[str, nn.Module], corrections: Mapping[str, Correction]) -> Any:
    """A block within which those of ``modules`` that have a correction put out corrected levels."""
    some = {name: module for name, module in modules.items() if name in corrections}
    return hooked(some, lambda name, out: applied(corrections[name], out, unit_axis(some[name])))


def applied(correction: Correction, out: Tensor, axis: int) -> Tensor:
    """What a module put ``out``, with its units on ``axis``, corrected."""
    gain, shift = (value.reshape(value.shape + (1,) * (-1 - axis)) for value in correction)
    return (out * gain + shift).to(out.dtype)


def moments(
    run: Callable[[Any], object], modules: Mapping[str, nn.Module], batches: Sequence[Any]
) -> dict[str, Moments]:
    """The moments of what each of ``modules`` puts out when ``run`` is called with every one of ``batches``.

    In the order in which they are called; of a module that a batch calls again, its first output counts.
    """
    parts: dict[str, list[tuple[int, Moments]]] = {}
    for batch in batches:
        found: dict[str, tuple[int, Moments]] = {}

        def note(name: str, out: Tensor, found: dict = found) -> None:
            if name not in found:
                rows = _rows(out, unit_axis(modules[name]))
                found[name] = (len(rows), _moments(rows))

        with hooked(modules, note), torch.no_grad():
            run(batch)
        for name, part in found.items():
            parts.setdefault(name, []).append(part)
    return {name: _together(some) for name, some in parts.items()}


def refits(
    run: Callable[[Any], object],
    modules: Mapping[str, nn.Module],
    batches: Sequence[Any],
    wanted: Mapping[str, Moments],
    keep: Mapping[str, Keep],
) -> dict[str, Correction]:
    """The corrections that give the ``modules`` what each is to ``keep`` of its ``wanted`` moments.

    Fitted to ``batches``, in the order of ``wanted``, each with those before it in place: in one pass if
    there is one batch, else in a pass for each module.
    """
    done: dict[str, Correction] = {}
    some = {name: modules[name] for name in wanted}

    def correct(name: str, out: Tensor) -> Tensor:
        axis = unit_axis(some[name])
        if name not in done:
            done[name] = fitting(_moments(_rows(out, axis)), wanted[name], keep[name])
        return applied(done[name], out, axis)

    if len(batches) == 1:
        with hooked(some, correct), torch.no_grad():
            run(batches[0])
        return done
    for name, module in some.items():
        with corrected(some, dict(done)):
            found = moments(run, {name: module}, batches)
        done[name] = fitting(found[name], wanted[name], keep[name])
    return done


def _rows(out: Tensor, axis: int) -> Tensor:
    """What a module put ``out`` as (values, units), in float32 at least."""
    rows = out.movedim(axis, -1).flatten(0, -2)
    return rows if rows.dtype == torch.float64 else rows.float()


def _moments(rows: Tensor) -> Moments:
    return Moments(rows.mean(0), rows.std(0, correction=0))


def _together(parts: Sequence[tuple[int, Moments]]) -> Moments:
    """The moments of several batches as one."""
    if len(parts) == 1:
        return parts[0][1]
    sizes = torch.tensor([size for size, _ in parts], dtype=torch.float64)
    means = torch.stack([part.mean for _, part in parts]).double().cpu()
    spreads = torch.stack([part.spread for _, part in parts]).double().cpu()
    share = (sizes / sizes.sum())[:, None]
    mean = (share * means).sum(0)
    variance = (share * (spreads**2 + (means - mean) ** 2)).sum(0)
    return Moments(*(value.to(parts[0][1].mean) for value in (mean, variance.sqrt())))
