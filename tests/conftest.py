"""What several tests share: settings of the tools, folders of their own, one small ensemble."""

import os

import hypothesis
import matplotlib
import pytest
import torch
from samples import PROBES

from weightprobes import paths
from weightprobes.datasets import DATASETS
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training, train
from weightprobes.probes import Probe
from weightprobes.tasks import Task

matplotlib.use("Agg")

# The tensors here are small: threads would only wait for each other.
torch.set_num_threads(1)

# The same examples in every run: a test that fails here fails everywhere.
hypothesis.settings.register_profile("house", deadline=None, derandomize=True, max_examples=25)
hypothesis.settings.load_profile("house")


@pytest.fixture(params=PROBES, ids=repr, scope="session")
def probe(request) -> Probe:
    """Every variant of every probe in turn."""
    return request.param


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """The folders of the library, empty and this test's own; returns the one that holds them all."""
    monkeypatch.setenv("WEIGHTPROBES_STORE", str(tmp_path))
    monkeypatch.setenv("WEIGHTPROBES_FRESH", "1")
    monkeypatch.delenv("WEIGHTPROBES_DATA", raising=False)
    monkeypatch.setattr(paths, "RAW", tmp_path / "raw")
    return tmp_path


@pytest.fixture(params=[0o022, 0o077, 0o007], ids=oct)
def umask(request):
    """A umask for this test: what a new file or folder must not let others do."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.fixture(autouse=True)
def folders_are_looked_up_anew():
    """A test that sets one of the folders leaves nothing behind: it is no constant afterwards."""
    yield
    for name in paths.LOOKED_UP:
        vars(paths).pop(name, None)


@pytest.fixture
def datasets_put_back():
    """What a test registers is gone after it."""
    before = dict(DATASETS)
    yield
    DATASETS.clear()
    DATASETS.update(before)


@pytest.fixture(scope="session")
def training() -> Training:
    """The recipe of ``ensemble``: small, and trained in a blink."""
    return Training(Task.named("digits/7-9"), hidden=(8,), epochs=2)


@pytest.fixture(scope="session")
def ensemble(training) -> Ensemble:
    """Three small networks, seeds 0, 1 and 2."""
    return train(training, range(3))


@pytest.fixture(scope="session")
def images(training):
    """The test images of ``training``'s task and their labels."""
    return training.task.load("test")


@pytest.fixture(scope="session")
def seen(training):
    """Its training images."""
    return training.task.load("train")[0]
