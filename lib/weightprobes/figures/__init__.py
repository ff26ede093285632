"""Table → figure. A figure function takes a table and returns what it drew; it neither loads nor shows."""

from weightprobes.figures.curves import curves, training
from weightprobes.figures.gaps import gaps, points
from weightprobes.figures.models import degrees, graph, receptive_fields, weights
from weightprobes.figures.nulls import mixing, null_models, null_models_as_published
from weightprobes.figures.style import style

__all__ = [
    "curves",
    "degrees",
    "gaps",
    "graph",
    "mixing",
    "null_models",
    "null_models_as_published",
    "points",
    "receptive_fields",
    "style",
    "training",
    "weights",
]
