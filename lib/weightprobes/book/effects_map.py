"""What becomes of each effect in each condition, as one coloured table."""

from html import escape

import pandas as pd
from IPython.display import HTML

from weightprobes.paper.conditions import STATEMENTS
from weightprobes.paper.words import bracketed, fixed

#: The verdicts on an effect and their marks, which tell them apart without colours.
MARKS = {"holds": "●", "weaker": "◐", "unsure": "?", "gone": "○", "reversed": "⇄"}

CAPTION = (
    "Size of each effect on MNIST (M) and Fashion-MNIST (F), in accuracy points; for “kept”, in percent of "
    "what was learned beyond the larger class. Marked by how it compares with the published condition: "
    "● holds, from half of it on; ◐ weaker, below; ○ gone, where the 95 % interval includes none and ends "
    "below half; ? unsure, where it includes both; ⇄ reversed, below none. Gains from pruning, noise and "
    "flips are found on one half of the networks and measured on the other. Heads lead to the figures."
)


def effects_map(table: pd.DataFrame) -> HTML:
    """:func:`weightprobes.paper.conditions.effects` as a table.

    A row for each condition, two columns for each statement; in a cell the effect and its verdict, with the
    interval when pointed at.
    """
    sentences, datasets = (list(dict.fromkeys(table[name])) for name in ("sentence", "dataset"))
    figures = {statement.sentence: statement.figure for statement in STATEMENTS}
    heads = "".join(
        f'<th scope="colgroup" colspan="{len(datasets)}"><a href="#{figures[one]}">{escape(one)}</a></th>'
        for one in sentences
    )
    letters = "".join(f'<th scope="col"><abbr title="{escape(one)}">{one[0]}</abbr></th>' for one in datasets)
    rows = []
    for condition, part in table.groupby("condition", sort=False):
        places = part.set_index(["sentence", "dataset"])
        cells = "".join(_cell(places.loc[one, name]) for one in sentences for name in datasets)
        rows.append(f'<tr><th scope="row">{escape(condition)}</th>{cells}</tr>')
    head = f'<tr><th scope="col" rowspan="2">condition</th>{heads}</tr><tr>{letters * len(sentences)}</tr>'
    return HTML(
        f'<div class="wide" role="region" aria-label="Effects in each condition" tabindex="0">'
        f'<table class="verdicts" id="fig-conditions-effects"><caption>{CAPTION}</caption>'
        f"<thead>{head}</thead><tbody>{''.join(rows)}</tbody></table></div>"
    )


def _cell(effect: pd.Series) -> str:
    told, low, high = (fixed(100 * effect[name], 0) for name in ("effect", "low", "high"))
    about = f"{effect['verdict']}: {told} {bracketed(low, high)}"
    return (
        f'<td class="{effect["verdict"]}" title="{about}">{told}'
        f'<span aria-hidden="true">{MARKS[effect["verdict"]]}</span>'
        f'<span class="unseen">{effect["verdict"]}</span></td>'
    )
