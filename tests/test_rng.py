"""Every draw has an address."""

import numpy as np
import pytest
import torch

from weightprobes.probes import Prune
from weightprobes.rng import generator


def draw(*key):
    return torch.rand(8, generator=generator(*key)).tolist()


def test_the_same_address_gives_the_same_stream():
    assert draw("weights", 3) == draw("weights", 3)


@pytest.mark.parametrize(
    "other", [("weights", 4), ("bias", 3), (3, "weights"), ("weights",), ("weights", "3"), ("weights", 3, 0)]
)
def test_another_address_gives_another_stream(other):
    assert draw(*other) != draw("weights", 3)


def test_a_probe_is_part_of_an_address():
    assert draw(Prune("random"), 0) == draw(Prune("random"), 0) != draw(Prune("smallest"), 0)


def test_addresses_are_where_they_were_when_the_kept_tables_were_made():
    assert generator("first weights", 0).initial_seed() == 432_268_115
    assert generator(Prune("random"), 0, 0, "0.weight").initial_seed() == 1_258_858_465


def test_the_global_generator_is_neither_read_nor_moved():
    torch.manual_seed(1)
    before, first = torch.get_rng_state(), draw("weights", 3)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    assert draw("weights", 3) == first


def test_draws_are_made_on_the_cpu():
    assert generator("weights", 3).device == torch.device("cpu")


def test_a_seed_is_the_same_seed_as_a_numpy_integer():
    assert draw("weights", np.int64(3)) == draw("weights", 3)
