"""Transformers with a head, on data of one's own: scores as one item at a time gives them."""

import json

import pandas as pd
import pytest
import torch

pytest.importorskip("transformers")

import taggers

from weightprobes.cli import app as cli
from weightprobes.models import huggingface
from weightprobes.models.huggingface import HELD_OUT, asked

LABELS = ("bad", "good")
TEXTS = [" ".join(one.words) for one in taggers.random_sentences(30)]


def saved(kind, folder, labels=LABELS):
    """The folder of a random DistilBERT with that head."""
    from weightprobes.models.hub import transformers

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        made = getattr(transformers, kind)(taggers.config(labels))
    return taggers.saved(folder, made.eval())


def alone(model, text):
    """The scores that the model gives a text by itself, unpadded."""
    with torch.no_grad():
        return model(**taggers.tokenizer()(text, return_tensors="pt")).logits[0]


def test_texts_are_right_where_the_model_is_right_about_each_alone(tmp_path):
    folder = saved("DistilBertForSequenceClassification", tmp_path / "model")
    rows = [{"text": text, "label": LABELS[number % 2]} for number, text in enumerate(TEXTS)]
    pd.DataFrame(rows).to_csv(tmp_path / "data.csv")
    given = asked(folder, "text-classification", str(tmp_path / "data.csv"))
    right = [
        LABELS[int(alone(given["model"], row["text"]).argmax())] == row["label"]
        for number, row in enumerate(rows)
        if number % HELD_OUT
    ]
    counts = given["evaluate"](given["model"])
    assert counts[:, 0].sum() == sum(right)
    assert 0 < sum(right) < len(right)
    assert given["score"](counts.numpy().sum(0)) == pytest.approx(sum(right) / len(right))
    shown = {tuple(ids.tolist()) for batch in given["calibration"] for ids in batch["input_ids"]}
    assert len(shown) <= len(TEXTS) / HELD_OUT  # others than those that are scored
    assert all(set(batch) == {"input_ids", "attention_mask"} for batch in given["calibration"])


def test_numbers_of_labels_mean_what_their_names_mean(tmp_path):
    folder = saved("DistilBertForSequenceClassification", tmp_path / "model")
    found = []
    for labels in (LABELS, (0, 1)):
        rows = [{"text": text, "label": labels[number % 2]} for number, text in enumerate(TEXTS)]
        pd.DataFrame(rows).to_json(tmp_path / "data.jsonl", orient="records", lines=True)
        given = asked(folder, "text-classification", str(tmp_path / "data.jsonl"))
        found.append(given["evaluate"](given["model"]))
    assert torch.equal(*found)


def test_words_are_right_as_the_tagger_finds_them(tagger, sentences, checkpoint, tmp_path):
    rows = [{"tokens": list(one.words), "ner_tags": list(one.tags)} for one in sentences]
    pd.DataFrame(rows).to_json(tmp_path / "data.jsonl", orient="records", lines=True)
    given = asked(checkpoint, "token-classification", str(tmp_path / "data.jsonl"))
    scored = [one for number, one in enumerate(sentences) if number % HELD_OUT]
    right = [
        sum(own == tag for own, tag in zip(one.tags, taggers.plain_tags(tagger, one), strict=True))
        for one in scored
    ]
    counts = given["evaluate"](given["model"])
    assert counts[:, 1].sum() == sum(len(one.words) for one in scored)
    assert sorted(counts[:, 0].tolist()) == sorted(right)


def test_masked_pieces_are_the_same_every_time_and_scored_in_their_place(tmp_path):
    folder = saved("DistilBertForMaskedLM", tmp_path / "model")
    pd.DataFrame({"text": TEXTS}).to_csv(tmp_path / "data.csv")
    one, again = (asked(folder, "fill-mask", str(tmp_path / "data.csv")) for _ in range(2))
    counts = one["evaluate"](one["model"])
    assert torch.equal(counts, again["evaluate"](one["model"]))
    assert (counts[:, 1] >= 1).all()
    pieces = taggers.tokenizer()(TEXTS[1], return_special_tokens_mask=True)
    ids, wanted = huggingface._masked(pieces, taggers.tokenizer().mask_token_id, 1)
    with torch.no_grad():
        logits = one["model"](input_ids=torch.tensor([ids])).logits[0]
    worth = sum(
        logits[place].log_softmax(-1)[right].item() for place, right in enumerate(wanted) if right >= 0
    )
    assert worth == pytest.approx(min(counts[:, 0].tolist(), key=lambda found: abs(found - worth)), abs=1e-4)
    assert [right if right >= 0 else own for own, right in zip(ids, wanted, strict=True)] == pieces[
        "input_ids"
    ]


def test_a_set_of_the_hub_tells_its_labels_by_name(tmp_path, monkeypatch):
    datasets = pytest.importorskip("datasets")
    folder = saved("DistilBertForSequenceClassification", tmp_path / "model")
    turned = datasets.Features(
        text=datasets.Value("string"), label=datasets.ClassLabel(names=["good", "bad"])
    )
    numbers = [number % 2 for number in range(len(TEXTS))]
    found = datasets.Dataset.from_dict({"text": TEXTS, "label": numbers}, features=turned)
    monkeypatch.setattr(datasets, "load_dataset", lambda name, split: found)
    pd.DataFrame({"text": TEXTS, "label": [1 - number for number in numbers]}).to_csv(tmp_path / "data.csv")
    hub, file = (asked(folder, "text-classification", data) for data in ("set", str(tmp_path / "data.csv")))
    assert torch.equal(hub["evaluate"](hub["model"]), file["evaluate"](hub["model"]))


def test_the_command_reports_a_checkpoint(checkpoint, sentences, tmp_path, monkeypatch, capsys):
    rows = [{"tokens": list(one.words), "ner_tags": list(one.tags)} for one in sentences]
    pd.DataFrame(rows).to_json(tmp_path / "data.jsonl", orient="records", lines=True)
    options = ["--task", "token-classification", "--data", str(tmp_path / "data.jsonl"), "--layers", "*lin*"]
    monkeypatch.setattr(
        "sys.argv", ["weightprobes", "sensitivity", checkpoint, *options, "-o", str(tmp_path / "r.html")]
    )
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert not stop.value.code
    assert "kept in" in capsys.readouterr().out
    assert len(json.loads((tmp_path / "r.json").read_text())["diagnosis"]) == 12


@pytest.mark.parametrize(
    ("task", "rows", "said"),
    [
        ("summarization", {"text": TEXTS}, "unknown task 'summarization': choose one of text-classification"),
        ("text-classification", {"text": TEXTS}, "has no column 'label', only text: rename one"),
        ("text-classification", {"text": TEXTS[:5], "label": [0] * 5}, "has 5 items: give 10 or more"),
        (
            "text-classification",
            {"text": TEXTS, "label": ["fine"] * 30},
            "unknown label 'fine': choose one of bad",
        ),
        (
            "text-classification",
            {"text": TEXTS, "label": [7] * 30},
            "unknown label 7: choose one of bad, good",
        ),
        (
            "token-classification",
            {"tokens": TEXTS, "ner_tags": ["O"] * 30},
            "item 0 is no list of words with",
        ),
    ],
)
def test_data_that_do_not_fit_are_refused_in_a_sentence(task, rows, said, tmp_path, checkpoint):
    folder = (
        saved("DistilBertForSequenceClassification", tmp_path / "m") if task[:4] == "text" else checkpoint
    )
    pd.DataFrame(rows).to_csv(tmp_path / "data.csv", index=False)
    with pytest.raises(ValueError, match=said):
        asked(folder, task, str(tmp_path / "data.csv"))


def test_data_that_are_not_there_are_told(checkpoint, tmp_path):
    with pytest.raises(
        ValueError, match=r"cannot be read \(FileNotFoundError: .*name a CSV or JSON-lines file"
    ):
        asked(checkpoint, "token-classification", str(tmp_path / "none.jsonl"))
