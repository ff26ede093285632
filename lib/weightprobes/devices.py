"""Where tensors are computed. Draws are made on the CPU: a device changes the speed, not the draws."""

from __future__ import annotations

from typing import Literal, get_args

from weightprobes.choices import check_choice
from weightprobes.lazy import torch

Device = Literal["auto", "cpu", "cuda", "mps"]

# The share of a GPU's free memory that one block may take: activations come twice, before and after.
SHARE = 0.4


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


def block(device: torch.device, each: int, on_cpu: int) -> int:
    """How many items of ``each`` bytes to compute at once: what fits into the device's free memory.

    The CPU takes ``on_cpu`` of them, however much memory it has: there, caches set the best size.
    """
    if device.type == "cpu":
        return on_cpu
    return max(1, int(SHARE * _free(device)) // each)


def _free(device: torch.device) -> int:
    """Bytes that are free on a GPU."""
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    free, _ = torch.cuda.mem_get_info(device)
    return free
