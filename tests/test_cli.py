"""The command line: what it prints, and what it says of a mistake."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from weightprobes import cli
from weightprobes.complexity import complexity
from weightprobes.settings import SETTINGS
from weightprobes.tasks import PAPER_TASKS

QUICK = ["digits/0-1", "--seeds", "2"]


def run(*arguments: str):
    return CliRunner().invoke(cli.app, arguments, catch_exceptions=False)


def test_tasks_lists_the_papers_tasks_and_every_dataset():
    rows = json.loads(run("tasks", "--json").stdout)
    assert set(PAPER_TASKS) < {row["task"] for row in rows}
    assert "Ankle boot" in run("tasks").stdout


@pytest.mark.parametrize("setting", SETTINGS)
def test_complexity_prints_what_the_library_measures(setting, folders):
    printed = pd.DataFrame(json.loads(run("complexity", *QUICK, "--setting", setting, "--json").stdout))
    measured = complexity("digits/0-1", seeds=2, setting=SETTINGS[setting]).drop(columns="dataset")
    pd.testing.assert_frame_equal(printed, measured, check_dtype=False, atol=1e-9)


def test_complexity_prints_a_table_for_people(folders):
    table = run("complexity", *QUICK).stdout
    assert table.split()[:3] == ["task", "simplification", "float"]
    assert table.count("digits/0-1") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["complexity", "digits/0"], "does not tell classes apart"),
        (["complexity", "digit/0-1"], "choose one of digits"),
        (["complexity", "digits/0-1", "--setting", "published"], "choose one of as_published"),
        (["complexity", "digits/0-1", "--activation", "gelu"], "choose one of relu"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_exit_code_2(arguments, said, monkeypatch, capsys, folders):
    monkeypatch.setattr("sys.argv", ["weightprobes", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("weightprobes: ")
    assert error.count("\n") == 1
