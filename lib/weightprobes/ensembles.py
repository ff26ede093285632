"""An ensemble: one plain module, and the parameters of many seeds stacked along a leading axis."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from weightprobes import devices
from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor, nn

# Variants evaluated in one stacked product on a CPU, and images at a time: about 100 MB for the paper's
# network. A GPU takes as many variants as fit into its memory.
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

    @classmethod
    def of(cls, models: Sequence[nn.Module]) -> Ensemble:
        """The ensemble of ``models``, trained anywhere, all of one architecture; they are not modified.

        Buffers, such as the running means of a normalisation, travel with the parameters.
        """
        parameters, buffers = torch.func.stack_module_state(list(models))
        state = {name: value.detach() for name, value in {**parameters, **buffers}.items()}
        seeds = tuple(range(len(models)))
        return cls(deepcopy(models[0]).eval(), state, seeds, torch.zeros(len(models), dtype=torch.bool))

    def __len__(self) -> int:
        return len(self.seeds)

    def model(self, seed: int) -> dict[str, Tensor]:
        """The parameters of the model called ``seed``."""
        place = self._place(seed)
        return {name: value[place] for name, value in self.parameters.items()}

    def _place(self, seed: int) -> int:
        if seed not in self.seeds:
            raise ValueError(f"seed {seed!r} is not in this ensemble, which has {list(self.seeds)}")
        return self.seeds.index(seed)

    def take(self, seeds: Sequence[int]) -> Ensemble:
        """The part of the ensemble with these ``seeds``."""
        places = [self._place(seed) for seed in seeds]
        return Ensemble(
            self.module,
            {name: value[places] for name, value in self.parameters.items()},
            tuple(seeds),
            self.failed[places],
            {name: value[places] for name, value in self.history.items()},
        )

    def join(self, other: Ensemble) -> Ensemble:
        """Both ensembles as one."""
        return Ensemble(
            self.module,
            {name: torch.cat([value, other.parameters[name]]) for name, value in self.parameters.items()},
            self.seeds + other.seeds,
            torch.cat([self.failed, other.failed]),
            {name: torch.cat([value, other.history[name]]) for name, value in self.history.items()},
        )


def logits(module: nn.Module, parameters: dict[str, Tensor], x: Tensor, *, own: bool = False) -> Tensor:
    """What each model answers, shape (models, n, classes).

    All models see the same ``x``, shape (n, ...); or each its ``own``, shape (models, n, ...).
    """
    call = torch.func.vmap(
        lambda one, images: torch.func.functional_call(module, one, (images,)), (0, 0 if own else None)
    )
    return call(parameters, x)


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
    together = variants_at_once(parameters, x)
    for first in range(0, count, together):
        models = slice(first, first + together)
        block = {name: value[models] for name, value in parameters.items()}
        for images, labels in zip(x.split(IMAGES), y.split(IMAGES), strict=True):
            with torch.no_grad():
                right[models] += _right(logits(module, block, images), labels, ties).sum(-1).cpu()
    return right / len(x)


def variants_at_once(parameters: dict[str, Tensor], x: Tensor) -> int:
    """How many variants of a model, ``parameters`` (models, ...), to score at once on ``x`` (n, ...)."""
    weights = sum(value[0].numel() for value in parameters.values())
    units = sum(value.shape[1] for value in parameters.values() if value.ndim > 2)
    each = x.element_size() * (weights + IMAGES * (x[0].numel() + units))
    return devices.block(x.device, each, on_cpu=VARIANTS)


def _right(answers: Tensor, labels: Tensor, ties: Ties) -> Tensor:
    """How right each answer is, 0…1; ``answers`` (models, n, classes), ``labels`` (n,) → (models, n)."""
    if ties == "first":
        return answers.argmax(-1) == labels
    best = answers == answers.amax(-1, keepdim=True)
    chosen = best.gather(-1, labels[:, None].expand(len(answers), -1, 1)).squeeze(-1)
    # no answer, NaN, is a wrong one; not every GPU knows doubles
    return chosen.cpu().double() / best.sum(-1).clamp(min=1).cpu()
