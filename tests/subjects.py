"""Small models of every kind, each with an evaluation of its own, and the plain loop that probes them."""

from dataclasses import dataclass

import torch
from torch import nn

from weightprobes.engine.readings import read
from weightprobes.rng import generator

IDS = torch.randint(11, (3, 5), generator=generator("ids"))
BAGS = torch.randint(11, (9, 4), generator=generator("bags"))


def made(build, seed=0):
    """What ``build()`` gives, from ``seed``, ready to be evaluated."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return build().eval()


def images(*shape):
    return torch.randn(4, *shape, generator=generator("images", shape))


class Calling(nn.Module):
    """``layers`` by name, and a ``forward`` that is handed in: how they are called."""

    def __init__(self, forward, **layers):
        super().__init__()
        self.called = forward
        for name, layer in layers.items():
            setattr(self, name, layer)

    def forward(self, *given, **named):
        return self.called(self, *given, **named)


class Bare(nn.Module):
    """Weights without layers: of two and of three dimensions, and a vector and a buffer beside them."""

    def __init__(self):
        super().__init__()
        self.first, self.experts = nn.Parameter(torch.randn(6, 5)), nn.Parameter(torch.randn(2, 4, 5))
        self.scale = nn.Parameter(torch.ones(5))
        self.register_buffer("table", torch.randn(4, 6))

    def forward(self, x):
        return ((x + self.table) @ self.first * self.scale).relu() @ self.experts.mean(0).mT


def transformers_model(name, **sizes):
    from weightprobes.models.hub import transformers

    model = getattr(transformers, name)
    return model(model.config_class(**sizes))


BERT = dict(vocab_size=11, num_hidden_layers=2, num_attention_heads=2, hidden_size=8, intermediate_size=12)

#: How a model is built, and what it is given.
KINDS = {
    "linear": (lambda: nn.Sequential(nn.Linear(6, 5), nn.ReLU(), nn.Linear(5, 3, bias=False)), images(6)),
    "conv1d": (lambda: nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Conv1d(4, 2, 2)), images(2, 8)),
    "conv2d": (
        lambda: nn.Sequential(
            nn.Conv2d(2, 4, 3, groups=2), nn.BatchNorm2d(4), nn.ReLU(True), nn.Conv2d(4, 2, 2)
        ),
        images(2, 6, 6),
    ),
    "conv3d": (lambda: nn.Sequential(nn.Conv3d(1, 2, 2), nn.Tanh(), nn.Conv3d(2, 1, 2)), images(1, 4, 4, 4)),
    "transposed1d": (
        lambda: nn.Sequential(nn.ConvTranspose1d(4, 6, 3, groups=2), nn.ReLU(), nn.Conv1d(6, 2, 2)),
        images(4, 5),
    ),
    "transposed2d": (
        lambda: nn.Sequential(nn.Conv2d(2, 4, 2), nn.ReLU(), nn.ConvTranspose2d(4, 3, 3)),
        images(2, 5, 5),
    ),
    "embedding": (lambda: nn.Sequential(nn.Embedding(11, 4), nn.Flatten(), nn.Linear(20, 3)), IDS),
    "bag": (lambda: nn.Sequential(nn.EmbeddingBag(11, 4), nn.Tanh(), nn.Linear(4, 3)), BAGS),
    "bilinear": (
        lambda: Calling(lambda m, x: m.pair(m.first(x), x), first=nn.Linear(6, 4), pair=nn.Bilinear(4, 6, 3)),
        images(6),
    ),
    "lstm": (
        lambda: Calling(lambda m, x: m.head(m.body(x)[0]), body=nn.LSTM(6, 4, 2), head=nn.Linear(4, 2)),
        images(5, 6),
    ),
    "gru": (
        lambda: Calling(
            lambda m, x: m.head(m.body(x)[0]), body=nn.GRU(6, 4, bidirectional=True), head=nn.Linear(8, 2)
        ),
        images(5, 6),
    ),
    "attention": (
        lambda: Calling(
            lambda m, x: m.head(m.body(x, x, x)[0]),
            body=nn.MultiheadAttention(6, 2, batch_first=True),
            head=nn.Linear(6, 2),
        ),
        images(5, 6),
    ),
    "transformer": (
        lambda: nn.TransformerEncoder(
            nn.TransformerEncoderLayer(8, 2, 12, batch_first=True), 2, enable_nested_tensor=False
        ),
        images(5, 8),
    ),
    "bare": (Bare, images(4, 6)),
    "gpt2": (
        lambda: transformers_model(
            "GPT2LMHeadModel", vocab_size=11, n_positions=8, n_embd=8, n_layer=2, n_head=2
        ),
        IDS,
    ),
    "bert": (lambda: transformers_model("BertForMaskedLM", **BERT, max_position_embeddings=8), IDS),
    "distilbert": (
        lambda: transformers_model(
            "DistilBertForSequenceClassification",
            **dict(vocab_size=11, max_position_embeddings=8, n_layers=2, n_heads=2, dim=8, hidden_dim=12),
        ),
        IDS,
    ),
}


def kind(name):
    """The model of this kind, and its evaluation: a number in which every bit of the answer counts."""
    build, given = KINDS[name]
    return made(build), Worth(given)


@dataclass
class Worth:
    """A number that a model is worth on the inputs ``given``, batch by batch."""

    given: torch.Tensor
    batch: int = 2

    @torch.no_grad()
    def __call__(self, model):
        return sum(
            float(answer(model(batch)).double().square().sum()) for batch in self.given.split(self.batch)
        )


def answer(found):
    """The tensor in what a model answers."""
    return getattr(found, "logits", found)


# The plain loop


def weights(model):
    """The parameters of two dimensions or more, by name; a tied one once."""
    return {name: value for name, value in model.named_parameters() if value.ndim > 1}


def rows(weight, module):
    """``weight`` with a row for each unit that ``module`` puts out, one unit at a time."""
    if type(module).__name__ == "Conv1D":
        return torch.stack([weight[:, unit] for unit in range(weight.shape[1])])
    if "Transpose" not in type(module).__name__:
        return weight
    parts = weight.chunk(module.groups)  # each group of inputs has units of its own
    return torch.stack([part[:, unit] for part in parts for unit in range(part.shape[1])])


def as_held(value, weight, module):
    """Such rows in the shape of ``weight``, as the module holds them."""
    held = torch.empty_like(weight)
    if rows(weight, module) is weight:
        held.copy_(value)
    elif type(module).__name__ == "Conv1D":
        for unit, row in enumerate(value):
            held[:, unit] = row
    else:
        for part, ours in zip(held.chunk(module.groups), value.chunk(module.groups), strict=True):
            for unit, row in enumerate(ours):
                part[:, unit] = row
    return held


def plain_loop(model, evaluate, probe, strengths, readings=("float", "sign"), draws=1, seed=0):
    """The score of each weight, strength, draw and reading: put in by hand, and taken out again."""
    found = {}
    for name, parameter in weights(model).items():
        module = model.get_submodule(name.rpartition(".")[0])
        own = parameter.data
        for draw in range(draws):
            for strength in strengths:
                rng = generator(probe, seed, draw, name)
                value = rows(own, module)
                probed = probe(value if value.dtype == torch.float64 else value.float(), strength, rng)
                for reading in readings:
                    parameter.data = as_held(read(probed, reading), own, module)
                    found[name, strength, draw, reading] = evaluate(model)
                    parameter.data = own
    return found
