"""Refits: what every unit keeps of what it put out, in any layer, seen from outside; no weight is touched."""

import fnmatch

import pytest
import torch
from samples import normal
from subjects import KINDS, Calling, images, kind, made, weights
from torch import nn

from weightprobes.engine import refit
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.probes import Prune

KEEP = ["corrected", "calibrated", "affine"]

#: Kinds of models, and which of their weights belong to layers that put out units.
REFITTED = {
    **dict.fromkeys(["linear", "conv1d", "conv2d", "conv3d", "transposed1d", "transposed2d"], "*"),
    **dict.fromkeys(["embedding", "bag", "bilinear"], "*"),
    "transformer": "*linear*",
    "lstm": "head*",
    "gpt2": "transformer.h.*",
    "bert": "*.encoder.*",
}


def put_out(model, names, inputs):
    """What the layers of the weights ``names`` put out for all ``inputs``, as (values, units) in float64."""
    found, hooks = {name: [] for name in names}, []
    for name in names:
        layer = model.get_submodule(name.rpartition(".")[0])
        axis = 1 if "Conv" in type(layer).__name__ and type(layer).__name__ != "Conv1D" else -1
        note = lambda layer, given, out, name=name, axis=axis: found[name].append(out.movedim(axis, -1))  # noqa: E731
        hooks.append(layer.register_forward_hook(note))
    with torch.no_grad():
        model(inputs)
    for hook in hooks:
        hook.remove()
    return {name: torch.cat(some).flatten(0, -2).double() for name, some in found.items()}


def observed(name, where, keep, batches=1):
    """What layers put out before their weights are signs, and in each row of a table; and the table."""
    if name in ("gpt2", "bert"):
        pytest.importorskip("transformers")
    model, evaluate = kind(name)
    inputs, found, names = evaluate.given, [], fnmatch.filter(weights(model), REFITTED[name])

    def evaluate(model):
        found.append(put_out(model, names, inputs))
        found[-1]["weights"] = {name: value.clone() for name, value in model.named_parameters()}
        return 0.0

    table = sensitivity(
        model,
        evaluate,
        layers=REFITTED[name],
        readings=("sign",),
        where=where,
        calibration=inputs.tensor_split(batches),
        refits=(keep,),
        memory=0,
    )
    before, *after = found
    assert len(after) == len(table)
    return before, after, table


@pytest.mark.parametrize("where", ["each", "together"])
@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("name", REFITTED)
def test_every_unit_keeps_what_it_is_to_keep(name, keep, where):
    before, after, table = observed(name, where, keep)
    for found, (layer, group) in zip(after, table[["layer", "group"]].to_numpy(), strict=True):
        for one in group.split(" + ") if group else [layer]:
            was, now = before[one], found[one]
            ratio = now.std(0, correction=0) / was.std(0, correction=0)
            unit = ratio if keep == "calibrated" else 1
            torch.testing.assert_close(now.mean(0), was.mean(0) * unit, atol=1e-5, rtol=1e-4)
            if keep == "affine":
                torch.testing.assert_close(ratio, torch.ones_like(ratio), atol=1e-4, rtol=0)
            else:
                assert (ratio - 1).abs().max() > 0.01


@pytest.mark.parametrize("keep", KEEP)
def test_no_parameter_is_touched_but_the_one_that_is_simplified(keep):
    before, after, table = observed("conv2d", "each", keep)
    for found, layer in zip(after, table["layer"], strict=True):
        for name, value in found["weights"].items():
            own = before["weights"][name]
            assert torch.equal(value, own.sign() if name == layer else own)


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("name", ["linear", "conv2d", "transposed1d", "embedding"])
def test_several_batches_are_one(name, keep):
    whole, parts = (observed(name, "together", keep, batches)[1][0] for batches in (1, 3))
    whole.pop("weights")
    for layer, now in whole.items():
        torch.testing.assert_close(parts[layer], now, atol=1e-5, rtol=1e-5)


def test_calibration_may_be_tensors_tuples_of_arguments_or_named_ones():
    model = made(lambda: Calling(lambda m, x, y: m.pair(x, y), pair=nn.Bilinear(6, 6, 2)))
    x, y = images(6), images(6).flip(0)

    def evaluate(model):
        return model(x, y).sum()

    tables = [
        sensitivity(model, evaluate, calibration=[batch], refits=("affine",))
        for batch in ((x, y), [x, y], {"x": x, "y": y}, {"y": y, "x": x})
    ]
    assert all(table.equals(tables[0]) for table in tables)
    one = nn.Sequential(nn.Linear(6, 2))
    plain, tupled = (
        sensitivity(one, lambda model: model(x).sum(), calibration=iter([batch]), refits=("affine",))
        for batch in (x, (x,))
    )
    assert plain.equals(tupled)


def test_of_a_layer_that_is_called_twice_the_first_output_counts_and_both_are_corrected():
    layer = made(lambda: nn.Linear(6, 6))
    x, found = images(6), []
    model = Calling(lambda m, x: m.layer(m.layer(x).relu()), layer=layer)

    def evaluate(model):
        hook = layer.register_forward_hook(lambda layer, given, out: found.append((given[0], out)))
        model(x)
        hook.remove()
        return 0.0

    sensitivity(model, evaluate, calibration=[x], readings=("sign",), refits=("affine",), memory=0)
    (_, was), _, (_, now), (given, last) = found
    torch.testing.assert_close(now.mean(0), was.mean(0), atol=1e-5, rtol=1e-4)
    signs = nn.functional.linear(torch.cat([x, given]), layer.weight.sign(), layer.bias)
    gain, shift = (part.squeeze() for part in solved(signs[:4], now))
    torch.testing.assert_close(last, signs[4:] * gain + shift, atol=1e-4, rtol=1e-4)


def solved(x, y):
    """The gain and the shift of each column that take ``x`` to ``y``."""
    gain = (y[0] - y[1]) / (x[0] - x[1])
    return gain, y[0] - gain * x[0]


# Moments


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_moments_are_those_of_what_the_layers_put_out_over_all_batches(batches):
    model, x = made(KINDS["conv2d"][0]), images(2, 6, 6)
    layers = {name: model.get_submodule(name) for name in ("0", "3")}
    found = refit.moments(model, layers, x.tensor_split(batches))
    outside = put_out(model, ["0.weight", "3.weight"], x)
    assert list(found) == ["0", "3"]
    for name, (mean, spread) in found.items():
        values = outside[f"{name}.weight"]
        torch.testing.assert_close(mean.double(), values.mean(0), atol=1e-6, rtol=1e-5)
        torch.testing.assert_close(spread.double(), values.std(0, correction=0), atol=1e-6, rtol=1e-5)


def test_moments_come_in_the_order_of_the_calls_and_of_no_layer_that_is_not_called():
    model = made(lambda: Calling(lambda m, x: m.a(m.b(x)), **{name: nn.Linear(6, 6) for name in "abc"}))
    assert list(refit.moments(model, dict(model.named_children()), [images(6)])) == ["b", "a"]


def test_moments_of_half_precision_are_taken_in_single():
    layer = made(lambda: nn.Linear(6, 3)).to(torch.bfloat16)
    (mean, spread), x = refit.moments(layer, {"": layer}, [images(6).bfloat16()])[""], images(6).bfloat16()
    assert (mean.dtype, spread.dtype) == (torch.float32, torch.float32)
    torch.testing.assert_close(mean, layer(x).float().mean(0))


# Corrections


VALUES = normal(50, 4) * torch.tensor([0.5, 1.0, 3.0, 0.0]) + torch.tensor([1.0, -2.0, 0.0, 4.0])
OTHERS = normal(50, 4).flip(0) * torch.tensor([2.0, 0.0, 7.0, 0.0]) - 3


def of(values):
    return refit.Moments(values.mean(0), values.std(0, correction=0))


@pytest.mark.parametrize("keep", KEEP)
def test_fitting_twice_is_fitting_once(keep):
    once = refit.applied(refit.fitting(of(OTHERS), of(VALUES), keep), OTHERS, -1)
    gain, shift = refit.fitting(of(once), of(VALUES), keep)
    torch.testing.assert_close(gain, torch.ones(4), atol=1e-5, rtol=0)
    torch.testing.assert_close(shift, torch.zeros(4), atol=1e-4, rtol=0)


@pytest.mark.parametrize("keep", KEEP)
def test_what_is_as_it_was_needs_no_correction(keep):
    gain, shift = refit.fitting(of(VALUES), of(VALUES), keep)
    assert torch.equal(gain, torch.ones(4))
    torch.testing.assert_close(shift, torch.zeros(4), atol=1e-6, rtol=0)


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("before", [VALUES, 0 * VALUES, torch.full((50, 4), -100.0)])
@pytest.mark.parametrize("after", [OTHERS, 0 * OTHERS])
def test_units_without_spread_get_finite_corrections_and_their_mean_where_it_is_a_number(before, after, keep):
    correction = refit.fitting(of(after), of(before), keep)
    assert all(value.isfinite().all() and value.abs().max() < 1e4 for value in correction)
    now = refit.applied(correction, after, -1)
    if keep != "calibrated":
        torch.testing.assert_close(now.mean(0), before.mean(0), atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("keep", KEEP)
@pytest.mark.parametrize("batches", [1, 3])
def test_rounding_is_no_spread_to_divide_by(batches, keep):
    """The mean of equal numbers is not one of them to the last bit, and differs with how many there are."""
    layer, dead = made(lambda: nn.Linear(3, 4)), torch.zeros(104, 3)
    found = refit.moments(layer, {"": layer}, dead.tensor_split([7, 71] if batches == 3 else []))[""]
    alive = of(VALUES)
    for correction in (refit.fitting(found, alive, keep), refit.fitting(alive, found, keep)):
        assert all(value.abs().max() < 100 for value in correction)


@pytest.mark.parametrize("keep", ["calibrated", "affine"])
def test_a_thousandth_of_the_mean_is_spread_enough(keep):
    was, now = 1 + normal(50, 4) / 1000, 2 + normal(50, 4).flip(0) / 500
    fitted = of(refit.applied(refit.fitting(of(now), of(was), keep), now, -1))
    assert fitted.mean / fitted.spread == pytest.approx(of(was).mean / of(was).spread, rel=1e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_corrected_output_has_the_type_it_had(dtype):
    correction = refit.Correction(torch.full((4,), 2.0), torch.ones(4))
    out = refit.applied(correction, torch.ones(3, 4, 5, 5, dtype=dtype), -3)
    assert (out.dtype, out.unique().tolist()) == (dtype, [3.0])


@pytest.mark.parametrize("keep", KEEP)
def test_a_network_with_nothing_left_scores_a_number(keep):
    model, evaluate = kind("linear")
    table = sensitivity(
        model,
        evaluate,
        probe=Prune(),
        strengths=(1.0,),
        readings=("float",),
        calibration=[evaluate.given],
        refits=("none", keep),
    )
    assert table["score"].notna().all()
