"""The paper's sentences as questions to our tables.

The numbering, the tolerances and the authors' values are those of the specification of their code
(``book/differences.ipynb`` tells where it comes from); accuracies are fractions of one.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pandas as pd

from weightprobes import paths
from weightprobes.bootstrap import interval
from weightprobes.engine.sweep import sweeps
from weightprobes.measures import complexity, correlations
from weightprobes.measures import pairs as measures
from weightprobes.measures.networks import WeightStatistics
from weightprobes.measures.pairs import BINARISED, ERROR, SHUFFLED, SIMILARITY
from weightprobes.measures.similarity import Similarity
from weightprobes.models.checkpoints import AUTHORS
from weightprobes.models.training import Training
from weightprobes.paper import questions, study
from weightprobes.paper.curves import Curve, curve
from weightprobes.probes import Flip, Noise, Prune, Pruned, Shuffle
from weightprobes.probes.shuffle import LETTERS
from weightprobes.tables import tables
from weightprobes.tasks import Task

MNIST_EASY, MNIST_HARD = "mnist/0-7", "mnist/7-9"
FASHION_EASY, FASHION_HARD = "fashion_mnist/3-2", "fashion_mnist/3-1"
WORDS = {
    MNIST_EASY: "MNIST easy",
    MNIST_HARD: "MNIST hard",
    FASHION_EASY: "Fashion easy",
    FASHION_HARD: "Fashion hard",
}


#: What ``data/results/claims.parquet`` is made by.
RECIPE = {"claims": "every kept table"}

_NO_MODEL = "Needs dslim/distilbert-NER, which cannot be had here; the chapter asks it of another tagger."


@dataclass(frozen=True)
class Quantity:
    """A number that a claim is about: ``value()`` has shape (1 + resamples,).

    The claim holds when the measured value lies in [``low``, ``high``]; without bounds the value is
    told and decides nothing. ``authors`` is their value, where we have one. ``percent`` says that these
    are accuracies and not strengths.
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
        low, high = interval(values[1:])
        return {
            "quantity": self.what,
            "ours": values[0],
            "interval_low": low,
            "interval_high": high,
            "authors": np.nan if self.authors is None else self.authors,
            "low": self.low,
            "high": self.high,
            "percent": self.percent,
            "decides": bool(np.isfinite(self.low) or np.isfinite(self.high)),
            "holds": bool(self.low <= values[0] <= self.high),
        }


@dataclass(frozen=True)
class Claim:
    """One statement of the paper, in our words, and the quantities that decide it.

    Without quantities it cannot be tested here, and ``why`` says what is missing: of claims about a tagger,
    the tables of the authors' model.
    """

    number: int
    figure: str
    sentence: str
    chapter: str
    quantities: tuple[Quantity, ...] = ()
    why: str = ""


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


def learned(probe: Prune, task: str, weights: str, activation: str = "tanh") -> Curve:
    """Pruning of the variants' 20 seeds without failed trainings, as the authors show it for MNIST."""
    return curve(probe, task, weights, activation=activation, failed=False)


def spread(task: str, activation: str) -> float:
    """Median over 20 models of the standard deviation of all weights."""
    rows = WeightStatistics(Training(Task.named(task), activation=activation)).table(range(20))
    return rows[rows["layer"] == "all"]["spread"].median()


def _rise(curve: Curve) -> np.ndarray:
    """How far p moves while the curve climbs from 10 % to 90 % of its range."""
    lowest = curve.medians[:, 0]
    span = curve.highest() - lowest
    return curve.crossing(lowest + 0.9 * span) - curve.crossing(lowest + 0.1 * span)


def _gain(curve: Curve) -> np.ndarray:
    return curve.highest() - curve.at(0)


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


def _flip_loss(
    task: str, activation: str, fraction: float, most: float = np.inf, authors: float | None = None
) -> Quantity:
    return Quantity(
        f"{WORDS[task]}, {activation}: float loss at q = {fraction}",
        lambda: flipped(task, "float", activation).at(0) - flipped(task, "float", activation).at(fraction),
        high=most,
        authors=authors,
    )


def _at_chance(null: str, task: str, weights: str, authors: float | None = None) -> Quantity:
    """Folded as in Fig. 2, or accuracies that scatter on both sides of chance would pass in the median."""
    larger = max(Task.named(task).shares())
    return Quantity(
        f"{WORDS[task]}, {LETTERS[null]}, {weights}, folded",
        lambda: curve(Pruned(Shuffle(null)), task, weights, seeds=100, folded=True).at(0),
        larger - 0.02,
        larger + 0.02,
        authors,
    )


def _kept_easy(null: str, task: str, needed: float, authors: float) -> Quantity:
    return Quantity(
        f"{WORDS[task]}, {LETTERS[null]}", lambda: shuffled(null, task).at(0), needed, authors=authors
    )


def _lost_hard(dataset: str, easy: str, hard: str, authors: tuple[float, ...]) -> list[Quantity]:
    """Each of B, E, F at least 10 points below its easy value, and B < E < F on the hard task."""
    nulls = ("within_sign", "within_left_sign", "within_right_sign")
    losses = [
        Quantity(
            f"{dataset}, {LETTERS[null]}: easy less hard",
            lambda null=null: shuffled(null, easy).at(0) - shuffled(null, hard).at(0),
            0.10,
            authors=theirs,
        )
        for null, theirs in zip(nulls, authors, strict=True)
    ]
    steps = [
        Quantity(
            f"{dataset} hard: {LETTERS[more]} less {LETTERS[less]}",
            lambda less=less, more=more: shuffled(more, hard).at(0) - shuffled(less, hard).at(0),
            0,
        )
        for less, more in pairwise(nulls)
    ]
    return losses + steps


@cache
def pair_gaps(simplification: str) -> dict[str, np.ndarray]:
    """The gap of each pair of digits, folded as in Fig. 4: (1 + resamples,), measured first; 20 seeds."""
    table = sweeps(complexity.pairs("mnist"), [complexity.PROBE], complexity.STRENGTHS, seeds=20)
    return {
        task: complexity.resampled(rows, simplification)["folded"] for task, rows in table.groupby("task")
    }


def _pair_rank(task: str, simplification: str, low: float, high: float, authors: float) -> Quantity:
    def rank() -> np.ndarray:
        gaps = pair_gaps(simplification)
        return sum((gap > gaps[task]).astype(int) for gap in gaps.values()) + 1

    name = task.split("/")[1].replace("-", "–")
    what = f"rank of {name} among 45 gaps, {simplification}"
    return Quantity(what, rank, low, high, authors, percent=False)


@cache
def _pair_measures() -> pd.DataFrame:
    return measures.of_pairs("mnist")


def _rank_correlation(first: str, second: str) -> np.ndarray:
    """Spearman's ρ over the pairs of digits, as measured and with the classes resampled."""
    rho = correlations.matrix(_pair_measures()[[first, second]])[:, 0, 1]
    return np.concatenate([rho[:1], rho[1 + correlations.RESAMPLES :]])


def _similarity(dataset: str, first: int, second: int, authors: float) -> Quantity:
    def distance() -> np.ndarray:
        rows = Similarity(dataset).table().set_index(["first", "second"])
        mean, error = rows.loc[(first, second), ["distance", "error"]]
        normal = NormalDist(mean, error)
        return np.array([mean, *(normal.inv_cdf((place + 0.5) / 2000) for place in range(2000))])

    name = Task(dataset, (first, second)).title
    low, high = authors - 0.01, authors + 0.01
    return Quantity(f"SSIM distance, {name}", distance, low, high, authors, percent=False)


def _similarity_rank(dataset: str, task: str, wanted: int) -> Quantity:
    def rank() -> np.ndarray:
        # a distance is known to about 0.001: one value, no resamples
        ranks = Similarity(dataset).of_pairs().rank()
        return np.full(2, ranks[task])

    what = f"rank of {Task.named(task).title} among 45 distances"
    return Quantity(what, rank, wanted, wanted, wanted, percent=False)


def _of_the_authors_tagger(number: int) -> tuple[Quantity, ...]:
    """The numbers of one of the claims 26 to 29, where the tables of the authors' model have been made."""
    model = study.measured(AUTHORS)
    if model is None:
        return ()
    told = questions.answers(model).query("claim == @number")
    return tuple(
        # one model, measured on all sentences as they did: there is nothing to resample
        Quantity(
            row.quantity, lambda row=row: np.full(2, row.value), row.low, row.high, row.authors, percent=False
        )
        for row in told.itertuples()
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
            *(
                Quantity(
                    f"MNIST easy, float less signs at p = {p}",
                    lambda p=p: pruned(MNIST_EASY, "float").at(p) - pruned(MNIST_EASY, "sign").at(p),
                    -0.005,
                    0.005,
                    authors,
                )
                for p, authors in ((0.45, -0.0015), (0.5, -0.003))
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
        11,
        "SI",
        "The order of removal matters: largest first destroys, smallest first is best.",
        "pruning",
        (
            *(
                Quantity(
                    f"{WORDS[task]}, tanh, largest first: float at p = 0.1",
                    lambda task=task: learned(Prune("largest"), task, "float").at(0.1),
                    high=0.55,
                )
                for task in (MNIST_EASY, MNIST_HARD)
            ),
            Quantity(
                "MNIST easy, tanh: float at p = 0.75, smallest less random",
                lambda: (
                    learned(Prune("smallest"), MNIST_EASY, "float").at(0.75)
                    - learned(Prune("random"), MNIST_EASY, "float").at(0.75)
                ),
                0.05,
            ),
        ),
    ),
    Claim(
        12,
        "SI",
        "The picture is the same for sigmoid and tanh networks.",
        "pruning",
        tuple(
            quantity
            for activation, theirs in (("sigmoid", 0.874), ("tanh", 0.919))
            for quantity in (
                Quantity(
                    f"MNIST hard, {activation}, signs",
                    lambda activation=activation: learned(Prune(), MNIST_HARD, "sign", activation).at(0),
                    0.4853,
                    0.5147,
                ),
                Quantity(
                    f"MNIST hard, {activation}, signs: best accuracy",
                    lambda activation=activation: learned(Prune(), MNIST_HARD, "sign", activation).highest(),
                    0.80,
                    authors=theirs,
                ),
            )
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
        15,
        "1c, d",
        "The best noise is of the order of the spread of the weights, or above.",
        "noise",
        tuple(
            Quantity(
                f"{WORDS[task]}, sigmoid: best half-width over σ(w)",
                lambda task=task: noisy(task, "sign", "sigmoid").best() / spread(task, "sigmoid"),
                1,
                10,
                authors,
                percent=False,
            )
            for task, authors in (
                (MNIST_EASY, 2.9),
                (MNIST_HARD, 8),
                (FASHION_EASY, 1.2),
                (FASHION_HARD, 2.5),
            )
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
            _flip_loss(MNIST_EASY, "sigmoid", 0.2, 0.01),
            _flip_loss(FASHION_EASY, "sigmoid", 0.2, 0.01),
            _flip_loss(FASHION_HARD, "sigmoid", 0.2, 0.01),
            _flip_loss(MNIST_HARD, "sigmoid", 0.2, authors=0.005),
            _flip_loss(MNIST_HARD, "sigmoid", 0.345, authors=0.137),
        ),
    ),
    Claim(
        18,
        "2",
        "Null models that destroy signs (A, C, D) destroy the task.",
        "randomization",
        tuple(
            _at_chance(null, task, weights, authors)
            for null, published in (
                ("random", (0.512, 0.5047, 0.516)),
                ("within_left", (0.512, 0.5047, 0.5)),
                ("within_right", (0.512, 0.5047, 0.5)),
            )
            for task, theirs in zip((MNIST_EASY, MNIST_HARD, FASHION_HARD), published, strict=True)
            for weights, authors in (("float", theirs), ("sign", None))
        ),
    ),
    Claim(
        19,
        "2",
        "Null models that keep signs (B, E, F) keep the easy task.",
        "randomization",
        (
            _kept_easy("within_sign", MNIST_EASY, 0.88, 0.934),
            _kept_easy("within_left_sign", MNIST_EASY, 0.96, 0.9865),
            _kept_easy("within_right_sign", MNIST_EASY, 0.96, 0.9895),
            _kept_easy("within_sign", FASHION_EASY, 0.88, 0.923),
            _kept_easy("within_left_sign", FASHION_EASY, 0.90, 0.9375),
            _kept_easy("within_right_sign", FASHION_EASY, 0.92, 0.9555),
        ),
    ),
    Claim(
        20,
        "2",
        "… but lose the hard one, the more so the less else they keep.",
        "randomization",
        (
            *_lost_hard("MNIST", MNIST_EASY, MNIST_HARD, (0.43, 0.413, 0.2655)),
            *_lost_hard("Fashion", FASHION_EASY, FASHION_HARD, (0.243, 0.1035, 0.097)),
        ),
    ),
    Claim(
        21,
        "2",
        "Signed degrees alone (G) are not enough, even for the easy task.",
        "randomization",
        tuple(
            Quantity(
                f"{WORDS[task]}: B less {LETTERS[null]}",
                lambda task=task, null=null: shuffled("within_sign", task).at(0) - shuffled(null, task).at(0),
                0.15,
                authors=authors if null == "as_released" else None,
            )
            for task, authors in ((MNIST_EASY, 0.3275), (FASHION_EASY, 0.395))
            for null in ("degree_preserving", "as_released")
        ),
    ),
    Claim(
        22,
        "3",
        "Pruning brings sign-preserving shuffles of the hard task back.",
        "randomization",
        tuple(
            Quantity(
                f"MNIST hard, {LETTERS[null]}: best in p = 0.35 … 0.65",
                lambda null=null: shuffled(null, MNIST_HARD).between(0.35, 0.65).highest(),
                needed,
                authors=authors,
            )
            for null, needed, authors in (
                ("within_sign", 0.87, 0.906),
                ("within_left_sign", 0.92, 0.949),
                ("within_right_sign", 0.91, 0.942),
            )
        ),
    ),
    Claim(
        23,
        "4",
        "Over all pairs of digits, the two gaps agree.",
        "task_complexity",
        (
            Quantity(
                "ρ of the two gaps over 45 pairs",
                lambda: _rank_correlation(BINARISED, SHUFFLED),
                0.85,
                authors=0.96,
                percent=False,
            ),
            _pair_rank(MNIST_HARD, "binarised", 1, 10, 4),
            _pair_rank(MNIST_HARD, "shuffled", 1, 10, 2),
            _pair_rank(MNIST_EASY, "binarised", 34, 45, 39),
            _pair_rank(MNIST_EASY, "shuffled", 34, 45, 38),
        ),
    ),
    Claim(
        24,
        "SI",
        "The more similar two digits, the larger the gap.",
        "task_complexity",
        (
            Quantity(
                "ρ of SSIM distance and gap, shuffled",
                lambda: -_rank_correlation(SIMILARITY, SHUFFLED),
                -0.65,
                -0.2,
                -0.41,
                percent=False,
            ),
            Quantity(
                "ρ of SSIM distance and gap, binarised",
                lambda: -_rank_correlation(SIMILARITY, BINARISED),
                authors=-0.36,
                percent=False,
            ),
            Quantity(
                "ρ of float accuracy and gap, shuffled",
                lambda: -_rank_correlation(ERROR, SHUFFLED),
                authors=-0.24,
                percent=False,
            ),
        ),
    ),
    Claim(
        25,
        "SI",
        "7 and 9, and Dress and Trouser, are the most similar classes; 0 and 1 the least.",
        "task_complexity",
        (
            _similarity("mnist", 9, 7, 0.706),
            _similarity("mnist", 1, 0, 0.872),
            _similarity("fashion_mnist", 3, 1, 0.74),
            _similarity("fashion_mnist", 3, 2, 0.97),
            _similarity_rank("mnist", "mnist/7-9", 1),
            _similarity_rank("mnist", "mnist/0-1", 45),
            _similarity_rank("fashion_mnist", "fashion_mnist/1-3", 1),
        ),
    ),
    *(
        Claim(number, figure, sentence, "distilbert", why=_NO_MODEL)
        for number, figure, sentence in (
            (26, "5", "In a DistilBERT that tags names, binarising early layers destroys, late ones not."),
            (27, "5", "Shuffling within signs costs it little, except in the first block's first layer."),
            (28, "5", "Half of the weights of any of its layers can go."),
            (29, "SI", "Damage travels forward only, and is worst from the first block."),
        )
    ),
)


def answers(*numbers: int) -> pd.DataFrame:
    """One row per quantity of the claims with these numbers, all by default: ``claim, figure, sentence,
    chapter`` and what :meth:`Quantity.answer` says."""
    rows = [
        {
            "claim": claim.number,
            "figure": claim.figure,
            "sentence": claim.sentence,
            "chapter": claim.chapter,
            **quantity.answer(),
        }
        for claim in _chosen(numbers)
        for quantity in claim.quantities or _of_the_authors_tagger(claim.number)
    ]
    if not rows:
        raise ValueError(f"claims {list(numbers)} have no numbers: choose among those that can be tested")
    return pd.DataFrame(rows)


def scorecard() -> pd.DataFrame:
    """One row per claim: ``claim, figure, sentence, chapter, verdict, why``.

    *Reproduced* when all of its quantities are as claimed, *not reproduced* when none is, *partly* in
    between; *not testable here* without any. ``why`` is one sentence.
    """
    found = answers().query("decides")
    rows = []
    for claim in CLAIMS:
        deciding = found[found["claim"] == claim.number]
        verdict = _verdict(deciding["holds"])
        rows.append(
            {
                "claim": claim.number,
                "figure": claim.figure,
                "sentence": claim.sentence,
                "chapter": claim.chapter,
                "verdict": verdict,
                "why": claim.why if deciding.empty else _reason(deciding),
            }
        )
    return pd.DataFrame(rows)


def _verdict(holds: pd.Series) -> str:
    if holds.empty:
        return "not testable here"
    return {1.0: "reproduced", 0.0: "not reproduced"}.get(holds.mean(), "partly")


def _reason(deciding: pd.DataFrame) -> str:
    """The number that failed first, or else the first, and how many are in their range."""
    failing = deciding[~deciding["holds"]]
    told = in_words(failing if len(failing) else deciding).iloc[0]
    one = f"{told['quantity']}: {told['ours']} ({told['95 % interval']}), claimed {told['claimed']}"
    if failing.empty:
        others = "" if len(deciding) == 1 else f"; so are all {len(deciding)} numbers in their ranges"
        return f"{one}{others}."
    return f"{one}; {deciding['holds'].sum()} of {len(deciding)} numbers are in their ranges."


def keep() -> None:
    """Write every answer and every verdict to ``data/results/claims.parquet``."""
    verdicts = scorecard()[["claim", "verdict", "why"]]
    table = verdicts.merge(answers().drop(columns=["figure", "sentence", "chapter"]), "left", on="claim")
    tables.write(paths.RESULTS / "claims.parquet", table, RECIPE)


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
        "holds": [_answer(row.decides, row.holds) for row in table.itertuples()],
    }
    return pd.DataFrame(columns)


def _chosen(numbers: Iterable[int]) -> list[Claim]:
    return [claim for claim in CLAIMS if not numbers or claim.number in numbers]


def _answer(decides: bool, holds: bool) -> str:
    return ("yes" if holds else "no") if decides else "–"


def _number(value: float, percent: bool) -> str:
    if np.isnan(value):
        return "–"
    # -0.04 % is no -0.0 %; the space is one that does not break
    return f"{round(100 * value, 1) + 0:.1f}\N{NO-BREAK SPACE}%" if percent else f"{value:.3f}"


def _range(low: float, high: float, percent: bool) -> str:
    if np.isinf(low) and np.isinf(high):
        return "–"
    if np.isinf(high):
        return f"≥ {_number(low, percent)}"
    if np.isinf(low):
        return f"≤ {_number(high, percent)}"
    return f"{_number(low, percent)} … {_number(high, percent)}"
