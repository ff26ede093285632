"""Datasets: what is loaded, and what is said when they are missing, damaged or half downloaded."""

import math
import re
from dataclasses import replace
from hashlib import md5
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from samples import loaded

from weightprobes import paths
from weightprobes.datasets import DATASETS, digits, fashion_mnist, idx, loading, mnist, registry
from weightprobes.datasets.files import DatasetCorrupt, DatasetMissing
from weightprobes.datasets.idx import load_idx
from weightprobes.datasets.torchvision import torchvision_datasets
from weightprobes.engine.sweep import Sweep
from weightprobes.models.training import Training
from weightprobes.probes import Prune
from weightprobes.tables.stored import Networks
from weightprobes.tasks import Task

# A dataset in MNIST's format with two training images and one test image, white, grey and black.
IMAGES = {"train": [255, 51], "t10k": [0]}
LABELS = {"train": [7, 9], "t10k": [7]}


def published():
    """The bytes of its four files."""
    files = {}
    for split, greys in IMAGES.items():
        size = bytes([0, 0, 0, len(greys)])
        pixels = b"".join(bytes([grey]) * 784 for grey in greys)
        files[f"{split}-images-idx3-ubyte"] = b"\0\0\x08\x03" + size + b"\0\0\0\x1c\0\0\0\x1c" + pixels
        files[f"{split}-labels-idx1-ubyte"] = b"\0\0\x08\x01" + size + bytes(LABELS[split])
    return files


CHECKSUMS = {file: md5(content, usedforsecurity=False).hexdigest() for file, content in published().items()}


def put(root, files=None):
    """Lay ``files`` out under ``root`` as torchvision does; returns their folder."""
    raw = root / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for file, content in (published() if files is None else files).items():
        (raw / file).write_bytes(content)
    return raw


@pytest.fixture
def downloads(monkeypatch):
    """Replaces downloads, and notes where they go; ``downloads.run`` says what one does there."""
    real = torchvision_datasets().MNIST
    noted = SimpleNamespace(folders=[], run=put)

    def dataset(root, *, train=True, download=False):
        if not download:
            return real(root, train=train)
        noted.folders.append(root)
        return noted.run(paths.Path(root))

    monkeypatch.setattr(idx, "torchvision_datasets", lambda: SimpleNamespace(MNIST=dataset))
    return noted


def no_network(root):
    raise RuntimeError("Error downloading train-images:\n  no network")


# What is loaded


@pytest.mark.parametrize("split", ["train", "test"])
def test_digits_are_there_without_a_file(split):
    images, labels = digits.load(split)
    assert images.shape == (len(labels), *digits.SHAPE)
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)
    assert (images.min(), images.max()) == (0, 1)
    assert labels.unique().tolist() == list(range(10))


def test_digits_are_split_into_all_images_without_overlap():
    train, test = (digits.load(split)[0].flatten(1) for split in ("train", "test"))
    assert (len(train), len(test)) == (1347, 450)
    assert torch.cdist(test, train).min() > 0


@pytest.mark.parametrize("name", DATASETS)
def test_every_data_set_says_its_name_classes_and_shape(name):
    dataset = DATASETS[name]
    assert isinstance(dataset.NAME, str)
    assert len(dataset.CLASSES) == len(set(dataset.CLASSES)) > 1
    assert math.prod(dataset.SHAPE) > 0


@pytest.mark.parametrize(("split", "prefix"), [("train", "train"), ("test", "t10k")])
def test_an_idx_dataset_is_read_from_its_files(folders, split, prefix):
    put(paths.RAW)
    images, labels = load_idx("MNIST", CHECKSUMS, split)
    assert images.shape == (len(IMAGES[prefix]), 28, 28)
    assert images[:, 0, 0].tolist() == pytest.approx([grey / 255 for grey in IMAGES[prefix]])
    assert labels.tolist() == LABELS[prefix]
    assert (images.dtype, labels.dtype) == (torch.float32, torch.int64)


def test_the_named_folder_is_searched_before_the_librarys_own(folders, monkeypatch):
    monkeypatch.setenv("WEIGHTPROBES_DATA", str(folders / "named"))
    assert paths.dataset_folders() == [folders / "named", paths.RAW]
    put(paths.RAW, dict.fromkeys(published(), b"damaged"))
    put(folders / "named")
    assert len(load_idx("MNIST", CHECKSUMS, "train")[1]) == 2


def test_a_named_folder_without_the_dataset_is_passed_over(folders, monkeypatch):
    monkeypatch.setenv("WEIGHTPROBES_DATA", str(folders / "named"))
    put(paths.RAW)
    assert len(load_idx("MNIST", CHECKSUMS, "train")[1]) == 2


# Damaged files


@pytest.mark.parametrize("damage", [lambda content: content[:-1], lambda content: content[:-1] + b"!"])
@pytest.mark.parametrize("file", published())
def test_a_truncated_or_changed_file_is_named(folders, file, damage):
    raw = put(paths.RAW)
    (raw / file).write_bytes(damage((raw / file).read_bytes()))
    with pytest.raises(DatasetCorrupt, match=f"^{re.escape(str(raw / file))} is not the published MNIST"):
        load_idx("MNIST", CHECKSUMS, "train" if file.startswith("train") else "test")


# Missing files and downloads


@pytest.mark.parametrize("dataset", [mnist, fashion_mnist])
def test_a_missing_dataset_is_one_sentence_with_the_folders_and_both_ways_out(folders, monkeypatch, dataset):
    failing = SimpleNamespace(
        MNIST=lambda root, download: no_network(root), FashionMNIST=lambda root, download: no_network(root)
    )
    monkeypatch.setattr(idx, "torchvision_datasets", lambda: failing)
    monkeypatch.setenv("WEIGHTPROBES_DATA", str(folders / "named"))
    with pytest.raises(DatasetMissing) as error:
        dataset.load("train")
    sentence = str(error.value)
    for part in (str(folders / "named"), str(paths.RAW), "no network", "set WEIGHTPROBES_DATA", "digits"):
        assert part in sentence
    assert "\n" not in sentence
    assert list(paths.RAW.iterdir()) == []


def test_a_download_goes_elsewhere_and_is_moved_when_it_is_whole(folders, downloads):
    assert len(load_idx("MNIST", CHECKSUMS, "train")[1]) == 2
    assert len(load_idx("MNIST", CHECKSUMS, "test")[1]) == 1
    assert len(downloads.folders) == 1
    assert downloads.folders != [str(paths.RAW)]
    assert [file.name for file in paths.RAW.iterdir()] == ["MNIST"]


@pytest.mark.parametrize("death", [RuntimeError, OSError, KeyboardInterrupt])
def test_a_download_killed_half_way_leaves_nothing(folders, downloads, death):
    def killed(root):
        put(root)
        raise death

    downloads.run = killed
    with pytest.raises(KeyboardInterrupt if death is KeyboardInterrupt else DatasetMissing):
        load_idx("MNIST", CHECKSUMS, "train")
    assert list(paths.RAW.iterdir()) == []
    downloads.run = put
    assert len(load_idx("MNIST", CHECKSUMS, "train")[1]) == 2


def test_what_a_dead_download_left_is_never_read(folders, downloads):
    put(paths.RAW / "tmp-of-a-dead-process")
    downloads.run = no_network
    with pytest.raises(DatasetMissing):
        load_idx("MNIST", CHECKSUMS, "train")


def test_a_dataset_that_lacks_a_file_is_downloaded_anew(folders, downloads):
    raw = put(paths.RAW)
    (raw / "t10k-labels-idx1-ubyte").unlink()
    assert len(load_idx("MNIST", CHECKSUMS, "train")[1]) == 2


# torchvision


def test_torchvisions_datasets_can_be_imported_beside_any_pytorch():
    assert torchvision_datasets() is torchvision_datasets()
    assert torchvision_datasets().MNIST.__name__ == "MNIST"
    assert torchvision_datasets().FashionMNIST.__name__ == "FashionMNIST"


# What every data set is read through


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize("name", DATASETS)
def test_counts_and_digests_told_are_those_of_the_data(name, split):
    _, y, digest = loaded(name, split)
    assert loading.counts(name, split) == tuple(y.bincount().tolist())
    assert DATASETS[name].DIGEST[split] == digest
    assert digest in loading.digest(name)


def toy(*, features=(1.5, -2.0, 0.0, 7.0), labels=(0, 1, 1, 0), **told):
    """A data set of one feature and no constants of its own, but for what is ``told``."""
    x, y = torch.tensor(features)[:, None], torch.as_tensor(labels)
    return SimpleNamespace(
        **{"NAME": "Toy", "CLASSES": ("no", "yes"), "SHAPE": (1,), "load": lambda split: (x, y), **told}
    )


@pytest.fixture
def register(monkeypatch):
    """Registers a data set as ``"toy"`` for one test."""
    return lambda dataset: monkeypatch.setitem(DATASETS, "toy", dataset)


def test_a_data_set_of_ones_own_is_counted_and_named_by_what_is_in_it(register):
    register(toy())
    assert loading.counts("toy", "test") == (2, 2)
    first = loading.digest("toy")
    register(toy())
    assert loading.digest("toy") == first
    for other in (toy(features=(1.5, -2.0, 0.0, 7.5)), toy(labels=(0, 1, 1, 1))):
        register(other)
        assert loading.digest("toy") != first


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (toy(features=(1.0, float("nan"), 0.0, 0.0)), "holds inputs that are NaN or infinite"),
        (toy(features=(1.0, float("-inf"), 0.0, 0.0)), "holds inputs that are NaN or infinite"),
        (toy(labels=(0, 1, 2, 0)), "has labels from 0 to 2: count them from 0 to 1"),
        (toy(labels=(0, -1, 1, 0)), "has labels from -1 to 1: count them from 0 to 1"),
        (toy(labels=(0.0, 0.5, 1.0, 0.0)), "is of types torch.float32 and torch.float32"),
        (toy(labels=(0, 1, 1)), r"has inputs \(4, 1\) for labels \(3,\)"),
        (toy(SHAPE=(2,)), r"has inputs \(4, 1\) for labels \(4,\): give one or more of shape \(2,\)"),
        (
            toy(features=(), labels=torch.empty(0, dtype=torch.int64)),
            r"has inputs \(0, 1\) for labels \(0,\)",
        ),
        (toy(COUNTS={"train": (3, 1)}), r"has COUNTS \(2, 2\) instead of \(3, 1\)"),
        (toy(labels=((0, 1), (1, 0), (1, 0), (0, 1))), r"has inputs \(4, 1\) for labels \(4, 2\)"),
        (toy(load=lambda split: (np.zeros((4, 1)), np.zeros(4))), "is of types ndarray and ndarray"),
        (toy(DIGEST={"train": "0" * 8}), "has DIGEST [0-9a-f]{8} instead of 00000000"),
    ],
    ids=lambda value: value if isinstance(value, str) else "of",
)
def test_data_that_nothing_can_be_learned_from_get_one_sentence(register, wrong, said):
    register(wrong)
    with pytest.raises(DatasetCorrupt, match=f"^the train split of toy {said}") as error:
        loading.load("toy", "train")
    assert "\n" not in str(error.value)


def test_who_changes_what_load_returned_changes_no_task(register):
    x, y = torch.tensor([[1.0], [2.0]]), torch.tensor([0, 1])
    register(toy(load=lambda split: (x, y)))
    told = loading.digest("toy")
    x.zero_()
    assert loading.load("toy", "train").x.tolist() == [[1.0], [2.0]]
    assert loading.digest("toy") == told


@pytest.mark.parametrize("name", registry.NEEDED)
def test_what_a_data_set_lacks_is_named(register, name):
    dataset = toy()
    delattr(dataset, name)
    register(dataset)
    with pytest.raises(ValueError, match=f"the data set toy has no {name}: give it NAME, CLA"):
        Task("toy", (0, 1))


def test_a_class_that_nothing_belongs_to_makes_no_task(register):
    register(toy(CLASSES=("no", "yes", "maybe")))
    with pytest.raises(DatasetCorrupt, match="the train split of toy has nothing of class 2: choose others"):
        Task("toy", (1, 2)).load("train")


def test_the_same_name_with_other_data_is_another_task_with_other_numbers(register, folders):
    generous = torch.arange(40).float()[:, None] / 40
    half = (torch.arange(40) >= 20).long()
    register(toy(load=lambda split: (generous, half)))
    training = Training(Task.named("toy/0-1"), hidden=(4,), epochs=1)
    before = Sweep(training, Prune(), (0.0,)).table([0, 1])
    register(toy(load=lambda split: (generous.flip(0), half)))
    again = replace(training, task=Task.named("toy/0-1"))
    assert again.task != training.task
    assert Networks(again).files != Networks(training).files
    after = Sweep(again, Prune(), (0.0,)).table([0, 1])
    assert not after["accuracy"].equals(before["accuracy"])
    with pytest.raises(DatasetCorrupt, match="toy has other data than this task was made for"):
        Task("toy", (0, 1), data="0" * 16).load("train")
