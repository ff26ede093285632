"""Ensembles: many models as one stack answer as each of them alone."""

from dataclasses import replace

import pytest
import torch
from samples import normal
from torch import nn

from weightprobes.models import ensembles
from weightprobes.models.ensembles import Ensemble, accuracy, logits
from weightprobes.models.mlp import mlp
from weightprobes.rng import generator

X = torch.randn(50, 6, generator=generator("ensemble images"))
Y = torch.randint(3, (50,), generator=generator("ensemble labels"))


@pytest.fixture(scope="module")
def models():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return [mlp(6, (5, 4), 3, "tanh") for _ in range(5)]


def alone(model, x):
    with torch.no_grad():
        return model(x)


def test_the_stack_answers_as_each_model_alone(models):
    ensemble = Ensemble.of(models)
    together = logits(ensemble.module, ensemble.parameters, X)
    torch.testing.assert_close(together, torch.stack([alone(model, X) for model in models]))


def test_each_model_may_see_images_of_its_own(models):
    ensemble, own = Ensemble.of(models), torch.stack([X + place for place in range(5)])
    together = logits(ensemble.module, ensemble.parameters, own, own=True)
    torch.testing.assert_close(together, torch.stack(list(map(alone, models, own))))


@pytest.mark.parametrize(("variants", "images"), [(64, 4096), (2, 4096), (64, 7), (1, 1), (3, 50)])
def test_accuracy_is_the_share_of_right_answers_however_it_is_cut(models, monkeypatch, variants, images):
    monkeypatch.setattr(ensembles, "VARIANTS", variants)
    monkeypatch.setattr(ensembles, "IMAGES", images)
    ensemble = Ensemble.of(models)
    right = [(alone(model, X).argmax(1) == Y).sum().item() / 50 for model in models]
    assert accuracy(ensemble.module, ensemble.parameters, X, Y).tolist() == right
    assert len(set(right)) > 1


def test_a_tie_goes_to_the_first_class(models):
    dead = {name: torch.zeros_like(value) for name, value in Ensemble.of(models[:1]).parameters.items()}
    assert accuracy(models[0], dead, X, Y).item() == (Y == 0).sum().item() / 50


@pytest.fixture
def tying():
    """Four networks of small whole numbers, and images and labels that many of their answers tie on."""
    rng = generator("ties")
    weight, bias = torch.randint(-1, 2, (4, 3, 6), generator=rng), torch.randint(-1, 2, (4, 3), generator=rng)
    x = torch.randint(-1, 2, (50, 6), generator=rng)
    return nn.Linear(6, 3), {"weight": weight.float(), "bias": bias.float()}, x.float()


def test_a_shared_tie_counts_one_over_the_number_of_classes_in_it(tying, monkeypatch):
    module, parameters, x = tying
    monkeypatch.setattr(ensembles, "IMAGES", 7)
    sizes, shares = set(), []
    for answers in (x @ parameters["weight"].mT + parameters["bias"][:, None]).tolist():
        best = [{k for k in range(3) if answer[k] == max(answer)} for answer in answers]
        sizes |= set(map(len, best))
        shares.append(sum((y in tied) / len(tied) for y, tied in zip(Y.tolist(), best, strict=True)) / 50)
    assert sizes == {1, 2, 3}
    assert accuracy(module, parameters, x, Y, "shared").tolist() == pytest.approx(shares)
    assert accuracy(module, parameters, x, Y).tolist() != pytest.approx(shares)


def test_sharing_ties_is_breaking_them_at_random_on_average(tying):
    module, parameters, x = tying
    shared, rng = accuracy(module, parameters, x, Y, "shared"), generator("broken ties")
    answers = logits(module, parameters, x)
    broken = [answers + torch.rand(answers.shape, generator=rng) / 2 for _ in range(2000)]
    average = torch.stack([(one.argmax(-1) == Y).double().mean(-1) for one in broken]).mean(0)
    torch.testing.assert_close(shared, average, atol=0.005, rtol=0)


def test_without_ties_it_does_not_matter_what_becomes_of_them(models):
    ensemble = Ensemble.of(models)
    shared = accuracy(ensemble.module, ensemble.parameters, X, Y, "shared")
    assert torch.equal(shared, accuracy(ensemble.module, ensemble.parameters, X, Y, "first"))


def test_the_models_an_ensemble_is_made_of_are_left_alone(models):
    before = [value.clone() for model in models for value in model.parameters()]
    for value in Ensemble.of(models).parameters.values():
        value.zero_()
    after = [value for model in models for value in model.parameters()]
    assert all(map(torch.equal, before, after))
    assert all(model.training for model in models)


def test_parts_taken_and_joined_are_the_whole(ensemble):
    again = ensemble.take([0, 1]).join(ensemble.take([2]))
    assert again.seeds == ensemble.seeds == (0, 1, 2)
    assert len(again) == 3
    assert torch.equal(again.failed, ensemble.failed)
    for part, whole in ((again.parameters, ensemble.parameters), (again.history, ensemble.history)):
        assert part.keys() == whole.keys()
        assert all(torch.equal(part[name], whole[name]) for name in whole)


def test_models_are_taken_by_seed_and_not_by_place(ensemble):
    taken = ensemble.take([2, 0])
    assert taken.seeds == (2, 0)
    for seed in (0, 2):
        ours, theirs = taken.model(seed), ensemble.model(seed)
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert not torch.equal(taken.model(0)["0.weight"], taken.model(2)["0.weight"])


# Built alike


class Functional(nn.Module):
    """A layer whose activation is no module, and what a user may hang on it."""

    def __init__(self, activation=torch.relu, **attributes):
        super().__init__()
        self.layer, self.activation = nn.Linear(6, 3), activation
        vars(self).update(attributes)

    def forward(self, x):
        return self.activation(self.layer(x))


def blocks(heads=2, **other):
    return nn.TransformerEncoderLayer(8, heads, 8, **other)


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        (mlp(6, (5,), 3), mlp(6, (5,), 3, "tanh"), "1 is ReLU in one of these and Tanh in another"),
        (nn.LeakyReLU(0.1), nn.LeakyReLU(0.2), "negative_slope is 0.1 in one of these and 0.2"),
        (nn.Dropout(0.1), nn.Dropout(0.2), "p is 0.1"),
        (nn.BatchNorm1d(3), nn.BatchNorm1d(3, eps=0.1), "eps is 1e-05"),
        (blocks(), blocks(4), "self_attn.num_heads is 2 in one of these and 4"),
        (blocks(), blocks(activation="gelu"), "activation_relu_or_gelu is 1 in one of these and 2"),
        (Functional(), Functional(torch.tanh), "activation is .*relu in one of these and .*tanh"),
        (Functional(way="up"), Functional(way="down"), "way is 'up' in one of these and 'down'"),
        (
            Functional(mean=torch.zeros(1)),
            Functional(mean=torch.ones(1)),
            r"mean is \[0.0\] in one of these",
        ),
        (mlp(6, (5,), 3), mlp(6, (4,), 3), r"0.weight is torch.float32 \(5, 6\) in one of these"),
        (mlp(6, (5,), 3), mlp(6, (5,), 3).double(), "0.weight is torch.float32"),
        (
            nn.Linear(6, 3),
            nn.Linear(6, 3, bias=False),
            r"bias is torch.float32 \(3,\) in one of these and missing",
        ),
        (mlp(6, (5,), 5), mlp(6, (5, 5), 5), "4.weight is missing in one of these and torch.float32"),
    ],
    ids=lambda value: "" if isinstance(value, str) else type(value).__name__,
)
def test_models_that_are_not_built_alike_make_no_ensemble(one, other, said):
    sentence = rf"built alike, but {said}.*: make an ensemble of each kind, or set it alike$"
    with pytest.raises(ValueError, match=sentence):
        Ensemble.of([one, one, other])
    with pytest.raises(ValueError, match=sentence):
        Ensemble.of([one]).join(replace(Ensemble.of([other]), seeds=(1,)))


@pytest.mark.parametrize(
    "make", [lambda: mlp(6, (5,), 3), blocks, Functional], ids=["mlp", "blocks", "functions"]
)
def test_training_and_what_a_user_hangs_on_a_model_are_no_difference(make):
    first, second = make(), make().eval()
    second.losses, second._seed = [0.3, 0.2], 7
    first.name_or_path, second.name_or_path = "one/folder", "another/folder"  # as transformers has it
    ensemble = Ensemble.of([first, second])
    assert (len(ensemble), ensemble.module.training) == (2, False)
    assert (first.training, second.training) == (True, False)


@pytest.mark.parametrize("none", [[], nn.Sequential(nn.Linear(6, 3))], ids=["empty", "one model"])
def test_an_ensemble_is_made_of_a_list_of_models(none):
    with pytest.raises(ValueError, match=r"^an ensemble is made of one or more models: give them in a list"):
        Ensemble.of(none)


def test_no_two_models_of_an_ensemble_have_one_seed(models):
    ensemble = Ensemble.of(models)
    said = "^seed 1 names two models: take others, or make one ensemble of all with Ensemble.of$"
    with pytest.raises(ValueError, match=said):
        ensemble.take([0, 1]).join(ensemble.take([2, 1]))
    with pytest.raises(ValueError, match=said):
        ensemble.take([1, 1])


# A lone logit


def lone_and_pair():
    """Layers of one logit z, and of the logits (0, z)."""
    one, two = nn.Linear(6, 1), nn.Linear(6, 2)
    weight, bias = normal(1, 6), normal(1)
    one.load_state_dict({"weight": weight, "bias": bias})
    nought = torch.zeros_like
    two.load_state_dict(
        {"weight": torch.cat([nought(weight), weight]), "bias": torch.cat([nought(bias), bias])}
    )
    return one, two


class Squeezed(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x):
        return self.model(x).squeeze()


@pytest.mark.parametrize("form", [lambda model: model, Squeezed], ids=["column", "squeezed"])
@pytest.mark.parametrize("ties", ["first", "shared"])
def test_a_lone_logit_is_scored_at_zero(form, ties, monkeypatch):
    monkeypatch.setattr(ensembles, "IMAGES", 7)  # the last block has one image
    one, two = (Ensemble.of([form(model)]) for model in lone_and_pair())
    positive = (alone(lone_and_pair()[0], X).squeeze() > 0).long()
    assert 10 < positive.sum() < 40
    y = positive.clone()
    y[:20] = 1 - y[:20]
    for ensemble in (one, two):
        assert accuracy(ensemble.module, ensemble.parameters, X, y, ties).item() == 30 / 50
    torch.testing.assert_close(*(logits(each.module, each.parameters, X) for each in (one, two)))


def test_a_lone_logit_of_zero_is_a_tie():
    nought = Ensemble.of([lone_and_pair()[0]])
    dead = {name: torch.zeros_like(value) for name, value in nought.parameters.items()}
    labels = (Y > 0).long()
    shared, first = (accuracy(nought.module, dead, X, labels, ties).item() for ties in ("shared", "first"))
    assert (shared, first) == (0.5, (labels == 0).double().mean().item())


# Blocks


@pytest.mark.parametrize("hidden", [(32,), (64,), (128,), (64, 64)])
def test_the_papers_networks_are_scored_in_blocks_of_one_size(hidden):
    ensemble, x = Ensemble.of([mlp(784, hidden, 2)]), torch.zeros(1, 784)
    assert ensembles.at_once(ensemble.module, ensemble.parameters, x) == (64, 2048)


@pytest.mark.parametrize("side", [8, 64, 256])
def test_blocks_of_a_convolution_fit_into_the_budget(side, monkeypatch):
    blocks = []

    def noting(module, parameters, images):
        blocks.append((len(parameters["0.weight"]), len(images)))
        return torch.zeros(*blocks[-1], 2)

    monkeypatch.setattr(ensembles, "logits", noting)
    network = nn.Sequential(
        nn.Conv2d(1, 32, 3), nn.ReLU(), nn.AvgPool2d(side - 2), nn.Flatten(), nn.Linear(32, 2)
    )
    parameters = {
        name: value.expand(100, *value.shape[1:]) for name, value in Ensemble.of([network]).parameters.items()
    }
    x, y = torch.zeros(1, 1, side, side).expand(256, -1, -1, -1), torch.zeros(256)
    accuracy(network, parameters, x, y)
    assert sum(variants * images for variants, images in blocks) == 100 * 256
    convolved = 2 * 4 * 32 * (side - 2) ** 2  # bytes before and after the activation
    for variants, images in blocks:
        assert variants * images * convolved <= 200 * 2**20
    variants, images = blocks[0]
    assert variants * images * convolved > 20 * 2**20  # and no crumbs


def test_networks_are_built_as_wide_and_as_deep_as_asked():
    shapes = [tuple(layer.weight.shape) for layer in mlp(7, (5, 4, 3), 2) if isinstance(layer, nn.Linear)]
    assert shapes == [(5, 7), (4, 5), (3, 4), (2, 3)]
    kinds = [type(layer) for layer in mlp(7, (5, 4), 2, "sigmoid")]
    assert kinds == [nn.Linear, nn.Sigmoid, nn.Linear, nn.Sigmoid, nn.Linear]


def test_an_unknown_activation_gets_the_list_of_the_right_ones():
    with pytest.raises(ValueError, match=r"'gelu': choose one of relu, sigmoid, tanh$"):
        mlp(7, (5,), 2, "gelu")
