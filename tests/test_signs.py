"""Signs: where they come from, tenth by tenth of the magnitudes, and the energy that they keep."""

import math

import pytest
import torch
from samples import normal

from weightprobes.measures.signs import GAUSSIAN, Signs, energy
from weightprobes.models.training import Training, untrained
from weightprobes.tables.stored import trained
from weightprobes.tasks import Task

TRAINING = Training(Task.named("digits/7-9"), hidden=(12,), epochs=2)


@pytest.mark.parametrize("units", ["all", "live"])
def test_each_tenth_of_the_magnitudes_is_that_of_a_plain_sort(units, folders, monkeypatch):
    ensemble, start = trained(TRAINING, [3]), dict(untrained(TRAINING, 3).named_parameters())
    ensemble.parameters["0.bias"][0, 1] = -1000  # one unit is dead
    monkeypatch.setattr("weightprobes.measures.networks.trained", lambda training, seeds, device: ensemble)
    model, (x, _) = ensemble.model(3), TRAINING.task.load("train")
    live = [
        any(image @ weight + bias > 0 for image in x)
        for weight, bias in zip(model["0.weight"], model["0.bias"], strict=True)
    ]
    rows = Signs(TRAINING).table([3]).set_index(["layer", "units", "tenth"])
    for layer, name in ((1, "0.weight"), (2, "2.weight")):
        matrices = (start[name], model[name]) if layer == 1 else (start[name].T, model[name].T)
        pairs = [
            (was, now)
            for unit, (before, after) in enumerate(zip(*matrices, strict=True))
            for was, now in zip(before.tolist(), after.tolist(), strict=True)
            if units == "all" or live[unit]
        ]
        ordered = torch.tensor(sorted(pairs, key=lambda pair: abs(pair[1]))).tensor_split(10)
        for tenth, some in enumerate(ordered, start=1):
            row, (was, now) = rows.loc[layer, units, tenth], some.T
            assert row["agree"] == pytest.approx((was * now > 0).double().mean().item())
            assert row["size"] == pytest.approx(now.abs().mean().item())
            assert row["square"] == pytest.approx(now.square().mean().item())
    assert units == "all" or not all(live)


def test_signs_of_gaussian_weights_keep_two_over_pi_of_their_energy_and_of_one_size_all():
    assert energy(normal(400, 400)) == pytest.approx(GAUSSIAN, abs=5e-3)
    assert energy(torch.tensor([0.5, -0.5, 0.5])) == pytest.approx(1)


def test_no_other_scale_of_the_signs_leaves_less_behind():
    weights = normal(30, 30)
    best = 1 - energy(weights)
    for scale in (0.5, 0.79, weights.abs().mean().item(), 0.81, 1.0):
        rest = (weights - scale * weights.sign()).square().sum() / weights.square().sum()
        assert rest >= best - 1e-6
    assert math.isclose(GAUSSIAN, 2 / math.pi)
