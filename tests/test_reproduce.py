"""Making everything anew: in a store of its own, and nothing else changes until it is adopted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from weightprobes import paths
from weightprobes.book import reproduce
from weightprobes.datasets import DATASETS
from weightprobes.engine.sweep import Sweep
from weightprobes.engine.tagger_card import Card, Log
from weightprobes.measures.cnn_layers import CnnDiagnosis
from weightprobes.measures.tagger_plans import TaggerDiagnosis
from weightprobes.models.training import Training
from weightprobes.paper import claims
from weightprobes.probes import Prune
from weightprobes.runs.serial import Serial
from weightprobes.tables import tables
from weightprobes.tables.stored import Networks
from weightprobes.tasks import Task

SWEEP = Sweep(Training(Task.named("digits/0-1"), hidden=(4,), epochs=1), Prune("smallest"), (0.0, 0.5))
BOOK = paths.HOME / "data" / "results"
TABLE = pd.DataFrame({"seed": [0, 1], "accuracy": [0.5, 0.75]})


def contents(folder: Path) -> dict[Path, tuple[bytes, int]]:
    """The files in ``folder``, and when they were written."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in files}


@pytest.fixture
def checkout(tmp_path, monkeypatch) -> Path:
    """A checkout with a store of the user's own, and room for a reproduction."""
    for name, folder in (("STORE", "_build"), ("KEPT", "data")):
        monkeypatch.setattr(reproduce, name, tmp_path / folder)
    monkeypatch.setattr(reproduce, "PAPER_TASKS", ("digits/0-1",))
    monkeypatch.setattr(reproduce, "Processes", lambda workers: Serial())
    monkeypatch.setattr(claims, "keep", lambda: None)
    monkeypatch.setenv("WEIGHTPROBES_STORE", str(tmp_path / "data"))
    monkeypatch.setenv("WEIGHTPROBES_FRESH", "1")
    return tmp_path


def test_all_is_made_anew_and_only_once_and_what_was_there_is_left_as_it_was(checkout):
    right = SWEEP.table(range(2))
    (table,) = tables.consolidate()
    tables.write(table, right.assign(accuracy=right["accuracy"] + 0.25), SWEEP, "seed")
    before = contents(checkout)
    assert reproduce.make() == {}
    after = contents(checkout)
    assert before.items() <= after.items()
    assert {path.relative_to(checkout).parts[0] for path in after.keys() - before.keys()} == {"_build"}
    found = reproduce.compared().set_index("verdict")
    assert found.loc["differs", ["values", "largest", "columns"]].tolist() == [len(right), 0.25, "accuracy"]
    assert found.loc["only in new", "table"].startswith("checkpoints/digits_0-1-relu-64-")
    times = pd.read_csv(checkout / "_build" / "times.csv", names=["kind", "table", "seconds"])
    assert sorted(times["kind"]) == ["Networks", "Sweep"]
    assert (times["seconds"] >= 0).all()
    reproduce.make()
    assert len(pd.read_csv(checkout / "_build" / "times.csv", header=None)) == len(times)
    models = {path: file for path, file in after.items() if "models" in path.parts}
    assert models
    assert models.items() <= contents(checkout).items()


@pytest.fixture(scope="module")
def recipes():
    """What made the book's tables, read from all of them once."""
    return list(reproduce.recipes())


def test_every_table_of_the_book_says_what_makes_it(recipes):
    found = dict.fromkeys(path.relative_to(BOOK) for path in sorted(BOOK.rglob("*/*.parquet")))
    told = [(recipe.files.whole.relative_to(paths.RESULTS), items) for recipe, items in recipes]
    assert [name for name, _ in told] == list(found)
    assert all(items for _, items in told)


def test_a_table_of_data_in_memory_is_left_out_and_told(checkout, capsys):
    task = Task.of(np.eye(8), [0, 1] * 4)
    Sweep(Training(task, hidden=(4,), epochs=1), Prune("smallest"), (0.0,)).table(range(1))
    SWEEP.table(range(2))
    list(tables.consolidate())
    del DATASETS[task.dataset]
    assert [recipe for recipe, _ in reproduce.recipes()] == [SWEEP]
    assert "is left out: the data called data-" in capsys.readouterr().err


def test_what_a_part_needs_is_made_before_it(recipes, monkeypatch):
    monkeypatch.setattr(reproduce, "recipes", lambda: recipes)
    planned = reproduce.all_parts()
    place = {part: number for number, part in enumerate(planned)}
    assert len(place) == len(planned)
    assert all(place[part.needs] < place[part] for part in planned if part.needs)
    needed = {Networks, Card, Log, CnnDiagnosis, TaggerDiagnosis}
    assert {type(part.needs.recipe) for part in planned if part.needs} == needed


def test_a_part_that_fails_is_told_and_nothing_is_adopted(checkout, monkeypatch):
    SWEEP.table(range(2))
    list(tables.consolidate())
    monkeypatch.setattr(Sweep, "_make", lambda *_: 1 / 0)
    (error,) = reproduce.make().values()
    assert "ZeroDivisionError" in error
    assert not (checkout / "_build" / "results").exists()


def test_nothing_is_made_while_something_is_missing(checkout, monkeypatch):
    def missing(task, split):
        raise FileNotFoundError("MNIST is not here")

    monkeypatch.setattr(Task, "load", missing)
    monkeypatch.setattr("sys.argv", ["reproduce"])
    before = contents(checkout)
    with pytest.raises(SystemExit, match="weightprobes: MNIST is not here"):
        reproduce.main()
    assert contents(checkout) == before


@pytest.fixture
def reproduced(checkout):
    """A reproduction that confirmed a table, moved one, renamed one, made one, and lacks one."""

    def write(folder: str, name: str, shift: float = 0) -> None:
        path = checkout / folder / "results" / f"{name}.parquet"
        tables.write(path, TABLE.assign(accuracy=TABLE["accuracy"] + shift), name, "seed")

    for name in ("same", "moved", "named-00000000", "lacking"):
        write("data", name)
    for name, shift in (("same", 0), ("moved", 0.25), ("named-11111111", 0), ("noise/made", 0)):
        write("_build", name, shift)
    return checkout


def test_adopting_says_what_it_would_replace_and_changes_nothing(reproduced, capsys):
    before = contents(reproduced)
    reproduce.adopt(yes=False)
    assert capsys.readouterr().out.splitlines() == [
        "results/moved.parquet replaces results/moved.parquet",
        "results/named-11111111.parquet replaces results/named-00000000.parquet",
        "results/noise/made.parquet is new",
        "3 would be adopted: add --yes",
    ]
    assert contents(reproduced) == before


def test_adopting_replaces_what_it_named_and_nothing_else(reproduced):
    same = contents(reproduced / "data" / "results")[reproduced / "data" / "results" / "same.parquet"]
    reproduce.adopt(yes=True)
    found = contents(reproduced / "data" / "results")
    assert sorted(path.stem for path in found) == ["lacking", "made", "moved", "named-11111111", "same"]
    assert found[reproduced / "data" / "results" / "same.parquet"] == same
    assert reproduce.compared()["verdict"].value_counts().to_dict() == {"equal": 4, "only in old": 1}
