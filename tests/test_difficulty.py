"""Other measures of difficulty: plain twins of each, and what is said without problexity."""

import sys
import tomllib
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pandas as pd
import pytest
import torch
from samples import normal
from scipy.optimize import minimize
from scipy.spatial.distance import cdist

from weightprobes import paths
from weightprobes.datasets import DATASETS
from weightprobes.measures import difficulty
from weightprobes.measures.difficulty import (
    CLASSICAL,
    LINEAR,
    NEIGHBOUR,
    Difficulty,
    classical,
    linear_error,
    neighbour_error,
)
from weightprobes.rng import generator
from weightprobes.tasks import Task

TASKS = ["digits/7-9", "digits/1-8", "digits/6-8"]


def images_of(name, split):
    """Images of a task's two classes in [0, 1], and labels -1 and 1; read from the dataset itself."""
    first, second = Task.named(name).classes
    images, labels = (part.numpy() for part in DATASETS["digits"].load(split))
    chosen = (labels == first) | (labels == second)
    return images[chosen].reshape(-1, 64).astype(float), np.where(labels[chosen] == first, -1, 1)


def sample_of(name, sample):
    """The images that the classical measures see, with labels 0 and 1."""
    x, y = images_of(name, "train")
    chosen = torch.randperm(len(y), generator=generator("difficulty", name))[:sample].numpy()
    return x[chosen], (y[chosen] > 0).astype(int)


# Classifiers


@pytest.mark.parametrize("name", TASKS)
def test_the_linear_error_is_that_of_the_penalised_likelihoods_maximum(name):
    (x, y), (seen, labels) = images_of(name, "train"), images_of(name, "test")

    def loss(parameters):
        return (
            np.logaddexp(0, -y * (x @ parameters[1:] + parameters[0])).sum()
            + parameters[1:] @ parameters[1:] / 2
        )

    best = minimize(loss, np.zeros(65), method="L-BFGS-B", options={"maxfun": 10**6}).x
    wrong = np.sign(seen @ best[1:] + best[0]) != labels
    assert linear_error(Task.named(name)) == pytest.approx(wrong.mean())


@pytest.mark.parametrize("name", TASKS)
def test_the_neighbour_error_is_that_of_the_nearest_training_image(name):
    (x, y), (seen, labels) = images_of(name, "train"), images_of(name, "test")
    wrong = y[cdist(seen, x).argmin(1)] != labels
    assert neighbour_error(Task.named(name)) == pytest.approx(wrong.mean())


@pytest.mark.parametrize("error", [linear_error, neighbour_error])
def test_an_error_counts_the_test_images_that_are_wrong(error, monkeypatch):
    blobs = torch.tensor([[0.0, 0.0], [0.1, 0.0], [1.0, 1.0], [0.9, 1.0]]), torch.tensor([0, 0, 1, 1])
    seen = torch.tensor([[0.0, 0.1], [1.0, 0.9], [0.9, 0.9], [0.0, 0.2]]), torch.tensor([0, 1, 1, 1])
    monkeypatch.setattr(Task, "load", lambda task, split: blobs if split == "train" else seen)
    assert error(Task.named("digits/7-9")) == 0.25


@pytest.mark.parametrize("measure", [linear_error, neighbour_error, lambda task: classical(task, 40)])
def test_a_measure_is_of_the_images_and_not_of_their_scaling(measure):
    unit, standardized = (measure(Task.named("digits/1-8", scaling)) for scaling in ("unit", "standardized"))
    assert standardized == unit


# Classical measures


def fisher(x, y):
    """1 / (1 + the largest Fisher ratio of a pixel), with both orders of the classes counted."""
    zeros, ones, share = x[y == 0], x[y == 1], y.mean()
    between = 2 * share * (1 - share) * (zeros.mean(0) - ones.mean(0)) ** 2
    within = (1 - share) * zeros.var(0) + share * ones.var(0)
    return 1 / (1 + max(between[within > 0] / within[within > 0]))


def borderline(x, y):
    """Half the share of the edges between classes in a minimum spanning tree, per image."""
    tree = nx.minimum_spanning_tree(nx.from_numpy_array(cdist(x, x)))
    return sum(y[one] != y[other] for one, other in tree.edges) / 2 / len(y)


def local_sets(x, y):
    """One less the share of images, on average, that are nearer to one than any of the other class."""
    sizes = [
        sum(distance < distances[y != label].min() for distance in distances)
        for distances, label in zip(cdist(x, x), y, strict=True)
    ]
    return 1 - np.mean(sizes) / len(y)


TWINS = {"f1": fisher, "n1": borderline, "lsc": local_sets}


@pytest.mark.parametrize("name", TASKS)
@pytest.mark.parametrize("key", TWINS)
def test_a_classical_measure_is_that_of_its_definition_on_the_sample(key, name):
    expected = TWINS[key](*sample_of(name, 50))
    assert classical(Task.named(name), 50)[CLASSICAL[key]] == pytest.approx(expected)


@pytest.mark.parametrize(("sample", "size"), [(30, 30), (1, 1), (10_000, 262)])
def test_the_classical_measures_see_the_sample_and_no_more(sample, size, monkeypatch):
    seen = []
    fake = {key: lambda x, y: seen.append((x, y)) or 0.5 for key in CLASSICAL}
    monkeypatch.setitem(sys.modules, "problexity", SimpleNamespace(classification=SimpleNamespace(**fake)))
    assert classical(Task.named("digits/7-9"), sample) == dict.fromkeys(CLASSICAL.values(), 0.5)
    everything = images_of("digits/7-9", "train")[0]
    for x, y in seen:
        assert len(x) == len(y) == len(np.unique(x, axis=0)) == size
        assert {tuple(image) for image in x} <= {tuple(image) for image in everything}


def test_every_measure_is_larger_where_the_labels_are_noise(monkeypatch):
    y = torch.arange(60) % 2
    x = normal(60, 8).abs() + 3 * y[:, None]
    measured = []
    for labels in (y, y[torch.randperm(60, generator=generator("any order"))]):
        monkeypatch.setattr(Task, "load", lambda task, split, labels=labels: (x, labels))
        measured.append(classical(Task.named("digits/7-9"), 60))
    easy, noise = measured
    assert all(easy[name] < noise[name] for name in CLASSICAL.values())


def test_without_problexity_it_is_said_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "problexity", None)
    with pytest.raises(ModuleNotFoundError) as error:
        classical(Task.named("digits/7-9"), 20)
    assert str(error.value) == (
        "the classical measures need problexity: pip install 'weightprobes[difficulty]'"
    )


def test_what_is_to_be_installed_exists():
    project = tomllib.loads((paths.checkout() / "pyproject.toml").read_text())["project"]
    assert any(name.startswith("problexity") for name in project["optional-dependencies"]["difficulty"])


# Tables


def test_a_table_has_a_row_for_each_task_and_measure(folders):
    table = Difficulty("digits", sample=40).table(TASKS)
    assert list(table) == ["dataset", "task", "measure", "value"]
    assert list(dict.fromkeys(table["task"])) == TASKS
    assert set(table["dataset"]) == {"digits"}
    wide = table.pivot(index="task", columns="measure", values="value")
    assert set(wide) == {LINEAR, NEIGHBOUR, *CLASSICAL.values()}
    assert wide.stack().between(0, 1).all()
    for name, row in wide.iterrows():
        task = Task.named(name)
        assert (row[LINEAR], row[NEIGHBOUR]) == (linear_error(task), neighbour_error(task))
        assert row[list(CLASSICAL.values())].to_dict() == classical(task, 40)


def test_a_new_task_does_not_make_the_others_anew(folders, monkeypatch):
    recipe = Difficulty("digits", sample=40)
    first = recipe.table(TASKS[:2])
    made = []
    plain = difficulty.linear_error
    monkeypatch.setattr(difficulty, "linear_error", lambda task: made.append(task.name) or plain(task))
    table = recipe.table([TASKS[2], *TASKS[:2]])
    assert made == [TASKS[2]]
    pd.testing.assert_frame_equal(table[table["task"] != TASKS[2]].reset_index(drop=True), first)
