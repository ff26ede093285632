"""Weights of any model: which they are, how they lie, what changes at once, and which models are refused."""

import pytest
import torch
from samples import normal
from subjects import KINDS, Bare, as_held, made, rows, weights
from torch import nn

from weightprobes.engine.probed import roles
from weightprobes.engine.sites import chosen, sites, swapped, units


@pytest.fixture
def network():
    return made(lambda: nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.ReLU(), nn.Linear(5, 3)))


@pytest.mark.parametrize(
    "name", ["linear", "conv2d", "transposed1d", "transposed2d", "gru", "attention", "bare"]
)
def test_every_parameter_of_two_dimensions_or_more_is_a_site_once_under_its_own_name(name):
    model = made(KINDS[name][0])
    assert {site.name: site.parameter for site in sites(model)} == weights(model)


def test_vectors_and_buffers_are_left_alone():
    assert [site.name for site in sites(made(Bare))] == ["first", "experts"]
    with pytest.raises(ValueError, match=r"^BatchNorm1d has no weight matrix, so there is nothing to probe$"):
        sites(nn.BatchNorm1d(3))
    assert set(roles(nn.BatchNorm1d(3)).values()) == {"other"}


def test_a_tied_weight_is_one_site_of_all_that_use_it():
    model = nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 7))
    model[1].weight = model[0].weight
    (one,) = sites(model)
    assert (one.name, one.modules, one.kind) == ("0.weight", (model[0], model[1]), "Embedding")


def test_names_may_be_translated(network):
    assert [site.name for site in sites(network, {"3.weight": "head"})] == ["0.weight", "head"]


class Conv1D(nn.Module):
    """Hugging Face's: a linear layer whose weight has its inputs first."""

    def __init__(self):
        super().__init__()
        self.nf, self.weight = 5, nn.Parameter(normal(3, 5))


@pytest.mark.parametrize(
    "layer",
    [
        nn.Linear(3, 5),
        nn.Conv2d(4, 6, (2, 3), groups=2),
        nn.ConvTranspose1d(4, 6, 3),
        nn.ConvTranspose1d(4, 6, 3, groups=2),
        nn.ConvTranspose2d(6, 9, 2, groups=3),
        nn.ConvTranspose3d(2, 4, 2, groups=2),
        Conv1D(),
        nn.Conv2d(4, 6, 3).to(memory_format=torch.channels_last),
    ],
    ids=repr,
)
def test_a_weight_has_a_row_for_each_unit_that_its_layer_puts_out(layer):
    (site,) = sites(layer)
    value = site.weight()
    assert torch.equal(value, rows(layer.weight.data, layer))
    assert value.is_contiguous()  # sums over it round alike
    assert len(value) == getattr(layer, "out_channels", 5)
    held = site.fitting(value * 2)
    assert torch.equal(held, as_held(value * 2, layer.weight.data, layer))
    assert torch.equal(held, layer.weight * 2)
    assert held.stride() == layer.weight.stride()


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_a_weight_is_a_copy_in_single_precision_at_least_and_goes_back_as_it_was(dtype):
    layer = nn.Linear(3, 5).to(dtype)
    (site,) = sites(layer)
    value = site.weight()
    assert value.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    assert torch.equal(site.fitting(value), layer.weight)
    assert site.fitting(value).dtype == dtype
    value.zero_()
    assert layer.weight.any()


def test_within_a_swap_weights_are_others_and_behind_it_their_own_storage():
    layer = nn.Linear(6, 5).half()
    (site,) = sites(layer)
    parameter, own, kept, seen = layer.weight, layer.weight.data_ptr(), layer.weight.clone(), []

    def interrupted():
        with swapped({site: torch.ones(5, 6)}):
            seen.append((layer.weight.sum().item(), layer.weight.dtype, layer.weight is parameter))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert seen == [(30, torch.float16, True)]
    assert (layer.weight is parameter, layer.weight.data_ptr()) == (True, own)
    assert torch.equal(layer.weight, kept)


def test_a_swap_of_what_does_not_fit_leaves_all_as_it_was(network):
    one, other = sites(network)
    before = {name: value.clone() for name, value in network.state_dict().items()}
    with pytest.raises(RuntimeError), swapped({one: torch.zeros(5, 6), other: torch.zeros(7, 7)}):
        pass
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


# Choosing


def named(found):
    return [(one.name, one.group, [site.name for site in one.sites]) for one in found]


def deep():
    return sites(nn.ModuleDict({name: nn.Linear(2, 2) for name in ("a", "b", "c")}))


def test_names_and_globs_choose_in_the_models_order_and_each_once():
    found = deep()
    assert [site.name for site in chosen(found, ["c.*", "?.weight", "a.weight"])] == [
        "a.weight",
        "b.weight",
        "c.weight",
    ]
    assert [site.name for site in chosen(found, "b*")] == ["b.weight"]
    assert chosen(found, []) == []


@pytest.mark.parametrize("patterns", ["d*", ["a*", "weight"], "A*", ""])
def test_a_pattern_that_matches_nothing_gets_the_names(patterns):
    wrong = repr(patterns if isinstance(patterns, str) else patterns[-1])
    wrong = wrong.replace("*", r"\*")
    with pytest.raises(
        ValueError, match=f"^no weight matches {wrong}: choose from a.weight, b.weight, c.weight$"
    ):
        chosen(deep(), patterns)


def test_a_long_list_of_names_is_cut():
    many = sites(nn.Sequential(*(nn.Linear(2, 2) for _ in range(20))))
    with pytest.raises(ValueError, match=r"0\.weight, .*7\.weight, …$"):
        chosen(many, "none")


def test_each_has_its_turn_but_those_of_a_group_together():
    assert named(units(deep())) == [(f"{name}.weight", "", [f"{name}.weight"]) for name in "abc"]
    assert named(units(deep(), groups={"ends": ["a.*", "c.*"]})) == [
        ("ends", "a.weight + c.weight", ["a.weight", "c.weight"]),
        ("b.weight", "", ["b.weight"]),
    ]
    assert named(units(deep(), layers=["b*", "c*"])) == [(f"{n}.weight", "", [f"{n}.weight"]) for n in "bc"]


def test_all_but_each_and_all_together():
    assert named(units(deep(), where="all_but")) == [
        ("a.weight", "", ["b.weight", "c.weight"]),
        ("b.weight", "", ["a.weight", "c.weight"]),
        ("c.weight", "", ["a.weight", "b.weight"]),
    ]
    assert [one[2] for one in named(units(deep(), groups={"ends": ["a*", "c*"]}, where="all_but"))] == [
        ["b.weight"],
        ["a.weight", "c.weight"],
    ]
    (whole,) = named(units(deep(), ["a*", "b*"], where="together"))
    assert whole == ("together", "a.weight + b.weight", ["a.weight", "b.weight"])


def test_a_weight_in_two_groups_is_refused():
    with pytest.raises(ValueError, match=r"^a\.weight is in the groups 'one' and 'two': leave it in one$"):
        units(deep(), groups={"one": "a*", "two": "?.weight"})


def test_an_unknown_where_gets_the_list_of_the_right_ones():
    with pytest.raises(
        ValueError, match=r"^unknown choice of where 'some': choose one of each, all_but, tog"
    ):
        units(deep(), where="some")


# What is refused


def lazy():
    return nn.Sequential(nn.LazyLinear(3), nn.Linear(3, 2))


def on_meta():
    with torch.device("meta"):
        return nn.Linear(3, 2)


def quantised(layer=nn.Linear):
    return torch.ao.quantization.quantize_dynamic(nn.Sequential(nn.Linear(3, 2), layer(2, 2)), {layer})


def compiled_in_place():
    layer = nn.Sequential(nn.Linear(3, 2))
    layer[0].compile()
    return layer


REFUSED = {
    "lazy": (lazy, "^0.weight has no shape yet, since the model was never called: give a model with plain"),
    "meta": (on_meta, r"^weight has no values \(device meta\): give a model with plain weights$"),
    "complex": (
        lambda: nn.Linear(3, 2, dtype=torch.complex64),
        "^weight is complex64, so quantised or complex",
    ),
    "quantised": (quantised, "^0 is quantised: give the model before quantisation$"),
    "quantised lstm": (lambda: quantised(nn.LSTM), "^1 is quantised: give the model before quantisation$"),
    "compiled": (lambda: torch.compile(nn.Linear(3, 2)), "^the model is compiled: give the one it was"),
    "compiled inside": (lambda: nn.Sequential(torch.compile(nn.Linear(3, 2))), "^0 is compiled: give"),
    "compiled in place": (compiled_in_place, "^0 is compiled: give the one it was compiled from"),
    "scripted": (lambda: torch.jit.script(nn.Linear(3, 2)), "^the model is compiled: give the one"),
    "parallel": (
        lambda: nn.DataParallel(nn.Linear(3, 2)),
        "^the model is parallel: give the module",
    ),
    "parallel inside": (lambda: nn.Sequential(nn.DataParallel(nn.Linear(3, 2))), "^0 is parallel: give the"),
    "no weights": (nn.ReLU, "^ReLU has no weight matrix, so there is nothing to probe$"),
    "no module": (lambda: [nn.Linear(3, 2)], r"^a list is no torch\.nn\.Module: give the model itself$"),
    "its class": (lambda: nn.Linear, r"^a type is no torch\.nn\.Module: give the model itself$"),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
@pytest.mark.parametrize("what", REFUSED)
def test_a_model_whose_weights_cannot_change_is_refused_with_the_way_out(what):
    build, said = REFUSED[what]
    with pytest.raises(ValueError, match=said):
        sites(build())
