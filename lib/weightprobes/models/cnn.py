"""A small convolutional network with BatchNorm, of any data set of images, and its training."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from weightprobes.datasets import DATASETS
from weightprobes.lazy import torch
from weightprobes.models.progress import bar
from weightprobes.rng import generator
from weightprobes.tasks import Task


def cnn(shape: tuple[int, int], channels: tuple[int, ...], hidden: int, classes: int) -> torch.nn.Sequential:
    """Convolutions of 3 × 3 with so many ``channels``, each with BatchNorm, a ReLU and pooling, and two
    linear layers behind them.

    Takes images (n, 1, *shape) and gives logits (n, classes); layers are called ``conv1`` … ``head``.
    """
    nn, before = torch.nn, 1
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    for place, after in enumerate(channels, start=1):
        layers[f"conv{place}"] = nn.Conv2d(before, after, 3, padding=1, bias=False)
        layers[f"norm{place}"] = nn.BatchNorm2d(after)
        layers[f"relu{place}"] = nn.ReLU()
        layers[f"pool{place}"] = nn.MaxPool2d(2)
        before, shape = after, (shape[0] // 2, shape[1] // 2)
    layers["flatten"] = nn.Flatten()
    layers["dense"] = nn.Linear(before * shape[0] * shape[1], hidden)
    layers["relu"] = nn.ReLU()
    layers["head"] = nn.Linear(hidden, classes)
    return nn.Sequential(layers)


@dataclass(frozen=True)
class CnnTraining:
    """What makes a network of :func:`cnn`, apart from its seed: Adam, its rate annealed by a cosine."""

    task: Task
    channels: tuple[int, ...] = (16, 32, 64)
    hidden: int = 64
    epochs: int = 3
    batch: int = 128
    lr: float = 0.002

    @property
    def label(self) -> str:
        """For file names, like ``"fashion_mnist-cnn-16-32-64"``; not unique."""
        return f"{self.task.dataset}-cnn-{'-'.join(map(str, self.channels))}"

    def images(self, split: Literal["train", "test"]) -> tuple[torch.Tensor, torch.Tensor]:
        """Images (n, 1, height, width) and labels (n,)."""
        x, y = self.task.load(split)
        return x.unflatten(1, (1, *DATASETS[self.task.dataset].SHAPE)), y

    def train(self, seed: int) -> torch.nn.Sequential:
        """The network of this ``seed``, in evaluation mode; the global generator is left as it was."""
        x, y = self.images("train")
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            model = cnn(x.shape[2:], self.channels, self.hidden, len(self.task.classes))
        steps = self.epochs * -(-len(x) // self.batch)
        optimizer = torch.optim.Adam(model.parameters(), lr=self.lr)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
        order = generator("order of images", seed)
        for _ in bar(range(self.epochs), desc=f"train {self.label}", unit="epoch"):
            for chosen in torch.randperm(len(x), generator=order).split(self.batch):
                optimizer.zero_grad()
                torch.nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
                optimizer.step()
                schedule.step()
        return model.eval()
