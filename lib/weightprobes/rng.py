"""The only source of randomness: every draw has an address."""

from __future__ import annotations

from hashlib import sha256
from numbers import Integral

from weightprobes.lazy import torch


def generator(*key: object) -> torch.Generator:
    """A fresh CPU generator that depends only on ``key``, an address such as ``("weights", seed)``.

    Draws are made on the CPU, so that a GPU changes the speed and not the draws. PyTorch's Mersenne
    twister is seeded with 32 bits, so two addresses share a stream with probability 2⁻³².
    """
    # numpy's 3 and Python's are one address
    plain = tuple(int(part) if isinstance(part, Integral) else part for part in key)
    digest = sha256(repr(plain).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "big"))
