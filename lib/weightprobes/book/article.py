"""The article, a replication report, from the tables: ``python -m weightprobes.book.article``.

It makes ``_build/article/article.pdf``. ``article/article.typ`` is the text, ``article/rescience.typ`` its
look. Every number and every table in the text is read from ``numbers.json``, which is written here from what
the book's pages show, and from its tables; captions are those of the book's figures. typst, in the extra
``article``, makes the PDF.
"""

import json
import re
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import matplotlib.pyplot as plt
import nbformat
import yaml
from matplotlib.figure import Figure

from weightprobes import figures, paths
from weightprobes.book import address, readme
from weightprobes.book.glued import glued
from weightprobes.engine.sweep import sweeps
from weightprobes.measures.thresholds import Margins
from weightprobes.models.finetuning import FineTuning
from weightprobes.models.training import Training
from weightprobes.paper import claims, tagger_tables
from weightprobes.paper.claims.networks import FASHION_HARD, MNIST_HARD
from weightprobes.probes import Prune, grids
from weightprobes.tasks import PAPER_TASKS, Task

SOURCE = paths.HOME / "article"
MADE = paths.HOME / "_build" / "article"

#: What the text calls the chapters' numbers by, and the notebooks that show them.
CHAPTERS = {
    "front": "book/index.ipynb",
    "claims": "notebooks/claims.ipynb",
    "why": "notebooks/boundary_conditions.ipynb",
    "pairs": "notebooks/task_complexity.ipynb",
    "tagger": "notebooks/distilbert.ipynb",
    "kinds": "notebooks/data_agnostic.ipynb",
    "pruning": "notebooks/pruning.ipynb",
    "noise": "notebooks/noise.ipynb",
    "flips": "notebooks/flips.ipynb",
    "nulls": "notebooks/randomization.ipynb",
    "differences": "book/differences.ipynb",
}

#: Figures: the notebook that shows each, and its name there.
FIGURES = {
    "pruning": ("book/index.ipynb", "fig-landing"),
    "margins": ("notebooks/boundary_conditions.ipynb", "fig-margins"),
    "scale": ("notebooks/distilbert.ipynb", "fig-distilbert-rescaled"),
}

#: What the figure of scale calls its panels.
SCALE = {
    ("sign", "unit"): "signs: larger,\nmagnitudes gone",
    ("float", "unit"): "own weights,\nlarger",
    ("sign", "own"): "signs × mean size:\nmagnitudes gone",
    ("sign", "row"): "signs × mean size\nof each row",
}


def numbers() -> dict[str, object]:
    """All that the text reads: what the pages tell, and what is read off the tables.

    To compute the pages' numbers again takes minutes; ``tests/test_prose.py`` holds each page to its module.
    """
    return {name: glued(paths.HOME / path) for name, path in CHAPTERS.items()} | tables()


def tables() -> dict[str, object]:
    """What is no chapter's: the recipe, the version, captions, and the report's tables, row by row."""
    return {
        "recipe": recipe(),
        "citation": citation(),
        "captions": captions(),
        "headlines": readme.headlines(),
        "verdicts": verdicts(),
        "datasets": datasets(),
    }


def recipe() -> dict[str, str]:
    """How the networks are made."""
    training = Training(Task.named(MNIST_HARD))
    return {
        "pixels": str(training.task.pixels),
        "hidden": "-".join(map(str, training.hidden)),
        "epochs": str(training.epochs),
        "batch": str(training.batch),
        "lr": f"{training.lr:g}",
    }


def citation() -> dict[str, str]:
    """Version and date as they are to be cited, and the repository's address, empty if there is none."""
    cited = yaml.safe_load((paths.HOME / "CITATION.cff").read_text(encoding="utf-8"))
    released = date.fromisoformat(str(cited["date-released"]))
    return {
        "version": cited["version"],
        "date": f"{released.day} {released:%B %Y}",
        "repository": address.repository(),
    }


def verdicts() -> list[dict[str, str]]:
    """Every claim, in order: its number, the paper's figure, the sentence, the verdict."""
    card = claims.scorecard()[["claim", "figure", "sentence", "verdict"]].astype(str)
    return card.to_dict("records")


def datasets() -> list[list[str]]:
    """Name, source and licence of each data set, of the table in ``data/README.md``."""
    text = (paths.HOME / "data" / "README.md").read_text(encoding="utf-8")
    table = text.partition("| dataset | source | licence |")[2].partition("\n\n")[0]
    rows = [re.split(r" ?\| ?", line.strip("| "))[:3] for line in table.splitlines()[2:]]
    # of the source, who it is from; where to find it is told there
    return [
        [name, re.split(r"[;:.] |(?<=\)), | at `", source, maxsplit=1)[0].replace("`", ""), of]
        for name, source, of in rows
    ]


def captions() -> dict[str, dict[str, str]]:
    """Caption and alternative text of each figure, as on its page."""
    told = {}
    for name, (path, label) in FIGURES.items():
        cells = nbformat.read(paths.HOME / path, as_version=4).cells
        shown = [cell.metadata.mystnb for cell in cells if "mystnb" in cell.metadata]
        (one,) = [one for one in shown if one.get("figure", {}).get("name") == label]
        told[name] = {"caption": one.figure.caption, "alt": one.image.alt}
    return told


def drawn() -> dict[str, Figure]:
    """The figures, by their names in the text."""
    pruned = sweeps(PAPER_TASKS, [Prune("smallest")], grids.PRUNE, seeds=100)
    control = tagger_tables.everywhere(FineTuning()).query("probe == 'prune' and strength == 0")
    return {
        "pruning": figures.curves(pruned, "fraction of weights removed, p"),
        "margins": figures.margins(Margins.of(MNIST_HARD, FASHION_HARD, seeds=1)),
        "scale": figures.by_block(control, SCALE),
    }


def write(folder: Path, told: dict[str, object]) -> None:
    """Write the figures into ``folder``, and what is ``told``, which the text reads, as ``numbers.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    figures.style()
    with plt.rc_context({"svg.hashsalt": "article"}):  # the same file for the same figure
        for name, figure in drawn().items():
            figure.savefig(folder / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    text = json.dumps(told, ensure_ascii=False, indent=1)
    (folder / "numbers.json").write_text(text, encoding="utf-8")


def typeset(folder: Path) -> Path:
    """The PDF of what :func:`write` wrote into ``folder``."""
    import typst  # only the article needs it

    pdf = folder / "article.pdf"
    # from the root of the disk on: the folder may lie anywhere
    typst.compile(SOURCE / "article.typ", output=pdf, root="/", sys_inputs={"made": folder.as_posix()})
    return pdf


def main() -> None:
    """What the module's docstring says."""
    try:
        paths.checkout()
    except ValueError as error:
        sys.exit(f"weightprobes: {error}")
    if not find_spec("typst"):
        sys.exit("weightprobes: the article needs typst: pip install 'weightprobes[article]'")
    write(MADE, numbers())
    print(f"written {typeset(MADE).relative_to(paths.HOME)}")


if __name__ == "__main__":
    main()
