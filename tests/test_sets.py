"""The data sets are those that were published: their counts, their first rows, their official splits."""

import json
import sys
from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from samples import loaded
from sklearn.datasets import load_breast_cancer, load_wine

from weightprobes import paths
from weightprobes.datasets import clinc150, files, fsdd, fsdd_speakers, letter, mnist1d, pendigits
from weightprobes.datasets.files import DatasetCorrupt, DatasetMissing, published

# What UCI says of its letters, A to Z.
LETTERS = (789, 766, 736, 805, 768, 775, 773, 734, 755, 747, 739, 761, 792)
LETTERS += (783, 753, 803, 783, 758, 748, 796, 813, 764, 752, 787, 786, 734)


def both(name):
    return [loaded(name, split) for split in ("train", "test")]


def test_pendigits_are_split_by_writer_as_uci_has_them():
    train, test = both("pendigits")
    assert (len(train.y), len(test.y)) == (7494, 3498)
    assert train.y.bincount().tolist() == [780, 779, 780, 719, 780, 720, 720, 778, 719, 719]
    assert test.y.bincount().tolist() == [363, 364, 364, 336, 364, 335, 336, 364, 336, 336]
    assert train.x[0].tolist() == [47, 100, 27, 81, 57, 37, 26, 0, 0, 23, 56, 53, 100, 90, 40, 98]
    assert train.y[0] == 8
    assert test.x[0, :4].tolist() == [88, 92, 2, 99]
    assert test.y[0] == 8


def test_letters_have_the_published_counts():
    train, test = both("letter")
    assert (len(train.y), len(test.y)) == (16_000, 4_000)
    assert tuple((train.y.bincount() + test.y.bincount()).tolist()) == LETTERS
    assert train.x[0].tolist() == [2, 4, 4, 3, 2, 7, 8, 2, 9, 11, 7, 7, 1, 8, 5, 6]
    assert letter.CLASSES[train.y[0]] == "Z"
    assert set(train.x.unique().tolist()) == set(range(16))


def test_of_spoken_digits_the_first_five_takes_of_each_speaker_are_for_the_test():
    train, test = both("fsdd")
    assert train.y.bincount().tolist() == 10 * [270]
    assert test.y.bincount().tolist() == 10 * [30]
    everything = torch.cat([train.x, test.x])
    assert len(everything.flatten(1).unique(dim=0)) == len(everything) == 3000


def test_speakers_who_are_held_out_are_in_no_training_recording():
    (train, test), (ours, theirs) = both("fsdd_speakers"), both("fsdd")
    _, digit, speaker, take = fsdd.recordings()
    assert Counter(speaker) == dict.fromkeys(
        ("george", "jackson", "lucas", "nicolas", "theo", "yweweler"), 500
    )
    assert sorted(set(take)) == list(range(50))
    assert len(test.y) == sum(name in fsdd_speakers.HELD_OUT for name in speaker) == 1000
    assert digit.bincount().tolist() == (train.y.bincount() + test.y.bincount()).tolist()
    # the same recordings, otherwise parted
    assert torch.cat([train.x, test.x]).double().sum() == torch.cat([ours.x, theirs.x]).double().sum()


def test_intents_are_balanced_and_their_words_come_from_training_sentences_alone(tmp_path, monkeypatch):
    train, test = both("clinc150")
    assert (set(train.y.bincount().tolist()), set(test.y.bincount().tolist())) == ({100}, {30})
    assert clinc150.CLASSES[train.y[0]] == "translate"
    lengths = test.x.norm(dim=1)
    torch.testing.assert_close(lengths[lengths > 0], torch.ones(int((lengths > 0).sum())))
    file = published(clinc150.NAME, clinc150.FILE, clinc150.URL, clinc150.CHECKSUM)
    told = json.loads(file.read_text())
    (tmp_path / "other.json").write_text(json.dumps({**told, "test": told["test"][:2] + told["val"][:5]}))
    monkeypatch.setattr(clinc150, "published", lambda *_: tmp_path / "other.json")
    assert torch.equal(clinc150.load("train")[0], train.x)
    assert torch.equal(clinc150.load("test")[0][:2], test.x[:2])


def test_mnist1d_is_the_packages_own_and_leaves_the_global_generators_alone():
    loaded("mnist1d", "train")
    np.random.seed(3)  # noqa: NPY002
    wanted = np.random.get_state()[1].tolist()  # noqa: NPY002
    mnist1d._made.cache_clear()
    x, y = mnist1d.load("train")
    assert np.random.get_state()[1].tolist() == wanted  # noqa: NPY002
    assert (x.shape, y[:5].tolist()) == ((4000, 40), [2, 6, 4, 5, 6])
    everything = torch.cat([x, mnist1d.load("test")[0]])
    assert everything.mean().item() == pytest.approx(0, abs=1e-4)
    assert everything.std().item() == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize(("name", "loader"), [("breast_cancer", load_breast_cancer), ("wine", load_wine)])
def test_tables_of_scikit_learn_are_parted_within_each_class(name, loader):
    train, test = both(name)
    rows, labels = loader(return_X_y=True)
    whole = np.concatenate([train.x, test.x])
    assert np.array_equal(np.sort(whole, axis=0), np.sort(rows.astype(np.float32), axis=0))
    for label, count in enumerate(np.bincount(labels)):
        assert (test.y == label).sum() == count // 4
        assert (train.y == label).sum() == count - count // 4


# Files


FILE, URL = "set/rows.arff", "https://example.org/rows.arff"
CHECKSUM = "0cc175b9c0f1b6a831c399e269772661"  # of "a"


@pytest.fixture
def downloads(monkeypatch):
    """Replaces downloads; ``downloads.run`` says what one does with the file it is to write."""
    noted = SimpleNamespace(asked=[], run=lambda path: path.write_text("a"))

    def download_url(url, folder, name, checksum):
        noted.asked.append((url, checksum))
        folder.mkdir(parents=True)
        noted.run(folder / name)

    utils = SimpleNamespace(download_url=download_url)
    monkeypatch.setattr(files, "torchvision_datasets", lambda: SimpleNamespace(utils=utils))
    return noted


def test_a_file_is_downloaded_once_and_read_from_its_folder_from_then_on(folders, downloads):
    for _ in range(2):
        assert published("Set", FILE, URL, CHECKSUM) == paths.RAW / FILE
    assert downloads.asked == [(URL, CHECKSUM)]
    assert [path.name for path in paths.RAW.iterdir()] == ["set"]


def test_the_named_folder_comes_first(folders, downloads, monkeypatch):
    monkeypatch.setenv("WEIGHTPROBES_DATA", str(folders / "named"))
    (folders / "named" / "set").mkdir(parents=True)
    (folders / "named" / FILE).write_text("a")
    assert published("Set", FILE, URL, CHECKSUM) == folders / "named" / FILE
    assert downloads.asked == []


@pytest.mark.parametrize("death", [OSError, RuntimeError, KeyboardInterrupt])
def test_a_download_that_breaks_off_leaves_nothing(folders, downloads, death):
    def broken(path):
        path.write_text("half")
        raise death("no network")

    downloads.run = broken
    with pytest.raises(KeyboardInterrupt if death is KeyboardInterrupt else DatasetMissing) as error:
        published("Set", FILE, URL, CHECKSUM)
    assert list(paths.RAW.iterdir()) == []
    if death is not KeyboardInterrupt:
        assert f"set WEIGHTPROBES_DATA to a folder that holds {FILE}" in str(error.value)


@pytest.mark.parametrize("dataset", [pendigits, letter, clinc150])
def test_a_file_that_is_not_the_published_one_is_named(dataset, folders, downloads):
    (paths.RAW / dataset.FILE).parent.mkdir(parents=True)
    (paths.RAW / dataset.FILE).write_text("@data\n1,2")
    with pytest.raises(DatasetCorrupt, match=f"{dataset.FILE} is not the published {dataset.NAME} file"):
        dataset.load("train")


def test_recordings_that_are_cut_off_are_named(folders, downloads):
    (paths.RAW / fsdd.FILE).parent.mkdir(parents=True)
    (paths.RAW / fsdd.FILE).write_bytes(b"PK\3\4 and no more")
    with pytest.raises(DatasetCorrupt, match=f"{fsdd.FILE} is damaged"):
        fsdd.load("test")


def test_without_its_package_mnist1d_says_what_to_install(monkeypatch):
    mnist1d._made.cache_clear()
    monkeypatch.setitem(sys.modules, "mnist1d.data", None)
    with pytest.raises(DatasetMissing, match=r"pip install 'weightprobes\[mnist1d\]'"):
        mnist1d.load("train")


@pytest.mark.parametrize("dataset", [pendigits, letter, clinc150, fsdd, fsdd_speakers, mnist1d])
def test_there_are_two_splits(dataset):
    with pytest.raises(ValueError, match="unknown split 'validation': choose one of train, test"):
        dataset.load("validation")
