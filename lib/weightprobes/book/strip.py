"""The claims as a strip of squares: coloured and marked by verdict, each a link to its evidence."""

from html import escape

import pandas as pd
from IPython.display import HTML

from weightprobes.paper.claims import VERDICTS

#: What says the verdict to those who do not see its colour.
MARKS = dict(zip(VERDICTS, ("✓", "≈", "◐", "✗", "–", "○"), strict=True))

#: Where a chapter has our numbers beside the paper's.
EVIDENCE = "../notebooks/{}.html#how-it-compares-with-the-paper"


def strip(card: pd.DataFrame) -> HTML:
    """The claims of a scorecard (:func:`weightprobes.paper.claims.scorecard`), and below them what the marks
    mean and how many claims have each."""
    squares = "".join(_square(row) for row in card.to_dict("records"))
    counts = card["verdict"].value_counts()
    legend = "".join(
        f"<li>{_mark(verdict)} {counts[verdict]} {verdict}</li>" for verdict in VERDICTS if verdict in counts
    )
    return HTML(f'<ol class="claims">{squares}</ol><ul class="claims-legend">{legend}</ul>')


def _square(row: dict[str, object]) -> str:
    told = escape(f"Claim {row['claim']}, {row['verdict']}: {row['sentence']}")
    mark = _mark(row["verdict"], row["claim"])
    address = EVIDENCE.format(row["chapter"])
    return f'<li><a href="{address}" title="{told}" aria-label="{told}">{mark}</a></li>'


def _mark(verdict: str, number: object = "") -> str:
    """A verdict's mark in its colour, behind the ``number`` of a claim."""
    kind = verdict.replace(",", "").replace(" ", "-")
    return f'<span class="{kind}" aria-hidden="true">{number}{MARKS[verdict]}</span>'
