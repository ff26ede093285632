"""Sweeps: the table beside a plain loop, its addresses, its biases and its columns."""

import math
from dataclasses import replace

import pandas as pd
import pytest
import torch
from samples import PROBES
from torch import nn
from twins import refitted_twin

from weightprobes.engine import sweep as module
from weightprobes.engine.biases import POLICIES, REFITS, starting_bias
from weightprobes.engine.probed import probed
from weightprobes.engine.settings import Setting
from weightprobes.engine.stack import simplified
from weightprobes.engine.sweep import Sweep, sweep, sweeps
from weightprobes.models import ensembles
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training, train
from weightprobes.probes import Binarize, Flip, Noise, Prune, Pruned, Shuffle
from weightprobes.rng import generator
from weightprobes.tasks import Task

STRENGTHS = (0.0, 0.3, 0.5, 0.9, 1.0)
ROW = ["seed", "strength", "draw", "weights"]


def keyed(table):
    """Accuracy by what a row is, whatever its place in the table."""
    assert not table.duplicated(ROW).any()
    return table.set_index(ROW)["accuracy"].to_dict()


def network_of(values):
    network = nn.Sequential(nn.Linear(64, 8), nn.ReLU(), nn.Linear(8, 2))
    network.load_state_dict(values)
    return network


@torch.no_grad()
def right_answers_of_one_model(model, x, y, seen, probe, strength, biases, seed, draw, weights, layer=None):
    """A plain loop over the parameters of one model, copied into a network, and one forward pass.

    Those of one ``layer``, or of all.
    """
    values, places = {}, {"calibrated_hidden": [0], "calibrated_output": [2]}.get(biases, [0, 2])
    for name, value in model.items():
        if layer not in (None, name.partition(".")[0]):
            values[name] = value
            continue
        if name.endswith("bias") and biases in ("kept", *REFITS):
            values[name] = value
            continue
        if name.endswith("bias") and biases == "zeroed":
            value = torch.zeros(len(value))
        if name.endswith("bias") and biases == "redrawn":
            bound = {"0.bias": 1 / math.sqrt(64), "2.bias": 1 / math.sqrt(8)}[name]
            rng = generator("bias", seed, draw, name)
            value = torch.empty(len(value)).uniform_(-bound, bound, generator=rng)
        value = probe(value, strength, generator(probe, seed, draw, name))
        values[name] = value.sign() if weights == "sign" else value
    network = network_of(values)
    if biases in REFITS:
        places = [place for place in places if layer in (None, str(place))]
        refitted_twin(network, network_of(model), seen, biases.partition("_")[0], places)
    return (network(x).argmax(1) == y).sum().item()


@pytest.mark.parametrize("biases", POLICIES)
@pytest.mark.parametrize("kind", [*PROBES, Pruned(Shuffle("within_sign"))], ids=repr)
def test_the_table_has_the_right_answers_of_a_plain_loop(kind, biases, ensemble, images, seen):
    table = sweep(ensemble, *images, kind, STRENGTHS, setting=Setting(biases), draws=2, training_images=seen)
    assert len(table) == 3 * len(STRENGTHS) * 2 * 2
    for (seed, strength, draw, weights), accuracy in keyed(table).items():
        right = right_answers_of_one_model(
            ensemble.model(seed), *images, seen, kind, strength, biases, seed, draw, weights
        )
        assert accuracy == right / len(images[1])


@pytest.mark.parametrize("biases", POLICIES)
def test_where_each_layer_has_its_turn_the_others_are_as_they_were_trained(biases, ensemble, images, seen):
    asked = (Noise("normal"), (0.5, 2.0))
    table = sweep(ensemble, *images, *asked, setting=Setting(biases), where="each", training_images=seen)
    assert table["layer"].unique().tolist() == ["0", "2"]
    assert len(table) == 2 * 3 * 2 * 2
    for row in table.itertuples():
        about = (row.strength, biases, row.seed, row.draw, row.weights, row.layer)
        right = right_answers_of_one_model(ensemble.model(row.seed), *images, seen, asked[0], *about)
        assert row.accuracy == right / len(images[1])


@pytest.mark.parametrize("biases", ["redrawn", "calibrated", "affine"])
def test_simplified_networks_are_those_that_a_sweep_scores(biases, ensemble, images, seen):
    setting, asked = Setting(biases, inputs="varying"), (Shuffle("random"), 1.0)
    rows = sweep(ensemble, *images, asked[0], asked[1:], setting=setting, training_images=seen)
    for reading, networks in simplified(ensemble, setting, seen, *asked).items():
        assert networks.seeds == ensemble.seeds
        right = ensembles.accuracy(networks.module, networks.parameters, *images)
        assert right.tolist() == rows.loc[rows["weights"] == reading, "accuracy"].tolist()


def test_a_recipe_may_give_each_layer_its_turn(folders, training, ensemble, images):
    together = Sweep(training, Prune(), (0.5,), Setting("kept"))
    each = replace(together, where="each")
    assert each.files != together.files
    expected = sweep(ensemble, *images, Prune(), (0.5,), setting=Setting("kept"), where="each")
    columns = ["layer", *ROW, "accuracy"]
    order = expected.sort_values("seed", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(each.table(range(3))[columns], order[columns])


def test_a_spared_output_has_no_turn(ensemble, images):
    table = sweep(ensemble, *images, Prune(), (0.5,), setting=Setting(spared="output"), where="each")
    assert set(table["layer"]) == {"0"}


@pytest.mark.parametrize("where", ["all_but", "0", None])
def test_an_unknown_choice_of_where_gets_the_list_of_the_right_ones(where, ensemble, images):
    with pytest.raises(ValueError, match=f"unknown choice of where {where!r}: choose one of together, each$"):
        sweep(ensemble, *images, Prune(), (0.5,), where=where)


def test_every_reading_and_strength_leaves_its_mark(ensemble, images):
    table = sweep(ensemble, *images, Prune("smallest"), STRENGTHS)
    assert table.groupby("weights")["accuracy"].nunique().min() > 3
    assert table["accuracy"].between(0, 1).all()


def test_a_row_says_what_was_measured(ensemble, images):
    table = sweep(ensemble, *images, Prune("largest"), STRENGTHS, setting=Setting("kept"), draws=2)
    assert list(table) == [
        *("seed", "failed", "probe", "variant"),
        *("biases", "scale", "spared", "scope", "inputs", "ties"),
        *("strength", "draw", "weights", "accuracy"),
    ]
    assert set(zip(table["probe"], table["variant"], table["biases"], strict=True)) == {
        ("prune", "largest", "kept")
    }
    assert sorted(table["weights"].unique()) == ["float", "sign"]
    assert set(table["strength"]) == set(STRENGTHS)


@pytest.mark.parametrize(("activation", "lr"), [("sigmoid", 1e-12), ("relu", 1e30)], ids=["chance", "NaN"])
def test_a_failed_training_stays_in_the_table_and_is_marked(activation, lr, images):
    recipe = Training(Task.named("digits/7-9"), (8,), activation, epochs=1, lr=lr)
    table = sweep(train(recipe, [0, 1]), *images, Prune(), STRENGTHS)
    assert table["failed"].tolist() == [True] * len(table)
    assert set(table["seed"]) == {0, 1}


def test_a_table_tells_failed_models_from_the_others(ensemble, images):
    marked = replace(ensemble, failed=torch.tensor([False, True, False]))
    table = sweep(marked, *images, Prune(), STRENGTHS, draws=2)
    assert (table["failed"] == (table["seed"] == 1)).all()


# Addresses

RANDOM = [Prune("random"), Flip("random"), Noise(), Shuffle("random"), Pruned(Shuffle("random"))]


@pytest.mark.parametrize("kind", RANDOM, ids=repr)
class TestAddresses:
    def test_a_new_strength_does_not_move_the_others(self, kind, ensemble, images):
        few = keyed(sweep(ensemble, *images, kind, (0.5,), setting=Setting("redrawn")))
        many = keyed(sweep(ensemble, *images, kind, STRENGTHS, setting=Setting("redrawn")))
        assert few.items() <= many.items()

    def test_a_new_seed_does_not_move_the_others(self, kind, ensemble, images):
        together = keyed(sweep(ensemble, *images, kind, STRENGTHS, setting=Setting("redrawn")))
        alone = [
            keyed(sweep(ensemble.take([seed]), *images, kind, STRENGTHS, setting=Setting("redrawn")))
            for seed in (2, 0, 1)
        ]
        assert {row: value for table in alone for row, value in table.items()} == together

    def test_a_new_draw_does_not_move_the_others(self, kind, ensemble, images):
        one = keyed(sweep(ensemble, *images, kind, STRENGTHS, setting=Setting("redrawn")))
        three = keyed(sweep(ensemble, *images, kind, STRENGTHS, setting=Setting("redrawn"), draws=3))
        assert one.items() <= three.items()
        assert len({three[0, 0.5, draw, "float"] for draw in range(3)}) > 1

    def test_a_new_layer_does_not_move_the_others(self, kind, ensemble):
        model = ensemble.model(0)
        deeper = {"-1.weight": model["2.weight"], **model, "4.weight": model["0.weight"]}
        few = probed(model, kind, STRENGTHS, Setting("redrawn"), list(model), 0, 0)
        many = probed(deeper, kind, STRENGTHS, Setting("redrawn"), list(deeper), 0, 0)
        assert all(torch.equal(many[name], few[name]) for name in model)
        assert not torch.equal(many["4.weight"], many["0.weight"])

    def test_sweeping_twice_gives_the_same_table(self, kind, ensemble, images):
        tables = [sweep(ensemble, *images, kind, STRENGTHS, draws=2) for _ in range(2)]
        pd.testing.assert_frame_equal(*tables)

    def test_the_size_of_a_block_does_not_matter(self, kind, ensemble, images, monkeypatch):
        whole = sweep(ensemble, *images, kind, STRENGTHS)
        monkeypatch.setattr(ensembles, "VARIANTS", 1)
        pd.testing.assert_frame_equal(sweep(ensemble, *images, kind, STRENGTHS), whole)


def test_no_more_variants_are_made_at_once_than_fit_into_the_budget(monkeypatch):
    made = []

    def noting(network, parameters, x, *_):
        made.append(len(parameters["0.weight"]))
        return torch.zeros(made[-1])

    monkeypatch.setattr(module, "accuracy", noting)
    network = nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.AvgPool2d(62), nn.Flatten(), nn.Linear(32, 2))
    x, y = torch.zeros(1, 1, 64, 64).expand(256, -1, -1, -1), torch.zeros(256)
    strengths = [step / 10 for step in range(11)]
    table = sweep(Ensemble.of([network, network]), x, y, Prune(), strengths)
    assert made == [1] * (2 * 2 * 11)
    assert table["strength"].tolist() == strengths * 4


def test_sweeping_moves_neither_the_weights_nor_the_global_generator(probe, ensemble, images):
    weights = {name: value.clone() for name, value in ensemble.parameters.items()}
    before = torch.get_rng_state()
    sweep(ensemble, *images, probe, STRENGTHS, setting=Setting("redrawn"))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(ensemble.parameters[name], value) for name, value in weights.items())


# Readings and biases


def test_a_shuffle_within_signs_leaves_the_sign_reading_exactly_where_it_was(ensemble, images):
    table = sweep(ensemble, *images, Shuffle("within_sign"), STRENGTHS)
    by_reading = table.groupby(["weights", "seed"])["accuracy"].nunique()
    assert (by_reading["sign"] == 1).all()
    assert (by_reading["float"] > 1).any()


def test_binarising_in_full_makes_both_readings_the_same(ensemble, images):
    table = sweep(ensemble, *images, Binarize("unit"), (0.0, 1.0))
    wide = table.pivot(index=["seed", "strength"], columns="weights", values="accuracy")
    same = (wide["float"] == wide["sign"]).groupby("strength").all()
    assert same.to_dict() == {0.0: False, 1.0: True}


def test_fresh_biases_are_drawn_like_those_of_an_untrained_layer():
    weight, bias = torch.ones(5000, 16), torch.ones(5000)
    fresh = starting_bias("redrawn", bias, weight, generator("fresh"))
    assert fresh.abs().max() <= 1 / 4
    assert (fresh.min(), fresh.max()) == (pytest.approx(-0.25, abs=1e-3), pytest.approx(0.25, abs=1e-3))
    assert torch.equal(bias, torch.ones(5000))


def test_fresh_biases_do_not_depend_on_the_probe(ensemble):
    asked = ((0.0,), Setting("redrawn"), ["0.bias"], 0)
    first, *others = (probed(ensemble.model(0), kind, *asked, 0) for kind in PROBES)
    for other in others:
        assert torch.equal(first["0.bias"], other["0.bias"])
    another_draw = probed(ensemble.model(0), Prune(), *asked, 1)
    assert not torch.equal(first["0.bias"], another_draw["0.bias"])


def test_a_wrong_strength_is_refused_before_anything_is_measured(ensemble):
    with pytest.raises(ValueError, match=r"strength 1\.5"):
        sweep(ensemble, None, None, Prune(), (0.0, 1.5))


@pytest.mark.parametrize("weights", ["float", "sign"])
@pytest.mark.parametrize("norm", [nn.BatchNorm1d, nn.LayerNorm])
def test_a_normalisation_is_left_alone_in_models_trained_elsewhere(norm, weights, images):
    x, y = images
    with torch.random.fork_rng():
        torch.manual_seed(0)
        models = [nn.Sequential(nn.Linear(64, 6), norm(6), nn.ReLU(), nn.Linear(6, 2)) for _ in range(3)]
    with torch.no_grad():
        for shift, model in enumerate(models):
            model(x + shift)  # moves the running means
            model[1].weight += shift
    table = sweep(Ensemble.of(models), x, y, Prune("smallest"), (0.5,), setting=Setting("kept"))
    ours = table[table["weights"] == weights]["accuracy"].tolist()
    with torch.no_grad():
        for model in map(nn.Module.eval, models):
            for layer in (model[0], model[3]):
                pruned = Prune("smallest")(layer.weight, 0.5, generator("unused"))
                layer.weight.copy_(pruned.sign() if weights == "sign" else pruned)
        right = [(model(x).argmax(1) == y).sum().item() / len(y) for model in models]
    assert ours == right
    assert len(set(right)) > 1


# Kept sweeps


@pytest.mark.parametrize("setting", [Setting("redrawn"), Setting("calibrated", inputs="varying")], ids=repr)
def test_a_kept_sweep_is_found_again_and_equal(setting, folders, training, monkeypatch):
    recipe = Sweep(training, Flip("random"), STRENGTHS, setting, draws=2)
    made = recipe.table([0, 1])
    monkeypatch.setattr(module, "sweep", None)
    pd.testing.assert_frame_equal(recipe.table([0, 1]), made)
    assert list(made)[:5] == ["dataset", "task", "scaling", "activation", "hidden"]
    assert set(made["hidden"]) == {"8"}


def test_kept_rows_of_different_recipes_can_be_told_apart_in_one_table(folders, training):
    settings = [Setting("kept"), *(Setting("kept", scale=scale) for scale in ("layer", "row"))]
    recipes = [Sweep(training, Prune(), (0.5,), setting) for setting in settings]
    for change in ({"label_noise": 0.2}, {"weight_decay": 0.01}, {"images": 20}, {"lr": 0.02}):
        recipes.append(Sweep(replace(training, **change), Prune(), (0.5,), Setting("kept")))
    rows = pd.concat([recipe.table([0]).query("weights == 'sign'") for recipe in recipes])
    assert len(rows.drop(columns="accuracy").drop_duplicates()) == len(recipes)


def test_columns_that_join_on_reading_are_not_in_the_file(folders, training):
    recipe = Sweep(training, Prune(), (0.5,), Setting("kept"))
    joined = set(recipe.table([0])) - set(pd.read_parquet(recipe.files.part([0])))
    assert joined == {*vars(Setting()), *training.dials()} - {"biases"}


def test_a_kept_sweep_is_the_sweep_of_its_trained_models_in_its_setting(
    folders, ensemble, training, images, seen
):
    setting = Setting("corrected", inputs="varying", ties="shared")
    rows = sweep(ensemble, *images, Prune(), STRENGTHS, setting=setting, training_images=seen)
    kept = Sweep(training, Prune(), STRENGTHS, setting).table(range(3))
    pd.testing.assert_frame_equal(
        kept[list(rows)], rows.sort_values("seed", kind="stable", ignore_index=True)
    )


def test_sweeps_bind_every_task_and_probe_in_one_table(folders):
    tasks, probes = ["digits/0-1", "digits/7-9"], [Prune("smallest"), Prune("random")]
    table = sweeps(tasks, probes, (0.0, 0.5), seeds=2, hidden=[4], setting=Setting("kept"), scaling="unit")
    counts = table.groupby(["task", "variant"]).size()
    assert counts.to_dict() == {(task, kind.variant): 2 * 2 * 2 for task in tasks for kind in probes}
    assert (set(table["biases"]), set(table["scaling"]), set(table["hidden"])) == ({"kept"}, {"unit"}, {"4"})
