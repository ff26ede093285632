"""What an evaluation gives, and how sure it is: a bootstrap over its items."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from weightprobes.engine.bootstrap import interval
from weightprobes.lazy import torch

RESAMPLES = 1000

#: Sums of k counts over items, (..., k), and what they are worth, (...).
Score = Callable[[np.ndarray], np.ndarray]


def resampled(found: Any, score: Score | None = None) -> np.ndarray:
    """The score of what an evaluation ``found``, then, if it tells items apart, of items drawn anew.

    ``found`` is a number; or an array (items,) or (items, k). The score is the mean over items, or
    ``score(sums)``. Shape (1,) or (1 + resamples,); the same draws for as many items, so that
    differences are paired. Raises ValueError for what is neither.
    """
    values = _array(found)
    if values.dtype.kind not in "biuf" or values.ndim > 2 or values.size == 0:
        raise ValueError(
            f"evaluate gives {type(found).__name__} {str(found)[:40]!r}: let it return a number, or an array "
            "with a row for each item"
        )
    values = values.astype(np.float64)
    if values.ndim == 0:
        return values[None]
    sums = _sums(values.reshape(len(values), -1))
    if score is not None:
        return np.asarray(score(sums), dtype=np.float64)
    if values.ndim > 1 and values.shape[1] > 1:
        raise ValueError(
            f"evaluate gives {values.shape[1]} counts an item: say what their sums score, score=…"
        )
    return sums[:, 0] / len(values)


def _array(found: Any) -> np.ndarray:
    if isinstance(found, torch.Tensor):
        found = found.detach().cpu()
        return found.numpy() if found.is_complex() else found.double().numpy()  # numpy knows no bfloat16
    try:
        return np.asarray(found)
    except ValueError:  # rows of several lengths
        return np.asarray(None)


def with_interval(name: str, values: np.ndarray) -> dict[str, float]:
    """``values`` (1 + resamples,) as the columns ``name``, ``name_low`` and ``name_high``."""
    low, high = interval(values[1:])
    return {name: values[0], f"{name}_low": low, f"{name}_high": high}


def _sums(counted: np.ndarray) -> np.ndarray:
    """Sums over items (items, k): as they are, then with items drawn anew, (1 + resamples, k)."""
    times = _times(len(counted))
    blocks = [times[first : first + 100].astype(np.float64) @ counted for first in range(0, len(times), 100)]
    return np.concatenate([counted.sum(0, keepdims=True), *blocks])


@cache
def _times(items: int) -> np.ndarray:
    """How often each item is drawn in each resample, (resamples, items)."""
    rng = np.random.default_rng(items)
    # a byte each: no item is drawn 256 times in practice, and of many items this is all that fits
    return rng.multinomial(items, np.full(items, 1 / items), size=RESAMPLES).astype(np.uint8)
