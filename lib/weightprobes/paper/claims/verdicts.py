"""What the paper states beside what we measure: every number, and a verdict on every claim."""

import numpy as np
import pandas as pd

from weightprobes import paths
from weightprobes.engine.bootstrap import interval
from weightprobes.paper import statements
from weightprobes.paper.claims import abstract, fig1, fig2, fig3, fig4, fig5, supplement
from weightprobes.paper.claims.networks import Measures
from weightprobes.paper.words import formatted, leaves_range
from weightprobes.tables import tables

MEASURES: Measures = {
    **fig1.MEASURES,
    **fig2.MEASURES,
    **fig3.MEASURES,
    **fig4.MEASURES,
    **fig5.MEASURES,
    **supplement.MEASURES,
    **abstract.MEASURES,
}

#: What ``data/results/claims.parquet`` is made by.
RECIPE = {"claims": "every kept table"}

_SENTENCE = ["claim", "figure", "sentence", "chapter"]
_ANSWER = [
    *("quantity", "ours", "interval_low", "interval_high", "authors", "low", "high"),
    *("unit", "decides", "holds", "sure"),
]

#: In the order in which they are counted.
VERDICTS = (
    *("reproduced", "reproduced, uncertain", "partly", "not reproduced"),
    *("not testable here", "not tested yet"),
)


def answers(*numbers: int) -> pd.DataFrame:
    """One row per number of the claims with these ``numbers``, all by default.

    ``claim, figure, sentence, chapter, quantity``; ``ours`` with its 95 % bootstrap interval over seeds,
    ``interval_low`` and ``interval_high``; what :func:`~weightprobes.paper.statements.numbers` says of it;
    whether it ``decides``; whether it ``holds``, lies in its range; and is ``sure``, its whole interval does.
    Raises ValueError where there is nothing to tell.
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
    table["sure"] = table["holds"] & ~leaves_range(table)
    return statements.sentences()[_SENTENCE].merge(table, on="claim")[[*_SENTENCE, *_ANSWER]]


def _measured(quantity: str) -> tuple[str, float, float, float] | None:
    values = MEASURES[quantity]()
    return None if values is None else (quantity, values[0], *interval(values[1:]))


def scorecard() -> pd.DataFrame:
    """One row per claim: ``claim, figure, sentence, chapter, verdict, why``.

    *Reproduced* when all of its numbers lie in their ranges with their whole intervals; *reproduced,
    uncertain* when all of them do, but not all of the intervals; *not reproduced* when no number does, and
    *partly* in between. Without any, *not testable here*, or *not tested yet* where none is asked. ``why`` is
    one sentence.
    """
    deciding, asked = answers().query("decides"), set(statements.numbers()["claim"])
    card = statements.sentences()
    found = [deciding[deciding["claim"] == claim] for claim in card["claim"]]
    card["verdict"] = [
        _verdict(rows) if claim in asked else "not tested yet"
        for claim, rows in zip(card["claim"], found, strict=True)
    ]
    card["why"] = [_reason(rows) or why for rows, why in zip(found, card["why"], strict=True)]
    return card[[*_SENTENCE, "verdict", "why"]]


def tally(card: pd.DataFrame) -> str:
    """How many claims of a scorecard have each verdict: "15 reproduced; 6 reproduced, uncertain; …"."""
    counts = card["verdict"].value_counts()
    return "; ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if verdict in counts)


def _verdict(deciding: pd.DataFrame) -> str:
    if deciding.empty:
        return "not testable here"
    if deciding["holds"].all():
        return "reproduced" if deciding["sure"].all() else "reproduced, uncertain"
    return "partly" if deciding["holds"].any() else "not reproduced"


def _reason(deciding: pd.DataFrame) -> str:
    """The first number that fails, or else that is unsure, or else of all, and how many are in their ranges;
    empty without any."""
    if deciding.empty:
        return ""
    # the sort is stable: of those that fail, or of those that are unsure, the first stays first
    told = formatted(deciding.sort_values(["holds", "sure"], kind="stable")).iloc[0]
    one = f"{told['quantity']}: {told['ours']} {told['95 % interval']}, our range {told['our range']}"
    held, sure, numbers = deciding["holds"].sum(), deciding["sure"].sum(), len(deciding)
    if held < numbers:
        return f"{one}; {held} of {numbers} numbers fall in their ranges{_as_theirs(deciding)}."
    if sure < numbers:
        others = "" if numbers == 1 else f" ({sure} of {numbers} do)"
        return f"{one}; the number falls in its range, its interval does not{others}."
    all_of_them = "both" if numbers == 2 else f"all {numbers}"
    return f"{one}." if numbers == 1 else f"{one}; {all_of_them} fall in their ranges."


def _as_theirs(deciding: pd.DataFrame) -> str:
    """How many of the numbers that miss their range the authors' own values miss, too."""
    missed = deciding[~deciding["holds"] & deciding["authors"].notna()]
    theirs = (~missed["authors"].between(missed["low"], missed["high"])).sum()
    return f", and the authors' own miss {theirs} of the others" if theirs else ""


def keep() -> None:
    """Write every answer and every verdict to ``data/results/claims.parquet``."""
    verdicts = scorecard()[["claim", "verdict", "why"]]
    table = verdicts.merge(answers()[["claim", *_ANSWER]], "left", on="claim")
    tables.write(paths.RESULTS / "claims.parquet", table, RECIPE)
