"""Every variant of every probe by its name, for run files and the command line."""

from typing import get_args

from weightprobes.probes.binarize import Binarize, Scale
from weightprobes.probes.flip import Flip
from weightprobes.probes.noise import Distribution, Noise
from weightprobes.probes.order import Order
from weightprobes.probes.probe import Probe
from weightprobes.probes.prune import Prune
from weightprobes.probes.pruned import Pruned
from weightprobes.probes.shuffle import NULLS, Shuffle

_ALL: list[Probe] = [
    *(Prune(order) for order in get_args(Order)),
    *(Flip(order) for order in get_args(Order)),
    *(Noise(distribution) for distribution in get_args(Distribution)),
    *(Binarize(scale) for scale in get_args(Scale)),
    *(Shuffle(null) for null in NULLS),
    *(Pruned(Shuffle(null)) for null in NULLS),
]

#: Like ``"prune-smallest"``: the names that tables have in their columns ``probe`` and ``variant``.
PROBES = {f"{probe.name}-{probe.variant}": probe for probe in _ALL}
