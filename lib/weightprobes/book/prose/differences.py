"""The numbers on the page on differences: what a part of the authors' pipeline moves, and how far."""

from itertools import product

import pandas as pd

from weightprobes.book.notebook import points
from weightprobes.book.prose import merged
from weightprobes.engine.sweep import Sweep, sweeps
from weightprobes.measures.complexity import complexity, pairs
from weightprobes.measures.networks import TrainingLog
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import MNIST_HARD
from weightprobes.paper.conditions import CONDITIONS, pruned
from weightprobes.probes import Noise, Prune, Pruned, Shuffle, grids
from weightprobes.tasks import PAPER_TASKS, Task

TRAININGS = [Training(Task.named(task)) for task in PAPER_TASKS]


def numbers() -> dict[str, str]:
    return merged(*(_conditions(), _draws(), _epochs(), _failed(), _folding(), _boxes(), _noise(), _null_g()))


def _medians(rows: pd.DataFrame, *by: str) -> pd.Series:
    return rows.groupby([*by])["accuracy"].median()


def _conditions() -> dict[str, str]:
    """Between the published setting and one that departs in one thing."""
    chosen = {name: CONDITIONS[name] for name in ("probed", "layer", "row", "centered", "spared", "shared")}
    rows = pruned([CONDITIONS["published"], *chosen.values()])
    medians = _medians(rows, "condition", "weights", "strength", "task").unstack("condition")
    moved = {name: medians[one.name] - medians[CONDITIONS["published"].name] for name, one in chosen.items()}
    starving = moved["spared"]["float", 0.95]
    return {
        "biases_float": points(moved["probed"]["float", 0.0].abs().max()),
        "biases_sign": points(moved["probed"]["sign", 0.0].abs().max()),
        "layer_scale": points(moved["layer"]["sign", 0.0].abs().max()),
        "unit_scale": points(moved["row"]["sign", 0.0].abs().max()),
        "background": points(moved["centered"]["sign", 0.0].abs().max()),
        "starving": points(starving.max()),
        "starving_least": points(starving.min()),
        "ties": points(moved["shared"].abs().max()),
    }


def _draws() -> dict[str, str]:
    """Between one draw and the mean of 16: a fresh draw for every batch averages about as many."""
    moves, bands = [], []
    for training, (probe, strength) in product(TRAININGS, ((Prune("random"), 0.5), (Noise("uniform"), 0.1))):
        rows = Sweep(training, probe, (strength,), draws=16).table(range(20))
        averaged = rows.groupby(["weights", "seed"])["accuracy"].mean()
        single = rows[rows["draw"] == 0].set_index(["weights", "seed"])["accuracy"]
        (low, middle, high), (own_low, own_middle, own_high) = map(_quartiles, (averaged, single))
        moves.append((middle - own_middle).abs().max())
        bands.append((high - low) / (own_high - own_low))
    return {"redraw": points(max(moves)), "band": f"{pd.concat(bands).median():.2f}"}


def _quartiles(accuracies: pd.Series) -> list[pd.Series]:
    return [accuracies.groupby("weights").quantile(share) for share in (0.25, 0.5, 0.75)]


def _epochs() -> dict[str, str]:
    """Between the last epoch and the best."""
    networks = TrainingLog.of(*PAPER_TASKS, seeds=100).groupby(["task", "seed"])["test_accuracy"]
    most = (networks.max() - networks.last()).groupby("task").median().max()
    return {"best_epoch": f"{100 * most:.2f}"}


def _failed() -> dict[str, str]:
    """Between all networks and those that learned, which the authors' MNIST figures show."""
    told = {}
    for activation in ("sigmoid", "tanh"):
        rows = sweeps([MNIST_HARD], [Prune("smallest")], grids.PRUNE, seeds=20, activation=activation)
        start = rows.query("strength == 0 and weights == 'float'")
        more = start.loc[~start["failed"], "accuracy"].median() - start["accuracy"].median()
        told[f"failed_{activation}"] = points(more)
    return told


def _folding() -> dict[str, str]:
    """Between gaps as they are and folded, in Fig. 4."""
    found = complexity(*pairs("mnist"))
    folded = (found["gap"] - found["folded"]).abs()
    changed = folded[found["simplification"] == "binarised"] > 0
    return {"folding": points(folded.max()), "folding_pairs": str(changed.sum())}


def _boxes() -> dict[str, str]:
    """Between boxes of all networks and of those between the quartiles, in Fig. 2."""
    start = _unpruned("within_sign")
    shrunk = []
    for _, all_of_them in start.groupby("task")["accuracy"]:
        low, high = all_of_them.quantile([0.25, 0.75])
        inner_low, inner_high = all_of_them[all_of_them.between(low, high)].quantile([0.25, 0.75])
        shrunk.append((inner_high - inner_low) / (high - low))
    return {"trimming": f"{pd.Series(shrunk).median():.2f}"}


def _null_g() -> dict[str, str]:
    """Between null model G as released and as meant."""
    meant, released = (_medians(_unpruned(null), "task") for null in ("degree_preserving", "as_released"))
    return {"null_g": points((meant - released).abs().max())}


def _unpruned(null: str) -> pd.DataFrame:
    """The paper's tasks, shuffled, with float weights."""
    strengths = (0.0,) if null == "as_released" else grids.SHUFFLE
    rows = sweeps(PAPER_TASKS, [Pruned(Shuffle(null))], strengths, seeds=100)
    return rows.query("strength == 0 and weights == 'float'")


def _noise() -> dict[str, str]:
    """Between uniform and normal noise of one standard deviation, which file names do not tell apart."""
    best = []
    for kind in ("uniform", "normal"):
        rows = sweeps(PAPER_TASKS, [Noise(kind)], grids.NOISE, seeds=20).query("weights == 'sign'")
        best.append(_medians(rows, "task", "strength").groupby("task").max())
    return {"noise_kind": points((best[0] - best[1]).abs().max())}
