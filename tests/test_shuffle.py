"""The null models: what each keeps, what it destroys, and that its draws are uniform."""

from collections import Counter
from itertools import combinations, permutations

import pytest
import torch
from samples import normal, with_zeros
from scipy.stats import chisquare

from weightprobes.probes import Shuffle
from weightprobes.probes.shuffle import GROUPS
from weightprobes.rng import generator

STRENGTHS = [0.1, 0.5, 1.0]


@pytest.fixture(scope="module")
def weight():
    return with_zeros(normal(64, 784))


def shuffled(null, weight, strength=1.0):
    return Shuffle(null)(weight, strength, generator("shuffle"))


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("null", GROUPS)
def test_every_null_model_keeps_the_mask_and_the_multiset(null, strength, weight):
    after = shuffled(null, weight, strength)
    assert torch.equal(after != 0, weight != 0)
    assert Counter(after.flatten().tolist()) == Counter(weight.flatten().tolist())


@pytest.mark.parametrize("strength", STRENGTHS)
def test_within_sign_keeps_the_sign_matrix_and_moves_the_magnitudes(strength, weight):
    after = shuffled("within_sign", weight, strength)
    assert torch.equal(after.sign(), weight.sign())
    assert (after != weight).sum() > 0.99 * strength * (weight != 0).sum()


def test_random_destroys_half_of_the_signs(weight):
    after, edges = shuffled("random", weight), weight != 0
    assert (after.sign() != weight.sign())[edges].double().mean().item() == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize("strength", STRENGTHS)
@pytest.mark.parametrize("null", GROUPS)
def test_a_partial_shuffle_moves_no_more_than_its_share(null, strength, weight):
    moved = (shuffled(null, weight, strength) != weight).sum()
    assert 0 < moved <= int(strength * (weight != 0).sum())


@pytest.mark.parametrize("null", GROUPS)
def test_biases_are_no_edges_and_stay(null):
    assert torch.equal(shuffled(null, normal(64)), normal(64))


def outcomes(null, weight, strength=1.0, draws=3000):
    """How often each arrangement of the weights comes up."""
    return Counter(
        tuple(Shuffle(null)(weight, strength, generator("uniform", draw)).flatten().tolist())
        for draw in range(draws)
    )


def assert_frequencies(found, chances):
    """A chi-square test at one in a thousand; ``chances`` must name all arrangements there are."""
    assert set(found) <= set(chances)
    draws = sum(found.values())
    observed = [found[arrangement] for arrangement in chances]
    assert chisquare(observed, [draws * chance for chance in chances.values()]).pvalue > 1e-3


def test_random_gives_each_permutation_equally_often():
    chances = {(a, b, 0.0, c): 1 / 6 for a, b, c in permutations([1.0, -2.0, 3.0])}
    assert_frequencies(outcomes("random", torch.tensor([[1.0, -2.0], [0.0, 3.0]])), chances)


def test_within_sign_gives_each_permutation_of_each_sign_equally_often():
    chances = {
        (a, x, b, 0.0, y, z): 1 / 12
        for a, b in permutations([1.0, 2.0])
        for x, y, z in permutations([-3.0, -4.0, -5.0])
    }
    weight = torch.tensor([[1.0, -3.0, 2.0], [0.0, -4.0, -5.0]])
    assert_frequencies(outcomes("within_sign", weight), chances)


def test_every_pair_of_weights_takes_part_in_a_partial_shuffle_equally_often():
    numbers = (1.0, 2.0, 3.0, 4.0)
    chances = {numbers: 1 / 2}
    for one, other in combinations(range(4), 2):
        swapped = list(numbers)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        chances[tuple(swapped)] = 1 / 12
    assert_frequencies(outcomes("random", torch.tensor([numbers]), strength=0.5), chances)
