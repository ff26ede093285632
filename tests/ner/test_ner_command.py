"""``weightprobes ner``: the whole way from a checkpoint's folder to the claims, offline."""

import json

import pytest

pytest.importorskip("transformers")

import taggers
from typer.testing import CliRunner

from weightprobes.cli import app as cli
from weightprobes.models.checkpoints import AUTHORS, Checkpoint
from weightprobes.paper import claims
from weightprobes.paper import tagger_questions as questions
from weightprobes.paper import tagger_tables as study


def run(*arguments):
    return CliRunner().invoke(cli.app, ["ner", *arguments], catch_exceptions=False)


def test_a_folder_is_measured_and_the_claims_are_answered(short, checkpoint):
    rows = json.loads(run("--checkpoint", checkpoint, "--device", "cpu", "--json").stdout)
    table = questions.answers(Checkpoint(checkpoint))
    assert [row["quantity"] for row in rows] == list(table["quantity"])
    assert [row["value"] for row in rows] == pytest.approx(list(table["value"]))
    assert study.has_answers(Checkpoint(checkpoint))


def test_a_second_call_measures_nothing(studied, checkpoint, monkeypatch):
    monkeypatch.setattr(Checkpoint, "tagger", lambda *_: pytest.fail("the tagger was loaded again"))
    assert "shuffled within signs" in run("--checkpoint", checkpoint, "--wide").stdout


def test_half_precision_has_tables_of_its_own_and_hardly_other_scores(studied, checkpoint):
    run("--checkpoint", checkpoint, "--half")
    full, half = (study.whole(Checkpoint(checkpoint, half=half)) for half in (False, True))
    assert not full.equals(half)
    assert (full["f1"] - half["f1"]).abs().median() < 0.1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--checkpoint", "nowhere"], "name a folder, or run once with a network"),
        (["--checkpoint", "CHECKPOINT", "--grid", "all"], "unknown grid 'all': choose one of ours, paper"),
        (["--checkpoint", "CHECKPOINT", "--device", "tpu"], "unknown device 'tpu'"),
    ],
)
def test_a_mistake_is_one_sentence_and_the_exit_code_2(
    arguments, said, short, checkpoint, monkeypatch, capsys
):
    given = [checkpoint if one == "CHECKPOINT" else one for one in arguments]
    monkeypatch.setattr("sys.argv", ["weightprobes", "ner", *given])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    assert stop.value.code == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


def test_a_folder_that_is_called_like_the_authors_model_is_not_theirs(short, tmp_path):
    model = Checkpoint(taggers.saved(tmp_path / "dslim_distilbert-NER", taggers.model()))
    assert model.label == Checkpoint(AUTHORS).label
    questions.answers(model)
    assert study.has_answers(model)
    assert study.measured(AUTHORS) is None


def test_the_claims_are_judged_once_the_authors_model_has_been_measured(short, checkpoint, monkeypatch):
    with pytest.raises(ValueError, match="have no numbers"):
        claims.answers(26)
    real = Checkpoint.tagger
    monkeypatch.setattr(
        Checkpoint, "tagger", lambda model, device="cpu": real(Checkpoint(checkpoint), device)
    )
    monkeypatch.setattr(study, "commit", lambda name, revision: "a" * 40)
    assert run("--checkpoint", AUTHORS).exit_code == 0
    assert study.measured(AUTHORS) == Checkpoint(AUTHORS, "a" * 40)
    told = claims.answers(26, 27, 28, 29)
    assert told["claim"].value_counts().to_dict() == {26: 6, 27: 12, 28: 6, 29: 4}
    assert told["decides"].all()
    assert told["interval_low"].tolist() == told["ours"].tolist() == told["interval_high"].tolist()
    judged = questions.answers(Checkpoint(AUTHORS, "a" * 40))
    for column in ("claim", "authors", "low", "high", "holds"):
        assert told[column].tolist() == judged[column].tolist()
    assert told["ours"].tolist() == judged["value"].tolist()
