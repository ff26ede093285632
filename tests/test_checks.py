"""Models and data of one's own: what cannot be measured is one sentence, the rest is measured as it is."""

import numpy as np
import pandas as pd
import pytest
import torch
from samples import normal
from torch import nn

from weightprobes.engine.settings import AS_PUBLISHED, AS_WRITTEN, RECOMMENDED, Setting
from weightprobes.engine.sweep import Sweep, sweep
from weightprobes.measures.complexity import of_models
from weightprobes.models.ensembles import Ensemble
from weightprobes.probes import Flip, Noise, Prune

X, Y = normal(20, 6), torch.arange(20) % 2


def network(outputs=2):
    layer = nn.Linear(6, outputs)
    layer.load_state_dict({"weight": normal(outputs, 6), "bias": normal(outputs)})
    return layer


def swept(models=None, x=X, y=Y, setting=AS_WRITTEN, training_images=None):
    models = Ensemble.of([network()]) if models is None else models
    return sweep(models, x, y, Prune(), (0.0, 0.5), setting=setting, training_images=training_images)


def asked(models=None, x=X, y=Y, training_images=None):
    models = Ensemble.of([network()]) if models is None else models
    return of_models(models, x, y, training_images=training_images)


def with_one(values, value):
    values = values.clone()
    values.view(-1)[7] = value
    return values


@pytest.fixture(params=[swept, asked], ids=["sweep", "of_models"])
def measure(request):
    """Both ways in."""
    return request.param


# Models


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_weights_that_are_not_finite_are_refused_with_their_name_and_model(value, measure):
    models = [network(), network()]
    with torch.no_grad():
        models[1].weight[1, 2] = value
    with pytest.raises(ValueError, match=r"^weight of model 1 has NaN or inf in it: leave that model out$"):
        measure(Ensemble.of(models))
    measure(Ensemble.of(models).take([0]))


class Masked(nn.Module):
    """Adds a buffer to what a layer answers."""

    def __init__(self, mask):
        super().__init__()
        self.layer = network()
        self.register_buffer("mask", torch.tensor([0.0, mask]))

    def forward(self, x):
        return self.layer(x) + self.mask


def test_a_buffer_may_be_a_mask_but_never_nan(measure):
    measure(Ensemble.of([Masked(-float("inf"))]))
    with pytest.raises(ValueError, match=r"^mask of model 0 has NaN or inf in it"):
        measure(Ensemble.of([Masked(float("nan"))]))


def test_logits_that_the_probe_makes_infinite_are_wrong_answers_and_no_error():
    rows = sweep(Ensemble.of([network()]), X, Y, Noise(), (0.0, 3e38), setting=Setting("kept"))
    assert rows["accuracy"].between(0, 1).all()


@pytest.mark.parametrize(
    "lone",
    [nn.Sequential(nn.ReLU(), nn.ReLU()), nn.LayerNorm(6), nn.Identity()],
    ids=["relus", "norm", "none"],
)
def test_models_without_a_weight_matrix_have_nothing_to_probe(lone, measure):
    with pytest.raises(ValueError, match=r"^the models have no weight matrix, so there is nothing to probe"):
        measure(Ensemble.of([lone]))


@pytest.mark.parametrize("given", [network(), [network()]], ids=["model", "list"])
def test_a_model_that_is_no_ensemble_is_told_how_to_become_one(given, measure):
    with pytest.raises(ValueError, match=rf"^a {type(given).__name__} is no ensemble: give Ensemble\.of"):
        measure(given)


class Answering(nn.Module):
    """Answers with its logits in the form that ``form`` gives them."""

    def __init__(self, form, outputs=2):
        super().__init__()
        self.layer, self.form = network(outputs), form

    def forward(self, x):
        return self.form(self.layer(x))


@pytest.mark.parametrize(
    ("form", "said"),
    [
        (lambda logits: {"logits": logits}, "answers with a dict, not with a tensor of logits"),
        (lambda logits: (logits, None), "answers with a tuple, not with a tensor of logits"),
        (lambda logits: pd.DataFrame({"logits": [logits]}), "answers with a DataFrame, not"),
        (
            lambda logits: logits[:, None],
            r"with a tensor of shape \(2, 1, 2\), not with logits of shape \(2, cl",
        ),
        (lambda logits: logits.mT.repeat(3, 1), r"a tensor of shape \(6, 2\), not with logits of shape"),
    ],
    ids=["dict", "tuple", "object", "three dimensions", "of other inputs"],
)
def test_answers_that_are_no_logits_are_refused_with_the_way_out(form, said, measure):
    with pytest.raises(ValueError, match=rf"{said}.*: wrap it in a module that gives those$"):
        measure(Ensemble.of([Answering(form)]))


def test_a_recurrent_network_is_refused_with_the_way_out(measure):
    with pytest.raises(ValueError, match=r"answers with a tuple.*: wrap it in a module that gives those$"):
        measure(Ensemble.of([nn.LSTM(6, 2)]))


# A lone logit


def test_a_lone_logit_has_the_gaps_of_the_pair_that_means_the_same():
    lone, pair = nn.Linear(6, 1), nn.Linear(6, 2)
    weight, bias = normal(1, 6), normal(1)
    lone.load_state_dict({"weight": weight, "bias": bias})
    pair.load_state_dict({"weight": torch.cat([0 * weight, weight]), "bias": torch.cat([0 * bias, bias])})
    labels = (X.sign().sum(1) < 0).long()  # worse than chance: folding shows that two classes are counted
    rows = [
        of_models(Ensemble.of([model]), X, labels).set_index("simplification").loc["binarised"]
        for model in (lone, pair)
    ]
    pd.testing.assert_series_equal(*rows)
    assert rows[0]["folded"] != rows[0]["gap"]
    assert rows[0]["float"] == ((lone(X)[:, 0] > 0) == labels).double().mean().item()


def test_a_sigmoid_behind_a_lone_logit_is_refused(measure):
    with pytest.raises(ValueError, match=r"^a lone logit decides by its sign, which a Sigmoid takes away"):
        measure(Ensemble.of([nn.Sequential(network(1), nn.Sigmoid())]))
    measure(Ensemble.of([nn.Sequential(network(2), nn.Sigmoid())]))


# Data


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_inputs_that_are_not_finite_are_counted_and_refused(value, measure):
    with pytest.raises(ValueError, match=r"^1 of 20 inputs in x have NaN or inf in them: leave them out"):
        measure(x=with_one(X, value))


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (X[:0], r"^training_images of shape \(0, 6\) holds nothing"),
        (with_one(X, float("nan")), "^1 of 20 inputs in training_images have NaN or inf"),
        (X * float("nan"), "^20 of 20 inputs in training_images have NaN or inf"),
    ],
    ids=["empty", "one NaN", "all NaN"],
)
def test_training_images_that_tell_nothing_are_refused(images, said, measure):
    with pytest.raises(ValueError, match=said):
        measure(training_images=images)


def test_no_inputs_at_all_are_refused(measure):
    with pytest.raises(ValueError, match=r"^x of shape \(0, 6\) holds nothing: give one or more inputs"):
        measure(x=X[:0], y=Y[:0])


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (2 * Y + 7, "label 7 is no class"),
        (Y - 1, "label -1 is no class"),
        (Y + 0.5, "label 0.5 is no class"),
        (with_one(Y.double(), float("nan")), "label nan is no class"),
        (with_one(Y, 2), "label 2 is no class"),
    ],
    ids=["far", "negative", "fractional", "nan", "one too large"],
)
def test_labels_that_are_no_classes_of_the_models_are_refused_by_value(labels, said, measure):
    with pytest.raises(ValueError, match=rf"^{said} of these models: give whole numbers, 0 to 1$"):
        measure(y=labels)


@pytest.mark.parametrize(
    "labels", [Y[:-1], Y[:, None], nn.functional.one_hot(Y)], ids=["short", "column", "hot"]
)
def test_labels_that_are_not_one_for_each_input_are_refused(labels, measure):
    with pytest.raises(ValueError, match=r"^labels of shape \(.*\) for 20 inputs: give one for each"):
        measure(y=labels)


@pytest.mark.parametrize(("x", "y"), [(X, np.array(["cat", "dog"] * 10)), (None, Y), ([object()] * 20, Y)])
def test_what_is_no_array_of_numbers_is_refused(x, y, measure):
    with pytest.raises(
        ValueError, match=r"^[xy] holds .* and no numbers: give a tensor or an array of numbers$"
    ):
        measure(x=x, y=y)


@pytest.mark.parametrize(
    ("x", "y"),
    [
        (X.numpy(), Y.numpy()),
        (X.double(), Y.int()),
        (X.numpy().astype(np.float64), Y.numpy().astype(np.uint8)),
        (X.tolist(), Y.tolist()),
        (pd.DataFrame(X.numpy()), pd.Series(Y.numpy(), index=range(20, 0, -1))),
        (np.flip(np.flip(X.numpy()).copy()), np.broadcast_to([[0, 1]], (10, 2)).reshape(-1)),
        (X, Y.bool()),
        (X, Y.float()),
    ],
    ids=["arrays", "wider", "wider arrays", "lists", "frames", "views", "truth", "floats"],
)
def test_arrays_and_other_types_are_measured_as_the_tensors_they_hold(x, y, measure):
    pd.testing.assert_frame_equal(measure(x=x, y=y), measure())
    refit = Setting("calibrated")
    pd.testing.assert_frame_equal(
        swept(x=x, y=y, setting=refit, training_images=x), swept(setting=refit, training_images=X)
    )


# Settings by name


@pytest.mark.parametrize(
    ("name", "setting"),
    [("as_written", AS_WRITTEN), ("as_published", AS_PUBLISHED), ("recommended", RECOMMENDED)],
)
def test_a_setting_has_a_name_wherever_one_is_asked_for(name, setting, training):
    pd.testing.assert_frame_equal(
        swept(setting=name, training_images=X), swept(setting=setting, training_images=X)
    )
    models = Ensemble.of([network()])
    pd.testing.assert_frame_equal(of_models(models, X, Y, name, X), of_models(models, X, Y, setting, X))
    named, recipe = (Sweep(training, Flip(), (0.5,), one) for one in (name, setting))
    assert (named, named.files, named.setting) == (recipe, recipe.files, setting)


def test_an_unknown_setting_gets_the_list_of_the_right_ones(training):
    said = r"^unknown setting 'published': choose one of as_published, as_written, recommended$"
    with pytest.raises(ValueError, match=said):
        swept(setting="published")
    with pytest.raises(ValueError, match=said):
        Sweep(training, Flip(), (0.5,), "published")
