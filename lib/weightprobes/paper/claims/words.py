"""Answers as a reader wants to see them: accuracies in percent, strengths as they are."""

import numpy as np
import pandas as pd


def in_words(table: pd.DataFrame) -> pd.DataFrame:
    """:func:`~weightprobes.paper.claims.answers` in words: ``claim, quantity, ours, 95 % interval, authors',
    claimed, holds``."""

    def words(column: str) -> list[str]:
        return [
            _number(value, percent) for value, percent in zip(table[column], table["percent"], strict=True)
        ]

    lows, highs = words("interval_low"), words("interval_high")
    columns = {
        "claim": table["claim"],
        "quantity": table["quantity"],
        "ours": words("ours"),
        "95 % interval": [f"{low} … {high}" for low, high in zip(lows, highs, strict=True)],
        "authors'": words("authors"),
        "claimed": [_range(row.low, row.high, row.percent) for row in table.itertuples()],
        "holds": np.where(table["decides"], np.where(table["holds"], "yes", "no"), "–"),
    }
    return pd.DataFrame(columns)


def _number(value: float, percent: bool) -> str:
    if np.isnan(value):
        return "–"
    # -0.04 % is no -0.0 %; the space is one that does not break
    return f"{round(100 * value, 1) + 0:.1f}\N{NO-BREAK SPACE}%" if percent else f"{value:.3f}"


def _range(low: float, high: float, percent: bool) -> str:
    if np.isinf(low) and np.isinf(high):
        return "–"
    if np.isinf(high):
        return f"≥ {_number(low, percent)}"
    if np.isinf(low):
        return f"≤ {_number(high, percent)}"
    return f"{_number(low, percent)} … {_number(high, percent)}"
