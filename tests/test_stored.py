"""Kept ensembles: found again or trained, one part for what is trained at once, whole or not at all."""

from dataclasses import replace

import pytest
import torch

from weightprobes import paths
from weightprobes.models.training import Training, train
from weightprobes.tables import stored
from weightprobes.tables.parts import Mismatch
from weightprobes.tables.recipes import as_text
from weightprobes.tables.stored import Networks, load, save, trained
from weightprobes.tasks import Task

RECIPE = Training(Task.named("digits/7-9"), hidden=(4,), epochs=1)
OTHER = replace(RECIPE, epochs=2)


@pytest.fixture
def asked(folders, monkeypatch):
    """The seeds that are trained, one list for each training."""
    noted = []

    def noting(training, seeds, device):
        noted.append(list(seeds))
        return train(training, seeds, device)

    monkeypatch.setattr(stored, "train", noting)
    return noted


def files(folder="MODELS"):
    return sorted(path for path in getattr(paths, folder).rglob("*") if path.is_file())


def assert_same(one, other):
    assert one.seeds == other.seeds
    assert torch.equal(one.failed, other.failed)
    for ours, theirs in ((one.parameters, other.parameters), (one.history, other.history)):
        assert set(ours) == set(theirs)
        assert all(torch.equal(ours[name], theirs[name]) for name in theirs)


def test_an_ensemble_is_found_again_without_training(asked):
    made = trained(RECIPE, [0, 1])
    assert_same(trained(RECIPE, [0, 1]), made)
    assert asked == [[0, 1]]


def test_what_is_kept_is_what_was_trained(asked):
    assert_same(trained(RECIPE, [0, 1]), train(RECIPE, [0, 1]))
    (path,) = files()
    assert_same(load(path, RECIPE), train(RECIPE, [0, 1]))


def test_a_failed_training_is_still_marked_when_it_is_found_again(asked):
    hopeless = replace(RECIPE, activation="sigmoid", lr=1e-12)
    trained(hopeless, [0, 1])
    assert trained(hopeless, [0, 1]).failed.tolist() == [True, True]


def test_only_missing_seeds_are_trained(asked):
    first = trained(RECIPE, [0, 1])
    more = trained(RECIPE, [0, 1, 2])
    assert asked == [[0, 1], [2]]
    assert_same(more.take([0, 1]), first)


def test_models_come_in_the_order_of_the_seeds(asked):
    trained(RECIPE, [2, 3])
    ensemble = trained(RECIPE, [3, 0, 2])
    assert asked == [[2, 3], [0]]
    assert ensemble.seeds == (3, 0, 2)
    assert torch.equal(ensemble.model(0)["0.weight"], ensemble.parameters["0.weight"][1])


def shipped():
    """The file of models that come with the book, with what has been trained here moved into it."""
    (own,) = files()
    paths.CHECKPOINTS.mkdir()
    return own.rename(Networks(RECIPE).files.whole)


def test_shipped_models_are_used_and_left_as_they_are(asked):
    trained(RECIPE, [0, 1])
    path = shipped()
    content = path.read_bytes()
    assert trained(RECIPE, [1, 0]).seeds == (1, 0)
    assert (asked, files()) == ([[0, 1]], [])
    assert trained(RECIPE, [0, 2]).seeds == (0, 2)
    assert [file.name for file in files()] == ["2.safetensors"]
    assert asked == [[0, 1], [2]]
    assert path.read_bytes() == content


def test_models_of_several_parts_count_once_and_are_those_of_one(asked):
    for seeds in ([0, 1], [1, 2], [5]):
        save(Networks(RECIPE).files.part(seeds), train(RECIPE, seeds), RECIPE)
    assert_same(trained(RECIPE, range(3)), train(RECIPE, range(3)))
    assert asked == []


def test_another_recipe_is_another_file(asked):
    trained(RECIPE, [0])
    trained(OTHER, [0])
    assert len(files()) == len(asked) == 2


def test_layers_come_back_in_the_order_of_the_module(asked):
    deep = replace(RECIPE, hidden=(4,) * 6)
    trained(deep, [0])
    names = list(trained(deep, [0]).parameters)
    assert names == [name for name, _ in deep.build().named_parameters()]
    assert names.index("10.weight") > names.index("2.weight")


def test_a_file_of_another_recipe_is_refused_and_both_are_named(asked):
    trained(RECIPE, [0])
    (path,) = files()
    save(path, train(OTHER, [0]), OTHER)
    with pytest.raises(Mismatch) as error:
        trained(RECIPE, [0])
    for part in (str(path), as_text(RECIPE), as_text(OTHER), "delete it"):
        assert part in str(error.value)


@pytest.mark.parametrize("share", [0, 0.01, 0.5, 0.99])
def test_a_truncated_part_is_trained_anew_with_a_warning(asked, share):
    made = trained(RECIPE, [0])
    (path,) = files()
    content = path.read_bytes()
    path.write_bytes(content[: int(share * len(content))])
    with pytest.warns(UserWarning, match="not a readable safetensors file") as warnings:
        assert_same(trained(RECIPE, [0]), made)
    assert str(path) in str(warnings[0].message)
    assert path.read_bytes() == content


def test_a_changed_weight_is_never_read_as_another(asked):
    made = trained(RECIPE, [0])
    (path,) = files()
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.warns(UserWarning, match="is damaged, values have changed"):
        assert_same(trained(RECIPE, [0]), made)


def test_a_damaged_file_that_came_with_the_book_is_refused_with_the_way_out(asked):
    trained(RECIPE, [0])
    path = shipped()
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Mismatch, match="delete it, and it is made anew") as error:
        trained(RECIPE, [0])
    assert str(path) in str(error.value)


def test_a_writer_killed_in_the_middle_leaves_nothing(asked, monkeypatch):
    def killed(tensors, metadata):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(stored.safetensors_torch, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            trained(RECIPE, [0])
    assert files() == []
    assert trained(RECIPE, [0]).seeds == (0,)


def test_what_a_dead_writer_left_is_never_read(asked):
    trained(RECIPE, [0])
    (path,) = files()
    path.rename(path.with_name(f".{path.name}.dead"))
    trained(RECIPE, [0])
    assert asked == [[0], [0]]


def test_a_folder_that_cannot_be_written_is_one_sentence_with_the_path(asked, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("a file where a folder should be")
    monkeypatch.setattr(paths, "MODELS", tmp_path / "file")
    with pytest.raises(OSError, match="make its folder writable") as error:
        trained(RECIPE, [0])
    assert str(tmp_path / "file" / RECIPE.label) in str(error.value)
    assert "\n" not in str(error.value)
