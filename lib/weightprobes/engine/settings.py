"""How networks are probed and read, beside the probe itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.engine.biases import POLICIES, REFITS, Policy
from weightprobes.engine.readings import signed
from weightprobes.lazy import torch
from weightprobes.models.ensembles import Ensemble, Ties
from weightprobes.probes.binarize import Scale

if TYPE_CHECKING:
    from torch import Tensor, nn

Spared = Literal["nothing", "output"]
Scope = Literal["layer", "network"]
Inputs = Literal["all", "varying"]


@dataclass(frozen=True)
class Setting:
    """What a probe finds may depend on more than the probe.

    - ``biases``: what happens to them (:data:`~weightprobes.engine.biases.POLICIES`);
    - ``scale`` of the signs: ``"unit"``, 1; ``"layer"`` or ``"row"``, the mean magnitude of the
      non-zero weights of the layer or of each unit (:func:`~weightprobes.probes.binarize.scaling_factor`);
    - ``spared``: ``"output"`` leaves the last layer as it was trained, its biases too;
    - ``scope``: ``"network"`` ranks the weights of all layers together, not each layer by itself;
    - ``inputs``: ``"varying"`` first cuts the edges from inputs that are constant over the training
      images, and moves what they carried into the biases;
    - ``ties`` between classes: to the ``"first"``, or ``"shared"`` among them.
    """

    biases: Policy = "probed"
    scale: Scale = "unit"
    spared: Spared = "nothing"
    scope: Scope = "layer"
    inputs: Inputs = "all"
    ties: Ties = "first"

    def __post_init__(self) -> None:
        check_choice("bias policy", self.biases, POLICIES)
        check_choice("scale", self.scale, get_args(Scale))
        check_choice("spared layer", self.spared, get_args(Spared))
        check_choice("scope", self.scope, get_args(Scope))
        check_choice("choice of inputs", self.inputs, get_args(Inputs))
        check_choice("way with ties", self.ties, get_args(Ties))

    @property
    def needs_images(self) -> bool:
        """Whether training images are needed to probe in this setting."""
        return self.biases in REFITS or self.inputs == "varying"


#: What the authors' code does to a network that it has just trained.
AS_WRITTEN: Setting = Setting()

#: As in the released results, where no trained bias was stored and fresh ones were drawn.
AS_PUBLISHED: Setting = Setting(biases="redrawn")

#: Our advice for measuring complexity, since signs shift every unit and refitted biases undo the shift.
RECOMMENDED: Setting = Setting(biases="calibrated")

#: By name, for the command line and the notebooks.
SETTINGS = {"as_published": AS_PUBLISHED, "as_written": AS_WRITTEN, "recommended": RECOMMENDED}


def as_setting(setting: Setting | str) -> Setting:
    """A setting as it is, or the one of this name in :data:`SETTINGS`; ValueError for another name."""
    if isinstance(setting, Setting):
        return setting
    check_choice("setting", setting, SETTINGS)
    return SETTINGS[setting]


def label(setting: Setting | str) -> str:
    """The name of a setting, or where it has none, what it says."""
    return next((name for name, one in SETTINGS.items() if one == as_setting(setting)), str(setting))


def signs(weight: Tensor, scale: Scale) -> Tensor:
    """The signs of stacked tensors, (models, ...), times the ``scale`` of :class:`Setting`."""
    return torch.func.vmap(lambda one: signed(one, scale))(weight)


def without_constant_inputs(ensemble: Ensemble, images: Tensor, steady: float = 0.0) -> Ensemble:
    """``ensemble`` without the edges from inputs that are constant over ``images``, (n, inputs).

    Their contribution moves into the first layer's biases, so the answers to ``images`` stay the same. So
    does, of inputs that nearly are, with a standard deviation up to ``steady``, that of their mean. Raises
    ValueError unless the module begins with a linear layer of those inputs, with biases.
    """
    same = (images == images[0]).all(0)
    constant = same | (images.std(0) <= steady)
    level = images[0].where(same, images.mean(0))  # means round
    weight_name, bias_name = _first_layer(ensemble.module, images.shape[1:])
    weight, bias = ensemble.parameters[weight_name], ensemble.parameters[bias_name]
    changed = {
        weight_name: weight.where(~constant, 0),
        bias_name: bias + weight[..., constant] @ level[constant],
    }
    parameters = {**ensemble.parameters, **changed}
    return Ensemble(ensemble.module, parameters, ensemble.seeds, ensemble.failed, ensemble.history)


def _first_layer(module: nn.Module, shape: torch.Size) -> tuple[str, str]:
    """The names of the weight and the bias of the linear layer that ``module`` begins with."""
    name, first = next((name, layer) for name, layer in module.named_modules() if not list(layer.children()))
    if not isinstance(first, torch.nn.Linear) or first.bias is None or shape != (first.in_features,):
        raise ValueError(
            f"constant inputs can be cut where a model begins with a linear layer with biases, and this one "
            f"begins with {first}: take all inputs"
        )
    return f"{name}.weight".lstrip("."), f"{name}.bias".lstrip(".")
