"""Thresholds: what logits tell apart wherever the threshold is, beside plain loops over images."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from samples import normal

from weightprobes.engine.settings import RECOMMENDED, Setting
from weightprobes.measures import thresholds as module
from weightprobes.measures.thresholds import (
    Margins,
    Seen,
    Thresholds,
    differences,
    without_dead_units,
)
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.mlp import mlp
from weightprobes.models.training import Training
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

TRAINING = Training(Task.named("digits/7-9"), hidden=(5,), epochs=2)
SEEDS = [4, 0, 2]
KEPT = Setting("kept")


def signed_differences(seed, x):
    """Of the logits of the network of signs with its trained biases, one image at a time."""
    values = trained(TRAINING, SEEDS).model(seed).values()
    first, bias, second, last = (value.double().numpy() for value in values)
    answers = [
        np.sign(second) @ np.maximum(np.sign(first) @ image + bias, 0) + last for image in x.double().numpy()
    ]
    return np.array([one - zero for zero, one in answers])


def test_accuracy_auc_and_the_moved_threshold_are_those_of_plain_counts(folders):
    (x, y), (seen, _) = TRAINING.task.load("test"), TRAINING.task.load("train")
    rows = Thresholds(TRAINING, KEPT).table(SEEDS).query("weights == 'sign'").set_index("seed")
    assert rows.index.tolist() == SEEDS
    labels = y.numpy()
    for seed in SEEDS:
        found, before = signed_differences(seed, x), signed_differences(seed, seen)
        zeros, ones = (found[labels == label] for label in (0, 1))
        pairs = [(one > zero) + (one == zero) / 2 for one in ones for zero in zeros]
        assert rows.loc[seed, "auc"] == pytest.approx(np.mean(pairs), abs=1e-3)
        assert rows.loc[seed, "accuracy"] == pytest.approx(np.mean((found > 0) == labels))
        moved = found > np.sort(before)[(len(before) - 1) // 2]
        assert rows.loc[seed, "moved"] == pytest.approx(np.mean(moved == labels), abs=1 / len(labels))


def test_histograms_count_every_image_once_and_have_the_right_answers_of_the_networks(folders):
    labels = TRAINING.task.load("test")[1]
    rows = Margins(TRAINING).table(SEEDS)
    for (_, _, label), part in rows.groupby(["seed", "step", "label"]):
        assert part["count"].sum() == (labels == label).sum()
    rows = rows[(rows["edge"] >= 0) == (rows["label"] == 1)]
    right = rows.groupby(["step", "seed"])["count"].sum() / len(labels)
    for step, policy in (("signs", "redrawn"), ("signs, refitted", "calibrated")):
        table = Thresholds(TRAINING, Setting(policy)).table(SEEDS).query("weights == 'sign'")
        np.testing.assert_allclose(right[step].loc[SEEDS], table["accuracy"])


def test_dead_units_are_those_that_fire_on_no_image_and_nothing_else_changes():
    network = mlp(6, (4,), 2)
    with torch.no_grad():
        network[0].bias[:] = torch.tensor([-100.0, 0.0, -100.0, 100.0])
    x = normal(30, 6)
    ensemble = Ensemble.of([network, mlp(6, (4,), 2)])
    alive = without_dead_units(ensemble, x)
    torch.testing.assert_close(differences(alive, x), differences(ensemble, x))
    output = alive.parameters["2.weight"][0]
    assert (output[:, [0, 2]] == 0).all()
    assert torch.equal(output[:, [1, 3]], network[2].weight[:, [1, 3]])


def test_a_table_without_dead_units_is_that_of_networks_without_them(folders, monkeypatch):
    def halved(ensemble, images):
        output = ensemble.parameters["2.weight"].clone()
        output[..., 2:] = 0
        return replace(ensemble, parameters={**ensemble.parameters, "2.weight": output})

    whole = Thresholds(TRAINING, KEPT).table(SEEDS)
    monkeypatch.setattr(module, "without_dead_units", halved)
    rows = Thresholds(TRAINING, KEPT, "removed").table(SEEDS)
    assert set(rows["dead"]) == {"removed"}
    assert (rows["accuracy"] != whole["accuracy"]).any()


def test_tasks_of_more_classes_are_refused():
    with pytest.raises(ValueError, match="digits/0-1-2 does not tell two classes apart: choose a pair"):
        Thresholds(Training(Task.named("digits/0-1-2")))


def test_a_setting_is_the_same_by_its_name_and_by_itself():
    assert Thresholds(TRAINING, "recommended") == Thresholds(TRAINING, RECOMMENDED)
    with pytest.raises(ValueError, match="unknown setting 'published': choose one of"):
        Thresholds(TRAINING, "published")


def test_several_tasks_are_one_table_of_the_fields_that_are_given(folders):
    tasks = ["digits/7-9", "digits/0-1"]
    table = Thresholds.of(*tasks, seeds=2, dead="removed")
    assert table["task"].unique().tolist() == tasks
    assert table["dead"].eq("removed").all()


def test_what_signs_make_of_the_training_images_is_told_by_medians(folders):
    told = Seen("digits", seeds=3).table(["digits/7-9"]).iloc[0]
    rows = Thresholds(Training(Task.named("digits/7-9")), split="train").table(range(3))
    signs = rows[rows["weights"] == "sign"]
    assert told["wrong"] == pytest.approx(1 - signs["accuracy"].median())
    assert told["auc"] == signs["auc"].median()
    assert rows["split"].eq("train").all()
