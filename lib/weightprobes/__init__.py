"""Probes of trained networks' weights: how much of a task survives when the weights are simplified.

dataset → task → ensemble → probe → table → figure: each arrow is one function call. For any model and any
score: sensitivity, diagnose → plan → verify, report.
"""

import os

__version__ = "0.1.0"

# PyTorch's threads wait for each other by spinning, and a busy machine then crawls: training took up to ten
# times as long. It reads this when it loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

_HOMES = {
    "sensitivity": "sensitivity",
    "diagnose": "diagnosis",
    "plan": "planning",
    "verify": "planning",
    "report": "report",
}

__all__ = [*_HOMES]


def __getattr__(name: str) -> object:
    """What a user of any model calls, loaded at its first use."""
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module 'weightprobes' has no attribute {name!r}")
    return getattr(import_module(f"weightprobes.engine.{_HOMES[name]}"), name)
