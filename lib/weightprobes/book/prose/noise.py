"""The numbers in the chapter on noise."""

from weightprobes.book.notebook import percent, points, points_span
from weightprobes.book.prose import _one, merged
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_EASY, MNIST_HARD, WORDS, noisy
from weightprobes.paper.curves import curve, gain_elsewhere
from weightprobes.probes import Noise, grids


def numbers() -> dict[str, str]:
    easy, hard, fashion = (noisy(task, "relu").sign for task in (MNIST_EASY, MNIST_HARD, FASHION_HARD))
    losses = [noisy(task, kind).float.loss(0.1)[0] for task in WORDS for kind in ("relu", "sigmoid", "tanh")]
    uniform, normal = (curve(Noise(kind), MNIST_HARD, "sign").highest() for kind in ("uniform", "normal"))
    learned = curve(Noise(), MNIST_HARD, "sign", activation="sigmoid", failed=False)
    hard_elsewhere, fashion_elsewhere = (gain_elsewhere(Noise(), task) for task in (MNIST_HARD, FASHION_HARD))
    told = {
        "most_loss": points(max(losses)),
        "hard": points(hard.gain()[0]),
        "hard_at": f"{hard.best()[0]:.2f}",
        "fashion": points(fashion.gain()[0]),
        "fashion_at": f"{fashion.best()[0]:.2f}",
        "easy": points(easy.gain()[0]),
        "hard_elsewhere": points(hard_elsewhere[0]),
        "hard_interval": points_span(hard_elsewhere[1:]),
        "fashion_elsewhere": points(fashion_elsewhere[0]),
        "fashion_interval": points_span(fashion_elsewhere[1:]),
        "sigmoid_easy": points(noisy(MNIST_EASY, "sigmoid").sign.gain()[0]),
        "sigmoid_fashion": points(noisy(FASHION_HARD, "sigmoid").sign.gain()[0]),
        "uniform": percent(uniform[0]),
        "normal": percent(normal[0]),
        "apart": points(uniform[0] - normal[0]),
        "apart_interval": points_span((uniform - normal)[1:]),
        "learned": points(learned.gain()[0]),
        "learned_at": f"{learned.best()[0]:.2f}",
        "learned_interval": points_span(learned.gain()[1:]),
    }
    return merged(told, _one.numbers(Noise(), grids.NOISE))
