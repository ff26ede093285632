"""A folder with something wrong in it is refused: one sentence, which names the folder and the fault."""

import io
import json
import pickle
from pathlib import Path

import pytest
import torch

pytest.importorskip("transformers")

import taggers
from safetensors.torch import load_file, save_file
from taggers import copied

from weightprobes import paths
from weightprobes.cli import app as cli
from weightprobes.datasets.conll2003 import TAGS
from weightprobes.engine.tagger_card import Card
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.checkpoints import Checkpoint, contents_of, encoder
from weightprobes.models.tagger import Tagger


class Evil:
    """What a pickle of it runs makes the file ``ran``."""

    def __init__(self, ran):
        self.ran = ran

    def __reduce__(self):
        return Path.touch, (self.ran,)


def configured(**changes):
    return lambda folder: rewritten(folder / "config.json", changes)


def rewritten(file, changes):
    file.write_text(json.dumps({**json.loads(file.read_text()), **changes}))


def each(*damages):
    return lambda folder: [damage(folder) for damage in damages]


def without(*files):
    return lambda folder: [(folder / file).unlink() for file in files]


def holding(file, text):
    return lambda folder: (folder / file).write_text(text)


def weights(folder):
    return load_file(folder / "model.safetensors")


def not_a_number(folder):
    broken = weights(folder)
    broken["distilbert.transformer.layer.1.ffn.lin1.weight"][3, 5] = torch.nan
    save_file(broken, folder / "model.safetensors", metadata={"format": "pt"})


def fewer_places(folder):
    kept = weights(folder)
    name = "distilbert.embeddings.position_embeddings.weight"
    kept[name] = kept[name][:4].clone()
    save_file(kept, folder / "model.safetensors", metadata={"format": "pt"})


def sharded_elsewhere(folder):
    (folder / "model.safetensors").rename(folder.parent / "elsewhere.safetensors")
    places = dict.fromkeys(taggers.model().state_dict(), "../elsewhere.safetensors")
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))


def larger_vocabulary(folder):
    file = folder / "tokenizer.json"
    told = json.loads(file.read_text())
    vocabulary = told["model"]["vocab"]
    told["model"]["vocab"] = {
        piece: number if piece in taggers.SPECIAL else number + 21 for piece, number in vocabulary.items()
    }
    file.write_text(json.dumps(told))


def of_bytes(folder):
    (folder / "tokenizer.json").unlink()
    (folder / "tokenizer_config.json").write_text('{"tokenizer_class": "ByT5Tokenizer"}')


def with_code(folder):
    (folder / "own.py").write_text(f"open({str(folder / 'ran')!r}, 'w').close()\nclass Own: pass\n")


def replaced_by(write):
    """Weights that ``write`` puts in the place of the old file format, instead of the new one."""

    def replace(folder):
        (folder / "model.safetensors").unlink()
        write(folder / "pytorch_model.bin")

    return replace


FAULTS = {
    "no tokenizer": (without("tokenizer.json", "tokenizer_config.json"), "has no tokenizer"),
    "no vocabulary": (without("tokenizer.json"), "has no tokenizer, or one that knows no words"),
    "a tokenizer of bytes": (of_bytes, "has a ByT5Tokenizer, which does not tell the word of a piece"),
    "a tokenizer that is none": (holding("tokenizer.json", "{}"), "holds no tokenizer that can be read"),
    "a larger vocabulary": (larger_vocabulary, "copy has 21 pieces, and its tokenizer gives number "),
    "few places": (
        each(configured(max_position_embeddings=4), fewer_places),
        "copy reads 4: split it, or give a model that reads more",
    ),
    "labels in another order": (
        configured(id2label=dict(enumerate(reversed(TAGS)))),
        "copy finds hardly any names (F1 0.0",
    ),
    "all O": (configured(id2label=dict.fromkeys(range(9), "O")), "its labels are all O"),
    "labels from 1": (
        configured(id2label=dict(enumerate(TAGS, start=1))),
        "its labels are numbered 1, 2, 3, 4, 5, 6, 7, 8, 9: set id2label",
    ),
    "labels that are numbers": (
        configured(id2label={number: number for number in range(9)}),
        "its labels 0, 1, 2, 3, 4, 5, 6, 7, 8 are no tags of CoNLL-2003",
    ),
    "no names for labels": (
        configured(id2label=None),
        "from its config.json in classifier.bias (9, there 2), classifier.weight (9 × 16, there 2 × 16): put",
    ),
    "another size": (
        configured(vocab_size=30),
        "word_embeddings.weight (21 × 16, there 30 × 16): put sizes and labels right there",
    ),
    "a block too many": (
        configured(n_layers=1),
        "and 13 more, which its config.json leaves out: set n_layers",
    ),
    "no heads": (configured(n_heads=0), "holds no model that can be read (ZeroDivisionError"),
    "heads in words": (configured(n_heads="two"), "'n_heads' expected int, got str (value: 'two')"),
    "an unknown kind": (
        configured(model_type="mystery"),
        "holds no configuration that can be read (ValueError",
    ),
    "no configuration": (holding("config.json", "null"), "holds no configuration that can be read"),
    "no number": (
        not_a_number,
        "layer.1.ffn.lin1.weight: give one whose training went well",
    ),
    "shards elsewhere": (
        sharded_elsewhere,
        "takes weights from ../elsewhere.safetensors, outside the folder",
    ),
    "shards nowhere": (
        each(sharded_elsewhere, without("../elsewhere.safetensors")),
        "holds no model that can be read (FileNotFoundError: No such file or directory",
    ),
    "an index without a map": (
        each(without("model.safetensors"), holding("model.safetensors.index.json", "{}")),
        "holds no model that can be read (KeyError: 'weight_map')",
    ),
    "an empty pickle": (replaced_by(Path.touch), "holds no model that can be read (EOFError"),
    "code in a pickle": (
        replaced_by(lambda file: file.write_bytes(pickle.dumps(Evil(file.with_name("ran")), 2))),
        "it is more than plain data, and no code that comes with a model is run",
    ),
    "code in a file of tensors": (
        replaced_by(lambda file: torch.save({"weight": Evil(file.with_name("ran"))}, file)),
        "it is more than plain data, and no code that comes with a model is run",
    ),
    "code of its own": (
        each(configured(model_type="mystery", auto_map={"AutoConfig": "own.Own"}), with_code),
        "it is more than plain data, and no code that comes with a model is run",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_sentence_and_the_exit_code_2(fault, folders, checkpoint, corpus, monkeypatch, capsys):
    damage, said = FAULTS[fault]
    folder = Path(copied(checkpoint, folders / "copy"))
    damage(folder)
    monkeypatch.setattr("sys.argv", ["weightprobes", "ner", "--checkpoint", str(folder), "--device", "cpu"])
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))  # to whatever is asked
    with pytest.raises(SystemExit) as stop:
        cli.main()
    out, error = capsys.readouterr()
    assert stop.value.code == 2
    assert out == ""
    assert str(folder) in error
    assert error.count("\n") == 1
    assert said in error
    for advice in ("weights_only", "trust_remote_code", "above report"):
        assert advice not in error
    assert not (folder / "ran").exists()
    assert not paths.PARTS.exists()


@pytest.mark.parametrize("fault", ["no tokenizer", "no number", "code in a pickle"])
def test_what_is_fine_tuned_is_looked_at_as_well(fault, checkpoint, tmp_path):
    damage, said = FAULTS[fault]
    folder = copied(checkpoint, tmp_path / "copy")
    damage(Path(folder))
    with pytest.raises(ValueError, match=f"^{folder} .*{said}"):
        encoder(folder)


def test_what_lies_beside_a_checkpoint_and_is_no_file_does_not_matter(checkpoint, tmp_path):
    folder = Path(copied(checkpoint, tmp_path / "copy"))
    before = contents_of(folder)
    (folder / "checkpoints.json").mkdir()
    (folder / "old.bin").symlink_to("nowhere")
    (folder / "new.bin").symlink_to("new.bin")
    assert contents_of(folder) == before


def test_a_file_that_may_not_be_read_is_named_with_its_folder(checkpoint, monkeypatch):
    def forbidden(file):
        raise PermissionError(13, "Permission denied", str(file))

    monkeypatch.setattr(Path, "read_bytes", forbidden)
    with pytest.raises(ValueError, match=rf"^{checkpoint} cannot be read .*json.*: make it readable"):
        Checkpoint(checkpoint)


def test_no_name_is_not_the_working_directory(checkpoint, monkeypatch):
    monkeypatch.chdir(checkpoint)
    assert Checkpoint("").folder == ""


@pytest.mark.parametrize("form", ["one file, old", "shards"])
def test_weights_in_other_files_are_the_same(form, checkpoint, tmp_path):
    folder = Path(copied(checkpoint, tmp_path / "copy"))
    whole = weights(folder)
    (folder / "model.safetensors").unlink()
    if form == "shards":
        taggers.model().save_pretrained(folder, max_shard_size="4KB")
        assert len(list(folder.glob("model-*.safetensors"))) > 1
    else:
        torch.save(whole, folder / "pytorch_model.bin")
    found = Checkpoint(str(folder)).tagger().model.state_dict()
    assert all(torch.equal(found[name], value) for name, value in whole.items())


def test_what_stands_where_sentences_are_padded_does_not_matter(tagger, sentences):
    other = Tagger(taggers.model(), tagger.tokenizer, "random")
    other.model.config.pad_token_id = None
    one, same = (scoring.counts(each, each.encoded(sentences)) for each in (tagger, other))
    assert (one == same).all()


def test_a_tagger_that_finds_nothing_leaves_no_card(folders, corpus, checkpoint):
    model = Checkpoint(copied(checkpoint, folders / "copy", id2label=dict(enumerate(reversed(TAGS)))))
    for _ in range(2):
        with pytest.raises(ValueError, match=r"copy finds hardly any names \(F1 0\.0"):
            Card(model).table()
