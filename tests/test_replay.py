"""Replay: what has ended before a weight is used is not computed again, and no number depends on it."""

import ctypes
import inspect
import warnings
from dataclasses import dataclass
from itertools import chain, count

import pytest
import torch
from subjects import IDS, KINDS, Calling, Worth, images, made, plain_loop
from torch import nn
from torch.nn import functional

from weightprobes.engine import replay, tracing
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.engine.sites import sites, units
from weightprobes.probes import Noise

ASKED = dict(probe=Noise("normal"), strengths=(0.1, 0.2, 0.3, 0.4, 0.5), readings=("float",), draws=3)
CHANGES = 15
X = images(6)


@pytest.fixture(autouse=True)
def seconds(monkeypatch):
    """Every module takes as long as it has modules in it, so that what is worth replaying is no chance."""
    monkeypatch.setattr(tracing, "perf_counter", count().__next__)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def scores(model, evaluate, asked=ASKED, **options):
    table = sensitivity(model, evaluate, **asked, **options)
    keys = table[["layer", "strength", "draw", "weights"]].itertuples(index=False, name=None)
    return dict(zip(keys, table["score"], strict=True))


def by_hand(model, evaluate, asked=ASKED):
    return plain_loop(model, evaluate, **asked)


class Counted(nn.Linear):
    """A linear layer that counts its calls."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return super().forward(x)


def deep(depth=5, kind=nn.Linear, act=nn.ReLU):
    return made(lambda: nn.Sequential(*(layer for _ in range(depth) for layer in (kind(6, 6), act()))))


# What is saved


@pytest.mark.parametrize("inplace", [False, True])
def test_what_ends_before_a_weight_is_used_is_computed_for_none_of_its_values(inplace):
    layers, acts = [nn.Linear(6, 6) for _ in range(5)], [nn.ReLU(inplace) for _ in range(5)]
    model, calls = nn.Sequential(*chain(*zip(layers, acts, strict=True))), []
    for number, layer in enumerate([*layers, *acts]):
        forward = layer.forward
        layer.forward = lambda x, number=number, forward=forward: (calls.append(number), forward(x))[1]
    evaluate = Worth(X, batch=4)
    expected = by_hand(model, evaluate)
    calls.clear()
    assert scores(model, evaluate) == expected
    # a trace, the whole model, which is kept, another model, and what is kept tried out
    spared = [calls.count(number) - 3 for number in range(5)]
    assert spared == [CHANGES * (number + 1) + (number == 4) for number in range(5)]
    # what overwrites its input is computed where the weight behind it is given that
    more = [calls.count(5 + number) - calls.count(number) for number in range(4)]
    assert more == [inplace * (CHANGES + (number == 3)) for number in range(4)]
    assert all(layer.forward.__name__ == "<lambda>" for layer in layers)


@pytest.mark.parametrize(("memory", "kept"), [(0, 0), (95, 0), (96, 96), (300, 288), (10**9, 384)])
def test_no_number_depends_on_the_memory_and_only_what_a_weight_is_given_is_kept(memory, kept, monkeypatch):
    model, evaluate, most = deep(), Worth(X, batch=2), []
    recorded = replay.Replay._recorded

    def noted(self, *given, **named):
        out = recorded(self, *given, **named)
        most.append(sum(value.nbytes for kept in self._kept.values() for value in kept.values()))
        return out

    monkeypatch.setattr(replay.Replay, "_recorded", noted)
    assert scores(model, evaluate, memory=memory) == by_hand(model, evaluate)
    assert max(most, default=0) == kept  # four layers are given 96 bytes by one before


def test_weights_come_in_the_order_in_which_the_model_uses_them():
    model = made(lambda: Calling(lambda m, x: m.b(m.a(m.c(x))), **{n: nn.Linear(6, 6) for n in "abc"}))
    evaluate = Worth(X)
    every = replay.Replay(model, evaluate, units(sites(model)), CHANGES, 0, bool)
    assert [one.name for one in every.order] == ["c.weight", "a.weight", "b.weight"]


def test_the_same_inputs_in_another_order_are_known_again():
    model, seen = deep(kind=Counted), []

    def evaluate(model):
        seen.append(list(X.split(2))[:: (-1) ** len(seen)])
        with torch.no_grad():
            return max(float(model(batch).sum()) for batch in seen[-1])

    expected = by_hand(model, evaluate)
    before = model[0].calls
    assert scores(model, evaluate) == expected
    assert model[0].calls - before == 2 * (CHANGES + 3)


def test_a_branch_that_only_a_changed_weight_takes_may_read_what_was_not_kept():
    def branching(m, x):
        first = m.a(x)
        last = m.c(m.b(first))
        return m.d(last if m.c.weight.equal(m.own) else last + first)

    model = made(lambda: Calling(branching, **linear("a", "b", "c", "d", kind=Counted)))
    model.own, evaluate = model.c.weight.detach().clone(), Worth(X, batch=4)
    expected = by_hand(model, evaluate)
    before = model.a.calls
    assert scores(model, evaluate) == expected
    # for a and, in full, for c; a trace, the whole model, and another one
    assert model.a.calls - before == 2 * CHANGES + 3


# Ways to go wrong


class Cut(nn.Module):
    """Puts out two parts in a form of its own; what follows overwrites them."""

    def __init__(self, form):
        super().__init__()
        self.layer, self.form = nn.Linear(6, 6), form

    def forward(self, x):
        return self.form(*self.layer(x).chunk(2, -1))


def joined(parts):
    first, second = parts.values() if isinstance(parts, dict) else parts
    return torch.cat([first.relu_().add_(1), second.mul_(first)], -1)


@dataclass
class Parts:
    first: torch.Tensor
    second: torch.Tensor

    def __iter__(self):
        return iter((self.first, self.second))


def in_place(m, x):
    kept = m.a(x)
    m.b(kept).relu_()
    functional.relu_(kept)
    return m.c(kept)


def passed_on(m, x):
    kept = m.a(x)
    m.same(kept).relu_()
    return m.c(m.b(kept))


class Spoiling(nn.Linear):
    """Changes its input, and puts out something else."""

    def forward(self, x):
        out = super().forward(x)
        x.add_(out.mean())
        return out


def spoiled(m, x):
    hidden = m.a(x)
    return m.c(hidden + m.b(hidden))


class Reading(nn.Linear):
    """Uses its weight in a way of its own."""

    def __init__(self, use):
        super().__init__(6, 6)
        self.use = use

    def forward(self, x):
        return x @ self.use(self.weight).T + self.bias


def at_address(weight):
    """As kernels of one's own read it."""
    return torch.tensor((ctypes.c_float * 36).from_address(weight.data_ptr())).view(6, 6)


def again(m, x, times=2):
    hidden = m.a(x)
    return m.b(m(hidden, times - 1) + hidden) if times else m.c(hidden)


def linear(*names, kind=nn.Linear):
    return {name: kind(6, 6) for name in names}


def one_activation():
    act = nn.ReLU()
    return deep(act=lambda: act)


MODELS = {
    "in-place activations": lambda: deep(act=lambda: nn.ReLU(inplace=True)),
    "what a layer put out is overwritten": lambda: Calling(in_place, **linear("a", "b", "c")),
    "what a layer passes on is overwritten": lambda: Calling(
        passed_on, **linear("a", "b", "c"), same=nn.Identity()
    ),
    "a layer overwrites its input": lambda: Calling(spoiled, **linear("a", "c"), b=Spoiling(6, 6)),
    "one activation for all": one_activation,
    "a layer twice": lambda: Calling(lambda m, x: m.c(m.a(m.b(m.a(x)))), **linear("a", "b", "c")),
    "a layer under two names": lambda: nn.Sequential(*[nn.Linear(6, 6)] * 2, nn.ReLU(), nn.Linear(6, 6)),
    "a tuple": lambda: Calling(lambda m, x: m.b(joined(m.a(x))), a=Cut(lambda *two: two), **linear("b")),
    "a dict": lambda: Calling(
        lambda m, x: m.b(joined(m.a(x))), a=Cut(lambda one, two: {"one": one, "two": two}), **linear("b")
    ),
    "a dataclass": lambda: Calling(lambda m, x: m.b(joined(m.a(x))), a=Cut(Parts), **linear("b")),
    "weights as data": lambda: nn.Sequential(nn.Linear(6, 6), *(Reading(lambda w: w.data) for _ in range(3))),
    "weights as arrays": lambda: nn.Sequential(
        nn.Linear(6, 6), *(Reading(lambda w: torch.from_numpy(w.detach().numpy())) for _ in range(3))
    ),
    "weights that nobody sees used": lambda: nn.Sequential(
        nn.Linear(6, 6), *(Reading(at_address) for _ in range(3))
    ),
    "a model that calls itself": lambda: Calling(again, **linear("a", "b", "c")),
    "a weight that is never used": lambda: Calling(lambda m, x: m.c(m.b(x)), **linear("a", "b", "c")),
    "parametrised": lambda: nn.Sequential(
        *(nn.utils.parametrizations.weight_norm(nn.Linear(6, 6)) for _ in range(3))
    ),
    "half": lambda: deep().to(torch.bfloat16),
    "mixed": lambda: Calling(
        lambda m, x: m.b(m.a(x.half()).float()), a=nn.Linear(6, 6).half(), **linear("b")
    ),
    "double": lambda: deep().double(),
}


def of_type(model, x):
    return x.to(next(model.parameters()).dtype) if not isinstance(model, Calling) else x


@torch.inference_mode()
def inferring(model):
    return float(model(X).double().square().sum())


def with_gradients(model):
    x = X.clone().requires_grad_()
    model(x).square().sum().backward()
    return float(x.grad.double().abs().sum())


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("memory", [0, 10**9])
def test_models_of_all_sorts_give_what_a_plain_loop_gives(name, memory):
    model = made(MODELS[name])
    evaluate = Worth(of_type(model, X))
    assert scores(model, evaluate, memory=memory) == by_hand(model, evaluate)


@pytest.mark.parametrize("act", [nn.ReLU, lambda: nn.ReLU(inplace=True), lambda: nn.Dropout(0.5)])
def test_evaluations_in_inference_mode_too(act):
    model = deep(act=act)
    assert scores(model, inferring) == by_hand(model, inferring)


def test_an_evaluation_may_call_parts_of_the_model_by_themselves():
    model = deep()

    def evaluate(model):
        with torch.no_grad():
            hidden = model[2](X).relu()
            return float(model(hidden).sum() + model[8](X).sum() + model[4].weight.abs().sum())

    assert scores(model, evaluate) == by_hand(model, evaluate)


def test_forwards_keep_their_signatures_which_libraries_read():
    model, seen = deep(kind=Counted), set()

    def evaluate(model):
        seen.update(str(inspect.signature(one.forward)) for one in (model, model[0]))
        return Worth(X)(model)

    scores(model, evaluate)
    assert seen == {"(input)", "(x)"}


def test_arguments_by_name_are_told_apart():
    model = made(
        lambda: Calling(
            lambda m, x, up=None, down=None: m.c(m.b(m.a(x) + (up if down is None else -down))),
            **linear("a", "b", "c"),
        )
    )

    def evaluate(model):
        with torch.no_grad():
            return float(model(X, up=X).sum() + 2 * model(X, down=X).sum())

    assert scores(model, evaluate) == by_hand(model, evaluate)


class Batch:
    """Inputs of which PyTorch knows nothing, all of them written alike."""

    def __init__(self, x):
        self.x = x

    def __repr__(self):
        return "Batch"


OTHER_INPUTS = "^nothing is replayed, which would save time: evaluate feeds other inputs each time"
KEEPS = "^nothing is replayed, which would save time: the model keeps something of its own, or its gradients"
NOISE = "^evaluate gives another result when it is called again on the same model, so all numbers have that"


def test_inputs_that_cannot_be_told_apart_are_all_computed():
    model = made(lambda: Calling(lambda m, batch: m.c(m.b(m.a(batch.x))), **linear("a", "b", "c")))

    def evaluate(model):
        with torch.no_grad():
            return float(sum(model(Batch(x)).sum() for x in X.split(2)))

    with pytest.warns(UserWarning, match=OTHER_INPUTS):
        found = scores(model, evaluate)
    assert found == by_hand(model, evaluate)


def test_a_loader_that_shuffles_is_noticed_once_and_its_numbers_are_right():
    model = deep()
    draws = torch.Generator().manual_seed(0)
    items = torch.cat([X, X + 1, X + 2])
    loader = torch.utils.data.DataLoader(items, batch_size=2, shuffle=True, generator=draws)

    def evaluate(model):
        with torch.no_grad():
            return max(float(one.max()) for batch in loader for one in model(batch))

    with pytest.warns(UserWarning, match=OTHER_INPUTS) as caught:
        found = scores(model, evaluate)
    assert len(caught) == 1
    assert found == pytest.approx(by_hand(model, evaluate))  # places in a batch round in their own way


def test_an_evaluation_that_is_not_the_same_twice_is_noticed():
    model, times = deep(), count()
    with pytest.warns(UserWarning, match=NOISE):
        scores(model, lambda model: model(X).sum() + next(times))


def test_draws_in_an_evaluation_that_are_not_fixed_are_noticed():
    model = deep()
    with pytest.warns(UserWarning, match=NOISE), torch.random.fork_rng():
        scores(model, lambda model: functional.dropout(model(X)).sum())


class Keeping(nn.Linear):
    """Keeps to itself what it put out, or what ``of`` makes of it."""

    kept, of = None, staticmethod(lambda out: out)

    def forward(self, x):
        self.kept = self.of(super().forward(x))
        return x


class KeepingNumber(Keeping):
    of = staticmethod(lambda out: out.sum().item())


def keeping(kind):
    body = nn.Sequential(kind(6, 6), nn.Linear(6, 6))
    stored = Calling(lambda m, x: m.c(m.body(x) + m.body[0].kept), body=body, **linear("c"))
    return nn.Sequential(nn.Linear(6, 6), stored)


def hooked():
    """A model whose last layer is given what a hook stored: fastai's U-Nets are built like that."""
    store = {}
    model = Calling(
        lambda m, x: m.c(m.body(x) + store["skip"]),
        body=nn.Sequential(nn.Linear(6, 6), nn.ReLU(), nn.Linear(6, 6)),
        **linear("c"),
    )
    model.body[0].register_forward_hook(lambda module, given, out: store.update(skip=out))
    return nn.Sequential(nn.Linear(6, 6), model)


@pytest.mark.parametrize("build", [lambda: keeping(Keeping), hooked], ids=["attribute", "hook"])
@pytest.mark.parametrize("batch", [2, 4])
def test_a_tensor_that_a_model_keeps_to_itself_is_computed_for_those_who_read_it(build, batch):
    model, evaluate = made(build), Worth(X, batch)
    assert scores(model, evaluate) == by_hand(model, evaluate)


@pytest.mark.parametrize("batch", [2, 4])
def test_a_number_that_a_model_keeps_to_itself_is_noticed_and_all_is_computed(batch):
    model, evaluate = made(lambda: keeping(KeepingNumber)), Worth(X, batch)
    with pytest.warns(UserWarning, match=KEEPS):
        found = scores(model, evaluate)
    assert found == by_hand(model, evaluate)


def test_an_evaluation_that_needs_gradients_is_computed_in_full():
    model = deep()
    with pytest.warns(UserWarning, match=KEEPS):
        found = scores(model, with_gradients)
    assert found == by_hand(model, with_gradients)


def test_an_evaluation_that_generates_is_computed_in_full():
    pytest.importorskip("transformers")
    model = made(KINDS["gpt2"][0])

    def evaluate(model):
        out = model.generate(
            IDS,
            attention_mask=torch.ones_like(IDS),
            max_new_tokens=3,
            do_sample=False,
            pad_token_id=0,
            output_logits=True,
            return_dict_in_generate=True,
        )
        return float(torch.cat(out.logits).double().square().sum())

    few = {**ASKED, "strengths": (0.3, 0.6), "draws": 2}
    with pytest.warns(UserWarning, match=OTHER_INPUTS):
        found = scores(model, evaluate, few)
    assert found == by_hand(model, evaluate, few)
