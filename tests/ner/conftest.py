"""What the tests of taggers share: no network, a tiny tagger, and sentences that it mostly gets right."""

import os
import shutil

import pytest

# read when huggingface_hub is imported
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def tagger():
    """A random tagger with two blocks; whoever changes it puts it right again."""
    pytest.importorskip("transformers")
    import taggers

    from weightprobes.models.tagger import Tagger

    return Tagger(taggers.model(), taggers.tokenizer(), "random")


@pytest.fixture(scope="session")
def sentences(tagger):
    """Thirty sentences, most of whose tags are those that ``tagger`` gives them."""
    from taggers import believed, random_sentences

    return believed(tagger, random_sentences(30))


@pytest.fixture(scope="session")
def checkpoint(tagger, tmp_path_factory):
    """The folder of ``tagger``'s checkpoint, as a string."""
    import taggers

    return taggers.saved(tmp_path_factory.mktemp("tiny") / "tagger", taggers.model())


def shorten(patch, sentences):
    """A few strengths instead of whole grids, and ``sentences`` in the place of every split of CoNLL-2003."""
    from weightprobes.datasets import conll2003
    from weightprobes.paper import tagger_grids as grids

    patch.setattr(conll2003, "load", lambda split: list(sentences))
    for name, strengths in {
        "PRUNE": (0.0, 0.001, 0.5),
        "OUR_FLIP": (0.0, 1.0),
        "OUR_NOISE": (0.0, 0.5),
        "OUR_SHUFFLE": (0.001, 0.5),
        "CKA_NOISE": grids.CKA_NOISE[:2],
        "CKA_FLIP": (1.0,),
        "CKA_PRUNE": (0.5,),
        "DRAWS": 2,
        "OUR_DRAWS": 2,
    }.items():
        patch.setattr(grids, name, strengths)


@pytest.fixture
def corpus(monkeypatch, sentences):
    """The thirty sentences in the place of every split of CoNLL-2003."""
    from weightprobes.datasets import conll2003

    monkeypatch.setattr(conll2003, "load", lambda split: list(sentences))
    return sentences


@pytest.fixture
def short(folders, monkeypatch, sentences):
    """A few strengths instead of whole grids, and the thirty sentences."""
    shorten(monkeypatch, sentences)
    return sentences


@pytest.fixture(scope="session")
def study_of_the_tagger(checkpoint, sentences, tmp_path_factory):
    """A store with all tables about the tagger, at those few strengths."""
    from weightprobes.models.checkpoints import Checkpoint
    from weightprobes.paper import tagger_questions as questions
    from weightprobes.paper import tagger_tables as study

    store = tmp_path_factory.mktemp("study")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WEIGHTPROBES_STORE", str(store))
        patch.setenv("WEIGHTPROBES_FRESH", "1")
        shorten(patch, sentences)
        study.fill(Checkpoint(checkpoint))
        questions.answers(Checkpoint(checkpoint))
    return store


@pytest.fixture
def studied(short, study_of_the_tagger, folders):
    """As ``short``, where all has been measured already."""
    shutil.copytree(study_of_the_tagger, folders, dirs_exist_ok=True)
    return short
