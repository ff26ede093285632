"""Figure 1: float and binarised networks, pruned (claims 1 to 9), with noise (13 to 15), and with flipped
signs (16 and 17)."""

import numpy as np

from weightprobes.measures.networks import WeightStatistics
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import (
    FASHION_EASY,
    FASHION_HARD,
    MNIST_EASY,
    MNIST_HARD,
    WORDS,
    Measures,
    OfReading,
    flipped,
    noisy,
    pruned,
)
from weightprobes.tasks import Task


def gap(curve: OfReading, strength: float = 0) -> np.ndarray:
    """What signs lose of the accuracy of float weights."""
    return curve("float").at(strength) - curve("sign").at(strength)


def spread(task: str) -> float:
    """Median over 20 sigmoid models of the standard deviation of all n weights (squares divided by n)."""
    rows = WeightStatistics(Training(Task.named(task), activation="sigmoid")).table(range(20))
    return rows[rows["layer"] == "all"]["spread"].median()


easy, hard = pruned(MNIST_EASY), pruned(MNIST_HARD)
fashion_easy, fashion_hard = pruned(FASHION_EASY), pruned(FASHION_HARD)

MEASURES: Measures = {
    "MNIST easy, float": lambda: easy("float").at(0),
    "MNIST hard, float": lambda: hard("float").at(0),
    "Fashion easy, float": lambda: fashion_easy("float").at(0),
    "Fashion hard, float": lambda: fashion_hard("float").at(0),
    "MNIST hard, signs": lambda: hard("sign").at(0),
    "MNIST easy, signs": lambda: easy("sign").at(0),
    "MNIST easy, gap": lambda: gap(easy),
    "Fashion easy, gap": lambda: gap(fashion_easy),
    "Fashion hard, gap": lambda: gap(fashion_hard),
    "MNIST hard, signs: p where 75 % is crossed": lambda: hard("sign").crossing(0.75),
    "MNIST hard, signs: best at p ≤ 0.3": lambda: hard("sign").between(0, 0.3).highest(),
    "MNIST hard, signs: width in p of the rise from 10 to 90 %": lambda: hard("sign").rise(),
    "MNIST hard, signs: best accuracy": lambda: hard("sign").highest(),
    "MNIST hard, signs: p of the best accuracy": lambda: hard("sign").best(),
    "MNIST hard, signs less float at p = 0.7": lambda: hard("sign").at(0.7) - hard("float").at(0.7),
    "MNIST easy, float less signs at p = 0.45": lambda: gap(easy, 0.45),
    "MNIST easy, float less signs at p = 0.5": lambda: gap(easy, 0.5),
    "Fashion hard, signs: best in p = 0.4 … 0.5": lambda: fashion_hard("sign").between(0.4, 0.5).highest(),
}


def noise_on_signs(task: str, activation: str) -> Measures:
    curve, who = noisy(task, activation), f"{WORDS[task]}, {activation}"
    return {
        f"{who}: best gain from noise": lambda: curve("sign").gain(),
        f"{who}: noise at the best gain, a": lambda: curve("sign").best(),
    }


def noise_over_spread(task: str) -> Measures:
    curve = noisy(task, "sigmoid")
    return {f"{WORDS[task]}, sigmoid: best half-width over σ(w)": lambda: curve("sign").best() / spread(task)}


def noise_on_float(task: str, activation: str) -> Measures:
    curve, who = noisy(task, activation), f"{WORDS[task]}, {activation}, float"
    return {
        f"{who}: best gain": lambda: curve("float").gain(),
        f"{who}: loss at a = 0.1": lambda: curve("float").loss(0.1),
    }


def flips_of_signs(task: str, activation: str) -> Measures:
    curve, who = flipped(task, activation), f"{WORDS[task]}, {activation}"
    return {
        f"{who}: best gain from flips": lambda: curve("sign").gain(),
        f"{who}: flipped at the best gain, q": lambda: curve("sign").best(),
    }


def flips_of_float(task: str, fraction: float) -> Measures:
    curve = flipped(task, "sigmoid")
    return {f"{WORDS[task]}, sigmoid: float loss at q = {fraction}": lambda: curve("float").loss(fraction)}


for task in WORDS:
    MEASURES |= noise_on_signs(task, "sigmoid") | noise_over_spread(task) | flips_of_float(task, 0.2)
    for activation in ("sigmoid", "tanh", "relu"):
        MEASURES |= noise_on_float(task, activation)
for task in (FASHION_EASY, FASHION_HARD):
    MEASURES |= noise_on_signs(task, "tanh")
for task in (MNIST_EASY, FASHION_EASY, FASHION_HARD):
    MEASURES |= flips_of_signs(task, "sigmoid")
MEASURES |= flips_of_signs(FASHION_HARD, "tanh") | flips_of_float(MNIST_HARD, 0.345)
