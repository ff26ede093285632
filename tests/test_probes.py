"""The laws of the probes: what every one of them promises, asked of all at once."""

import math
import re
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from pkgutil import iter_modules

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from samples import ORDERS, PROBES, normal, weights, with_zeros

from weightprobes import probes
from weightprobes.engine.settings import signs
from weightprobes.probes import Binarize, Flip, Noise, Probe, Prune, Pruned, Shuffle
from weightprobes.probes.shuffle import NULLS
from weightprobes.rng import generator


def law(test):
    """Ask ``test`` of the shapes that matter, and of many that nobody thought of."""
    for shape in ((1, 1), (2, 3), (64, 784)):
        test = example(weight=with_zeros(normal(*shape)), strength=0.3)(test)
    return given(weight=weights(), strength=st.floats(0, 1))(test)


def rng():
    return generator("laws")


def test_every_probe_in_the_package_is_registered_and_so_under_the_laws():
    files = [import_module(f"{probes.__name__}.{file.name}") for file in iter_modules(probes.__path__)]
    defined = {kind for file in files for kind in vars(file).values() if isinstance(kind, type)}
    assert {type(probe) for probe in probes.PROBES.values()} == {
        kind for kind in defined if issubclass(kind, Probe) and kind is not Probe
    }


@law
def test_strength_zero_is_the_identity(probe, weight, strength):
    assert torch.equal(probe(weight, 0.0, rng()), weight)


@law
def test_the_input_is_left_alone(probe, weight, strength):
    before = weight.clone()
    probe(weight, strength, rng()).add_(1)
    assert torch.equal(weight, before)


@law
def test_the_same_generator_gives_the_same_draw(probe, weight, strength):
    assert torch.equal(probe(weight, strength, rng()), probe(weight, strength, rng()))


@law
def test_absent_edges_stay_absent(probe, weight, strength):
    assert (probe(weight, strength, rng())[weight == 0] == 0).all()


@law
def test_shape_and_type_are_kept(probe, weight, strength):
    for given_weight in (weight, weight.double()):
        probed = probe(given_weight, strength, rng())
        assert (probed.shape, probed.dtype) == (given_weight.shape, given_weight.dtype)


@law
def test_a_grid_asked_in_any_order_agrees_with_single_calls(probe, weight, strength):
    at = probe.on(weight, rng())
    for asked in (strength, 1.0, 0.0, strength / 2, strength):
        assert torch.equal(at(asked), probe(weight, asked, rng()))


def test_every_probe_changes_a_matrix(probe):
    weight = normal(64, 784)
    changed = (probe(weight, 1.0, rng()) != weight).double().mean()
    assert changed > (0.6 if probe == Shuffle("as_released") else 0.9)


@pytest.mark.parametrize(
    "probe",
    [
        Prune("random"),
        Flip("random"),
        Noise("uniform"),
        Noise("normal"),
        *map(Shuffle, NULLS),
    ],
    ids=repr,
)
def test_another_generator_gives_another_draw(probe):
    weight = normal(64, 784)
    assert not torch.equal(probe(weight, 0.5, rng()), probe(weight, 0.5, generator("another")))


def test_the_layout_in_memory_does_not_matter(probe):
    transposed = normal(6, 4).T
    assert torch.equal(probe(transposed, 0.5, rng()), probe(transposed.contiguous(), 0.5, rng()))


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda weight: weight[0], r"makes a float32 of \(3,\) of a float32 of \(2, 3\)"),
        (lambda weight: weight.double(), r"makes a float64 of \(2, 3\) of a float32 of \(2, 3\)"),
        (
            lambda weight: weight.tolist(),
            r"makes a list of a float32 of \(2, 3\): return a weight of that shape",
        ),
    ],
    ids=["a row", "doubles", "a list"],
)
def test_what_is_no_weight_of_that_shape_and_type_is_refused_with_the_probes_name(make, said):
    @dataclass(frozen=True)
    class Careless(Probe):
        def plan(self, weight, rng):
            return lambda strength: make(weight)

    with pytest.raises(ValueError, match=said) as error:
        Careless()(normal(2, 3), 0.5, rng())
    assert "Careless()" in str(error.value)


def test_a_strength_outside_the_range_is_refused_by_value(probe):
    weight = normal(2, 3)
    asking = (probe.check, probe.on(weight, rng()), lambda strength: probe(weight, strength, rng()))
    unbounded = probe.strongest == math.inf
    right = "finite and 0 or more" if unbounded else f"between 0 and {probe.strongest:g}"
    for strength in (-0.1, math.nan, math.inf, *([] if unbounded else [1.5])):
        sentence = f"strength {strength!r} of {probe!r} is not {right}"
        for ask in asking:
            with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
                ask(strength)


@pytest.mark.parametrize(
    ("kind", "what", "right"),
    [
        (Prune, "order of pruning", "smallest, largest, random"),
        (Flip, "order of flipping", "smallest, largest, random"),
        (Noise, "noise distribution", "uniform, normal"),
        (Binarize, "scale", "unit, layer, row"),
        (Shuffle, "null model", ", ".join(NULLS)),
    ],
)
def test_a_wrong_variant_gets_the_list_of_the_right_ones(kind, what, right):
    with pytest.raises(ValueError, match=f"^unknown {what} 'sideways': choose one of {right}$"):
        kind("sideways")


def test_names_and_variants_tell_all_probes_apart():
    assert Prune("largest").name == "prune"
    assert Prune("largest").variant == "largest"
    assert len({(probe.name, probe.variant) for probe in PROBES}) == len(PROBES)


# Prune and flip


@pytest.mark.parametrize("order", ORDERS)
def test_what_is_pruned_stays_pruned_at_a_larger_strength(order):
    at = Prune(order).on(normal(8, 9), rng())
    masks = [at(step / 20) != 0 for step in range(21)]
    assert all((larger <= smaller).all() for smaller, larger in pairwise(masks))
    assert (masks[0].all(), masks[-1].any()) == (True, False)


@pytest.mark.parametrize("kind", [Prune, Flip])
def test_smallest_and_largest_come_first_when_asked(kind):
    weight = torch.tensor([[3.0, -1.0], [2.0, -4.0]])
    touched = {order: kind(order)(weight, 0.25, rng()) != weight for order in ("smallest", "largest")}
    assert touched["smallest"].tolist() == [[False, True], [False, False]]
    assert touched["largest"].tolist() == [[False, False], [False, True]]


@pytest.mark.parametrize("kind", [Prune, Flip])
def test_a_random_order_is_fair_to_every_weight(kind):
    weight = torch.tensor([[1.0, -2.0, 3.0, -4.0]])
    touched = sum((kind("random")(weight, 0.5, generator("fair", n)) != weight).int() for n in range(2000))
    assert ((touched / 2000 - 0.5).abs() < 0.05).all()


@pytest.mark.parametrize("order", ORDERS)
def test_flipping_all_twice_is_the_identity(order):
    weight = normal(64, 784)
    once = Flip(order)(weight, 1.0, rng())
    assert torch.equal(once, -weight)
    assert torch.equal(Flip(order)(once, 1.0, rng()), weight)


# Noise


@pytest.mark.parametrize("half_width", [2**-10, 0.1, 1.0, 7.0])
def test_uniform_noise_fills_its_half_width_and_stays_within(half_width):
    weight = normal(64, 784)
    noise = Noise("uniform")(weight, half_width, rng()) - weight
    assert noise.abs().max() <= half_width + 1e-6
    assert noise.abs().max() > 0.99 * half_width
    assert noise.mean().abs() < 0.01 * half_width


@pytest.mark.parametrize(("distribution", "spread"), [("uniform", 3**-0.5), ("normal", 1)])
def test_noise_has_the_spread_it_says(distribution, spread):
    weight = normal(64, 784)
    noise = Noise(distribution)(weight, 0.5, rng()) - weight
    assert noise.std().item() == pytest.approx(0.5 * spread, rel=0.02)


# Binarize


def test_full_binarisation_leaves_signs():
    weight = with_zeros(normal(5, 7))
    assert torch.equal(Binarize("unit")(weight, 1.0, rng()), weight.sign())


@pytest.mark.parametrize("shape", [(5, 7), (5, 3, 2, 2), (9,)], ids=["matrix", "kernel", "bias"])
@pytest.mark.parametrize("scale", ["layer", "row"])
def test_scaled_signs_have_the_mean_magnitude_of_the_edges_that_are_there(scale, shape):
    weight = with_zeros(normal(*shape))
    full = Binarize(scale)(weight, 1.0, rng())
    whole = scale == "layer" or weight.ndim == 1
    for before, after in [(weight, full)] if whole else zip(weight, full, strict=True):
        torch.testing.assert_close(after, before.sign() * before[before != 0].abs().mean())
    torch.testing.assert_close(signs(weight[None], scale)[0], full)


# Pruned, the one probe whose strength 0 is no identity


def test_pruned_at_zero_removes_nothing_and_applies_the_second_probe_in_full():
    weight = normal(64, 784)
    assert torch.equal(Pruned(Flip())(weight, 0.0, rng()), -weight)
    shuffled = Pruned(Shuffle("random"))(weight, 0.0, rng())
    assert torch.equal(shuffled.flatten().sort().values, weight.flatten().sort().values)
    assert (shuffled != weight).double().mean() > 0.99


@pytest.mark.parametrize("then", PROBES, ids=repr)
def test_pruned_acts_on_what_pruning_leaves(then):
    weight = normal(16, 20)
    before = weight.clone()
    at = Pruned(then).on(weight, rng())
    for strength in (0.7, 0.0, 0.3):
        left = Prune("smallest")(weight, strength, rng())
        assert (at(strength)[left == 0] == 0).all()
        assert torch.equal(at(strength), Pruned(then)(weight, strength, rng()))
    assert torch.equal(weight, before)


def test_pruned_and_binarised_is_the_sign_of_the_pruned():
    weight = normal(16, 20)
    for strength in (0.0, 0.4, 0.9, 1.0):
        signs = Prune("smallest")(weight, strength, rng()).sign()
        assert torch.equal(Pruned(Binarize("unit"))(weight, strength, rng()), signs)


def test_pruned_refuses_a_strength_outside_its_range_and_names_both_probes():
    with pytest.raises(ValueError, match=re.escape("strength 1.5 of Pruned(then=Noise")):
        Pruned(Noise())(normal(2, 3), 1.5, rng())
    assert (Pruned(Shuffle("random")).name, Pruned(Shuffle("random")).variant) == ("prune+shuffle", "random")


def test_a_kernel_is_shuffled_like_the_layer_it_is():
    kernel = normal(8, 3, 3, 3)
    for null in NULLS:
        after = Shuffle(null)(kernel, 1.0, rng())
        assert after.shape == kernel.shape
        assert torch.equal(after.flatten(1), Shuffle(null)(kernel.flatten(1), 1.0, rng()))
