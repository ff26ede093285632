"""Table → figure. A figure function takes a table and returns what it drew; it neither loads nor shows."""

from weightprobes.figures.conditions import effects, offsets, readings
from weightprobes.figures.curves import curves, training
from weightprobes.figures.dials import dial
from weightprobes.figures.gaps import gaps, points
from weightprobes.figures.models import degrees, graph, receptive_fields, weights
from weightprobes.figures.nulls import mixing, null_models, null_models_as_published
from weightprobes.figures.pairs import against, correlation_map, intervals, pair_map
from weightprobes.figures.style import style

__all__ = [
    "against",
    "correlation_map",
    "curves",
    "degrees",
    "dial",
    "effects",
    "gaps",
    "graph",
    "intervals",
    "mixing",
    "null_models",
    "null_models_as_published",
    "offsets",
    "pair_map",
    "points",
    "readings",
    "receptive_fields",
    "style",
    "training",
    "weights",
]
