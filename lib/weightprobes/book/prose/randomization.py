"""The numbers in the chapter on randomisation."""

import numpy as np
import pandas as pd

from weightprobes.book.notebook import percent
from weightprobes.measures.null_models import Mixing, Movement
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import FASHION_EASY, MNIST_EASY, MNIST_HARD, shuffled
from weightprobes.tasks import PAPER_TASKS, Task


def accuracy(letter: str, task: str) -> np.ndarray:
    return shuffled(letter, task).float.at(0)


def numbers() -> dict[str, str]:
    """Their text, by the names that the prose calls them by."""
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
    return found | _moved() | _mixed()


def _moved() -> dict[str, str]:
    """What null models do to the weights of a layer, in the median over tasks and seeds."""
    tables = [Movement(Training(Task.named(task))).table(range(20)) for task in PAPER_TASKS]
    medians = pd.concat(tables).groupby(["null", "layer"])[["moved", "flipped", "lost"]].median()
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
    tables = [Mixing(Training(Task.named(task))).table(range(20)) for task in PAPER_TASKS]
    flipped = pd.concat(tables).query("layer == 1").groupby("rounds")["flipped"].median()
    return {f"rounds_{rounds}": percent(flipped[rounds]) for rounds in (5, 20, 40)}
