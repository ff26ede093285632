"""Figure 3: pruning before a shuffle within signs brings the hard task back (claim 22)."""

from weightprobes.paper.claims.networks import MNIST_HARD, Measures, shuffled


def best_half_pruned(letter: str) -> Measures:
    curves = shuffled(letter, MNIST_HARD)
    return {
        f"MNIST hard, {letter}: best in p = 0.35 … 0.65": lambda: curves.float.between(0.35, 0.65).highest()
    }


MEASURES: Measures = best_half_pruned("B") | best_half_pruned("E") | best_half_pruned("F")
