"""Figure 1: float and binarised networks, pruned (claims 1 to 9), with noise (13 to 15), and with flipped
signs (16 and 17)."""

from collections.abc import Callable

import numpy as np

from weightprobes.measures.networks import WeightStatistics
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import (
    FASHION_EASY,
    FASHION_HARD,
    MNIST_EASY,
    MNIST_HARD,
    WORDS,
    BothReadings,
    Measures,
    flipped,
    noisy,
    pruned,
)
from weightprobes.paper.curves import Curve
from weightprobes.tasks import Task

#: What is read off a curve, with its resamples: shape (1 + resamples,).
Number = Callable[[Curve], np.ndarray]


def gap(curves: BothReadings, strength: float = 0) -> np.ndarray:
    """What signs lose of the accuracy of float weights."""
    return curves.float.at(strength) - curves.sign.at(strength)


def spread(task: str) -> float:
    """Median over 20 sigmoid models of the standard deviation of all n weights (squares divided by n)."""
    rows = WeightStatistics(Training(Task.named(task), activation="sigmoid")).table(range(20))
    return rows[rows["layer"] == "all"]["spread"].median()


easy, hard = pruned(MNIST_EASY), pruned(MNIST_HARD)
fashion_easy, fashion_hard = pruned(FASHION_EASY), pruned(FASHION_HARD)

MEASURES: Measures = {
    "MNIST easy, float": lambda: easy.float.at(0),
    "MNIST hard, float": lambda: hard.float.at(0),
    "Fashion easy, float": lambda: fashion_easy.float.at(0),
    "Fashion hard, float": lambda: fashion_hard.float.at(0),
    "MNIST hard, signs": lambda: hard.sign.at(0),
    "MNIST easy, signs": lambda: easy.sign.at(0),
    "MNIST easy, gap": lambda: gap(easy),
    "Fashion easy, gap": lambda: gap(fashion_easy),
    "Fashion hard, gap": lambda: gap(fashion_hard),
    "MNIST hard, signs: p where 75 % is crossed": lambda: hard.sign.crossing(0.75),
    "MNIST hard, signs: best at p ≤ 0.3": lambda: hard.sign.between(0, 0.3).highest(),
    "MNIST hard, signs: width in p of the rise from 10 to 90 %": lambda: hard.sign.rise(),
    "MNIST hard, signs: best accuracy": lambda: hard.sign.highest(),
    "MNIST hard, signs: p of the best accuracy": lambda: hard.sign.best(),
    "MNIST hard, signs minus float at p = 0.7": lambda: hard.sign.at(0.7) - hard.float.at(0.7),
    "MNIST easy, float minus signs at p = 0.45": lambda: gap(easy, 0.45),
    "MNIST easy, float minus signs at p = 0.5": lambda: gap(easy, 0.5),
    "Fashion hard, signs: best in p = 0.4 … 0.5": lambda: fashion_hard.sign.between(0.4, 0.5).highest(),
}


def told(who: str, curves: BothReadings, reading: str, numbers: dict[str, Number]) -> Measures:
    """What ``numbers`` tell, by their words, of a curve in one reading; ``who`` begins each quantity."""
    return {f"{who}: {words}": lambda read=read: read(curves.of(reading)) for words, read in numbers.items()}


NOISE = {"best gain from noise": Curve.gain, "noise at the best gain, a": Curve.best}
FLIPS = {"best gain from flips": Curve.gain, "flipped at the best gain, q": Curve.best}
NOISE_ON_FLOAT = {
    "best gain": Curve.gain,
    "loss at a = 0.1": lambda curve: curve.loss(0.1),
}

for task, word in WORDS.items():
    over_spread = {"best half-width over σ(w)": lambda curve, task=task: curve.best() / spread(task)}
    MEASURES |= told(f"{word}, sigmoid", noisy(task, "sigmoid"), "sign", NOISE | over_spread)
    loss = {"float loss at q = 0.2": lambda curve: curve.loss(0.2)}
    MEASURES |= told(f"{word}, sigmoid", flipped(task, "sigmoid"), "float", loss)
    for activation in ("sigmoid", "tanh", "relu"):
        MEASURES |= told(f"{word}, {activation}, float", noisy(task, activation), "float", NOISE_ON_FLOAT)
for task in (FASHION_EASY, FASHION_HARD):
    MEASURES |= told(f"{WORDS[task]}, tanh", noisy(task, "tanh"), "sign", NOISE)
for task in (MNIST_EASY, FASHION_EASY, FASHION_HARD):
    MEASURES |= told(f"{WORDS[task]}, sigmoid", flipped(task, "sigmoid"), "sign", FLIPS)
MEASURES |= told("Fashion hard, tanh", flipped(FASHION_HARD, "tanh"), "sign", FLIPS)
loss = {"float loss at q = 0.345": lambda curve: curve.loss(0.345)}
MEASURES |= told("MNIST hard, sigmoid", flipped(MNIST_HARD, "sigmoid"), "float", loss)
