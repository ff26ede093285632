"""What a model computes beside its numbers: models of one ensemble must agree on it."""

from __future__ import annotations

from weightprobes.lazy import torch

# What changes no answer: whether a model is being trained, for an ensemble is asked, and where Hugging Face
# found it.
_IDLE = ("training", "name_or_path")


def state(model: torch.nn.Module) -> dict[str, torch.Tensor]:
    """The parameters of ``model``, and its buffers, such as the running means of a normalisation, by name."""
    return {**dict(model.named_parameters()), **dict(model.named_buffers())}


def check_alike(first: torch.nn.Module, other: torch.nn.Module) -> None:
    """Raise ValueError, naming a difference, unless both compute the same from the same :func:`state`.

    Compared are the kind of every module, its public attributes that are plain values, functions or
    tensors, like the slope of an activation or a number of heads, and the shapes and types of the state.
    """
    ours, theirs = _architecture(first), _architecture(other)
    for name in {**ours, **theirs}:
        one, another = ours.get(name, "missing"), theirs.get(name, "missing")
        if one != another:
            raise ValueError(
                f"models of one ensemble are built alike, but {name} is {one:.60} in one of these and "
                f"{another:.60} in another: make an ensemble of each kind, or set it alike"
            )


def _architecture(model: torch.nn.Module) -> dict[str, str]:
    found = {name: f"{value.dtype} {tuple(value.shape)}" for name, value in state(model).items()}
    for path, module in model.named_modules():
        found[path or "the model"] = type(module).__qualname__
        for name, value in vars(module).items():
            if not name.startswith("_") and name not in _IDLE and (told := _told(value)):
                found[f"{path}.{name}".lstrip(".")] = told
    return found


def _told(value: object) -> str | None:
    if isinstance(value, torch.Tensor):
        return repr(value.tolist())
    if callable(value):
        return getattr(value, "__qualname__", type(value).__qualname__)
    # what else hangs on a module, like a list of losses, is its maker's business
    return repr(value) if isinstance(value, (bool, int, float, str, tuple)) else None
