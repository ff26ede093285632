"""Trained ensembles are safetensors files that carry the recipe that made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from safetensors import SafetensorError, safe_open

from weightprobes.devices import Device
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import safetensors_torch, torch
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training, train
from weightprobes.tables.files import written_whole
from weightprobes.tables.noted import note
from weightprobes.tables.parts import Damaged, Files, check_recipe
from weightprobes.tables.recipe import Part, Recipe
from weightprobes.tables.recipes import as_text
from weightprobes.tasks import Task


@dataclass(frozen=True)
class Networks:
    """The networks of a ``training``, as a run makes them: see :class:`~weightprobes.tables.recipe.Part`."""

    training: Training
    by: ClassVar[str] = "seed"

    @property
    def name(self) -> str:
        """For people."""
        return f"train/{self.training.label}"

    @property
    def files(self) -> Files:
        """Where they are kept: ours, and a few of the paper's tasks in ``data/checkpoints``."""
        return Files.of_models(self.training.label, self.training)

    def needs(self, seeds: Sequence[int]) -> None:
        """Nothing."""

    def keep(self, seeds: Sequence[int], device: Device = "cpu") -> None:
        """Train those of these ``seeds`` that are missing."""
        trained(self.training, seeds, device)


class OfNetworks(Recipe):
    """A recipe of a table about the networks of a ``training``, in a ``folder`` of its own."""

    training: Training
    folder: ClassVar[str]

    @property
    def name(self) -> str:
        return f"{self.folder}/{self.training.label}"

    def columns(self) -> dict[str, object]:
        return self.training.dials()

    def needs(self, seeds: Sequence[int]) -> Part:
        return Part.of(Networks(self.training), seeds)

    @classmethod
    def of(cls, *tasks: str, seeds: int = 20, **fields: Any) -> pd.DataFrame:
        """The table of the first ``seeds`` of the paper's networks for each of ``tasks``, as one.

        Of the recipe's other ``fields``, those that are not given have their default.
        """
        recipes = [cls(Training(Task.named(task)), **fields) for task in tasks]
        return pd.concat([recipe.table(range(seeds)) for recipe in recipes], ignore_index=True)


def trained(training: Training, seeds: Sequence[int], device: Device = "cpu") -> Ensemble:
    """The models of these ``seeds``: the kept ones, and what they lack trained on ``device`` and kept.

    A few models of the paper's tasks are in ``data/checkpoints``; all that are trained here go to
    ``data/models``, in one more part each time. A damaged part is made anew, with a warning.
    """
    files = Networks(training).files
    note(files, training, seeds)
    found: list[Ensemble] = []
    missing = list(seeds)
    for ensemble in files.read(lambda path: load(path, training), seeds):
        there = [seed for seed in missing if seed in ensemble.seeds]
        found += [ensemble.take(there)] if there else []
        missing = [seed for seed in missing if seed not in there]
        if not missing:
            break
    else:
        found.append(train(training, missing, device))
        save(files.part(missing), found[-1], training)
    return reduce(Ensemble.join, found).take(seeds)


def save(path: Path, ensemble: Ensemble, training: Training) -> None:
    """Write the weights, the biases and what training measured; whole or not at all."""
    tensors = {f"parameters/{name}": value for name, value in ensemble.parameters.items()}
    tensors |= {f"history/{name}": value for name, value in ensemble.history.items()}
    tensors |= {"failed": ensemble.failed, "seeds": torch.tensor(ensemble.seeds)}
    with written_whole(path) as scratch:
        content = {name: value.contiguous() for name, value in tensors.items()}
        # a tensor like the others: safetensors would shuffle two entries of metadata
        content["content"] = _fingerprint(content)
        scratch.write_bytes(safetensors_torch.save(content, {"recipe": as_text(training)}))


def load(path: Path, training: Training) -> Ensemble:
    """The ensemble in ``path``; raises :class:`~weightprobes.tables.parts.Mismatch` unless it is whole, and
    ``training`` made it."""
    tensors, found = sound(path)
    check_recipe(path, found, training)
    module = training.build()
    kind = "history/"
    return Ensemble(
        module,
        # safetensors sorts names; layers come in the module's order
        {name: tensors[f"parameters/{name}"] for name, _ in module.named_parameters()},
        tuple(tensors["seeds"].tolist()),
        tensors["failed"],
        {name.removeprefix(kind): value for name, value in tensors.items() if name.startswith(kind)},
    )


def sound(path: Path) -> tuple[dict[str, torch.Tensor], str]:
    """The tensors in ``path`` and their recipe's text; raises :class:`Damaged` if they are damaged."""
    try:
        with safe_open(path, "pt") as file:
            recipe = (file.metadata() or {}).get("recipe", "no recipe")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise Damaged(
            f"{path} is not a readable safetensors file ({error}): delete it, and it is made anew"
        ) from error
    content = tensors.pop("content", None)
    if content is not None and not torch.equal(content, _fingerprint(tensors)):
        raise Damaged(f"{path} is damaged, values have changed: delete it, and it is made anew")
    return tensors, recipe


def _fingerprint(tensors: dict[str, torch.Tensor]) -> torch.Tensor:
    """A digest of all values: safetensors has no checksum. Files that are older than it go without."""
    values = sha256()
    for name in sorted(tensors):
        values.update(name.encode() + tensors[name].numpy().tobytes())
    return torch.tensor(list(values.digest()), dtype=torch.uint8)
