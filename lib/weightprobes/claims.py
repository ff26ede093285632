"""The paper's sentences as questions to our tables.

The numbering, the tolerances and the authors' values are those of the specification of their code
(``book/differences.md`` tells where it comes from); accuracies are fractions of one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from weightprobes.curves import Curve, curve
from weightprobes.probes import Flip, Noise, Prune, Pruned, Shuffle

MNIST_EASY, MNIST_HARD = "mnist/0-7", "mnist/7-9"
FASHION_EASY, FASHION_HARD = "fashion_mnist/3-2", "fashion_mnist/3-1"
WORDS = {
    MNIST_EASY: "MNIST easy",
    MNIST_HARD: "MNIST hard",
    FASHION_EASY: "Fashion easy",
    FASHION_HARD: "Fashion hard",
}


@dataclass(frozen=True)
class Quantity:
    """A number that a claim is about: ``value()`` has shape (1 + resamples,).

    The claim holds when the measured value lies in [``low``, ``high``]. ``authors`` is their value,
    where they published one. ``percent`` says that these are accuracies and not strengths.
    """

    what: str
    value: Callable[[], np.ndarray]
    low: float = -np.inf
    high: float = np.inf
    authors: float | None = None
    percent: bool = True

    def answer(self) -> dict[str, object]:
        """Our value, its 95 % bootstrap interval over seeds, and whether it is as claimed."""
        values = self.value()
        interval = (
            np.nanquantile(values[1:], [0.025, 0.975]) if np.isfinite(values[1:]).any() else [np.nan] * 2
        )
        return {
            "quantity": self.what,
            "ours": values[0],
            "interval_low": interval[0],
            "interval_high": interval[1],
            "authors": np.nan if self.authors is None else self.authors,
            "low": self.low,
            "high": self.high,
            "percent": self.percent,
            "holds": bool(self.low <= values[0] <= self.high),
        }


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, in our words, and the quantities that decide it."""

    number: int
    figure: str
    sentence: str
    chapter: str
    quantities: tuple[Quantity, ...]


def pruned(task: str, weights: str, **kind: object) -> Curve:
    """Pruning, smallest first; 100 seeds of the paper's network, 20 of the others."""
    return curve(Prune("smallest"), task, weights, **{"seeds": 20 if kind else 100, **kind})


def shuffled(null: str, task: str, weights: str = "float") -> Curve:
    """A null model after pruning; 100 seeds."""
    return curve(Pruned(Shuffle(null)), task, weights, seeds=100)


def noisy(task: str, weights: str, activation: str) -> Curve:
    """Uniform noise; 20 seeds."""
    return curve(Noise("uniform"), task, weights, activation=activation)


def flipped(task: str, weights: str, activation: str) -> Curve:
    """Sign flips, smallest first; 20 seeds."""
    return curve(Flip("smallest"), task, weights, activation=activation)


def _rise(curve: Curve) -> np.ndarray:
    """How far p moves while the curve climbs from 10 % to 90 % of its range."""
    lowest = curve.medians[:, 0]
    span = curve.highest() - lowest
    return curve.crossing(lowest + 0.9 * span) - curve.crossing(lowest + 0.1 * span)


def _gain(curve: Curve) -> np.ndarray:
    return curve.highest() - curve.at(0)


def _nearest_share(accuracy: np.ndarray, task: str) -> np.ndarray:
    """Distance to the nearest accuracy of a network that always answers one class."""
    return np.min([np.abs(accuracy - share) for share in _SHARES[task]], axis=0)


# Shares of the classes among the test images (fractions of 2,008, 2,037 and 2,000).
_SHARES = {
    MNIST_EASY: (980 / 2008, 1028 / 2008),
    MNIST_HARD: (1028 / 2037, 1009 / 2037),
    FASHION_EASY: (0.5, 0.5),
    FASHION_HARD: (0.5, 0.5),
}


def _float_solved(task: str, authors: float) -> Quantity:
    return Quantity(
        f"{WORDS[task]}, float",
        lambda: pruned(task, "float").at(0),
        authors - 0.003,
        authors + 0.003,
        authors,
    )


def _noise_gain(task: str, activation: str, authors: float | None, needed: float) -> list[Quantity]:
    who = f"{WORDS[task]}, {activation}"
    return [
        Quantity(
            f"{who}: best gain from noise",
            lambda: _gain(noisy(task, "sign", activation)),
            needed,
            authors=authors,
        ),
        Quantity(
            f"{who}: noise at the best gain, a",
            lambda: noisy(task, "sign", activation).best(),
            0.05,
            0.7,
            percent=False,
        ),
    ]


def _noise_on_float(task: str, activation: str) -> list[Quantity]:
    who = f"{WORDS[task]}, {activation}, float"
    return [
        Quantity(f"{who}: best gain", lambda: _gain(noisy(task, "float", activation)), high=0.003),
        Quantity(
            f"{who}: loss at a = 0.1",
            lambda: noisy(task, "float", activation).at(0) - noisy(task, "float", activation).at(0.1),
            high=0.006,
        ),
    ]


def _flip_gain(task: str, activation: str, authors: float | None, where: float | None) -> list[Quantity]:
    who = f"{WORDS[task]}, {activation}"
    return [
        Quantity(
            f"{who}: best gain from flips",
            lambda: _gain(flipped(task, "sign", activation)),
            0.03,
            authors=authors,
        ),
        Quantity(
            f"{who}: flipped at the best gain, q",
            lambda: flipped(task, "sign", activation).best(),
            0.15,
            0.45,
            where,
            percent=False,
        ),
    ]


def _flip_loss(task: str, activation: str, authors: float | None = None) -> Quantity:
    return Quantity(
        f"{WORDS[task]}, {activation}: float loss at q = 0.2",
        lambda: flipped(task, "float", activation).at(0) - flipped(task, "float", activation).at(0.2),
        high=0.01,
        authors=authors,
    )


def _at_chance(null: str, task: str, weights: str) -> Quantity:
    return Quantity(
        f"{WORDS[task]}, {weights}: distance to one class's share",
        lambda: _nearest_share(shuffled(null, task, weights).at(0), task),
        high=0.02,
    )


CLAIMS = (
    Claim(
        1,
        "1, 2",
        "With float weights, easy and hard tasks are solved alike.",
        "pruning",
        (
            _float_solved(MNIST_EASY, 0.997),
            _float_solved(MNIST_HARD, 0.987),
            _float_solved(FASHION_EASY, 0.974),
            _float_solved(FASHION_HARD, 0.982),
        ),
    ),
    Claim(
        2,
        "1a",
        "Binarised, the hard MNIST task is at chance.",
        "binarization",
        (
            # the classes' shares are 49.53 and 50.47 %
            Quantity(
                "MNIST hard, signs", lambda: pruned(MNIST_HARD, "sign").at(0), 0.4853, 0.5147, authors=0.495
            ),
        ),
    ),
    Claim(
        3,
        "1a",
        "Binarised, the easy MNIST task stays solved.",
        "binarization",
        (
            Quantity("MNIST easy, signs", lambda: pruned(MNIST_EASY, "sign").at(0), 0.88, authors=0.947),
            Quantity(
                "MNIST easy, gap",
                lambda: pruned(MNIST_EASY, "float").at(0) - pruned(MNIST_EASY, "sign").at(0),
                high=0.12,
                authors=0.0506,
            ),
        ),
    ),
    Claim(
        4,
        "1b",
        "On Fashion-MNIST too, the easy task survives binarisation and the hard one does not.",
        "binarization",
        (
            Quantity(
                "Fashion easy, gap",
                lambda: pruned(FASHION_EASY, "float").at(0) - pruned(FASHION_EASY, "sign").at(0),
                high=0.07,
                authors=0.0457,
            ),
            Quantity(
                "Fashion hard, gap",
                lambda: pruned(FASHION_HARD, "float").at(0) - pruned(FASHION_HARD, "sign").at(0),
                0.20,
                authors=0.314,
            ),
        ),
    ),
    Claim(
        5,
        "1a",
        "Pruning brings the binarised hard network back in a sharp transition.",
        "pruning",
        (
            Quantity(
                "MNIST hard, signs: p where 75 % is crossed",
                lambda: pruned(MNIST_HARD, "sign").crossing(0.75),
                0.40,
                0.50,
                0.453,
                percent=False,
            ),
            Quantity(
                "MNIST hard, signs: best at p ≤ 0.3",
                lambda: pruned(MNIST_HARD, "sign").between(0, 0.3).highest(),
                high=0.53,
                authors=0.501,
            ),
            Quantity(
                "MNIST hard, signs: width in p of the rise from 10 to 90 %",
                lambda: _rise(pruned(MNIST_HARD, "sign")),
                high=0.2,
                percent=False,
            ),
        ),
    ),
    Claim(
        6,
        "1a",
        "Pruned to about a third of its edges, the binarised hard network is nearly as good as new.",
        "pruning",
        (
            Quantity(
                "MNIST hard, signs: best accuracy",
                lambda: pruned(MNIST_HARD, "sign").highest(),
                0.92,
                0.97,
                0.943,
            ),
            Quantity(
                "MNIST hard, signs: p of the best accuracy",
                lambda: pruned(MNIST_HARD, "sign").best(),
                0.5,
                0.75,
                0.65,
                percent=False,
            ),
        ),
    ),
    Claim(
        7,
        "1a",
        "Pruned and binarised beats pruned alone on the hard task.",
        "pruning",
        (
            Quantity(
                "MNIST hard, signs less float at p = 0.7",
                lambda: pruned(MNIST_HARD, "sign").at(0.7) - pruned(MNIST_HARD, "float").at(0.7),
                0.10,
                authors=0.228,
            ),
        ),
    ),
    Claim(
        8,
        "1a",
        "Pruning closes the gap of the easy task.",
        "pruning",
        (
            Quantity(
                "MNIST easy, float less signs at p = 0.45",
                lambda: pruned(MNIST_EASY, "float").at(0.45) - pruned(MNIST_EASY, "sign").at(0.45),
                -0.005,
                0.005,
                -0.0015,
            ),
        ),
    ),
    Claim(
        9,
        "1b",
        "The binarised hard Fashion network, pruned, comes back too.",
        "pruning",
        (
            Quantity(
                "Fashion hard, signs: best in p = 0.4 … 0.5",
                lambda: pruned(FASHION_HARD, "sign").between(0.4, 0.5).highest(),
                0.94,
                authors=0.96,
            ),
        ),
    ),
    Claim(
        10,
        "SI",
        "The transition does not depend on the width.",
        "pruning",
        tuple(
            Quantity(
                f"MNIST hard, signs: p where 75 % is crossed, width {width}",
                lambda width=width: pruned(
                    MNIST_HARD, "sign", **({} if width == 64 else {"hidden": width})
                ).crossing(0.75),
                0.40,
                0.48,
                authors,
                percent=False,
            )
            for width, authors in ((32, 0.428), (64, 0.430), (128, 0.441))
        ),
    ),
    Claim(
        13,
        "1c, d",
        "A moderate noise raises the accuracy of binarised networks.",
        "noise",
        (
            *_noise_gain(MNIST_EASY, "sigmoid", 0.447, 0.02),
            *_noise_gain(FASHION_EASY, "sigmoid", 0.048, 0.02),
            *_noise_gain(MNIST_HARD, "sigmoid", 0.074, 0.05),
            *_noise_gain(FASHION_HARD, "sigmoid", 0.277, 0.05),
            *_noise_gain(FASHION_EASY, "tanh", 0.027, 0.02),
            *_noise_gain(FASHION_HARD, "tanh", 0.19, 0.05),
        ),
    ),
    Claim(
        14,
        "1c, d",
        "Noise does not help float networks, and a little does not hurt them.",
        "noise",
        tuple(
            quantity
            for activation in ("sigmoid", "tanh", "relu")
            for task in WORDS
            for quantity in _noise_on_float(task, activation)
        ),
    ),
    Claim(
        16,
        "1e, f",
        "Flipping the signs of the smallest weights raises the accuracy of binarised networks.",
        "flips",
        (
            *_flip_gain(MNIST_EASY, "sigmoid", 0.419, 0.345),
            *_flip_gain(FASHION_EASY, "sigmoid", 0.037, 0.241),
            *_flip_gain(FASHION_HARD, "sigmoid", 0.221, 0.345),
            *_flip_gain(FASHION_HARD, "tanh", 0.145, 0.276),
        ),
    ),
    Claim(
        17,
        "1e, f",
        "Float networks do not notice flipped signs of the smallest fifth of their weights.",
        "flips",
        (
            _flip_loss(MNIST_EASY, "sigmoid"),
            _flip_loss(FASHION_EASY, "sigmoid"),
            _flip_loss(FASHION_HARD, "sigmoid"),
            _flip_loss(MNIST_HARD, "sigmoid", 0.005),
        ),
    ),
    Claim(
        18,
        "2",
        "Shuffling all weights (A) destroys the task.",
        "randomization",
        tuple(
            _at_chance("random", task, weights)
            for task in (MNIST_EASY, MNIST_HARD, FASHION_HARD)
            for weights in ("float", "sign")
        ),
    ),
    Claim(
        19,
        "2",
        "Shuffling within signs (B) keeps the easy task.",
        "randomization",
        (
            Quantity("MNIST easy, B", lambda: shuffled("within_sign", MNIST_EASY).at(0), 0.88, authors=0.934),
            Quantity(
                "Fashion easy, B", lambda: shuffled("within_sign", FASHION_EASY).at(0), 0.88, authors=0.923
            ),
        ),
    ),
    Claim(
        20,
        "2",
        "Shuffling within signs (B) loses the hard task.",
        "randomization",
        tuple(
            Quantity(
                f"{dataset}, B: easy less hard",
                lambda easy=easy, hard=hard: (
                    shuffled("within_sign", easy).at(0) - shuffled("within_sign", hard).at(0)
                ),
                0.10,
                authors=authors,
            )
            for dataset, easy, hard, authors in (
                ("MNIST", MNIST_EASY, MNIST_HARD, 0.43),
                ("Fashion", FASHION_EASY, FASHION_HARD, 0.243),
            )
        ),
    ),
)


def answers(*numbers: int) -> pd.DataFrame:
    """One row per quantity of the claims with these numbers, all by default: ``claim, figure, sentence,
    chapter`` and what :meth:`Quantity.answer` says."""
    return pd.DataFrame(
        {
            "claim": claim.number,
            "figure": claim.figure,
            "sentence": claim.sentence,
            "chapter": claim.chapter,
            **quantity.answer(),
        }
        for claim in _chosen(numbers)
        for quantity in claim.quantities
    )


def scorecard() -> pd.DataFrame:
    """One row per claim: ``claim, figure, sentence, chapter, verdict``; *reproduced* when all of its
    quantities are as claimed, *not reproduced* when none is, *partly* otherwise."""
    verdicts = answers().groupby(["claim", "figure", "sentence", "chapter"], sort=False)["holds"].mean()
    words = verdicts.map(lambda share: {1.0: "reproduced", 0.0: "not reproduced"}.get(share, "partly"))
    return words.rename("verdict").reset_index()


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """``answers`` as a reader wants to see it: accuracies in percent, strengths as they are."""

    def words(column: str) -> list[str]:
        return [
            _number(value, percent) for value, percent in zip(table[column], table["percent"], strict=True)
        ]

    lows, highs = words("interval_low"), words("interval_high")
    columns = {
        "claim": table["claim"],
        "quantity": table["quantity"],
        "ours": words("ours"),
        "95 % interval": [f"{low} … {high}" for low, high in zip(lows, highs, strict=True)],
        "authors'": words("authors"),
        "claimed": [_range(row.low, row.high, row.percent) for row in table.itertuples()],
        "holds": ["yes" if holds else "no" for holds in table["holds"]],
    }
    return pd.DataFrame(columns)


def _chosen(numbers: Iterable[int]) -> list[Claim]:
    return [claim for claim in CLAIMS if not numbers or claim.number in numbers]


def _number(value: float, percent: bool) -> str:
    if np.isnan(value):
        return "–"
    return f"{100 * value:.1f} %" if percent else f"{value:.3f}"


def _range(low: float, high: float, percent: bool) -> str:
    if np.isinf(low) and np.isinf(high):
        return "–"
    if np.isinf(high):
        return f"≥ {_number(low, percent)}"
    if np.isinf(low):
        return f"≤ {_number(high, percent)}"
    return f"{_number(low, percent)} … {_number(high, percent)}"
