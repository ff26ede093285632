"""A recipe is data: it can be written down, compared and named."""

import json
from dataclasses import replace

import pytest
from samples import PROBES

from weightprobes.networks import TrainingLog, WeightStatistics
from weightprobes.probes import Prune, Pruned, Shuffle
from weightprobes.recipes import as_text, digest
from weightprobes.settings import Setting
from weightprobes.sweep import Sweep
from weightprobes.tasks import Task
from weightprobes.training import Training

TRAINING = Training(Task.named("mnist/7-9"))
SWEEP = Sweep(TRAINING, Prune("smallest"), (0.0, 0.5))

# The sweep's own setting with one choice changed.
SETTINGS = [
    Setting("kept"),
    Setting("redrawn", scale="layer"),
    Setting("redrawn", spared="output"),
    Setting("redrawn", scope="network"),
    Setting("redrawn", inputs="varying"),
    Setting("redrawn", ties="shared"),
]


def test_a_recipe_is_written_with_its_class_names_and_all_its_fields():
    assert json.loads(as_text(SWEEP)) == {
        "Sweep": {
            "training": {
                "Training": {
                    "task": {"Task": {"dataset": "mnist", "classes": [7, 9], "scaling": "symmetric"}},
                    "hidden": [64],
                    "activation": "relu",
                    "epochs": 10,
                    "batch": 128,
                    "lr": 0.01,
                    "weight_decay": 0.0,
                    "label_noise": 0.0,
                    "images": None,
                }
            },
            "probe": {"Prune": {"order": "smallest"}},
            "strengths": [0.0, 0.5],
            "setting": {
                "Setting": {
                    "biases": "redrawn",
                    "scale": "unit",
                    "spared": "nothing",
                    "scope": "layer",
                    "inputs": "all",
                    "ties": "first",
                }
            },
            "draws": 1,
        }
    }


def test_the_papers_training_has_the_name_its_kept_models_have():
    assert digest(TRAINING) == "98fa5f34"


@pytest.mark.parametrize(
    "other",
    [
        replace(TRAINING, task=Task.named("mnist/9-7")),
        replace(TRAINING, task=Task.named("mnist/7-9", "unit")),
        replace(TRAINING, hidden=(64, 64)),
        replace(TRAINING, activation="tanh"),
        replace(TRAINING, epochs=11),
        replace(TRAINING, batch=64),
        replace(TRAINING, lr=0.02),
        replace(TRAINING, weight_decay=0.01),
        replace(TRAINING, label_noise=0.1),
        replace(TRAINING, images=100),
        TrainingLog(TRAINING),
        WeightStatistics(TRAINING),
        SWEEP,
    ],
    ids=as_text,
)
def test_another_recipe_has_another_name(other):
    assert digest(other) != digest(TRAINING)


@pytest.mark.parametrize(
    "other",
    [
        replace(SWEEP, training=replace(TRAINING, epochs=11)),
        replace(SWEEP, strengths=(0.0, 0.25, 0.5)),
        *(replace(SWEEP, setting=setting) for setting in SETTINGS),
        replace(SWEEP, draws=2),
    ],
    ids=as_text,
)
def test_another_sweep_has_another_name(other):
    assert digest(other) != digest(SWEEP)


def test_every_setting_makes_a_recipe_of_its_own():
    assert len({digest(replace(SWEEP, setting=setting)) for setting in SETTINGS}) == len(SETTINGS)


def test_every_probe_makes_a_recipe_of_its_own():
    probes = [*PROBES, *(Pruned(probe) for probe in PROBES)]
    assert len({digest(replace(SWEEP, probe=probe)) for probe in probes}) == len(probes)


def test_equal_recipes_give_equal_lines():
    again = Sweep(Training(Task("mnist", (7, 9))), Prune(), (0.0, 0.5))
    assert again == SWEEP
    assert as_text(again) == as_text(SWEEP)
    assert "\n" not in as_text(Sweep(TRAINING, Pruned(Shuffle("random")), (0.5,)))


def test_a_whole_number_is_the_same_strength_as_a_float():
    assert replace(SWEEP, strengths=(0, 0.5)) == SWEEP
    assert as_text(replace(SWEEP, strengths=(0, 0.5))) == as_text(SWEEP)
