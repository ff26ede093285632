"""Figure 4: the two gaps of every pair of digits (claim 23)."""

import numpy as np

from weightprobes.engine.sweep import sweeps
from weightprobes.measures import complexity, correlations, pairs
from weightprobes.measures.pairs import BINARISED, SHUFFLED
from weightprobes.paper.claims.networks import MNIST_EASY, MNIST_HARD, Measures
from weightprobes.tables.noted import cache


@cache
def pair_gaps(simplification: str) -> dict[str, np.ndarray]:
    """The gap of each pair of digits, folded as in the figure: (1 + resamples,), measured first; 20 seeds."""
    table = sweeps(complexity.pairs("mnist"), [complexity.PROBE], complexity.STRENGTHS, seeds=20)
    return {
        task: complexity.resampled(rows, simplification)["folded"] for task, rows in table.groupby("task")
    }


def rank(task: str, simplification: str) -> np.ndarray:
    """Of the gap among those of all pairs, the largest first."""
    gaps = pair_gaps(simplification)
    return sum((gap > gaps[task]).astype(int) for gap in gaps.values()) + 1


def rank_correlation(first: str, second: str) -> np.ndarray:
    """Spearman's ρ over the pairs of digits, as measured and with the classes resampled."""
    return correlations.by_classes(pairs.of_pairs("mnist")[[first, second]])


MEASURES: Measures = {
    "ρ of the two gaps over 45 pairs": lambda: rank_correlation(BINARISED, SHUFFLED),
    "rank of 7–9 among 45 gaps, binarised": lambda: rank(MNIST_HARD, "binarised"),
    "rank of 7–9 among 45 gaps, shuffled": lambda: rank(MNIST_HARD, "shuffled"),
    "rank of 0–7 among 45 gaps, binarised": lambda: rank(MNIST_EASY, "binarised"),
    "rank of 0–7 among 45 gaps, shuffled": lambda: rank(MNIST_EASY, "shuffled"),
}
