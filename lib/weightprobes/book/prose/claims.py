"""The numbers in the chapter on the paper's claims."""

import pandas as pd

from weightprobes.book.notebook import percent
from weightprobes.book.prose import _auc, merged
from weightprobes.measures.networks import TrainingLog
from weightprobes.models.training import Training
from weightprobes.paper import claims
from weightprobes.paper.claims.fig1 import hard
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD
from weightprobes.tasks import Task


def numbers() -> dict[str, str]:
    card = claims.scorecard()
    numbered = card.groupby("verdict")["claim"].agg(lambda told: ", ".join(map(str, told)))
    told = {
        "claims": str(len(card)),
        "tally": claims.tally(card),
        "which": numbered["partly"],
        "unsure": numbered["reproduced, uncertain"],
        "hard": percent(hard.sign.at(0)[0]),
    }
    return merged(told, _auc.numbers(MNIST_HARD, FASHION_HARD), _restated())


def _restated() -> dict[str, str]:
    """What the restated claims are decided by now."""
    told = claims.formatted(claims.answers(12, 17, 18, 21)).set_index("quantity")
    log = TrainingLog(Training(Task.named(MNIST_HARD), activation="tanh")).table(range(20))
    return {
        "failed": str(log[log["failed"]]["seed"].nunique()),
        **_beside("sigmoid", told.loc["MNIST easy, sigmoid, signs"]),
        **_beside("tanh", told.loc["MNIST easy, tanh, signs"]),
        **_beside("loss", told.loc["MNIST hard, sigmoid: float loss at q = 0.2"]),
        **_beside("a", told.loc["Fashion easy, A, float, folded"]),
        **_beside("d", told.loc["Fashion easy, D, float, folded"]),
        **_beside("g_mnist", told.loc["MNIST easy: B minus G as released, folded"]),
        **_beside("g_fashion", told.loc["Fashion easy: B minus G as released, folded"]),
    }


def _beside(name: str, row: pd.Series) -> dict[str, str]:
    return {name: row["ours"], f"{name}_authors": row["authors'"]}
