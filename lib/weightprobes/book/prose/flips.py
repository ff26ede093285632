"""The numbers in the chapter on sign flips."""

from weightprobes.book.notebook import percent, points, points_span
from weightprobes.book.prose import _one, merged
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD, flipped, noisy
from weightprobes.paper.curves import curve, gain_elsewhere
from weightprobes.probes import Flip, grids


def numbers() -> dict[str, str]:
    hard = flipped(MNIST_HARD, "relu")
    best = hard.sign.best()[0]
    found = {
        "hard_at": f"{best:.2f}",
        "float_then": percent(hard.float.at(best)[0]),
        "random_fashion": points(curve(Flip("random"), FASHION_HARD, "sign").gain()[0]),
        "tanh_back": percent(flipped(FASHION_HARD, "tanh").float.at(1)[0]),
        "sigmoid_loss": points(flipped(MNIST_HARD, "sigmoid").float.loss(0.2)[0]),
    }
    for name, task, activation in (
        ("hard", MNIST_HARD, "relu"),
        ("fashion", FASHION_HARD, "relu"),
        ("sigmoid", FASHION_HARD, "sigmoid"),
    ):
        found[f"{name}_flips"] = points(flipped(task, activation).sign.gain()[0])
        found[f"{name}_noise"] = points(noisy(task, activation).sign.gain()[0])
    for name, task in (("hard", MNIST_HARD), ("fashion", FASHION_HARD)):
        elsewhere = gain_elsewhere(Flip("smallest"), task)
        found[f"{name}_elsewhere"] = points(elsewhere[0])
        found[f"{name}_interval"] = points_span(elsewhere[1:])
    return merged(found, _one.numbers(Flip("smallest"), grids.FLIP))
