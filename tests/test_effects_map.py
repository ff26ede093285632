"""The table of what becomes of each effect in each condition."""

from xml.etree import ElementTree

import pandas as pd
import pytest

from weightprobes.book.effects_map import MARKS, effects_map
from weightprobes.paper.conditions import STATEMENTS

ROWS = [
    {"condition": condition, "sentence": statement.sentence, "dataset": dataset, "effect": 0.1 * place,
     "low": -0.02, "high": 0.3, "verdict": list(MARKS)[(place + len(dataset)) % 5]}
    for condition in ("as published", "signs <b>scaled</b>")
    for place, statement in enumerate(STATEMENTS[:3])
    for dataset in ("MNIST", "Fashion")
]  # fmt: skip


@pytest.fixture
def table():
    return ElementTree.fromstring(effects_map(pd.DataFrame(ROWS)).data).find("table")


def test_it_has_a_row_for_each_condition_and_a_cell_for_each_effect(table):
    body = table.find("tbody")
    assert ["".join(row[0].itertext()) for row in body] == ["as published", "signs <b>scaled</b>"]
    cells = [[cell.text for cell in row[1:]] for row in body]
    assert cells == [["0", "0", "10", "10", "20", "20"]] * 2


def test_a_cell_has_its_verdict_as_colour_mark_and_word_and_its_interval(table):
    for cell, told in zip(table.findall("tbody/tr/td"), ROWS, strict=True):
        assert cell.get("class") == told["verdict"]
        assert [part.text for part in cell] == [MARKS[told["verdict"]], told["verdict"]]
        assert cell.get("title").endswith("[−2 to 30]")


def test_heads_lead_to_the_figures_and_it_is_where_links_expect_it(table):
    targets = [link.get("href") for link in table.findall("thead//a")]
    assert targets == [f"#{statement.figure}" for statement in STATEMENTS[:3]]
    assert table.get("id") == "fig-conditions-effects"
