"""What transformers loads from a folder or the Hugging Face hub, or one sentence on what is wrong with it."""

import json
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from textwrap import shorten
from typing import Any

import torch
from torch import nn

_PARTS = {"AutoConfig": "configuration", "AutoTokenizer": "tokenizer"}


class ModelMissing(FileNotFoundError):
    """A model is neither here nor to be had."""


def is_folder(name: str) -> bool:
    """Whether ``name`` is that of a folder; an empty one is none."""
    return name != "" and Path(name).is_dir()


def loaded(kind: str, name: str, revision: str = "main", **options: object) -> Any:
    """What transformers' class ``kind`` loads by that name, without running any code that lies beside it.

    Raises ValueError for a folder with something else in it, :class:`ModelMissing` for any other name.
    """
    try:
        from weightprobes.models.hub import transformers
    except ImportError as error:
        raise ModelMissing(f"{name} needs transformers ({error}): pip install 'weightprobes[ner]'") from error
    try:
        source = getattr(transformers, kind)
        return source.from_pretrained(name, revision=revision, trust_remote_code=False, **options)
    except Exception as error:  # libraries stumble over damaged files in any way
        if is_folder(name):
            part = _PARTS.get(kind, "model")
            raise ValueError(
                f"{name} holds no {part} that can be read ({_reason(error)}): "
                f"save the {part} there by save_pretrained, or name another folder"
            ) from error
        raise ModelMissing(
            f"{name} is no folder with a checkpoint, and could not be had from the Hugging Face hub "
            f"({_reason(error)}): name a folder, or run once with a network"
        ) from error


def model(kind: str, name: str, revision: str = "main") -> nn.Module:
    """The model of transformers' class ``kind``, in float32; raises ValueError for one that is not whole."""
    # left to itself, transformers takes the file's type, which may be half precision, and does not tell
    # which sizes differ
    options = dict(dtype=torch.float32, output_loading_info=True, ignore_mismatched_sizes=True)
    made, report = loaded(kind, name, revision, **options)
    # a BERT's pooler is not used
    lacking = [key for key in report["missing_keys"] if "pooler" not in key]
    # another head may be left out, but no block
    left = [key for key in report["unexpected_keys"] if ".layer." in key]
    sizes = [f"{key} ({_size(own)}, there {_size(told)})" for key, own, told in report["mismatched_keys"]]
    broken = [key for key, value in made.state_dict().items() if not value.isfinite().all()]
    for wrong, sentence in (
        (_outside(Path(name)), "takes weights from {}, outside the folder itself: save them in it"),
        (lacking, "lacks {}: give one trained for this, and whole"),
        (left, "holds {}, which its config.json leaves out: set n_layers there to the number of blocks"),
        (sizes, "differs from its config.json in {}: put sizes and labels right there"),
        (broken, "has NaN or infinite weights in {}: give one whose training went well"),
    ):
        if wrong:
            raise ValueError(f"{name} {sentence.format(_few(sorted(wrong)))}")
    return made


def tokenizer(name: str, revision: str = "main") -> Any:
    """A tokenizer that knows words, and of which word each piece is; raises ValueError for another."""
    made = loaded("AutoTokenizer", name, revision)
    # where there is none, transformers makes one up, of special tokens alone
    if made.get_vocab().keys() <= set(made.all_special_tokens):
        raise ValueError(
            f"{name} has no tokenizer, or one that knows no words: save there the one it was trained with"
        )
    if not made.is_fast:
        raise ValueError(
            f"{name} has a {type(made).__name__}, which does not tell the word of a piece: "
            "save a fast tokenizer there"
        )
    return made


def _outside(folder: Path) -> set[str]:
    """Parts of a ``folder``'s weights that lie elsewhere: a digest of it would not see them change."""
    indices = [json.loads(index.read_text()) for index in folder.glob("*.index.json")]
    return {part for index in indices for part in index["weight_map"].values() if Path(part).name != part}


def _reason(error: Exception) -> str:
    # the libraries' own words advise to run it all the same
    if isinstance(error, UnpicklingError) or "trust_remote_code" in str(error):
        return "it is more than plain data, and no code that comes with a model is run"
    return shorten(f"{type(error).__name__}: {error}", 300, placeholder=" …")


def _few(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _size(shape: Sequence[int]) -> str:
    return " × ".join(map(str, shape))
