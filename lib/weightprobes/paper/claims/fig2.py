"""Figure 2: shuffled networks, by the letters of the paper's null models (claims 18 to 21).

All accuracies are folded, as in the figure. Unfolded, those that scatter on both sides of chance would pass
as chance in the median.
"""

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
    curves, who = shuffled(letter, task, folded=True), f"{WORDS[task]}, {letter}"
    return {
        f"{who}, float, folded": lambda: curves.float.at(0),
        f"{who}, sign, folded": lambda: curves.sign.at(0),
    }


def accuracy(letter: str, task: str) -> np.ndarray:
    return shuffled(letter, task, folded=True).float.at(0)


def kept_and_lost(letter: str, dataset: str, easy: str, hard: str) -> Measures:
    lost = f"{dataset}, {letter}: easy minus hard, folded"
    return {
        f"{WORDS[easy]}, {letter}, folded": lambda: accuracy(letter, easy),
        lost: lambda: accuracy(letter, easy) - accuracy(letter, hard),
    }


def difference(task: str, more: str, fewer: str) -> Measures:
    return {
        f"{WORDS[task]}: {more} minus {fewer}, folded": lambda: accuracy(more, task) - accuracy(fewer, task)
    }


MEASURES: Measures = {}
for letter in "ACD":
    for task in WORDS:
        MEASURES |= at_chance(letter, task)
for dataset, easy, hard in (("MNIST", MNIST_EASY, MNIST_HARD), ("Fashion", FASHION_EASY, FASHION_HARD)):
    for letter in "BEF":
        MEASURES |= kept_and_lost(letter, dataset, easy, hard)
    for less, more in pairwise("BEF"):
        MEASURES |= difference(hard, more, less)
    for null in ("G", "G as released"):
        MEASURES |= difference(easy, "B", null)
