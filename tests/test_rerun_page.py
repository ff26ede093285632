"""The page "Rerun it": every command on it is run as it stands, in a folder and a store of its own."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

pytest.importorskip("distributed")

from weightprobes.cli.app import app

ROOT = Path(__file__).parents[1]
BLOCKS = re.findall(
    r"^```(\w+)\n(.*?)^```$", (ROOT / "book" / "rerun.md").read_text(), re.DOTALL | re.MULTILINE
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


def elsewhere(command: str) -> bool:
    return any(command.startswith(start) for start in ELSEWHERE)


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder as a reader has it: the notebooks, the run that the page describes, and an empty store."""
    folder = tmp_path_factory.mktemp("reader")
    (folder / "notebooks").symlink_to(ROOT / "notebooks")
    (folder / "run.yml").write_text(next(block for kind, block in BLOCKS if kind == "yaml"))
    (folder / "script.py").write_text(next(block for kind, block in BLOCKS if kind == "python"))
    return folder


@pytest.fixture(scope="module")
def environment(place):
    bin_folder = str(Path(sys.executable).parent)
    return {
        **os.environ,
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "WEIGHTPROBES_STORE": str(place / "store"),
        "TQDM_DISABLE": "1",
    }


@pytest.fixture(scope="module")
def background():
    """Processes that a command leaves running; they end with the module."""
    running = []
    yield running
    for process in reversed(running):
        process.terminate()
        process.wait(timeout=30)


@pytest.mark.parametrize("command", [one for one in COMMANDS if not elsewhere(one)])
def test_a_command_of_the_page_runs(command, place, environment, background):
    if command.endswith(" &"):
        shown = subprocess.Popen(
            ["bash", "-c", f"exec {command.removesuffix(' &')}"],
            cwd=place, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        background.append(shown)
        time.sleep(3)
        assert shown.poll() is None, f"{command} has ended"
        return
    # not the last command, or bash would give its place to it, and it could not tell its shell
    run = subprocess.run(
        ["bash", "-c", f"{command}\nexit $?"],
        cwd=place,
        env=environment,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert "Traceback" not in run.stderr


def test_the_pages_script_runs(place, environment):
    run = subprocess.run(
        [sys.executable, "script.py"], cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr
    assert "parts made, 0 failed" in run.stdout


def test_the_pages_run_is_a_run():
    told = yaml.safe_load(next(block for kind, block in BLOCKS if kind == "yaml"))
    assert set(told) <= {"tasks", "seeds", "block", "probes", "settings"}


def test_what_is_not_run_here_exists():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    verbs = {
        command.name or command.callback.__name__.replace("_", "-") for command in app.registered_commands
    }
    for command in filter(elsewhere, COMMANDS):
        words = command.split()
        if words[0] == "make":
            assert words[1] in targets
        if words[0] == "weightprobes":
            assert words[1] in verbs
            asked = subprocess.run(
                [Path(sys.executable).with_name("weightprobes"), words[1], "--help"],
                capture_output=True, text=True, check=True, env={**os.environ, "COLUMNS": "200"},
            )  # fmt: skip
            for word in words:
                assert not word.startswith("--") or word in asked.stdout
