"""The numbers in the chapter on a model of your own."""

from weightprobes.book.notebook import percent, points
from weightprobes.book.prose import merged
from weightprobes.measures.character_layers import CharacterDiagnosis
from weightprobes.measures.cnn_layers import CnnCurves, CnnDiagnosis, CnnPlans
from weightprobes.measures.tagger_plans import TaggerDiagnosis, TaggerPlans
from weightprobes.models.cnn import CnnTraining
from weightprobes.models.finetuning import FineTuning
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
    return merged(told, _tagger(), _characters())


def _tagger() -> dict[str, str]:
    """Of the tagger, matrix by matrix and in plans."""
    recipe = TaggerDiagnosis(FineTuning())
    lost = recipe.table().set_index("layer")
    words, left = lost["word"].value_counts(), lost["information"].sort_values(ascending=False)
    worse = (lost["both"] - lost["scaled"]).idxmax()
    return {
        "tagger_sentences": f"{recipe.sentences:,}",
        "tagger_calibration": str(recipe.calibration),
        "tagger_matrices": str(len(lost)),
        "tagger_robust": str(words["robust"]),
        "tagger_scale": str(words["scale"]),
        "tagger_left": points(left.iloc[0]),
        "tagger_left_where": left.index[0],
        "tagger_left_next": points(left.iloc[1]),
        "tagger_worse": worse,
        "tagger_worse_both": points(lost.loc[worse, "both"]),
        "tagger_worse_scaled": points(lost.loc[worse, "scaled"]),
        **_plans(),
    }


def _plans() -> dict[str, str]:
    """Of the tagger within a point of F1: by the losses of single matrices, and of all at once."""
    told = {}
    rows = TaggerPlans(FineTuning()).table([0.01]).set_index("how")
    for how, row in rows.iterrows():
        told |= {
            f"{how}_layers": str(row["layers"]),
            f"{how}_share": percent(row["binarised"]),
            f"{how}_lost": points(row["loss"]),
            f"{how}_interval": bracketed(points(row["loss_low"]), points(row["loss_high"])),
        }
    return told


def _characters() -> dict[str, str]:
    """Of the language model of characters."""
    lost = CharacterDiagnosis().table().set_index("layer")
    refitted = lost["both"].dropna()
    return {
        "predicted": percent(lost["whole"].iloc[0]),
        "characters_least": points(lost["signs"].min()),
        "characters_most": points(lost["signs"].max()),
        "scaled_least": points(lost["scaled"].min()),
        "scaled_most": points(lost["scaled"].max()),
        "refitted_least": points(refitted.min()),
        "refitted_most": points(refitted.max()),
    }
