"""Fine-tuning: the same seed gives the same weights, and what is kept is the best and whole."""

import pytest
import torch

pytest.importorskip("transformers")

import taggers
from taggers import ENDS, STEMS

from weightprobes import paths
from weightprobes.datasets import conll2003
from weightprobes.datasets.conll2003 import Sentence
from weightprobes.engine.tagger_card import tagger_of
from weightprobes.models import finetuning as module
from weightprobes.models import tagger_scoring as scoring
from weightprobes.models.checkpoints import ModelMissing
from weightprobes.models.finetuning import FineTuning, fine_tune
from weightprobes.rng import generator
from weightprobes.tables import taggers as storing


def toy(number, seed):
    """Sentences whose tags can be learnt: three of the stems with ends begin names, of a kind each."""
    rng, kinds = generator("learnable", seed), dict(zip(STEMS, ("PER", "ORG", "LOC"), strict=False))
    made = []
    for _ in range(number):
        places = torch.randint(len(STEMS), (4,), generator=rng).tolist()
        words = [STEMS[place] + ENDS[place] for place in places]
        kind = [kinds.get(STEMS[place]) for place in places]
        made.append(Sentence(tuple(words), tuple(f"B-{one}" if one else "O" for one in kind)))
    return made


TRAIN, DEV = toy(48, 0), toy(16, 1)


@pytest.fixture(scope="module")
def tuning(tmp_path_factory):
    """A recipe whose base is a random BERT."""
    folder = tmp_path_factory.mktemp("base") / "tiny"
    base = taggers.bert(initializer_range=0.1)
    return FineTuning(taggers.saved(folder, base), epochs=4, batch=4, lr=1e-2)


@pytest.fixture(scope="module")
def tuned(tuning):
    """The tagger and its log."""
    return fine_tune(tuning, TRAIN, DEV)


def other(tuning, **changes):
    return FineTuning(**{**vars(tuning), **changes})


def equal(one, other):
    mine, theirs = one.model.state_dict(), other.model.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def dev_f1(tagger):
    return float(module.f1(scoring.counts(tagger, tagger.encoded(DEV)).sum(0)))


def test_the_same_recipe_gives_the_same_weights(tuning, tuned):
    torch.manual_seed(99)
    again, log = fine_tune(tuning, TRAIN, DEV)
    assert equal(again, tuned[0])
    assert log.equals(tuned[1])


def test_another_seed_gives_other_weights(tuning, tuned):
    tagger, log = fine_tune(other(tuning, seed=1), TRAIN, DEV)
    assert not equal(tagger, tuned[0])
    assert log["loss"].tolist() != tuned[1]["loss"].tolist()


def test_an_easy_corpus_is_learnt(tuned):
    tagger, log = tuned
    assert list(log) == ["seed", "epoch", "loss", "dev_f1"]
    assert log["epoch"].tolist() == [1, 2, 3, 4]
    assert log["loss"].iloc[-1] < 0.5 * log["loss"].iloc[0]
    assert log["dev_f1"].max() > 0.8
    assert not tagger.model.training


def test_the_best_epoch_on_dev_is_kept(tuning, monkeypatch):
    found, states = iter([0.2, 0.9, 0.5, 0.1]), []
    real = module.scoring.counts

    def noted(tagger, flow):
        states.append({name: value.clone() for name, value in tagger.model.state_dict().items()})
        return real(tagger, flow)

    monkeypatch.setattr(module.scoring, "counts", noted)
    monkeypatch.setattr(module, "f1", lambda counted: next(found))
    tagger, log = fine_tune(tuning, TRAIN, DEV)
    assert log["dev_f1"].tolist() == [0.2, 0.9, 0.5, 0.1]
    kept = tagger.model.state_dict()
    assert all(torch.equal(value, states[1][name]) for name, value in kept.items())
    assert not all(torch.equal(value, states[3][name]) for name, value in kept.items())


def test_the_kept_tagger_has_the_f1_of_its_log(tuned):
    assert dev_f1(tuned[0]) == tuned[1]["dev_f1"].max()


def test_the_worlds_random_numbers_are_left_alone(tuning):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    fine_tune(other(tuning, epochs=1), TRAIN[:8], DEV[:4])
    assert torch.equal(torch.rand(3), expected)


@pytest.mark.parametrize("batch", [1, 5, 1000])
def test_any_number_of_sentences_a_step_is_allowed(tuning, batch):
    _, log = fine_tune(other(tuning, epochs=1, batch=batch), TRAIN[:7], DEV[:4])
    assert log["loss"].item() > 0


@pytest.mark.parametrize("steps", [1, 2, 7, 10, 105])
def test_the_learning_rate_rises_over_a_tenth_of_the_steps_and_falls_to_nothing(steps):
    slope = [module._slope(step, steps) for step in range(steps + 1)]
    top = max(1, steps // 10)
    assert slope[top - 1] == max(slope) == 1
    assert slope[:top] == sorted(slope[:top])
    assert slope[top - 1 :] == sorted(slope[top - 1 :], reverse=True)
    assert min(slope[:-1]) > 0
    assert slope[-1] == 0


def test_the_loss_of_a_step_is_that_of_the_words_alone(tuning):
    tagger = module._untuned(tuning.base, "cpu")
    tagger.model.requires_grad_(False)
    batch = tagger.encoded(TRAIN[:6])
    scores = torch.cat([module._scores(tagger.model, one) for one in batch.batches])
    expected = torch.cat([taggers.plain_scores(tagger, one) for one in TRAIN[:6]])
    gold = module.torch.from_numpy(batch.gold)
    plain = torch.tensor([conll2003.TAGS.index(tag) for one in TRAIN[:6] for tag in one.tags])
    loss = torch.nn.functional.cross_entropy
    assert loss(scores, gold).item() == pytest.approx(loss(expected, plain).item(), rel=1e-5)


@pytest.mark.parametrize("changes", [{"epochs": 0}, {"batch": 0}, {"epochs": -1}], ids=repr)
def test_no_epochs_and_no_sentences_a_step_are_refused_by_name(tuning, changes):
    with pytest.raises(ValueError, match=next(iter(changes))):
        fine_tune(other(tuning, **changes), TRAIN[:4], DEV[:4])


# Kept folders


@pytest.fixture
def kept(folders, tuning, monkeypatch):
    """The recipe where the toy sentences are CoNLL-2003."""
    monkeypatch.setattr(conll2003, "load", lambda split: {"train": TRAIN, "dev": DEV}[split])
    return tuning


def test_a_kept_folder_loads_again_with_the_same_predictions(kept, tuned, monkeypatch):
    made = tagger_of(kept)
    monkeypatch.setattr(storing, "fine_tune", None)
    found = tagger_of(kept)
    assert equal(made, found)
    assert equal(made, tuned[0])
    encoded = found.encoded(DEV)
    assert scoring.tags(found, encoded).tolist() == scoring.tags(tuned[0], encoded).tolist()
    assert made.revision == found.revision != "untuned"


def test_a_kept_folder_has_the_log_beside_what_any_library_reads(kept):
    folder = storing.tuned(kept)
    assert folder.parent == paths.MODELS
    assert {"config.json", "model.safetensors", "tokenizer.json", "log.csv"} <= {
        path.name for path in folder.iterdir()
    }
    assert len((folder / "log.csv").read_text().splitlines()) == 5


def test_the_umask_says_who_may_read_a_kept_folder(kept, tuned, monkeypatch, umask):
    monkeypatch.setattr(storing, "fine_tune", lambda *given: tuned)
    folder = storing.tuned(kept)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~umask
    assert {path.stat().st_mode & umask for path in folder.iterdir()} == {0}


def test_another_recipe_is_another_folder(kept, monkeypatch):
    monkeypatch.setattr(storing, "_keep", lambda folder, *rest: folder.mkdir(parents=True))
    monkeypatch.setattr(storing, "fine_tune", lambda *given: (None, None))
    changes = [{}, {"seed": 1}, {"epochs": 2}, {"lr": 1e-3}, {"batch": 5}, {"weight_decay": 0.0}]
    folders = {storing.tuned(other(kept, **one)) for one in changes}
    assert len(folders) == len(changes)


@pytest.mark.parametrize("where", ["model", "tokenizer", "log"])
def test_an_interrupted_save_leaves_nothing(kept, tuned, monkeypatch, where):
    tagger, log = tuned

    def interrupted(*given, **options):
        raise KeyboardInterrupt

    part = {"model": (type(tagger.model), "save_pretrained"), "log": (type(log), "to_csv")}
    part["tokenizer"] = (type(tagger.tokenizer), "save_pretrained")
    monkeypatch.setattr(*part[where], interrupted)
    monkeypatch.setattr(storing, "fine_tune", lambda *given: tuned)
    with pytest.raises(KeyboardInterrupt):
        storing.tuned(kept)
    assert list(paths.MODELS.iterdir()) == []


def test_an_interrupted_tuning_leaves_nothing(kept, monkeypatch):
    def interrupted(*given):
        raise KeyboardInterrupt

    monkeypatch.setattr(storing, "fine_tune", interrupted)
    with pytest.raises(KeyboardInterrupt):
        storing.tuned(kept)
    assert not paths.MODELS.exists() or list(paths.MODELS.iterdir()) == []


def test_a_base_that_is_nowhere_gets_a_sentence(kept, tmp_path):
    with pytest.raises(ModelMissing, match="nowhere is no folder with a checkpoint"):
        tagger_of(other(kept, base=str(tmp_path / "nowhere")))


def test_a_distilbert_is_tuned_too_and_its_head_is_new(tuning, tmp_path):
    base = taggers.saved(tmp_path / "distilbert", taggers.model(labels=("LABEL_0", "LABEL_1")))
    tagger, log = fine_tune(other(tuning, base=base, epochs=1), TRAIN[:8], DEV[:4])
    assert tagger.model.classifier.weight.shape == (9, 16)
    assert log["loss"].item() > 0
