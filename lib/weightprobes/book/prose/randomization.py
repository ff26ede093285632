"""The numbers in the chapter on randomisation."""

import numpy as np

from weightprobes.book.notebook import percent
from weightprobes.book.prose import _one, merged
from weightprobes.engine.settings import RECOMMENDED
from weightprobes.engine.sweep import Sweep
from weightprobes.measures.null_models import Mixing, Movement
from weightprobes.paper import one
from weightprobes.paper.claims.networks import FASHION_EASY, MNIST_EASY, MNIST_HARD, NULLS, shuffled
from weightprobes.probes import Pruned, Shuffle, grids
from weightprobes.tasks import PAPER_TASKS


def accuracy(letter: str, task: str) -> np.ndarray:
    return shuffled(letter, task).float.at(0)


def numbers() -> dict[str, str]:
    found = {
        "g": percent(accuracy("G", MNIST_EASY)[0]),
        "g_released": percent(accuracy("G as released", MNIST_EASY)[0]),
        "best_b_at": f"{shuffled('B', MNIST_HARD).float.best()[0]:.2f}",
    }
    for letter in "BEF":
        name = letter.lower()
        found[f"easy_{name}"] = percent(accuracy(letter, MNIST_EASY)[0])
        found[f"hard_{name}"] = percent(accuracy(letter, MNIST_HARD)[0])
        found[f"best_{name}"] = percent(shuffled(letter, MNIST_HARD).float.between(0.35, 0.65).highest()[0])
    for letter in "AD":
        left = shuffled(letter, FASHION_EASY, folded=True).float.at(0)[0]
        found[f"fashion_easy_{letter.lower()}"] = percent(left)
    return merged(found, _one_network(), _moved(), _mixed())


def _one_network() -> dict[str, str]:
    """Under the null models that keep its signs, unpruned."""
    told = _one.numbers(Shuffle("within_sign"), (0.0, 1.0))
    told = {name: told[name] for name in ("one_float", "one_signs")}
    for letter in "BEF":
        rows = Sweep(one.TRAINING, Pruned(Shuffle(NULLS[letter])), grids.SHUFFLE).table([one.SEED])
        rows = rows.query("strength == 0 and weights == 'float'")
        told[f"one_{letter.lower()}"] = percent(rows["accuracy"].item())
    refitted = Sweep(one.TRAINING, Shuffle("within_sign"), (0.0, 1.0), RECOMMENDED).table([one.SEED])
    return told | {
        "one_b_refitted": percent(refitted.query("strength == 1 and weights == 'float'")["accuracy"].item())
    }


def _moved() -> dict[str, str]:
    """What null models do to the weights of a layer, in the median over tasks and seeds."""
    medians = Movement.of(*PAPER_TASKS).groupby(["null", "layer"])[["moved", "flipped", "lost"]].median()
    asked = {
        "e_moved": ("within_left_sign", 2, "moved"),
        "c_moved": ("within_left", 2, "moved"),
        "g_flipped": ("degree_preserving", 1, "flipped"),
        "released_flipped": ("as_released", 1, "flipped"),
        "released_lost": ("as_released", 1, "lost"),
    }
    return {name: f"{100 * medians[what][null, layer]:.0f} %" for name, (null, layer, what) in asked.items()}


def _mixed() -> dict[str, str]:
    """The share of the first layer's signs that rounds of trades have changed."""
    flipped = Mixing.of(*PAPER_TASKS).query("layer == 1").groupby("rounds")["flipped"].median()
    return {f"rounds_{rounds}": percent(flipped[rounds]) for rounds in (5, 20, 40)}
