"""Departures from the published setting, and what each does to the paper's statements."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pandas as pd

from weightprobes.engine.bootstrap import gains, interval, medians
from weightprobes.engine.settings import AS_PUBLISHED, Setting, as_setting
from weightprobes.engine.sweep import Sweep
from weightprobes.measures import complexity, correlations
from weightprobes.measures import pairs as measures
from weightprobes.measures.difficulty import LINEAR, NEIGHBOUR
from weightprobes.measures.pairs import BINARISED, ERROR, SIMILARITY
from weightprobes.measures.shift_along import ShiftAlong
from weightprobes.models.training import Training
from weightprobes.probes import Flip, Noise, Probe, Prune, grids
from weightprobes.tables.noted import cache
from weightprobes.tasks import PAPER_TASKS, Scaling, Task

#: The tasks of each dataset, easy and hard.
DATASETS = {
    "MNIST": ("mnist/0-7", "mnist/7-9"),
    "Fashion": ("fashion_mnist/3-2", "fashion_mnist/3-1"),
}

#: The probes, and their grids.
PROBES: dict[str, tuple[Probe, tuple[float, ...]]] = {
    "prune": (Prune("smallest"), grids.SHUFFLE),
    "noise": (Noise("uniform"), grids.NOISE),
    "flip": (Flip("smallest"), grids.FLIP),
    "shuffle": (complexity.PROBE, complexity.STRENGTHS),
}


@dataclass(frozen=True)
class Condition:
    """A departure from the published setting: in the inputs, in training, or in the probing."""

    name: str
    scaling: Scaling = "symmetric"
    setting: Setting = AS_PUBLISHED
    weight_decay: float = 0.0

    def training(self, task: str) -> Training:
        """How its networks of ``task`` are trained."""
        return Training(Task.named(task, self.scaling), weight_decay=self.weight_decay)

    def table(self, task: str, probe: str, seeds: int) -> pd.DataFrame:
        """The sweep of the probe with this name in :data:`PROBES`; shuffles stay within their layer."""
        setting = as_setting(self.setting)
        setting = replace(setting, scope="layer") if PROBES[probe][0].structural else setting
        return Sweep(self.training(task), *PROBES[probe], setting).table(range(seeds))


PUBLISHED = Condition("as published")

#: In the order of the chapter; the first is what the others depart from.
CONDITIONS = {
    "published": PUBLISHED,
    "unit": Condition("inputs in [0, 1]", scaling="unit"),
    "centered": Condition("inputs centred", scaling="centered"),
    "standardized": Condition("inputs standardised", scaling="standardized"),
    "varying": Condition("constant pixels set to 0", scaling="varying"),
    "cut": Condition("constant pixels' weights cut", setting=Setting("kept", inputs="varying")),
    "decay": Condition("weight decay", weight_decay=1e-3),
    "probed": Condition("biases probed", setting=Setting("probed")),
    "kept": Condition("biases kept", setting=Setting("kept")),
    "zeroed": Condition("biases zeroed", setting=Setting("zeroed")),
    "layer": Condition("signs scaled by layer", setting=Setting("kept", scale="layer")),
    "row": Condition("signs scaled by unit", setting=Setting("kept", scale="row")),
    "spared": Condition("output layer spared", setting=Setting("redrawn", spared="output")),
    "shared": Condition("ties shared", setting=Setting("redrawn", ties="shared")),
    "network": Condition("ranked over the network", setting=Setting("redrawn", scope="network")),
    "corrected": Condition("biases refitted: mean", setting=Setting("corrected")),
    "scaled": Condition("biases refitted: mean, scaled signs", setting=Setting("corrected", scale="layer")),
    "output": Condition("output biases refitted: mean / spread", setting=Setting("calibrated_output")),
    "hidden": Condition("hidden biases refitted: mean / spread", setting=Setting("calibrated_hidden")),
    "calibrated": Condition("biases refitted: mean / spread", setting=Setting("calibrated")),
}

#: What the gap by binarisation is called in the last of them.
REFITTED = "gap, biases refitted"

#: Those in which all pairs of digits were measured too.
MEASURED_ON_PAIRS = ("published", "unit", "centered", "standardized", "corrected", "calibrated")


@dataclass(frozen=True)
class Statement:
    """A sentence of the paper, and how large the effect is that it tells of.

    ``effect`` takes the medians of the easy and of the hard task and gives an array (1 + resamples,),
    measured first; it is positive where the sentence holds.
    """

    sentence: str
    figure: str
    effect: Callable[["Medians", "Medians"], np.ndarray]


@dataclass(frozen=True)
class Medians:
    """Median accuracies of one task in one condition; resampled like :func:`complexity.resampled`."""

    condition: Condition
    task: str
    seeds: int

    def of(self, probe: str, weights: str) -> np.ndarray:
        """Of one probe and reading, at each of its strengths: (1 + resamples, strengths)."""
        return medians(_accuracies(self, probe, weights))

    def gap(self) -> np.ndarray:
        """What binarisation costs."""
        return self.of("shuffle", "float")[:, 0] - self.of("shuffle", "sign")[:, 0]

    def gain(self, probe: str) -> np.ndarray:
        """What the best strength of ``probe`` gives back to binarised networks that did not choose it; see
        :func:`~weightprobes.engine.bootstrap.gains`."""
        return gains(_accuracies(self, probe, "sign"))

    def kept(self, weights: str, place: int) -> np.ndarray:
        """The share of what was learned beyond the larger class that is left, 0…1, by one reading of the
        networks as they are (``place`` 0) or shuffled within signs (1)."""
        majority = max(Task.named(self.task).shares())
        learned = self.of("shuffle", "float")[:, 0] - majority
        left = self.of("shuffle", weights)[:, place] - majority
        return left / np.where(learned == 0, np.nan, learned)


@cache  # the published ones are asked for by every condition
def _accuracies(of: Medians, probe: str, weights: str) -> np.ndarray:
    """Of every network at each strength: (seeds, strengths)."""
    rows = of.condition.table(of.task, probe, of.seeds)
    rows = rows[rows["weights"] == weights]
    return rows.pivot(index="seed", columns="strength", values="accuracy").to_numpy()


STATEMENTS = (
    Statement("binarised, the hard task collapses", "fig-conditions", lambda easy, hard: hard.gap()),
    Statement("binarised, the easy task is kept", "fig-conditions", lambda easy, hard: easy.kept("sign", 0)),
    Statement(
        "binarised, the hard task loses more", "fig-conditions", lambda easy, hard: hard.gap() - easy.gap()
    ),
    Statement(
        "pruning rescues the hard task", "fig-conditions-pruning", lambda easy, hard: hard.gain("prune")
    ),
    Statement("noise helps the hard task", "fig-conditions-effects", lambda easy, hard: hard.gain("noise")),
    Statement("flips help the hard task", "fig-conditions-effects", lambda easy, hard: hard.gain("flip")),
    Statement(
        "shuffled within signs, the easy task is kept",
        "fig-conditions-effects",
        lambda easy, hard: easy.kept("float", 1),
    ),
)


def pruned(conditions: Iterable[Condition] = CONDITIONS.values(), seeds: int = 20) -> pd.DataFrame:
    """The paper's tasks, pruned, in each condition: the kept sweeps as one, with a column ``condition``."""
    tables = [
        condition.table(task, "prune", seeds).assign(condition=condition.name)
        for condition in conditions
        for task in PAPER_TASKS
    ]
    return pd.concat(tables, ignore_index=True)


def along(task: str, seeds: int = 20) -> pd.DataFrame:
    """The :class:`ShiftAlong` of one of the paper's tasks for pruning, noise and flips, as one table."""
    training = PUBLISHED.training(task)
    recipes = [ShiftAlong(training, *PROBES[name]) for name in ("prune", "noise", "flip")]
    return pd.concat([recipe.table(range(seeds)) for recipe in recipes], ignore_index=True)


def effects(conditions: Iterable[Condition] = CONDITIONS.values(), seeds: int = 20) -> pd.DataFrame:
    """One row for each condition, statement and dataset.

    Columns ``condition, sentence, figure, dataset, effect`` (accuracy, or a share of it, 0…1) with its
    95 % bootstrap interval over seeds, ``low`` and ``high``; ``share`` of the published effect; and
    ``verdict``, see :func:`verdict`.
    """
    rows = []
    for condition, (dataset, tasks), statement in product(conditions, DATASETS.items(), STATEMENTS):
        effect, published = (
            statement.effect(*(Medians(one, task, seeds) for task in tasks)) for one in (condition, PUBLISHED)
        )
        found, whole = [effect[0], *interval(effect[1:])], published[0]
        shares = [value / whole for value in found]
        about = [condition.name, statement.sentence, statement.figure, dataset]
        rows.append([*about, *found, shares[0], verdict(*shares)])
    columns = ["condition", "sentence", "figure", "dataset", "effect", "low", "high", "share", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def verdict(share: float, low: float, high: float) -> str:
    """The word for an effect that is ``share`` of the published one, with its interval in the same unit.

    *Holds* from a half on, *weaker* below; *reversed* where the interval lies below 0; where it includes
    0, *gone* if it ends below a half, and *unsure* otherwise.
    """
    if high < 0:
        return "reversed"
    if low <= 0:
        return "unsure" if high >= 0.5 else "gone"
    return "holds" if share >= 0.5 else "weaker"


def pair_ranks(seeds: int = 20) -> pd.DataFrame:
    """How the gap ranks the 45 pairs of digits in each condition of :data:`MEASURED_ON_PAIRS`.

    Columns ``condition, measure, rho, low, high`` (classes resampled), and ``gap``, the median gap.
    """
    rows = [_ranks(CONDITIONS[name], seeds) for name in MEASURED_ON_PAIRS]
    table = pd.concat(rows, ignore_index=True).rename(columns={"second": "measure"})
    return table[["condition", "measure", "rho", "low", "high", "gap"]]


def beside_refitted(dataset: str = "mnist", seeds: int = 20) -> pd.DataFrame:
    """:func:`~weightprobes.measures.pairs.of_pairs` as published, and as a column :data:`REFITTED` the gap
    by binarisation with refitted biases."""
    refitted = measures.of_pairs(dataset, seeds, CONDITIONS["calibrated"].setting)[BINARISED]
    return measures.of_pairs(dataset, seeds).assign(**{REFITTED: refitted})


@cache
def _ranks(condition: Condition, seeds: int) -> pd.DataFrame:
    found = measures.of_pairs("mnist", seeds, condition.setting, condition.scaling)
    compared = found[[BINARISED, ERROR, LINEAR, NEIGHBOUR, SIMILARITY]]
    ranks = correlations.rank_correlations(compared).query("first == @BINARISED")
    return ranks.assign(condition=condition.name, gap=found[BINARISED].median())
