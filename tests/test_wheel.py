"""The wheel: what the library needs of the checkout travels with it, and is found without one."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import matplotlib
import nbformat
import pytest

import weightprobes
from weightprobes import paths
from weightprobes.book import build
from weightprobes.paper import statements

WheelBuilder = pytest.importorskip(
    "hatchling.builders.wheel", reason="hatchling is not installed"
).WheelBuilder


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    (path,) = WheelBuilder(str(paths.checkout())).build(directory=str(folder), versions=["standard"])
    return Path(path)


@pytest.fixture(scope="module")
def installed(wheel):
    """Runs a command in an empty folder, for a user who has nothing but the wheel's packages."""
    folder = wheel.parent
    zipfile.ZipFile(wheel).extractall(folder / "packages")
    (folder / "empty").mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith("WEIGHTPROBES_")}
    own |= {"PYTHONPATH": str(folder / "packages"), "HOME": str(folder / "home")}
    own |= {"MPLCONFIGDIR": matplotlib.get_cachedir()}  # it takes long to look through all fonts
    own |= {"XDG_CACHE_HOME": str(folder / "cache"), "XDG_DATA_HOME": str(folder / "data")}

    def run(*command: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [sys.executable, *command],
            cwd=folder / "empty",
            env=own,
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_the_wheel_is_small_and_brings_every_notebook_before_it_was_run(wheel):
    assert wheel.stat().st_size < 3e6
    with zipfile.ZipFile(wheel) as packed:
        assert "weightprobes/py.typed" in packed.namelist()
        for path in build.notebooks():
            notebook = nbformat.reads(packed.read(f"weightprobes/shipped/{path}").decode(), as_version=4)
            code = [cell for cell in notebook.cells if cell.cell_type == "code"]
            assert not any(cell.outputs or cell.execution_count for cell in code)


def test_the_version_stands_in_one_place(wheel):
    (metadata,) = (name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA"))
    told = zipfile.ZipFile(wheel).read(metadata).decode()
    assert f"\nVersion: {weightprobes.__version__}\n" in told
    assert weightprobes.__version__ not in (paths.checkout() / "pyproject.toml").read_text()


def test_the_wheel_brings_what_the_paper_states_the_authors_numbers_and_our_tables(installed):
    code = (
        "from weightprobes import paths; from weightprobes.paper import reference, statements as s;"
        "print(len(reference.curves()), len(s.sentences()), len(s.numbers())); print(paths.BOOK)"
    )
    run = installed("-c", code)
    assert run.returncode == 0, run.stderr
    counts, folder = run.stdout.splitlines()
    curves, *stated = map(int, counts.split())
    assert curves > 1000
    assert stated == [len(statements.sentences()), len(statements.numbers())]
    ours, theirs = (
        {path.relative_to(place): path.read_bytes() for path in place.rglob("*.parquet")}
        for place in (paths.HOME / "data" / "results", Path(folder))
    )
    assert ours == theirs
    assert installed("-c", "from weightprobes import paths; print(paths.BOOK)").stdout == f"{folder}\n"


def test_a_chapter_runs_from_the_wheel_in_an_empty_folder(installed):
    run = installed("-c", "from weightprobes.__main__ import main; main()", "notebook", "cost")
    assert run.returncode == 0, run.stderr
    assert run.stdout.splitlines()[0] == "cost.ipynb"


MODULES = """
import runpy

for module in ("build", "reproduce"):
    try:
        runpy.run_module(f"weightprobes.book.{module}", run_name="__main__")
    except SystemExit as stop:
        print(stop)
"""


def test_what_needs_a_checkout_says_so_in_one_sentence(installed):
    said = installed("-c", MODULES).stdout.splitlines()
    assert len(said) == 2
    assert all(line.startswith("weightprobes: this needs a checkout") for line in said)
