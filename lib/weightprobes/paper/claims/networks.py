"""The curves that claims about the small networks are read off."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from weightprobes.paper.curves import Curve, curve
from weightprobes.probes import Flip, Noise, Prune, Pruned, Shuffle
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


@dataclass(frozen=True)
class BothReadings:
    """The curve ``of`` one probe and task in the reading ``"float"`` or ``"sign"``; made when asked for."""

    of: Callable[[str], Curve]

    float = property(lambda self: self.of("float"))
    sign = property(lambda self: self.of("sign"))


def pruned(task: str, hidden: int = 64) -> BothReadings:
    """Pruning, smallest first: 100 seeds of the paper's network, 20 of other widths."""
    return BothReadings(
        partial(curve, Prune("smallest"), task, hidden=hidden, seeds=100 if hidden == 64 else 20)
    )


def learned(order: str, task: str, activation: str) -> BothReadings:
    """Pruning of the variants' 20 seeds without failed trainings, as the authors show it for MNIST."""
    return BothReadings(partial(curve, Prune(order), task, activation=activation, failed=False))


def noisy(task: str, activation: str) -> BothReadings:
    """Uniform noise; 20 seeds."""
    return BothReadings(partial(curve, Noise("uniform"), task, activation=activation))


def flipped(task: str, activation: str) -> BothReadings:
    """Sign flips, smallest first; 20 seeds."""
    return BothReadings(partial(curve, Flip("smallest"), task, activation=activation))


def shuffled(letter: str, task: str, folded: bool = False) -> BothReadings:
    """A null model, by its letter, after pruning; 100 seeds."""
    return BothReadings(partial(curve, Pruned(Shuffle(NULLS[letter])), task, seeds=100, folded=folded))
