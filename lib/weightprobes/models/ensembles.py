"""An ensemble: one plain module, and the parameters of many seeds stacked along a leading axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from weightprobes import devices
from weightprobes.lazy import torch
from weightprobes.models.architecture import check_alike, state

if TYPE_CHECKING:
    from torch import Tensor, nn

# At most so many variants in one stacked product on a CPU, and images at a time anywhere: about 100 MB for
# the paper's network.
VARIANTS = 64
IMAGES = 2048

#: What becomes of a tie between classes: it goes to the one of the lower index, or all share it.
Ties = Literal["first", "shared"]


@dataclass(frozen=True)
class Ensemble:
    """Models of one architecture.

    ``module`` gives the architecture (its own parameters are not used); ``parameters`` maps each of
    its parameter names to a tensor of shape (models, \\*shape); ``seeds`` names the models;
    ``failed`` marks, shape (models,), those whose training ended at chance; ``history`` holds what
    training measured, each of shape (models, epochs).
    """

    module: nn.Module
    parameters: dict[str, Tensor]
    seeds: tuple[int, ...]
    failed: Tensor
    history: dict[str, Tensor] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if twice := [seed for seed in self.seeds if self.seeds.count(seed) > 1]:
            raise ValueError(
                f"seed {twice[0]} names two models: take others, or make one ensemble of all with Ensemble.of"
            )

    @classmethod
    def of(cls, models: Sequence[nn.Module]) -> Ensemble:
        """The ensemble of ``models``, trained anywhere, all of one architecture; they are not modified.

        Buffers, such as the running means of a normalisation, travel with the parameters. Raises
        ValueError for models that are not built alike.
        """
        models = [] if isinstance(models, torch.nn.Module) else list(models)
        if not models:
            raise ValueError("an ensemble is made of one or more models: give them in a list, [model, …]")
        for model in models:
            check_alike(models[0], model)
        states = [state(model) for model in models]
        stacked = {name: torch.stack([one[name].detach() for one in states]) for name in states[0]}
        seeds = tuple(range(len(models)))
        return cls(deepcopy(models[0]).eval(), stacked, seeds, torch.zeros(len(models), dtype=torch.bool))

    def __len__(self) -> int:
        return len(self.seeds)

    def model(self, seed: int) -> dict[str, Tensor]:
        """The parameters of the model called ``seed``."""
        return {name: value[0] for name, value in self.take([seed]).parameters.items()}

    def take(self, seeds: Sequence[int]) -> Ensemble:
        """The part of the ensemble with these ``seeds``; raises ValueError for one that it does not have."""
        for seed in seeds:
            if seed not in self.seeds:
                raise ValueError(f"seed {seed!r} is not in this ensemble, which has {list(self.seeds)}")
        places = [self.seeds.index(seed) for seed in seeds]
        return Ensemble(
            self.module,
            {name: value[places] for name, value in self.parameters.items()},
            tuple(seeds),
            self.failed[places],
            {name: value[places] for name, value in self.history.items()},
        )

    def join(self, other: Ensemble) -> Ensemble:
        """Both ensembles as one; raises ValueError if they are not built alike, or share a seed."""
        check_alike(self.module, other.module)
        return Ensemble(
            self.module,
            {name: torch.cat([value, other.parameters[name]]) for name, value in self.parameters.items()},
            self.seeds + other.seeds,
            torch.cat([self.failed, other.failed]),
            {name: torch.cat([value, other.history[name]]) for name, value in self.history.items()},
        )


def called(module: nn.Module, parameters: Mapping[str, Tensor], x: Tensor) -> Any:
    """What ``module`` answers to ``x`` with these ``parameters`` and buffers, as it is."""
    # each layer once: PyTorch ties names itself, but leaves values in a layer that has two of them
    ours: dict[str, Tensor] = {}
    first: dict[int, str] = {}
    for prefix, layer in module.named_modules():
        for values in (layer.named_parameters, layer.named_buffers):
            for name, value in values(prefix, recurse=False):
                same = first.setdefault(id(value), name)
                if same in parameters:
                    ours[name] = parameters[same]
    return torch.func.functional_call(module, ours, (x,), tie_weights=False)


def logits(module: nn.Module, parameters: dict[str, Tensor], x: Tensor, *, own: bool = False) -> Tensor:
    """What each model answers, shape (models, n, classes): see :func:`as_logits`.

    All models see the same ``x``, shape (n, ...); or each its ``own``, shape (models, n, ...).
    """

    def answers(one: dict[str, Tensor], images: Tensor) -> Tensor:
        return as_logits(called(module, one, images), len(images))

    return torch.func.vmap(answers, (0, 0 if own else None))(parameters, x)


def as_logits(answer: Any, count: int) -> Tensor:
    """A model's ``answer`` to ``count`` inputs as logits, (count, classes); the largest is its choice.

    A lone logit z, as binary cross-entropy trains it, becomes the pair (0, z): class 1 where z > 0.
    Raises ValueError for an answer that is no such tensor.
    """
    if not isinstance(answer, torch.Tensor):
        raise ValueError(
            f"the model answers with a {type(answer).__name__}, not with a tensor of logits (n, classes): "
            "wrap it in a module that gives those"
        )
    if answer.ndim < 2 and (answer.numel() == count or count == 1):  # squeezed
        answer = answer.reshape(count, -1)
    if answer.ndim != 2 or len(answer) != count:
        raise ValueError(
            f"the model answers {count} inputs with a tensor of shape {tuple(answer.shape)}, not with logits "
            f"of shape ({count}, classes): wrap it in a module that gives those"
        )
    return answer if answer.shape[1] > 1 else torch.cat([torch.zeros_like(answer), answer], 1)


def first_answer(module: nn.Module, parameters: dict[str, Tensor], x: Tensor) -> Any:
    """What the first of the models, ``parameters`` (models, ...), answers to ``x`` (n, ...), as it is."""
    first = {name: value[0].to(x.device) for name, value in parameters.items()}
    with torch.no_grad():
        return called(module, first, x)


def accuracy(
    module: nn.Module, parameters: dict[str, Tensor], x: Tensor, y: Tensor, ties: Ties = "first"
) -> Tensor:
    """Share of right answers of each model, shape (models,), float64.

    ``x`` (n, ...), ``y`` (n,), on the device of the ``parameters``. Ties go to the class of the lower
    index, as in the authors' code; when ``"shared"``, a right class among k tied ones counts 1/k, what
    breaking ties at random gives on average. Cut in blocks, so that memory does not grow with the number
    of images.
    """
    count = len(next(iter(parameters.values())))
    right = torch.zeros(count, dtype=torch.float64)
    together, images_together = at_once(module, parameters, x)
    for first in range(0, count, together):
        models = slice(first, first + together)
        block = {name: value[models] for name, value in parameters.items()}
        for images, labels in zip(x.split(images_together), y.split(images_together), strict=True):
            with torch.no_grad():
                right[models] += _right(logits(module, block, images), labels, ties).sum(-1).cpu()
    return right / len(x)


def at_once(module: nn.Module, parameters: dict[str, Tensor], x: Tensor) -> tuple[int, int]:
    """How many variants of a model, ``parameters`` (models, ...), and how many of ``x`` (n, ...) to score
    in one stacked product: what fits into the :func:`~weightprobes.devices.budget` of the device of ``x``."""
    budget = devices.budget(x.device)
    weights = sum(value[0].nbytes for value in parameters.values())
    activations = _activations(module, parameters, x[:1])
    images = min(max(1, budget // max(1, activations)), IMAGES)
    variants = max(1, budget // (weights + images * activations))
    # on a CPU, caches set the best size
    return min(variants, VARIANTS) if x.device.type == "cpu" else variants, images


def _activations(module: nn.Module, parameters: dict[str, Tensor], x: Tensor) -> int:
    """The bytes that all layers of one model put out for ``x`` (1, ...); the input itself is shared."""
    sizes = []

    def note(layer: nn.Module, given: object, out: object) -> None:
        sizes.append(out.nbytes if isinstance(out, torch.Tensor) else 0)

    with ExitStack() as hooks:
        for layer in module.modules():
            if not list(layer.children()):
                hooks.enter_context(layer.register_forward_hook(note))
        first_answer(module, parameters, x)
    return sum(sizes)


def _right(answers: Tensor, labels: Tensor, ties: Ties) -> Tensor:
    """How right each answer is, 0…1; ``answers`` (models, n, classes), ``labels`` (n,) → (models, n)."""
    if ties == "first":
        return answers.argmax(-1) == labels
    best = answers == answers.amax(-1, keepdim=True)
    chosen = best.gather(-1, labels[:, None].expand(len(answers), -1, 1)).squeeze(-1)
    # no answer, NaN, is a wrong one; not every GPU knows doubles
    return chosen.cpu().double() / best.sum(-1).clamp(min=1).cpu()
