"""Figure 5 and its supplement: the tagger (claims 26 to 29), where the authors' model has been measured."""

from functools import cache, partial

import numpy as np

from weightprobes.models.distilbert import paper_matrices
from weightprobes.paper import tagger_questions as questions
from weightprobes.paper import tagger_tables as study
from weightprobes.paper.claims.networks import Measures

_values = cache(questions.values)  # one reading of the tables for all of its numbers


def measured(quantity: str) -> np.ndarray | None:
    """None without tables of the authors' model."""
    model = study.measured()
    # one model, measured on all sentences as they did: there is nothing to resample
    return None if model is None else np.full(2, _values(model).loc[quantity, "value"])


SIMPLIFIED = ("signs only", "shuffled (A)", "shuffled within signs (B)", "half of its weights pruned")
QUANTITIES = [
    *(f"{site}, {how}" for how in SIMPLIFIED for site in paper_matrices(6)),
    "before the noisy matrix, least CKA",
    "block 1 lin1 noisy, CKA of the logits",
    "block 6 lin1 noisy, CKA of the logits",
    "block 6 lin2 noisy, CKA of the logits",
]
MEASURES: Measures = {quantity: partial(measured, quantity) for quantity in QUANTITIES}
