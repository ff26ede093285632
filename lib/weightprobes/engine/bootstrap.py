"""The bootstrap over networks behind every interval (Efron and Tibshirani 1993)."""

import numpy as np

RESAMPLES = 2000


def resamples(models: int) -> np.ndarray:
    """Which of ``models`` networks to take, (1 + resamples, models): each once, then with replacement.

    The same for every table with as many models, so that differences are paired by seed.
    """
    drawn = np.random.default_rng(models).integers(models, size=(RESAMPLES, models))
    return np.vstack([np.arange(models), drawn])


def medians(values: np.ndarray) -> np.ndarray:
    """Medians over networks of finite ``values`` (models, k), measured first: (1 + resamples, k)."""
    drawn, middle = resamples(len(values)), [(len(values) - 1) // 2, len(values) // 2]
    # five times as fast as np.median of all columns, and no array (resamples, models, k)
    return np.stack([np.sort(column[drawn])[:, middle].mean(1) for column in values.T], axis=1)


def gains(values: np.ndarray) -> np.ndarray:
    """What the best of k columns has over the first, on networks that did not choose it: (1 + resamples,).

    ``values`` (models, k), of two models or more. The column with the best median of one half of the
    networks is tried on the other half, and the two gains are averaged: the best of many columns always
    looks like a gain where it was found. First comes the mean over as many random splits as there are
    resamples; then the gain of each split, with the networks of both halves drawn anew.
    """
    rng, half = np.random.default_rng(len(values)), len(values) // 2
    order = rng.permuted(np.tile(np.arange(len(values)), (RESAMPLES, 1)), axis=1)
    halves = order[:, : 2 * half].reshape(RESAMPLES, 2, half)
    drawn = np.take_along_axis(halves, rng.integers(half, size=halves.shape), 2)
    return np.array([_crossed(values[halves]).mean(), *_crossed(values[drawn])])


def _crossed(halves: np.ndarray) -> np.ndarray:
    """The mean gain of each split (splits, 2, half, k) where each half takes the best column of the other."""
    found = np.median(halves, axis=2)
    best = found.argmax(2)[:, ::-1, None]
    return (np.take_along_axis(found, best, 2)[..., 0] - found[..., 0]).mean(1)


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of resampled ``values``; NaN where none of them exists."""
    if not np.isfinite(values).any():
        return np.nan, np.nan
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)
