"""Two checkouts, compared: which numbers of the prose and which verdicts moved, with their intervals."""

import nbformat
import pandas as pd
import pytest
from typer.testing import CliRunner

from weightprobes.book import moved
from weightprobes.cli import app as cli
from weightprobes.tables import tables

ANSWER = {
    "claim": 1, "verdict": "reproduced", "why": "", "quantity": "the gap", "ours": 0.5, "interval_low": 0.4,
    "interval_high": 0.6, "authors": 0.5, "low": 0.3, "high": 0.7, "unit": "accuracy", "decides": True,
    "holds": True, "sure": True,
}  # fmt: skip
WITHOUT = ANSWER | {"claim": 2, "verdict": "not tested yet"} | dict.fromkeys([*ANSWER][3:])


@pytest.fixture
def checkout(tmp_path):
    """Makes a checkout with these glued texts and answers."""

    def make(name, glued, **answer):
        (tmp_path / name / "notebooks").mkdir(parents=True)
        kind, cell = "application/papermill.record/text/plain", nbformat.v4.new_code_cell("numbers()")
        for key, text in glued.items():
            marked = {"scrapbook": {"name": key, "mime_prefix": "application/papermill.record/"}}
            output = nbformat.v4.new_output("display_data", {kind: repr(text)}, metadata=marked)
            cell.outputs.append(output)
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / name / "notebooks" / "noise.ipynb")
        table = pd.DataFrame([ANSWER | answer, WITHOUT])
        tables.write(tmp_path / name / "data" / "results" / "claims.parquet", table, "claims")
        return tmp_path / name

    return make


def test_nothing_moves_between_equal_checkouts(checkout):
    old, new = (checkout(name, {"gap": "49.5"}) for name in ("old", "new"))
    assert moved.numbers(old, new).empty
    assert moved.verdicts(old, new).empty


def test_a_checkout_from_before_units_is_compared(checkout):
    old, new = checkout("old", {}, unit=None, percent=True), checkout("new", {})
    assert moved.verdicts(old, new).empty


def test_a_number_of_the_prose_that_moved_is_told_with_its_interval(checkout):
    old = checkout("old", {"gap": "49.5", "gap_interval": "[49–50]", "gone": "1", "same": "it's 3"})
    new = checkout("new", {"gap": "48.1", "gap_interval": "[47–49]", "same": "it's 3"})
    assert moved.sentences(moved.numbers(old, new)) == [
        "noise · gap: 49.5 [49–50] → 48.1 [47–49]",
        "noise · gap_interval: [49–50] → [47–49]",
        "noise · gone: 1 → nothing",
    ]


def test_a_verdict_and_an_interval_that_moved_are_told(checkout):
    old, new = checkout("old", {}), checkout("new", {}, verdict="partly", interval_low=0.2)
    (row,) = moved.verdicts(old, new).to_dict("records")
    assert (row["claim"], row["quantity"]) == (1, "the gap")
    assert row["was"].endswith(", reproduced")
    assert row["now"].endswith(", partly")
    assert "40.0" in row["was"]
    assert "20.0" in row["now"]


def test_a_claim_without_numbers_may_get_a_verdict(checkout):
    old, new = checkout("old", {}), checkout("new", {})
    path = new / "data" / "results" / "claims.parquet"
    tables.write(path, pd.DataFrame([ANSWER, WITHOUT | {"verdict": "partly"}]), "claims")
    (row,) = moved.verdicts(old, new).to_dict("records")
    assert (row["claim"], row["quantity"], row["now"].rpartition(", ")[2]) == (2, "", "partly")


def test_the_command_tells_what_moved_and_says_so_by_its_exit_code(checkout):
    old, new = checkout("old", {"gap": "49.5"}), checkout("new", {"gap": "48.1"})
    done = CliRunner().invoke(cli.app, ["diff", str(old), str(new)])
    assert done.exit_code == 1
    assert "noise · gap: 49.5 → 48.1\n" in done.stdout
    assert CliRunner().invoke(cli.app, ["diff", str(old), str(old)]).exit_code == 0
