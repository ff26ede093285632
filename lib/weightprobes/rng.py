"""The only source of randomness: every draw has an address."""

from hashlib import sha256

import torch


def generator(*key: object) -> torch.Generator:
    """A fresh CPU generator that depends only on ``key``, an address such as ``("weights", seed)``.

    Draws are made on the CPU, so that a GPU changes the speed and not the draws. PyTorch's Mersenne
    twister is seeded with 32 bits, so two addresses share a stream with probability 2⁻³².
    """
    digest = sha256(repr(key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:4], "big"))
