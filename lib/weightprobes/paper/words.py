"""Numbers as a reader wants to see them: accuracies in percent, differences in points, the rest as it is."""

import numpy as np
import pandas as pd

#: What follows a number of each unit of ``data/claims.csv``; the space does not break.
_UNITS = {"accuracy": "\N{NO-BREAK SPACE}%", "points": "\N{NO-BREAK SPACE}points", "number": ""}


def formatted(table: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns of :func:`~weightprobes.paper.claims.answers` in words.

    Columns ``claim, quantity, ours, 95 % interval, authors', our range, holds``: "yes"; "unsure" if the
    number lies in its range and an end of its interval does not; "no"; or "–" without a range.
    """
    told = {
        name: [_number(value, unit) for value, unit in zip(table[name], table["unit"], strict=True)]
        for name in ("ours", "interval_low", "interval_high", "authors", "low", "high")
    }
    decides = np.isfinite(table[["low", "high"]]).any(axis=1)
    columns = {
        "claim": table["claim"],
        "quantity": table["quantity"],
        "ours": list(map(_with_unit, told["ours"], table["unit"])),
        "95 % interval": list(map(bracketed, told["interval_low"], told["interval_high"])),
        "authors'": list(map(_with_unit, told["authors"], table["unit"])),
        "our range": list(map(_range, told["low"], told["high"], table["unit"])),
        "holds": np.select([~decides, ~table["holds"], leaves_range(table)], ["–", "no", "unsure"], "yes"),
    }
    return pd.DataFrame(columns)


def leaves_range(table: pd.DataFrame) -> pd.Series:
    """Whether an end of a number's interval lies outside its range; False without an interval."""
    return (table["interval_low"] < table["low"]) | (table["interval_high"] > table["high"])


def fixed(value: float, decimals: int) -> str:
    """``value`` with so many decimals and a minus sign that is one: −0.38, and never −0.00."""
    return f"{round(value, decimals) + 0:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def bracketed(low: str, high: str) -> str:
    """An interval as the book spells it: "[99.7–99.7]"; "[−0.4 to 0.2]" where an end is negative."""
    if not low or not high:
        return "–"
    return f"[{low} to {high}]" if "\N{MINUS SIGN}" in low + high else f"[{low}–{high}]"


def _number(value: float, unit: str) -> str:
    """Empty where there is nothing to tell."""
    if not np.isfinite(value):
        return ""
    return fixed(value, 3) if unit == "number" else fixed(100 * value, 1)


def _with_unit(number: str, unit: str) -> str:
    return f"{number}{_UNITS[unit]}" if number else "–"


def _range(low: str, high: str, unit: str) -> str:
    if low and high:
        return _with_unit(bracketed(low, high).strip("[]"), unit)
    return _with_unit(f"≥ {low}" if low else f"≤ {high}" if high else "", unit)
