"""The article: its PDF, its numbers beside the tables, and how it is to be cited."""

import json
import re
import tomllib
from pathlib import Path

import pandas as pd
import pytest
import yaml

typst = pytest.importorskip("typst", reason="the extra article is not installed")
pypdf = pytest.importorskip("pypdf")
nbformat = pytest.importorskip("nbformat", reason="the book's packages are not installed")
pytest.importorskip("myst_nb", reason="the book's packages are not installed")

import weightprobes  # noqa: E402
from weightprobes import paths  # noqa: E402
from weightprobes.book import article  # noqa: E402

ROOT = Path(__file__).parents[1]
TEXT = (article.SOURCE / "article.typ").read_text()

#: Digits that are no result: what numbers pages and parts, names, a level, a date, an address.
NO_RESULTS = (
    r"\[\d+\]|\d / \d|(?:Table|Figure|Section) +\d|an F *1 of|CoNLL-2003|^\d (?=[A-Z])|95 %\s+interval",
    r"arXiv:2508\.05463|May 2026|^\d ?$",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A folder with all that the text reads."""
    folder = tmp_path_factory.mktemp("article")
    article.write(folder, article.numbers())
    return folder


@pytest.fixture(scope="module")
def told(made) -> dict:
    return json.loads((made / "numbers.json").read_text())


@pytest.fixture(scope="module")
def pages(made) -> list[str]:
    return text_of(article.typeset(made))


def text_of(pdf: Path) -> list[str]:
    return [page.extract_text().replace("\N{NO-BREAK SPACE}", " ") for page in pypdf.PdfReader(pdf).pages]


def masked(told: object) -> object:
    """The same without a digit."""
    if isinstance(told, dict):
        return {name: masked(value) for name, value in told.items()}
    return list(map(masked, told)) if isinstance(told, list) else re.sub(r"\d", "x", told)


def test_is_four_to_six_pages(pages):
    assert 4 <= len(pages) <= 6


def test_no_number_in_it_is_typed(made, told, tmp_path):
    for figure in made.glob("*.svg"):
        (tmp_path / figure.name).symlink_to(figure)
    (tmp_path / "numbers.json").write_text(json.dumps(masked(told)))
    text = "\n".join(text_of(article.typeset(tmp_path))).partition("\nReferences\n")[0]
    for pattern in NO_RESULTS:
        text = re.sub(pattern, "", text, flags=re.M)
    assert [line for line in text.splitlines() if re.search(r"\d", line)] == []


def test_the_text_shows_the_numbers_that_it_names(told, pages):
    named = re.findall(r"#(?:n\.)?(\w+)\.(\w+)", TEXT)
    shown = re.sub(r"\s+", "", "".join(pages))
    values = [told[chapter][name] for chapter, name in named if name in told.get(chapter, {})]
    assert len(values) > 80
    assert [value for value in values if re.sub(r"\s+", "", value) not in shown] == []


def test_counts_the_verdicts_of_the_kept_table(pages):
    kept = pd.read_parquet(paths.BOOK / "claims.parquet").groupby("claim")["verdict"].first()
    text = re.sub(r"\s+", " ", " ".join(pages))
    for verdict, number in kept.value_counts().items():
        assert text.count(f"{number} {verdict}") >= 3  # below the title, in the text, in the conclusion
    assert f"{len(kept)} claims" in text


def test_the_first_row_is_the_median_of_the_networks_in_the_table(pages):
    files = (paths.BOOK / "prune-smallest").glob("mnist_0-7-relu-64-*.parquet")
    tables = [table for table in map(pd.read_parquet, files) if table["seed"].nunique() == 100]
    medians = [rows.query("strength == 0 and weights == 'sign'")["accuracy"].median() for rows in tables]
    assert any(f"MNIST 0 vs 7 (easy), binarised 100 {100 * one:.1f} %" in "".join(pages) for one in medians)


def test_names_every_data_set_and_its_licence(told, pages):
    readme = (ROOT / "data" / "README.md").read_text().partition("## Datasets")[2].partition("\n## ")[0]
    listed = [line.split(" | ") for line in readme.splitlines() if line.startswith("| ")][1:]
    assert [(row[0], row[2]) for row in told["datasets"]] == [(row[0].strip("| "), row[2]) for row in listed]
    assert all(row[2] in "".join(pages) for row in told["datasets"])


def test_no_semicolon_is_lost():
    assert not re.findall(r"#[\w.]+;", TEXT), "typst takes it for the end of the code: write \\;"


def test_is_cited_as_the_newest_release():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    changelog = (ROOT / "CHANGELOG.md").read_text()
    version, date = re.search(r"^## (\d\S*) — (\S+)$", changelog, re.M).groups()
    assert (cited["version"], str(cited["date-released"])) == (version, date)
    assert weightprobes.__version__ == version
    stated = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"].get("version", version)
    assert stated == version
