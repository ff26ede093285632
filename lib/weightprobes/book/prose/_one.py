"""The numbers about the one network, as each chapter on a probe begins with them."""

from collections.abc import Sequence

from weightprobes.book.notebook import percent
from weightprobes.paper import one
from weightprobes.probes import Probe


def numbers(probe: Probe, strengths: Sequence[float]) -> dict[str, str]:
    """``one_float, one_signs, one_refitted`` before the ``probe``; the best of its signs, ``one_best`` at
    ``one_best_at``; and what float weights and refitted signs have there."""
    accuracy = one.along(probe, strengths).pivot(index="strength", columns="reading", values="accuracy")
    best = accuracy["signs only"].idxmax()
    names = {"float": "float weights", "signs": "signs only", "refitted": "signs only, biases refitted"}
    told = {f"one_{name}": percent(accuracy[reading].iloc[0]) for name, reading in names.items()}
    return told | {
        "one_best": percent(accuracy.loc[best, "signs only"]),
        "one_best_at": f"{best:.2f}",
        "one_float_there": percent(accuracy.loc[best, "float weights"]),
        "one_refitted_there": percent(accuracy.loc[best, "signs only, biases refitted"]),
    }
