"""The language model of characters: Keras's weights in PyTorch's layers, what it is asked, its kept table."""

import os
from importlib.util import find_spec

import numpy as np
import pytest
import torch

from weightprobes.measures.character_layers import CharacterDiagnosis, predicted, share
from weightprobes.models import character_model
from weightprobes.models.character_model import CONTEXT, EDGE, asked, pretrained, vocabulary, windows
from weightprobes.models.loading import ModelMissing

KNOWN = {"a": 1, "b": 2, EDGE: 3}
packaged = pytest.mark.skipif(
    not (find_spec("textgenrnn") and find_spec("h5py")), reason="no pretrained weights"
)


def test_every_place_of_a_text_is_asked_about_and_its_end():
    before, after = windows("ab?a", KNOWN)
    assert after.tolist() == [1, 2, 1, 3]
    assert before.shape == (4, CONTEXT)
    assert [row[-4:] for row in before.tolist()] == [[0, 0, 0, 3], [0, 0, 3, 1], [0, 3, 1, 2], [3, 1, 2, 1]]


def test_a_long_text_is_seen_through_its_last_characters():
    before, after = windows("ab" * CONTEXT, KNOWN)
    assert before[-1].tolist() == [1, 2] * (CONTEXT // 2)
    assert after[-1] == 3


def test_without_the_package_a_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setattr(character_model, "find_spec", lambda name: None)
    with pytest.raises(ModelMissing, match=r"pip install --no-deps textgenrnn==2\.0\.0 h5py"):
        vocabulary()


@packaged
def test_other_weights_are_refused(tmp_path, monkeypatch):
    (tmp_path / character_model.WEIGHTS).write_bytes(b"others")
    monkeypatch.setattr(character_model, "_file", lambda name: tmp_path / name)
    with pytest.raises(ModelMissing, match=r"has other weights, \w{12}: install textgenrnn==2\.0\.0"):
        pretrained()


@packaged
def test_the_model_is_the_one_that_keras_describes():
    """Against Keras's own formulas, on its own matrices: gates i, f, c, o of inputs times a kernel."""
    import h5py

    before, _, _ = asked(["what is the weather"])
    with h5py.File(character_model._file(character_model.WEIGHTS)) as file:
        kept = lambda layer, name: file[f"{layer}/{layer}/{name}:0"][:].astype(float)  # noqa: E731
        embedded = kept("embedding", "embeddings")[before]
        seen, inputs = [embedded], embedded
        for layer in ("rnn_1", "rnn_2"):
            weights = (kept(layer, name) for name in ("kernel", "recurrent_kernel", "bias"))
            inputs = _lstm(inputs, *weights)
            seen.append(inputs)
        values = np.concatenate(seen, 2)
        weights = np.exp(values @ file["attention/attention/attention_W:0"][:].astype(float))
        mean = (weights * values).sum(1) / weights.sum(1)
        logits = mean @ kept("output", "kernel") + kept("output", "bias")
    with torch.inference_mode():
        found = pretrained()(before).double().numpy()
    assert np.abs(found - logits).max() < 1e-3


def _lstm(x: np.ndarray, kernel: np.ndarray, recurrent: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """Keras's LSTM (samples, steps, units), on weights in the order of cuDNN."""
    # as Keras converts them: each gate's kernel holds its transpose, read row by row
    kernel = np.hstack([gate.T.reshape(gate.shape, order="F") for gate in np.hsplit(kernel, 4)])
    recurrent = np.hstack([gate.T for gate in np.hsplit(recurrent, 4)])
    bias, units = sum(np.split(bias, 2)), recurrent.shape[0]
    state = carried = np.zeros((len(x), units))
    states = []
    for step in x.swapaxes(0, 1):
        gates = step @ kernel + state @ recurrent + bias
        enters, stays, new, leaves = np.split(gates, 4, axis=1)
        carried = _sigmoid(stays) * carried + _sigmoid(enters) * np.tanh(new)
        state = _sigmoid(leaves) * np.tanh(carried)
        states.append(state)
    return np.stack(states, 1)


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


@packaged
@pytest.mark.skipif("WEIGHTPROBES_DATA" not in os.environ, reason="WEIGHTPROBES_DATA is not set")
def test_the_kept_table_is_proved_by_a_weight():
    kept, model = CharacterDiagnosis().table().set_index("layer").loc["attention.weight"], pretrained()
    told, texts = [], predicted("test", CharacterDiagnosis().texts)
    for values in (model.attention.weight.detach().clone(), model.attention.weight.detach().sign()):
        model.attention.weight.data = values
        told.append(share(texts(model).sum(0)))
    # a few of 12,000 characters
    assert told == pytest.approx([kept["whole"], kept["whole"] - kept["signs"]], abs=5e-4)
