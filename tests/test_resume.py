"""A table measured bit by bit: interrupted, extended, and refused where it is about something else."""

import pandas as pd
import pytest
from subjects import Worth, images, made
from torch import nn

from weightprobes.engine.sensitivity import sensitivity
from weightprobes.probes import Noise

X = images(6)
EVALUATE = Worth(X)
ASKED = dict(probe=Noise("normal"), strengths=(0.1, 0.5), readings=("float", "sign"), draws=2)
REFITS = dict(refits=("none", "affine"), calibration=[X])


class Counting:
    """An evaluation that counts its calls, and fails at one of them."""

    def __init__(self, fails_at=None):
        self.calls, self.fails_at = 0, fails_at

    def __call__(self, model):
        self.calls += 1
        if self.calls == self.fails_at:
            raise KeyboardInterrupt
        return EVALUATE(model)


@pytest.fixture
def model():
    return made(lambda: nn.Sequential(*(nn.Linear(6, 6) for _ in range(4)), nn.BatchNorm1d(6)))


@pytest.fixture
def file(tmp_path):
    return tmp_path / "table.parquet"


@pytest.mark.parametrize("fails_at", [2, 5, 14, 23, 60])
@pytest.mark.parametrize("memory", [0, "1GB"])
def test_interrupted_and_resumed_is_uninterrupted(fails_at, memory, model, file):
    whole = sensitivity(model, EVALUATE, **ASKED, **REFITS, memory=memory)
    with pytest.raises(KeyboardInterrupt):
        sensitivity(model, Counting(fails_at), **ASKED, **REFITS, memory=memory, resume=file)
    assert {path.name for path in file.parent.iterdir()} <= {file.name}
    if file.exists():  # whole layers alone
        assert set(pd.read_parquet(file)["layer"].value_counts()) == {16}
    resumed = sensitivity(model, EVALUATE, **ASKED, **REFITS, memory=memory, resume=str(file))
    pd.testing.assert_frame_equal(resumed, whole)
    assert resumed.attrs == whole.attrs


def test_what_is_there_is_not_measured_again(model, file):
    first = sensitivity(model, EVALUATE, **ASKED, resume=file)
    before, again = file.read_bytes(), Counting()
    pd.testing.assert_frame_equal(sensitivity(model, again, **ASKED, resume=file), first)
    assert (again.calls, file.read_bytes()) == (1, before)


@pytest.mark.parametrize(
    "more",
    [
        {"strengths": (0.5, 0.9)},
        {"readings": ("sign", "row", "rescaled")},
        {"draws": 3},
        {"draws": 1},
        {"probe": "prune-smallest"},
        {"probe": Noise("uniform")},
        {"layers": ["1*", "3*"]},
        {"groups": {"ends": ["0*", "3*"]}},
    ],
    ids=repr,
)
def test_a_table_is_extended_and_gives_what_is_asked(more, model, file):
    sensitivity(model, EVALUATE, **ASKED, **REFITS, layers=["0*", "1*"], resume=file)
    older = pd.read_parquet(file)
    asked = ASKED | REFITS | more
    table = sensitivity(model, EVALUATE, **asked, resume=file)
    fresh = sensitivity(model, EVALUATE, **asked)
    pd.testing.assert_frame_equal(table, fresh)
    held = pd.read_parquet(file)
    assert len(older.merge(held)) == len(older)
    assert len(
        fresh.merge(held, on=list(set(fresh) - {"score_low", "score_high", "loss_low", "loss_high"}))
    ) == len(fresh)


def test_a_group_of_the_same_name_with_other_members_is_another_group(model, file):
    for members in (["0*", "1*"], ["0*", "2*"]):
        asked = dict(groups={"some": members}, readings=("sign",))
        table = sensitivity(model, EVALUATE, **asked, resume=file)
        pd.testing.assert_frame_equal(table, sensitivity(model, EVALUATE, **asked))


def double(model, evaluate=EVALUATE):
    return 2 * evaluate(model)


def other_weights(model):
    model[3].weight.data[0, 0] += 1e-3


def other_buffers(model):
    model[4].running_mean += 1e-9  # scores the same, but for rounding


@pytest.mark.parametrize("evaluate", [EVALUATE, lambda model: 0.5], ids=["seen", "scores the same"])
@pytest.mark.parametrize("change", [other_weights, other_buffers])
def test_another_model_is_refused(change, evaluate, model, file):
    asked = dict(layers="0*", readings=("sign",), resume=file)
    sensitivity(model, evaluate, **asked)
    before = file.read_bytes()
    change(model)
    with pytest.raises(
        ValueError, match=r"table\.parquet was measured on other weights, or with another score"
    ):
        sensitivity(model, evaluate, **asked)
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("evaluate", "more"),
    [
        (double, {}),
        (EVALUATE, {"seed": 1}),
        (EVALUATE, {"where": "all_but"}),
        (EVALUATE, {"where": "together"}),
        (EVALUATE, {"refits": ("affine",), "calibration": [X[:2]]}),
    ],
    ids=["score", "seed", "all_but", "together", "calibration"],
)
def test_another_score_seed_choice_of_where_or_calibration_is_refused(evaluate, more, model, file):
    asked = dict(readings=("sign",), resume=file)
    sensitivity(model, EVALUATE, **asked, **REFITS)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"table\.parquet was measured on other .*: name a new file$"):
        sensitivity(model, evaluate, **asked | REFITS | more)
    assert file.read_bytes() == before


@pytest.mark.parametrize("where", ["all_but", "together"])
def test_where_others_change_too_they_must_be_the_same(where, model, file):
    asked = dict(readings=("sign",), where=where, resume=file)
    table = sensitivity(model, EVALUATE, **asked, layers=["0*", "1*"])
    pd.testing.assert_frame_equal(sensitivity(model, EVALUATE, **asked, layers=["0*", "1*"]), table)
    with pytest.raises(ValueError, match=r"table\.parquet was measured on other .*: name a new file$"):
        sensitivity(model, EVALUATE, **asked, layers=["0*", "2*"])


@pytest.mark.parametrize("content", [b"", b"layer,score\n0.weight,0.5\n", None], ids=["empty", "csv", "cut"])
def test_a_damaged_file_is_refused_and_left(content, model, file):
    if content is None:
        sensitivity(model, EVALUATE, **ASKED, resume=file)
        content = file.read_bytes()[:-100]
    file.write_bytes(content)
    with pytest.raises(ValueError, match=r"table\.parquet"):
        sensitivity(model, EVALUATE, **ASKED, resume=file)
    assert file.read_bytes() == content


def test_a_table_of_something_else_is_refused_and_left(model, file):
    pd.DataFrame({"layer": ["0.weight"], "score": [0.5]}).to_parquet(file)
    before = file.read_bytes()
    with pytest.raises(ValueError, match=r"table\.parquet"):
        sensitivity(model, EVALUATE, **ASKED, resume=file)
    assert file.read_bytes() == before


def test_a_folder_is_made_if_it_is_not_there(model, tmp_path):
    file = tmp_path / "new" / "folder" / "table.parquet"
    table = sensitivity(model, EVALUATE, **ASKED, resume=file)
    assert len(pd.read_parquet(file)) == len(table)
