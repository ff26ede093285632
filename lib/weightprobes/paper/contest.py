"""Which measure of difficulty ranks pairs of classes as their errors do, in which data, and at what cost?"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from weightprobes import paths
from weightprobes.measures import any_data, correlations
from weightprobes.measures.difficulty import LINEAR, NEIGHBOUR
from weightprobes.paper import any_data as study
from weightprobes.paper.any_data import ERROR, EXAMPLES, LSC, PUBLISHED, RECOMMENDED, SSIM
from weightprobes.tables.noted import cache
from weightprobes.tasks import Scaling

CONTENDERS = (
    *(PUBLISHED, RECOMMENDED, study.FLIPS, study.RADIUS, study.BITS, study.EPOCHS),
    *(LINEAR, NEIGHBOUR, LSC, SSIM),
)

#: Inputs that can be learned from, where those in [-1, 1] cannot.
TRAINABLE: dict[str, Scaling] = {"clinc150": "centered"}

#: What a partial correlation is called.
BEYOND = f"{ERROR}, given the linear one"


@cache
def ranks(dataset: str, to: str = ERROR, seeds: int = 10) -> pd.DataFrame:
    """How all measures rank the pairs of a set beside ``to``, given the linear error: see
    :func:`~weightprobes.measures.correlations.beside`."""
    return correlations.beside(study.measures(dataset, seeds), to, LINEAR).assign(dataset=dataset)


def of_gap(gap: str, datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """ρ of one ``gap`` with the float error, the examples needed and the linear error, and with the float
    error given the linear one: ``dataset, beside, rho, low, high``; of all sets as one too, if there are
    several. Sets that do not train in [-1, 1] come as in :data:`TRAINABLE`."""
    asked = [(dataset, (dataset,)) for dataset in datasets]
    asked += [("pooled", tuple(datasets))] if len(datasets) > 1 else []
    return pd.concat(
        [_of_gap(gap, some, seeds).assign(dataset=name) for name, some in asked], ignore_index=True
    )


@cache
def _of_gap(gap: str, datasets: tuple[str, ...], seeds: int) -> pd.DataFrame:
    pairs = pd.concat(study.measures(name, seeds, TRAINABLE.get(name, "symmetric")) for name in datasets)
    found = correlations.beside(pairs[[gap, ERROR, EXAMPLES, LINEAR]], gap, LINEAR)
    left = found.loc[found["measure"] == ERROR, ["left", "left_low", "left_high"]]
    left = left.set_axis(["rho", "low", "high"], axis=1).assign(measure=BEYOND)
    rows = pd.concat([found, left]).rename(columns={"measure": "beside"})
    return rows[["beside", "rho", "low", "high"]]


def senses(measure: str, datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """One ``measure`` of the pairs of the same classes, a column for each of the ``datasets``; indexed by the
    tasks of the first."""
    found = {any_data.KINDS.get(name, name): study.measures(name, seeds)[measure] for name in datasets}
    return pd.DataFrame(
        {kind: values.to_numpy() for kind, values in found.items()}, index=next(iter(found.values())).index
    )


def own_and_others(gap: str, datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """ρ of each sense's ``gap`` with its ``own`` float error, and in the mean with that of the same pairs in
    the ``others``."""
    gaps, errors = (senses(measure, datasets, seeds) for measure in (gap, ERROR))
    rho = pd.DataFrame({kind: gaps.corrwith(errors[kind], method="spearman") for kind in errors})
    own = np.diag(rho)
    others = (rho.sum(axis=1) - own) / (len(rho) - 1)
    return pd.DataFrame({"sense": list(rho), "own": own, "others": others.to_numpy()})


def of_size(
    gap: str, datasets: Sequence[str], low: float = 0.025, high: float = 0.075, seeds: int = 10
) -> pd.DataFrame:
    """What pairs with a ``gap`` of about 5 points are in each set: how many, and their median errors."""
    rows = []
    for dataset in datasets:
        found = study.measures(dataset, seeds)
        some = found[found[gap].between(low, high)]
        rows.append({"dataset": dataset, "pairs": len(some), **some[[ERROR, EXAMPLES, LINEAR]].median()})
    return pd.DataFrame(rows)


def table(to: str, datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """The contest: a row for each measure, with its ρ with ``to`` in each of the ``datasets``, NaN where
    there is none; ``mean`` of those; and of what it adds to the linear error the mean, ``beyond``, and in how
    many sets that is above zero with its whole interval, ``sure``."""
    found = pd.concat([ranks(dataset, to, seeds) for dataset in datasets])
    wide = found.pivot(index="measure", columns="dataset", values="rho").reindex(CONTENDERS)[list(datasets)]
    grouped = found.groupby("measure")
    return wide.assign(
        mean=grouped["rho"].mean(),
        beyond=grouped["left"].mean(),
        sure=(found["left_low"] > 0).groupby(found["measure"]).sum(),
    )


def cost() -> pd.DataFrame:
    """Seconds of processor for each measure of one pair, as ``benchmarks/difficulty.py`` kept them: a column
    for each of the data sets timed."""
    kept = pd.read_parquet(paths.BOOK / "difficulty_cost.parquet")
    return kept.pivot(index="measure", columns="dataset", values="seconds").reindex(CONTENDERS)


def formatted(to: str, datasets: Sequence[str], seeds: int = 10) -> pd.DataFrame:
    """The contest and its cost as readers see it; a dash where there is nothing to measure."""
    found, seconds = table(to, datasets, seeds), cost()
    words = found[[*datasets, "mean", "beyond"]].map("{:.2f}".format)
    words = words.rename(columns=any_data.KINDS | {"beyond": "beyond linear"})
    words["sure in"] = [f"{sets:.0f} of {len(datasets)}" for sets in found["sure"]]
    words.loc[LINEAR, "sure in"] = "–"
    for dataset, title in (("mnist", "seconds, MNIST"), ("letter", "seconds, letters")):
        words[title] = seconds[dataset].map("{:.2g}".format)
    return (
        words[found["mean"].notna()]
        .replace("nan", "–")
        .rename_axis("measure")
        .rename_axis(columns=None)
        .reset_index()
    )
