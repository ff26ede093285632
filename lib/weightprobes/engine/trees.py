"""What a model is given and gives: its tensors, in tuples or mappings, watched, copied and told apart."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from os import urandom
from typing import TYPE_CHECKING, Any

from weightprobes.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

# what is told apart by how it is written
_PLAIN = bool | int | float | str | bytes | None


def tensors(tree: Any) -> list[Tensor]:
    """The tensors in ``tree``."""
    return [leaf for leaf in torch.utils._pytree.tree_leaves(tree) if isinstance(leaf, torch.Tensor)]


def plain(tree: Any) -> bool:
    """Whether ``tree`` holds tensors, numbers and texts alone, so that it can be copied and told apart."""
    return all(isinstance(leaf, torch.Tensor | _PLAIN) for leaf in torch.utils._pytree.tree_leaves(tree))


def copied(tree: Any) -> Any:
    """``tree`` with tensors of its own."""
    copy = lambda leaf: leaf.detach().clone() if isinstance(leaf, torch.Tensor) else leaf  # noqa: E731
    return torch.utils._pytree.tree_map(copy, tree)


def watched(tree: Any) -> Callable[[], bool]:
    """A function that says whether the tensors in ``tree`` are still what they were."""
    given = tensors(tree)
    if any(tensor.is_inference() for tensor in given):  # without a version
        copies = [tensor.clone() for tensor in given]
        return lambda: all(torch.equal(*both) for both in zip(given, copies, strict=True))
    versions = [tensor._version for tensor in given]
    return lambda: [tensor._version for tensor in given] == versions


def digest(tree: Any) -> bytes:
    """A digest of the values in ``tree`` and their places; another each time if it is not :func:`plain`."""
    leaves, structure = torch.utils._pytree.tree_flatten(tree)
    found = sha256(repr(structure).encode())
    for leaf in leaves:
        if isinstance(leaf, torch.Tensor):
            found.update(str((leaf.dtype, tuple(leaf.shape))).encode())
            found.update(leaf.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        else:
            found.update(repr(leaf).encode() if plain(leaf) else urandom(16))
    return found.digest()
