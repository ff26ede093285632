"""Plans: what they say of groups and budgets, and what is refused."""

from dataclasses import replace
from html import unescape

import pandas as pd
import pytest
import torch
from torch import nn

from weightprobes import diagnose, plan, report, verify

X = torch.randn(60, 6, generator=torch.Generator().manual_seed(0))


@pytest.fixture(scope="module")
def model():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 3))


@pytest.fixture(scope="module")
def evaluate(model):
    with torch.no_grad():
        right = model(X).argmax(1)
    return lambda model: model(X).argmax(1) == right


def test_a_group_is_planned_and_told_by_its_layers(model, evaluate, tmp_path):
    table = diagnose(model, evaluate, calibration=[X], groups={"first": ["0.*", "2.*"]})
    chosen = plan(table, budget=1.0)
    assert set(chosen.layers) == {"0.weight", "2.weight", "4.weight"}
    page = report(table, tmp_path / "report.html", plan=chosen).read_text()
    assert "keep as they are" not in page
    page = report(table, tmp_path / "none.html", plan=replace(chosen, layers={})).read_text()
    kept = page[page.index("keep as they are") :]
    assert 'ignore (3):</p>\n<pre>["*.weight"]' in unescape(kept)


def test_a_budget_that_does_not_hold_is_told(model, evaluate, tmp_path):
    table = diagnose(model, evaluate, calibration=[X])
    chosen = plan(table, budget=10.0)
    found = verify(model, evaluate, chosen, calibration=[X])
    for loss, told in ((10.5, True), (9.5, False)):
        page = report(table, tmp_path / "r.html", plan=chosen, verified={**found, "loss": loss}).read_text()
        assert ("more than the budget of 10" in page) is told


@pytest.mark.parametrize("budget", [-0.1, float("nan")])
def test_a_budget_below_0_is_refused(model, evaluate, budget):
    table = diagnose(model, evaluate, calibration=[X])
    with pytest.raises(ValueError, match="give 0 or more"):
        plan(table, budget=budget)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"calibration": X}, "give a list of them"),
        ({"evaluate": 0.5}, "give a function that scores the model"),
    ],
)
def test_what_cannot_be_asked_is_told_by_every_call(model, evaluate, asked, said):
    chosen = plan(diagnose(model, evaluate, calibration=[X]))
    asked = {"evaluate": evaluate, "calibration": [X], **asked}
    for ask in (diagnose, lambda model, **asked: verify(model, plan=chosen, **asked)):
        with pytest.raises(ValueError, match=said):
            ask(model, **asked)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.rnn, self.head = nn.RNN(6, 16, batch_first=True), nn.Linear(16, 3)

    def forward(self, x):
        return self.head(self.rnn(x)[0][:, -1])


@pytest.mark.parametrize("word", ["scale", "unclear"])
def test_a_layer_without_a_refit_is_called_scale_only_where_that_is_most_of_it(word):
    """Weights of one size lose that size and nothing else; weights of two sizes lose which is which."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model, x = Recurrent(), torch.randn(300, 3, 6)
    weight = model.rnn.weight_ih_l0
    with torch.no_grad():
        sizes = torch.full((6,), 0.05) if word == "scale" else torch.tensor([1.0] + 5 * [0.01])
        weight.copy_(weight.sign() * sizes)
        right = model(x).argmax(1)
    table = diagnose(
        model, lambda model: model(x).argmax(1) == right, calibration=[x], layers="rnn.weight_ih_l0"
    )
    assert table["both"].isna().all()
    assert table["word"].item() == word


def test_the_parts_of_a_loss_add_up_to_it_and_what_makes_matters_worse_mends_nothing(model, evaluate):
    table = diagnose(model, evaluate, calibration=[X])
    parts = table[["scale", "offset", "information"]]
    assert (parts[["scale", "offset"]] >= 0).all(axis=None)
    pd.testing.assert_series_equal(parts.sum(axis=1), table["signs"], check_names=False)
    best = table[["signs", "scaled", "both"]].min(axis=1)
    pd.testing.assert_series_equal(table["information"], best, check_names=False)
