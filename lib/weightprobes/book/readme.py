"""The README's scorecard and picture, made from the tables."""

import re
from hashlib import sha256
from pathlib import Path

import pandas as pd
from PIL import Image

from weightprobes import figures, paths
from weightprobes.book.notebook import points
from weightprobes.engine.bootstrap import interval, medians
from weightprobes.engine.settings import RECOMMENDED
from weightprobes.engine.sweep import sweeps
from weightprobes.measures.complexity import complexity
from weightprobes.measures.thresholds import Thresholds
from weightprobes.paper import claims
from weightprobes.paper.claims.networks import MNIST_HARD
from weightprobes.paper.words import bracketed, fixed
from weightprobes.probes import Prune, grids
from weightprobes.tasks import PAPER_TASKS

PICTURE = paths.HOME / "book" / "_static" / "pruning.png"

#: What the landing page and the chapter on the claims say, too.
VERDICTS = (
    "Of {} claims, in the authors' setting: {}. *Uncertain* means that every number lies in its range "
    "but not every 95 % interval does."
)

_MARKED = re.compile(r"(?<=<!-- scorecard -->\n).*?(?=<!-- /scorecard -->)", re.DOTALL)

#: The quantities that the README shows, all of a hundred networks, and their names there.
HEADLINES = {
    "MNIST easy, signs": "MNIST 0 vs 7 (easy), binarised",
    "MNIST hard, signs": "MNIST 7 vs 9 (hard), binarised",
    "MNIST hard, signs: best accuracy": "MNIST 7 vs 9 (hard), pruned and binarised, at best",
    "MNIST hard, signs: p where 75 % is crossed": "… fraction removed where it crosses 75 %",
    "Fashion easy, gap": "Fashion easy, lost by binarisation",
    "Fashion hard, gap": "Fashion hard, lost by binarisation",
}

#: The tasks whose gap is told once more, after the repair, in twenty networks.
REFITTED = {
    "mnist/7-9": "MNIST hard, lost by binarisation once the biases are refitted",
    "fashion_mnist/3-1": "Fashion hard, lost by binarisation once the biases are refitted",
}


def headlines() -> list[list[str]]:
    """Rows of the scorecard: what is measured, networks, ours, its 95 % interval, the authors'."""
    words = claims.formatted(claims.answers()).set_index("quantity")[["ours", "95 % interval", "authors'"]]
    rows = [[name, "100", *words.loc[quantity]] for quantity, name in HEADLINES.items()]
    rows.insert(2, _auc())
    for task, name in REFITTED.items():
        found = complexity(task, setting=RECOMMENDED).set_index("simplification").loc["binarised"]
        ours, *ends = (points(found[part]) for part in ("gap", "gap_low", "gap_high"))
        rows.append([name, "20", f"{ours} points", bracketed(*ends), "–"])
    return rows


def _auc() -> list[str]:
    """What the binarised hard task still tells apart, in the first twenty networks."""
    signs = Thresholds.of(MNIST_HARD).query("weights == 'sign'")["auc"].to_numpy()
    auc = medians(signs[:, None])[:, 0]
    ends = (fixed(end, 3) for end in interval(auc[1:]))
    return ["… and its AUC, whatever the threshold", "20", fixed(auc[0], 3), bracketed(*ends), "–"]


def scorecard() -> str:
    """The block between the README's marks, in Markdown."""
    rows = [
        f"| {name} | {networks} | {ours} {interval} | {authors} |"
        for name, networks, ours, interval, authors in headlines()
    ]
    head = ["| median accuracy | networks | ours [95 % interval] | authors' |", "|---|---|---|---|"]
    card = claims.scorecard()
    return "\n".join([VERDICTS.format(len(card), claims.tally(card)), "", *head, *rows]) + "\n"


def with_scorecard(text: str) -> str:
    """The README ``text`` with the scorecard of today's tables."""
    return _MARKED.sub(lambda _: scorecard(), text)


def shown() -> pd.DataFrame:
    """What the picture shows: a hundred networks a task, pruned."""
    return sweeps(PAPER_TASKS, [Prune("smallest")], grids.PRUNE, seeds=100)


def digest(table: pd.DataFrame) -> str:
    """Of the accuracies that a picture shows."""
    return sha256(table["accuracy"].to_numpy().tobytes()).hexdigest()[:16]


def told(picture: Path) -> str:
    """The digest that a picture of :func:`draw` carries; empty if there is none."""
    if not picture.exists():
        return ""
    with Image.open(picture) as opened:
        return opened.info.get("Source", "")


def draw(table: pd.DataFrame, picture: Path) -> None:
    """Draw it as PNG, which every reader of a README shows, with the digest of what it shows."""
    figures.style()
    figure = figures.curves(table, "fraction of weights removed, p")
    figure.savefig(picture, bbox_inches="tight", metadata={"Source": digest(table), "Software": None})


def refresh() -> None:
    """Bring both in step with the tables; a picture that shows them is left as it is."""
    path = paths.checkout() / "README.md"
    path.write_text(with_scorecard(path.read_text()))
    table = shown()
    if told(PICTURE) != digest(table):
        draw(table, PICTURE)
