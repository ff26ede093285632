"""Models and data of one's own: what they must be before they are measured, else a sentence says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from weightprobes.engine.probed import roles
from weightprobes.lazy import torch
from weightprobes.models.ensembles import Ensemble, as_logits, first_answer

if TYPE_CHECKING:
    from torch import Tensor


def checked(ensemble: Ensemble, x: Any, y: Any) -> tuple[Tensor, Tensor]:
    """Inputs ``x`` (n, ...) and labels ``y`` (n,), tensors or arrays, as tensors that fit the models.

    Raises ValueError for models without finite weights to probe, for answers that are no logits, for inputs
    that are not finite, and for labels that are not one whole number for each, from 0 to below the number
    of classes.
    """
    check_models(ensemble)
    x = as_inputs(ensemble, x, "x")
    return x, as_labels(y, len(x), classes_of(ensemble, x))


def check_models(ensemble: Ensemble) -> None:
    """Raise ValueError unless ``ensemble`` is one, with matrices to probe, finite unless training failed."""
    if not isinstance(ensemble, Ensemble):
        raise ValueError(f"a {type(ensemble).__name__} is no ensemble: give Ensemble.of([model, …])")
    if "weight" not in roles(ensemble.module).values():
        raise ValueError("the models have no weight matrix, so there is nothing to probe: give others")
    weights = dict(ensemble.module.named_parameters())
    for name, value in ensemble.parameters.items():
        # a buffer may be a mask with -inf
        broken = ~value.isfinite() if name in weights else value.isnan()
        # a training that failed stays in the table, marked
        wrong = broken.reshape(len(value), -1).any(1) & ~ensemble.failed
        if wrong.any():
            seed = ensemble.seeds[int(wrong.int().argmax())]
            raise ValueError(f"{name} of model {seed} has NaN or inf in it: leave that model out")


def classes_of(ensemble: Ensemble, x: Tensor) -> int:
    """How many classes the models tell apart: what the first of them answers to inputs ``x`` (n, ...).

    Raises ValueError for answers that are no logits.
    """
    answer = first_answer(ensemble.module, ensemble.parameters, x[:2])
    classes = as_logits(answer, len(x[:2])).shape[1]
    *_, last = ensemble.module.modules()
    if isinstance(last, torch.nn.Sigmoid) and answer.numel() == len(x[:2]):
        raise ValueError("a lone logit decides by its sign, which a Sigmoid takes away: leave that out")
    return classes


def as_inputs(ensemble: Ensemble, x: Any, name: str) -> Tensor:
    """``x``, called ``name`` in errors, as a tensor, (n, ...); real numbers in the precision of the weights.

    Raises ValueError if it is empty, or has NaN or inf in it.
    """
    x = _as_tensor(x, name)
    if x.is_floating_point():
        x = x.to(next(value.dtype for value in ensemble.parameters.values() if value.is_floating_point()))
    if x.ndim == 0 or x.numel() == 0:
        raise ValueError(f"{name} of shape {tuple(x.shape)} holds nothing: give one or more inputs, (n, ...)")
    finite = x.isfinite().reshape(len(x), -1).all(1)
    if not finite.all():
        raise ValueError(
            f"{int((~finite).sum())} of {len(x)} inputs in {name} have NaN or inf in them: "
            "leave them out, or fill the gaps"
        )
    return x


def as_labels(y: Any, count: int, classes: int) -> Tensor:
    """``y`` as a tensor of whole numbers, (count,), from 0 to below ``classes``; else ValueError."""
    y = _as_tensor(y, "y")
    if y.shape != (count,):
        raise ValueError(f"labels of shape {tuple(y.shape)} for {count} inputs: give one for each, (n,)")
    labels = y.long()
    wrong = (labels != y) | (labels < 0) | (labels >= classes)
    if wrong.any():
        raise ValueError(
            f"label {y[wrong][0].item()} is no class of these models: give whole numbers, 0 to {classes - 1}"
        )
    return labels


def _as_tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, torch.Tensor):
        return values
    array = np.array(values)  # a copy: it may be read-only, or reversed
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{name} holds {array.dtype} and no numbers: give a tensor or an array of numbers")
    return torch.from_numpy(array)
