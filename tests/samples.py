"""Weights and probes that several tests ask about."""

import os
from typing import get_args

import pytest
import torch
from hypothesis import strategies as st
from torch import Tensor

from weightprobes import probes
from weightprobes.datasets import loading
from weightprobes.datasets.files import DatasetMissing
from weightprobes.datasets.loading import Split
from weightprobes.probes.order import Order
from weightprobes.rng import generator

ORDERS = get_args(Order)

#: Every registered probe that obeys the laws; ``Pruned`` has laws of its own.
PROBES = [probe for probe in probes.PROBES.values() if not isinstance(probe, probes.Pruned)]

needs_mnist = pytest.mark.skipif(
    "WEIGHTPROBES_DATA" not in os.environ, reason="WEIGHTPROBES_DATA is not set: no MNIST and Fashion-MNIST"
)


def loaded(name: str, split: str) -> Split:
    """A split of a data set; skips the test where its data are not to be had."""
    at_hand = ("breast_cancer", "digits", "mnist1d", "wine")
    if name not in at_hand and "WEIGHTPROBES_DATA" not in os.environ:
        pytest.skip(f"WEIGHTPROBES_DATA is not set: no {name}")
    try:
        return loading.load(name, split)
    except DatasetMissing as error:
        pytest.skip(str(error))


def normal(*shape: int) -> Tensor:
    """Normal weights, always the same for a shape, and none of them zero."""
    return torch.randn(shape, generator=generator("normal weights", shape))


def with_zeros(weight: Tensor) -> Tensor:
    """``weight`` with zeros, its first entry and every third after it."""
    weight = weight.clone()
    weight.view(-1)[::3] = 0
    return weight


@st.composite
def weights(draw) -> Tensor:
    """Matrices and biases of up to 12 × 12; some with many zeros and equal magnitudes."""
    side = st.integers(1, 12)
    shape = draw(st.tuples(side) | st.tuples(side, side))
    rng = torch.Generator().manual_seed(draw(st.integers(0, 2**32 - 1)))
    weight = torch.randn(shape, generator=rng)
    return weight.round() if draw(st.booleans()) else weight
