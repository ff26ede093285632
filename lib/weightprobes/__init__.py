"""Probes of trained networks' weights: how much of a task survives when the weights are simplified.

dataset → task → ensemble → probe → table → figure: each arrow is one function call. For any model and any
score: sensitivity, diagnose → plan → verify, report.
"""

import os
from importlib import import_module

__version__ = "0.1.0"

# PyTorch's threads wait for each other by spinning, and a busy machine then crawls: training took up to ten
# times as long. It reads this when it loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_HOMES = {
    "complexity_of": "measures.complexity_of",
    "sensitivity": "engine.sensitivity",
    "diagnose": "engine.diagnosis",
    "plan": "engine.planning",
    "verify": "engine.planning",
    "report": "engine.report",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    """What a user calls on data or a model of his own, loaded at its first use: it brings PyTorch."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
