"""Settings: what each choice does to a network, and what is said of a wrong one."""

import re
from dataclasses import fields, replace
from typing import get_args, get_type_hints

import pandas as pd
import pytest
import torch
from samples import PROBES, normal, with_zeros
from torch import nn

from weightprobes.engine import settings
from weightprobes.engine import sweep as module
from weightprobes.engine.biases import POLICIES
from weightprobes.engine.probed import probed
from weightprobes.engine.settings import (
    AS_PUBLISHED,
    AS_WRITTEN,
    Setting,
    label,
    signs,
    without_constant_inputs,
)
from weightprobes.engine.sweep import Sweep, sweep
from weightprobes.models import ensembles
from weightprobes.models.ensembles import Ensemble, logits
from weightprobes.models.mlp import mlp
from weightprobes.probes import Binarize, Flip, Noise, Prune, Pruned, Shuffle
from weightprobes.rng import generator

STRENGTHS = (0.0, 0.3, 0.5, 0.9, 1.0)
ROW = ["seed", "strength", "draw", "weights"]
WEIGHTS, BIASES = ["0.weight", "2.weight"], ["0.bias", "2.bias"]


@pytest.fixture
def read(ensemble, seen, monkeypatch):
    """Sweeps the ensemble; returns the parameters that would be measured, as floats and as signs.

    Each is of shape (models, strengths, ...).
    """

    def reading(kind, setting, strengths=STRENGTHS):
        measured = []

        def noting(network, parameters, *_):
            measured.append(
                {name: value.unflatten(0, (-1, len(strengths))) for name, value in parameters.items()}
            )
            return torch.zeros(len(parameters["0.bias"]))

        monkeypatch.setattr(module, "accuracy", noting)
        sweep(ensemble, seen, torch.zeros(len(seen)), kind, strengths, setting=setting, training_images=seen)
        return measured

    return reading


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (
            "biases",
            "unknown bias policy 'lost': choose one of probed, kept, zeroed, redrawn, corrected, calibrated, "
            "calibrated_hidden, calibrated_output, affine",
        ),
        ("scale", "unknown scale 'lost': choose one of unit, layer, row"),
        ("spared", "unknown spared layer 'lost': choose one of nothing, output"),
        ("scope", "unknown scope 'lost': choose one of layer, network"),
        ("inputs", "unknown choice of inputs 'lost': choose one of all, varying"),
        ("ties", "unknown way with ties 'lost': choose one of first, shared"),
    ],
)
def test_a_wrong_choice_gets_the_list_of_the_right_ones(field, said):
    with pytest.raises(ValueError) as error:  # noqa: PT011, the sentence is compared whole
        Setting(**{field: "lost"})
    assert str(error.value) == said
    assert field in {one.name for one in fields(Setting)}


def test_every_right_choice_is_taken():
    for field in fields(Setting):
        choices = get_args(get_type_hints(Setting)[field.name])
        assert len(choices) > 1
        assert [getattr(Setting(**{field.name: one}), field.name) for one in choices] == list(choices)


def test_the_authors_settings_differ_in_their_biases_alone():
    assert replace(AS_PUBLISHED, biases="probed") == AS_WRITTEN == Setting()
    assert AS_PUBLISHED.biases == "redrawn"


@pytest.mark.parametrize(
    "setting", [Setting("corrected"), Setting("calibrated"), Setting("kept", inputs="varying")], ids=repr
)
def test_a_setting_says_when_training_images_are_missing(setting, ensemble, images):
    sentence = f"{setting} needs training images: give them as training_images"
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        sweep(ensemble, *images, Prune(), STRENGTHS, setting=setting)


@pytest.mark.parametrize("biases", ["probed", "kept", "zeroed", "redrawn"])
def test_other_settings_do_without_training_images(biases, ensemble, images):
    setting = Setting(biases, "row", "output", "network", ties="shared")
    assert sweep(ensemble, *images, Prune(), (0.5,), setting=setting)["accuracy"].between(0, 1).all()


# Scales


def scaled_signs(weight, scale):
    """The signs of a list, or of a list of lists, times the mean magnitude of what is not zero in it."""
    if scale == "row" and isinstance(weight[0], list):
        return [scaled_signs(row, scale) for row in weight]
    flat = [w for row in weight for w in row] if isinstance(weight[0], list) else weight
    edges = [abs(w) for w in flat if w != 0]
    size = sum(edges) / len(edges) if edges and scale != "unit" else 1.0

    def sign(one):
        return [sign(part) for part in one] if isinstance(one, list) else size * ((one > 0) - (one < 0))

    return sign(weight)


@pytest.mark.parametrize("scale", ["unit", "layer", "row"])
@pytest.mark.parametrize("shape", [(1,), (9,), (4, 6), (1, 1)], ids=repr)
def test_signs_are_scaled_as_in_a_plain_loop(shape, scale):
    empty_row = with_zeros(normal(*shape))
    empty_row[-1] = 0
    models = [normal(*shape), with_zeros(normal(*shape)), empty_row, torch.zeros(shape)]
    scaled = signs(torch.stack(models), scale)
    for ours, model in zip(scaled, models, strict=True):
        torch.testing.assert_close(ours, torch.tensor(scaled_signs(model.tolist(), scale)).float())
        assert torch.equal(ours.sign(), model.sign())


def test_a_kernel_is_scaled_like_the_layer_it_is():
    kernels = with_zeros(normal(2, 5, 3, 2, 2))
    for scale in ("unit", "layer", "row"):
        torch.testing.assert_close(signs(kernels, scale).flatten(2), signs(kernels.flatten(2), scale))


@pytest.mark.parametrize("scale", ["unit", "layer", "row"])
@pytest.mark.parametrize("kind", [*PROBES, Pruned(Flip("random"))], ids=repr)
def test_the_scale_is_that_of_the_probed_weights_in_the_sign_reading_alone(kind, scale, read):
    floats, signed = read(kind, Setting(scale=scale))
    unscaled, _ = read(kind, Setting())
    for name, value in floats.items():
        assert torch.equal(value, unscaled[name])
        for seed in range(3):
            for place in range(len(STRENGTHS)):
                expected = scaled_signs(value[seed, place].tolist(), scale)
                torch.testing.assert_close(signed[name][seed, place], torch.tensor(expected).float())


def test_a_scaled_layer_scales_the_answers_of_a_network_without_biases_and_changes_none(ensemble, read):
    unit, layer = (read(Prune(), Setting("zeroed", scale), (0.3,))[1] for scale in ("unit", "layer"))
    x = normal(200, 64)
    unscaled, scaled = (
        logits(ensemble.module, {name: value[:, 0] for name, value in one.items()}, x)
        for one in (unit, layer)
    )
    size = torch.ones(3, 1, 1)
    for name in WEIGHTS:
        size *= layer[name].abs().amax((1, 2, 3))[:, None, None]
    torch.testing.assert_close(scaled, unscaled * size, atol=1e-4, rtol=1e-4)
    assert torch.equal(scaled.argmax(-1), unscaled.argmax(-1))
    assert (size < 0.5).all()


# The spared output


@pytest.mark.parametrize(
    ("biases", "scope"), [*((policy, "layer") for policy in POLICIES), ("probed", "network")]
)
def test_a_spared_output_layer_stays_as_it_was_trained_in_both_readings(biases, scope, ensemble, read):
    for reading in read(Flip("random"), Setting(biases, "layer", "output", scope)):
        for name in ("2.weight", "2.bias"):
            trained = ensemble.parameters[name][:, None]
            assert torch.equal(reading[name], trained.expand_as(reading[name]))
        assert (reading["0.weight"][:, -1] != ensemble.parameters["0.weight"]).all()


@pytest.mark.parametrize("biases", POLICIES)
def test_a_spared_output_does_not_move_the_other_layers(biases, read):
    whole, spared = (read(Flip("random"), Setting(biases, spared=spared)) for spared in ("nothing", "output"))
    for ours, theirs in zip(spared, whole, strict=True):
        assert torch.equal(ours["0.weight"], theirs["0.weight"])
        assert torch.equal(ours["0.bias"], theirs["0.bias"])


def test_a_network_of_one_layer_is_spared_whole(images):
    lone = nn.Linear(64, 2)
    lone.load_state_dict({"weight": normal(2, 64), "bias": normal(2)})
    table = sweep(Ensemble.of([lone]), *images, Flip("random"), STRENGTHS, setting=Setting(spared="output"))
    right = (lone(images[0]).argmax(1) == images[1]).double().mean().item()
    assert set(table["accuracy"]) == {right}


# The scope


@pytest.mark.parametrize(
    ("kind", "number", "factor"),
    [
        (Prune, lambda strength, total: total - int((1 - strength) * total), 0.0),
        (Flip, lambda strength, total: int(strength * total), -1.0),
    ],
    ids=["prune", "flip"],
)
@pytest.mark.parametrize("order", ["smallest", "largest", "random"])
def test_the_scope_of_a_network_counts_and_ranks_all_layers_together(
    order, kind, number, factor, ensemble, read
):
    floats, _ = read(kind(order), Setting(scope="network"))
    for seed in range(3):
        before = torch.cat([ensemble.parameters[name][seed].flatten() for name in WEIGHTS])
        for place, strength in enumerate(STRENGTHS):
            after = torch.cat([floats[name][seed, place].flatten() for name in WEIGHTS])
            touched = after != before
            assert touched.sum() == number(strength, 64 * 8 + 8 * 2)
            assert torch.equal(after[touched], factor * before[touched])
            inside, outside = before[touched].abs(), before[~touched].abs()
            if order != "random" and 0 < strength < 1:
                small, large = (inside, outside) if order == "smallest" else (outside, inside)
                assert small.max() <= large.min()


def test_the_layers_of_a_network_lose_other_shares_together_than_one_by_one(read):
    kept = [
        [(floats[name] != 0).float().mean().item() for name in WEIGHTS]
        for floats, _ in (read(Prune(), Setting(scope=scope), (0.5,)) for scope in ("layer", "network"))
    ]
    assert kept[0] == [0.5, 0.5]
    assert kept[1][0] < 0.5 < kept[1][1]


@pytest.mark.parametrize("biases", ["probed", "kept", "zeroed", "redrawn"])
def test_the_scope_of_a_network_leaves_the_biases_to_their_policy(biases, read):
    together, apart = (read(Flip("random"), Setting(biases, scope=scope)) for scope in ("network", "layer"))
    for ours, theirs in zip(together, apart, strict=True):
        assert all(torch.equal(ours[name], theirs[name]) for name in BIASES)


@pytest.mark.parametrize("kind", [Prune("random"), Flip("random"), Noise(), Pruned(Noise())], ids=repr)
@pytest.mark.parametrize(("seed", "draw"), [(0, 0), (0, 1), (7, 0)])
def test_all_layers_together_are_one_long_vector_with_a_draw_of_its_own(seed, draw, kind, ensemble):
    model = ensemble.model(0)
    setting = Setting(scope="network")
    variants = probed(model, kind, STRENGTHS, setting, [*WEIGHTS, *BIASES], seed, draw)
    vector = torch.tensor([weight for name in WEIGHTS for row in model[name].tolist() for weight in row])
    for place, strength in enumerate(STRENGTHS):
        expected = kind(vector, strength, generator(kind, seed, draw, "network"))
        assert torch.equal(variants["0.weight"][place], expected[: 64 * 8].view(8, 64))
        assert torch.equal(variants["2.weight"][place], expected[64 * 8 :].view(2, 8))


@pytest.mark.parametrize("kind", [Shuffle("random"), Pruned(Shuffle("within_sign"))], ids=repr)
def test_the_scope_of_a_network_is_refused_to_what_moves_weights_within_layers(
    kind, ensemble, training, images
):
    setting = Setting(scope="network")
    sentence = r"moves weights within a layer: its scope is 'layer', not 'network'$"
    with pytest.raises(ValueError, match=sentence):
        sweep(ensemble, *images, kind, STRENGTHS, setting=setting)
    with pytest.raises(ValueError, match=sentence):
        Sweep(training, kind, STRENGTHS, setting)


# Inputs that never vary


def test_cutting_constant_inputs_keeps_the_answers_and_zeroes_their_columns(ensemble, seen):
    answers = logits(ensemble.module, ensemble.parameters, seen)
    before = {name: value.clone() for name, value in ensemble.parameters.items()}
    cut = without_constant_inputs(ensemble, seen)
    torch.testing.assert_close(logits(cut.module, cut.parameters, seen), answers, atol=1e-4, rtol=0)
    constant = [len(set(pixel)) == 1 for pixel in seen.T.tolist()]
    assert 0 < sum(constant) < 64
    for column, same in enumerate(constant):
        expected = torch.zeros(3, 8) if same else before["0.weight"][..., column]
        assert torch.equal(cut.parameters["0.weight"][..., column], expected)
    assert not torch.equal(cut.parameters["0.bias"], before["0.bias"])
    assert all(torch.equal(cut.parameters[name], before[name]) for name in ("2.weight", "2.bias"))
    assert all(torch.equal(ensemble.parameters[name], value) for name, value in before.items())
    assert (cut.seeds, cut.history) == (ensemble.seeds, ensemble.history)


@pytest.fixture
def tanhs():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return Ensemble.of([mlp(6, (5, 4), 3, "tanh") for _ in range(2)])


@pytest.mark.parametrize(
    "constants", [{}, {0: 3.0}, {1: -2.0, 4: 0.5}, dict.fromkeys(range(6), 1.5)], ids=repr
)
def test_any_inputs_may_be_constant_at_any_value(constants, tanhs):
    x = normal(40, 6)
    for column, value in constants.items():
        x[:, column] = value
    cut = without_constant_inputs(tanhs, x)
    ours, theirs = (logits(one.module, one.parameters, x) for one in (cut, tanhs))
    torch.testing.assert_close(ours, theirs, atol=1e-4, rtol=0)
    zeroed = (cut.parameters["0.weight"] == 0).all(1).all(0)
    assert zeroed.tolist() == [column in constants for column in range(6)]


def test_a_lone_layer_loses_its_constant_inputs_too():
    lone, x = Ensemble.of([torch.nn.Linear(6, 3)]), normal(40, 6)
    x[:, 2] = 0.5
    cut = without_constant_inputs(lone, x)
    ours, theirs = (logits(one.module, one.parameters, x) for one in (cut, lone))
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=0)
    assert (cut.parameters["weight"] == 0).all(1).all(0).nonzero().tolist() == [[2]]


@pytest.mark.parametrize("name", settings.SETTINGS)
def test_a_setting_is_called_by_its_name_and_another_says_what_it_is(name):
    assert label(name) == label(settings.SETTINGS[name]) == name
    assert "'kept'" in label(Setting("kept", scale="row"))


def test_varying_inputs_are_swept_as_the_network_without_the_constant_ones(ensemble, images, seen, probe):
    setting = Setting("corrected")
    cut = sweep(
        without_constant_inputs(ensemble, seen),
        *images,
        probe,
        STRENGTHS,
        setting=setting,
        training_images=seen,
    )
    varying = replace(setting, inputs="varying")
    swept = sweep(ensemble, *images, probe, STRENGTHS, setting=varying, training_images=seen)
    pd.testing.assert_frame_equal(swept, cut.assign(inputs="varying"))


# Ties


def test_ties_are_first_or_shared_in_the_table_too(ensemble, images):
    first, shared = (
        sweep(ensemble, *images, Prune(), (1.0,), setting=Setting(ties=ties)) for ties in ("first", "shared")
    )
    assert set(shared["accuracy"]) == {0.5}
    assert set(first["accuracy"]) == {(images[1] == 0).double().mean().item()}
    assert set(first["accuracy"]) != {0.5}


# Addresses

SETTINGS = [
    Setting("corrected"),
    Setting("calibrated", "layer"),
    Setting("redrawn", scope="network"),
    Setting("calibrated", scope="network", inputs="varying"),
    Setting("redrawn", "row", "output", ties="shared"),
]
RANDOM = [Prune("random"), Flip("random"), Noise(), Binarize(), Pruned(Noise("normal"))]


@pytest.mark.parametrize("kind", RANDOM, ids=repr)
@pytest.mark.parametrize("setting", SETTINGS, ids=repr)
class TestAddresses:
    def rows(self, ensemble, images, seen, kind, setting, strengths=STRENGTHS, draws=2):
        table = sweep(ensemble, *images, kind, strengths, setting=setting, draws=draws, training_images=seen)
        return table.set_index(ROW)["accuracy"].to_dict()

    def test_a_new_seed_does_not_move_the_others(self, kind, setting, ensemble, images, seen):
        together = self.rows(ensemble, images, seen, kind, setting)
        alone = [self.rows(ensemble.take([seed]), images, seen, kind, setting) for seed in (2, 0, 1)]
        assert {row: value for table in alone for row, value in table.items()} == together

    def test_a_new_strength_or_draw_does_not_move_the_others(self, kind, setting, ensemble, images, seen):
        few = self.rows(ensemble, images, seen, kind, setting, (0.5,), draws=1)
        assert few.items() <= self.rows(ensemble, images, seen, kind, setting).items()

    def test_the_size_of_a_block_does_not_matter(self, kind, setting, ensemble, images, seen, monkeypatch):
        whole = self.rows(ensemble, images, seen, kind, setting)
        monkeypatch.setattr(ensembles, "VARIANTS", 1)
        assert self.rows(ensemble, images, seen, kind, setting) == whole
