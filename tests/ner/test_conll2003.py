"""CoNLL-2003: how its files are read, what is said when they are wrong or missing, and the sample."""

import os
import sys
from collections import Counter
from importlib.util import find_spec
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weightprobes import paths
from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import COUNTS, DIGESTS, FILES, KINDS, TAGS, Sentence, iob2
from weightprobes.datasets.files import DatasetCorrupt, DatasetMissing

TEXT = """\
-DOCSTART- -X- O O

EU NNP I-NP I-ORG
rejects VBZ I-VP O

Peter NNP I-NP I-PER
Blackburn NNP I-NP I-PER

"""
READ = [Sentence(("EU", "rejects"), ("B-ORG", "O")), Sentence(("Peter", "Blackburn"), ("B-PER", "I-PER"))]

here = any(
    (folder / "conll2003" / file).is_file() for folder in paths.dataset_folders() for file in FILES.values()
)
needs_conll = pytest.mark.skipif(not here, reason="no CoNLL-2003 in WEIGHTPROBES_DATA or data/raw")
needs_datasets = pytest.mark.skipif(find_spec("datasets") is None, reason="datasets is not installed")

tags_of_a_sentence = st.lists(st.sampled_from(TAGS), max_size=9)


def iob1_twin(spans, size):
    """The IOB1 tags of ``spans``, (first, last, kind): B- only where two of a kind touch."""
    tags = ["O"] * size
    for first, last, kind in sorted(spans):
        touches = any(end == first - 1 and other == kind for _, end, other in spans)
        tags[first : last + 1] = [f"I-{kind}"] * (last - first + 1)
        if touches:
            tags[first] = f"B-{kind}"
    return tags


def iob2_twin(spans, size):
    """Their IOB2 tags."""
    tags = ["O"] * size
    for first, last, kind in spans:
        tags[first : last + 1] = [f"B-{kind}", *[f"I-{kind}"] * (last - first)]
    return tags


@st.composite
def spans_of_a_sentence(draw):
    """Spans that do not overlap, and the number of words."""
    pieces = draw(st.lists(st.tuples(st.integers(1, 3), st.sampled_from([None, *KINDS])), max_size=6))
    spans, place = [], 0
    for length, kind in pieces:
        if kind:
            spans.append((place, place + length - 1, kind))
        place += length
    return spans, place


@given(given=spans_of_a_sentence())
def test_iob1_becomes_iob2(given):
    assert list(iob2(iob1_twin(*given))) == iob2_twin(*given)


@given(given=spans_of_a_sentence())
def test_iob2_stays_as_it_is(given):
    assert list(iob2(iob2_twin(*given))) == iob2_twin(*given)


@given(tags=tags_of_a_sentence)
def test_converting_twice_is_converting_once(tags):
    once = list(iob2(tags))
    assert list(iob2(once)) == once
    assert [tag[2:] for tag in once] == [tag[2:] for tag in tags]


def put(folder, text=TEXT, file="eng.testb"):
    """A file of ``text`` where the dataset is looked for under ``folder``."""
    place = folder / "conll2003" / file
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(text if isinstance(text, bytes) else text.encode())
    return place


# Reading


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.rstrip("\n"),
        "\n\n" + TEXT.replace("\n\n", "\n\n\n \t\n"),
        TEXT.replace("-DOCSTART- -X- O O\n\n", "-DOCSTART- O\n"),
        TEXT.replace(" ", "\t"),
        TEXT.replace(" NNP I-NP", "").replace(" VBZ I-VP", ""),
        TEXT.replace("I-ORG", "B-ORG").replace("Peter NNP I-NP I", "Peter NNP I-NP B"),
    ],
    ids=["as published", "CRLF", "no end of line", "blank lines", "DOCSTART", "tabs", "two columns", "IOB2"],
)
def test_all_ways_of_writing_a_file_are_read_alike(tmp_path, text):
    assert conll2003.read(put(tmp_path, text)) == READ


def test_a_document_ends_a_sentence(tmp_path):
    text = TEXT.replace("\n\n", "\n").replace("Peter", "-DOCSTART- -X- O O\nPeter")
    assert conll2003.read(put(tmp_path, text)) == READ


def test_a_name_does_not_go_on_in_the_next_sentence(tmp_path):
    first, second = conll2003.read(put(tmp_path, "Paris I-LOC\n\nParis I-LOC\n"))
    assert (first.tags, second.tags) == (("B-LOC",), ("B-LOC",))


@pytest.mark.parametrize("line", ["Paris", "Paris NNP I-NP", "Paris I-DATE", "Paris S-LOC", "Paris b-loc"])
def test_a_line_without_a_tag_is_named(tmp_path, line):
    place = put(tmp_path, TEXT + line + "\n")
    with pytest.raises(
        DatasetCorrupt, match=f"eng.testb, line 9: '{line}' does not end with a tag, one of O"
    ):
        conll2003.read(place)


@pytest.mark.parametrize("text", ["", "\n\n", "-DOCSTART- -X- O O\n\n"])
def test_a_file_without_sentences_is_refused(tmp_path, text):
    with pytest.raises(DatasetCorrupt, match=r"eng\.testb has no sentences"):
        conll2003.read(put(tmp_path, text))


def test_what_is_not_utf_8_is_refused(tmp_path):
    with pytest.raises(DatasetCorrupt, match=r"eng\.testb is no readable text in UTF-8"):
        conll2003.read(put(tmp_path, "Z\xfcrich I-LOC\n".encode("latin-1")))


@pytest.mark.parametrize("word", ["10\u00a0000", "a\u2028b", "a\x85b", "a\x1cb"])
def test_only_spaces_and_ends_of_lines_part_columns(tmp_path, word):
    (sentence,) = conll2003.read(put(tmp_path, f"{word} NNP I-NP O\n"))
    assert sentence.words == (word,)


def test_a_mark_of_byte_order_is_no_word(tmp_path):
    assert conll2003.read(put(tmp_path, "\ufeff" + TEXT)) == READ


# Finding


def test_the_named_folder_is_searched_before_the_librarys_own(folders, monkeypatch):
    monkeypatch.setitem(COUNTS, "test", 2)
    monkeypatch.setitem(DIGESTS, "test", conll2003.digest(READ))
    monkeypatch.setenv("WEIGHTPROBES_DATA", str(folders / "named"))
    put(paths.RAW, "damaged")
    put(folders / "named")
    assert conll2003.load("test") == READ


def test_the_librarys_own_folder_is_searched_too(folders, monkeypatch):
    monkeypatch.setitem(COUNTS, "dev", 2)
    monkeypatch.setitem(DIGESTS, "dev", conll2003.digest(READ))
    monkeypatch.setenv("WEIGHTPROBES_DATA", str(folders / "named"))
    put(paths.RAW, file="eng.testa")
    assert conll2003.load("dev") == READ


def test_a_part_of_a_file_is_refused(folders):
    put(paths.RAW)
    sentence = "eng.testb has 2 sentences instead of the 3,453 of CoNLL-2003: put the published file"
    with pytest.raises(DatasetCorrupt, match=sentence):
        conll2003.load("test")


def test_a_wrong_split_gets_the_list_of_the_right_ones(folders):
    with pytest.raises(ValueError, match=r"unknown split 'validation': choose one of train, dev, test$"):
        conll2003.load("validation")


@needs_conll
@pytest.mark.parametrize(("split", "words"), [("train", 203_621), ("dev", 51_362), ("test", 46_435)])
def test_the_published_files_have_their_published_sizes(split, words):
    sentences = conll2003.load(split)
    assert len(sentences) == COUNTS[split]
    assert sum(len(one.words) for one in sentences) == words
    assert all(len(one.words) == len(one.tags) for one in sentences)
    assert {tag for one in sentences for tag in one.tags} == set(TAGS)


@needs_conll
def test_the_published_test_set_has_as_many_names_as_its_paper_says():
    begins = Counter(tag[2:] for one in conll2003.load("test") for tag in one.tags if tag[0] == "B")
    assert begins == {"LOC": 1668, "MISC": 702, "ORG": 1661, "PER": 1617}


# The hub


class Rows(list):
    """What the library ``datasets`` gives: rows whose tags are numbers, and the names of these."""

    def __init__(self, names):
        number = {name: place for place, name in enumerate(names)}
        super().__init__(
            {"tokens": list(one.words), "ner_tags": [number[tag] for tag in one.tags]} for one in READ
        )
        self.features = {"ner_tags": SimpleNamespace(feature=SimpleNamespace(names=names))}


@needs_datasets
@pytest.mark.parametrize("names", [list(TAGS), sorted(TAGS), list(reversed(TAGS))], ids=str)
def test_tags_of_the_hub_are_matched_by_name(folders, monkeypatch, names):
    asked = []
    monkeypatch.setitem(COUNTS, "dev", 2)
    monkeypatch.setitem(DIGESTS, "dev", conll2003.digest(READ))
    monkeypatch.setattr("datasets.load_dataset", lambda *name, **which: asked.append(which) or Rows(names))
    assert conll2003.load("dev") == READ
    assert asked == [{"split": "validation"}]


@needs_datasets
@pytest.mark.parametrize("split", FILES)
def test_a_dataset_that_is_nowhere_gets_a_sentence_with_both_ways_out(folders, monkeypatch, split):
    def no_network(*name, **which):
        raise ConnectionError("Couldn't reach the hub\nin two lines")

    monkeypatch.setattr("datasets.load_dataset", no_network)
    ways = (
        f"set WEIGHTPROBES_DATA to a folder that holds conll2003/{FILES[split]}, or run once with a network"
    )
    with pytest.raises(DatasetMissing, match=ways) as caught:
        conll2003.load(split)
    assert str(paths.RAW) in str(caught.value)
    assert "\n" not in str(caught.value)


@needs_datasets
def test_the_hubs_own_library_is_understood_where_there_is_no_network(folders, monkeypatch):
    import datasets
    import huggingface_hub

    for constants in (datasets.config, huggingface_hub.constants):
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for cache in ("HF_DATASETS_CACHE", "HF_MODULES_CACHE"):
        monkeypatch.setattr(datasets.config, cache, folders / "cache")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(folders / "cache"))
    with pytest.raises(DatasetMissing, match="run once with a network"):
        conll2003.load("test")


def test_where_the_library_datasets_is_missing_both_ways_out_are_named(folders, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(DatasetMissing, match="WEIGHTPROBES_DATA"):
        conll2003.load("test")


# The sample


def many(number=600):
    """Sentences of several kinds and lengths; those with places are rare and long."""
    made = []
    for place in range(number):
        kinds = [kind for every, kind in zip((2, 3, 5, 20), KINDS, strict=True) if place % every == 0]
        tags = [f"B-{kind}" for kind in kinds] + ["O"] * (1 + place % 7)
        made.append(Sentence(tuple(f"{place}.{word}" for word in range(len(tags))), tuple(tags)))
    return made


@given(size=st.integers(1, 700))
def test_a_sample_has_its_size_no_duplicates_and_the_order_of_the_whole(size):
    sentences = many()
    chosen = conll2003.sample(sentences, size)
    places = [int(one.words[0].partition(".")[0]) for one in chosen]
    assert len(chosen) == min(size, len(sentences))
    assert places == sorted(set(places))


def test_a_sample_is_always_the_same():
    assert conll2003.sample(many(), 50) == conll2003.sample(many(), 50)


def test_a_sample_of_another_size_is_another_one():
    less = conll2003.sample(many(), 49)
    assert not set(less) <= set(conll2003.sample(many(), 50))


@pytest.mark.parametrize("size", [100, 150, 250])
def test_a_sample_has_the_shares_of_the_whole(size):
    assert_shares(many(), size)


@needs_conll
def test_the_sample_that_is_probed_has_the_shares_of_the_test_set():
    assert_shares(conll2003.load("test"), 500)


def assert_shares(sentences, size):
    """Each combination of kinds is there as often as its share says, give or take one; lengths too."""
    chosen = conll2003.sample(sentences, size)
    of = [
        Counter(frozenset(tag[2:] for tag in one.tags if tag != "O") for one in part)
        for part in (sentences, chosen)
    ]
    for kinds, number in of[0].items():
        assert abs(of[1][kinds] - number * size / len(sentences)) < 1 + 1e-9
    lengths = [sum(len(one.words) for one in part) / len(part) for part in (sentences, chosen)]
    assert lengths[1] == pytest.approx(lengths[0], rel=0.05)


def test_a_sample_as_large_as_the_whole_is_the_whole():
    assert conll2003.sample(many(20), 20) == conll2003.sample(many(20), 99) == many(20)


@pytest.mark.skipif("WEIGHTPROBES_DATA" not in os.environ, reason="WEIGHTPROBES_DATA is not set")
def test_the_folder_that_is_named_has_files_of_all_splits():
    folder = paths.dataset_folders()[0] / "conll2003"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not there")
    assert {path.name for path in folder.iterdir()} >= set(FILES.values())


def test_another_word_or_tag_is_not_the_published_data(folders, monkeypatch):
    monkeypatch.setitem(COUNTS, "test", 2)
    monkeypatch.setattr(conll2003, "_from_hub", lambda split: READ)
    with pytest.raises(DatasetCorrupt, match="has other words or tags than CoNLL-2003"):
        conll2003.load("test")


def test_a_digest_names_the_words_and_tags_and_nothing_else():
    one = conll2003.Sentence(("Rome", "fell"), ("B-LOC", "O"))
    assert conll2003.digest([one]) == conll2003.digest([conll2003.Sentence(one.words, one.tags)])
    others = [
        [one, one],
        [conll2003.Sentence(("Rome", "rose"), one.tags)],
        [conll2003.Sentence(one.words, ("O", "O"))],
    ]
    assert len({conll2003.digest(sentences) for sentences in [[one], *others]}) == 4
