"""Similarity: SSIM is scikit-image's, and a table holds the mean of what was drawn."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from samples import needs_mnist, normal
from skimage.metrics import structural_similarity

from weightprobes.datasets import DATASETS
from weightprobes.measures import similarity
from weightprobes.measures.similarity import Similarity, ssim
from weightprobes.paper import reference

SMALL = Similarity("digits", images=12, pairs=20)
SHAPES = [(7, 7), (8, 8), (12, 9), (9, 12), (28, 28)]


def each(images):
    """The places that pair every image with itself."""
    return torch.arange(len(images))[:, None].expand(-1, 2)


def pairs_of(first, second):
    return torch.tensor(list(product(range(len(first)), range(len(second)))))


def by_scikit_image(first, second, places):
    return [
        structural_similarity(a, b, data_range=a.max() - a.min())
        for a, b in ((first[i].double().numpy(), second[j].double().numpy()) for i, j in places.tolist())
    ]


def by_windows(a, b):
    """SSIM of two images by its formula, one window of 7 × 7 at a time."""
    small, smaller = ((constant * (a.max() - a.min())) ** 2 for constant in (0.01, 0.03))
    height, width = a.shape
    found = []
    for top, left in product(range(height - 6), range(width - 6)):
        window = np.s_[top : top + 7, left : left + 7]
        x, y = a[window].ravel(), b[window].ravel()
        (var_x, cov), (_, var_y) = np.cov(x, y)
        alike = (2 * x.mean() * y.mean() + small) * (2 * cov + smaller)
        found.append(alike / (x.mean() ** 2 + y.mean() ** 2 + small) / (var_x + var_y + smaller))
    return np.mean(found)


# One pair of images


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_ssim_of_random_images_is_that_of_scikit_image(shape):
    first, second = 3 * normal(5, *shape) + 2, normal(4, *shape)
    places = pairs_of(first, second)
    assert ssim(first, second, places).tolist() == pytest.approx(
        by_scikit_image(first, second, places), abs=1e-9
    )


@pytest.mark.parametrize(
    "dataset",
    ["digits", pytest.param("mnist", marks=needs_mnist), pytest.param("fashion_mnist", marks=needs_mnist)],
)
def test_ssim_of_real_images_is_that_of_scikit_image(dataset):
    images, _ = DATASETS[dataset].load("train")
    first, second = 2 * images[:12] - 1, 2 * images[100:110] - 1
    places = pairs_of(first, second)
    assert ssim(first, second, places).tolist() == pytest.approx(
        by_scikit_image(first, second, places), abs=1e-9
    )


@given(st.integers(7, 14), st.integers(7, 14), st.floats(0.1, 10), st.floats(-5, 5))
def test_an_image_is_wholly_similar_to_itself(height, width, scale, shift):
    images = scale * normal(3, height, width) + shift
    assert ssim(images, images, each(images)).tolist() == pytest.approx([1, 1, 1])


@given(st.floats(0.01, 100))
def test_one_unit_of_brightness_for_both_images_is_as_good_as_another(unit):
    first, second = normal(4, 9, 9).double(), normal(4, 9, 9).flip(0).double()
    ours = ssim(first, second, each(first)).tolist()
    assert ssim(unit * first, unit * second, each(first)).tolist() == pytest.approx(ours)


def test_the_order_matters_through_the_range_of_the_first_image_alone():
    first, second = normal(6, 9, 9).double(), normal(6, 9, 9).flip(0).double()
    forth, back = ssim(first, second, each(first)), ssim(second, first, each(first))
    assert (forth - back).abs().min() > 1e-4
    first, second = (
        images / (images.amax((1, 2)) - images.amin((1, 2)))[:, None, None] for images in (first, second)
    )
    forth, back = ssim(first, second, each(first)), ssim(second, first, each(first))
    torch.testing.assert_close(forth, back)


def test_pairs_may_be_compared_in_blocks_of_any_size(monkeypatch):
    first, second = normal(5, 8, 8), normal(4, 8, 8)
    places = pairs_of(first, second)
    whole = ssim(first, second, places)
    monkeypatch.setattr(similarity, "BLOCK", 3)
    torch.testing.assert_close(ssim(first, second, places), whole)


# Which images are paired


def test_of_one_class_all_pairs_of_different_images_are_drawn_and_of_two_classes_all_pairs():
    drawn = Similarity("digits", pairs=500)._places
    assert {tuple(pair) for pair in drawn(2, 2, 4, 4).tolist()} == set(permutations(range(4), 2))
    assert {tuple(pair) for pair in drawn(2, 3, 4, 3).tolist()} == set(product(range(4), range(3)))


def test_of_one_class_every_other_image_is_as_likely():
    counts = torch.zeros(3, 3)
    for i, j in Similarity("digits", pairs=6000)._places(5, 5, 3, 3).tolist():
        counts[i, j] += 1
    # 1000 of each expected, with a standard deviation of 29
    assert counts.diagonal().tolist() == [0, 0, 0]
    assert (counts[~torch.eye(3, dtype=bool)] - 1000).abs().max() < 150


# Tables


@pytest.fixture
def table(folders):
    return SMALL.table()


def test_a_table_has_a_row_for_each_ordered_pair_of_classes(table):
    assert list(table) == ["dataset", "first", "second", "distance", "error"]
    assert list(zip(table["first"], table["second"], strict=True)) == list(product(range(10), repeat=2))
    assert set(table["dataset"]) == {"digits"}


@pytest.mark.parametrize(("first", "second"), [(0, 1), (1, 0), (4, 4), (9, 7)])
def test_a_distance_is_the_mean_of_a_plain_loop_over_the_first_images(table, first, second):
    images, labels = DATASETS["digits"].load("train")
    ours, theirs = (
        [2 * image.double().numpy() - 1 for image, label in zip(images, labels, strict=True) if label == one][
            :12
        ]
        for one in (first, second)
    )
    places = SMALL._places(first, second, 12, 12).tolist()
    distances = [1 - by_windows(ours[i], theirs[j]) for i, j in places]
    row = table.set_index(["first", "second"]).loc[first, second]
    assert row["distance"] == pytest.approx(np.mean(distances))
    assert row["error"] == pytest.approx(np.std(distances, ddof=1) / 20**0.5)


def test_a_class_is_nearer_to_itself_than_to_the_average_other(table):
    within = table[table["first"] == table["second"]]["distance"]
    assert within.max() < table[table["first"] != table["second"]]["distance"].mean()


def test_a_kept_table_is_found_again(table, monkeypatch):
    monkeypatch.setattr(similarity, "ssim", None)
    pd.testing.assert_frame_equal(SMALL.table(), table)


def test_of_pairs_averages_both_orders_and_names_the_smaller_label_first(monkeypatch):
    distances = {(0, 1): 0.2, (1, 0): 0.4, (0, 0): 0.9, (9, 7): 0.5, (7, 9): 0.6, (7, 7): 0.1}
    rows = [{"first": first, "second": second, "distance": one} for (first, second), one in distances.items()]
    monkeypatch.setattr(Similarity, "table", lambda recipe: pd.DataFrame(rows))
    assert Similarity("mnist").of_pairs().to_dict() == pytest.approx({"mnist/0-1": 0.3, "mnist/7-9": 0.55})


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_the_kept_distances_are_the_authors(dataset, monkeypatch):
    monkeypatch.setattr(Similarity, "_make", lambda recipe, firsts: pytest.fail(f"no kept table of {recipe}"))
    both = (
        Similarity(dataset)
        .table()
        .merge(reference.similarity(), on=["dataset", "first", "second"], suffixes=("", "_theirs"))
    )
    assert len(both) == 55
    # two samples, and what they print is rounded
    allowed = both["error_theirs"] + 4 * 2**0.5 * both["error"]
    assert ((both["distance"] - both["distance_theirs"]).abs() < allowed).all()


def test_what_are_no_images_is_told_in_one_sentence(folders):
    with pytest.raises(ValueError, match=r"wine has inputs of shape \(13,\), and SSIM compares images"):
        Similarity("wine").table()
