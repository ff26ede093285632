"""Where things live on disk."""

import os
from pathlib import Path

import platformdirs

CHECKOUT = Path(__file__).resolve().parents[2]

#: The checkout's ``data/``, or a folder of the user's own when the library is installed without one.
DATA = (
    CHECKOUT / "data"
    if (CHECKOUT / "pyproject.toml").exists()
    else platformdirs.user_data_path("weightprobes")
)
RAW = DATA / "raw"
CHECKPOINTS = DATA / "checkpoints"
REFERENCE = DATA / "reference"
#: The book's own tables; read wherever what is made may go.
BOOK = DATA / "results"

#: What is made goes here: ``$WEIGHTPROBES_STORE`` if set, a store of its own, else the same folder.
STORE = Path(os.environ.get("WEIGHTPROBES_STORE", DATA)).expanduser().absolute()
CELLS = STORE / "cells"
MODELS = STORE / "models"
RESULTS = STORE / "results"


def dataset_folders() -> list[Path]:
    """Folders searched for raw datasets, in order: ``$WEIGHTPROBES_DATA`` if set, then ``data/raw``."""
    named = os.environ.get("WEIGHTPROBES_DATA")
    return [*([Path(named).expanduser()] if named else []), RAW]
