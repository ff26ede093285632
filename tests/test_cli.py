"""The command line: what it prints, and what it says of a mistake."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from weightprobes import paths
from weightprobes.cli import app as cli
from weightprobes.engine.settings import SETTINGS
from weightprobes.engine.sweep import Sweep
from weightprobes.measures.complexity import complexity
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
        (["complexity", "digit/0-1"], "unknown dataset 'digit': choose one of "),
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


def command(monkeypatch, *arguments: str) -> int:
    """The exit code of the command line as a shell sees it."""
    monkeypatch.setattr("sys.argv", ["weightprobes", *arguments])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code or 0


GRID = ["digits/0-1", "--probe", "prune-smallest", "--seeds", "2", "--strength", "0", "--strength", "0.5"]


@pytest.fixture
def store(folders):
    return folders


def test_a_run_makes_its_parts_once_and_status_tells(store, monkeypatch, capsys):
    assert command(monkeypatch, "status", "--json", *GRID) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == 2
    assert command(monkeypatch, "run", "--json", *GRID) == 0
    assert json.loads(capsys.readouterr().out) == {"parts": 2, "made": 2, "waiting": 0, "failed": []}
    assert command(monkeypatch, "run", "--json", *GRID) == 0
    assert json.loads(capsys.readouterr().out)["made"] == 0
    assert command(monkeypatch, "status", *GRID) == 0
    assert "2 done, 0 running, 0 failed, 0 damaged, 0 missing" in capsys.readouterr().out


def test_probe_reads_the_parts_of_a_run(store, monkeypatch, capsys):
    assert command(monkeypatch, "run", *GRID) == 0
    monkeypatch.setattr(Sweep, "_make", lambda *_: pytest.fail("measured again"))
    capsys.readouterr()
    assert command(monkeypatch, "probe", "--json", *GRID) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {(row["strength"], row["weights"]) for row in rows} == {
        (strength, weights) for strength in (0, 0.5) for weights in ("float", "sign")
    }


def test_one_is_not_many_and_json_has_names_as_they_are(store, monkeypatch, capsys):
    one = ["digits/0-1", "--seeds", "1"]
    assert command(monkeypatch, "run", *one) == 0
    assert capsys.readouterr().out == "1 part: 1 made, 0 failed, 0 waiting\n"
    assert command(monkeypatch, "complexity", "--json", *one) == 0
    assert '"digits/0-1"' in capsys.readouterr().out
    assert command(monkeypatch, "consolidate") == 0
    assert capsys.readouterr().out.endswith("\n1 table written\n")


def test_a_store_where_nothing_can_be_written_is_one_sentence(store, monkeypatch, capsys):
    (store / "file").write_text("where a folder should be")
    monkeypatch.setattr(paths, "PARTS", store / "file" / "cells")
    assert command(monkeypatch, "consolidate") == 1
    assert f"cannot write {paths.PARTS}" in capsys.readouterr().err


def test_a_failed_part_makes_the_exit_code_1_and_is_told(store, monkeypatch, capsys):
    monkeypatch.setattr(Sweep, "_make", lambda *_: 1 / 0)
    assert command(monkeypatch, "run", *GRID) == 1
    said = capsys.readouterr()
    assert "1 made, 1 failed" in said.out
    assert "ZeroDivisionError: division by zero" in said.err
    assert command(monkeypatch, "status", *GRID) == 0
    assert "1 failed" in capsys.readouterr().out


def test_clean_lists_and_removes_only_when_told(store, monkeypatch, capsys):
    monkeypatch.setattr(Sweep, "_make", lambda *_: 1 / 0)
    command(monkeypatch, "run", *GRID)
    (error,) = store.rglob("*.error")
    capsys.readouterr()
    assert command(monkeypatch, "clean") == 0
    assert error.name in capsys.readouterr().out
    assert error.exists()
    assert command(monkeypatch, "clean", "--yes") == 0
    assert not error.exists()
    assert list(store.rglob("*.safetensors"))


def test_clean_leaves_a_fine_tuned_tagger_alone(store, monkeypatch):
    folder = store / "models" / "ner-tagger"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    assert command(monkeypatch, "clean", "--yes") == 0
    assert (folder / "config.json").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "nowhere.yml"], "cannot read nowhere.yml (No such file or directory): give the YAML file"),
        (["clean", "digits/7-9"], "cannot read digits/7-9 (No such file or directory): give the YAML file"),
        (["run", "digits/0-1", "--probe", "prun"], "unknown probe 'prun': choose one of"),
        (["run", "digits/0-1", "--seeds", "no"], "Invalid value"),
        (["probe", "digits/0-1"], "nothing to probe with"),
        (["notebook", "prunning"], "unknown notebook 'prunning': choose one of"),
        (["notebook", "pruning", "-p", "sedes", "7"], "unknown parameter 'sedes'"),
        (["notebook", "pruning", "-p", "seeds=5"], "in two words: like -p seeds 5"),
        (
            ["notebook", "pruning", "-p", "seeds", "many"],
            "parameter seeds = 'many' is no positive whole number",
        ),
        (["train", "digits/0-1", "--device", "cuda"], "no device 'cuda' here"),
        (["status"], "Missing argument"),
        (["nonsense"], "No such command"),
        # what is zero or empty is not what was left out
        (["status", "digits/0-1", "--seeds", "0"], "seeds of a run is 0"),
        (["train", "digits/0-1", "--seeds", "0"], "seeds of a run is 0"),
        (["run", "digits/0-1", "--block", "0"], "block of a run is 0"),
        (["run", "digits/0-1", "--hidden", "0"], "hidden widths (0,)"),
        (["run", "digits/0-1", "--activation", ""], "unknown activation ''"),
        (["run", "digits/0-1", "--scaling", ""], "unknown input scaling ''"),
        (["run", "digits/0-1", "--scheduler", ""], "unknown cluster ''"),
        (["run", "digits/0-1", "--workers", "0"], "the number of workers is 0"),
        (["run", "digits/0-1", "--workers", "0", "--executor", "dask"], "the number of workers is 0"),
        (["job-script", "--queue", ""], "queue of a SLURM job is ''"),
        # numbers that are none
        (["probe", "digits/0-1", "--probe", "noise-uniform", "--strength", "inf"], "strength inf of Noise"),
        (["probe", "digits/0-1", "--probe", "noise-uniform", "--strength", "nan"], "strength nan of Noise"),
        # options that contradict each other
        (["run", "digits/0-1", "--executor", "serial", "--workers", "4"], "one part at a time"),
        (["run", "digits/0-1", "--scheduler", "tcp://here:1", "--workers", "4"], "workers of its own"),
        *(
            (["run", "digits/0-1", "--scheduler", "tcp://here:1", "--executor", name], f"--executor {name}")
            for name in ("serial", "processes", "slurm")
        ),
        # a line more in a job is another command
        *(
            (["job-script", option, "a\n#SBATCH --wrap=x"], "give one line of plain text")
            for option in ("--queue", "--walltime", "--memory")
        ),
    ],
)
def test_wrong_input_is_one_sentence_and_the_exit_code_2(arguments, said, store, monkeypatch, capsys):
    assert command(monkeypatch, *arguments) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert error.count("\n") == 1


def test_debug_shows_the_traceback(store, monkeypatch):
    monkeypatch.setattr("sys.argv", ["weightprobes", "--debug", "complexity", "digits/0"])
    with pytest.raises(ValueError, match="does not tell classes apart"):
        cli.main()
