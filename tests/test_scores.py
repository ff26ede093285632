"""What an evaluation gives: numbers and items, and the paired bootstrap over items."""

import numpy as np
import pytest
import torch

from weightprobes.engine import item_bootstrap as module
from weightprobes.engine.item_bootstrap import RESAMPLES, resampled, with_interval


def hits(seed=0, items=40, k=1):
    counts = np.random.default_rng(seed).integers(0, 5, (items, k))
    return counts[:, 0] if k == 1 else counts


def ratio(sums):
    """A score of two counts."""
    return sums[..., 0] / (sums[..., 0] + sums[..., 1])


@pytest.mark.parametrize(
    "found", [0.5, np.float32(0.5), np.array(0.5), torch.tensor(0.5), torch.tensor(0.5, requires_grad=True)]
)
def test_a_number_has_no_resamples(found):
    assert resampled(found).tolist() == [0.5]
    assert np.isnan(with_interval("score", resampled(found))["score_low"])


@pytest.mark.parametrize("dtype", [torch.bool, torch.uint8, torch.int64, torch.float16, torch.bfloat16])
def test_items_of_any_type_are_summed_in_double_precision(dtype):
    found = torch.tensor([0, 1] * 300).to(dtype)
    expected = resampled(np.array([0, 1] * 300))
    assert np.array_equal(resampled(found), expected)
    assert np.array_equal(resampled(found[:, None]), expected)
    assert np.array_equal(resampled(found.tolist()), expected)
    assert expected[0] == 0.5


def test_the_score_is_the_mean_over_items_or_that_of_their_sums():
    assert resampled(hits())[0] == pytest.approx(hits().mean())
    assert resampled(hits(), lambda sums: sums[..., 0] ** 2)[0] == hits().sum() ** 2
    counts = hits(k=2)
    assert resampled(counts, ratio)[0] == counts[:, 0].sum() / counts.sum()


def test_resamples_spread_like_items_drawn_one_at_a_time():
    counts, rng = hits(k=2), np.random.default_rng(7)
    twins = [ratio(counts[rng.integers(len(counts), size=len(counts))].sum(0)) for _ in range(4000)]
    drawn = resampled(counts, ratio)[1:]
    assert len(drawn) == RESAMPLES
    assert drawn.mean() == pytest.approx(np.mean(twins), abs=0.005)
    assert drawn.std() == pytest.approx(np.std(twins), rel=0.1)
    made = with_interval("score", resampled(counts, ratio))
    low, high = np.quantile(twins, [0.025, 0.975])
    assert (made["score_low"], made["score_high"]) == pytest.approx((low, high), abs=0.02)


def test_resamples_are_paired_and_always_the_same():
    ours, better = hits(3), hits(3) + (np.arange(40) % 7 == 0)
    assert np.array_equal(resampled(ours), resampled(ours))
    gains = resampled(better) - resampled(ours)
    assert (gains >= 0).all()
    assert gains.std() < resampled(ours).std() / 2
    assert not np.array_equal(resampled(hits(3, 41))[1:], resampled(ours)[1:])


def test_another_process_draws_the_same_resamples():
    here = resampled(hits())
    module._times.cache_clear()
    assert np.array_equal(resampled(hits()), here)


@pytest.mark.parametrize("items", [1, 2, 700])
def test_a_constant_is_scored_as_it_is_in_every_resample(items):
    assert resampled(np.full(items, 3.0)) == pytest.approx(3.0)


def test_one_item_cannot_be_drawn_in_another_way():
    assert np.unique(resampled([0.25])).tolist() == [0.25]


def test_a_score_of_nan_has_no_interval_where_it_never_exists():
    made = with_interval("score", resampled(np.full(5, np.nan)))
    assert all(np.isnan(value) for value in made.values())


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (None, "NoneType 'None'"),
        ("0.5", "str '0.5'"),
        ({"f1": 0.5}, "dict "),
        (1 + 2j, "complex "),
        (torch.ones(3, dtype=torch.complex64), "Tensor "),
        (torch.ones(2, 2, 2), "Tensor "),
        ([[1], [1, 2]], "list "),
        ([], r"list '\[\]'"),
        (torch.zeros(0, 3), "Tensor "),
        (np.array(["a"]), "ndarray "),
        (object(), "object "),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_neither_a_number_nor_items_is_refused_with_the_way_out(found, told):
    said = f"^evaluate gives {told}.*: let it return a number, or an array with a row for each item$"
    with pytest.raises(ValueError, match=f"(?s){said}"):
        resampled(found)


def test_several_counts_need_a_score():
    with pytest.raises(
        ValueError, match=r"^evaluate gives 2 counts an item: say what their sums score, score=…$"
    ):
        resampled(hits(k=2))
