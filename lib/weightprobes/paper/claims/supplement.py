"""The supplement: other widths, orders and activations (claims 10 to 12), similar classes (24 and 25)."""

from statistics import NormalDist

import numpy as np

from weightprobes.measures.pairs import BINARISED, ERROR, SHUFFLED, SIMILARITY
from weightprobes.measures.similarity import Similarity
from weightprobes.paper.claims.fig4 import rank_correlation
from weightprobes.paper.claims.networks import MNIST_EASY, MNIST_HARD, Measures, learned, pruned


def crossing(width: int) -> np.ndarray:
    return pruned(MNIST_HARD, width).sign.crossing(0.75)


def largest_first(task: str) -> np.ndarray:
    return learned("largest", task, "tanh").float.at(0.1)


def three_quarters_gone(order: str) -> np.ndarray:
    return learned(order, MNIST_EASY, "tanh").float.at(0.75)


def distance(dataset: str, first: int, second: int) -> np.ndarray:
    """The SSIM distance of two classes, and the quantiles that its standard error gives it."""
    rows = Similarity(dataset).table().set_index(["first", "second"])
    mean, error = rows.loc[(first, second), ["distance", "error"]]
    normal = NormalDist(mean, error)
    return np.array([mean, *(normal.inv_cdf((place + 0.5) / 2000) for place in range(2000))])


def rank(dataset: str, task: str) -> np.ndarray:
    """Of the distance among those of all pairs, the smallest first."""
    # a distance is known to about 0.001: one value, no resamples
    return np.full(2, Similarity(dataset).of_pairs().rank()[task])


easy_sigmoid, easy_tanh = (learned("smallest", MNIST_EASY, activation) for activation in ("sigmoid", "tanh"))
sigmoid, tanh = (learned("smallest", MNIST_HARD, activation) for activation in ("sigmoid", "tanh"))

MEASURES: Measures = {
    "MNIST hard, signs: p where 75 % is crossed, width 32": lambda: crossing(32),
    "MNIST hard, signs: p where 75 % is crossed, width 64": lambda: crossing(64),
    "MNIST hard, signs: p where 75 % is crossed, width 128": lambda: crossing(128),
    "MNIST easy, tanh, largest first: float at p = 0.1": lambda: largest_first(MNIST_EASY),
    "MNIST hard, tanh, largest first: float at p = 0.1": lambda: largest_first(MNIST_HARD),
    "MNIST easy, tanh: float at p = 0.75, smallest minus random": lambda: (
        three_quarters_gone("smallest") - three_quarters_gone("random")
    ),
    "MNIST easy, sigmoid, signs": lambda: easy_sigmoid.sign.at(0),
    "MNIST easy, tanh, signs": lambda: easy_tanh.sign.at(0),
    "MNIST hard, sigmoid, signs": lambda: sigmoid.sign.at(0),
    "MNIST hard, sigmoid, signs: best accuracy": lambda: sigmoid.sign.highest(),
    "MNIST hard, tanh, signs": lambda: tanh.sign.at(0),
    "MNIST hard, tanh, signs: best accuracy": lambda: tanh.sign.highest(),
    # similarity and error grow where the paper's distance and accuracy fall
    "ρ of SSIM distance and gap, shuffled": lambda: -rank_correlation(SIMILARITY, SHUFFLED),
    "ρ of SSIM distance and gap, binarised": lambda: -rank_correlation(SIMILARITY, BINARISED),
    "ρ of float accuracy and gap, shuffled": lambda: -rank_correlation(ERROR, SHUFFLED),
    "SSIM distance, MNIST 9 vs 7": lambda: distance("mnist", 9, 7),
    "SSIM distance, MNIST 1 vs 0": lambda: distance("mnist", 1, 0),
    "SSIM distance, Fashion-MNIST Dress vs Trouser (hard)": lambda: distance("fashion_mnist", 3, 1),
    "SSIM distance, Fashion-MNIST Dress vs Pullover (easy)": lambda: distance("fashion_mnist", 3, 2),
    "rank of MNIST 7 vs 9 (hard) among 45 distances": lambda: rank("mnist", "mnist/7-9"),
    "rank of MNIST 0 vs 1 among 45 distances": lambda: rank("mnist", "mnist/0-1"),
    "rank of Fashion-MNIST Trouser vs Dress among 45 distances": lambda: rank(
        "fashion_mnist", "fashion_mnist/1-3"
    ),
}
