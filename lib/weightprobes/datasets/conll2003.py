"""CoNLL-2003, English: news whose words are tagged with names (Tjong Kim Sang, De Meulder, cs/0306050)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import torch

from weightprobes import paths
from weightprobes.choices import check_choice
from weightprobes.datasets.files import DatasetCorrupt, DatasetMissing
from weightprobes.rng import generator

NAME = "CoNLL-2003"
KINDS = ("PER", "ORG", "LOC", "MISC")

#: IOB2: a name begins with B- and goes on with I-.
TAGS = ("O", *(f"{place}-{kind}" for kind in KINDS for place in "BI"))

#: The published file of each split, and its number of sentences.
FILES = {"train": "eng.train", "dev": "eng.testa", "test": "eng.testb"}
COUNTS = {"train": 14_041, "dev": 3_250, "test": 3_453}

#: What :func:`digest` says of them, wherever they are found.
DIGESTS = {"train": "f4d2e5f8ba1b", "dev": "7708ea92a1e1", "test": "cb75299ae282"}

#: Where it is found on the Hugging Face hub, and what that calls the splits.
HUB = "lhoestq/conll2003"
_HUB_SPLITS = {"train": "train", "dev": "validation", "test": "test"}


@dataclass(frozen=True)
class Sentence:
    """The words of a sentence, and the tag of each, one of :data:`TAGS`."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


def load(split: str) -> list[Sentence]:
    """The sentences of ``"train"``, ``"dev"`` or ``"test"``, in their order.

    Looked for as ``conll2003/eng.train``, ``eng.testa`` and ``eng.testb`` in the folders of
    :func:`~weightprobes.paths.dataset_folders`, then asked of the Hugging Face hub. Raises
    DatasetMissing or DatasetCorrupt.
    """
    check_choice("split", split, FILES)
    places = [folder / "conll2003" / FILES[split] for folder in paths.dataset_folders()]
    found = next((place for place in places if place.is_file()), None)
    sentences = read(found) if found else _from_hub(split)
    if len(sentences) != COUNTS[split]:
        raise DatasetCorrupt(
            f"{found or HUB} has {len(sentences):,} sentences instead of the {COUNTS[split]:,} of {NAME}: "
            "put the published file in its place"
        )
    if digest(sentences) != DIGESTS[split]:
        raise DatasetCorrupt(
            f"{found or HUB} has other words or tags than {NAME}: put the published file in its place"
        )
    return sentences


def read(path: Path) -> list[Sentence]:
    """The sentences of a file in the CoNLL format: a word a line, its tag in the last column, IOB1 or IOB2.

    Empty lines and -DOCSTART- lines end a sentence. Raises DatasetCorrupt, naming the line.
    """
    try:
        # only line feeds end lines, and only blanks part columns: words have rarer spaces in them
        lines = path.read_text(encoding="utf-8-sig").replace("\r\n", "\n").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetCorrupt(f"{path} is no readable text in UTF-8 ({error})") from error
    rows = [_row(path, number, line) for number, line in enumerate(lines, start=1)]
    sentences = []
    for blank, group in groupby(rows, key=lambda row: row is None):
        if not blank:
            words, tags = zip(*group, strict=True)
            sentences.append(Sentence(words, tuple(iob2(tags))))
    if not sentences:
        raise DatasetCorrupt(f"{path} has no sentences: give a file with a word and its tag on each line")
    return sentences


def iob2(tags: Sequence[str]) -> Iterator[str]:
    """``tags`` of one sentence with every name beginning with B-, whether or not they did (IOB1)."""
    before = "O"
    for tag in tags:
        goes_on = tag.startswith("I-") and before[2:] == tag[2:]
        yield tag if tag == "O" or goes_on else f"B-{tag[2:]}"
        before = tag


def digest(sentences: Sequence[Sentence]) -> str:
    """Twelve hexadecimal digits that name these words and tags, wherever they were found."""
    told = "\n".join(f"{' '.join(one.words)}\t{' '.join(one.tags)}" for one in sentences)
    return sha256(told.encode()).hexdigest()[:12]


def sample(sentences: Sequence[Sentence], size: int) -> list[Sentence]:
    """``size`` of the ``sentences``, stratified by the kinds of names in them and by length; always the same.

    Sorted by both, they are taken at even distances from a random start.
    """
    if size >= len(sentences):
        return list(sentences)
    strata = [(sorted({tag[2:] for tag in one.tags} - {""}), len(one.words)) for one in sentences]
    order = sorted(range(len(sentences)), key=lambda place: (strata[place], place))
    step = len(sentences) / size
    start = torch.rand((), generator=generator("sample of sentences", size), dtype=torch.float64).item()
    return [sentences[place] for place in sorted(order[int((k + start) * step)] for k in range(size))]


def _row(path: Path, number: int, line: str) -> tuple[str, str] | None:
    columns = re.findall(r"[^ \t\r]+", line)
    if not columns or columns[0] == "-DOCSTART-":
        return None
    if len(columns) < 2 or columns[-1] not in TAGS:
        raise DatasetCorrupt(
            f"{path}, line {number}: {line!r} does not end with a tag, one of {', '.join(TAGS)}"
        )
    return columns[0], columns[-1]


def _from_hub(split: str) -> list[Sentence]:
    try:
        from datasets import load_dataset

        rows = load_dataset(HUB, split=_HUB_SPLITS[split])
    except (ImportError, OSError, ValueError) as error:
        folders = " and ".join(str(folder) for folder in paths.dataset_folders())
        raise DatasetMissing(
            f"{NAME} is not in {folders}, and {HUB} could not be had from the Hugging Face hub "
            f"({type(error).__name__}): set WEIGHTPROBES_DATA to a folder that holds "
            f"conll2003/{FILES[split]}, or run once with a network and pip install 'weightprobes[ner]'"
        ) from error
    # copies on the hub number the tags in orders of their own
    names = rows.features["ner_tags"].feature.names
    return [Sentence(tuple(row["tokens"]), tuple(names[tag] for tag in row["ner_tags"])) for row in rows]
