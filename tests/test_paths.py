"""Where things live: in a checkout, in a store of one's own, and beside a package without a checkout."""

import importlib.util
import shutil
from pathlib import Path

import pytest
from test_cli import command

from weightprobes import paths

VARIABLES = ["WEIGHTPROBES_STORE", "WEIGHTPROBES_DATA"]


@pytest.fixture(autouse=True)
def bare(monkeypatch):
    """No variable of ours is set."""
    for name in (*VARIABLES, "WEIGHTPROBES_FRESH"):
        monkeypatch.delenv(name, raising=False)


def imported(file: Path | str):
    """The module in ``file``, imported as if for the first time."""
    spec = importlib.util.spec_from_file_location("imported", file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def installed(tmp_path):
    """The module as a wheel installs it, with a folder of what the library needs beside it."""
    package = tmp_path / "site-packages" / "weightprobes"
    (package / "shipped").mkdir(parents=True)
    return imported(shutil.copy(paths.__file__, package))


def test_what_is_made_goes_to_the_checkouts_data():
    assert paths.STORE == paths.DATA == paths.HOME / "data"
    assert (paths.RESULTS, paths.CHECKPOINTS) == (paths.BOOK, paths.DATA / "checkpoints")


def test_a_variable_that_is_empty_is_not_set(monkeypatch):
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    found = imported(paths.__file__)
    assert found.STORE == found.DATA
    assert found.dataset_folders() == [found.RAW]


def test_a_store_of_ones_own_holds_what_is_made_and_the_books_tables_stay_where_they_are(monkeypatch):
    monkeypatch.setenv("WEIGHTPROBES_STORE", "~/mine")
    mine = Path.home() / "mine"
    assert [mine / "cells", mine / "models", mine / "results"] == [paths.PARTS, paths.MODELS, paths.RESULTS]
    assert [paths.BOOK, paths.CHECKPOINTS] == [paths.DATA / "results", paths.DATA / "checkpoints"]


def test_a_fresh_store_has_all_there_is(monkeypatch, tmp_path):
    monkeypatch.setenv("WEIGHTPROBES_STORE", str(tmp_path))
    monkeypatch.setenv("WEIGHTPROBES_FRESH", "1")
    assert [tmp_path / "results", tmp_path / "checkpoints"] == [paths.BOOK, paths.CHECKPOINTS]


def test_a_relative_store_does_not_move_with_the_working_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("WEIGHTPROBES_STORE", "a store of this test")
    before = paths.PARTS
    monkeypatch.chdir(tmp_path)
    assert before == paths.PARTS


@pytest.mark.parametrize(
    ("variable", "ask"),
    [("WEIGHTPROBES_STORE", lambda: paths.STORE), ("WEIGHTPROBES_DATA", paths.dataset_folders)],
)
def test_the_home_of_nobody_is_one_sentence_that_names_the_variable(variable, ask, monkeypatch):
    monkeypatch.setenv(variable, "~nosuchuser/x")
    with pytest.raises(ValueError, match=f"^{variable}=~nosuchuser/x is in the home of no user here: name "):
        ask()


def test_the_command_line_says_it_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("WEIGHTPROBES_STORE", "~nosuchuser/x")
    assert command(monkeypatch, "tasks") == 0
    assert command(monkeypatch, "consolidate") == 2
    error = capsys.readouterr().err
    assert error.startswith("weightprobes: WEIGHTPROBES_STORE=~nosuchuser/x")
    assert error.count("\n") == 1


def test_a_package_without_a_checkout_brings_what_it_needs_and_writes_elsewhere(installed):
    home = Path(installed.__file__).parent / "shipped"
    assert (home / "data" / "reference", home / "data" / "results") == (installed.REFERENCE, installed.BOOK)
    for folder in (installed.STORE, installed.RAW, installed.PARTS):
        assert home not in folder.parents


def test_what_needs_a_checkout_says_so(installed):
    with pytest.raises(ValueError, match=r"this needs a checkout, .*: clone the repository"):
        installed.checkout()
    assert (paths.checkout() / "pyproject.toml").exists()


def test_no_other_name_is_looked_up():
    with pytest.raises(AttributeError, match="has no attribute 'CELS'"):
        _ = paths.CELS
