"""The numbers in the chapter on a model of your own."""

from weightprobes.book.notebook import percent, points
from weightprobes.book.prose import merged
from weightprobes.measures.character_layers import CharacterDiagnosis
from weightprobes.measures.cnn_layers import CnnCurves, CnnDiagnosis, CnnPlans
from weightprobes.models.cnn import CnnTraining
from weightprobes.paper.words import bracketed
from weightprobes.tasks import Task

TRAINING = CnnTraining(Task("fashion_mnist", tuple(range(10)), "unit"))


def numbers() -> dict[str, str]:
    """Their text, by the names that the prose calls them by: of network 0, and one of network 1."""
    lost = CnnDiagnosis(TRAINING).table([0, 1]).set_index(["seed", "layer"])
    first, other = lost.loc[0, "conv1.weight"], lost.loc[1, "conv1.weight"]
    head = lost.loc[0, "head.weight"]
    plans = CnnPlans(TRAINING).table([0]).set_index("budget")
    some, most = plans.loc[0.05], plans.loc[0.2]
    curves = CnnCurves(TRAINING).table([0]).set_index("strength")
    signs = curves[(curves["layer"] == "conv1.weight") & (curves["weights"] == "sign")]["score"]
    told = {
        "accuracy": percent(first["accuracy"]),
        "first": points(first["signs"]),
        "first_scale": points(first["scale"]),
        "first_information": points(first["information"]),
        "other_information": points(other["information"]),
        "head": points(head["signs"]),
        "head_offset": points(head["offset"]),
        "planned": str(len(some["layers"].split(","))),
        "matrices": str(len(lost.loc[0])),
        "share": percent(some["binarised"]),
        "lost": points(some["loss"]),
        "lost_interval": bracketed(points(some["loss_low"]), points(some["loss_high"])),
        "expected": points(some["expected"]),
        "most_share": percent(most["binarised"]),
        "most_lost": points(most["loss"]),
        "most_expected": points(most["expected"]),
        "whole_signs": percent(signs[0.0]),
        "best_signs": percent(signs.max()),
        "best_at": f"{100 * signs.idxmax():.0f}\N{NO-BREAK SPACE}%",
    }
    return merged(told, _characters())


def _characters() -> dict[str, str]:
    """Of the language model of characters."""
    lost = CharacterDiagnosis().table().set_index("layer")
    refitted = lost["both"].dropna()
    return {
        "foretold": percent(lost["whole"].iloc[0]),
        "characters_least": points(lost["signs"].min()),
        "characters_most": points(lost["signs"].max()),
        "scaled_least": points(lost["scaled"].min()),
        "scaled_most": points(lost["scaled"].max()),
        "refitted_least": points(refitted.min()),
        "refitted_most": points(refitted.max()),
    }
