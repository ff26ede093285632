"""The numbers in the chapter on pruning."""

from weightprobes.book.notebook import percent, points, points_span
from weightprobes.book.prose import _auc, _one, merged
from weightprobes.paper.claims.fig1 import easy, fashion_easy, fashion_hard, gap, hard
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD, WORDS
from weightprobes.paper.claims.supplement import crossing
from weightprobes.paper.curves import curve, gain_elsewhere
from weightprobes.probes import Prune, grids


def numbers() -> dict[str, str]:
    signs = hard.sign
    random_mnist, random_fashion = (
        _accuracy("random", task, 0.6) - _accuracy("smallest", task, 0.6)
        for task in (MNIST_HARD, FASHION_HARD)
    )
    elsewhere = gain_elsewhere(Prune("smallest"), MNIST_HARD, seeds=100)
    told = {
        "hard_zero": percent(signs.at(0)[0]),
        "gain": points(signs.gain()[0]),
        "gain_elsewhere": points(elsewhere[0]),
        "gain_interval": points_span(elsewhere[1:]),
        "closed": points(gap(easy, 0.45)[0]),
        "mnist_nine": percent(easy.float.at(0.9)[0]),
        "fashion_three": percent(fashion_easy.float.at(0.75)[0]),
        "fashion_nine": percent(fashion_easy.float.at(0.9)[0]),
        "before": percent(signs.between(0, 0.3).highest()[0]),
        "crossing": f"{signs.crossing(0.75)[0]:.3f}",
        "rise": f"{signs.rise()[0]:.3f}",
        "peak": percent(signs.highest()[0]),
        "peak_at": f"{signs.best()[0]:.3f}",
        "lead": points(-gap(hard, 0.7)[0]),
        "hard_start": percent(fashion_hard.sign.at(0)[0]),
        "fashion_peak": percent(fashion_hard.sign.between(0.4, 0.5).highest()[0]),
        "largest": ", ".join(percent(_accuracy("largest", task, 0.1)) for task in WORDS),
        "random_mnist": points(random_mnist),
        "random_fashion": points(random_fashion),
        "narrow": f"{crossing(32)[0]:.3f}",
        "wide": f"{crossing(128)[0]:.3f}",
    }
    return merged(told, _auc.numbers(MNIST_HARD), _one.numbers(Prune("smallest"), grids.PRUNE))


def _accuracy(order: str, task: str, p: float) -> float:
    """The median with float weights, of the book's 100 networks."""
    return curve(Prune(order), task, "float", seeds=100).at(p)[0]
