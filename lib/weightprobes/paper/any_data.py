"""Is the gap data-agnostic (claim 30)? What was predicted, and what came."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from weightprobes.datasets import DATASETS
from weightprobes.measures.any_data import KINDS, Agreement, FewExamples, Pairs
from weightprobes.measures.complexity import folded
from weightprobes.measures.difficulty import CLASSICAL, LINEAR, NEIGHBOUR, Difficulty
from weightprobes.measures.similarity import Similarity
from weightprobes.tables.noted import cache
from weightprobes.tasks import Scaling, Task


class Predicted(NamedTuple):
    """Of one data set: whether binarised networks ``collapse`` as published, whether centred inputs leave the
    gap ``unmoved``, and whether most trainings fail on inputs in [-1, 1], ``untrained``."""

    collapse: bool
    unmoved: bool
    untrained: bool


#: What we expect, written down before any of these networks was looked at (but those of MNIST and
#: Fashion-MNIST, which other chapters know). Steady inputs away from zero shift every unit; so where the mean
#: of the inputs is longer than they spread (``level`` of 1 or more, a number of the data alone) pairs
#: collapse, and where it is shorter none does, and to centre the inputs changes nothing. On sparse text and
#: on small tables the mean is ten times as long, and there a few steps do not train: no gap to read.
PREDICTED = {
    "mnist": Predicted(True, False, False),
    "digits": Predicted(True, False, False),
    "pendigits": Predicted(False, True, False),
    "fsdd": Predicted(True, False, False),
    "mnist1d": Predicted(False, True, False),
    "fashion_mnist": Predicted(True, False, False),
    "letter": Predicted(True, False, False),
    "clinc150": Predicted(False, False, True),
    "breast_cancer": Predicted(True, False, False),
    "wine": Predicted(False, False, True),
}

#: The commit that wrote this down.
PREDICTED_IN = "51ae24e"

#: A pair collapses where its binarised networks keep less than this of what the float ones know beyond the
#: larger class; a set does where more than this share of its pairs do; and a median gap is unmoved by less
#: than this. Set with the predictions.
KEEPS, SHARE, MOVED = 0.5, 0.1, 0.02

#: Two senses of the same digits rank them alike with a ρ of at most this, in the median: predicted.
ALIKE = 0.4

#: What will rank pairs as the float error does best, and as the examples needed, of all that the contest has.
PREDICTED_BEST = {"error": "cross-entropy, bits", "examples": NEIGHBOUR}

PUBLISHED, CENTRED, RECOMMENDED = "gap, published", "gap, centred inputs", "gap, recommended"
ERROR, EXAMPLES = "float network, error", "examples needed"
FLIPS, RADIUS, BITS, EPOCHS = (
    "random flips, cost",
    "noise, small radius",
    "cross-entropy, bits",
    "epochs to 97 %",
)
LSC, SSIM = CLASSICAL["lsc"], "similarity (SSIM)"

#: The sets that are pictures.
IMAGES = ("mnist", "digits", "fashion_mnist")


@cache
def measures(dataset: str, seeds: int = 10, scaling: Scaling = "symmetric") -> pd.DataFrame:
    """One row for each measured pair of classes, indexed by task; every column grows with difficulty.

    The gaps are folded; they, the errors and the rest are of networks that saw inputs of this ``scaling``.
    Not all of it is of all sets: the similarity is of images alone.
    """
    found, centred = of_networks(dataset, scaling, seeds), of_networks(dataset, "centered", seeds)
    few = FewExamples(dataset, seeds=-(-seeds // 2)).table().groupby("task")["error"].mean()
    others = Difficulty(dataset).table(list(found.index))
    others = others.pivot(index="task", columns="measure", values="value")
    columns = {
        PUBLISHED: gap(found, "published"),
        CENTRED: gap(centred, "published"),
        RECOMMENDED: gap(found, "recommended"),
        ERROR: found["error"],
        EXAMPLES: few,
        FLIPS: found["flips"],
        RADIUS: -found["radius"],
        BITS: found["bits"],
        EPOCHS: found["epochs"],
        **{name: others[name] for name in (LINEAR, NEIGHBOUR, LSC)},
    }
    if dataset in IMAGES:
        columns[SSIM] = 1 - Similarity(dataset).of_pairs()
    return pd.DataFrame(columns).loc[found.index]


@cache
def of_networks(dataset: str, scaling: Scaling = "symmetric", seeds: int = 10) -> pd.DataFrame:
    """The kept :class:`~weightprobes.measures.any_data.Pairs`, indexed by task."""
    return Pairs(dataset, scaling, seeds).table().set_index("task")


def gap(found: pd.DataFrame, setting: str) -> pd.Series:
    """The folded gap by binarisation, "published" or "recommended"."""
    return folded(found[f"{setting}_float"]) - folded(found[f"{setting}_binarised"])


def kept(found: pd.DataFrame) -> pd.Series:
    """What binarised networks as published keep of what the float ones, as trained, know beyond the larger
    class; NaN where they know less than a point."""
    larger = np.array([max(Task.named(task).shares()) for task in found.index])
    known = 1 - found["error"] - larger
    return (folded(found["published_binarised"]) - larger) / known.where(known > 0.01)


def outcome(dataset: str, seeds: int = 10) -> Predicted:
    """What came of what was predicted."""
    (found,) = side_by_side([dataset], seeds).itertuples()
    return Predicted(
        # a network that knows nothing has nothing to lose: no collapse
        collapse=bool(found.collapsed > SHARE),
        unmoved=bool(abs(found.published - found.centred) < MOVED),
        untrained=bool(found.failed > 0.5),
    )


def side_by_side(datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """A row for each data set: what was measured of what :data:`PREDICTED` is about, and the medians of it.

    Columns ``dataset``; ``pairs``; the median ``level`` and ``agreement``; the shares ``collapsed`` of the
    pairs and ``failed`` of the trainings; the median gaps ``published``, ``centred`` and ``recommended``.
    """
    rows = []
    for dataset in datasets:
        pairs, failed = every([dataset], seeds), of_networks(dataset, seeds=seeds)["failed"]
        rows.append(
            {
                "dataset": dataset,
                "pairs": len(pairs),
                "level": pairs["level"].median(),
                "agreement": Agreement(dataset).table()["agreement"].median(),
                "collapsed": (pairs["kept"] < KEEPS).mean(),
                "failed": failed.sum() / (len(pairs) * seeds),
                **pairs[["published", "centred", "recommended"]].median(),
            }
        )
    return pd.DataFrame(rows)


def every(datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """All pairs of the ``datasets``: ``title`` of the set, ``task``, ``level``, what is ``kept``, and the
    gaps ``published``, ``centred`` and ``recommended``."""
    tables = []
    for dataset in datasets:
        found, centred = of_networks(dataset, seeds=seeds), of_networks(dataset, "centered", seeds)
        columns = {"title": title(dataset), "level": found["level"], "kept": kept(found)}
        columns |= {setting: gap(found, setting) for setting in ("published", "recommended")}
        tables.append(pd.DataFrame({**columns, "centred": gap(centred, "published")}))
    return pd.concat(tables).rename_axis("task").reset_index()


def title(dataset: str) -> str:
    """Like "Pendigits (stroke)"."""
    kind = f" ({KINDS[dataset]})" if dataset in KINDS else ""
    return DATASETS[dataset].NAME + kind


def predictions(datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """What was predicted and what came, in words, side by side: ``data``, two columns for each question, and
    the number of ``misses``. Of a set that nothing was predicted of, there is a dash."""
    words, rows = {True: "yes", False: "no", None: "–"}, []
    for dataset in datasets:
        came, row, misses = outcome(dataset, seeds), {"data": title(dataset)}, 0
        for question, answer in came._asdict().items():
            told = getattr(PREDICTED.get(dataset), question, None)
            row |= {f"{question}: predicted": words[told], f"{question}: came": words[answer]}
            misses += told is not None and told != answer
        rows.append({**row, "misses": misses})
    return pd.DataFrame(rows)


def untrainable(dataset: str, seeds: int = 10) -> pd.DataFrame:
    """What the scaling of the inputs makes of a set: medians over its pairs, a row for each ``scaling``.

    Columns ``failed`` (share of the trainings), ``level``, ``dead`` (share of the hidden units), ``error``
    and the folded gaps ``published`` and ``recommended``.
    """
    rows = []
    for scaling in ("symmetric", "unit", "centered", "standardized"):
        found = of_networks(dataset, scaling, seeds)
        gaps = {setting: gap(found, setting).median() for setting in ("published", "recommended")}
        failed = found["failed"].sum() / (len(found) * seeds)
        rows.append(
            {"scaling": scaling, "failed": failed, **found[["level", "dead", "error"]].median(), **gaps}
        )
    return pd.DataFrame(rows)
