"""The numbers in the chapter on DistilBERT: of our own tagger, whichever the chapter shows."""

import numpy as np
import pandas as pd

from weightprobes import paths
from weightprobes.book.notebook import points
from weightprobes.book.prose import merged
from weightprobes.engine.tagger_card import Card, Log
from weightprobes.models.finetuning import FineTuning
from weightprobes.paper import reference
from weightprobes.paper import tagger_questions as questions
from weightprobes.paper import tagger_tables as study
from weightprobes.paper.words import bracketed

OURS = FineTuning()
FIRST, LAST = "block 1 lin1", "block 6 lin1"
FINE = "{:.2f}".format


def numbers() -> dict[str, str]:
    return merged(_tuning(), _six_matrices(), _every_matrix(), _scale(), _similarities(), _cost(), _answers())


def _at(name: str, texts: pd.Series, *sites: str) -> dict[str, str]:
    """One quantity at these matrices, like ``sign_block_1_lin1``."""
    return {f"{name}_{site.replace(' ', '_')}": texts[site] for site in sites}


def _tuning() -> dict[str, str]:
    dev, f1 = Log(OURS).table().set_index("epoch")["dev_f1"], Card(OURS).table()["f1"].item()
    recipe = {name: f"{getattr(OURS, name):g}" for name in ("seed", "epochs", "batch", "lr")}
    scores = {"f1": points(f1), "f1_authors": points(reference.NER_F1), "dev": points(dev.max())}
    return {**recipe, **scores, "best": str(dev.idxmax())}


def _six_matrices() -> dict[str, str]:
    """What the paper's bars show, and the noise and the flips at which half of the F1 is gone."""
    claimed = study.claimed(OURS)
    gaps = questions.bars(claimed).pivot(index="site", columns="bar", values="gap")
    bars, within = gaps.map(points), gaps["within_sign"]
    theirs_signs = questions.authors_bars().query("bar == 'sign'").set_index("site")["gap"].map(points)
    ours, theirs = (table.query("weights == 'float'") for table in (study.curves(OURS), reference.ner()))
    sigma, sigma_theirs, flip = (
        questions.strength_at_half(table.query(f"probe == '{probe}'")).map(FINE)
        for table, probe in ((ours, "noise"), (theirs, "noise"), (ours, "flip"))
    )
    return {
        **_at("sign", bars["sign"], "position", FIRST, "block 1 lin2"),
        **_at("sign_theirs", theirs_signs, "block 1 lin2"),
        **_at("a", bars["random"], FIRST, "classifier"),
        **_at("b", bars["within_sign"], FIRST),
        "sign_late": points(gaps["sign"][[LAST, "block 6 lin2", "classifier"]].max()),
        "b_most": points(within.max()),
        "b_where": within.idxmax(),
        "half_most": points(claimed.query("strength == 0.5 and weights == 'float'")["gap"].max()),
        **_at("sigma", sigma, FIRST, LAST, "position", "classifier"),
        **_at("sigma_theirs", sigma_theirs, FIRST, LAST),
        **_at("flip", flip, FIRST),
    }


def _every_matrix() -> dict[str, str]:
    """Signs, and shuffles within signs, of every matrix on all sentences."""
    whole = study.whole(OURS).set_index("site")
    signs = whole.query("weights == 'sign' and strength == 0")
    within = whole.query("weights == 'float' and strength == 1")
    destroyed = signs[signs["gap"] > Card(OURS).table()["f1"].item() / 2]
    by_matrix = signs.query("1 <= block <= 6").groupby("matrix")["gap"].max()
    return {
        **_at("sign", by_matrix.map(points), "q", "k", "v"),
        **_at("b", within["gap"].map(points), "word", "block 2 lin1"),
        "matrices": str(len(signs)),
        "sentences": f"{whole['sentences'].iloc[0]:,}",
        "destroyed": str(len(destroyed)),
        "destroyed_blocks": str(destroyed.query("1 <= block <= 6")["block"].max()),
        "b_lin1": points(within.query("matrix == 'lin1'")["gap"].max()),
        "b_rest": points(within.query("matrix not in ('lin1', 'word')")["gap"].max()),
    }


def _scale() -> dict[str, str]:
    """The control: magnitudes and scale lost one without the other."""
    every = study.everywhere(OURS).set_index("site")
    control = every.query("probe == 'prune' and strength == 0")
    gaps = control.pivot(columns=["weights", "scale"], values="gap")
    plain, scaled, rescaled = gaps["sign", "unit"], gaps["sign", "own"], gaps["float", "unit"]
    worst = control.query("weights == 'sign' and scale == 'own'").loc[scaled.idxmax()]
    return {
        **_at("scaled", scaled.map(points), "block 2 lin1"),
        "sample": str(every["sentences"].iloc[0]),
        "spread": f"{control['spread'].groupby('site').first().median():.3f}",
        "plain_most": points(plain.max()),
        "rescaled_most": points(rescaled.max()),
        "row_most": points(gaps["sign", "row"].max()),
        "scaled_median": points(scaled.median()),
        "scaled_most": points(scaled.max()),
        "scaled_where": worst.name,
        "scaled_interval": bracketed(points(worst["gap_low"]), points(worst["gap_high"])),
        "agreement": FINE(rescaled.corr(plain, method="spearman")),
        "beyond": str((plain - rescaled > 0.2).sum()),
    }


def _similarities() -> dict[str, str]:
    """CKA with the least noise on one matrix, of words and of padded batches."""
    mine = study.similarities(OURS).query("probe == 'noise' and weights == 'float'")
    mine = mine[mine["strength"] == mine["strength"].min()]
    cka = mine.groupby(["padding", "place", "site"])[["biased", "unbiased"]].mean()
    theirs = reference.cka().query("probe == 'noise' and strength < 0.06").set_index(["place", "site"])["cka"]
    texts, apart = cka.map(FINE), (cka["biased"] - cka["unbiased"]).abs()
    return {
        **_at("logits", texts["unbiased"][False, "classifier"], FIRST, LAST),
        **_at("logits_theirs", theirs["classifier"].map(FINE), FIRST, LAST),
        "lin2_words": texts["biased"][False, "block 1 lin2", FIRST],
        "lin2_padded": texts["biased"][True, "block 1 lin2", FIRST],
        "estimators": FINE(apart[False].max()),
    }


def _cost() -> dict[str, str]:
    cost = pd.read_parquet(paths.BOOK / "ner_cost.parquet").set_index("site")
    blocks, classifier = cost.drop("classifier").sum(), cost.loc["classifier"]
    faster = blocks["straightforward"] / blocks["ours"]
    return {"faster": f"{faster:.1f}", "faster_classifier": f"{classifier['ratio']:.0f}"}


def _answers() -> dict[str, str]:
    """Of the numbers for which the paper's words give a range: how many lie in it, and which do not."""
    asked = questions.answers(OURS)
    asked = asked[np.isfinite(asked[["low", "high"]]).any(axis=1)]
    missed = asked.loc[~asked["holds"], "quantity"]
    held = len(asked) - len(missed)
    return {"asked": str(len(asked)), "held": str(held), "missed": "; ".join(missed) or "none"}
