"""A language model of characters: the pretrained network of the package textgenrnn (Woolf, MIT licence).

Its weights are those of Keras, as cuDNN orders them; here they are in PyTorch's layers. The package itself is
not imported, which would take TensorFlow: ``pip install --no-deps textgenrnn==2.0.0 h5py``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn

from weightprobes.models.loading import ModelMissing

if TYPE_CHECKING:
    import h5py

#: A text begins and ends with this; the model sees so many characters before the one that it predicts.
EDGE, CONTEXT = "<s>", 40

_INSTALL = "the language model is not here: pip install --no-deps textgenrnn==2.0.0 h5py"

#: The package's weights, and the digest of them.
WEIGHTS = "textgenrnn_weights.hdf5"
DIGEST = "6a89ca4235ed"


class CharacterModel(nn.Module):
    """Numbers of the last :data:`CONTEXT` characters (n, 40), 0 before the text → logits of the next."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(465, 100)
        self.rnn_1 = nn.LSTM(100, 128, batch_first=True)
        self.rnn_2 = nn.LSTM(128, 128, batch_first=True)
        self.attention = nn.Linear(356, 1, bias=False)
        self.output = nn.Linear(356, 465)

    def forward(self, numbers: Tensor) -> Tensor:
        embedded = self.embedding(numbers)
        first, _ = self.rnn_1(embedded)
        second, _ = self.rnn_2(first)
        seen = torch.cat([embedded, first, second], 2)
        return self.output((self.attention(seen).softmax(1) * seen).sum(1))


def pretrained() -> CharacterModel:
    """The model with the package's weights, in evaluation mode; raises :class:`ModelMissing` without it."""
    if find_spec("h5py") is None:
        raise ModelMissing(_INSTALL)
    import h5py

    found = sha256(_file(WEIGHTS).read_bytes()).hexdigest()
    if not found.startswith(DIGEST):
        raise ModelMissing(f"textgenrnn has other weights, {found[:12]}: install textgenrnn==2.0.0")
    model = CharacterModel()
    with h5py.File(_file(WEIGHTS)) as file:
        model.load_state_dict(dict(_weights(file)))
    return model.eval()


def vocabulary() -> dict[str, int]:
    """The number of each character that the model knows."""
    return json.loads(_file("textgenrnn_vocab.json").read_text(encoding="utf-8"))


def windows(text: str, known: dict[str, int]) -> tuple[Tensor, Tensor]:
    """What the model is asked about ``text``: the characters before each place (n, 40), and that there (n,).

    Characters that it does not know are left out.
    """
    numbers = [known[EDGE], *(known[one] for one in text if one in known), known[EDGE]]
    padded = torch.tensor([0] * (CONTEXT - 1) + numbers)
    return padded[:-1].unfold(0, CONTEXT, 1), torch.tensor(numbers[1:])


def asked(texts: Sequence[str]) -> tuple[Tensor, Tensor, list[int]]:
    """The :func:`windows` of all ``texts`` in a row, and how many each text has."""
    known = vocabulary()
    before, after = zip(*(windows(text, known) for text in texts), strict=True)
    return torch.cat(before), torch.cat(after), [len(one) for one in after]


def _file(name: str) -> Path:
    found = find_spec("textgenrnn")
    if found is None:
        raise ModelMissing(_INSTALL)
    return Path(found.origin).with_name(name)


def _weights(file: h5py.File) -> Iterator[tuple[str, Tensor]]:
    """The names of PyTorch's parameters, and their values."""
    kept = lambda layer, name: file[f"{layer}/{layer}/{name}:0"][:]  # noqa: E731
    yield "embedding.weight", torch.tensor(kept("embedding", "embeddings"))
    for layer in ("rnn_1", "rnn_2"):
        # cuDNN's gates: a matrix (units, inputs) each, whose memory Keras reads as (inputs, units)
        gates = np.hsplit(kept(layer, "kernel"), 4)
        yield (
            f"{layer}.weight_ih_l0",
            torch.tensor(np.vstack([gate.reshape(gate.shape[::-1]) for gate in gates])),
        )
        gates = np.hsplit(kept(layer, "recurrent_kernel"), 4)
        yield f"{layer}.weight_hh_l0", torch.tensor(np.vstack(gates))
        first, second = np.split(kept(layer, "bias"), 2)
        yield f"{layer}.bias_ih_l0", torch.tensor(first)
        yield f"{layer}.bias_hh_l0", torch.tensor(second)
    yield "attention.weight", torch.tensor(file["attention/attention/attention_W:0"][:].T)
    yield "output.weight", torch.tensor(kept("output", "kernel").T)
    yield "output.bias", torch.tensor(kept("output", "bias"))
