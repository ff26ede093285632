"""A diagnosis tells planted causes apart, and a plan counts what it saves: networks and tables by hand."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from weightprobes import diagnose, plan, sensitivity, verify
from weightprobes.engine.planning import Plan
from weightprobes.rng import generator

X = torch.randn(500, 20, generator=generator("diagnosis"))
SIGNS = torch.tensor([1.0, -1.0] * 10)

#: The second unit's weights (the first's are their negatives), its bias, and the level of the inputs.
PLANTED = {
    "robust": (SIGNS, 0.0, 0.0),
    "scale": (SIGNS / 20, 0.5, 0.0),  # beside weights twenty times as loud, the bias is nothing
    "offset": (torch.tensor([1.0] * 15 + [-3.0] * 5), 0.0, 3.0),  # sizes balance what signs do not
    "information": (torch.where(torch.arange(20) == 7, 1.0, 0.05) * SIGNS, 0.0, 0.0),  # one counts most
}


def subject(word):
    """A network, and the inputs on which its own answers are right."""
    weight, bias, level = PLANTED[word]
    model = nn.Sequential(nn.Linear(20, 2))
    with torch.no_grad():
        model[0].weight.copy_(torch.stack([-weight, weight]))
        model[0].bias.copy_(torch.tensor([0.0, bias]))
        x = X + level
        answers = model(x).argmax(1)
    return model, lambda model: model(x).argmax(1) == answers, x


@pytest.mark.parametrize("word", PLANTED)
def test_planted_causes_are_told_apart(word):
    model, evaluate, x = subject(word)
    (row,) = diagnose(model, evaluate, calibration=[x]).to_dict("records")
    assert row["word"] == word
    assert row["signs"] == pytest.approx(row["scale"] + row["offset"] + row["information"])
    if word != "robust":
        assert row[word] > 0.1
        assert row[f"{word}_low"] < row[word] < row[f"{word}_high"]


@pytest.mark.parametrize(
    ("items", "tolerance", "word"), [(True, 0.03, "unclear"), (True, 0.1, "robust"), (False, 0.03, "robust")]
)
def test_robust_is_what_loses_little_for_sure(items, tolerance, word):
    """One item in forty is lost, whatever is given back; drawn anew, it may be several."""
    model, _, x = subject("information")
    own = model[0].weight.detach().clone()

    def evaluate(model):
        right = np.arange(40) >= (0 if torch.equal(model[0].weight, own) else 1)
        return right if items else right.mean()

    (row,) = diagnose(model, evaluate, calibration=[x], tolerance=tolerance).to_dict("records")
    assert row["signs"] == pytest.approx(1 / 40)
    assert row["word"] == word


@pytest.mark.parametrize(("dtype", "bits"), [(torch.float32, 32), (torch.float64, 64), (torch.bfloat16, 16)])
def test_a_weight_takes_the_bits_of_its_type_and_has_the_outputs_of_its_layer(dtype, bits):
    model, x = nn.Sequential(nn.Linear(20, 8), nn.Linear(8, 2)).to(dtype), X.to(dtype)
    table = diagnose(model, lambda model: model(x).sum(), calibration=[x])
    assert table["outputs"].tolist() == [8, 2]
    assert table["bits"].tolist() == [160 * bits, 16 * bits]


# Plans

NAN = float("nan")


def table(**rows):
    """A diagnosis: of each layer parameters, outputs, and the losses by signs, scaled, and with both."""
    columns = ("parameters", "outputs", "signs", "scaled", "both")
    made = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("layer").reset_index()
    return made.assign(group="", bits=32 * made["parameters"])


DIAGNOSIS = table(
    dear=(1000, 10, 0.5, 0.4, 0.004),
    cheap=(1000, 10, 0.5, 0.001, 0.002),
    loud=(1000, 10, 0.5, 0.001, NAN),  # cannot be refitted
    gains=(1000, 10, -0.1, 0.3, NAN),
    small=(6, 3, 0.0, 0.0, 0.0),  # a level and a spread for each output are more bits than it has
)
SAVED = {"gains": 31_000, "loud": 31_000 - 32, "cheap": 31_000 - 640, "dear": 31_000 - 640}
GIVEN = {"gains": "signs", "loud": "scaled", "cheap": "both", "dear": "both"}


@pytest.mark.parametrize(
    ("budget", "names", "expected"),
    [
        (0, ["gains"], 0),
        (0.001, ["gains", "loud"], 0.001),
        (0.0069, ["gains", "loud", "cheap"], 0.003),
        (0.0071, ["gains", "loud", "cheap", "dear"], 0.007),
        (float("inf"), ["gains", "loud", "cheap", "dear"], 0.007),
    ],
)
def test_a_plan_takes_what_loses_least_a_bit_as_far_as_the_budget_goes(budget, names, expected):
    chosen = plan(DIAGNOSIS, budget)
    assert chosen.layers == {name: GIVEN[name] for name in names}
    assert chosen.expected == pytest.approx(expected)
    assert chosen.binarised == pytest.approx(len(names) * 1000 / 4006)
    assert chosen.before == 32 * 4006
    assert chosen.after == chosen.before - sum(SAVED[name] for name in names)


def test_of_two_that_lose_alike_the_one_that_saves_more_goes_first():
    chosen = plan(table(little=(100, 1, 0, 0, 0.01), much=(1000, 1, 0, 0, 0.01)), budget=0.015)
    assert chosen.layers == {"much": "both"}


def test_verifying_measures_all_layers_at_once_and_says_how_far_singles_mislead():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(20, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))
    with torch.no_grad():
        answers = model(X).argmax(1)

    def evaluate(model):
        return model(X).argmax(1) == answers

    asked = dict(readings=("sign",), refits=("affine",), calibration=[X], where="together")
    for layers in (["0.weight", "4.weight"], ["2.weight"]):
        chosen = Plan(dict.fromkeys(layers, "both"), 1.0, 0.01, 0.5, 0, 0)
        found = verify(model, evaluate, chosen, calibration=[X])
        (row,) = sensitivity(model, evaluate, layers=layers, **asked).to_dict("records")
        assert {name: found[name] for name in found if name in row} == {
            name: row[name] for name in row if name.startswith(("score", "loss"))
        }
        assert found["misled"] == pytest.approx(row["loss"] - 0.01)
        assert found["expected"] == 0.01
