"""Figure 2: shuffled networks, by the letters of the paper's null models (claims 18 to 21)."""

from itertools import pairwise

import numpy as np

from weightprobes.paper.claims.networks import (
    FASHION_EASY,
    FASHION_HARD,
    MNIST_EASY,
    MNIST_HARD,
    WORDS,
    Measures,
    shuffled,
)


def at_chance(letter: str, task: str) -> Measures:
    """Folded as in the figure: accuracies that scatter on both sides of chance would pass in the median."""
    curves, who = shuffled(letter, task, folded=True), f"{WORDS[task]}, {letter}"
    return {
        f"{who}, float, folded": lambda: curves.float.at(0),
        f"{who}, sign, folded": lambda: curves.sign.at(0),
    }


def accuracy(letter: str, task: str) -> np.ndarray:
    return shuffled(letter, task).float.at(0)


def kept_and_lost(letter: str, dataset: str, easy: str, hard: str) -> Measures:
    return {
        f"{WORDS[easy]}, {letter}": lambda: accuracy(letter, easy),
        f"{dataset}, {letter}: easy less hard": lambda: accuracy(letter, easy) - accuracy(letter, hard),
    }


def difference(task: str, more: str, less: str) -> Measures:
    return {f"{WORDS[task]}: {more} less {less}": lambda: accuracy(more, task) - accuracy(less, task)}


MEASURES: Measures = {}
for letter in "ACD":
    for task in (MNIST_EASY, MNIST_HARD, FASHION_HARD):
        MEASURES |= at_chance(letter, task)
for dataset, easy, hard in (("MNIST", MNIST_EASY, MNIST_HARD), ("Fashion", FASHION_EASY, FASHION_HARD)):
    for letter in "BEF":
        MEASURES |= kept_and_lost(letter, dataset, easy, hard)
    for less, more in pairwise("BEF"):
        MEASURES |= difference(hard, more, less)
    for null in ("G", "G as released"):
        MEASURES |= difference(easy, "B", null)
