"""The numbers on the landing page."""

import pandas as pd

from weightprobes.book.notebook import percent, points
from weightprobes.book.prose import _auc, merged
from weightprobes.book.prose.boundary_conditions import of_refitting
from weightprobes.book.prose.data_agnostic import of_claim
from weightprobes.engine import stack
from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED
from weightprobes.measures.complexity import complexity
from weightprobes.measures.difficulty import LINEAR
from weightprobes.measures.pairs import BINARISED, of_pairs
from weightprobes.models.finetuning import FineTuning
from weightprobes.paper import claims, classes
from weightprobes.paper import tagger_tables as study
from weightprobes.paper.claims.fig1 import easy, fashion_hard, hard
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD
from weightprobes.paper.conditions import CONDITIONS, pruned


def numbers() -> dict[str, str]:
    card = claims.scorecard()
    told = {
        "claims": str(len(card)),
        "tally": claims.tally(card),
        "untestable": _untestable(card),
        "easy": percent(easy.sign.at(0)[0]),
        "hard": percent(hard.sign.at(0)[0]),
        "peak": percent(hard.sign.highest()[0]),
        "crossing": f"{hard.sign.crossing(0.75)[0]:.3f}",
        "hard_centred": _binarised(MNIST_HARD, scaling="centered"),
        "images": f"{stack.IMAGES:,}",
        "fashion_hundred": percent(fashion_hard.sign.at(0)[0]),
    }
    return merged(
        *(told, _auc.numbers(MNIST_HARD, FASHION_HARD), _settings(), _ten_classes()),
        *(_conditions(), of_refitting(), _tagger(), of_claim()),
    )


def _untestable(card: pd.DataFrame) -> str:
    """The claims about a model that could not be had."""
    found = card.query("verdict == 'not testable here'")["claim"]
    return f"{found.min()}–{found.max()}"


def _binarised(task: str, **how: object) -> str:
    """Median accuracy of 20 binarised networks."""
    found = complexity(task, **how).set_index("simplification")
    return percent(found.loc["binarised", "simplified"])


def _conditions() -> dict[str, str]:
    """The binarised hard tasks on other inputs, and with the mean alone refitted."""
    asked = {
        "hard_unit": (MNIST_HARD, "unit"),
        "hard_standardized": (MNIST_HARD, "standardized"),
        "hard_mean": (MNIST_HARD, "corrected"),
        "fashion_mean": (FASHION_HARD, "corrected"),
    }
    start = pruned([CONDITIONS[name] for _, name in asked.values()]).query("strength == 0")
    signs = start[start["weights"] == "sign"].groupby(["task", "condition"])["accuracy"].median()
    return {key: percent(signs[task, CONDITIONS[name].name]) for key, (task, name) in asked.items()}


def _settings() -> dict[str, str]:
    """With biases as published and refitted."""
    told = {}
    for name, setting in (("published", AS_PUBLISHED), ("refitted", RECOMMENDED)):
        told[f"hard_{name}"] = _binarised(MNIST_HARD, setting=setting)
        told[f"fashion_{name}"] = _binarised(FASHION_HARD, setting=setting)
        digits = of_pairs("mnist", setting=setting)
        told[f"rank_{name}"] = f"{digits[BINARISED].corr(digits[LINEAR], method='spearman'):.2f}"
    return told


def _ten_classes() -> dict[str, str]:
    """All ten digits: float weights, signs as published, and with levels refitted."""
    found = classes.growth(["mnist"], [(10, 64)]).groupby("what")["accuracy"].median()
    named = {"ten_float": classes.FLOAT, "ten_published": classes.SIGNS, "ten_refitted": classes.LEVELS}
    return {name: percent(found[what]) for name, what in named.items()}


def _tagger() -> dict[str, str]:
    """What signs cost at most in any matrix of our tagger."""
    signs = study.everywhere(FineTuning()).query("probe == 'prune' and strength == 0 and weights == 'sign'")
    most = signs.groupby("scale")["gap"].max()
    matrices = signs["site"].nunique()
    return {"scaled": points(most["own"]), "plain": points(most["unit"]), "matrices": str(matrices)}
