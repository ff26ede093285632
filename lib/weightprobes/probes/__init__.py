"""The probes: frozen dataclasses called as ``probe(weight, strength, rng)``; one file each.

See :class:`~weightprobes.probes.probe.Probe` for the laws that all of them obey, and
:func:`~weightprobes.probes.registry.register` for a probe of your own.
"""

from weightprobes.probes.binarize import Binarize
from weightprobes.probes.flip import Flip
from weightprobes.probes.noise import Noise
from weightprobes.probes.probe import Probe
from weightprobes.probes.prune import Prune
from weightprobes.probes.pruned import Pruned
from weightprobes.probes.registry import PROBES, named, register
from weightprobes.probes.shuffle import Shuffle

__all__ = [
    "PROBES",
    "Binarize",
    "Flip",
    "Noise",
    "Probe",
    "Prune",
    "Pruned",
    "Shuffle",
    "named",
    "register",
]
