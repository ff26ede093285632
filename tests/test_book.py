"""The book, the README and the settings keep in step with each other."""

import os
import re
import shlex
import sys
import tomllib
from functools import cache
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient.exceptions import CellExecutionError

from weightprobes.book import build as book
from weightprobes.book import readme
from weightprobes.book.rerun import parameters
from weightprobes.paper import claims, statements
from weightprobes.paper.claims import verdicts

ROOT = Path(__file__).parents[1]
NOTEBOOKS = [ROOT / path for path in book.notebooks()]
CONTENTS = yaml.safe_load((ROOT / "book" / "_toc.yml").read_text())


def below(entries: list[dict]) -> list[str]:
    return [file for one in entries for file in (one["file"], *below(one.get("sections", [])))]


PAGES = [CONTENTS["root"]] + [file for part in CONTENTS["parts"] for file in below(part["chapters"])]


def code_cells(path: Path) -> list:
    return [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]


def test_every_page_exists_and_every_notebook_is_a_page():
    pages = {str(path.relative_to(ROOT).with_suffix("")) for path in NOTEBOOKS}
    pages |= {str(path.relative_to(ROOT).with_suffix("")) for path in (ROOT / "book").rglob("*.md")}
    assert set(PAGES) == pages
    assert len(PAGES) == len(set(PAGES))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
class TestEveryNotebook:
    def test_has_been_run_from_top_to_bottom(self, path):
        cells = code_cells(path)
        assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))

    def test_checks_its_parameters(self, path):
        assert any("begin(globals()" in cell.source for cell in code_cells(path))

    def test_gives_every_figure_a_name_a_caption_and_an_alt_text(self, path):
        for cell in code_cells(path):
            kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
            assert "image/png" not in kinds
            if "image/svg+xml" in kinds:
                shown = cell.metadata["mystnb"]
                assert shown["figure"]["name"].startswith("fig-")
                assert len(shown["figure"]["caption"]) > 40
                assert len(shown["image"]["alt"]) > 40

    def test_lets_no_cell_go_unread(self, path):
        for cell in code_cells(path):
            marks = {"nbval-ignore-output", "nbval-skip"} & set(cell.metadata.get("tags", []))
            assert not marks
            assert "NBVAL_" not in cell.source

    def test_has_thin_cells(self, path):
        assert max(cell.source.count("\n") + 1 for cell in code_cells(path)) <= 30

    def test_carries_no_trace_of_the_machine_that_ran_it(self, path):
        text = path.read_text()
        assert "papermill" not in nbformat.reads(text, as_version=4).metadata
        assert str(Path.home()) + "/" not in text
        assert str(ROOT) not in text


CHAPTERS = sorted(set(statements.sentences()["chapter"]))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_that_decides_a_claim_ends_beside_the_paper(chapter):
    cells = nbformat.read(ROOT / "notebooks" / f"{chapter}.ipynb", as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[-1] == "## How it compares with the paper"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_page_with_parameters_folds_them_and_says_how_it_is_made_again(path):
    cells = nbformat.read(path, as_version=4).cells
    tagged = [cell for cell in cells if "parameters" in cell.metadata.get("tags", [])]
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    commands = re.findall(r"^weightprobes notebook .*", text, re.MULTILINE)
    assert bool(tagged) == bool(commands)
    assert all("hide-input" in cell.metadata["tags"] for cell in tagged)
    for command in commands:
        verb, *given = shlex.split(command)[2:]
        assert verb == path.stem
        wanted = {given[k + 1]: given[k + 2] for k, word in enumerate(given) if word == "-p"}
        assert parameters(path, wanted).keys() == wanted.keys()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_fold_says_what_it_hides(path):
    for cell in code_cells(path):
        if {"hide-input", "hide-output"} & set(cell.metadata.get("tags", [])):
            shown = cell.metadata["mystnb"]
            assert "figure" in shown or shown["code_prompt_show"] == shown["code_prompt_hide"]


def test_notebooks_run_in_their_own_folders_and_change_nothing_of_the_process(tmp_path, monkeypatch):
    cell = "import os\n\nprint(os.getcwd(), os.environ['TQDM_DISABLE'])"
    pairs = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        source = tmp_path / name / "thin.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell)]), source)
        pairs.append((source, tmp_path / "out" / f"{name}.ipynb"))
    monkeypatch.setattr(book, "ROOT", tmp_path)
    monkeypatch.setattr(os, "chdir", lambda folder: pytest.fail(f"the process moves to {folder}"))
    monkeypatch.setenv("TQDM_DISABLE", "")
    before = dict(os.environ)
    book.execute_all(pairs)
    assert dict(os.environ) == before
    for source, target in pairs:
        (output,) = code_cells(target)[0].outputs
        assert output.text == f"{source.parent} 1\n"


def test_a_notebook_that_fails_is_not_written(tmp_path):
    source = tmp_path / "fails.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")]), source)
    before = source.read_bytes()
    with pytest.raises(CellExecutionError, match="division by zero"):
        book.execute(source, source)
    assert source.read_bytes() == before


def test_the_committed_notebooks_are_rendered_as_they_are(tmp_path, monkeypatch):
    monkeypatch.setattr(book, "SITE", tmp_path / "site")
    monkeypatch.setattr(book, "execute_all", lambda pairs: pytest.fail("executed"))
    rendered = []
    monkeypatch.setattr(book.subprocess, "run", lambda *_, cwd, check: rendered.append(cwd))
    book.render()
    assert rendered == [tmp_path / "site"]
    for path in [*book.notebooks(), "_config.yml", "book/_toc.yml", "book/rerun.md"]:
        assert (tmp_path / "site" / path).read_bytes() == (ROOT / path).read_bytes()


def test_an_unknown_verb_is_refused(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["build", "rendr"])
    with pytest.raises(SystemExit, match=r"^weightprobes: rendr is none of build, render, refresh$"):
        book.main()


def test_figure_names_are_unique():
    names = [
        cell.metadata["mystnb"]["figure"]["name"]
        for path in NOTEBOOKS
        for cell in code_cells(path)
        if "figure" in cell.metadata.get("mystnb", {})
    ]
    assert len(names) == len(set(names))


def test_the_readme_shows_the_scorecard_of_the_tables(monkeypatch):
    answers = cache(verdicts.answers)
    for place in (verdicts, claims):
        monkeypatch.setattr(place, "answers", answers)
    text, today = (ROOT / "README.md").read_text(), readme.scorecard()
    assert today in text
    monkeypatch.setattr(readme, "scorecard", lambda: today)
    assert readme.with_scorecard(text.replace(today, "An old one.\n")) == text


@pytest.mark.parametrize("path", ["book/index.ipynb", "notebooks/claims.ipynb"])
def test_pages_tell_the_verdicts_in_the_words_of_the_readme(path):
    told = readme.VERDICTS.format("{glue:text}`claims`", "{glue:text}`tally`")
    cells = nbformat.read(ROOT / path, as_version=4).cells
    assert sum(told in cell.source for cell in cells) == 1


def test_the_readme_shows_a_picture_of_the_tables():
    assert readme.told(readme.PICTURE) == readme.digest(readme.shown())


def test_a_picture_carries_the_digest_of_what_it_shows(tmp_path):
    table = readme.shown()
    readme.draw(table, tmp_path / "some.png")
    assert readme.told(tmp_path / "some.png") == readme.digest(table)
    assert readme.digest(table.assign(accuracy=0.5)) != readme.digest(table)
    assert readme.told(tmp_path / "none.png") == ""


def test_conda_users_get_the_environment_that_make_installs():
    packages = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    (pip,) = (entry["pip"] for entry in packages if isinstance(entry, dict))
    extras = next(
        line for line in (ROOT / "Makefile").read_text().splitlines() if "constraints.txt -e" in line
    )
    assert pip == ["-c constraints.txt", "-e .[article,book,cluster,ner,test]"]
    assert "-c constraints.txt -e '.[article,book,cluster,ner,test]'" in extras


def test_every_direct_requirement_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    pinned = {line.partition("==")[0].lower() for line in (ROOT / "constraints.txt").read_text().splitlines()}
    for requirement in [*project["dependencies"], *(one for extra in extras.values() for one in extra)]:
        name = requirement.partition(">=")[0].lower()
        assert name in pinned, f"{name} has no pin in constraints.txt"
