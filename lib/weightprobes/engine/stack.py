"""Networks in a stack: their layers refitted, all models of a block at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from weightprobes.engine import refit
from weightprobes.engine.biases import REFITS
from weightprobes.engine.probed import layer_of, layers, read_twice, touched_by
from weightprobes.engine.refit import Correction, Keep, Moments
from weightprobes.engine.settings import Setting, without_constant_inputs
from weightprobes.lazy import torch
from weightprobes.models.ensembles import Ensemble, at_once, called
from weightprobes.probes import Binarize, Probe

if TYPE_CHECKING:
    from torch import Tensor, nn

#: Training images, from the first on, to which refits are fitted.
IMAGES = 2048


@dataclass(frozen=True)
class Stack:
    """A ``module`` whose refitted layers have a ``gain`` and a ``shift`` beside their parameters.

    ``plain`` is the module without them; ``wanted`` holds what each refitted layer of each of ``seeds`` is to
    put out over ``images``, (models, units).
    """

    module: nn.Module
    plain: nn.Module
    seeds: Sequence[int]
    wanted: dict[str, Moments]
    images: Tensor | None
    keep: Keep

    @classmethod
    def of(
        cls,
        ensemble: Ensemble,
        setting: Setting,
        touched: Sequence[str],
        training_images: Tensor | None,
        place: torch.device,
    ) -> Stack:
        """That of an ``ensemble`` whose parameters ``touched`` are simplified in this ``setting``.

        Raises ValueError for layers that cannot be refitted.
        """
        module, keep = ensemble.module, setting.biases.partition("_")[0]
        modules = {layer: module.get_submodule(layer) for layer in _refitted(setting, module, touched)}
        if not modules:
            return cls(module, module, ensemble.seeds, {}, None, keep)
        images = training_images[:IMAGES].to(place)
        trained = {name: value.to(place) for name, value in ensemble.parameters.items()}

        def moments(parameters: dict[str, Tensor]) -> dict[str, Moments]:
            return refit.moments(_run(module, parameters), modules, [images])

        together, _ = at_once(module, trained, images)
        wanted = torch.func.vmap(moments, chunk_size=together)(trained)
        return cls(_with_corrections(module, modules), module, ensemble.seeds, wanted, images, keep)

    def refitted(self, parameters: dict[str, Tensor], seeds: Sequence[int]) -> dict[str, Tensor]:
        """``parameters``, (variants, ...), of these ``seeds``, with the gains and shifts they need."""
        if not self.wanted:
            return parameters
        # a bias would be shifted away again, and rounding would show it
        biases = {
            name: parameters[name] for layer in self.wanted if (name := _in(layer, "bias")) in parameters
        }
        parameters = {**parameters, **{name: torch.zeros_like(value) for name, value in biases.items()}}
        places = [self.seeds.index(seed) for seed in seeds]
        wanted = {
            layer: Moments(*(value[places] for value in moments)) for layer, moments in self.wanted.items()
        }
        modules = {layer: self.plain.get_submodule(layer) for layer in wanted}

        def corrections(one: dict[str, Tensor], wanted: dict[str, Moments]) -> dict[str, Correction]:
            return refit.refits(
                _run(self.plain, one), modules, [self.images], wanted, dict.fromkeys(wanted, self.keep)
            )

        found = torch.func.vmap(corrections)(parameters, wanted)
        added = {
            _in(layer, name): value for layer, one in found.items() for name, value in one._asdict().items()
        }
        return parameters | added


def simplified(
    ensemble: Ensemble,
    setting: Setting,
    training_images: Tensor | None = None,
    probe: Probe | None = None,
    strength: float = 0.0,
) -> dict[str, Ensemble]:
    """The networks that a :func:`~weightprobes.engine.sweep.sweep` scores at one ``strength``, "float" and
    "sign", to look at what else they do; the networks as they are where there is no ``probe``."""
    if setting.inputs == "varying":
        ensemble = without_constant_inputs(ensemble, training_images)
    place, touched = torch.device("cpu"), touched_by(setting, ensemble.module)
    stack = Stack.of(ensemble, setting, touched, training_images, place)
    items = [(seed, 0) for seed in ensemble.seeds]
    read = read_twice(ensemble, items, probe or Binarize(), [strength], setting, touched, place)
    return {
        reading: replace(ensemble, module=stack.module, parameters=stack.refitted(parameters, ensemble.seeds))
        for reading, parameters in read.items()
    }


def _refitted(setting: Setting, module: nn.Module, touched: Sequence[str]) -> list[str]:
    """The layers to refit of those with parameters that are ``touched``."""
    if setting.biases not in REFITS:
        return []
    some, last = dict.fromkeys(map(layer_of, touched)), layers(module)[-1]
    for layer in some:
        kind = module.get_submodule(layer)
        if refit.unit_axis(kind) is None:
            raise ValueError(
                f"biases cannot be refitted in a {type(kind).__name__}: choose another bias policy"
            )
    if setting.biases == "calibrated_hidden":
        return [layer for layer in some if layer != last]
    return [layer for layer in some if layer == last or setting.biases != "calibrated_output"]


def _run(module: nn.Module, parameters: dict[str, Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda batch: called(module, parameters, batch)


def _with_corrections(module: nn.Module, layers: Sequence[str]) -> nn.Module:
    """A copy of ``module`` whose ``layers`` put out gain · x + shift, two buffers of theirs."""
    made = deepcopy(module)
    for name in layers:
        layer = made.get_submodule(name)
        layer.register_buffer("gain", torch.ones(()))
        layer.register_buffer("shift", torch.zeros(()))
        layer.register_forward_hook(
            lambda layer, given, out: refit.applied(
                Correction(layer.gain, layer.shift), out, refit.unit_axis(layer)
            )
        )
    return made


def _in(layer: str, name: str) -> str:
    return f"{layer}.{name}".lstrip(".")
