"""The numbers in the chapter on noise."""

from weightprobes.book.notebook import percent, points
from weightprobes.bootstrap import interval
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_EASY, MNIST_HARD, WORDS, noisy
from weightprobes.paper.curves import curve
from weightprobes.probes import Noise


def numbers() -> dict[str, str]:
    """Their text, by the names that the prose calls them by."""
    easy, hard, fashion = (noisy(task, "relu").sign for task in (MNIST_EASY, MNIST_HARD, FASHION_HARD))
    return {
        "most_loss": points(max(_loss(task, kind) for task in WORDS for kind in ("relu", "sigmoid", "tanh"))),
        "hard": points(hard.gain()[0]),
        "hard_at": f"{hard.best()[0]:.2f}",
        "fashion": points(fashion.gain()[0]),
        "fashion_at": f"{fashion.best()[0]:.2f}",
        "easy": points(easy.gain()[0]),
        "sigmoid_easy": percent(noisy(MNIST_EASY, "sigmoid").sign.gain()[0]),
        "sigmoid_fashion": percent(noisy(FASHION_HARD, "sigmoid").sign.gain()[0]),
        **_distributions(),
        **_learned(),
    }


def _loss(task: str, activation: str) -> float:
    """What noise of half-width 0.1 costs float weights."""
    return noisy(task, activation).float.loss(0.1)[0]


def _distributions() -> dict[str, str]:
    """The best accuracies of signs on the hard MNIST task, and how far they are apart."""
    uniform, normal = (curve(Noise(kind), MNIST_HARD, "sign").highest() for kind in ("uniform", "normal"))
    low, high = interval(100 * (uniform - normal)[1:])
    return {
        "uniform": percent(uniform[0]),
        "normal": percent(normal[0]),
        "apart": points(uniform[0] - normal[0]),
        "apart_interval": f"{low:.0f} to {high:.0f}",
    }


def _learned() -> dict[str, str]:
    """The gain of sigmoid networks on the hard MNIST task without those that failed."""
    signs = curve(Noise(), MNIST_HARD, "sign", activation="sigmoid", failed=False)
    low, high = interval(signs.gain()[1:])
    return {
        "learned": points(signs.gain()[0]),
        "learned_at": f"{signs.best()[0]:.2f}",
        "learned_low": points(low),
        "learned_high": points(high),
    }
