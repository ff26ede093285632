"""Refitted biases: what every unit keeps, seen from outside, and which networks are refused."""

import pandas as pd
import pytest
import torch
from samples import normal
from torch import nn

from weightprobes.engine import correction
from weightprobes.engine.correction import layers, moments, refitted
from weightprobes.engine.settings import Setting, signs
from weightprobes.engine.sweep import sweep
from weightprobes.models.ensembles import Ensemble, accuracy, logits
from weightprobes.models.mlp import mlp
from weightprobes.probes import Prune

KEEP = ["corrected", "calibrated"]
X = normal(300, 6) + torch.linspace(-1, 1, 6)


@pytest.fixture(params=[(), (8,), (7, 5)], ids=["no hidden layer", "one", "two"])
def hidden(request):
    return request.param


@pytest.fixture(params=["relu", "tanh", "sigmoid"])
def models(request, hidden):
    """Four networks of no, one or two hidden layers; without any, a lone linear layer."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return [mlp(6, hidden, 3, request.param) if hidden else nn.Linear(6, 3) for _ in range(4)]


def simplified(parameters):
    """The signs of the weights, some of which are pruned, and biases that nobody asked for."""
    pruned = {name: value.where(value.abs() > 0.1, 0) for name, value in parameters.items()}
    return {name: value.sign() if name.endswith("weight") else value + 7 for name, value in pruned.items()}


def pre_activations(model, parameters, x=X):
    """What the linear layers of one network put out, by the names of their biases, in float64."""
    model.load_state_dict(parameters)
    linear = {name: layer for name, layer in model.named_modules() if isinstance(layer, nn.Linear)}
    found = []
    hooks = [
        layer.register_forward_hook(lambda _, __, answers: found.append(answers.double().numpy()))
        for layer in linear.values()
    ]
    with torch.no_grad():
        model(x)
    for hook in hooks:
        hook.remove()
    return {f"{name}.bias".removeprefix("."): answers for name, answers in zip(linear, found, strict=True)}


def of_one(parameters, place):
    return {name: value[place] for name, value in parameters.items()}


def refit(ensemble, parameters, keep, x=X):
    return refitted(ensemble.module, parameters, x, moments(ensemble.module, ensemble.parameters, x), keep)


def test_moments_are_those_of_what_the_linear_layers_put_out(models):
    ensemble = Ensemble.of(models)
    found = moments(ensemble.module, ensemble.parameters, X)
    for place, model in enumerate(models):
        outside = pre_activations(model, of_one(ensemble.parameters, place))
        assert outside.keys() == found.keys()
        for name, answers in outside.items():
            mean, spread = found[name][:, place].numpy()
            assert mean == pytest.approx(answers.mean(0), abs=1e-5)
            assert spread == pytest.approx(answers.std(0), abs=1e-5)


@pytest.mark.parametrize("keep", KEEP)
def test_every_unit_keeps_its_mean_as_a_number_or_in_its_own_spread(keep, models):
    ensemble = Ensemble.of(models)
    parameters = refit(ensemble, simplified(ensemble.parameters), keep)
    for place, model in enumerate(models):
        before = pre_activations(model, of_one(ensemble.parameters, place))
        after = pre_activations(model, of_one(parameters, place))
        for name in before:
            was, now = before[name], after[name]
            unit = 1 if keep == "corrected" else now.std(0) / was.std(0)
            assert now.mean(0) == pytest.approx(was.mean(0) * unit, abs=2e-5, rel=1e-4)
            assert abs(now.std(0) / was.std(0) - 1).max() > 0.5


@pytest.mark.parametrize("keep", KEEP)
def test_no_weight_is_touched_and_nothing_that_is_given_is_modified(keep, models):
    ensemble = Ensemble.of(models)
    given = simplified(ensemble.parameters)
    before = {name: value.clone() for name, value in given.items()}
    wanted = moments(ensemble.module, ensemble.parameters, X)
    found = {name: value.clone() for name, value in wanted.items()}
    result = refitted(ensemble.module, given, X, wanted, keep)
    assert list(result) == list(given)
    for name, value in before.items():
        assert torch.equal(given[name], value)
        assert torch.equal(result[name], value) == name.endswith("weight")
    assert all(torch.equal(wanted[name], value) for name, value in found.items())


@pytest.mark.parametrize("keep", KEEP)
def test_without_new_weights_there_are_no_new_biases(keep, models):
    ensemble = Ensemble.of(models)
    shifted = {
        name: value + 3 if name.endswith("bias") else value for name, value in ensemble.parameters.items()
    }
    for given in (ensemble.parameters, shifted):
        for name, value in refit(ensemble, given, keep).items():
            torch.testing.assert_close(value, ensemble.parameters[name], atol=1e-4, rtol=0)


@pytest.mark.parametrize("keep", KEEP)
def test_refitting_twice_is_refitting_once(keep, models):
    ensemble = Ensemble.of(models)
    once = refit(ensemble, simplified(ensemble.parameters), keep)
    for name, value in refit(ensemble, once, keep).items():
        torch.testing.assert_close(value, once[name], atol=1e-4, rtol=1e-4)


def test_measured_in_spreads_the_scale_of_a_layer_of_relus_does_not_matter():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        ensemble = Ensemble.of([mlp(6, (7, 5), 3) for _ in range(3)])
    answers = {}
    for scale in ("unit", "layer"):
        signed = {
            name: signs(value, scale) if name.endswith("weight") else value
            for name, value in ensemble.parameters.items()
        }
        answers[scale] = logits(ensemble.module, refit(ensemble, signed, "calibrated"), X)
    ratio = answers["layer"].std((1, 2), keepdim=True) / answers["unit"].std((1, 2), keepdim=True)
    torch.testing.assert_close(answers["layer"], ratio * answers["unit"], atol=1e-4, rtol=1e-3)
    assert (ratio < 0.5).all()


# Units without spread


def emptied(parameters, what):
    """``parameters`` with no weights at all, without those of a unit in each layer, or with dead units."""
    changed = {name: value.clone() for name, value in parameters.items()}
    for name, value in changed.items():
        if what == "no weights" and name.endswith("weight"):
            value.zero_()
        if what == "units without weights" and name.endswith("weight"):
            value[:, 0] = 0
        if what == "dead units" and name.endswith("bias"):
            value.fill_(-100.0)
    return changed


STATES = ["as they were", "no weights", "units without weights", "dead units"]


@pytest.mark.parametrize("then", STATES)
@pytest.mark.parametrize("before", STATES)
def test_units_without_spread_get_finite_biases(before, then, models):
    ensemble = Ensemble.of(models)
    wanted = moments(ensemble.module, emptied(ensemble.parameters, before), X)
    for keep in KEEP:
        given = emptied(simplified(ensemble.parameters), then)
        result = refitted(ensemble.module, given, X, wanted, keep)
        assert logits(ensemble.module, result, X).isfinite().all()
        # no spread of mere rounding is divided by
        assert all(value.abs().max() < 1e4 for value in result.values())


@pytest.mark.parametrize("then", STATES)
def test_a_unit_without_spread_still_keeps_its_mean(then, models):
    ensemble = Ensemble.of(models)
    result = refit(ensemble, emptied(simplified(ensemble.parameters), then), "corrected")
    for place, model in enumerate(models):
        before = pre_activations(model, of_one(ensemble.parameters, place))
        for name, answers in pre_activations(model, of_one(result, place)).items():
            assert answers.mean(0) == pytest.approx(before[name].mean(0), abs=2e-5)


# Which networks


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(64, 64), nn.Linear(64, 2)

    def forward(self, x):
        return self.last(x + self.first(x).relu())


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize(
    ("network", "named"),
    [
        (Residual, "Residual"),
        (
            lambda: nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)),
            "BatchNorm1d",
        ),
        (lambda: nn.Sequential(nn.Sequential(nn.Linear(64, 8), nn.ReLU()), nn.Linear(8, 2)), "Sequential"),
        (lambda: nn.Sequential(nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 2, 8), nn.Flatten()), "Conv2d"),
        (lambda: nn.Sequential(nn.Linear(64, 8), nn.Flatten(), nn.Linear(8, 2)), "Flatten"),
        (
            lambda: nn.Sequential(nn.Linear(64, 8, bias=False), nn.ReLU(), nn.Linear(8, 2)),
            "Linear without biases",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_chain_of_linear_layers_is_refused_with_the_way_out(network, named, keep):
    ensemble, x = Ensemble.of([network()]), normal(20, 64)
    setting = Setting(keep)
    with pytest.raises(ValueError, match=rf"not in a {named}: choose another bias policy$"):
        sweep(ensemble, x, x[:, 0] > 0, Prune(), (0.5,), setting=setting, training_images=x)


def test_a_chain_is_told_layer_by_layer():
    chain = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    assert list(layers(chain)) == [("0.", chain[0]), ("1.", chain[1]), ("2.", chain[2])]
    assert list(layers(chain[0])) == [("", chain[0])]


# In sweeps


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("scope", ["layer", "network"])
def test_at_strength_zero_a_refitted_network_is_the_trained_one(scope, keep, probe, ensemble, images, seen):
    if scope == "network" and probe.structural:
        return
    setting = Setting(keep, scope=scope)
    table = sweep(ensemble, *images, probe, (0.0,), setting=setting, training_images=seen)
    ours = table[table["weights"] == "float"]["accuracy"].to_numpy()
    trained = accuracy(ensemble.module, ensemble.parameters, *images).numpy()
    assert abs(ours - trained).max() * len(images[0]) <= 2 + 1e-6


@pytest.mark.parametrize("keep", KEEP)
def test_refitting_leaves_its_mark_on_both_readings(keep, ensemble, images, seen):
    kept, refit = (
        sweep(ensemble, *images, Prune(), (0.5, 0.9), setting=Setting(biases), training_images=seen)
        for biases in ("kept", keep)
    )
    moved = (kept["accuracy"] != refit["accuracy"]).groupby(kept["weights"]).any()
    assert moved.to_dict() == {"float": True, "sign": True}


@pytest.mark.parametrize("keep", KEEP)
def test_only_the_first_training_images_are_used(keep, ensemble, images, seen, monkeypatch):
    def table(training_images):
        return sweep(
            ensemble, *images, Prune(), (0.5, 0.9), setting=Setting(keep), training_images=training_images
        )

    whole = table(seen)
    monkeypatch.setattr(correction, "IMAGES", 20)
    pd.testing.assert_frame_equal(table(seen), table(seen[:20]))
    assert not table(seen).equals(whole)
