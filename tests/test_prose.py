"""The numbers in the prose: a chapter's module gives those that the text asks for; the page shows them."""

import ast
import importlib
import re
from functools import cache
from pathlib import Path

import pytest

nbformat = pytest.importorskip("nbformat", reason="the book's packages are not installed")
pytest.importorskip("myst_nb", reason="the book's packages are not installed")

from weightprobes.book import build as book  # noqa: E402
from weightprobes.book.glued import glued  # noqa: E402
from weightprobes.book.prose import merged  # noqa: E402

PROSE = Path(book.__file__).parent / "prose"
MODULES = {path.stem for path in PROSE.glob("[!_]*.py")}
#: The quickstart runs live, so that it has no numbers to begin with.
CHAPTERS = [
    path for path in book.notebooks() if path.parent.name == "notebooks" and path.stem != "quickstart"
]
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
    assert glued(book.ROOT / path) == given(path.stem)


@NOTEBOOKS
def test_hides_nothing_but_imports_and_numbers(path):
    hidden = [cell.source for cell in cells(path, "code") if "remove-cell" in cell.metadata.tags]
    for line in (line for source in hidden for line in ast.parse(source).body):
        told = ast.unparse(line)
        assert isinstance(line, ast.Import | ast.ImportFrom) or told.startswith(("begin(", "numbers("))


@NOTEBOOKS
def test_a_number_has_a_minus_sign_and_an_interval_has_one_spelling(path):
    for name, text in given(path.stem).items():
        assert not re.search(r"(?<!\w)-\d", text), f"{name}: {text} has a hyphen for a minus"
        if name.endswith("interval") or "_interval_" in name:
            assert re.fullmatch(r"\[[\d.]+–[\d.]+\]|\[−?[\d.]+ to −?[\d.]+\]", text), f"{name}: {text}"


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_begins_with_its_question_and_what_it_finds_in_short(path):
    first = nbformat.read(book.ROOT / path, as_version=4).cells[0].source
    question, _, short = first.partition("**In short**")
    assert question.startswith("# ")
    assert "**Question.**" in question
    lines = [line for line in short.splitlines() if line.startswith("- ")]
    assert len(lines) == 3
    assert "{glue:text}" in short


def test_parts_of_the_prose_that_claim_one_name_are_refused():
    assert merged({"a": "1"}, {"b": "2"}) == {"a": "1", "b": "2"}
    with pytest.raises(ValueError, match="two parts of the prose give b: rename it"):
        merged({"a": "1", "b": "2"}, {"b": "2"})


@pytest.mark.parametrize("name", sorted(MODULES))
def test_parts_of_a_chapters_numbers_are_merged_so_that_none_hides_another(name):
    module = ast.parse((PROSE / f"{name}.py").read_text())
    (numbers,) = (one for one in module.body if getattr(one, "name", "") == "numbers")
    for part in ast.walk(numbers):
        assert not (isinstance(part, ast.BinOp) and isinstance(part.op, ast.BitOr)), "join parts by merged()"
        assert not (isinstance(part, ast.Dict) and None in part.keys), "join parts by merged()"


def test_every_module_is_a_chapters():
    assert {path.stem for path in book.notebooks()} >= MODULES


def test_the_readme_says_in_which_data_the_published_gap_is_borne_out():
    kinds = given("data_agnostic")["borne_out"]
    assert f"ranks tasks by their error on {kinds} alone" in (book.ROOT / "README.md").read_text()
