"""The kept tables, proved: their models are probed again, and trained again, on the real images."""

import os
from dataclasses import replace
from functools import partial

import numpy as np
import pandas as pd
import pytest

from weightprobes.book.reproduce import CHECKPOINTS
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import Sweep, sweep
from weightprobes.measures.cuts import Cuts
from weightprobes.measures.shift_along import ShiftAlong
from weightprobes.measures.signs import Signs
from weightprobes.measures.thresholds import Margins, Thresholds
from weightprobes.models.training import Training, train
from weightprobes.paper.conditions import CONDITIONS
from weightprobes.probes import Binarize, Flip, Noise, Prune, Pruned, Shuffle, grids
from weightprobes.tables.stored import Networks, load
from weightprobes.tables.tables import is_kept
from weightprobes.tasks import PAPER_TASKS, Task

pytestmark = pytest.mark.skipif("WEIGHTPROBES_DATA" not in os.environ, reason="WEIGHTPROBES_DATA is not set")

KEPT = [
    (Prune("smallest"), grids.PRUNE),
    (Prune("largest"), grids.PRUNE),
    (Prune("random"), grids.PRUNE),
    (Binarize(), grids.BINARIZE),
    (Noise("uniform"), grids.NOISE),
    (Noise("normal"), grids.NOISE),
    (Flip("smallest"), grids.FLIP),
    (Flip("largest"), grids.FLIP),
    (Flip("random"), grids.FLIP),
    (Shuffle("random"), grids.PARTIAL),
    (Shuffle("within_sign"), grids.PARTIAL),
    (Pruned(Shuffle("random")), grids.SHUFFLE),
    (Pruned(Shuffle("within_sign")), grids.SHUFFLE),
]
ROW = ["seed", "strength", "draw", "weights"]
HARD = [task for task, word in PAPER_TASKS.items() if word == "hard"]
Removed = partial(Thresholds, dead="removed")


@pytest.fixture(scope="module", params=PAPER_TASKS)
def training(request) -> Training:
    return Training(Task.named(request.param))


@pytest.fixture(autouse=True)
def nothing_is_made(monkeypatch):
    """A missing table is an error here, not something to make."""
    monkeypatch.setattr(Sweep, "_make", lambda sweep, *_: pytest.fail(f"no kept table of {sweep}"))


@pytest.mark.parametrize(("probe", "grid"), KEPT, ids=lambda value: repr(value)[:40])
def test_the_checkpoints_give_the_kept_rows_to_two_images(training, probe, grid):
    x, y = training.task.load("test")
    ensemble = load(Networks(training).files.whole, training)
    assert len(ensemble) == CHECKPOINTS
    again = sweep(ensemble, x, y, probe, grid, setting=Setting("redrawn"))
    kept = Sweep(training, probe, tuple(grid)).table(range(CHECKPOINTS))
    both = again.merge(kept, on=ROW, suffixes=("", "_kept"), validate="one_to_one")
    assert len(both) == len(again)
    assert (both["accuracy"] - both["accuracy_kept"]).abs().max() * len(x) <= 2 + 1e-6


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=CONDITIONS)
def test_the_checkpoints_give_the_kept_rows_of_every_condition(training, condition):
    if condition.training(training.task.name) != training:
        pytest.skip("its networks are trained otherwise")
    ensemble = load(Networks(training).files.whole, training)
    x, y = training.task.load("test")
    seen, _ = training.task.load("train")
    probe, grid = Shuffle("within_sign"), (0.0, 1.0)
    again = sweep(
        ensemble, x, y, probe, grid, setting=replace(condition.setting, scope="layer"), training_images=seen
    )
    kept = condition.table(training.task.name, "shuffle", CHECKPOINTS)
    both = again.merge(kept, on=ROW, suffixes=("", "_kept"), validate="one_to_one")
    assert (both["accuracy"] - both["accuracy_kept"]).abs().max() * len(x) <= 2 + 1e-6


@pytest.mark.parametrize(
    "recipe",
    [
        *(kind(Training(Task.named(task))) for task in PAPER_TASKS for kind in (Thresholds, Signs)),
        *(kind(Training(Task.named(task))) for task in HARD for kind in (Cuts, Margins, Removed)),
        ShiftAlong(Training(Task.named("mnist/7-9")), Flip("smallest"), grids.FLIP),
    ],
    ids=lambda recipe: recipe.name,
)
def test_the_checkpoints_give_the_kept_rows_of_the_explanation(recipe):
    assert is_kept(recipe.name, recipe)
    kept, again = recipe.table(range(CHECKPOINTS)), recipe._make(range(CHECKPOINTS), "cpu")
    again = again.sort_values("seed", kind="stable", ignore_index=True)
    numbers = again.select_dtypes("number").columns
    about = kept[again.columns.difference(numbers)]
    pd.testing.assert_frame_equal(again[about.columns], about)
    # equal to the last bit where they were made; elsewhere sums of signs tie: two images of two thousand
    np.testing.assert_allclose(again[numbers], kept[numbers], rtol=1e-4, atol=1.1e-3)


@pytest.mark.parametrize(
    "training",
    [
        Training(Task.named("mnist/0-1")),
        Training(Task.named("fashion_mnist/2-4")),
        Training(Task.named("mnist/7-9", "unit")),
        Training(Task.named("mnist/4-8", "centered")),
        Training(Task.named("mnist/3-5", "standardized")),
        Training(Task.named("fashion_mnist/3-1"), hidden=(64, 64)),
        Training(Task.named("mnist/7-9"), label_noise=0.2),
        Training(Task.named("fashion_mnist/3-1"), images=300),
    ],
    ids=lambda training: f"{training.label}-{training.task.scaling}",
)
def test_a_network_trained_anew_gives_its_kept_row_to_two_images(training):
    x, y = training.task.load("test")
    again = sweep(train(training, [7]), x, y, Shuffle("within_sign"), (0.0, 1.0), setting=Setting("redrawn"))
    kept = Sweep(training, Shuffle("within_sign"), (0.0, 1.0)).table([7])
    both = again.merge(kept, on=ROW, suffixes=("", "_kept"), validate="one_to_one")
    assert (both["accuracy"] - both["accuracy_kept"]).abs().max() * len(x) <= 2 + 1e-6


@pytest.fixture(scope="module")
def newcomers(training):
    """Two seeds that no kept table has, trained from raw data."""
    return train(training, [1000, 1001])


def band(kept: pd.DataFrame) -> pd.DataFrame:
    """The range of the kept models at each strength, widened by a tenth of itself and half a point."""
    low, high = (kept.groupby("strength")["accuracy"].agg(edge) for edge in ("min", "max"))
    margin = 0.1 * (high - low) + 0.005
    return pd.DataFrame({"low": low - margin, "high": high + margin})


@pytest.mark.parametrize("weights", ["float", "sign"])
def test_newly_trained_models_lie_in_the_kept_bands(training, newcomers, weights):
    x, y = training.task.load("test")
    kept = Sweep(training, Prune("smallest"), grids.PRUNE).table(range(100))
    again = sweep(newcomers, x, y, Prune("smallest"), grids.PRUNE, setting=Setting("redrawn"))
    edges = band(kept[kept["weights"] == weights])
    rows = again[again["weights"] == weights].join(edges, on="strength")
    assert np.all((rows["accuracy"] >= rows["low"]) & (rows["accuracy"] <= rows["high"]))
