"""Inputs and labels from whatever they come as: NumPy, pandas, PyTorch, or a Dataset of Hugging Face."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from weightprobes.lazy import pandas, torch


def taken(x: Any, y: Any, what: str) -> tuple[torch.Tensor, list[str]]:
    """Inputs, (n, ...), float32, and the class of each; ``y`` may be the name of a column of ``x``.

    ``what`` names ``x`` in errors. Raises ValueError unless all inputs are finite numbers, with a label each.
    """
    if hasattr(x, "with_format"):
        x, y = _of_dataset(x, y)
    elif isinstance(y, str):
        x, y = _parted(x, y)
    inputs, names = _inputs(x, what), names_of(y)
    if len(inputs) != len(names):
        raise ValueError(f"{what} has {len(inputs)} rows for {len(names)} labels: give a label for each row")
    return inputs, names


def in_order(names: list[str]) -> tuple[str, ...]:
    """The different ``names`` of classes: by number if all are numbers, else by the alphabet."""
    alphabetical = sorted(set(names))
    with suppress(ValueError):
        return tuple(sorted(alphabetical, key=float))
    return tuple(alphabetical)


def some(names: Iterable[object], most: int = 8) -> str:
    """The first few ``names``, for people."""
    names = [str(name) for name in names]
    return ", ".join(names[:most]) + (", …" if len(names) > most else "")


def _of_dataset(x: Any, y: Any) -> tuple[Any, Any]:
    """A Dataset's column of labels, with the names of its classes, and its other columns as one array."""
    columns = x.with_format("numpy")[:]
    if isinstance(y, str):
        if y not in columns:
            raise ValueError(f"there is no column {y!r} for the labels: name one of {some(columns)}")
        classes = getattr(x.features[y], "names", None)
        labels = columns.pop(y)
        y = np.array(classes)[labels] if classes else labels
    return (next(iter(columns.values())) if len(columns) == 1 else pandas.DataFrame(columns)), y


def _parted(x: Any, label: str) -> tuple[pandas.DataFrame, Any]:
    if not isinstance(x, pandas.DataFrame):
        raise ValueError(
            f"the labels are {label!r}, but X is no table with columns: give a label for each row"
        )
    if label not in x:
        raise ValueError(f"there is no column {label!r} for the labels: name one of {some(x.columns)}")
    return x.drop(columns=label), x[label]


def _inputs(x: Any, what: str) -> torch.Tensor:
    if isinstance(x, pandas.DataFrame):
        x = _numbers(x)
    values = x.detach().cpu().float().numpy() if isinstance(x, torch.Tensor) else np.asarray(x)
    if values.dtype.kind not in "biuf":
        raise ValueError(
            f"{what} holds {values.dtype} and no numbers: make numbers of them, or leave them out"
        )
    if values.size == 0 or values.ndim == 0:
        raise ValueError(f"{what} of shape {values.shape} holds nothing: give one or more inputs, (n, ...)")
    with np.errstate(over="ignore"):
        inputs = torch.from_numpy(values.astype(np.float32).reshape(len(values), *values.shape[1:] or (1,)))
    broken = ~inputs.isfinite().flatten(1).all(1)
    if broken.any():
        raise ValueError(
            f"{int(broken.sum())} of {len(inputs)} rows of {what} have NaN or inf in them, the first in row "
            f"{int(broken.int().argmax())}: fill them in, or leave them out"
        )
    return inputs


def _numbers(table: pandas.DataFrame) -> NDArray[np.float64]:
    """The columns of a ``table``, (n, columns); a column that is not of numbers, or has gaps, is named."""
    for name, column in table.items():
        if not pandas.api.types.is_numeric_dtype(column) or pandas.api.types.is_complex_dtype(column):
            raise ValueError(
                f"column {name!r} holds {column.dtype} and no numbers: make numbers of it, or leave it out"
            )
        if column.isna().any():
            first = int(column.isna().to_numpy().argmax())
            raise ValueError(
                f"column {name!r} lacks {int(column.isna().sum())} of {len(table)} values, the first in row "
                f"{first}: fill them in, or leave those rows out"
            )
    return table.to_numpy(dtype=np.float64)


def names_of(y: Any) -> list[str]:
    """Class names; whole numbers are written without a point."""
    labels = np.asarray(y.detach().cpu() if isinstance(y, torch.Tensor) else y)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.ndim != 1:
        raise ValueError(f"labels of shape {labels.shape} are no list: give one for each row, (n,)")
    missing = np.asarray(pandas.isna(labels))
    if missing.any():
        raise ValueError(
            f"{missing.sum()} of {len(labels)} labels are missing, the first in row {missing.argmax()}: "
            "leave those rows out"
        )
    return [
        str(int(one)) if isinstance(one, float) and one.is_integer() else str(one) for one in labels.tolist()
    ]
