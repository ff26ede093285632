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


def interval(values: np.ndarray) -> tuple[float, float]:
    """The 95 % interval of resampled ``values``; NaN where none of them exists."""
    if not np.isfinite(values).any():
        return np.nan, np.nan
    low, high = np.nanquantile(values, [0.025, 0.975])
    return float(low), float(high)
