"""Readings of weights, beside a twin that reads one weight at a time."""

import math

import pytest
import torch
from hypothesis import given
from samples import normal, weights, with_zeros

from weightprobes.engine.readings import COLUMNS, read

READINGS = tuple(COLUMNS)


def reading_twin(weight, reading):
    """One weight at a time."""
    rows = [[value for value in row if value != 0] for row in weight.tolist()]
    every = [abs(value) for row in rows for value in row]
    mean = sum(every) / len(every) if every else 0.0
    made = []
    for row, edges in zip(weight.tolist(), rows, strict=True):
        own = sum(map(abs, edges)) / len(edges) if edges else 0.0
        sign = [math.copysign(1, value) if value else 0.0 for value in row]
        scale = {"sign": 1, "scaled": mean, "row": own}.get(reading)
        louder = [value / mean if value else 0.0 for value in row]
        made.append(louder if reading == "rescaled" else [one * scale for one in sign])
    return torch.tensor(made, dtype=weight.dtype).reshape(weight.shape)


@pytest.mark.parametrize("reading", ["sign", "scaled", "row", "rescaled"])
@given(weight=weights())
def test_a_reading_is_that_of_its_slow_twin(reading, weight):
    if weight.ndim == 2:
        weight = weight.double()
        torch.testing.assert_close(read(weight, reading), reading_twin(weight, reading))


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize(
    "weight", [torch.zeros(3, 4), with_zeros(normal(3, 4)), torch.zeros(0, 4)], ids=["zeros", "some", "none"]
)
def test_what_is_zero_stays_zero_in_every_reading(reading, weight):
    found = read(weight, reading)
    assert found.shape == weight.shape
    assert (found[weight == 0] == 0).all()
    assert torch.equal(found.sign(), weight.sign())


def test_means_of_magnitudes_are_what_the_readings_say():
    weight = with_zeros(normal(6, 9))
    edges = weight != 0
    own, rows = weight[edges].abs().mean(), weight.abs().sum(1) / edges.sum(1)
    assert read(weight, "rescaled")[edges].abs().mean().item() == pytest.approx(1)
    assert read(weight, "sign")[edges].abs().unique().tolist() == [1]
    torch.testing.assert_close(read(weight, "scaled")[edges].abs(), own.expand(edges.sum()))
    for row, kept, mean in zip(read(weight, "row"), edges, rows, strict=True):
        torch.testing.assert_close(row[kept].abs(), mean.expand(kept.sum()))
    assert torch.equal(read(weight, "float"), weight)


def test_a_reading_leaves_the_weights_alone():
    weight = with_zeros(normal(5, 6))
    before = weight.clone()
    for reading in READINGS[1:]:
        read(weight, reading).add_(1)
    assert torch.equal(weight, before)


def test_an_unknown_reading_gets_the_list_of_the_right_ones():
    with pytest.raises(ValueError, match=f"unknown reading 'quiet': choose one of {', '.join(READINGS)}$"):
        read(normal(2, 2), "quiet")


@pytest.mark.parametrize("reading", READINGS)
def test_a_kernel_is_read_like_the_matrix_of_its_output_channels(reading):
    kernel = with_zeros(normal(5, 3, 2, 2))
    assert torch.equal(read(kernel, reading).flatten(1), read(kernel.flatten(1), reading))
