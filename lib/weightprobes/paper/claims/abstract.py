"""The abstract's last sentence: a measure whatever the data (claim 30)."""

import numpy as np
import pandas as pd

from weightprobes.measures.correlations import by_classes
from weightprobes.paper.any_data import ERROR, PUBLISHED, measures
from weightprobes.paper.claims.networks import Measures

#: The kinds of data, and the set of each that has pairs enough to rank.
RANKED = {
    "images of digits": "mnist",
    "small images": "digits",
    "strokes": "pendigits",
    "sound": "fsdd",
    "signals": "mnist1d",
    "clothes": "fashion_mnist",
    "letters": "letter",
    "text": "clinc150",
}


def ranked(*datasets: str) -> np.ndarray:
    """Spearman's ρ of the published gap and the float error over all pairs, and with the classes redrawn."""
    return by_classes(pd.concat([measures(dataset)[[PUBLISHED, ERROR]] for dataset in datasets]))


MEASURES: Measures = {
    f"ρ of gap and float error, {kind}": lambda dataset=dataset: ranked(dataset)
    for kind, dataset in RANKED.items()
} | {"ρ of gap and float error, all kinds pooled": lambda: ranked(*RANKED.values())}
