"""The paper's network: fully connected layers with one activation between them."""

from itertools import pairwise

from torch import nn

from weightprobes.choices import check_choice

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def mlp(inputs: int, hidden: tuple[int, ...], classes: int, activation: str = "relu") -> nn.Sequential:
    """Layers of widths ``inputs``, ``*hidden``, ``classes``, in PyTorch's default initialisation.

    Takes inputs of shape (n, inputs) and gives logits of shape (n, classes). The paper ends with a
    LogSoftmax and trains by negative log-likelihood: the same as logits and cross-entropy.
    """
    check_choice("activation", activation, ACTIVATIONS)
    layers: list[nn.Module] = []
    for before, after in pairwise((inputs, *hidden, classes)):
        layers += [nn.Linear(before, after), ACTIVATIONS[activation]()]
    return nn.Sequential(*layers[:-1])
