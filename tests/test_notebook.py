"""A notebook's parameters are checked: in a namespace made by hand, and in a run of papermill."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest

nbformat = pytest.importorskip("nbformat", reason="the book's packages are not installed")
pytest.importorskip("myst_nb", reason="the book's packages are not installed")
papermill = pytest.importorskip("papermill", reason="the book's packages are not installed")

from weightprobes.book import build as book  # noqa: E402
from weightprobes.book.notebook import begin, shown  # noqa: E402
from weightprobes.book.rerun import parameters, rerun  # noqa: E402

CELL = """
tasks: list[str] = ["digits/7-9"]  # the first cell with annotations
seeds: int = 5
hidden: list[int] = [64]
biases: str = "kept"
"""
VALUES = {"tasks": ["digits/7-9"], "seeds": 5, "hidden": [64], "biases": "kept"}
WORDS = {
    "tasks": """list of one or more texts, like '["a", "b"]'""",
    "seeds": "positive whole number",
    "hidden": "list of one or more positive whole numbers, like '[1, 2]'",
    "biases": "text",
}
RIGHT = "this notebook takes " + ", ".join(f"{name} ({words})" for name, words in WORDS.items())


def namespace(injected="", **values):
    """What ``globals()`` is after a slip, the parameters, papermill's own cell and another have run."""
    return {**VALUES, **values, "In": ["", "print(", CELL, injected, "later: float = 0.5"]}


def test_right_parameters_pass_and_stay_as_they_are():
    ours = namespace("# Parameters\nseeds = 5\nhidden = [64]\n")
    begin(ours)
    assert {name: ours[name] for name in VALUES} == VALUES


@pytest.mark.parametrize("cell", ["# Parameters\nsedes = 7\n", "# Parameters\nseeds = 7\nsedes = 7\n"])
def test_an_unknown_parameter_gets_the_list_of_the_right_ones(cell):
    with pytest.raises(ValueError, match="unknown parameter") as error:
        begin(namespace(cell))
    assert str(error.value) == f"unknown parameter 'sedes'; {RIGHT}"


def test_a_notebook_without_annotations_takes_none():
    begin({"In": ["", "import pandas"]})
    with pytest.raises(ValueError, match=r"'seeds'; this notebook takes none$"):
        begin({"In": ["", "# Parameters\nseeds = 7\n"]})


def test_a_kind_that_no_parameter_may_have_gets_the_list_of_the_right_ones():
    with pytest.raises(ValueError, match="'float': choose one of int, str"):
        begin({"In": ["", "rate: float = 0.5"], "rate": 0.5})


def test_names_in_other_cells_are_no_parameters():
    begin(namespace("table = 3\n# Parameters\nsedes = 7\n"))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seeds", "5"),
        ("seeds", True),
        ("seeds", 0),
        ("seeds", -3),
        ("seeds", 5.0),
        ("seeds", [5]),
        ("seeds", None),
        ("tasks", [7, 9]),
        ("tasks", []),
        ("tasks", "digits/7-9"),
        ("tasks", '["digits/7-9", 3]'),
        ("tasks", "[]"),
        ("tasks", '"digits/7-9"'),
        ("tasks", ("digits/7-9",)),
        ("hidden", ["64"]),
        ("hidden", [64, 0]),
        ("hidden", [True]),
        ("hidden", 64),
        ("biases", 3),
        ("biases", ["kept"]),
    ],
)
def test_a_value_of_another_type_gets_the_list_of_the_right_ones(name, value):
    with pytest.raises(ValueError, match=f"^parameter {name} = ") as error:
        begin(namespace(**{name: value}))
    assert str(error.value).endswith(f" is no {WORDS[name]}; {RIGHT}")


@pytest.mark.parametrize(
    ("name", "value"), [("tasks", ["digits/0-1", "digits/7-9"]), ("hidden", [64, 32]), ("tasks", ["x"])]
)
def test_a_list_may_come_as_json_text_and_is_replaced_by_the_list(name, value):
    ours = namespace(**{name: json.dumps(value)})
    begin(ours)
    assert ours[name] == value


def page(table, links=None):
    """What a browser makes of a shown table: its heads, and of each row each cell's text and address."""
    root = ElementTree.fromstring(shown(table, links).data).find("table")
    cells = [
        [("".join(cell.itertext()), [link.get("href") for link in cell.iter("a")]) for cell in row]
        for row in root.find("tbody")
    ]
    return ["".join(head.itertext()) for head in root.find("thead/tr")], cells


def test_a_table_is_shown_without_its_index():
    heads, cells = page(pd.DataFrame({"claim": ["pruning helps"], "seeds": [5]}, index=["row 17"]))
    assert heads == ["claim", "seeds"]
    assert cells == [[("pruning helps", []), ("5", [])]]


def test_a_shown_table_is_one_that_a_click_sorts():
    html = shown(pd.DataFrame({"claim": ["pruning helps"]})).data
    assert "sortable" in ElementTree.fromstring(html).find("table").get("class").split()


def test_a_number_below_none_has_a_minus_sign_and_is_sorted_as_a_number():
    html = shown(pd.DataFrame({"gap": [-0.2, 0.1], "task": ["mnist/7-9", "-"]})).data
    assert '<td data-sort="-0.2">−0.2</td>' in html
    assert "<td>0.1</td>" in html
    assert "<td>mnist/7-9</td>" in html
    assert "<td>-</td>" in html


NASTY = """<b>"a" & 'b'</b> <script>"""


def test_what_looks_like_a_tag_is_shown_as_it_is():
    _, cells = page(pd.DataFrame({"claim": [NASTY], "why": ["p < 0.5 > q"]}))
    assert cells == [[(NASTY, []), ("p < 0.5 > q", [])]]


def test_what_looks_like_a_tag_is_shown_as_it_is_in_a_columns_head():
    heads, _ = page(pd.DataFrame({"p < 0.5": [1], NASTY: [2]}))
    assert heads == ["p < 0.5", NASTY]


def test_a_column_becomes_links_with_its_cells_in_their_addresses():
    table = pd.DataFrame({"claim": [1, 2], "chapter": ["pruning", "task_complexity"], "why": ["", "none"]})
    before = table.copy()
    _, cells = page(table, {"chapter": "chapters/{}.html", "why": "#fig"})
    assert cells == [
        [("1", []), ("pruning", ["chapters/pruning.html"]), ("", ["#fig"])],
        [("2", []), ("task_complexity", ["chapters/task_complexity.html"]), ("none", ["#fig"])],
    ]
    pd.testing.assert_frame_equal(table, before)


def test_without_links_nothing_is_one():
    _, cells = page(pd.DataFrame({"chapter": ["pruning"]}))
    assert cells == [[("pruning", [])]]


@pytest.fixture(scope="module")
def notebook(tmp_path_factory):
    """A notebook with one parameter, as thin as a notebook can be."""
    cells = [
        nbformat.v4.new_code_cell("seeds: int = 5  # models per task", metadata={"tags": ["parameters"]}),
        nbformat.v4.new_code_cell(
            "from weightprobes.book.notebook import begin\n\nbegin(globals())\nprint(seeds, 'models')"
        ),
    ]
    path = tmp_path_factory.mktemp("notebook") / "thin.ipynb"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


@pytest.fixture
def written(tmp_path):
    """Writes a notebook whose parameters are the given line, or a file of the given text."""

    def write(line=None, text=None):
        path = tmp_path / "own.ipynb"
        cell = nbformat.v4.new_code_cell(line or "", metadata={"tags": ["parameters"]})
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        path.write_text(text or nbformat.writes(nbformat.v4.new_notebook(cells=[cell], metadata=kernel)))
        return path

    return write


@pytest.mark.parametrize("line", ["seeds = 5", "seeds: dict = {}"])
def test_a_parameter_of_no_known_kind_is_named_with_its_file(written, line):
    with pytest.raises(ValueError, match=r"own\.ipynb does not say what seeds is: annotate it as int or str"):
        parameters(written(line), {})


@pytest.mark.parametrize("text", ["no", "[]", "{}", '{"nbformat": 4, "nbformat_minor": 5, "cells": [3]}'])
def test_a_file_that_is_no_notebook_is_named(written, text):
    with pytest.raises(ValueError, match=r"own\.ipynb is no notebook that can be read"):
        parameters(written(text=text), {})


@pytest.fixture(scope="module")
def earlier(notebook, tmp_path_factory):
    """A run of it, in a file of the same name."""
    return rerun(str(notebook), {"seeds": "7"}, tmp_path_factory.mktemp("earlier") / notebook.name)


def test_a_run_takes_the_place_of_an_earlier_one_and_prints_nothing_of_its_own(
    notebook, earlier, tmp_path, capfd
):
    assert "7 models" in earlier.read_text()
    target = Path(shutil.copy(earlier, tmp_path))
    rerun(str(notebook), {"seeds": "8"}, target)
    assert "8 models" in target.read_text()
    lines = capfd.readouterr().err.replace("\r", "\n").split("\n")
    assert [line for line in lines if line.strip() and not line.startswith("Executing")] == []


def test_a_run_takes_the_place_of_nothing_else(notebook, earlier, tmp_path):
    for name, text in (
        ("own.ipynb", nbformat.writes(nbformat.v4.new_notebook())),
        ("of_another.ipynb", earlier.read_text().replace(notebook.name, "another.ipynb")),
        ("text.md", "# text"),
        ("list.json", "[]"),
    ):
        file = tmp_path / name
        file.write_text(text)
        with pytest.raises(ValueError, match=f"{name} is there already, and no earlier run of"):
            rerun(str(notebook), {}, file)
        assert file.read_text() == text


def test_files_of_tasks_are_where_the_command_is_given(written, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "away").mkdir()
    source = written("tasks: list[str] = []")
    source = source.rename(tmp_path / "away" / source.name)
    target = rerun(str(source), {"tasks": '["zoo.csv:kind[a, b]", "digits/0-1"]'}, tmp_path / "out.ipynb")
    injected = nbformat.read(target, 4).cells[1].source
    assert f'tasks = ["{tmp_path}/zoo.csv:kind[a, b]", "digits/0-1"]' in injected


def test_a_notebook_never_takes_its_own_place(earlier):
    with pytest.raises(ValueError, match="is there already"):
        rerun(str(earlier), {}, earlier)


@pytest.mark.parametrize("chapter", book.notebooks(), ids=str)
def test_no_chapter_of_the_book_can_be_overwritten(chapter):
    for name in ("quickstart", chapter.stem):
        with pytest.raises(ValueError, match=f"{chapter.name} is there already"):
            rerun(name, {}, book.ROOT / chapter)


def test_papermill_runs_with_a_right_parameter_and_stops_at_a_misspelt_one(notebook):
    run = papermill.execute_notebook(notebook, None, {"seeds": 7}, progress_bar=False)
    assert "7 models" in str(run.cells[-1].outputs)
    told = r"unknown parameter 'sedes'; this notebook takes seeds \(positive whole number\)"
    with pytest.raises(papermill.PapermillExecutionError, match=told):
        papermill.execute_notebook(notebook, None, {"sedes": 7}, progress_bar=False)
