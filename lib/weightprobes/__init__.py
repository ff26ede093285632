"""Probes of trained networks' weights: how much of a task survives when the weights are simplified.

dataset → task → ensemble → probe → table → figure: each arrow is one function call. For any data:
complexity_of. For any model and any score: sensitivity; diagnose → plan → verify, or verified_plan; report.
"""

import os
from typing import TYPE_CHECKING

from weightprobes.lazy import attributes

#: The only place that has it: the build reads it here.
__version__ = "0.2.0"

# PyTorch's threads wait for each other by spinning, and a busy machine then crawls: training took up to ten
# times as long. It reads this when it loads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

if TYPE_CHECKING:  # what editors and type checkers see
    from weightprobes.engine.diagnosis import diagnose
    from weightprobes.engine.planning import plan, verified_plan, verify
    from weightprobes.engine.report import report
    from weightprobes.engine.sensitivity import sensitivity
    from weightprobes.engine.settings import RECOMMENDED, Setting
    from weightprobes.engine.sweep import sweep, sweeps
    from weightprobes.measures.complexity import complexity
    from weightprobes.measures.complexity_of import complexity_of
    from weightprobes.models.ensembles import Ensemble
    from weightprobes.tasks import Task

__all__ = [
    "RECOMMENDED",
    "Ensemble",
    "Setting",
    "Task",
    "complexity",
    "complexity_of",
    "diagnose",
    "plan",
    "report",
    "sensitivity",
    "sweep",
    "sweeps",
    "verified_plan",
    "verify",
]

# loaded at their first use: they bring PyTorch
__getattr__ = attributes(
    __name__,
    {
        "RECOMMENDED": "engine.settings",
        "Ensemble": "models.ensembles",
        "Setting": "engine.settings",
        "Task": "tasks",
        "complexity": "measures.complexity",
        "complexity_of": "measures.complexity_of",
        "diagnose": "engine.diagnosis",
        "plan": "engine.planning",
        "report": "engine.report",
        "sensitivity": "engine.sensitivity",
        "sweep": "engine.sweep",
        "sweeps": "engine.sweep",
        "verified_plan": "engine.planning",
        "verify": "engine.planning",
    },
)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
