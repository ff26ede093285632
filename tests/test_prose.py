"""The numbers in the prose: a chapter's module gives those that the text asks for; the page shows them."""

import importlib
import re
from ast import literal_eval
from functools import cache
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="the book's packages are not installed")
pytest.importorskip("myst_nb", reason="the book's packages are not installed")

from weightprobes.book import build as book  # noqa: E402

RECORD = "application/papermill.record/text/plain"
MODULES = {path.stem for path in (Path(book.__file__).parent / "prose").glob("[!_]*.py")}
NOTEBOOKS = pytest.mark.parametrize("path", book.notebooks(), ids=lambda path: path.stem)


def cells(path: Path, kind: str) -> list:
    notebook = nbformat.read(book.ROOT / path, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


@cache
def given(chapter: str) -> dict[str, str]:
    """What the chapter's module gives, nothing if it has none."""
    if chapter not in MODULES:
        return {}
    return importlib.import_module(f"weightprobes.book.prose.{chapter}").numbers()


@NOTEBOOKS
def test_every_number_in_the_text_is_given_and_every_number_given_is_in_the_text(path):
    text = "\n".join(cell.source for cell in cells(path, "markdown"))
    assert set(re.findall(r"\{glue:text\}`(\w+)`", text)) == set(given(path.stem))


@NOTEBOOKS
def test_the_page_shows_the_numbers_that_are_given(path):
    outputs = [output for cell in cells(path, "code") for output in cell.outputs]
    shown = {
        output.metadata["scrapbook"]["name"]: literal_eval(output.data[RECORD])
        for output in outputs
        if RECORD in output.get("data", {})
    }
    assert shown == given(path.stem)


@NOTEBOOKS
def test_hides_no_more_than_a_few_lines(path):
    hidden = [cell.source for cell in cells(path, "code") if "remove-cell" in cell.metadata.tags]
    assert sum(len(source.splitlines()) for source in hidden) <= 8


def test_every_module_is_a_chapters():
    assert {path.stem for path in book.notebooks()} >= MODULES
