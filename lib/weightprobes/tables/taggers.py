"""Fine-tuned taggers are folders as transformers reads them, with the log of their making."""

import tempfile
from pathlib import Path

import pandas as pd
import torch

from weightprobes import paths
from weightprobes.datasets import conll2003
from weightprobes.models.finetuning import FineTuning, fine_tune
from weightprobes.models.tagger import Tagger
from weightprobes.tables.recipes import digest


def tuned(tuning: FineTuning, device: torch.device | str = "cpu") -> Path:
    """The folder of the tagger that ``tuning`` makes: the kept one, or made and kept in ``data/models``."""
    folder = paths.MODELS / f"ner-{tuning.label}-{digest(tuning)}"
    if not folder.is_dir():
        _keep(folder, *fine_tune(tuning, conll2003.load("train"), conll2003.load("dev"), device))
    return folder


def _keep(folder: Path, tagger: Tagger, log: pd.DataFrame) -> None:
    """Write a checkpoint's folder as any library reads it, and the log; whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".") as closed:
        # a folder in it, which is as open to others as the user's umask says
        scratch = Path(closed) / folder.name
        scratch.mkdir()
        tagger.model.save_pretrained(scratch)
        tagger.tokenizer.save_pretrained(scratch)
        log.to_csv(scratch / "log.csv", index=False)
        scratch.rename(folder)
