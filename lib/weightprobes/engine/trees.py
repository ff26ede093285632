"""What a model is given and gives: its tensors, in tuples or mappings, watched, copied and told apart."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
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
    """Whether ``tree`` holds dense tensors, numbers and texts alone, which can be copied and told apart."""
    dense = lambda leaf: isinstance(leaf, torch.Tensor) and leaf.layout == torch.strided  # noqa: E731
    return all(dense(leaf) or isinstance(leaf, _PLAIN) for leaf in torch.utils._pytree.tree_leaves(tree))


def copied(tree: Any) -> Any:
    """``tree`` with tensors of its own."""
    return torch.utils._pytree.tree_map_only(torch.Tensor, lambda tensor: tensor.detach().clone(), tree)


class Hollow(RuntimeError):
    """Values were asked for where only a shape was kept."""


@cache
def _hollow() -> type[Tensor]:
    class Shape(torch.Tensor):
        """A tensor without values."""

        nbytes = 0

        @staticmethod
        def __new__(cls, like: Tensor) -> Tensor:
            about = dict(strides=like.stride(), dtype=like.dtype, device=like.device)
            return torch.Tensor._make_wrapper_subclass(cls, like.shape, **about)

        @classmethod
        def __torch_dispatch__(cls, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
            raise Hollow(f"{function} asks for values where only a shape was kept")

    return Shape


def hollow(tree: Any) -> Any:
    """``tree`` with nothing but the shapes, types and devices of its tensors."""
    return torch.utils._pytree.tree_map_only(torch.Tensor, _hollow(), tree)


def storages(tree: Any) -> set[int]:
    """Where the tensors in ``tree`` lie: two that share memory have the same place."""
    return {tensor.untyped_storage()._cdata for tensor in tensors(tree) if tensor.layout == torch.strided}


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
        if isinstance(leaf, torch.Tensor) and plain(leaf):
            found.update(str((leaf.dtype, tuple(leaf.shape))).encode())
            found.update(leaf.detach().cpu().contiguous().flatten().view(torch.uint8).numpy())
        else:
            found.update(repr(leaf).encode() if plain(leaf) else urandom(16))
    return found.digest()
