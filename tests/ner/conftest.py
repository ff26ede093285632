"""What the tests of taggers share: no network, a tiny tagger, and sentences that it mostly gets right."""

import os

import pytest

# read when huggingface_hub is imported
os.environ["HF_HUB_OFFLINE"] = "1"


@pytest.fixture(scope="session")
def tagger():
    """A random tagger with two blocks; whoever changes it puts it right again."""
    pytest.importorskip("transformers")
    import taggers

    from weightprobes.ner.tagger import Tagger

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


@pytest.fixture
def corpus(monkeypatch, sentences):
    """The thirty sentences in the place of every split of CoNLL-2003."""
    from weightprobes.datasets import conll2003

    monkeypatch.setattr(conll2003, "load", lambda split: list(sentences))
    return sentences
