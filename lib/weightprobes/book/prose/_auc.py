"""What binarised networks still tell apart, wherever the threshold is."""

from weightprobes.book.prose import NAMES
from weightprobes.measures.thresholds import Thresholds


def numbers(*tasks: str) -> dict[str, str]:
    """The median AUC of twenty networks of each of the hard ``tasks``: ``auc_hard``, ``auc_fashion_hard``."""
    medians = Thresholds.of(*tasks).query("weights == 'sign'").groupby("task")["auc"].median()
    return {f"auc_{NAMES[task]}": f"{medians[task]:.3f}" for task in tasks}
