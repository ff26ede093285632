"""Probes beside their slow twins, loops over a list of numbers with the same draws.

The twins of the shuffles stand in ``twins.py``.
"""

import pytest
import torch
from samples import ORDERS, normal, with_zeros

from weightprobes.probes import Binarize, Flip, Noise, Prune
from weightprobes.rng import generator

SHAPES = [(1, 1), (2, 3), (9, 11), (30,), (16, 20)]
KEPT = [1, 0.9, 0.5, 0.47, 0.25, 0.1, 0.03, 0.001]


@pytest.fixture(params=SHAPES, ids=str)
def weight(request):
    """Some weights are zero, some have equal magnitudes."""
    return with_zeros((4 * normal(*request.param)).round() / 4)


def assert_twins(probe, twin, weight, strength):
    fast = probe(weight, strength, generator("twins"))
    slow = torch.tensor(twin(weight.flatten().tolist(), generator("twins"))).view_as(weight)
    torch.testing.assert_close(fast, slow, atol=1e-6, rtol=1e-6)


def in_order(numbers, order, rng):
    """The indices of ``numbers`` in the order in which they are pruned or flipped."""
    if order == "random":
        place = torch.randperm(len(numbers), generator=rng).tolist()
        return sorted(range(len(numbers)), key=place.__getitem__)
    sign = -1 if order == "largest" else 1
    return sorted(range(len(numbers)), key=lambda index: sign * abs(numbers[index]))


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize("order", ORDERS)
def test_prune_removes_the_first_of_a_sorted_list(order, kept, weight):
    def twin(numbers, rng):
        removed = len(numbers) - int(kept * len(numbers))
        for index in in_order(numbers, order, rng)[:removed]:
            numbers[index] = 0.0
        return numbers

    assert_twins(Prune(order), twin, weight, round(1 - kept, 6))


@pytest.mark.parametrize("flipped", [0, 0.2, 10 / 29, 0.5, 1])
@pytest.mark.parametrize("order", ORDERS)
def test_flip_negates_the_first_of_a_sorted_list(order, flipped, weight):
    def twin(numbers, rng):
        for index in in_order(numbers, order, rng)[: int(flipped * len(numbers))]:
            numbers[index] = -numbers[index]
        return numbers

    assert_twins(Flip(order), twin, weight, flipped)


@pytest.mark.parametrize("strength", [0, 2**-10, 0.3, 1, 5])
@pytest.mark.parametrize("distribution", ["uniform", "normal"])
def test_noise_adds_one_number_to_each_edge(distribution, strength, weight):
    def twin(numbers, rng):
        draw = torch.empty(weight.shape)
        draw = (
            draw.uniform_(-1, 1, generator=rng) if distribution == "uniform" else draw.normal_(generator=rng)
        )
        added = draw.flatten().tolist()
        return [
            number + strength * unit if number else 0.0 for number, unit in zip(numbers, added, strict=True)
        ]

    assert_twins(Noise(distribution), twin, weight, strength)


@pytest.mark.parametrize("strength", [0, 0.3, 0.5, 1])
@pytest.mark.parametrize("scale", ["unit", "layer", "row"])
def test_binarize_moves_each_magnitude_towards_the_scale(scale, strength, weight):
    def twin(numbers, rng):
        length = {"unit": 1, "layer": len(numbers), "row": weight.shape[-1]}[scale]
        moved = []
        for first in range(0, len(numbers), length):
            row = numbers[first : first + length]
            edges = [abs(number) for number in row if number]
            alpha = 1.0 if scale == "unit" else sum(edges) / max(len(edges), 1)
            for number in row:
                size = abs(number) ** (1 - strength) * alpha**strength
                moved.append(size if number > 0 else -size if number < 0 else 0.0)
        return moved

    assert_twins(Binarize(scale), twin, weight, strength)
