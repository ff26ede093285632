"""The weights of a model: every parameter of two dimensions or more, under the name that PyTorch prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

#: Which weights change: those of one unit at a time, of all but one, or all at once.
Where = Literal["each", "all_but", "together"]


@dataclass(frozen=True, eq=False)
class Site:
    """A weight: its ``name``, which addresses its draws, its ``parameter``, and the ``modules`` that own it,
    more than one where it is tied."""

    name: str
    parameter: nn.Parameter
    modules: tuple[nn.Module, ...]

    @property
    def kind(self) -> str:
        """The class of the module that owns it, like ``"Linear"``."""
        return type(self.modules[0]).__name__

    def weight(self) -> Tensor:
        """A copy of the weight on the CPU, as (outputs, ...), in float32 or float64.

        A linear layer is (out, in) and a convolution (out, in, ...), as PyTorch has them; an embedding's
        outputs are its entries. Transposed convolutions and Hugging Face's ``Conv1D`` are turned.
        """
        own = self.parameter.detach().cpu()
        own = own if own.dtype == torch.float64 else own.float()
        # in one order in memory, whatever the parameter's: sums round alike
        return _turned(own, self.modules[0]).clone(memory_format=torch.contiguous_format)

    def fitting(self, weight: Tensor) -> Tensor:
        """``weight`` (outputs, ...) as the parameter holds it: shape, order in memory, type and device."""
        held = torch.empty_like(self.parameter.data)
        return held.copy_(_turned_back(weight, held.shape, self.modules[0]))


def _sideways(module: nn.Module) -> bool:
    """Whether the weight of ``module`` has its inputs first."""
    kinds = (torch.nn.ConvTranspose1d, torch.nn.ConvTranspose2d, torch.nn.ConvTranspose3d)
    return isinstance(module, kinds) or (type(module).__name__ == "Conv1D" and hasattr(module, "nf"))


def _turned(weight: Tensor, module: nn.Module) -> Tensor:
    if not _sideways(module):
        return weight
    groups = getattr(module, "groups", 1)
    # each group of inputs has outputs of its own: (groups · in, out, ...) → (groups · out, in, ...)
    return weight.unflatten(0, (groups, -1)).transpose(1, 2).flatten(0, 1)


def _turned_back(weight: Tensor, shape: torch.Size, module: nn.Module) -> Tensor:
    if not _sideways(module):
        return weight.view(shape)
    return weight.unflatten(0, (getattr(module, "groups", 1), -1)).transpose(1, 2).reshape(shape)


def sites(model: nn.Module, names: Mapping[str, str] | None = None) -> list[Site]:
    """Every weight of ``model`` once, in the order of ``named_parameters()``; none of its buffers.

    ``names`` gives some of them other names. Raises ValueError for a model whose weights cannot be changed
    in place: quantised, compiled, parallel, without values (the meta device), or complex.
    """
    _check(model)
    owners: dict[int, list[nn.Module]] = {}
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            owners.setdefault(id(parameter), []).append(module)
    found = [
        Site((names or {}).get(name, name), parameter, tuple(owners[id(parameter)]))
        for name, parameter in model.named_parameters()
        if parameter.ndim > 1
    ]
    if not found:
        raise ValueError(f"{type(model).__name__} has no weight matrix, so there is nothing to probe")
    return found


def _check(model: object) -> None:
    if not isinstance(model, torch.nn.Module):
        raise ValueError(f"a {type(model).__name__} is no torch.nn.Module: give the model itself")
    for name, module in model.named_modules():
        compiled = isinstance(module, torch.jit.ScriptModule) or hasattr(module, "_orig_mod")
        if compiled or module._compiled_call_impl:
            raise ValueError(f"{name or 'the model'} is compiled: give the one it was compiled from")
        if isinstance(module, torch.nn.DataParallel | torch.nn.parallel.DistributedDataParallel):
            raise ValueError(f"{name or 'the model'} is parallel: give the module inside it, model.module")
        if ".nn.quantized" in type(module).__module__:
            raise ValueError(f"{name or 'the model'} is quantised: give the model before quantisation")
    for name, parameter in model.named_parameters():
        fault = _fault(parameter)
        if fault:
            raise ValueError(f"{name} {fault}: give a model with plain weights")


def _fault(parameter: nn.Parameter) -> str:
    if torch.nn.parameter.is_lazy(parameter):
        return "has no shape yet, since the model was never called"
    if parameter.is_meta:
        return "has no values (device meta)"
    if not parameter.is_floating_point() and parameter.ndim > 1:
        return f"is {str(parameter.dtype).removeprefix('torch.')}, so quantised or complex"
    if type(parameter.data) is not torch.Tensor:
        return f"is held as a {type(parameter.data).__name__}, so quantised or spread over devices"
    return ""


def chosen(found: Sequence[Site], layers: str | Sequence[str]) -> list[Site]:
    """Those of ``found`` whose names match one of ``layers``: names, or globs like ``"encoder.*"``.

    Raises ValueError for a pattern that matches nothing.
    """
    patterns = [layers] if isinstance(layers, str) else list(layers)
    for pattern in patterns:
        if not any(fnmatchcase(site.name, pattern) for site in found):
            names = ", ".join(site.name for site in found[:8]) + (", …" if len(found) > 8 else "")
            raise ValueError(f"no weight matches {pattern!r}: choose from {names}")
    return [site for site in found if any(fnmatchcase(site.name, pattern) for pattern in patterns)]


@dataclass(frozen=True)
class Unit:
    """Weights that change at once: ``sites``, under the ``name`` of a site, or of a ``group`` of them."""

    name: str
    sites: tuple[Site, ...]
    group: str = ""


def units(
    found: Sequence[Site],
    layers: str | Sequence[str] = "*",
    groups: Mapping[str, str | Sequence[str]] | None = None,
    where: Where = "each",
) -> list[Unit]:
    """What changes at once: each of the ``layers``, but those of a group together; or all but each; or all.

    Raises ValueError for a pattern that matches nothing, and for a weight in two groups.
    """
    check_choice("choice of where", where, get_args(Where))
    some = chosen(found, layers)
    if where == "together":
        return [Unit("together", tuple(some), _names(some))]
    grouped = {name: chosen(some, patterns) for name, patterns in (groups or {}).items()}
    taken: dict[Site, str] = {}
    for name, members in grouped.items():
        for site in members:
            if site in taken:
                raise ValueError(
                    f"{site.name} is in the groups {taken[site]!r} and {name!r}: leave it in one"
                )
            taken[site] = name
    each = [Unit(name, tuple(members), _names(members)) for name, members in grouped.items()]
    each += [Unit(site.name, (site,)) for site in some if site not in taken]
    if where == "each":
        return each
    return [Unit(one.name, tuple(site for site in some if site not in one.sites), one.group) for one in each]


def changing(some: Sequence[Unit]) -> list[Site]:
    """All sites of ``some`` units, each once."""
    return list(dict.fromkeys(site for unit in some for site in unit.sites))


def _names(members: Sequence[Site]) -> str:
    return " + ".join(site.name for site in members)


@contextmanager
def swapped(values: Mapping[Site, Tensor]) -> Iterator[None]:
    """Within the block the sites' parameters hold ``values``, (outputs, ...); behind it, their own again."""
    own = {site: site.parameter.data for site in values}
    try:
        for site, value in values.items():
            site.parameter.data = site.fitting(value)
        yield
    finally:
        for site, value in own.items():
            site.parameter.data = value
