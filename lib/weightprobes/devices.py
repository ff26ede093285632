"""Where tensors are computed. Draws are made on the CPU: a device changes the speed, not the draws."""

from __future__ import annotations

from typing import Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

Device = Literal["auto", "cpu", "cuda", "mps"]

# The share of a GPU's free memory that one block may take: products and refits need some beside it.
SHARE = 0.4

# The bytes that one block may take on a CPU: the book's widest networks do not reach it.
CPU_BUDGET = 200 * 2**20


def chosen(name: Device = "auto") -> torch.device:
    """The device called ``name``; ``"auto"`` is a GPU where there is one, else the CPU.

    Raises ValueError, saying what is there, if the device is not.
    """
    check_choice("device", name, get_args(Device))
    there = [kind for kind, found in _found().items() if found]
    if name == "auto":
        return torch.device(there[0])
    if name not in there:
        raise ValueError(f"no device {name!r} here: choose one of auto, {', '.join(there)}")
    return torch.device(name)


def _found() -> dict[str, bool]:
    """The kinds of device, best first, and whether this machine has them."""
    return {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }


def budget(device: torch.device) -> int:
    """Bytes that the weights and activations of one block may take: a share of a GPU's free memory.

    A CPU's is always the same, however much memory it has: a block is cut alike on all machines.
    """
    return CPU_BUDGET if device.type == "cpu" else int(SHARE * _free(device))


def _free(device: torch.device) -> int:
    """Bytes that are free on a GPU."""
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    free, _ = torch.cuda.mem_get_info(device)
    return free
