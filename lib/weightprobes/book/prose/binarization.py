"""The numbers in the chapter on binarisation."""

import pandas as pd

from weightprobes.book.notebook import percent, points
from weightprobes.book.prose import _auc, _one, merged
from weightprobes.engine.biases import POLICIES, REFITS
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import sweeps
from weightprobes.measures.thresholds import Thresholds
from weightprobes.paper import one
from weightprobes.paper.claims.fig1 import easy, fashion_easy, fashion_hard, gap, hard
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_EASY, MNIST_HARD
from weightprobes.paper.curves import curve
from weightprobes.probes import Binarize
from weightprobes.tasks import PAPER_TASKS

ENDS = (0.0, 1.0)


def numbers() -> dict[str, str]:
    way_easy, way_hard = (curve(Binarize(), task, "float", seeds=100) for task in (MNIST_EASY, MNIST_HARD))
    told = {
        "early": f"{100 * way_hard.at(0.2)[0]:.1f} %",
        "half": f"{100 * way_hard.at(0.5)[0]:.1f} %",
        "half_easy": f"{100 * way_easy.at(0.5)[0]:.1f} %",
        "easy": percent(easy.sign.at(0)[0]),
        "hard": percent(hard.sign.at(0)[0]),
        "easy_gap": points(gap(easy)[0]),
        "hard_gap": points(gap(hard)[0]),
        "fashion_easy_gap": points(gap(fashion_easy)[0]),
        "fashion_hard_gap": points(gap(fashion_hard)[0]),
    }
    return merged(told, _one_network(), _auc.numbers(MNIST_HARD, FASHION_HARD), _models(), _scales())


def _one_network() -> dict[str, str]:
    """Its accuracies, and the AUC of its signs and of its float weights."""
    auc = Thresholds.of(one.TASK).query("seed == @one.SEED").set_index("weights")["auc"]
    return _one.before() | {"one_auc_float": f"{auc['float']:.3f}"}


def _models() -> dict[str, str]:
    """How differently single networks fare, and what the policy for their biases changes."""
    plain = [Setting(policy) for policy in POLICIES if policy not in REFITS]
    tables = [sweeps(PAPER_TASKS, [Binarize()], ENDS, seeds=100, setting=setting) for setting in plain]
    start = pd.concat(tables).query("strength == 0")
    models = start.pivot(index=["task", "seed"], columns=["weights", "biases"], values="accuracy")
    gaps = models["float", "redrawn"] - models["sign", "redrawn"]
    medians = models.groupby("task").median()
    float_apart, sign_apart = (
        medians[weights].max(axis=1) - medians[weights].min(axis=1) for weights in ("float", "sign")
    )
    return {
        "spared": str((gaps[MNIST_HARD] < 0.4).sum()),
        "hit": str((gaps[MNIST_EASY] > 0.2).sum()),
        "least": points(gaps[FASHION_HARD].min()),
        "most": points(gaps[FASHION_HARD].max()),
        "float_most": points(float_apart.max()),
        "sign_most": points(sign_apart.max()),
        "sign_mnist_hard": points(sign_apart[MNIST_HARD]),
        "broken": str(len(models["float"].loc[MNIST_HARD].query("probed > 0.9 and redrawn < 0.6"))),
    }


def _scales() -> dict[str, str]:
    """How far a scale for the layer or for each of its rows moves the medians of binarised networks."""
    probes, setting = [Binarize("unit"), Binarize("layer"), Binarize("row")], Setting("probed")
    tables = [
        sweeps(PAPER_TASKS, probes, ENDS, seeds=20, activation=activation, setting=setting)
        for activation in ("relu", "sigmoid", "tanh")
    ]
    ends = pd.concat(tables).query("strength == 1 and weights == 'float'")
    medians = ends.groupby(["activation", "task", "variant"])["accuracy"].median().unstack()
    layer = (medians["layer"] - medians["unit"]).abs()
    return {
        "relu_move": points(layer["relu"].max()),
        "bounded_move": points(layer[["sigmoid", "tanh"]].max()),
        "row_move": points((medians["unit"] - medians["row"])["relu", FASHION_HARD]),
    }
