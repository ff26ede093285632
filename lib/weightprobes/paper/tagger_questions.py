"""The paper's sentences about DistilBERT (claims 26 to 29), asked of any tagger."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from weightprobes.engine.tagger_card import Card, Model
from weightprobes.models.checkpoints import AUTHORS, Checkpoint
from weightprobes.models.distilbert import paper_matrices
from weightprobes.paper import reference, statements, words
from weightprobes.paper import tagger_grids as grids
from weightprobes.paper import tagger_tables as study

#: A simplification is borne if it takes less than a tenth of the F1, and destroys if it takes more than half.
BORNE, DESTROYED = 0.1, 0.5

_BARS = {"signs only": "sign", "shuffled (A)": "random", "shuffled within signs (B)": "within_sign"}

#: What the paper states, what is asked here, the value, and its 95 % interval.
Row = tuple[str, str, float, float, float]


def answers(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """One row per number: ``claim, quantity, value`` with ``value_low`` and ``value_high`` (a 95 % interval
    over sentences; NaN for CKA), the ``authors``' value, the range ``low`` … ``high`` that the claim gives
    it (infinite where it says nothing), and whether it ``holds``.

    Gaps are losses of F1, 0…1, with 0.1 % of the weights pruned as in the paper's bars. For the authors'
    model the range is that of ``data/claims.csv``; for another one it is what their words say: that a
    matrix bears the simplification or is destroyed by it, relative to the model's own F1.
    """
    stated = statements.numbers().set_index("quantity")[["claim", "authors", "low", "high"]]
    table = values(model, device).join(stated)
    if not (isinstance(model, Checkpoint) and model.name == AUTHORS):
        f1 = Card(model).table(device=device)["f1"].item()
        worded = table.index[table["claim"].isin([26, 27])]
        table.loc[worded, ["low", "high"]] = [
            _range(quantity, authors, f1) for quantity, authors in table.loc[worded, "authors"].items()
        ]
    columns = ["claim", "quantity", "value", "value_low", "value_high", "authors", "low", "high"]
    table = table.reset_index(drop=True)[columns]
    return table.assign(holds=table["value"].between(table["low"], table["high"]))


def values(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """The same without what is claimed: ``quantity`` (with the model's own matrices), ``value, value_low,
    value_high``; indexed by the quantity in ``data/claims.csv`` that it answers."""
    blocks = int(Card(model).table(device=device)["blocks"].item())
    if blocks < 2:
        raise ValueError(f"{model.label} has one block, and the claims compare the first with the last")
    names = dict(zip(paper_matrices(6), paper_matrices(blocks), strict=True))
    rows = [
        *_losses(names, study.claimed(model, device)),
        *_similarities(names, study.similarities(model, device)),
    ]
    columns = ["stated", "quantity", "value", "value_low", "value_high"]
    return pd.DataFrame(rows, columns=columns).set_index("stated")


def authors_bars() -> pd.DataFrame:
    """The losses of Fig. 5 d–f: ``site``, ``bar`` (``"sign"``, ``"random"``, ``"within_sign"``), ``gap``."""
    theirs = reference.ner()
    at = theirs[theirs["strength"] == 0.001].set_index(["probe", "variant", "weights", "site"])["f1"]
    dense = reference.NER_F1
    bars = {
        "sign": at["prune", "smallest", "sign"],
        **{null: at["prune+shuffle", null, "float"] for null in ("random", "within_sign")},
    }
    return pd.concat(
        [(dense - found).rename("gap").reset_index().assign(bar=bar) for bar, found in bars.items()]
    )


def bars(table: pd.DataFrame) -> pd.DataFrame:
    """Of :func:`~weightprobes.paper.tagger_tables.claimed`, means over draws; ``gap_low, gap_high`` too."""
    at = table[table["strength"] == 0.001]
    shuffled = at["probe"] == "prune+shuffle"
    shown = at[shuffled | (at["weights"] == "sign")]
    shown = shown.assign(bar=shown["variant"].where(shuffled, "sign"))
    return shown.groupby(["site", "bar"], sort=False)[["gap", "gap_low", "gap_high"]].mean().reset_index()


def strength_at_half(table: pd.DataFrame) -> pd.Series:
    """Where F1 first falls below half of what it is at the least strength: interpolated, NaN if nowhere.

    Indexed by site; ``table`` holds curves of one probe and reading, which are averaged over draws.
    """
    means = table.groupby(["site", "strength"])["f1"].mean().unstack()

    def crossing(curve: pd.Series) -> float:
        curve = curve.dropna()
        half = curve.iloc[0] / 2
        below = np.flatnonzero(curve < half)
        if len(below) == 0:
            return np.nan
        around = curve.iloc[below[0] - 1 : below[0] + 1]
        return float(np.interp(-half, -around, around.index))

    return means.apply(crossing, axis=1)


def _losses(names: dict[str, str], table: pd.DataFrame) -> Iterator[Row]:
    gaps = bars(table).set_index(["bar", "site"])
    half = table[(table["strength"] == 0.5) & (table["weights"] == "float")].set_index("site")
    found = {how: gaps.loc[bar] for how, bar in _BARS.items()} | {"half of its weights pruned": half}
    for how, rows in found.items():
        for theirs, ours in names.items():
            yield f"{theirs}, {how}", f"{ours}, {how}", *rows.loc[ours, ["gap", "gap_low", "gap_high"]]


def _range(quantity: str, authors: float, f1: float) -> tuple[float, float]:
    """What the words of claims 26 and 27 ask of a tagger with ``f1``, by what the authors' one loses."""
    if quantity.endswith("(A)") and authors < 0.8:
        return -np.inf, np.inf  # claim 27 speaks of the two that a full shuffle destroys altogether
    if authors < BORNE * reference.NER_F1:
        return -np.inf, BORNE * f1
    if authors > DESTROYED * reference.NER_F1:
        return DESTROYED * f1, np.inf
    return BORNE * f1, DESTROYED * f1


def _similarities(names: dict[str, str], table: pd.DataFrame) -> Iterator[Row]:
    noise = grids.CKA_NOISE[0]  # noqa: F841
    noisy = table.query("probe == 'noise' and weights == 'float' and strength == @noise and not padding")
    found = noisy.groupby(["site", "place"])["biased"].mean()
    theirs, ours = list(names), list(names.values())
    least = min(found[site, place] for number, site in enumerate(ours) for place in ours[:number])
    yield *2 * ("before the noisy matrix, least CKA",), least, np.nan, np.nan
    for number in (1, 3, 4):
        value = found[ours[number], ours[-1]]
        stated, asked = (f"{one[number]} noisy, CKA of the logits" for one in (theirs, ours))
        yield stated, asked, value, np.nan, np.nan


def formatted(table: pd.DataFrame) -> pd.DataFrame:
    """:func:`answers` as a reader wants to see it."""
    ours = {"value": "ours", "value_low": "interval_low", "value_high": "interval_high"}
    told = words.formatted(table.rename(columns=ours).assign(unit="number"))
    return told.rename(columns={"ours": "here", "authors'": "authors' model"})
