"""Rank correlations between measures of pairs of classes, with the uncertainty that pairs share classes."""

from collections.abc import Iterable
from itertools import combinations

import numpy as np
import pandas as pd

from weightprobes.engine.bootstrap import RESAMPLES, interval
from weightprobes.tasks import Task


def matrix(measures: pd.DataFrame) -> np.ndarray:
    """Spearman's ρ of each column with each, as measured and in resamples: (1 + 2 · resamples, k, k).

    ``measures`` has one row for each pair of classes, indexed by task name. The first half of the
    resamples draws pairs, the second half draws classes and takes every pair of drawn ones: a pair
    shares each of its classes with many others, so the second is the honest one. Of pairs from several data
    sets, the classes of each are drawn by themselves.
    """
    values, pairs = measures.to_numpy(float), len(measures)
    rng = np.random.default_rng(pairs)
    times = [np.ones(pairs)]
    times += [np.bincount(rng.integers(pairs, size=pairs), minlength=pairs) for _ in range(RESAMPLES)]
    ends, sets = _classes(measures.index)
    for _ in range(RESAMPLES):
        drawn = np.concatenate([rng.choice(classes, len(classes)) for classes in sets])
        times.append(np.bincount(drawn, minlength=ends.max() + 1)[ends].prod(1))
    return _spearman(values, np.array(times, dtype=float))


def by_classes(measures: pd.DataFrame) -> np.ndarray:
    """Spearman's ρ of the first two columns, as measured and with the classes drawn: (1 + resamples,)."""
    rho = matrix(measures)[:, 0, 1]
    return np.concatenate([rho[:1], rho[1 + RESAMPLES :]])


def _classes(names: Iterable[str]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The two classes of each task, (n, 2), and all classes of each data set: those of another are others."""
    tasks = [Task.named(name) for name in names]
    ends, datasets = np.array([task.classes for task in tasks]), np.array([task.dataset for task in tasks])
    sets = []
    for dataset in dict.fromkeys(datasets):
        ours = datasets == dataset
        ends[ours] += sets[-1].max() + 1 if sets else 0
        sets.append(np.unique(ends[ours]))
    return ends, sets


def _spearman(values: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Of ``values`` (n, k), each row as many ``times`` (samples, n) as a sample has it: (samples, k, k).

    NaN where a sample has one value only, or none, and of columns that have NaN.
    """
    # less the mean rank, which ties do not move
    ranks = np.stack([_ranks(column, times) for column in values.T]) - (times.sum(1)[:, None] + 1) / 2
    ranks[np.isnan(values).any(0)] = np.nan
    shared = np.einsum("isn,jsn->sij", ranks * times, ranks, optimize=True)
    spread = np.sqrt(np.diagonal(shared, axis1=1, axis2=2))
    with np.errstate(invalid="ignore"):
        return (shared / (spread[:, :, None] * spread[:, None, :])).clip(-1, 1)


def _ranks(column: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The mean rank that each value of ``column`` (n,) has in each sample: (samples, n)."""
    distinct, place = np.unique(column, return_inverse=True)
    counted = times @ (place[:, None] == np.arange(len(distinct)))
    return (counted.cumsum(1) - (counted - 1) / 2)[:, place]


def rank_correlations(measures: pd.DataFrame) -> pd.DataFrame:
    """One row for each two columns of ``measures``: ``first, second, rho`` and its 95 % intervals.

    ``low`` and ``high`` resample classes, ``pairs_low`` and ``pairs_high`` resample pairs; see
    :func:`matrix`.
    """
    rho = matrix(measures)
    columns = enumerate(measures.columns)
    rows = [
        {"first": first, "second": second, **_told(rho[:, i, j])}
        for (i, first), (j, second) in combinations(columns, 2)
    ]
    return pd.DataFrame(rows)


def partial(measures: pd.DataFrame, first: str, second: str, given: str) -> dict[str, float]:
    """Rank correlation of two columns once what ``given`` explains of both is taken out; with intervals."""
    rho = matrix(measures[[first, second, given]])
    return _told(_left(rho[:, 0, 1], rho[:, 0, 2], rho[:, 1, 2]))


def _left(xy: np.ndarray, xz: np.ndarray, yz: np.ndarray) -> np.ndarray:
    """The correlation of x and y once z is taken out of both."""
    unexplained = (1 - xz**2) * (1 - yz**2)
    unexplained[unexplained < 1e-9] = np.nan  # explained in full: nothing is left to correlate
    return (xy - xz * yz) / np.sqrt(unexplained)


def beside(measures: pd.DataFrame, to: str, given: str) -> pd.DataFrame:
    """How well each column of ``measures`` ranks pairs as ``to`` does, and what it adds to ``given``.

    One row for each other ``measure``: ``rho`` with ``low`` and ``high``; and ``left``, the partial
    correlation given that column, with ``left_low`` and ``left_high``, NaN for the column itself.
    """
    rho, names = matrix(measures), list(measures.columns)
    y, z = names.index(to), names.index(given)
    rows = []
    for x, name in enumerate(names):
        if x != y:
            left = _left(rho[:, x, y], rho[:, x, z], rho[:, y, z]) if x != z else rho[:, x, y] * np.nan
            rows.append([name, *list(_told(rho[:, x, y]).values())[:3], *list(_told(left).values())[:3]])
    columns = ["measure", "rho", "low", "high", "left", "left_low", "left_high"]
    return pd.DataFrame(rows, columns=columns)


def difference(measures: pd.DataFrame, first: str, second: str, to: str) -> dict[str, float]:
    """By how much ``first`` goes with ``to`` better than ``second`` does: ρ less ρ; with intervals.

    They are paired: in each resample both are of the same pairs of classes.
    """
    rho = matrix(measures[[first, second, to]])
    return _told(rho[:, 0, 2] - rho[:, 1, 2])


def _told(rho: np.ndarray) -> dict[str, float]:
    intervals = [*interval(rho[1 + RESAMPLES :]), *interval(rho[1 : 1 + RESAMPLES])]
    names = ["rho", "low", "high", "pairs_low", "pairs_high"]
    return dict(zip(names, [rho[0], *intervals], strict=True))
