"""Readouts: a last layer fitted anew, beside scikit-learn's, and to what the hidden layer really puts out."""

import numpy as np
import pytest
import torch
from samples import normal
from sklearn.linear_model import LogisticRegression

from weightprobes.measures.readout import Readout, fitted
from weightprobes.models.training import Training
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

TRAINING = Training(Task.named("digits/3-5-8"), hidden=(4,), epochs=2)
SEEDS = [4, 0]


def test_the_last_layer_is_that_of_a_logistic_regression():
    x, y = normal(600, 5), torch.arange(600) % 3
    x[y == 1] += normal(5)
    last = fitted(x, y)
    theirs = (
        LogisticRegression(C=1e9, tol=1e-8, max_iter=1000).fit(x.numpy(), y.numpy()).predict_proba(x.numpy())
    )
    with torch.no_grad():
        np.testing.assert_allclose(last(x).softmax(1), theirs, atol=2e-3)


@pytest.mark.parametrize("state", ["float", "signs"])
def test_a_readout_is_fitted_to_the_hidden_layer_and_told_on_test_images(state, folders):
    (x, y), (seen, known) = TRAINING.task.load("test"), TRAINING.task.load("train")
    rows = Readout(TRAINING).table(SEEDS).set_index(["state", "seed"])["accuracy"]
    for seed in SEEDS:
        weight, bias, *_ = trained(TRAINING, SEEDS).model(seed).values()
        weight = weight.sign() if state == "signs" else weight
        before, after = (
            np.maximum(images.numpy() @ weight.T.numpy() + bias.numpy(), 0) for images in (seen, x)
        )
        spread = before.std(0)
        before, after = ((one - before.mean(0)) / np.where(spread > 0, spread, 1) for one in (before, after))
        theirs = LogisticRegression(C=1e9, max_iter=2000).fit(before, known.numpy()).score(after, y.numpy())
        assert rows[state, seed] == pytest.approx(theirs, abs=0.03)


def test_it_knows_more_than_the_layer_it_replaces_on_the_images_it_was_fitted_to(folders, monkeypatch):
    seen = TRAINING.task.load("train")
    monkeypatch.setattr(Task, "load", lambda task, split: seen)
    rows = Readout(TRAINING).table(SEEDS).set_index(["state", "seed"])["accuracy"]
    for seed in SEEDS:
        weight, bias, second, last = trained(TRAINING, SEEDS).model(seed).values()
        own = ((seen[0] @ weight.T + bias).relu() @ second.T + last).argmax(1) == seen[1]
        assert rows["float", seed] >= own.double().mean() - 0.01
