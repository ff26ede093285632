"""The report on a task: what it says beside the gaps, and when it warns; on the command line too."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.datasets import make_classification

import weightprobes
from weightprobes.cli import app as cli
from weightprobes.engine.settings import RECOMMENDED, Setting
from weightprobes.measures.complexity import complexity
from weightprobes.measures.complexity_of import complexity_of, of_tasks
from weightprobes.models.training import Training
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

QUICK = dict(seeds=3, hidden=(4,), epochs=4)


pytestmark = pytest.mark.usefixtures("datasets_put_back")


@pytest.fixture(scope="module")
def easy():
    """1,200 rows of eight numbers, and which of three classes they are of."""
    x, y = make_classification(1200, 8, n_informative=6, n_classes=3, class_sep=2, random_state=0)
    return x, np.array(["red", "green", "blue"])[y]


def test_it_holds_what_complexity_measures_in_both_settings(easy, folders):
    table = weightprobes.complexity_of(*easy, **QUICK)
    task = Task.of(*easy)
    for setting in ("as_published", "recommended"):
        found = table[table["setting"] == setting].reset_index(drop=True)
        alone = complexity(task.name, setting=setting, **QUICK).drop(columns="dataset")
        pd.testing.assert_frame_equal(found[alone.columns], alone)
    assert set(table["classes"]) == {"blue, green, red"}
    assert set(table["split"]) == {"stratified, seed 0"}


def test_a_setting_is_the_same_by_its_name_and_by_itself(easy, folders):
    task, other = Task.of(*easy), Setting("kept")
    named = of_tasks([task], settings=["recommended"], **QUICK)
    pd.testing.assert_frame_equal(of_tasks([task], settings=[RECOMMENDED], **QUICK), named)
    assert set(of_tasks([task], settings=[other], **QUICK)["setting"]) == {str(other)}


def test_beside_the_gaps_stands_what_the_float_networks_and_a_linear_classifier_do(easy, folders):
    task = Task.of(*easy, classes=["red", "blue"], scaling="standardized")
    row = of_tasks([task], settings=["recommended"], **QUICK).iloc[0]
    (x, y), (held_out, truth) = task.load("train"), task.load("test")
    networks = trained(Training(task, (4,), epochs=4), range(3))
    answers = [
        torch.func.functional_call(networks.module, networks.model(seed), (held_out,)) for seed in range(3)
    ]
    errors = [(one.argmax(1) != truth).double().mean().item() for one in answers]
    assert row["error"] == pytest.approx(np.median(errors))
    assert row["test_items"] == len(truth)
    assert row["majority"] == truth.bincount().max() / len(truth)
    # least squares is another linear classifier, and errs about as much
    ones = torch.ones(len(x), 1)
    plane = torch.linalg.lstsq(torch.cat([x, ones], 1), 2.0 * y[:, None] - 1).solution
    sides = torch.cat([held_out, torch.ones(len(held_out), 1)], 1) @ plane
    assert row["linear_error"] == pytest.approx(((sides[:, 0] > 0) != truth).double().mean().item(), abs=0.03)


def test_all_pairs_of_some_classes_are_tasks_of_their_own(easy, folders):
    table = complexity_of(*easy, pairs=True, settings=["recommended"], **QUICK)
    assert table["classes"].drop_duplicates().tolist() == ["blue, green", "blue, red", "green, red"]
    assert table["task"].nunique() == 3
    pair = complexity_of(*easy, classes=["green", "red"], settings=["recommended"], **QUICK)
    pd.testing.assert_frame_equal(pair, table.iloc[-2:].reset_index(drop=True))


def test_a_test_of_ones_own_is_what_is_measured_on(easy, folders):
    x, y = easy
    table = complexity_of(x[300:], y[300:], test=(x[:300], y[:300]), settings=["recommended"], **QUICK)
    assert set(table["split"]) == {"given"}
    assert set(table["test_items"]) == {300}


def test_columns_in_another_order_give_other_networks_and_the_same_story(easy, folders):
    x, y = easy
    one, other = (complexity_of(rows, y, settings=["recommended"], **QUICK) for rows in (x, x[:, ::-1]))
    assert one["simplified"].tolist() != other["simplified"].tolist()
    np.testing.assert_allclose(one["error"], other["error"], atol=0.05)


def warned(x, y, **kind):
    return complexity_of(x, y, settings=["recommended"], **{**QUICK, **kind})["warning"].iloc[0]


def test_nothing_is_said_of_what_can_be_read(easy, folders):
    assert warned(*easy, scaling="standardized", epochs=20, hidden=(16,)) == ""


def test_networks_that_learned_nothing_are_told_of(easy, folders):
    said = warned(easy[0], np.random.default_rng(0).integers(2, size=1200))
    assert "3 of 3 trainings failed" in said
    assert "the networks learned nothing beyond the largest class, so there is no gap to read" in said
    assert "the simplified networks are at chance" in said


def test_few_test_items_are_told_of(easy, folders):
    said = warned(easy[0][:120], easy[1][:120])
    items = len(Task.of(easy[0][:120], easy[1][:120]).load("test")[1])
    assert f"{items} test items: one is {100 / items:.1f} points, which the interval leaves out" in said
    assert "test items" not in warned(*easy)


def test_inputs_that_never_vary_are_told_of_unless_they_are_centred(easy, folders):
    x, y = easy
    steady = np.column_stack([x, np.full(len(x), 3.0), np.full(len(x), x.min() - 1)])
    assert "2 of 10 inputs never vary, and shift every unit once weights are simplified" in warned(steady, y)
    assert "never vary" not in warned(steady, y, scaling="centered")
    assert "never vary" not in warned(x, y)


def test_a_scaling_that_hides_columns_is_told_of(easy, folders):
    x, y = easy
    hidden = np.column_stack([x, 1000 * np.random.default_rng(0).normal(size=len(x))])
    assert "the networks learned nothing beyond the largest class" in warned(hidden, y)
    assert "learned nothing" not in warned(hidden, y, scaling="standardized")


# The command line


def shell(monkeypatch, capsys, *arguments):
    """What ``weightprobes complexity …`` prints, and its exit code."""
    monkeypatch.setattr("sys.argv", ["weightprobes", "complexity", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return capsys.readouterr(), stop.value.code or 0


@pytest.fixture
def file(easy, folders):
    x, y = easy
    path = folders / "colours.csv"
    pd.DataFrame(x[:300]).assign(colour=y[:300]).to_csv(path, index=False)
    return path


def test_a_file_is_measured_by_one_line(file, monkeypatch, capsys):
    printed, code = shell(monkeypatch, capsys, file, "--label", "colour", "--seeds", 2, "--json")
    rows = pd.DataFrame(json.loads(printed.out))
    measured = complexity_of(pd.read_csv(file), "colour", seeds=2)
    pd.testing.assert_frame_equal(rows, measured, atol=1e-9, check_dtype=False)
    assert code == 0
    printed, _ = shell(monkeypatch, capsys, f"{file}:colour[red, blue]", "--seeds", 2)
    assert printed.out.count("\nred, blue ") == 4
    assert "red, blue: " in printed.out


def test_pairs_of_a_named_data_set_too(folders, monkeypatch, capsys):
    asked = ("wine/0-1-2", "--pairs", "--seeds", 2, "--setting", "recommended", "--scaling", "standardized")
    printed, _ = shell(monkeypatch, capsys, *asked, "--json")
    assert [row["task"] for row in json.loads(printed.out)[::2]] == ["wine/0-1", "wine/0-2", "wine/1-2"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{file}", "--label", "color"], "there is no column 'color' for the labels: name one of 0, 1, 2"),
        (["{file}"], "does not say which column has the labels: like './data.csv:species'"),
        (["{file}:colour[red, pink]"], "unknown class 'pink': choose one of blue, green, red"),
        (["{file}x.csv", "--label", "colour"], "there is no file"),
        (
            ["digits/0-1", "--label", "colour"],
            "digits/0-1 is no CSV, Parquet or NPZ file: name one, or leave",
        ),
        (["{file}", "--label", "colour", "--scaling", "log"], "unknown input scaling 'log'"),
    ],
)
def test_a_mistake_is_one_sentence_and_writes_nothing(file, arguments, said, monkeypatch, capsys):
    given = [one.replace("{file}", str(file)) for one in arguments]
    printed, code = shell(monkeypatch, capsys, *given)
    assert said in printed.err
    assert printed.err.count("\n") == 1
    assert code == 2
    assert list(file.parent.iterdir()) == [file]
