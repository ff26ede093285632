"""Ensembles: many models as one stack answer as each of them alone."""

import pytest
import torch
from torch import nn

from weightprobes import ensembles
from weightprobes.ensembles import Ensemble, accuracy, logits
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


def test_networks_are_built_as_wide_and_as_deep_as_asked():
    shapes = [tuple(layer.weight.shape) for layer in mlp(7, (5, 4, 3), 2) if isinstance(layer, nn.Linear)]
    assert shapes == [(5, 7), (4, 5), (3, 4), (2, 3)]
    kinds = [type(layer) for layer in mlp(7, (5, 4), 2, "sigmoid")]
    assert kinds == [nn.Linear, nn.Sigmoid, nn.Linear, nn.Sigmoid, nn.Linear]


def test_an_unknown_activation_gets_the_list_of_the_right_ones():
    with pytest.raises(ValueError, match=r"'gelu': choose one of relu, sigmoid, tanh$"):
        mlp(7, (5,), 2, "gelu")
