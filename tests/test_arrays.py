"""Your own data are one task, whatever they come as, and what is wrong with them is one sentence."""

import pickle
import re
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from weightprobes.datasets import DATASETS, loading, register, registry, tabular
from weightprobes.datasets.files import DatasetMissing
from weightprobes.datasets.splits import stratified
from weightprobes.engine.sweep import Sweep
from weightprobes.measures.complexity import PROBE, STRENGTHS
from weightprobes.models.training import Training
from weightprobes.tables.recipes import as_text, from_data
from weightprobes.tasks import Task

SPECIES = np.array(["wolf", "fox", "bear"] * 20)


pytestmark = pytest.mark.usefixtures("datasets_put_back")


@pytest.fixture
def x():
    """Sixty rows of three numbers that tell the species apart, more or less."""
    return np.random.default_rng(0).normal(size=(60, 3)) + np.arange(60)[:, None] % 3


@pytest.fixture
def table(x):
    """The same as a table, with the species."""
    return pd.DataFrame(x, columns=["tail", "ear", "nose"]).assign(species=SPECIES)


# One task, whatever it comes as


def written(table, x, folder):
    """A CSV, a Parquet and an NPZ file of the table; the names of their tasks."""
    table.to_csv(folder / "zoo.csv", index=False)
    table.to_parquet(folder / "zoo.parquet")
    np.savez(folder / "zoo.npz", X=x, species=SPECIES)
    return [f"{folder}/zoo.{kind}:species" for kind in ("csv", "parquet", "npz")]


def test_arrays_tables_tensors_and_files_are_one_task(x, table, tmp_path):
    datasets = pytest.importorskip("datasets")
    task = Task.of(x, SPECIES)
    others = [
        Task.of(table, "species"),
        Task.of(table.drop(columns="species"), table["species"].astype("category")),
        Task.of(torch.from_numpy(x), SPECIES.tolist()),
        Task.of(torch.from_numpy(x).float().requires_grad_(), SPECIES[:, None]),
        Task.of(datasets.Dataset.from_pandas(table), "species"),
        Task.of(x.astype(np.float32).tolist(), pd.Series(SPECIES)),
        *map(Task.named, written(table, x, tmp_path)),
    ]
    assert {as_text(one) for one in [task, *others]} == {as_text(task)}
    for split in loading.SPLITS:
        assert all(torch.equal(one.load(split)[0], task.load(split)[0]) for one in others)


def test_their_tables_are_the_same_to_the_bit(x, table, folders, monkeypatch):
    found = []
    for number, name in enumerate(["", *written(table, x, folders)]):
        monkeypatch.setenv("WEIGHTPROBES_STORE", str(folders / f"store {number}"))
        task = Task.named(name) if name else Task.of(x, SPECIES)
        recipe = Sweep(Training(task, (4,), epochs=2), PROBE, STRENGTHS)
        recipe.table(range(2))
        found.append(next((folders / f"store {number}" / "cells").rglob("*.parquet")).read_bytes())
    assert set(found) == {found[0]}


def test_a_changed_cell_is_another_task_and_so_are_columns_in_another_order(x):
    task, changed = Task.of(x, SPECIES), x.copy()
    changed[17, 1] += 1e-3
    others = [Task.of(changed, SPECIES), Task.of(x[:, ::-1], SPECIES), Task.of(x[::-1], SPECIES[::-1])]
    others += [Task.of(x, SPECIES[::-1]), Task.of(x, SPECIES, seed=1), Task.of(x, SPECIES, span=(-9, 9))]
    assert len({one.dataset for one in [task, *others]}) == 7
    assert len({one.data for one in [task, *others]}) == 7


def test_a_file_that_is_written_anew_is_read_anew(x, table, tmp_path):
    name, *_ = written(table, x, tmp_path)
    before = Task.named(name)
    table.assign(tail=table["tail"] + 1).to_csv(tmp_path / "zoo.csv", index=False)
    assert Task.named(name).data != before.data


def test_a_file_may_have_a_test_set(x, tmp_path):
    np.savez(tmp_path / "zoo.npz", X=x[:40], kind=SPECIES[:40], X_test=x[40:], kind_test=SPECIES[40:])
    task = Task.named(f"{tmp_path}/zoo.npz:kind")
    assert task == Task.of(x[:40], SPECIES[:40], test=(x[40:], SPECIES[40:]))
    assert DATASETS[task.dataset].SPLIT == "given"
    assert task.load("test")[1].tolist() == [("bear", "fox", "wolf").index(one) for one in SPECIES[40:]]


# Classes


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (SPECIES, ("bear", "fox", "wolf")),
        (np.arange(60) % 3 * 5, ("0", "5", "10")),
        ((np.arange(60) % 3 * 5).astype(str), ("0", "5", "10")),
        (np.arange(60) % 3 - 1.0, ("-1", "0", "1")),
        (np.arange(60) % 3 / 2, ("0", "0.5", "1")),
        (np.arange(60) % 2 == 0, ("False", "True")),
        (["a-b", "c/d", "e f"] * 20, ("a-b", "c/d", "e f")),
    ],
    ids=str,
)
def test_classes_have_any_names_in_their_order(x, labels, classes):
    task = Task.of(x, labels)
    assert classes == DATASETS[task.dataset].CLASSES
    assert task.classes == tuple(range(len(classes)))


def test_some_classes_are_chosen_by_a_list_and_all_pairs_by_a_call(x, table, tmp_path):
    name, *_ = written(table, x, tmp_path)
    task = Task.of(x, SPECIES, classes=["wolf", "bear"])
    assert task == Task.named(f"{name}[wolf, bear]") == Task.named(f'{name}["wolf","bear"]')
    assert task.title == "zoo.csv wolf vs bear"
    assert [pair.classes for pair in Task.of(x, SPECIES).pairs()] == [(0, 1), (0, 2), (1, 2)]
    with pytest.raises(ValueError, match="unknown class 'cat': choose one of bear, fox, wolf"):
        Task.of(x, SPECIES, classes=["wolf", "cat"])
    assert Task.of(x, np.arange(60) % 3, classes=[2, 0]).classes == (2, 0)


def test_names_of_classes_in_a_dataset_of_hugging_face_are_kept(x):
    datasets = pytest.importorskip("datasets")
    names = datasets.ClassLabel(names=["no", "yes"])
    rows = {"image": np.zeros((4, 2, 3)) + np.arange(4)[:, None, None], "answer": [0, 1, 0, 1]}
    features = datasets.Features({"image": datasets.Array2D((2, 3), "float32"), "answer": names})
    task = Task.of(datasets.Dataset.from_dict(rows, features), "answer")
    assert (task.pixels, DATASETS[task.dataset].SHAPE, task.title) == (6, (2, 3), "Your data no vs yes")


# Splits and ends


def test_a_stratified_split_has_a_quarter_of_each_class_and_is_drawn_by_its_seed():
    labels = torch.tensor([0] * 40 + [1] * 9 + [2] * 2)
    held_out = stratified(labels)
    assert [int(held_out[labels == label].sum()) for label in range(3)] == [10, 2, 1]
    assert torch.equal(held_out, stratified(labels, 0))
    assert not torch.equal(held_out, stratified(labels, 1))


def test_inputs_of_any_number_of_dimensions_are_scaled_from_the_least_to_the_greatest(x):
    raw = 50 * np.random.default_rng(1).random((60, 2, 3, 4)) - 7
    task = Task.of(raw, SPECIES)
    seen = loading.load(task.dataset, "train").x
    symmetric = task.load("train")[0]
    assert (task.pixels, DATASETS[task.dataset].SHAPE) == (24, (2, 3, 4))
    assert (symmetric.min(), symmetric.max()) == (-1, 1)
    low, high = seen.min(), seen.max()
    torch.testing.assert_close(symmetric, 2 * (seen.flatten(1) - low) / (high - low) - 1)
    unit = replace(task, scaling="unit").load("test")[0]
    torch.testing.assert_close(2 * unit - 1, task.load("test")[0])


def test_the_ends_may_be_given_for_all_inputs_or_for_each(x):
    given = Task.of(x, SPECIES, span=(-10, 30), scaling="unit")
    raw = loading.load(given.dataset, "test").x
    torch.testing.assert_close(given.load("test")[0], (raw + 10) / 40)
    low, high = x.min(0), x.max(0)
    each = Task.of(x, SPECIES, span=(low, high), scaling="unit")
    expected = (raw.double() - torch.from_numpy(low)) / torch.from_numpy(high - low)
    torch.testing.assert_close(each.load("test")[0].double(), expected, atol=1e-6, rtol=0)


def test_a_registered_set_declares_its_range_which_its_digest_names(x):
    def namespace(**told):
        kind = {"NAME": "Zoo", "CLASSES": ("a", "b"), "SHAPE": (3,)}
        inputs, y = torch.from_numpy(x).float(), torch.arange(60) % 2
        return type("Zoo", (), {**kind, "load": staticmethod(lambda split: (inputs, y)), **told})

    register("zoo", namespace(RANGE=(-5, 5)))
    declared = Task.named("zoo/a-b", "unit")
    torch.testing.assert_close(declared.load("test")[0], (torch.from_numpy(x).float() + 5) / 10)
    register("zoo", namespace())
    assert Task.named("zoo/a-b").data != declared.data
    for wrong in ((5, -5), ((0, 0), (1, 1))):
        register("zoo", namespace(RANGE=wrong))
        with pytest.raises(
            ValueError, match=r"the range of zoo is .*: give the lowest and the highest input"
        ):
            Task.named("zoo/a-b")


# Other processes


def elsewhere(task):
    """``task`` as another process gets it, which knows nothing of its data."""
    sent = pickle.dumps(task)
    tabular._registered.cache_clear()
    for name in [name for name in DATASETS if name == task.dataset]:
        del DATASETS[name]
    return pickle.loads(sent)


def test_another_process_reads_the_file_again(x, table, tmp_path, monkeypatch):
    written(table, x, tmp_path)
    monkeypatch.chdir(tmp_path)
    task = Task.named("zoo.csv:species")
    wanted = task.load("test")[0]
    (tmp_path / "away").mkdir()
    monkeypatch.chdir(tmp_path / "away")
    assert torch.equal(elsewhere(task).load("test")[0], wanted)
    table.iloc[1:].to_csv(tmp_path / "zoo.csv", index=False)
    with pytest.raises(DatasetMissing, match=rf"the data called {task.dataset} are no longer in {tmp_path}"):
        elsewhere(task).load("test")


def test_data_in_memory_are_not_in_another_process_nor_in_a_recipe(x):
    task = Task.of(x, SPECIES)
    said = f"the data called {task.dataset} are given in memory, and not to this process"
    with pytest.raises(DatasetMissing, match=said):
        elsewhere(task).shares()
    with pytest.raises(DatasetMissing, match=r"give them again, with Task\.of\(X, y\) or as a file"):
        Task.named(task.name)
    with pytest.raises(DatasetMissing, match=said):
        from_data({"Task": {"dataset": task.dataset, "classes": [0, 1], "data": task.data}}, {"Task": Task})


def test_the_data_set_on_the_librarys_page_is_had_from_its_module(tmp_path, monkeypatch):
    page = (Path(__file__).parents[1] / "book" / "library" / "tasks.md").read_text()
    code = re.search(r":caption: my_sets.py\n(.*?)```", page, re.DOTALL)[1]
    (tmp_path / "my_sets.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path)
    task = Task.named("my_sets:noise/bright-dark")
    assert (task.name, task.title) == ("noise/1-0", "Noise bright vs dark")
    assert task == Task.named("noise/1-0")
    monkeypatch.delitem(sys.modules, "my_sets")
    assert len(elsewhere(task).load("test")[1]) == 100
    with pytest.raises(ValueError, match=r"data set 'odds' cannot be had .*No module named 'my_odds'"):
        Task.named("my_odds:odds/0-1")


@pytest.mark.parametrize("name", ["", "a/b", "a:b", "a[b]"])
def test_a_data_set_has_a_name_that_tells_it_from_the_rest_of_a_tasks(name):
    with pytest.raises(ValueError, match="is no name for a data set"):
        register(name, DATASETS["digits"])


def test_what_a_data_set_lacks_is_said_when_it_is_registered():
    with pytest.raises(ValueError, match="the data set empty has no NAME, CLASSES, SHAPE, load"):
        register("empty", object())
    assert "empty" not in registry.DATASETS


# What is wrong


GAP = [float("nan"), *range(59)]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            lambda t: (t, "kind"),
            "there is no column 'kind' for the labels: name one of tail, ear, nose, species",
        ),
        (lambda t: (t.to_numpy(), "kind"), "the labels are 'kind', but X is no table with columns"),
        (lambda t: (t.assign(home="den"), "species"), "column 'home' holds str and no numbers"),
        (
            lambda t: (t.assign(ear=GAP), "species"),
            "column 'ear' lacks 1 of 60 values, the first in row 0: fill them in",
        ),
        (lambda t: (np.array([GAP] * 2).T, SPECIES), "1 of 60 rows of X have NaN or inf in them"),
        (lambda t: (np.full((60, 2), 1e60), SPECIES), "60 of 60 rows of X have NaN or inf in them"),
        (lambda t: (t[["ear"]], [None, *SPECIES[1:]]), "1 of 60 labels are missing, the first in row 0"),
        (lambda t: (t[["ear"]], SPECIES[1:]), "X has 60 rows for 59 labels: give a label for each row"),
        (
            lambda t: (t[["ear"]], np.eye(60)),
            r"labels of shape \(60, 60\) are no list: give one for each row",
        ),
        (lambda t: (t[["ear"]], ["wolf"] * 60), "all labels are 'wolf': give items of two classes or more"),
        (lambda t: (t.iloc[:2], "species"), "class 'fox' needs an item to train on and one for the test"),
        (
            lambda t: (t.assign(tail=1, ear=1, nose=1), "species"),
            "all training inputs are 1, so nothing can be",
        ),
        (lambda t: (t.iloc[:0], "species"), r"X of shape \(0, 3\) holds nothing"),
        (lambda t: (t[["species"]], "species"), r"X of shape \(60, 0\) holds nothing"),
        (lambda t: (SPECIES[:, None], SPECIES), "X holds <U4 and no numbers: make numbers of them"),
    ],
)
def test_data_that_nothing_can_be_learned_from_are_one_sentence(table, data, said):
    before = set(DATASETS)
    with pytest.raises(ValueError, match=f"^{said}") as error:
        Task.of(*data(table))
    assert "\n" not in str(error.value)
    assert set(DATASETS) == before


@pytest.mark.parametrize(
    ("test", "said"),
    [
        ((np.zeros((3, 3)), ["wolf", "fox", "cat"]), "class 'cat' is among the test labels alone"),
        ((np.zeros((2, 3)), ["wolf", "fox"]), "class 'bear' needs an item to train on and one for the test"),
        ((np.zeros((3, 2)), ["wolf", "fox", "bear"]), r"inputs of shape \(3,\) are tested on \(2,\)"),
        ((np.full((3, 3), np.nan), ["wolf", "fox", "bear"]), "3 of 3 rows of X of the test have NaN or inf"),
    ],
)
def test_a_test_set_must_fit(x, test, said):
    with pytest.raises(ValueError, match=f"^{said}"):
        Task.of(x, SPECIES, test=test)


@pytest.mark.parametrize(
    ("file", "content", "name", "said"),
    [
        ("a.csv", b"", "a.csv:species", "a.csv: No columns to parse"),
        ("a.csv", b"x,species\n1,a\n2", "a.csv:species", "a.csv: CSV parse error: Expected 2 columns, got 1"),
        ("a.csv", b'x,species\n1,"a\n2', "a.csv:species", "a.csv: "),
        ("a.csv", b"\xff\xfe\x00", "a.csv:species", "a.csv: "),
        ("a.csv", b",x,y\n0,3,a\n1,5,b\n", "a.csv:y", "a.csv: its first column only counts the rows"),
        ("a.csv", b"x,y\n3,a\n5,b\n", "a.csv", "task '.*a.csv' does not say which column has the labels"),
        ("a.parquet", b"PAR1", "a.parquet:species", "a.parquet: .*Parquet"),
        ("a.npz", b"PK\3\4", "a.npz:species", "a.npz: "),
        ("a.npz", b"", "a.npz:species", "a.npz: "),
        ("b.csv", b"x,y\n3,a\n5,b\n", "a.csv:y", "there is no file .*a.csv: name a CSV, Parquet or NPZ file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named(tmp_path, file, content, name, said):
    (tmp_path / file).write_bytes(content)
    with pytest.raises((ValueError, FileNotFoundError), match=said) as error:
        Task.named(f"{tmp_path}/{name}")
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == [file]
