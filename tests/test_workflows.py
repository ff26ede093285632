"""What runs elsewhere: GitHub's workflows and pre-commit; and the one place of the repository's address."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from weightprobes.book import address

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
EACH = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def jobs(path: Path) -> dict:
    return yaml.safe_load(path.read_text())["jobs"]


def commands(path: Path) -> list[str]:
    return [step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step]


@pytest.mark.skipif(not shutil.which("actionlint"), reason="actionlint is not installed")
def test_actionlint_finds_nothing():
    run = subprocess.run(["actionlint", *WORKFLOWS], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr


@EACH
def test_every_action_is_pinned_to_a_commit(path):
    used = re.findall(r"uses: (.*)", path.read_text())
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v[\d.]+", one) for one in used)


@EACH
def test_no_workflow_may_write_unless_a_job_says_so_and_every_job_ends(path):
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
    assert all("timeout-minutes" in job for job in jobs(path).values())


@EACH
def test_every_target_and_every_extra_exists(path):
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M)
    extras = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"][-1]["pip"][-1]
    text = "\n".join(commands(path))
    assert set(re.findall(r"\bmake (\w+)", text)) <= set(targets)
    assert all(f"-e {found}" == extras for found in re.findall(r"-e '(\..*?)'", text))


def test_the_oldest_and_the_newest_python_are_tested():
    lowest, beyond = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', (ROOT / "pyproject.toml").read_text()
    ).groups()
    (tested,) = [path for path in WORKFLOWS if path.stem == "tests"]
    matrix = jobs(tested)["test"]["strategy"]["matrix"]["python"]
    assert matrix == [f"3.{lowest}", f"3.{int(beyond) - 1}"]


def test_before_a_commit_runs_a_part_of_what_make_test_runs_and_before_a_push_all_of_it():
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert [(hook["entry"], *hook["stages"]) for hook in local["hooks"]] == [
        ("make style", "pre-commit"),
        ("make test", "pre-push"),
    ]
    assert re.search(r"^test: style ", (ROOT / "Makefile").read_text(), re.M)


def test_no_button_leads_anywhere_without_an_address():
    config = (ROOT / "_config.yml").read_text()
    assert not re.search(r"^(repository|launch_buttons):|_button", config, re.M)
    assert address.with_buttons(config, "") == config


def test_an_address_brings_all_buttons_and_changes_nothing_else():
    config = (ROOT / "_config.yml").read_text()
    book = yaml.safe_load(address.with_buttons(config, "https://example.org/book"))
    assert book.pop("repository") == {"url": "https://example.org/book", "branch": "main"}
    assert book.pop("launch_buttons") == address.LAUNCH
    assert all(book["html"].pop(button) is True for button in address.BUTTONS)
    assert book == yaml.safe_load(config)


def test_the_address_stands_in_one_place():
    typed = r"github\.com/weightprobes|weightprobes/weightprobes"
    files = subprocess.run(
        ["git", "grep", "-lE", typed, "--", ":!tests", ":!CHANGELOG.md"],
        capture_output=True,
        text=True,
        cwd=ROOT,
    ).stdout.split()
    assert set(files) <= {"pyproject.toml"}
