"""Numbers as a reader wants to see them: accuracies in percent, strengths as they are."""

import numpy as np
import pandas as pd


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns of :func:`~weightprobes.paper.claims.answers` in words.

    Columns ``claim, quantity, ours, 95 % interval, authors', claimed, holds``: "yes", "unsure" if the number
    lies in its range and an end of its interval does not, "no", or "–" without a range.
    """
    told = {
        name: [_number(value, percent) for value, percent in zip(table[name], table["percent"], strict=True)]
        for name in ("ours", "interval_low", "interval_high", "authors", "low", "high")
    }
    decides = np.isfinite(table[["low", "high"]]).any(axis=1)
    columns = {
        "claim": table["claim"],
        "quantity": table["quantity"],
        "ours": [number or "–" for number in told["ours"]],
        "95 % interval": list(map(_range, told["interval_low"], told["interval_high"])),
        "authors'": [number or "–" for number in told["authors"]],
        "claimed": list(map(_range, told["low"], told["high"])),
        "holds": np.select([~decides, ~table["holds"], leaves_range(table)], ["–", "no", "unsure"], "yes"),
    }
    return pd.DataFrame(columns)


def leaves_range(table: pd.DataFrame) -> pd.Series:
    """Whether an end of a number's interval lies outside its range; False without an interval."""
    return (table["interval_low"] < table["low"]) | (table["interval_high"] > table["high"])


def _number(value: float, percent: bool) -> str:
    """Empty where there is nothing to tell."""
    if not np.isfinite(value):
        return ""
    # adding 0 leaves no -0; the space is one that does not break
    return f"{round(100 * value, 1) + 0:.1f}\N{NO-BREAK SPACE}%" if percent else f"{round(value, 3) + 0:.3f}"


def _range(low: str, high: str) -> str:
    if low and high:
        return f"{low} … {high}"
    return f"≥ {low}" if low else f"≤ {high}" if high else "–"
