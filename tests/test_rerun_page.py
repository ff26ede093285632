"""The page "Rerun it": every command on it is run as it stands, in a folder and a store of its own."""

import os
import re
import shlex
import socket
import subprocess
import sys
import time
import warnings
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.io import wavfile
from sklearn.datasets import load_wine
from typer.testing import CliRunner

pytest.importorskip("distributed")

from weightprobes.cli import app as cli

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "book" / "rerun.md").read_text()
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
#: Scripts that the page gives a file name.
NAMED = dict(
    re.findall(r"^```{code-block} python\n:caption: (\S+)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
)
COMMANDS = [line for kind, block in BLOCKS if kind == "bash" for line in block.splitlines()]

#: What cannot be run here, and why; each is looked at in another way below.
ELSEWHERE = {
    "git clone": "needs a network",
    "make ": "what CI runs around this test, or takes an hour",
    "source ": "is what the fixture does",
    "pip install": "needs a network, and changes the environment of this test",
    "weightprobes run run.yml --executor slurm": "needs SLURM",
    "weightprobes ner": "needs a model of the hub, or half an hour",
}

#: These look at the process that they are in, so they need one of their own.
OUTSIDE = ("papermill ", "dask ", "weightprobes --show-completion")


def elsewhere(command: str) -> bool:
    return any(command.startswith(start) for start in ELSEWHERE)


def only(kind: str) -> str:
    """The one block of this ``kind``."""
    return next(block for found, block in BLOCKS if found == kind)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder as a reader has it: the notebooks, the run that the page describes, data of his own, and an
    empty store."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "notebooks").symlink_to(ROOT / "notebooks")
    (folder / "run.yml").write_text(only("yaml"))
    (folder / "script.py").write_text(only("python"))
    for name, script in NAMED.items():
        (folder / name).write_text(script)
    wines = load_wine(as_frame=True).frame
    wines["kind"] = wines.pop("target").map({0: "Barolo", 1: "Grignolino", 2: "Barbera"})
    wines.to_csv(folder / "wines.csv", index=False)
    (folder / "recordings").mkdir()
    for take in range(40):
        # two words, spoken at two rates, one of them in two channels
        for word, hertz in (("no", 300), ("yes", 900)):
            rate = 8000 if take % 2 else 16000
            sound = 0.1 * np.random.default_rng(take).normal(size=rate // 2)
            sound += np.sin(2 * np.pi * (hertz + 4 * take) * np.arange(rate // 2) / rate)
            samples = np.stack([sound, sound], 1) if take % 3 == 0 else sound
            wavfile.write(
                folder / "recordings" / f"{word}_{take}.wav", rate, (8000 * samples).astype(np.int16)
            )
    return folder


@pytest.fixture
def here(place, monkeypatch):
    """This process in that folder, with that store, as ``source .venv/bin/activate`` leaves it."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    monkeypatch.setenv("WEIGHTPROBES_STORE", str(place / "store"))
    monkeypatch.setenv("TQDM_DISABLE", "1")
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(warnings, "showwarning", warnings.showwarning)


@pytest.fixture(scope="module")
def background():
    """Processes that a command leaves running; they end with the module, and not before."""
    running = []
    yield running
    ended = [process.args for process in running if process.poll() is not None]
    for process in reversed(running):
        process.terminate()
        process.wait(timeout=30)
    assert not ended


def wait_for_the_scheduler():
    """It is started two lines above."""
    for _ in range(600):
        with suppress(OSError), socket.create_connection(("localhost", 8799)):
            return
        time.sleep(0.1)


@pytest.mark.parametrize("command", [one for one in COMMANDS if not elsewhere(one)])
def test_a_command_of_the_page_runs(command, here, background, monkeypatch):
    if command.endswith(" &"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        background.append(subprocess.Popen(["bash", "-c", f"exec {command.removesuffix(' &')}"], **quiet))
    elif command.startswith(OUTSIDE):
        # not the last command, or bash would give its place to it, and it could not tell its shell
        run = subprocess.run(["bash", "-c", f"{command}\nexit $?"], capture_output=True, text=True)
        assert run.returncode == 0, run.stderr
        assert "Traceback" not in run.stderr
    else:
        monkeypatch.setattr(sys, "argv", shlex.split(command))
        if "--scheduler" in command:
            wait_for_the_scheduler()
        with pytest.raises(SystemExit) as stop:
            cli.main()
        assert not stop.value.code


def test_the_pages_script_runs(here):
    run = subprocess.run([sys.executable, "script.py"], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert "parts made, 0 failed" in run.stdout


@pytest.mark.parametrize("name", NAMED)
def test_a_named_script_of_the_page_runs(name, here):
    run = subprocess.run([sys.executable, name], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    rows = [line for line in run.stdout.splitlines() if "binarised" in line]
    assert [line.split()[1] for line in rows] == ["as_published", "recommended"]
    # two tones are told apart, and once biases are refitted by signs too
    assert float(rows[1].split()[4]) > 0.9


def test_the_page_shows_a_table_and_sounds():
    assert list(NAMED) == ["sounds.py"]
    assert sum("wines.csv" in command for command in COMMANDS) == 3


def test_the_pages_run_is_a_run():
    assert set(yaml.safe_load(only("yaml"))) <= {"tasks", "seeds", "block", "probes", "settings"}


def test_what_is_not_run_here_exists():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    verbs = {
        command.name or command.callback.__name__.replace("_", "-") for command in cli.app.registered_commands
    }
    for command in filter(elsewhere, COMMANDS):
        words = command.split()
        if words[0] == "make":
            assert words[1] in targets
        if words[0] == "weightprobes":
            assert words[1] in verbs
            asked = CliRunner().invoke(cli.app, [words[1], "--help"], env={"COLUMNS": "200"})
            for word in words:
                assert not word.startswith("--") or word in asked.stdout
