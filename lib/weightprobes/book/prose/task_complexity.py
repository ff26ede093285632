"""The numbers in the chapter on task complexity."""

import pandas as pd

from weightprobes.book.notebook import points, span
from weightprobes.book.prose import merged
from weightprobes.book.prose.boundary_conditions import of_refitting
from weightprobes.measures.complexity import complexity
from weightprobes.measures.correlations import partial, rank_correlations
from weightprobes.measures.difficulty import LINEAR
from weightprobes.measures.pairs import BINARISED, ERROR, SHUFFLED, SIMILARITY, of_pairs
from weightprobes.measures.similarity import Similarity
from weightprobes.paper import reference
from weightprobes.paper.conditions import REFITTED, beside_refitted
from weightprobes.paper.words import bracketed, fixed
from weightprobes.tasks import Task


def numbers() -> dict[str, str]:
    digits, clothes = of_pairs("mnist"), of_pairs("fashion_mnist")
    told = merged(_beside_the_authors(digits), _zero_and_one(digits), _extremes(clothes[BINARISED]))
    for dataset, measures in (("mnist", digits), ("fashion_mnist", clothes)):
        every = merged(_medians(dataset, measures), _ranks(measures))
        told = merged(told, {f"{name}_{dataset}": text for name, text in every.items()})
    return merged(told, _on_mnist_alone(digits), _refitted(digits), of_refitting())


def _beside_the_authors(digits: pd.DataFrame) -> dict[str, str]:
    """The gaps of pairs of digits, ours and theirs."""
    theirs, told = reference.pairs().set_index("task"), {}
    for ours, name in ((BINARISED, "binarised"), (SHUFFLED, "shuffled")):
        told[f"rho_{name}"] = f"{digits[ours].corr(theirs[f'gap_{name}'], method='spearman'):.2f}"
    apart = (digits[BINARISED] - theirs["gap_binarised"]).abs()
    worst = apart.idxmax()
    ours = complexity(worst).set_index("simplification").loc["binarised"]
    return told | {
        "smallest": ", ".join(map(_labels, digits[BINARISED].nsmallest(4).index)),
        "largest": ", ".join(map(_labels, digits[BINARISED].nlargest(4).index)),
        "apart": points(apart.median()),
        "furthest": points(apart.max()),
        "furthest_pair": _labels(worst),
        "furthest_theirs": points(theirs.loc[worst, "gap_binarised"]),
        "furthest_interval": bracketed(points(ours["folded_low"]), points(ours["folded_high"])),
    }


def _labels(task: str) -> str:
    """Like "7–9"."""
    return "–".join(map(str, Task.named(task).classes))


def _zero_and_one(digits: pd.DataFrame) -> dict[str, str]:
    """The least similar digits."""
    pair = digits.loc["mnist/0-1"]
    return {
        "zero_one_gap": points(pair[BINARISED]),
        "zero_one_accuracy": f"{100 * (1 - pair[ERROR]):.2f}",
        "zero_one_rank": str(int(digits[BINARISED].rank(ascending=False)[pair.name])),
        "zero_one_distance": f"{1 - pair[SIMILARITY]:.2f}",
    }


def _extremes(gaps: pd.Series) -> dict[str, str]:
    """The pairs of clothes with the largest and the smallest gaps."""
    titles = gaps.index.map(lambda task: Task.named(task).title.removeprefix("Fashion-MNIST ").split(" (")[0])
    ordered = gaps.set_axis(titles)
    return {"top": "; ".join(ordered.nlargest(4).index), "bottom": "; ".join(ordered.nsmallest(4).index)}


def _medians(dataset: str, measures: pd.DataFrame) -> dict[str, str]:
    """What the median pair of a dataset loses, and what all ten classes lose at once."""
    ten = complexity(f"{dataset}/0-1-2-3-4-5-6-7-8-9").set_index("simplification")
    return {
        "median": points(measures[BINARISED].median()),
        "error": f"{100 * measures[ERROR].median():.2f}",
        "ten_float": points(ten.loc["binarised", "float"]),
        "ten_binarised": points(ten.loc["binarised", "gap"]),
        "ten_shuffled": points(ten.loc["shuffled", "gap"]),
    }


def _ranks(measures: pd.DataFrame) -> dict[str, str]:
    """Rank correlations over the pairs of a dataset, with their intervals."""
    compared = measures[[BINARISED, SHUFFLED, ERROR, LINEAR]].assign(distance=1 - measures[SIMILARITY])
    ranks, told = rank_correlations(compared).set_index(["first", "second"]), {}
    for name, rho in (
        ("two", ranks.loc[BINARISED, SHUFFLED]),
        ("ssim", ranks.loc[SHUFFLED, "distance"]),
        ("rho_error", ranks.loc[BINARISED, ERROR]),
        ("rho_linear", ranks.loc[BINARISED, LINEAR]),
        ("beyond", partial(measures, BINARISED, ERROR, LINEAR)),
    ):
        told |= {name: fixed(rho["rho"], 2), f"{name}_interval": span(rho["low"], rho["high"])}
    return told


def _refitted(digits: pd.DataFrame) -> dict[str, str]:
    """The rank correlation with the linear classifier's error, as published and with refitted biases."""
    refitted = beside_refitted()[REFITTED].corr(digits[LINEAR], method="spearman")
    return {
        "rank_refitted": f"{refitted:.2f}",
        "gap_begins": f"{rank_correlations(digits[[BINARISED, SHUFFLED]])['low'].iloc[0]:.3f}",
    }


def _on_mnist_alone(digits: pd.DataFrame) -> dict[str, str]:
    pairs = rank_correlations(digits[[BINARISED, SHUFFLED]]).iloc[0]
    ranks = digits.drop(columns=SHUFFLED).corr(method="spearman")
    distances = Similarity("mnist").table().pivot(index="first", columns="second", values="distance")
    return {
        "two_pairs_interval": span(pairs["pairs_low"], pairs["pairs_high"]),
        "linear_error": f"{ranks.loc[ERROR, LINEAR]:.2f}",
        "best": f"{ranks[BINARISED].drop(BINARISED).max():.2f}",
        "order": f"{(distances - distances.T).abs().max().max():.4f}",
    }
