"""A model is left as it was: after success, a failure at any call, Ctrl-C, and a wrong argument."""

import copy

import pytest
import torch
from subjects import KINDS, Worth, kind, made
from torch import nn

from weightprobes.engine.sensitivity import sensitivity
from weightprobes.probes import Noise

ASKED = dict(probe=Noise("normal"), strengths=(0.1, 0.5), readings=("float", "sign"), draws=2)


def unasked(model):
    raise AssertionError("the model was measured")


def everything(model):
    """All that a model is, values as bytes; what is one object by its identity."""
    tensors = [*model.named_parameters(remove_duplicate=False), *model.named_buffers(remove_duplicate=False)]
    return {
        "tensors": [
            (
                name,
                id(one),
                one.data_ptr(),
                one.dtype,
                one.stride(),
                one.requires_grad,
                one.numpy(force=True).tobytes(),
            )
            for name, one in tensors
        ],
        "modules": [
            (name, id(one), one.training, list(one.__dict__), one.__dict__.get("forward"))
            for name, one in model.named_modules()
        ],
        "hooks": [
            (
                list(one._forward_hooks.items()),
                list(one._forward_pre_hooks.items()),
                list(one._backward_hooks.items()),
            )
            for one in model.modules()
        ],
        "gradients": [one.grad for one in model.parameters()],
    }


@pytest.fixture(params=["eval", "train", "mixed", "frozen, hooked and patched"])
def model(request):
    """A convolution, in a state of its own."""
    model, _ = kind("conv2d")
    model.train(request.param == "train")
    if request.param == "mixed":
        model[1].train()
    if request.param.startswith("frozen"):
        model[0].weight.requires_grad_(False)
        model[3].register_forward_hook(lambda module, given, out: None)
        forward = model[2].forward
        model[2].forward = lambda x: forward(x)
    return model


EVALUATE = Worth(KINDS["conv2d"][1])
REFITS = dict(calibration=[KINDS["conv2d"][1]], refits=("none", "affine"))


@pytest.mark.parametrize(
    "options", [{}, {"memory": 0}, {"where": "all_but"}, {"where": "together"}, REFITS], ids=repr
)
def test_after_success(model, options):
    before = everything(model)
    sensitivity(model, EVALUATE, **ASKED, **options)
    assert everything(model) == before


@pytest.mark.filterwarnings("ignore:nothing is replayed")
@pytest.mark.parametrize("options", [{}, {"memory": 0}, REFITS], ids=["replayed", "in full", "refitted"])
@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("call", [*range(1, 9), 16])
def test_after_a_failure_at_any_call(model, error, call, options):
    before, calls = everything(model), []

    def evaluate(model):
        calls.append(EVALUATE(model))
        if len(calls) >= call:
            raise error
        return calls[-1]

    with pytest.raises(type(error)):
        sensitivity(model, evaluate, **ASKED, **options)
    assert everything(model) == before


@pytest.mark.parametrize("error", [RuntimeError("out of memory"), KeyboardInterrupt()], ids=repr)
@pytest.mark.parametrize("call", [1, 2, 3, 5, 7, 13, 21, 34])
def test_after_a_failure_within_the_model(model, error, call):
    calls = []

    def fails(module, given):
        calls.append(0)
        if len(calls) == call:
            raise error

    model[3].register_forward_pre_hook(fails)
    before = everything(model)
    with pytest.raises(type(error)):
        sensitivity(model, EVALUATE, **ASKED, **REFITS)
    assert everything(model) == before


WRONG = {
    "probe": ({"probe": "no-probe"}, "no-probe"),
    "strength": ({"strengths": (0.5, -1.0)}, r"^strength -1\.0"),
    "strengths": ({"strengths": ()}, "^nothing is asked: give one strength, reading and refit or more$"),
    "reading": (
        {"readings": ("loud",)},
        "^unknown reading 'loud': choose one of float, sign, scaled, row, resc",
    ),
    "refit": (
        {"refits": ("biased",)},
        "^unknown refit 'biased': choose one of none, corrected, calibrated, aff",
    ),
    "draws": ({"draws": 0}, "^draws is 0: give a whole number from 1 on$"),
    "where": ({"where": "here"}, "^unknown choice of where 'here': choose one of each, all_but, together$"),
    "layers": (
        {"layers": "encoder.*"},
        r"^no weight matches 'encoder\.\*': choose from 0\.weight, 3\.weight$",
    ),
    "groups": ({"groups": {"one": "9.*"}}, r"^no weight matches '9\.\*': choose from 0\.weight, 3\.weight$"),
    "two groups": ({"groups": {"one": "*", "two": "0.*"}}, r"^0\.weight is in the groups 'one' and 'two': l"),
    "memory": ({"memory": "much"}, "^memory 'much' is no size: give bytes, or like '500MB' or '2GB'$"),
    "negative memory": ({"memory": -1}, "^memory -1 is no size"),
    "a strength": ({"strengths": 0.5}, r"^strengths 0\.5 are no list: give one or more, like \[0\.5\]$"),
    "a reading": ({"readings": "sign"}, r"^readings 'sign' are no list: give one or more, like \['sign'\]$"),
    "a batch": ({"calibration": EVALUATE.given}, "^calibration is one batch of inputs: give a list of them"),
    "named inputs": (
        {"calibration": {"x": EVALUATE.given}},
        "^calibration is one batch of inputs: give a list",
    ),
    "calibration": (
        {"refits": ("affine",)},
        "^refits are fitted to inputs: give some as calibration, or ask f",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_after_a_wrong_argument_which_is_refused_before_anything_is_measured(model, name):
    options, said = WRONG[name]
    before = everything(model)
    with pytest.raises(ValueError, match=said):
        sensitivity(model, unasked, **ASKED | options)
    assert everything(model) == before


@pytest.mark.parametrize(
    ("name", "layer", "owner"),
    [
        ("lstm", "body.weight_ih_l0", "LSTM"),
        ("attention", "body.in_proj_weight", "MultiheadAttention"),
        ("bare", "first", "Bare"),
    ],
)
def test_a_weight_whose_layer_has_no_units_to_refit_is_refused_before_anything_is_measured(
    name, layer, owner
):
    model, evaluate = kind(name)
    before = everything(model)
    with pytest.raises(
        ValueError, match=rf"^{layer} cannot be refitted, since its {owner} puts out no units of its"
    ):
        sensitivity(model, unasked, calibration=[evaluate.given], refits=("corrected",))
    assert everything(model) == before


def test_batch_norms_are_not_moved_by_an_evaluation_that_trains():
    model, _ = kind("conv2d")
    before = everything(model)

    def evaluate(model):
        return EVALUATE(model.train())

    sensitivity(model, evaluate, **ASKED)
    assert everything(model) == before


def test_buffers_that_a_model_replaces_are_put_back():
    class Counting(nn.Linear):
        def forward(self, x):
            self.count = self.count + 1
            return super().forward(x)

    model = nn.Sequential(made(lambda: Counting(6, 6)), nn.Linear(6, 3))
    model[0].register_buffer("count", torch.zeros(()))
    before = everything(model)
    sensitivity(model, Worth(torch.ones(4, 6)), **ASKED)
    assert everything(model) == before


def test_dropout_is_off_and_the_global_generator_stays():
    model = made(lambda: nn.Sequential(nn.Linear(6, 5), nn.Dropout(0.5), nn.Linear(5, 3))).train()
    evaluate, state = Worth(torch.ones(4, 6)), torch.get_rng_state()
    table = sensitivity(model, evaluate, **ASKED)
    assert model.training
    assert table.attrs["score"] == evaluate(copy.deepcopy(model).eval())
    assert torch.equal(torch.get_rng_state(), state)
