"""What the explorer carries is what the library has, and its page says what it is."""

import numpy as np
import pytest
import torch
from samples import needs_mnist

from weightprobes import paths
from weightprobes.book import explorer
from weightprobes.datasets import DATASETS
from weightprobes.tasks import PAPER_TASKS, Task

TASKS = pytest.mark.parametrize("task", PAPER_TASKS)
PAGE = paths.HOME / "book" / "explorer.md"


@TASKS
def test_its_network_is_the_kept_one(task):
    carried, model = explorer.read(task), explorer.network_of(task).model(explorer.SEED)
    assert list(carried["weights"]) == list(model)
    for name, value in model.items():
        assert (explorer.unpacked(carried["weights"][name], "<f4") == value.flatten().numpy()).all()


@needs_mnist
@TASKS
def test_it_is_what_would_be_written_anew(task):
    carried, made = explorer.read(task), explorer.content_of(task)
    for name in ("test", "calibration"):  # another zlib packs the same bytes in another way
        old, new = (explorer.unpacked(one.pop(name), "u1") for one in (carried, made))
        assert (old == new).all()
    for name in ("weights", "redrawn"):
        old, new = carried.pop(name), made.pop(name)
        assert list(old) == list(new)
        assert all(
            (explorer.unpacked(old[one], "<f4") == explorer.unpacked(new[one], "<f4")).all() for one in old
        )
    assert carried == made


@needs_mnist
@TASKS
def test_its_images_are_those_that_networks_see(task):
    for ours, theirs in zip(explorer.carried_images(task), explorer.images_of(task), strict=True):
        assert torch.equal(ours, theirs)


@TASKS
def test_its_labels_are_the_classes_in_the_tasks_order(task):
    one = Task.named(task)
    names = DATASETS[one.dataset].CLASSES
    assert explorer.read(task)["classes"] == [names[label] for label in one.classes]


def test_packing_keeps_every_bit():
    values = np.array([0.1, -0.0, 3e-39], "f4")
    assert explorer.unpacked(explorer.packed(values), "<f4").tobytes() == values.tobytes()


def test_it_weighs_little_enough_for_a_phone():
    sizes = [explorer.file_of(task).stat().st_size for task in PAPER_TASKS]
    assert sum(sizes) < 2_000_000
    scripts = [(explorer.FOLDER / name).read_text() for name in ("network.js", "explorer.js")]
    assert sum(script.count("\n") for script in scripts) <= 500


def test_its_page_tells_what_it_carries():
    text = PAGE.read_text()
    assert f"the first {explorer.TEST} of the task's test images" in text
    assert f"over {explorer.CALIBRATION} training images" in text
    assert f"the one with seed {explorer.SEED} of" in text


@TASKS
def test_makers_of_the_images_are_named_where_they_are(task):
    head = explorer.file_of(task).read_text().splitlines()[0]
    for words in ("MNIST", "CC BY-SA 3.0") if task.startswith("mnist") else ("Zalando", "MIT"):
        assert words in head
        assert words in PAGE.read_text()
