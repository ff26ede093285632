"""The numbers in the chapter on other kinds of data."""

import numpy as np
import pandas as pd

from weightprobes.book.notebook import percent, points, span
from weightprobes.book.prose import merged
from weightprobes.measures.any_data import DIGITS, KINDS, Pairs
from weightprobes.measures.difficulty import LINEAR
from weightprobes.paper import any_data as study
from weightprobes.paper import contest
from weightprobes.paper.any_data import BITS, ERROR, EXAMPLES, LSC, PREDICTED, PUBLISHED, RECOMMENDED
from weightprobes.paper.claims import abstract
from weightprobes.paper.words import fixed

ARENA = (*DIGITS, "fashion_mnist", "letter")
#: Of each gap, the ρ that the text tells: with what, and in which data.
RHO = {
    "published": ("error_letter", "error_fashion_mnist", "error_mnist", "error_pooled", "beyond_pooled"),
    "recommended": (
        *("error_letter", "beyond_letter", "examples_letter"),
        *("error_mnist", "error_pooled", "beyond_pooled"),
    ),
}
RANKED = [name for name in KINDS if name not in ("breast_cancer", "wine")]


def numbers() -> dict[str, str]:
    return merged(_senses(), _text(), _speakers(), _ranks(), _alike(), _contest(), of_claim())


def _senses() -> dict[str, str]:
    """What was predicted and what came, and the sets that the prose speaks of."""
    table = study.side_by_side(list(KINDS)).set_index("dataset")
    came = {name: study.outcome(name) for name in PREDICTED}
    right = {
        question: sum(
            getattr(told, question) == getattr(came[name], question) for name, told in PREDICTED.items()
        )
        for question in ("collapse", "unmoved", "untrained")
    }
    signal = study.of_networks("mnist1d").median(numeric_only=True)
    agreed = {name: table.loc[name, "agreement"] for name in ("mnist", "fsdd", "fashion_mnist")}
    agreed["small"] = table.loc[["digits", "pendigits", "letter", "mnist1d"], "agreement"].max()
    return {
        "commit": study.PREDICTED_IN,
        "pairs": str(table["pairs"].sum()),
        "sets": str(len(table)),
        "networks": str(Pairs("mnist").seeds),
        **{f"right_{question}": str(count) for question, count in right.items()},
        **{
            f"collapsed_{name}": percent(table.loc[name, "collapsed"])
            for name in ("mnist", "fsdd", "mnist1d")
        },
        **{
            f"level_{name}": f"{table.loc[name, 'level']:.1f}"
            for name in ("mnist", "digits", "letter", "mnist1d")
        },
        **{f"agreed_{name}": f"{value:.0f}" for name, value in agreed.items()},
        "gap_mnist": points(table.loc["mnist", "published"]),
        "gap_fsdd": points(table.loc["fsdd", "published"]),
        "centred_mnist": points(table.loc["mnist", "centred"]),
        "centred_fsdd": points(table.loc["fsdd", "centred"]),
        "largest_centred": points(table.drop(index="breast_cancer")["centred"].max()),
        "signal_float": percent(signal["published_float"]),
        "signal_trained": percent(1 - signal["error"]),
        "signal_gap": points(table.loc["mnist1d", "published"]),
        "signal_recommended": percent(signal["recommended_binarised"]),
    }


def _text() -> dict[str, str]:
    """Text, and the tables, in several scalings."""
    text = study.untrainable("clinc150").set_index("scaling")
    wine = study.untrainable("wine").set_index("scaling")
    return {
        "text_failed": percent(text.loc["symmetric", "failed"]),
        "text_level": f"{text.loc['symmetric', 'level']:.0f}",
        "text_dead": percent(text.loc["symmetric", "dead"]),
        "text_zero_error": percent(text.loc["unit", "error"]),
        "text_zero_gap": points(text.loc["unit", "published"]),
        "text_centred_error": percent(text.loc["centered", "error"]),
        "text_standard_error": percent(text.loc["standardized", "error"]),
        "wine_failed": percent(wine.loc["symmetric", "failed"]),
        "wine_error": percent(wine.loc["symmetric", "error"]),
        "wine_standard_error": percent(wine.loc["standardized", "error"]),
    }


def _speakers() -> dict[str, str]:
    """Sound, split by takes and by speakers."""
    takes, speakers = (study.of_networks(name) for name in ("fsdd", "fsdd_speakers"))
    return {
        "error_takes": percent(takes["error"].median()),
        "error_speakers": percent(speakers["error"].median()),
        "gap_speakers": points(study.gap(speakers, "recommended").median()),
        "gap_takes": points(study.gap(takes, "recommended").median()),
    }


def _ranks() -> dict[str, str]:
    """ρ of the gaps with what they should measure; and pairs with a gap of about 5 points."""
    short, told = {"error": ERROR, "examples": EXAMPLES, "beyond": contest.BEYOND}, {}
    for gap, word in ((PUBLISHED, "published"), (RECOMMENDED, "recommended")):
        rows = contest.of_gap(gap, RANKED).set_index(["dataset", "beside"])
        for name in RHO[word]:
            beside, _, dataset = name.partition("_")
            row = rows.loc[(dataset, short[beside])]
            told[f"{word}_{name}"] = f"{fixed(row['rho'], 2)} {span(row['low'], row['high'])}"
        above = rows.query("dataset != 'pooled'")["low"].gt(0).groupby("beside").sum()
        told |= {f"{word}_sure": str(above[ERROR]), f"{word}_beyond": str(above[contest.BEYOND])}
    same = contest.of_size(RECOMMENDED, RANKED).set_index("dataset")
    return told | {
        "ranked": str(len(RANKED)),
        "five_signal": percent(same.loc["mnist1d", ERROR]),
        "five_image": percent(same.loc["mnist", ERROR]),
        "five_sound": percent(same.loc["fsdd", ERROR]),
        "perfect": percent((study.measures("digits")[ERROR] == 0).mean()),
    }


def _alike() -> dict[str, str]:
    """Whether senses rank the same digits alike."""
    told = {}
    for measure, word in ((PUBLISHED, "gaps"), (ERROR, "errors")):
        rho = contest.senses(measure, DIGITS).corr(method="spearman").to_numpy()
        each = rho[np.triu_indices(len(rho), 1)]
        told |= {f"alike_{word}": fixed(np.median(each), 2), f"alike_{word}_most": fixed(each.max(), 2)}
    for gap, word in ((PUBLISHED, "published"), (RECOMMENDED, "recommended")):
        means = contest.own_and_others(gap, DIGITS)[["own", "others"]].mean()
        told |= {f"own_{word}": fixed(means["own"], 2), f"others_{word}": fixed(means["others"], 2)}
    return told | {"alike_predicted": f"{study.ALIKE:g}"}


def _contest() -> dict[str, str]:
    """The best of all that contend, and the gaps beside them."""
    told, free = {}, [PUBLISHED, RECOMMENDED, LINEAR, LSC, BITS]
    names = dict(zip(free, ("published", "recommended", "linear", "lsc", "bits"), strict=True))
    for to, word in ((ERROR, "error"), (EXAMPLES, "examples")):
        table = contest.table(to, ARENA)
        told |= {
            f"{word}_mean_{names[name]}": fixed(table.loc[name, "mean"], 2)
            for name in free
            if (word, name) != ("error", LSC)
        }
        told |= {
            f"{word}_sure_{names[name]}": f"{table.loc[name, 'sure']:.0f}"
            for name in (PUBLISHED, RECOMMENDED)
        }
        told[f"best_{word}"] = table["mean"].idxmax()
        told[f"best_{word}_predicted"] = study.PREDICTED_BEST[word]
    told |= {
        "examples_sure_lsc": f"{contest.table(EXAMPLES, ARENA).loc[LSC, 'sure']:.0f}",
        "arena": str(len(ARENA)),
    }
    seconds = contest.cost()["mnist"]
    return told | {
        "seconds_gap": f"{seconds[PUBLISHED]:.0f}",
        "seconds_linear": f"{seconds[LINEAR]:.1f}",
        "seconds_lsc": f"{seconds[LSC]:.1f}",
    }


def of_claim() -> dict[str, str]:
    """Of the kinds of data that can be ranked, how many there are, and which bear claim 30 out."""
    rho = pd.Series({kind: abstract.ranked(dataset)[0] for kind, dataset in abstract.RANKED.items()})
    return {"borne_out": ", ".join(rho[rho >= 0.5].index), "borne_out_of": str(rho.notna().sum())}
