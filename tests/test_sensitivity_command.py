"""``weightprobes sensitivity``: any model from a shell, and what it says of a mistake."""

import json
import sys

import pandas as pd
import pytest

from weightprobes.cli import app as cli

MINE = """
import torch

torch.manual_seed(0)
net = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
x = torch.randn(60, 6)
answers = net(x).argmax(1)

def make():
    return net

def score(model):
    return model(x).argmax(1) == answers

def batches():
    yield x

def wrong(model):
    return "good"
"""
CALLED = ["--evaluate", "mine:score", "--calibration", "mine:batches"]


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    """The command in a folder where ``mine.py`` lies: exit code, output and errors."""
    (tmp_path / "mine.py").write_text(MINE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["weightprobes", "sensitivity", *arguments])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        return stop.value.code or 0, *capsys.readouterr()

    yield run
    sys.modules.pop("mine", None)


@pytest.mark.parametrize("model", ["mine:net", "mine:make"])
@pytest.mark.parametrize("calibration", ["mine:x", "mine:batches"])
def test_a_model_is_diagnosed_planned_and_reported(model, calibration, command, tmp_path):
    code, said, _ = command(
        model, "--evaluate", "mine:score", "--calibration", calibration, "--budget", "0.3", "-o", "of.html"
    )
    assert code == 0
    table, plan, kept = said.splitlines()[:3], *said.splitlines()[3:]
    assert max(map(len, table)) <= 80
    assert [line.split()[0] for line in table] == ["layer", "0.weight", "2.weight"]
    assert "at one bit" in plan
    assert "all at once they lose" in plan
    assert kept == "kept in of.html, and as of.json and of.csv beside it"
    told = json.loads((tmp_path / "of.json").read_text())
    assert [f"{row['signs']:.4f}" for row in told["diagnosis"]] == [line.split()[2] for line in table[1:]]


def test_strengths_add_curves_that_are_kept_to_be_extended(command, tmp_path):
    options = [*CALLED, "--probe", "prune-random", "--resume", "kept.parquet", "--json", "--strength", "0.5"]
    _, said, _ = command("mine:net", *options)
    curves = json.loads(said)["curves"]
    assert {row["variant"] for row in curves} == {"random"}
    command("mine:net", *options, "--strength", "1")
    assert len(pd.read_parquet(tmp_path / "kept.parquet")) == 2 * len(curves)


def test_layers_and_groups_are_chosen_by_globs(command):
    _, said, _ = command("mine:net", *CALLED, "--layers", "0.*", "--json")
    assert [row["layer"] for row in json.loads(said)["diagnosis"]] == ["0.weight"]
    _, said, _ = command("mine:net", *CALLED, "--group", "both=0.weight,2.*", "--json")
    assert [row["layer"] for row in json.loads(said)["diagnosis"]] == ["both"]


def test_a_long_name_is_cut_in_its_middle_so_that_the_table_fits():
    from weightprobes.cli.sensitivity import _short

    name = "distilbert.transformer.layer.0.attention.q_lin.weight"
    assert len(_short(name)) == 44
    assert _short(name).startswith("distilbert")
    assert _short(name).endswith("layer.0.attention.q_lin.weight"[-29:])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["your:net", *CALLED],
            "'your:net' cannot be had (ModuleNotFoundError: No module named 'your'): give",
        ),
        (["mine", *CALLED], "'mine' cannot be had"),
        (["mine:netz", *CALLED], "module 'mine' has no attribute 'netz'"),
        (["mine:x", *CALLED], "a Tensor is no torch.nn.Module: give the model itself"),
        (["mine:net", *CALLED, "-o", "report.pdf"], "give a name that ends in .html"),
        (["mine:net", *CALLED, "--evaluate", "mine:x"], "mine:x is a Tensor: name a function of the model"),
        (
            ["mine:net", *CALLED, "--evaluate", "mine:wrong"],
            "evaluate gives str 'good': let it return a number",
        ),
        (["mine:net", *CALLED, "--calibration", "mine:torch"], "name a list of inputs, or a loader"),
        (["mine:net", *CALLED[:2]], "--calibration is missing: give package.module:name, or a --task"),
        (
            ["mine:net", *CALLED, "--layers", "conv*"],
            "no weight matches 'conv*': choose from 0.weight, 2.weight",
        ),
        (["mine:net", *CALLED, "--group", "0.weight"], "--group '0.weight' has no name: write it like"),
        (["mine:net", *CALLED, "--probe", "prun", "--strength", "1"], "unknown probe 'prun': choose one of"),
        (
            ["mine:net", *CALLED, "--strength", "2"],
            "strength 2.0 of Prune(order='smallest') is not between 0 and 1",
        ),
        (["mine:net", "--task", "fill-mask"], "--data is missing: give a file"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_exit_code_2(arguments, said, command, tmp_path):
    code, out, error = command(*arguments)
    assert (code, out) == (2, "")
    assert said in error
    assert error.count("\n") == 1
    assert {file.name for file in tmp_path.iterdir()} <= {"mine.py", "__pycache__"}
