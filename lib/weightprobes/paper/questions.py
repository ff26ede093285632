"""The paper's sentences about DistilBERT (claims 26 to 29), asked of any tagger."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import torch

from weightprobes.engine.card import Card, Model
from weightprobes.engine.sites import paper_sites
from weightprobes.models.checkpoints import AUTHORS, Checkpoint
from weightprobes.paper import ner_grids as grids
from weightprobes.paper import reference, study

#: A simplification is borne if it takes less than a tenth of the F1, and destroys if it takes more than half.
BORNE, DESTROYED = 0.1, 0.5

_BARS = {"signs only": "sign", "shuffled (A)": "random", "shuffled within signs (B)": "within_sign"}

Row = tuple[int, str, float, float, float, float, float, float]


def answers(model: Model, device: torch.device | str = "cpu") -> pd.DataFrame:
    """One row per number: ``claim, quantity, value`` with ``value_low`` and ``value_high`` (a 95 % interval
    over sentences; NaN for CKA), the ``authors``' value, the range ``low`` … ``high`` that the claim gives
    it (infinite where it says nothing), and whether it ``holds``.

    Gaps are losses of F1, 0…1, with 0.1 % of the weights pruned as in the paper's bars. For the authors'
    model the range is their value and a tolerance; for another one it is what their words say: that a
    matrix bears the simplification or is destroyed by it, relative to the model's own F1.
    """
    columns = ["claim", "quantity", "value", "value_low", "value_high", "authors", "low", "high"]
    card = Card(model).table(device=device).iloc[0]
    if card["blocks"] < 2:
        raise ValueError(f"{model.label} has one block, and the claims compare the first with the last")
    names = paper_sites(int(card["blocks"]))
    rows = [
        *_losses(model, names, card["f1"], study.claimed(model, device)),
        *_similarities(names, study.spread_of_damage(model, device)),
    ]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(holds=table["value"].between(table["low"], table["high"]))


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
    """The same of :func:`~weightprobes.paper.study.claimed`: means over draws; ``gap_low, gap_high`` too."""
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


def _losses(model: Model, names: list[str], f1: float, table: pd.DataFrame) -> Iterator[Row]:
    ours = bars(table).set_index(["bar", "site"])
    theirs = authors_bars().set_index(["bar", "site"])["gap"]
    for words, bar in _BARS.items():
        for ours_name, their_name in zip(names, paper_sites(6), strict=True):
            value, authors = ours.loc[(bar, ours_name)], theirs[bar, their_name]
            claim = 26 if bar == "sign" else 27
            yield (claim, f"{ours_name}, {words}", *value, authors, *_range(model, claim, bar, authors, f1))
    half = table[(table["strength"] == 0.5) & (table["weights"] == "float")].set_index("site")
    kept_half = reference.ner().query("probe == 'prune' and weights == 'float' and strength == 0.5")
    theirs = reference.NER_F1 - kept_half.set_index("site")["f1"]
    for ours_name, their_name in zip(names, paper_sites(6), strict=True):
        value = half.loc[ours_name, ["gap", "gap_low", "gap_high"]]
        yield (28, f"{ours_name}, half of its weights pruned", *value, theirs[their_name], -np.inf, 0.01)


def _range(model: Model, claim: int, bar: str, authors: float, f1: float) -> tuple[float, float]:
    if isinstance(model, Checkpoint) and model.name == AUTHORS:
        loose = bar == "random" or authors > 0.2
        tolerance = 0.003 if claim == 26 else 0.05 if loose else 0.02
        return authors - tolerance, authors + tolerance
    if bar == "random" and authors < 0.8:
        return -np.inf, np.inf  # claim 27 speaks of the two that a full shuffle destroys altogether
    if authors < BORNE * reference.NER_F1:
        return -np.inf, BORNE * f1
    if authors > DESTROYED * reference.NER_F1:
        return DESTROYED * f1, np.inf
    return BORNE * f1, DESTROYED * f1


def _similarities(names: list[str], table: pd.DataFrame) -> Iterator[Row]:
    noise = grids.CKA_NOISE[0]  # noqa: F841
    noisy = table.query("probe == 'noise' and weights == 'float' and strength == @noise and not padding")
    found = noisy.groupby(["site", "place"])["biased"].mean()
    theirs = reference.cka().query("probe == 'noise' and strength == @noise")
    theirs = theirs.set_index(["site", "place"])["cka"]
    upstream = [found[site, place] for number, site in enumerate(names) for place in names[:number]]
    yield (29, "before the noisy matrix, least CKA", min(upstream), np.nan, np.nan, 1.0, 0.9999, np.inf)
    for number, (low, high) in {1: (-np.inf, 0.2), 3: (0.9, np.inf), 4: (0.9, np.inf)}.items():
        value, authors = found[names[number], names[-1]], theirs[paper_sites(6)[number], "classifier"]
        yield (29, f"{names[number]} noisy, CKA of the logits", value, np.nan, np.nan, authors, low, high)


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """:func:`answers` as a reader wants to see it."""

    def number(value: float) -> str:
        return "–" if np.isnan(value) else f"{value + 0:.3f}".replace("-0.000", "0.000")

    def span(low: float, high: float) -> str:
        if np.isinf(low) and np.isinf(high):
            return "–"
        if np.isinf(low):
            return f"≤ {high:.3f}"
        return f"≥ {low:.3f}" if np.isinf(high) else f"{low:.3f} … {high:.3f}"

    decides = np.isfinite(table[["low", "high"]]).any(axis=1)
    columns = {
        "claim": table["claim"],
        "quantity": table["quantity"],
        "here": table["value"].map(number),
        "95 % interval": [
            "–" if np.isnan(row.value_low) else f"{number(row.value_low)} … {number(row.value_high)}"
            for row in table.itertuples()
        ],
        "authors' model": table["authors"].map(number),
        "claimed": [span(row.low, row.high) for row in table.itertuples()],
        "holds": np.where(decides, np.where(table["holds"], "yes", "no"), "–"),
    }
    return pd.DataFrame(columns)
