"""The paper's training, for a whole ensemble of seeds at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from numbers import Integral

from tqdm import tqdm

from weightprobes import devices
from weightprobes.choices import check_choice
from weightprobes.devices import Device
from weightprobes.lazy import torch
from weightprobes.models.ensembles import Ensemble, accuracy, logits
from weightprobes.models.mlp import ACTIVATIONS, mlp
from weightprobes.models.progress import bar
from weightprobes.rng import generator
from weightprobes.tasks import Task

# Models trained in one stack: large enough for the matrix products, small enough for the caches.
STACK = 50

# Letters of a task's name in a file's: what is longer may be too long for a disk.
LONGEST = 100

# A training failed when its last epoch's accuracy is within this of always answering one class.
MARGIN = 0.05


@dataclass(frozen=True)
class Training:
    """What makes an ensemble, apart from its seeds; the defaults are the paper's (spec of its code).

    ``hidden`` are the widths of the hidden layers; ``lr`` is Adam's first learning rate, annealed by
    a cosine once an epoch; ``batch`` is the number of images a step; ``weight_decay`` is Adam's L2
    penalty. Two dials of difficulty: ``label_noise``, the probability that a training label is replaced
    by a wrong one; ``images``, training images per class at most, all if None, shown again and again so
    that the number of steps stays the same.
    """

    task: Task
    hidden: tuple[int, ...] = (64,)
    activation: str = "relu"
    epochs: int = 10
    batch: int = 128
    lr: float = 0.01
    weight_decay: float = 0.0
    label_noise: float = 0.0
    images: int | None = None

    def __post_init__(self) -> None:
        check_choice("activation", self.activation, ACTIVATIONS)
        for name, number in (("epochs", self.epochs), ("batch", self.batch)):
            if not isinstance(number, Integral) or number < 1:
                raise ValueError(f"{name} {number!r} is no whole number from 1 up: give one")
        if not 0 < self.lr < math.inf:
            raise ValueError(f"learning rate {self.lr} is not positive and finite: give one like 0.01")
        if not 0 <= self.label_noise < 1:
            raise ValueError(f"label noise {self.label_noise} is no share of labels from 0 to below 1")
        if self.images is not None and (self.images < 1 or self.images != int(self.images)):
            raise ValueError(f"{self.images} is no number of training images per class: give 1 or more")
        if not 0 <= self.weight_decay < math.inf:
            raise ValueError(f"weight decay {self.weight_decay} is negative or not finite: give 0 or more")
        if not self.hidden or min(self.hidden) < 1:
            raise ValueError(f"hidden widths {self.hidden} are not one or more positive numbers")

    def columns(self) -> dict[str, str]:
        """The columns that name this training in every table's file."""
        return {
            "dataset": self.task.dataset,
            "task": self.task.name,
            "scaling": self.task.scaling,
            "activation": self.activation,
            "hidden": "-".join(map(str, self.hidden)),
        }

    def dials(self) -> dict[str, object]:
        """The columns that tell it from other trainings of that name; they join a table when it is read."""
        names = ("epochs", "batch", "lr", "weight_decay", "label_noise")
        return {name: getattr(self, name) for name in names} | {"images": str(self.images or "all")}

    @property
    def label(self) -> str:
        """For file names, like ``"mnist_7-9-relu-64"``; not unique."""
        task = self.task.name.replace("/", "_")
        if len(task) > LONGEST:
            task = f"{self.task.dataset}_{len(self.task.classes)}-classes"
        return f"{task}-{self.activation}-{'-'.join(map(str, self.hidden))}"

    def build(self) -> torch.nn.Module:
        """One network of this kind."""
        return mlp(self.task.pixels, self.hidden, len(self.task.classes), self.activation)


def train(training: Training, seeds: Sequence[int], device: Device = "cpu") -> Ensemble:
    """Train one model per seed; its first weights and the order of its images depend on the seed alone.

    The state after the last step is kept, as in the authors' code, not the best one. All draws are made
    on the CPU, wherever the products are computed; the ensemble comes back to it.
    """
    place = devices.chosen(device)
    stacks = [seeds[first : first + STACK] for first in range(0, len(seeds), STACK)]
    what = f"train {training.task.name}"
    with bar(total=len(stacks) * training.epochs, desc=what, unit="epoch") as progress:
        ensembles = [_train_stack(training, stack, progress, place) for stack in stacks]
    return reduce(Ensemble.join, ensembles)


def _train_stack(training: Training, seeds: Sequence[int], progress: tqdm, place: torch.device) -> Ensemble:
    x, labels = training.task.load("train")
    test_x, test_y = (part.to(place) for part in training.task.load("test"))
    start = Ensemble.of([untrained(training, seed) for seed in seeds])
    parameters = {name: value.clone().to(place).requires_grad_() for name, value in start.parameters.items()}
    # Not fused: fused Adam rounds differently with the stack's size, and a seed must not notice its company.
    optimizer = torch.optim.Adam(
        parameters.values(), lr=training.lr, weight_decay=training.weight_decay, fused=False
    )
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=training.epochs)
    orders = [generator("order of images", seed) for seed in seeds]
    chosen = [_chosen(labels, training.images, seed) for seed in seeds]
    y = torch.stack([_mislabelled(labels, training.label_noise, seed) for seed in seeds]).to(place)
    x = x.to(place)
    history: dict[str, list[torch.Tensor]] = {"loss": [], "train_accuracy": [], "test_accuracy": []}
    for _ in range(training.epochs):
        order = torch.stack([_epoch(*one, len(x)) for one in zip(chosen, orders, strict=True)]).to(place)
        loss, right = torch.zeros(2, len(seeds), device=place)
        for batch in order.split(training.batch, dim=1):
            answers = logits(start.module, parameters, x[batch], own=True)
            wanted = y.gather(1, batch)
            losses = torch.nn.functional.cross_entropy(
                answers.transpose(1, 2), wanted, reduction="none"
            ).mean(1)
            optimizer.zero_grad()
            losses.sum().backward()  # no model's loss depends on another's weights
            optimizer.step()
            loss += losses.detach() * batch.shape[1]
            right += (answers.argmax(-1) == wanted).sum(1)
        schedule.step()
        history["loss"].append((loss / len(x)).cpu())
        history["train_accuracy"].append((right / len(x)).cpu())
        history["test_accuracy"].append(accuracy(start.module, parameters, test_x, test_y).float())
        progress.update()
    measured = {name: torch.stack(values, dim=1) for name, values in history.items()}
    failed = measured["train_accuracy"][:, -1] < max(training.task.shares("train")) + MARGIN
    trained = {name: value.detach().cpu() for name, value in parameters.items()}
    return Ensemble(start.module, trained, tuple(seeds), failed, measured)


def untrained(training: Training, seed: int) -> torch.nn.Module:
    """One network of this kind as the seed called ``seed`` begins with it."""
    # PyTorch's own initialisation draws from its global generator, which is borrowed and given back.
    with torch.random.fork_rng(devices=[]):
        torch.set_rng_state(generator("first weights", seed).get_state())
        return training.build()


def _chosen(labels: torch.Tensor, images: int | None, seed: int) -> torch.Tensor:
    """The places of the training images that the model called ``seed`` sees."""
    if images is None:
        return torch.arange(len(labels))
    shuffled = torch.randperm(len(labels), generator=generator("training images", seed))
    classes = [shuffled[labels[shuffled] == label][:images] for label in labels.unique()]
    return torch.cat(classes)


def _mislabelled(labels: torch.Tensor, share: float, seed: int) -> torch.Tensor:
    """``labels`` with a ``share`` of them moved to another class, chosen uniformly."""
    if share == 0:
        return labels
    rng = generator("label noise", seed)
    classes = int(labels.max()) + 1
    wrong = torch.rand(len(labels), generator=rng) < share
    step = torch.randint(1, classes, labels.shape, generator=rng)
    return labels.where(~wrong, (labels + step) % classes)


def _epoch(chosen: torch.Tensor, rng: torch.Generator, total: int) -> torch.Tensor:
    """The ``chosen`` images in random order, again and again until there are ``total``."""
    rounds = math.ceil(total / len(chosen))
    return torch.cat([chosen[torch.randperm(len(chosen), generator=rng)] for _ in range(rounds)])[:total]
