"""The paper's network: fully connected layers with one activation between them."""

from __future__ import annotations

from itertools import pairwise

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

#: The activations, and what PyTorch calls them.
ACTIVATIONS = {"relu": "ReLU", "sigmoid": "Sigmoid", "tanh": "Tanh"}


def mlp(inputs: int, hidden: tuple[int, ...], classes: int, activation: str = "relu") -> torch.nn.Sequential:
    """Layers of widths ``inputs``, ``*hidden``, ``classes``, in PyTorch's default initialisation.

    Takes inputs of shape (n, inputs) and gives logits of shape (n, classes). The paper ends with a
    LogSoftmax and trains by negative log-likelihood: the same as logits and cross-entropy.
    """
    check_choice("activation", activation, ACTIVATIONS)
    layers: list[torch.nn.Module] = []
    for before, after in pairwise((inputs, *hidden, classes)):
        layers += [torch.nn.Linear(before, after), getattr(torch.nn, ACTIVATIONS[activation])()]
    return torch.nn.Sequential(*layers[:-1])
