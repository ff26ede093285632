"""A convolutional network's layers: its training, its tables, and the figure of its diagnosis."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest
import torch

from weightprobes import figures
from weightprobes.measures.cnn_layers import CnnCurves, CnnDiagnosis, CnnPlans
from weightprobes.models.cnn import CnnTraining
from weightprobes.tasks import Task

TRAINING = CnnTraining(Task.named("digits/0-1-7", "unit"), channels=(4, 6), hidden=8, batch=16, lr=0.01)


@pytest.fixture(scope="module")
def network():
    return TRAINING.train(0)


def test_a_network_depends_on_its_seed_alone(network):
    before = torch.random.get_rng_state()
    torch.manual_seed(7)
    again, other = TRAINING.train(0), TRAINING.train(1)
    torch.random.set_rng_state(before)
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in network.state_dict().items())
    assert not torch.equal(network.conv1.weight, other.conv1.weight)


def test_training_leaves_the_global_generator_and_learns(network):
    state = torch.random.get_rng_state()
    TRAINING.train(2)
    assert torch.equal(torch.random.get_rng_state(), state)
    x, y = TRAINING.images("test")
    assert not network.training
    assert (network(x).argmax(1) == y).float().mean() > 0.9


def test_tables_hold_what_the_library_measures_and_add_up(network, folders):
    x, y = TRAINING.images("test")
    table = CnnDiagnosis(TRAINING).table([0])
    assert list(table["layer"]) == [f"{name}.weight" for name in ("conv1", "conv2", "dense", "head")]
    assert set(table["accuracy"]) == {(network(x).argmax(1) == y).double().mean().item()}
    assert (table[["scale", "offset", "information"]].sum(axis=1) - table["signs"]).abs().max() < 1e-12
    plans = CnnPlans(TRAINING, (0.0, 1.0)).table([0])
    assert plans["binarised"].is_monotonic_increasing
    assert (plans["score"] + plans["loss"] - table["accuracy"][0]).abs().max() < 1e-12
    assert plans["layers"][1].count(",") == 3
    curves = CnnCurves(TRAINING, (0.0,)).table([0])
    signs = curves[curves["weights"] == "sign"].set_index("layer")["loss"]
    pd.testing.assert_series_equal(signs, table.set_index("layer")["signs"], check_names=False)


def test_plans_need_the_diagnosis_of_the_same_networks():
    part = CnnPlans(TRAINING).needs([0, 1])
    assert (part.recipe, part.items) == (CnnDiagnosis(TRAINING), [0, 1])


def test_the_figures_bars_add_up_to_the_loss():
    parts = pd.DataFrame({"scale": [0.3, 0.2], "offset": [-0.1, 0.1], "information": [0.2, float("nan")]})
    table = parts.assign(layer=["a.weight", "b.weight"], signs=parts.sum(axis=1), signs_low=0, signs_high=0.5)
    figure = figures.parts({"one": table, "two": table})
    for ax in figure.axes:
        bars = [(bar.get_y(), bar.get_width()) for bars in ax.containers[:3] for bar in bars]
        for place, loss in enumerate(table["signs"]):
            assert sum(width for y, width in bars if y < place < y + 1) == pytest.approx(loss)
    figure.canvas.draw()
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["a", "b"]
    starts = [bar.get_x() for bar in figure.axes[0].containers[2]]
    assert starts[0] == pytest.approx(0.3)  # behind the scale, since the offset lies left of the line
    assert not plt.get_fignums()
