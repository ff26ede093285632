"""The command line: what it prints, and what it says of a mistake."""

import json
import tomllib
from typing import get_args

import pandas as pd
import pytest
from typer.testing import CliRunner

import weightprobes
from weightprobes import paths
from weightprobes.cli import app as cli
from weightprobes.engine.settings import SETTINGS
from weightprobes.engine.sweep import Sweep
from weightprobes.measures.complexity import complexity
from weightprobes.probes import PROBES
from weightprobes.tasks import PAPER_TASKS, Scaling

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


TABLES = [
    ["tasks"],
    ["probes"],
    ["train", *QUICK],
    ["complexity", *QUICK],
    ["complexity", *QUICK, "--pairs"],
    ["probe", *QUICK, "--probe", "prune", "--strength", "0", "--setting", "as_written"],
]


@pytest.mark.parametrize("arguments", TABLES, ids=" ".join)
def test_tables_fit_80_columns_in_five_of_their_own_and_have_no_colour_in_a_pipe(arguments, folders):
    lines = [line for line in run(*arguments).stdout.splitlines() if "  " in line]  # and no sentence
    assert max(map(len, lines)) <= 80
    assert len(lines[0].replace("gap (95 % interval)", "gap").split()) <= 5
    assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize("arguments", TABLES[2:], ids=" ".join)
def test_what_is_made_is_kept_where_people_are_told(arguments, folders):
    assert run(*arguments).stdout.splitlines()[-1] == f"kept in {folders}"
    assert "kept in" not in run(*arguments, "--json").stdout


def test_a_wide_table_has_all_columns_each_row_in_one_line(folders):
    head, *rows, _ = run("complexity", *QUICK, "--wide").stdout.splitlines()
    assert len(head.split()) == len(complexity("digits/0-1", seeds=2).columns) - 1  # the dataset
    assert len(rows) == 2


def test_several_settings_are_told_apart(folders):
    asked = ["--probe", "prune-smallest", "--strength", "0.5"]
    settings = ["--setting", "as_written", "--setting", "recommended"]
    table = run("probe", *QUICK, *asked, *settings).stdout
    assert "biases probed" in table
    assert "biases calibrated" in table


def test_complexity_knows_widths_scalings_and_devices(folders):
    asked = ["--hidden", "8", "--hidden", "4", "--scaling", "centered", "--device", "cpu", "--json"]
    printed = json.loads(run("complexity", *QUICK, *asked).stdout)
    measured = complexity("digits/0-1", seeds=2, hidden=(8, 4), scaling="centered")
    assert [row["float"] for row in printed] == pytest.approx(measured["float"].tolist())


def test_probes_are_those_that_are_registered():
    assert [row["probe"] for row in json.loads(run("probes", "--json").stdout)] == list(PROBES)


def test_the_first_call_shows_three_things_to_try_and_each_is_a_command():
    shown = run().stdout
    lines = [line.split() for line in shown.splitlines() if line.startswith("  weightprobes ")]
    assert len(lines) == 3
    for _, verb, *words in lines:
        options = run(verb, "--help").stdout
        assert all(word in options for word in words if word.startswith("--"))


def test_the_help_of_complexity_names_all_settings_and_scalings():
    shown = run("complexity", "--help").stdout
    assert all(name in shown for name in (*SETTINGS, *get_args(Scaling)))


def test_the_version_is_the_packages():
    assert run("--version").stdout == f"weightprobes {weightprobes.__version__}\n"


@pytest.mark.parametrize(("package", "extra"), cli.EXTRAS.items())
def test_a_package_that_is_not_there_is_named_with_the_extra_that_brings_it(package, extra):
    project = tomllib.loads((paths.checkout() / "pyproject.toml").read_text())["project"]
    assert extra in project["optional-dependencies"]
    error = ModuleNotFoundError(f"No module named '{package}.part'", name=f"{package}.part")
    assert cli.told(error) == (f"this needs {package}: pip install 'weightprobes[{extra}]'", 2)


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
    assert capsys.readouterr().out.startswith("1 part: 1 made, 0 failed, 0 waiting\n")
    assert command(monkeypatch, "complexity", "--json", *one) == 0
    assert '"digits/0-1"' in capsys.readouterr().out
    assert command(monkeypatch, "consolidate") == 0
    assert "\n1 table written\n" in capsys.readouterr().out


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
