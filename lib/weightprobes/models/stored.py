"""Trained ensembles are safetensors files that carry the recipe that made them."""

from collections.abc import Sequence
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import tensor

from weightprobes import paths
from weightprobes.ensembles import Ensemble
from weightprobes.files import written_whole
from weightprobes.recipes import as_text, digest
from weightprobes.training import Training, train


class ModelsMismatch(ValueError):
    """A file holds something else than the ensemble it is named for."""


def trained(training: Training, seeds: Sequence[int]) -> Ensemble:
    """The models of these ``seeds``: the kept ones, and what they lack trained and kept.

    A few models of the paper's tasks are in ``data/checkpoints``; all that are trained here go to
    ``data/models``.
    """
    own, shipped = path_of(paths.MODELS, training), path_of(paths.CHECKPOINTS, training)
    for path in (own, shipped):
        if path.exists() and set(seeds) <= set((ensemble := load(path, training)).seeds):
            return ensemble.take(seeds)
    ensemble = load(own, training) if own.exists() else None
    missing = [seed for seed in seeds if ensemble is None or seed not in ensemble.seeds]
    made = train(training, missing)
    ensemble = made if ensemble is None else ensemble.join(made)
    save(own, ensemble, training)
    return ensemble.take(seeds)


def path_of(folder: Path, training: Training) -> Path:
    """Where ``folder`` keeps the ensemble that ``training`` makes."""
    return folder / f"{training.label}-{digest(training)}.safetensors"


def save(path: Path, ensemble: Ensemble, training: Training) -> None:
    """Write the weights, the biases and what training measured; whole or not at all."""
    tensors = {f"parameters/{name}": value for name, value in ensemble.parameters.items()}
    tensors |= {f"history/{name}": value for name, value in ensemble.history.items()}
    tensors |= {"failed": ensemble.failed, "seeds": tensor(ensemble.seeds)}
    with written_whole(path) as scratch:
        save_file(
            {name: value.contiguous() for name, value in tensors.items()},
            scratch,
            {"recipe": as_text(training)},
        )


def load(path: Path, training: Training) -> Ensemble:
    """The ensemble in ``path``; raises :class:`ModelsMismatch` unless ``training`` made it."""
    try:
        with safe_open(path, "pt") as file:
            found = (file.metadata() or {}).get("recipe", "no recipe")
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise ModelsMismatch(
            f"{path} is not a readable safetensors file ({error}): delete it, and it is made anew"
        ) from error
    if found != as_text(training):
        raise ModelsMismatch(
            f"{path} was made by another recipe ({found} instead of {as_text(training)}): "
            "delete it, and it is made anew"
        )

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
