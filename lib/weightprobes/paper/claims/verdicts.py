"""What the paper states beside what we measure: every number, and a verdict on every claim."""

import numpy as np
import pandas as pd

from weightprobes import paths
from weightprobes.bootstrap import interval
from weightprobes.paper import statements
from weightprobes.paper.claims import fig1, fig2, fig3, fig4, fig5, supplement
from weightprobes.paper.claims.networks import Measures
from weightprobes.paper.words import in_words
from weightprobes.tables import tables

MEASURES: Measures = {
    **fig1.MEASURES,
    **fig2.MEASURES,
    **fig3.MEASURES,
    **fig4.MEASURES,
    **fig5.MEASURES,
    **supplement.MEASURES,
}

#: What ``data/results/claims.parquet`` is made by.
RECIPE = {"claims": "every kept table"}

_SENTENCE = ["claim", "figure", "sentence", "chapter"]
_ANSWER = [
    *("quantity", "ours", "interval_low", "interval_high", "authors", "low", "high"),
    *("percent", "decides", "holds"),
]


def answers(*numbers: int) -> pd.DataFrame:
    """One row per number of the claims with these ``numbers``, all by default.

    ``claim, figure, sentence, chapter, quantity``; ``ours`` with its 95 % bootstrap interval over seeds,
    ``interval_low`` and ``interval_high``; what :func:`~weightprobes.paper.statements.numbers` says of it;
    whether it ``decides``, and whether it ``holds``: lies in its range. Raises ValueError where there is
    nothing to tell.
    """
    stated = statements.numbers()
    asked = stated[stated["claim"].isin(numbers)] if numbers else stated
    found = [_measured(quantity) for quantity in asked["quantity"]]
    found = [row for row in found if row is not None]
    if not found:
        raise ValueError(f"claims {list(numbers)} have no numbers: choose among those that can be tested")
    columns = ["quantity", "ours", "interval_low", "interval_high"]
    table = asked.merge(pd.DataFrame(found, columns=columns), on="quantity")
    table["decides"] = np.isfinite(table[["low", "high"]]).any(axis=1)
    table["holds"] = table["ours"].between(table["low"], table["high"])
    return statements.sentences()[_SENTENCE].merge(table, on="claim")[[*_SENTENCE, *_ANSWER]]


def _measured(quantity: str) -> tuple[str, float, float, float] | None:
    values = MEASURES[quantity]()
    return None if values is None else (quantity, values[0], *interval(values[1:]))


def scorecard() -> pd.DataFrame:
    """One row per claim: ``claim, figure, sentence, chapter, verdict, why``.

    *Reproduced* when all of its numbers are as claimed, *not reproduced* when none is, *partly* in
    between; *not testable here* without any. ``why`` is one sentence.
    """
    deciding = answers().query("decides")
    card = statements.sentences()
    found = [deciding[deciding["claim"] == claim] for claim in card["claim"]]
    card["verdict"] = [_verdict(rows["holds"]) for rows in found]
    card["why"] = [_reason(rows) or why for rows, why in zip(found, card["why"], strict=True)]
    return card[[*_SENTENCE, "verdict", "why"]]


def _verdict(holds: pd.Series) -> str:
    if holds.empty:
        return "not testable here"
    return {1.0: "reproduced", 0.0: "not reproduced"}.get(holds.mean(), "partly")


def _reason(deciding: pd.DataFrame) -> str:
    """The number that failed first, or else the first, and how many are in their range; empty without any."""
    if deciding.empty:
        return ""
    failing = deciding[~deciding["holds"]]
    told = in_words(failing if len(failing) else deciding).iloc[0]
    one = f"{told['quantity']}: {told['ours']} ({told['95 % interval']}), claimed {told['claimed']}"
    if failing.empty:
        others = "" if len(deciding) == 1 else f"; so are all {len(deciding)} numbers in their ranges"
        return f"{one}{others}."
    return f"{one}; {deciding['holds'].sum()} of {len(deciding)} numbers are in their ranges."


def keep() -> None:
    """Write every answer and every verdict to ``data/results/claims.parquet``."""
    verdicts = scorecard()[["claim", "verdict", "why"]]
    table = verdicts.merge(answers()[["claim", *_ANSWER]], "left", on="claim")
    tables.write(paths.RESULTS / "claims.parquet", table, RECIPE)
