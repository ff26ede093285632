"""The paper's grids, and how many weights survive on them: the authors' truncation, met exactly."""

from itertools import pairwise

import pytest
from samples import ORDERS, normal

from weightprobes.probes import Flip, Prune, grids
from weightprobes.rng import generator

# The fractions kept, retyped from the authors' code (.15 once).
PRUNING = [
    *(1, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.47, 0.45, 0.4, 0.35, 0.3, 0.25, 0.23, 0.21, 0.2, 0.19, 0.18),
    *(0.17, 0.15, 0.14, 0.13, 0.12, 0.11, 0.1, 0.09, 0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02, 0.01),
    *(0.005, 0.001),
]
SHUFFLING = [
    *(1, 0.9, 0.8, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05, 0.04),
    *(0.03, 0.02, 0.01, 0.005, 0.001),
]

# Kept fraction: survivors among hidden weights, output weights, hidden biases, output biases.
SURVIVORS = {
    1: (50176, 128, 64, 2),
    0.9: (45158, 115, 57, 1),
    0.5: (25088, 64, 32, 1),
    0.1: (5017, 12, 6, 0),
    0.05: (2508, 6, 3, 0),
    0.03: (1505, 3, 1, 0),
    0.01: (501, 1, 0, 0),
    0.005: (250, 0, 0, 0),
    0.001: (50, 0, 0, 0),
}
LAYERS = [(64, 784), (2, 64), (64,), (2,)]
SIZES = [50176, 25088, 100352, 128, 64, 256, 32, 2]


def survivors(order, shape, kept):
    return Prune(order)(normal(*shape), round(1 - kept, 6), generator("survivors")).count_nonzero().item()


@pytest.mark.parametrize("kept", SURVIVORS)
@pytest.mark.parametrize("order", ORDERS)
def test_the_papers_network_keeps_as_many_weights_as_the_authors(order, kept):
    assert tuple(survivors(order, shape, kept) for shape in LAYERS) == SURVIVORS[kept]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("grid", "kept"), [(grids.PRUNE, PRUNING), (grids.SHUFFLE, SHUFFLING)])
def test_every_level_keeps_the_truncated_fraction(grid, kept, size):
    at = Prune("smallest").on(normal(size), generator("survivors"))
    assert [at(p).count_nonzero().item() for p in grid] == [int(f * size) for f in kept]


@pytest.mark.parametrize("size", SIZES)
def test_every_level_flips_the_truncated_fraction(size):
    weight = normal(size)
    at = Flip("smallest").on(weight, generator("flips"))
    assert [(at(q) != weight).sum().item() for q in grids.FLIP] == [int(q * size) for q in grids.FLIP]


def test_the_grids_have_the_papers_lengths_and_ends():
    lengths = {"PRUNE": 37, "SHUFFLE": 23, "NOISE": 1 + 30, "FLIP": 30}
    assert {name: len(set(getattr(grids, name))) for name in lengths} == lengths
    for name in (*lengths, "BINARIZE", "PARTIAL"):
        grid = getattr(grids, name)
        assert grid[0] == 0
        assert list(grid) == sorted(set(grid))
    assert grids.PRUNE[-1] == grids.SHUFFLE[-1] == 0.999
    assert grids.FLIP[-1] == grids.BINARIZE[-1] == 1


def test_noise_is_spaced_equally_on_a_logarithmic_scale():
    noise = grids.NOISE[1:]
    assert (noise[0], noise[-1]) == (2**-10, 1)
    ratios = [after / before for before, after in pairwise(noise)]
    assert ratios == pytest.approx([2 ** (10 / 29)] * 29)
