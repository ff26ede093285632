"""Cuts: the signs of what is left when steady pixels are gone, beside a plain loop."""

import numpy as np
import pytest

from weightprobes.measures.cuts import Cuts
from weightprobes.models.training import Training
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

TRAINING = Training(Task.named("digits/7-9"), hidden=(5,), epochs=2)
SEEDS = [4, 0, 2]


def right(moved, steady, seed, x, labels, seen):
    """Right answers of one cut network, an image at a time."""
    values = trained(TRAINING, SEEDS).model(seed).values()
    first, bias, second, last = (value.double().numpy() for value in values)
    spreads = [np.std(seen[:, pixel], ddof=1) for pixel in range(64)]
    gone = [pixel for pixel in range(64) if spreads[pixel] <= steady]
    bias = bias + sum(first[:, pixel] * seen[:, pixel].mean() for pixel in gone)
    first = np.array([[0.0 if pixel in gone else row[pixel] for pixel in range(64)] for row in first])
    if moved != "float":
        growth = np.std(seen @ np.sign(first).T, axis=0) / np.std(seen @ first.T, axis=0)
        first, second = np.sign(first), np.sign(second)
        bias = growth * bias if moved == "grown" else bias
    answers = [second @ np.maximum(first @ image + bias, 0) + last for image in x]
    return sum(one.argmax() == label for one, label in zip(answers, labels, strict=True))


@pytest.mark.parametrize("moved", ["float", "number", "grown"])
def test_a_cut_is_that_of_a_plain_loop(moved, folders):
    splits = (TRAINING.task.load(split) for split in ("test", "train"))
    (x, labels), (seen, _) = ([part.double().numpy() for part in split] for split in splits)
    grid = (-1.0, 0.0, 0.1, 0.5)
    rows = Cuts(TRAINING, grid).table(SEEDS).set_index(["moved", "steady", "seed"])
    for steady in grid:
        for seed in SEEDS:
            row = rows.loc[moved, steady, seed]
            assert row["pixels"] == (np.std(seen, axis=0, ddof=1) <= steady).sum()
            expected = right(moved, steady, seed, x, labels, seen)
            assert row["accuracy"] * len(x) == pytest.approx(expected, abs=1)


def test_networks_of_two_hidden_layers_are_refused():
    with pytest.raises(ValueError, match="no network of one hidden layer"):
        Cuts(Training(Task.named("digits/7-9"), hidden=(4, 4)))
