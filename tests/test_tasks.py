"""Tasks: their names, labels and scalings, and what is said of a wrong one."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from samples import needs_mnist

from weightprobes.datasets import DATASETS
from weightprobes.models.training import Training
from weightprobes.tasks import PAPER_TASKS, Task


@given(st.sampled_from(sorted(DATASETS)), st.randoms(use_true_random=False))
def test_a_name_is_read_and_printed_back(dataset, rng):
    labels = range(len(DATASETS[dataset].CLASSES))
    classes = rng.sample(labels, rng.randint(2, len(labels)))
    name = f"{dataset}/{'-'.join(map(str, classes))}"
    assert Task.named(name).name == name
    assert Task.named(name) == Task(dataset, tuple(classes))


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("clinc150/transfer-translate", "clinc150/130-131"),
        ("letter/Q-A", "letter/16-0"),
        ("letter/Q-0", "letter/16-0"),
        ("fashion_mnist/Ankle boot-Bag", "fashion_mnist/9-8"),
        ("breast_cancer/benign-malignant", "breast_cancer/1-0"),
    ],
)
def test_classes_go_by_their_names_too(words, name):
    assert Task.named(words) == Task.named(name)
    assert Task.named(words).name == name


def test_titles_say_the_classes_and_the_papers_word():
    titles = {
        "mnist/0-7": "MNIST 0 vs 7 (easy)",
        "mnist/7-9": "MNIST 7 vs 9 (hard)",
        "fashion_mnist/3-2": "Fashion-MNIST Dress vs Pullover (easy)",
        "fashion_mnist/3-1": "Fashion-MNIST Dress vs Trouser (hard)",
        "mnist/9-7": "MNIST 9 vs 7",
        "digits/0-1-2-3-4": "Digits, 5 classes",
    }
    assert {name: Task.named(name).title for name in titles} == titles
    assert set(PAPER_TASKS) < set(titles)


def test_a_label_is_the_position_in_the_list_of_classes():
    images, labels = DATASETS["digits"].load("test")
    x, y = Task.named("digits/9-0-7", "unit").load("test")
    for position, label in enumerate((9, 0, 7)):
        assert torch.equal(x[y == position], images[labels == label].flatten(1))
    assert len(y) == sum((labels == label).sum() for label in (9, 0, 7))


def test_scalings_put_the_background_where_they_say():
    unit, symmetric, centered = (
        Task.named("digits/7-9", scaling).load("train")[0] for scaling in ("unit", "symmetric", "centered")
    )
    assert (unit.min(), unit.max()) == (0, 1)
    assert (symmetric.min(), symmetric.max()) == (-1, 1)
    assert torch.equal(symmetric, 2 * unit - 1)
    assert centered.mean(0).abs().max() < 1e-6
    torch.testing.assert_close(centered.diff(dim=0), symmetric.diff(dim=0))


def test_centering_the_test_images_uses_the_training_mean():
    centered, symmetric = (
        Task.named("digits/7-9", scaling).load("test")[0] for scaling in ("centered", "symmetric")
    )
    mean = Task.named("digits/7-9").load("train")[0].mean(0)
    torch.testing.assert_close(centered, symmetric - mean)
    assert centered.mean(0).abs().max() > 0.01


def constant_in_training():
    """The pixels that all training images share, one by one; some of them vary in the test images."""
    seen, tested = (Task.named("digits/7-9", "unit").load(split)[0].T.tolist() for split in ("train", "test"))
    constant = [len(set(pixel)) == 1 for pixel in seen]
    assert any(same and len(set(pixel)) > 1 for same, pixel in zip(constant, tested, strict=True))
    return torch.tensor(constant)


def test_standardized_pixels_spread_by_one_over_the_training_images_unless_they_are_constant():
    x, _ = Task.named("digits/7-9", "standardized").load("train")
    constant = constant_in_training()
    torch.testing.assert_close(x.std(0), (~constant).float())
    assert (x[:, constant] == 0).all()
    assert x.mean(0).abs().max() < 1e-5


def test_standardizing_the_test_images_uses_the_training_mean_and_spread():
    standardized, symmetric = (
        Task.named("digits/7-9", scaling).load("test")[0] for scaling in ("standardized", "symmetric")
    )
    seen = Task.named("digits/7-9").load("train")[0].double()
    varying = ~constant_in_training()
    back = standardized.double() * seen.std(0) + seen.mean(0)
    torch.testing.assert_close(back[:, varying].float(), symmetric[:, varying])
    assert (standardized[:, varying].std(0) - 1).abs().max() > 0.1


@pytest.mark.parametrize("split", ["train", "test"])
def test_varying_is_symmetric_with_zero_where_the_training_images_are_constant(split):
    varying, symmetric = (
        Task.named("digits/7-9", scaling).load(split)[0] for scaling in ("varying", "symmetric")
    )
    constant = constant_in_training()
    assert (varying[:, constant] == 0).all()
    assert torch.equal(varying[:, ~constant], symmetric[:, ~constant])


def test_shares_are_those_of_the_images():
    for split in ("train", "test"):
        _, y = Task.named("digits/7-9").load(split)
        sevens = (y == 0).double().mean().item()
        assert Task.named("digits/7-9").shares(split) == pytest.approx((sevens, 1 - sevens))


def test_pixels_are_the_networks_inputs():
    assert (Task.named("digits/7-9").pixels, Task.named("mnist/7-9").pixels) == (64, 784)
    assert Task.named("digits/7-9").load("test")[0].shape[1] == 64


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("cifar/0-1", f"unknown dataset 'cifar': choose one of {', '.join(DATASETS)}"),
        ("digits/7-12", "unknown class 12 in task 'digits/7-12': digits has classes 0 to 9"),
        ("digits/7-7", "task 'digits/7-7' does not tell classes apart: name two or more different ones"),
        ("digits/7", "task 'digits/7' does not tell classes apart: name two or more different ones"),
        ("digits", "task 'digits' is not of the form 'dataset/class-class', like 'mnist/7-9'"),
        ("digits/", "task 'digits/' is not of the form 'dataset/class-class', like 'mnist/7-9'"),
        ("digits/7-x", "unknown class 'x' in task 'digits/7-x': digits has classes 0 to 9"),
        ("digits/7_9", "unknown class '7_9' in task 'digits/7_9': digits has classes 0 to 9"),
        (
            "fashion_mnist/T-shirt-Bag",
            "unknown class 'T' in task 'fashion_mnist/T-shirt-8': fashion_mnist has classes 0 to 9",
        ),
        ("digits/7--9", "task 'digits/7--9' is not of the form 'dataset/class-class', like 'mnist/7-9'"),
    ],
)
def test_a_wrong_name_is_answered_in_one_sentence(name, said):
    with pytest.raises(ValueError) as error:  # noqa: PT011, the sentence is compared whole
        Task.named(name)
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("dataset", "classes", "label"),
    [("digits", 10, "digits_0-1-2-3-4-5-6-7-8-9-relu-64"), ("clinc150", 150, "clinc150_150-classes-relu-64")],
)
def test_many_classes_are_counted_in_the_names_of_files(dataset, classes, label):
    assert Training(Task(dataset, tuple(range(classes)))).label == label


def test_an_unknown_scaling_gets_the_list_of_the_right_ones():
    right = "symmetric, unit, centered, standardized, varying"
    with pytest.raises(ValueError, match=rf"'log': choose one of {right}$"):
        Task.named("digits/7-9", "log")


def test_an_unknown_split_is_refused():
    with pytest.raises(ValueError, match="validation"):
        Task.named("digits/7-9").load("validation")


# The paper's tasks


@needs_mnist
@pytest.mark.parametrize(
    ("name", "images", "chance"),
    [
        ("mnist/0-7", 2008, (0.48805, 0.51195)),
        ("mnist/7-9", 2037, (0.50466, 0.49534)),
        ("fashion_mnist/3-2", 2000, (0.5, 0.5)),
        ("fashion_mnist/3-1", 2000, (0.5, 0.5)),
    ],
)
def test_the_papers_tasks_have_the_papers_images_and_chance_levels(name, images, chance):
    x, y = Task.named(name).load("test")
    assert (len(x), len(y)) == (images, images)
    assert (x.min(), x.max()) == (-1, 1)
    assert Task.named(name).shares() == pytest.approx(chance, abs=5e-6)
