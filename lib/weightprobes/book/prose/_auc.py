"""What binarised networks still tell apart, wherever the threshold is."""

from weightprobes.measures.thresholds import Thresholds
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD

_NAMES = {MNIST_HARD: "auc_hard", FASHION_HARD: "auc_fashion_hard"}


def numbers(*tasks: str) -> dict[str, str]:
    """The median AUC of twenty networks of each of the hard ``tasks``: ``auc_hard``, ``auc_fashion_hard``."""
    medians = Thresholds.of(*tasks).query("weights == 'sign'").groupby("task")["auc"].median()
    return {_NAMES[task]: f"{medians[task]:.3f}" for task in tasks}
