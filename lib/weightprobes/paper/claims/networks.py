"""The curves that claims about the small networks are read off."""

from collections.abc import Callable
from functools import partial

import numpy as np

from weightprobes.paper.curves import Curve, curve
from weightprobes.probes import Flip, Noise, Probe, Prune, Pruned, Shuffle
from weightprobes.probes.shuffle import LETTERS

MNIST_EASY, MNIST_HARD = "mnist/0-7", "mnist/7-9"
FASHION_EASY, FASHION_HARD = "fashion_mnist/3-2", "fashion_mnist/3-1"
WORDS = {
    MNIST_EASY: "MNIST easy",
    MNIST_HARD: "MNIST hard",
    FASHION_EASY: "Fashion easy",
    FASHION_HARD: "Fashion hard",
}

#: What measures a quantity of ``data/claims.csv``, by its words: a function that returns the value and its
#: resamples, shape (1 + resamples,), or None where the tables that it is read off have not been made.
Measures = dict[str, Callable[[], np.ndarray | None]]

#: Null models by the paper's letters.
NULLS = {letter: null for null, letter in LETTERS.items()}


class Curves:
    """The curves of one probe and task, with float weights and with their signs; read when asked for."""

    def __init__(self, probe: Probe, task: str, **kind: object) -> None:
        self.read = partial(curve, probe, task, **kind)

    @property
    def float(self) -> Curve:
        return self.read("float")

    @property
    def sign(self) -> Curve:
        return self.read("sign")


def pruned(task: str, hidden: int = 64) -> Curves:
    """Pruning, smallest first: 100 seeds of the paper's network, 20 of other widths."""
    return Curves(Prune("smallest"), task, hidden=hidden, seeds=100 if hidden == 64 else 20)


def learned(order: str, task: str, activation: str) -> Curves:
    """Pruning of the variants' 20 seeds without failed trainings, as the authors show it for MNIST."""
    return Curves(Prune(order), task, activation=activation, failed=False)


def noisy(task: str, activation: str) -> Curves:
    """Uniform noise; 20 seeds."""
    return Curves(Noise("uniform"), task, activation=activation)


def flipped(task: str, activation: str) -> Curves:
    """Sign flips, smallest first; 20 seeds."""
    return Curves(Flip("smallest"), task, activation=activation)


def shuffled(letter: str, task: str, folded: bool = False) -> Curves:
    """A null model, by its letter, after pruning; 100 seeds."""
    return Curves(Pruned(Shuffle(NULLS[letter])), task, seeds=100, folded=folded)
