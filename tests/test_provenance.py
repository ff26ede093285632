"""Where figures come from: notes of what is read, through names and caches, told under each figure."""

import json

import nbformat
import pandas as pd
import pytest

from weightprobes import paths
from weightprobes.book import build, pictures, provenance
from weightprobes.book.provenance import Sources, described, fold, items, names, told
from weightprobes.probes import Prune
from weightprobes.tables import noted, tables
from weightprobes.tables.noted import Note, listening
from weightprobes.tables.parts import Files

TABLE = pd.DataFrame({"seed": [0, 1], "accuracy": [0.5, 0.75]})


def kept(name, seeds=(0, 1)):
    return tables.kept(name, Prune(), seeds, lambda missing: TABLE[TABLE["seed"].isin(missing)])


def heard(notes):
    return {files.whole.name.rpartition("-")[0]: list(one.items) for files, one in notes.items()}


def test_who_listens_hears_what_is_read_and_of_which_items(folders):
    with listening() as first:
        kept("one", [0])
        with listening() as second:
            kept("one", [1])
            kept("two")
    kept("three")
    assert heard(first) == {"one": [0, 1], "two": [0, 1]}
    assert heard(second) == {"one": [1], "two": [0, 1]}


def test_a_cached_value_stands_on_the_same_files_each_time(folders):
    calls = []

    @noted.cache
    def mean(name, *, of="accuracy"):
        calls.append(name)
        return kept(name)[of].mean()

    for _ in range(2):
        with listening() as notes:
            assert mean("one", of="accuracy") == 0.625
        assert heard(notes) == {"one": [0, 1]}
    assert calls == ["one"]


@pytest.mark.parametrize(
    ("source", "taken", "given"),
    [
        ("table = sweeps(tasks)", {"sweeps", "tasks"}, {"table"}),
        ("for a, b in pairs:\n    c = a", {"pairs", "a"}, {"a", "b", "c"}),
        ("def f(x):\n    return y", {"y"}, {"f"}),
        ("%matplotlib inline", set(), set()),
    ],
)
def test_names_that_a_cell_takes_and_sets(source, taken, given):
    assert names(source) == (taken, given)


def test_a_figure_stands_on_what_the_names_of_its_cell_stand_on(folders):
    sources = Sources()
    for cell, name in (("a = kept('one')", "one"), ("b = kept('two')", "two"), ("prose()", "three")):
        kept(name)
        sources.cell_ends(cell)
    sources.cell_ends("c = a.mean()")
    assert heard(sources.of_cell("draw(c)")) == {"one": [0, 1]}
    kept("four")
    assert heard(sources.of_cell("d = concat([c, b])\ndraw(d)")) == {
        "one": [0, 1],
        "two": [0, 1],
        "four": [0, 1],
    }
    assert heard(sources.of_cell("draw(unknown)")) == {"four": [0, 1]}


def test_a_recipe_is_told_in_words_without_what_is_at_its_default():
    task = {"Task": {"dataset": "mnist", "classes": [7, 9], "data": "0123", "scaling": "unit"}}
    recipe = {
        "Sweep": {
            "probe": {"Flip": {"order": "largest"}},
            "strengths": [0.0, 0.25, 0.5, 0.75, 1.0],
            "setting": {"Setting": {}},
            "training": {"Training": {"hidden": [128], "task": task}},
        }
    }
    assert described(recipe) == (
        "Sweep (probe Flip (order largest), strengths 5 from 0 to 1, training (hidden 128))",
        "mnist/7-9 (unit)",
    )


@pytest.mark.parametrize(
    ("found", "by", "words"),
    [
        ([0, 1, 2], "seed", "seeds 0–2"),
        ([5, 0, 1], "seed", "seeds 0–1, 5"),
        ([7], "seed", "seed 7"),
        (["block 1 q", "word"], "site", "2 sites"),
        (["mnist/0-1"], "task", "task mnist/0-1"),
    ],
)
def test_items_are_told_in_a_few_words(found, by, words):
    assert items(Note("a recipe", by, dict.fromkeys(found))) == words


def test_files_of_one_kind_are_told_together_with_digests_of_their_values(folders):
    kept("one")
    list(tables.consolidate())
    with listening() as notes:
        kept("one")
        kept("two")
    (line,) = json.loads(told(notes))
    assert (line["what"], line["items"]) == ("Prune", "seeds 0–1")
    (one, digest), (two, none) = line["files"]
    assert one.startswith("data/results/one-")
    assert digest == tables.fingerprint(paths.RESULTS / one.removeprefix("data/results/"))[:8] != ""
    assert two.startswith("data/results/two-")
    assert none == ""  # of parts, which no commit has


def test_a_fold_tells_all_of_it_and_how_to_make_it_anew():
    line = {
        "what": "Sweep <x>",
        "items": "seeds 0–4",
        "tasks": ["mnist/7-9"],
        "files": [["data/a.parquet", "12"]],
    }
    html = fold(json.dumps([line]), "noise", "abc123")
    for part in (
        "Sweep &lt;x&gt;; mnist/7-9; seeds 0–4",
        "data/a.parquet",
        "weightprobes notebook noise",
        "abc123",
    ):
        assert part in html
    assert "No kept table" in fold("[]", "noise", "")
    assert "commit" not in fold("[]", "noise", "")


def test_a_figure_of_a_notebook_carries_what_its_cell_stands_on_and_so_twice(tmp_path):
    cells = [
        "from weightprobes.book.notebook import begin\nfrom weightprobes import figures\n"
        "from weightprobes.engine.sweep import sweeps\nfrom weightprobes.probes import Prune, grids\n"
        "begin(globals())",
        "table = sweeps(['mnist/7-9'], [Prune('smallest')], grids.PRUNE, seeds=5)",
        "figures.curves(table, 'removed')",
    ]
    source = tmp_path / "some.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells))), source)
    found = []
    for target in (tmp_path / "one.ipynb", tmp_path / "two.ipynb"):
        build.execute(source, target)
        (output,) = nbformat.read(target, 4).cells[-1].outputs
        assert set(output.data) == {"image/svg+xml", "text/plain"}
        found.append(output.data["image/svg+xml"])
    assert found[0] == found[1]
    (line,) = json.loads(pictures.description(found[0]))
    assert line["tasks"] == ["mnist/7-9"]
    assert line["items"] == "seeds 0–4"
    ((file, digest),) = line["files"]
    assert (build.ROOT / file).exists()
    assert len(digest) == 8


def test_notes_know_files_of_models_too():
    files = Files.of_models("mnist_7-9", Prune())
    assert provenance._place(files).startswith("data/checkpoints/mnist_7-9-")


def test_every_figure_of_the_book_stands_on_kept_files_but_a_drawing_and_the_one_that_runs_live():
    without = set()
    for path in build.notebooks():
        for cell in nbformat.read(build.ROOT / path, as_version=4).cells:
            for output in cell.get("outputs", []):
                picture = output.get("data", {}).get("image/svg+xml")
                if picture and not json.loads(pictures.description(picture)):
                    without.add(cell.metadata.mystnb.figure.name)
    assert without == {"fig-probes", "fig-quickstart"}
