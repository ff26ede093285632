"""A recipe is data: it can be written down, compared and named."""

import json
from dataclasses import dataclass, field, make_dataclass, replace

import pandas as pd
import pytest
from samples import PROBES

from weightprobes.datasets import mnist
from weightprobes.engine.settings import AS_WRITTEN, RECOMMENDED, Setting
from weightprobes.engine.sweep import Sweep
from weightprobes.engine.tagger_card import Card, Log
from weightprobes.engine.tagger_sweep import SiteSweep
from weightprobes.measures.difficulty import Difficulty
from weightprobes.measures.networks import HiddenUnits, TrainingLog, WeightStatistics
from weightprobes.measures.null_models import Mixing, Movement
from weightprobes.measures.shift import Imbalance, Offsets
from weightprobes.measures.similarity import Similarity
from weightprobes.measures.tagger_similarity import Damage
from weightprobes.models.checkpoints import Checkpoint
from weightprobes.models.finetuning import FineTuning
from weightprobes.models.training import Training
from weightprobes.probes import Binarize, Flip, Noise, Prune, Pruned, Shuffle
from weightprobes.tables.recipe import Part, Recipe, parts
from weightprobes.tables.recipes import as_text, digest, from_data
from weightprobes.tables.stored import Networks
from weightprobes.tasks import Task

TRAINING = Training(Task.named("mnist/7-9"))
SWEEP = Sweep(TRAINING, Prune("smallest"), (0.0, 0.5))
MNIST = "".join(mnist.DIGEST.values())

# The sweep's own setting with one choice changed.
SETTINGS = [
    Setting("kept"),
    Setting("redrawn", scale="layer"),
    Setting("redrawn", spared="output"),
    Setting("redrawn", scope="network"),
    Setting("redrawn", inputs="varying"),
    Setting("redrawn", ties="shared"),
]


def test_a_recipe_is_written_with_its_class_names_and_without_what_is_at_its_default():
    assert json.loads(as_text(replace(SWEEP, draws=2))) == {
        "Sweep": {
            "training": {
                "Training": {"task": {"Task": {"dataset": "mnist", "classes": [7, 9], "data": MNIST}}}
            },
            "probe": {"Prune": {}},
            "strengths": [0.0, 0.5],
            "draws": 2,
        }
    }


@pytest.mark.parametrize(
    "recipe", [SWEEP, replace(SWEEP, draws=2, setting=Setting("kept", ties="shared")), TRAINING]
)
def test_a_recipe_that_was_written_is_read_again(recipe):
    known = {kind.__name__: kind for kind in (Sweep, Training, Task, Prune, Setting)}
    assert from_data(json.loads(as_text(recipe)), known) == recipe


@pytest.mark.parametrize(("size", "sizes"), [(3, [3, 3, 1]), (7, [7]), (10, [7])])
def test_the_parts_of_a_run_are_all_its_items_in_order_after_what_they_need(size, sizes):
    found = list(parts(SWEEP, range(7), size))
    tables, networks = ([part for part in found if part.recipe == one] for one in (SWEEP, Networks(TRAINING)))
    for some in (tables, networks):
        assert [item for part in some for item in part.items] == list(range(7))
        assert [len(part.items) for part in some] == sizes
    assert all(found.index(part.needs) < found.index(part) for part in tables)


def test_making_a_part_keeps_its_items_made_on_the_device_that_was_asked(folders):
    @dataclass(frozen=True)
    class Asked(Recipe):
        name = "asked"

        def _make(self, items, device):
            return pd.DataFrame({"seed": items, "device": str(device)})

    Part.of(Asked(), [0, 1]).make("cuda")
    found = Asked().table([0, 1, 2], "cpu")
    assert found["device"].tolist() == ["cuda", "cuda", "cpu"]
    networks = Part.of(Networks(Training(Task.named("digits/7-9"), hidden=(4,), epochs=1)), [3, 4])
    networks.make("cpu")
    assert networks.path.exists()


def test_what_does_not_count_when_recipes_are_compared_is_not_written():
    @dataclass(frozen=True)
    class Recipe:
        seed: int
        place: str = field(default="here", compare=False)

    assert as_text(Recipe(1, "there")) == as_text(Recipe(1)) == '{"Recipe": {"seed": 1}}'


def test_a_new_field_renames_nothing():
    old = make_dataclass("Recipe", [("seed", int)], frozen=True)
    new = make_dataclass("Recipe", [("seed", int), ("dial", float, field(default=0.0))], frozen=True)
    assert digest(old(1)) == digest(new(1)) == digest(new(1, 0))
    assert digest(new(1, 0.5)) != digest(new(1))


# A default never changes, nor what a recipe is called: kept tables are found by these names.
GOLDEN = {
    "f29c5cfd": TRAINING,
    "0b2835ed": Training(Task.named("digits/0-1", "unit"), (32, 16), "tanh", 5, 64, 0.02, 1e-3, 0.1, 30),
    "84eba0fb": SWEEP,
    "0f17fe8d": Sweep(TRAINING, Noise("normal"), (0.1,), Setting("kept", "row", "output", ties="shared"), 3),
    "b34beaf9": Sweep(TRAINING, Pruned(Shuffle("within_left")), (0.5,), RECOMMENDED),
    "ad2ca12a": Sweep(TRAINING, Flip("random"), (0.5,), AS_WRITTEN),
    "3bf5d0da": Sweep(TRAINING, Binarize(), (1,), Setting(scope="network", scale="layer")),
    "987b6996": TrainingLog(TRAINING),
    "17a11726": WeightStatistics(TRAINING),
    "dd373597": HiddenUnits(TRAINING),
    "fe5565af": Movement(TRAINING),
    "68958dd8": Mixing(TRAINING),
    "17860c51": Offsets(TRAINING),
    "9d12c6c6": Imbalance(TRAINING),
    "254fae1d": Similarity("mnist"),
    "4b4907ad": Difficulty("fashion_mnist"),
    "418999b5": FineTuning(),
    "5821eaee": Log(FineTuning()),
    "7dba4947": Card(FineTuning()),
    "e4dcc958": SiteSweep(FineTuning(), Noise("normal"), (0.1,), ("float", "loud"), draws=3, sentences=None),
    "5661ae5c": SiteSweep(Checkpoint("someone/tiny", "a" * 40, half=True), Prune(), (0.5,)),
    "65d809eb": Damage(FineTuning(), Flip(), (0.1,)),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_recipes_keep_the_names_that_they_have(name):
    assert digest(GOLDEN[name]) == name


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
