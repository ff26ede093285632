"""The authors' published numbers, read from ``data/reference``; how they were read is in its README."""

import pandas as pd

from weightprobes import paths
from weightprobes.engine.settings import AS_PUBLISHED
from weightprobes.measures.pairs import BINARISED, SHUFFLED
from weightprobes.models.training import Training
from weightprobes.tasks import Task

#: What names one curve, in the reference as in our tables.
CURVE = ["task", "activation", "hidden", "probe", "variant", "weights"]

_PAPER = Training(Task.named("mnist/7-9"))

#: F1 of the authors' model on the test set, unperturbed.
NER_F1 = 0.885435


def curves() -> pd.DataFrame:
    """Accuracy against strength: the columns of :data:`CURVE`, ``strength``, the median ``accuracy``
    (0…1), its quartiles ``lower`` and ``upper`` where they could be read, the reading ``error``,
    ``models``, ``figure`` and ``source``."""
    return _read("curves")


def null_models() -> pd.DataFrame:
    """The paper's Fig. 2: median ``accuracy`` and quartiles of each ``null`` model, folded at one half."""
    return _read("null_models")


def spreads() -> pd.DataFrame:
    """Median standard deviation of the weights, ``spread``, of each ``task`` and ``activation``."""
    return _read("spreads")


def pairs() -> pd.DataFrame:
    """The paper's Fig. 4, one row for each pair of digits: ``dataset, task``, the median accuracies
    ``float, binarised, shuffled`` (folded at one half) and the gaps ``gap_binarised, gap_shuffled``.

    Their networks were loaded once for each gap, with other random biases: ``float`` goes with the
    first, ``float_again`` with the second.
    """
    rows = _read("pairs")
    return rows.pivot(index=["dataset", "task"], columns="quantity", values="value").reset_index()


def beside_pairs(measures: pd.DataFrame) -> pd.DataFrame:
    """The two gaps of each pair of digits, ours and the authors': four columns, in accuracy 0…1.

    Ours are those of :func:`~weightprobes.measures.pairs.of_pairs`; indexed by task, in the same order.
    """
    theirs = pairs().set_index("task")
    columns = {
        "binarised, ours": measures[BINARISED],
        "binarised, authors'": theirs["gap_binarised"],
        "shuffled, ours": measures[SHUFFLED],
        "shuffled, authors'": theirs["gap_shuffled"],
    }
    return pd.DataFrame(columns).reindex(measures.index)


def similarity() -> pd.DataFrame:
    """SSIM ``distance`` of the classes ``first`` and ``second`` (the larger label first), with ``error``."""
    return _read("similarity")


def ner() -> pd.DataFrame:
    """The paper's Fig. 5 and its supplement, exact: ``f1`` (0…1) of dslim/distilbert-NER when the matrix
    ``site`` is probed, at each ``strength`` of each ``probe`` and ``variant``, for both ``weights``."""
    return _read("ner")


def cka() -> pd.DataFrame:
    """The supplement's similarities: ``cka`` of what ``place`` puts out with and without ``site`` probed."""
    return _read("cka")


def beside(table: pd.DataFrame) -> pd.DataFrame:
    """The authors' curves for what ``table`` shows, one of :meth:`~weightprobes.engine.sweep.Sweep.table`;
    none if they published none.

    Theirs are of the symmetric scaling, the paper's training and the setting as published only: a table that
    does not tell its own has none beside it.
    """
    published = pd.Series({"scaling": "symmetric", **vars(AS_PUBLISHED), **_PAPER.dials()})
    theirs = table[(table.reindex(columns=published.index) == published).all(axis=1)]
    return curves().merge(theirs[CURVE].drop_duplicates(), on=CURVE)


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(paths.REFERENCE / f"{name}.csv", dtype={"hidden": str, "models": str})
