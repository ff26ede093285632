"""Probes of trained networks' weights: how much of a task survives when the weights are simplified.

dataset → task → ensemble → probe → table → figure: each arrow is one function call.
"""

import os
from typing import Any

__version__ = "0.1.0"

# PyTorch's threads wait for each other by spinning, and a busy machine then crawls: training took up to ten
# times as long. It reads this when it loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")


def __getattr__(name: str) -> Any:
    if name == "complexity_of":  # not before it is asked for: it brings PyTorch
        from weightprobes.measures.report import complexity_of

        return complexity_of
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
