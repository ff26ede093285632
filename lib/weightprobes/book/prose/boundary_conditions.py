"""The numbers in the chapter on boundary conditions."""

import numpy as np
import pandas as pd

from weightprobes.book.notebook import percent, points, points_span, span
from weightprobes.book.prose import NAMES, _explanation, merged
from weightprobes.engine import stack
from weightprobes.measures.complexity import complexity, pairs
from weightprobes.measures.correlations import difference, partial, rank_correlations
from weightprobes.measures.difficulty import LINEAR
from weightprobes.measures.pairs import BINARISED, ERROR, of_pairs
from weightprobes.measures.shift import Offsets, beside_gaps
from weightprobes.measures.thresholds import Seen
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD, flipped
from weightprobes.paper.conditions import (
    CONDITIONS,
    DATASETS,
    PUBLISHED,
    REFITTED,
    Medians,
    beside_refitted,
    pair_ranks,
    pruned,
)
from weightprobes.paper.words import fixed
from weightprobes.tasks import Task

#: Conditions in which the prose tells what the binarised hard tasks have.
BOTH = ("published", "unit", "centered", "standardized", "corrected", "output", "hidden", "calibrated")
ON_MNIST, ON_FASHION = ("varying", "cut", "decay", "scaled"), ("row",)
#: Those that do not bring the hard MNIST task back.
USELESS = ("probed", "kept", "zeroed", "layer", "row", "spared", "shared", "network")


def numbers() -> dict[str, str]:
    return merged(
        *(_readings(), _sizes(), _offsets(), _imbalances(), _gains(), _ranks(), _gaps()),
        *(of_refitting(), _other_pairs(), _explanation.numbers()),
    )


def _readings() -> dict[str, str]:
    """Median accuracies with nothing pruned: ``sign_condition_task``; and the price of binarisation."""
    rows = pruned().query("strength == 0")
    medians = rows.groupby(["weights", "condition", "task"])["accuracy"].median()

    def at(weights: str, condition: str, task: str) -> float:
        return medians[weights, CONDITIONS[condition].name, task]

    told = {}
    for task, only in ((MNIST_HARD, ON_MNIST), (FASHION_HARD, ON_FASHION)):
        told[f"float_published_{NAMES[task]}"] = percent(at("float", "published", task))
        told |= {f"sign_{one}_{NAMES[task]}": percent(at("sign", one, task)) for one in (*BOTH, *only)}
    for task, name in NAMES.items():
        told[f"price_{name}"] = points(at("float", "calibrated", task) - at("sign", "calibrated", task))
    return told | {"useless_high": percent(max(at("sign", one, MNIST_HARD) for one in USELESS))}


def _sizes() -> dict[str, str]:
    """How many weights and biases a network has, and how many images biases are refitted to."""
    shapes = [value.shape for value in PUBLISHED.training(MNIST_HARD).build().parameters()]
    weights = sum(shape.numel() for shape in shapes if len(shape) > 1)
    biases = sum(shape.numel() for shape in shapes if len(shape) == 1)
    return {"weights": f"{weights:,}", "biases": str(biases), "images": f"{stack.IMAGES:,}"}


def _offsets() -> dict[str, str]:
    """Of the hidden units of each task that do some work: ``quantity_task``."""
    units = Offsets.of(*NAMES)
    told = {}
    for task, name in NAMES.items():
        firing = units[(units["task"] == task) & (units["fires"] > 0)]
        rows = firing[firing["fires"] >= 0.01]
        told[f"r_{name}"] = f"{rows['foretold'].corr(rows['measured']):.2f}"
        told[f"kept_{name}"] = f"{rows['kept'].median():.2f}"
        told[f"size_{name}"] = f"{(rows['measured'] / rows['spread']).abs().median():.1f}"
        if task.startswith("mnist/"):
            told |= {f"{quantity}_{name}": value for quantity, value in _shift(rows).items()}
        else:
            told[f"r_firing_{name}"] = f"{firing['foretold'].corr(firing['measured']):.2f}"
    steady = units[units["task"] == MNIST_HARD]["steady_pixels"].iloc[0]
    # the median of the absolute value of a sum of random signs
    return told | {"agree_chance": f"{100 * 0.6745 / steady**0.5:.0f}"}


def _shift(rows: pd.DataFrame) -> dict[str, str]:
    """Of the units of one MNIST task."""
    return {
        "slope": f"{np.polyfit(rows['foretold'], rows['measured'], 1)[0]:.2f}",
        "steady": str(rows["steady_pixels"].iloc[0]),
        "agree": f"{100 * rows['agreement'].median():.0f}",
        "down": f"{100 * (rows['measured'] < 0).mean():.0f}",
        "offset": f"{rows['measured'].abs().median():.0f}",
        "spread": f"{rows['spread'].median():.0f}",
    }


def _imbalances() -> dict[str, str]:
    """Of the pairs of each dataset, below and above an imbalance of 1: ``quantity_dataset``."""
    told = {}
    for dataset in ("mnist", "fashion_mnist"):
        both = beside_gaps(dataset).set_index("task")
        below, above = (both.loc[side, "gap"] for side in (both["imbalance"] < 1, both["imbalance"] > 1))
        rho = rank_correlations(both[["imbalance", "gap"]]).iloc[0]
        seen = Seen(dataset).table().set_index("task")
        wrong = rank_correlations(both[["gap"]].assign(wrong=seen["wrong"])).iloc[0]
        told |= {
            f"wrong_{dataset}": fixed(wrong["rho"], 2),
            f"wrong_interval_{dataset}": span(wrong["low"], wrong["high"]),
            f"collapsed_auc_{dataset}": f"{seen.loc[both['imbalance'] > 1, 'auc'].median():.3f}",
            f"kappa_{dataset}": f"{rho['rho']:.2f}",
            f"kappa_interval_{dataset}": span(rho["low"], rho["high"]),
            f"below_{dataset}": str(len(below)),
            f"below_most_{dataset}": points(below.max()),
            f"above_{dataset}": str(len(above)),
            f"above_least_{dataset}": points(above.min()),
        }
    return told


def _gains() -> dict[str, str]:
    """Of the hard MNIST task: what probes give back, and both readings with 70 % of the weights pruned."""
    told = {}
    for name in ("published", "calibrated"):
        condition = CONDITIONS[name]
        for probe in ("prune", "noise", "flip"):
            told[f"{probe}_{name}"] = points(_gain(name, probe)[0])
        rows = condition.table(MNIST_HARD, "prune", 20).query("strength == 0.7")
        for weights, accuracy in rows.groupby("weights")["accuracy"].median().items():
            told[f"{weights}_pruned_{name}"] = percent(accuracy)
        told["flip_interval_published"] = points_span(_gain("published", "flip")[1:])
        told["flip_where_found"] = points(flipped(MNIST_HARD, "relu").sign.gain()[0])
    return told | {"noise_centered": points(_gain("centered", "noise")[0])}


def _gain(condition: str, probe: str) -> np.ndarray:
    return Medians(CONDITIONS[condition], MNIST_HARD, 20).gain(probe)


def _ranks() -> dict[str, str]:
    """How the gap ranks the pairs of digits in each condition: ``measure_condition``."""
    ranks = pair_ranks().set_index(["measure", "condition"])
    linear, error = ranks.loc[LINEAR], ranks.loc[ERROR]
    told = {}
    for name in ("published", "unit", "centered", "standardized", "corrected", "calibrated"):
        told[f"linear_{name}"] = f"{linear.loc[CONDITIONS[name].name, 'rho']:.2f}"
    for name in ("published", "calibrated"):
        told[f"error_{name}"] = f"{error.loc[CONDITIONS[name].name, 'rho']:.2f}"
        told[f"gap_{name}"] = points(error.loc[CONDITIONS[name].name, "gap"])
    calibrated = linear.loc[CONDITIONS["calibrated"].name]
    return told | {"linear_interval": span(calibrated["low"], calibrated["high"])}


def _gaps() -> dict[str, str]:
    """How sure the gaps of pairs are, as published and with refitted biases, and what they add."""
    told = {}
    for name in ("published", "calibrated"):
        setting = CONDITIONS[name].setting
        clothes = of_pairs("fashion_mnist", setting=setting)
        told[f"fashion_{name}"] = f"{clothes[BINARISED].corr(clothes[LINEAR], method='spearman'):.2f}"
        found = complexity(*pairs("mnist"), setting=setting).query("simplification == 'binarised'")
        width = (found["folded_high"] - found["folded_low"]).median()
        told[f"width_{name}"] = points(width)
        told[f"relative_{name}"] = f"{width / found['folded'].std():.2f}"
    digits = of_pairs("mnist", setting=CONDITIONS["calibrated"].setting)
    return told | {
        "error_linear": f"{digits[ERROR].corr(digits[LINEAR], method='spearman'):.2f}",
        "zero_one": points(digits.loc["mnist/0-1", BINARISED]),
    }


def of_refitting() -> dict[str, str]:
    """What refitted biases do to the ranks of pairs of digits: told on several pages in the same words."""
    digits, told = beside_refitted(), {}
    for name, error in (("rank", LINEAR), ("error", ERROR)):
        gain = difference(digits, REFITTED, BINARISED, error)
        told |= {f"{name}_gain": fixed(gain["rho"], 2)}
        told |= {f"{name}_gain_interval": span(gain["low"], gain["high"])}
    refitted = of_pairs("mnist", setting=CONDITIONS["calibrated"].setting)
    beyond = partial(refitted, BINARISED, ERROR, LINEAR)
    return told | {
        "beyond_refitted": fixed(beyond["rho"], 2),
        "beyond_refitted_interval": span(beyond["low"], beyond["high"]),
    }


def _other_pairs() -> dict[str, str]:
    """The refitted gap on the pairs of digits, and of clothes, that are none of the paper's tasks."""
    clothes = of_pairs("fashion_mnist", setting=CONDITIONS["calibrated"].setting)
    told = {}
    for name, table, column, dataset in (
        ("others", beside_refitted(), REFITTED, "MNIST"),
        ("other_clothes", clothes, BINARISED, "Fashion"),
    ):
        # in either order of the two classes
        chosen = {frozenset(Task.named(task).classes) for task in DATASETS[dataset]}
        others = table[[frozenset(Task.named(task).classes) not in chosen for task in table.index]]
        rho = rank_correlations(others[[column, LINEAR]]).iloc[0]
        told |= {
            f"linear_{name}": fixed(rho["rho"], 2),
            f"linear_{name}_interval": span(rho["low"], rho["high"]),
        }
    return told | {"other_pairs": str(len(others))}
