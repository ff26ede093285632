"""Refitted networks in a stack: what each unit keeps, seen from outside, in networks of any shape."""

from copy import deepcopy

import pandas as pd
import pytest
import torch
from samples import normal
from torch import nn
from torch.func import functional_call

from weightprobes.engine import stack as module
from weightprobes.engine.probed import touched_by
from weightprobes.engine.settings import Setting, signs
from weightprobes.engine.stack import Stack
from weightprobes.engine.sweep import sweep
from weightprobes.models.ensembles import Ensemble, accuracy, logits
from weightprobes.models.mlp import mlp
from weightprobes.probes import Noise, Prune
from weightprobes.rng import generator

KEEP = ["corrected", "calibrated"]
X = normal(300, 6) + torch.linspace(-1, 1, 6)


@pytest.fixture(params=[(), (8,), (7, 5)], ids=["no hidden layer", "one", "two"])
def hidden(request):
    return request.param


@pytest.fixture(params=["relu", "tanh", "sigmoid"])
def ensemble_of(request, hidden):
    """Four networks of no, one or two hidden layers; without any, a lone linear layer."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Ensemble.of(
            [mlp(6, hidden, 3, request.param) if hidden else nn.Linear(6, 3) for _ in range(4)]
        )


def simplified(parameters):
    """The signs of the weights, some of which are pruned, and biases that nobody asked for."""
    pruned = {name: value.where(value.abs() > 0.1, 0) for name, value in parameters.items()}
    return {name: value.sign() if name.endswith("weight") else value + 7 for name, value in pruned.items()}


def pre_activations(network, parameters, x=X):
    """What the linear layers of one network put out, by their names, in float64."""
    linear = {name: layer for name, layer in network.named_modules() if isinstance(layer, nn.Linear)}
    found = []
    hooks = [
        layer.register_forward_hook(lambda _, __, answers: found.append(answers.double().numpy()))
        for layer in linear.values()
    ]
    with torch.no_grad():
        functional_call(network, parameters, (x,))
    for hook in hooks:
        hook.remove()
    return dict(zip(linear, found, strict=True))


def of_one(parameters, place):
    return {name: value[place] for name, value in parameters.items()}


def stack_of(ensemble, keep, x=X):
    setting = Setting(keep)
    return Stack.of(ensemble, setting, touched_by(setting, ensemble.module), x, torch.device("cpu"))


def refitted(ensemble, parameters, keep, x=X):
    """The network with corrections in it, and its parameters, stacked."""
    stack = stack_of(ensemble, keep, x)
    return stack.module, stack.refitted(parameters, ensemble.seeds)


@pytest.mark.parametrize("keep", KEEP)
def test_every_unit_keeps_its_mean_as_a_number_or_in_its_own_spread(keep, ensemble_of):
    trained = ensemble_of.parameters
    network, parameters = refitted(ensemble_of, simplified(trained), keep)
    for place in range(4):
        before = pre_activations(ensemble_of.module, of_one(trained, place))
        after = pre_activations(network, of_one(parameters, place))
        for name in before:
            was, now = before[name], after[name]
            unit = 1 if keep == "corrected" else now.std(0) / was.std(0)
            assert now.mean(0) == pytest.approx(was.mean(0) * unit, abs=2e-5, rel=1e-4)
            assert abs(now.std(0) / was.std(0) - 1).max() > 0.5


@pytest.mark.parametrize("keep", KEEP)
def test_nothing_that_is_given_is_modified_and_no_weight_is_touched(keep, ensemble_of):
    given = simplified(ensemble_of.parameters)
    before = {name: value.clone() for name, value in given.items()}
    _, result = refitted(ensemble_of, given, keep)
    assert all(torch.equal(given[name], value) for name, value in before.items())
    assert all(torch.equal(result[name], before[name]) for name in before if name.endswith("weight"))
    assert not any(layer._forward_hooks for layer in ensemble_of.module.modules())
    assert list(ensemble_of.module.state_dict()) == list(before)


@pytest.mark.parametrize("keep", KEEP)
def test_without_new_weights_answers_are_those_of_the_trained_whatever_their_biases(keep, ensemble_of):
    trained = ensemble_of.parameters
    expected = logits(ensemble_of.module, trained, X)
    for shift in (0, 3):
        shifted = {name: value + shift * name.endswith("bias") for name, value in trained.items()}
        answers = logits(*refitted(ensemble_of, shifted, keep), X)
        torch.testing.assert_close(answers, expected, atol=1e-4, rtol=1e-4)


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
        answers[scale] = logits(*refitted(ensemble, signed, "calibrated"), X)
    ratio = answers["layer"].std((1, 2), keepdim=True) / answers["unit"].std((1, 2), keepdim=True)
    torch.testing.assert_close(answers["layer"], ratio * answers["unit"], atol=1e-4, rtol=1e-3)
    assert (ratio < 0.5).all()


@pytest.mark.parametrize("keep", KEEP)
def test_some_of_the_seeds_in_any_order_are_refitted_to_their_own_levels(keep, ensemble_of):
    stack, given = stack_of(ensemble_of, keep), simplified(ensemble_of.parameters)
    whole = stack.refitted(given, [0, 1, 2, 3])
    some = stack.refitted({name: value[[2, 0, 2]] for name, value in given.items()}, [2, 0, 2])
    for name, value in some.items():
        torch.testing.assert_close(value, whole[name][[2, 0, 2]], atol=1e-5, rtol=1e-5)


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
def test_units_without_spread_get_finite_shifts(before, then, ensemble_of):
    wanted = Ensemble.of([ensemble_of.module] * 4)
    wanted = Ensemble(wanted.module, emptied(ensemble_of.parameters, before), wanted.seeds, wanted.failed, {})
    for keep in KEEP:
        network, result = refitted(wanted, emptied(simplified(ensemble_of.parameters), then), keep)
        assert logits(network, result, X).isfinite().all()
        # no spread of mere rounding is divided by
        assert all(value.abs().max() < 1e4 for value in result.values())


@pytest.mark.parametrize("then", STATES)
def test_a_unit_without_spread_still_keeps_its_mean(then, ensemble_of):
    network, result = refitted(ensemble_of, emptied(simplified(ensemble_of.parameters), then), "corrected")
    for place in range(4):
        before = pre_activations(ensemble_of.module, of_one(ensemble_of.parameters, place))
        for name, answers in pre_activations(network, of_one(result, place)).items():
            assert answers.mean(0) == pytest.approx(before[name].mean(0), abs=2e-5)


# Networks that are no chain of linear layers


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.last = nn.Linear(64, 64), nn.Linear(64, 2)

    def forward(self, x):
        return self.last(x + self.first(x).relu())


class Skipping(nn.Sequential):
    """A chain that is called in a way of its own."""

    def forward(self, x):
        return self[2](self[0](x).tanh() + self[1](x).tanh())


def reused(act):
    return nn.Sequential(nn.Linear(64, 8), act, nn.Linear(8, 8), act, nn.Linear(8, 2))


def repeated():
    layer = nn.Linear(8, 8)
    return nn.Sequential(nn.Linear(64, 8), nn.ReLU(), layer, nn.ReLU(), layer, nn.ReLU(), nn.Linear(8, 2))


NETWORKS = {
    "a residual": Residual,
    "a chain with a forward of its own": lambda: Skipping(
        nn.Linear(64, 8), nn.Linear(64, 8), nn.Linear(8, 2)
    ),
    "one activation for all": lambda: reused(nn.ReLU()),
    "a layer twice": repeated,
    "softmax within": lambda: nn.Sequential(nn.Linear(64, 8), nn.Softmax(dim=1), nn.Linear(8, 2)),
    "a batch norm": lambda: nn.Sequential(nn.Linear(64, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 2)),
    "chains within": lambda: nn.Sequential(nn.Sequential(nn.Linear(64, 8), nn.ReLU()), nn.Linear(8, 2)),
    "a convolution": lambda: nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)), nn.Conv2d(1, 2, 3), nn.ReLU(), nn.Flatten(), nn.Linear(72, 2)
    ),
    "without biases": lambda: nn.Sequential(nn.Linear(64, 8, bias=False), nn.ReLU(), nn.Linear(8, 2)),
}


def networks(name, count=3):
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return [NETWORKS[name]() for _ in range(count)]


@torch.no_grad()
def right_by_hand(network, probed, x, y, keep):
    """How many of ``x`` are right when weights are ``probed`` and each layer is shifted in its turn.

    Plain forwards; of a layer that is called twice the first output counts, and both are shifted.
    """
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Linear | nn.Conv2d)]
    before, shifts = {}, {}

    def shifted(layer, given, out):
        if layer not in shifts:
            (was, was_spread), (now, now_spread) = levels(before[layer]), levels(out)
            shifts[layer] = was * (now_spread / was_spread if keep == "calibrated" else 1) - now
        return out + shifts[layer]

    def noted(layer, given, out):
        before.setdefault(layer, out)

    for act in (noted, shifted):
        hooks = [layer.register_forward_hook(act) for layer in layers]
        answers = network(x)
        for hook in hooks:
            hook.remove()
        network.load_state_dict(probed, strict=False)
    return (answers.argmax(1) == y).sum().item()


def levels(out):
    """Mean and spread of each unit or channel, which are on the second axis."""
    axes = tuple(axis for axis in range(out.ndim) if axis != 1)
    return out.mean(axes, keepdim=True), out.std(axes, correction=0, keepdim=True)


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("name", NETWORKS)
def test_a_network_of_any_shape_is_called_as_it_is(name, keep):
    x = normal(200, 64)
    y, models = (x[:, :9].sum(1) > 0).long(), networks(name)
    table = sweep(Ensemble.of(models), x, y, Prune(), (0.5,), setting=Setting(keep), training_images=x)
    for row in table.itertuples():
        network, probed = deepcopy(models[row.seed]).eval(), {}
        for parameter, value in network.named_parameters(remove_duplicate=False):
            if value.ndim > 1:
                value = Prune()(value.detach(), row.strength, generator("unused"))
                probed[parameter] = value.sign() if row.weights == "sign" else value
        assert row.accuracy == right_by_hand(network, probed, x, y, keep) / len(y)


def test_a_network_with_a_layer_twice_can_be_swept_twice():
    ensemble, x = Ensemble.of(networks("a layer twice")), normal(20, 64)
    asked = dict(setting=Setting("corrected"), training_images=x)
    tables = [sweep(ensemble, x, x[:, 0] > 0, Prune(), (0.5,), **asked) for _ in range(2)]
    pd.testing.assert_frame_equal(*tables)


class Bare(nn.Module):
    """A matrix, and no layer that it belongs to."""

    def __init__(self):
        super().__init__()
        self.matrix, self.last = nn.Parameter(normal(64, 8)), nn.Linear(8, 2)

    def forward(self, x):
        return self.last(x @ self.matrix)


@pytest.mark.parametrize("keep", KEEP)
def test_what_puts_out_no_units_is_refused_with_the_way_out(keep):
    ensemble, x = Ensemble.of([Bare()]), normal(20, 64)
    said = "^biases cannot be refitted in a Bare: choose another bias policy$"
    with pytest.raises(ValueError, match=said):
        sweep(ensemble, x, x[:, 0] > 0, Prune(), (0.5,), setting=Setting(keep), training_images=x)


class Positions(nn.Module):
    """Adds a table at positions, both of them buffers."""

    def __init__(self):
        super().__init__()
        self.register_buffer("positions", torch.arange(6)[None])
        self.register_buffer("table", normal(6, 6))
        self.layer = nn.Linear(6, 2)

    def forward(self, x):
        return self.layer(x + self.table[self.positions[0], self.positions[0]])


@pytest.mark.parametrize("biases", ["probed", "kept", "zeroed", "redrawn", *KEEP])
def test_buffers_are_never_probed(biases):
    model = Positions()
    assert set(touched_by(Setting(biases), model)) <= {"layer.weight", "layer.bias"}
    ensemble = Ensemble.of([model])
    y = model(X).argmax(1)
    asked = dict(setting=Setting("kept", spared="output"), training_images=X)
    table = sweep(ensemble, X, y, Noise("normal"), (0.0, 5.0), **asked)
    assert set(table["accuracy"]) == {1.0}


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
    monkeypatch.setattr(module, "IMAGES", 20)
    pd.testing.assert_frame_equal(table(seen), table(seen[:20]))
    assert not table(seen).equals(whole)
