"""The front page's strip: a square for each claim, told by its mark, leading to its evidence."""

import re

import pandas as pd

from weightprobes import paths
from weightprobes.book.strip import MARKS, strip
from weightprobes.paper import claims

CARD = pd.DataFrame(
    {
        "claim": [1, 2, 3],
        "sentence": ["Signs < sizes.", "Two.", "Three."],
        "verdict": ["reproduced", "not tested yet", "reproduced"],
        "chapter": ["noise", "flips", "noise"],
    }
)


def test_a_square_tells_number_verdict_and_sentence_without_its_colour():
    html = strip(CARD).data
    assert re.findall(r'aria-label="(.*?)"', html) == [
        "Claim 1, reproduced: Signs &lt; sizes.",
        "Claim 2, not tested yet: Two.",
        "Claim 3, reproduced: Three.",
    ]
    assert re.findall(r">(\d\W)</span></a>", html) == ["1✓", "2○", "3✓"]


def test_the_legend_counts_the_verdicts_that_there_are():
    legend = strip(CARD).data.split("</ol>")[1]
    assert re.findall(r"</span> (.*?)</li>", legend) == ["2 reproduced", "1 not tested yet"]


def test_marks_differ_and_every_verdict_has_a_colour():
    sheet = (paths.HOME / "book" / "_static" / "book.css").read_text()
    assert len(set(MARKS.values())) == len(MARKS) == len(claims.VERDICTS)
    for verdict in claims.VERDICTS:
        assert f".claims .{verdict.replace(',', '').replace(' ', '-')}" in sheet
