"""Table → figure. A figure function takes a table and returns what it drew, beside the authors' numbers where
they published some; it shows nothing."""

from weightprobes.figures.any_data import by_level, by_set
from weightprobes.figures.conditions import offsets, readings
from weightprobes.figures.curves import curves, training
from weightprobes.figures.dials import dial
from weightprobes.figures.explanation import along, cuts, growth, margins
from weightprobes.figures.gaps import gaps, points
from weightprobes.figures.layers import parts, strengths
from weightprobes.figures.models import degrees, firing, receptive_fields, weights
from weightprobes.figures.nulls import mixing, null_models, null_models_as_published
from weightprobes.figures.one import one
from weightprobes.figures.pairs import against, correlation_map, intervals, pair_map
from weightprobes.figures.probes import probes
from weightprobes.figures.style import style
from weightprobes.figures.tagger_matrices import bars, block_map, by_block, cka_map, site_curves

__all__ = [
    "against",
    "along",
    "bars",
    "block_map",
    "by_block",
    "by_level",
    "by_set",
    "cka_map",
    "correlation_map",
    "curves",
    "cuts",
    "degrees",
    "dial",
    "firing",
    "gaps",
    "growth",
    "intervals",
    "margins",
    "mixing",
    "null_models",
    "null_models_as_published",
    "offsets",
    "one",
    "pair_map",
    "parts",
    "points",
    "probes",
    "readings",
    "receptive_fields",
    "site_curves",
    "strengths",
    "style",
    "training",
    "weights",
]
