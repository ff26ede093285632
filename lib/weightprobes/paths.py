"""Where things live on disk.

What comes with the library is read from ``HOME``, and what is made goes to ``STORE``. Environment variables
are looked at when a folder is asked for.
"""

import os
import tarfile
import tempfile
from contextlib import suppress
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import platformdirs

_SHIPPED = Path(__file__).resolve().parent / "shipped"

#: What holds ``notebooks``, ``book`` and ``data``: the checkout, or a folder in the package if it was
#: installed from a wheel, which brings the notebooks, the authors' numbers, and our tables in an archive.
HOME = _SHIPPED if _SHIPPED.is_dir() else Path(__file__).resolve().parents[2]
REFERENCE = HOME / "data" / "reference"

#: The checkout's ``data/``, or a folder of the user's own.
DATA = platformdirs.user_data_path("weightprobes") if HOME == _SHIPPED else HOME / "data"
RAW = DATA / "raw"

#: What is made goes here: ``$WEIGHTPROBES_STORE`` if set, a store of its own, else ``DATA``.
STORE: Path
PARTS: Path
MODELS: Path
RESULTS: Path

#: The book's own tables, and a few models of its networks. They are read wherever what is made may go, but
#: not where ``$WEIGHTPROBES_FRESH`` is set: then the store has all there is.
BOOK: Path
CHECKPOINTS: Path

#: The folders above, which are looked up when they are asked for, and where in their root they are.
LOOKED_UP = {
    "STORE": "",
    "PARTS": "cells",  # the name that stores have had from the first
    "MODELS": "models",
    "RESULTS": "results",
    "BOOK": "results",
    "CHECKPOINTS": "checkpoints",
}


def __getattr__(name: str) -> Path:
    if name not in LOOKED_UP:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    ours = name in ("BOOK", "CHECKPOINTS") and not os.environ.get("WEIGHTPROBES_FRESH")
    root = _kept() if ours else _named("WEIGHTPROBES_STORE") or DATA
    return root / LOOKED_UP[name]


def checkout() -> Path:
    """The checkout that the library is in; raises ValueError if it was installed without one."""
    if HOME == _SHIPPED:
        raise ValueError(
            "this needs a checkout, and the library was installed without one: "
            "clone the repository, and run it there"
        )
    return HOME


def dataset_folders() -> list[Path]:
    """Folders searched for raw datasets, in order: ``$WEIGHTPROBES_DATA`` if set, then ``data/raw``."""
    named = _named("WEIGHTPROBES_DATA")
    return [*([named] if named else []), RAW]


# Pythons before 3.11.4 know no filter, later ones ask for one; the archive is our own
_SAFELY: dict[str, Any] = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}


@cache
def _kept() -> Path:
    """The folder of our tables: ``data``, or where the package's archive of them has been unpacked, once."""
    archive = HOME / "data" / "results.tar.xz"
    if not archive.exists():
        return HOME / "data"
    digest = sha256(archive.read_bytes()).hexdigest()[:8]
    folder = platformdirs.user_cache_path("weightprobes") / f"book-{digest}"
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            with tarfile.open(archive) as packed:
                packed.extractall(Path(scratch) / "book" / "results", **_SAFELY)
            with suppress(OSError):  # another process has been faster
                (Path(scratch) / "book").rename(folder)
    return folder


def _named(variable: str) -> Path | None:
    """The folder that an environment variable names; None if it is not set, or empty."""
    value = os.environ.get(variable)
    return _absolute(value, variable) if value else None


@cache  # asked for thousands of times in a run, which a change of the working directory must not split
def _absolute(value: str, variable: str) -> Path:
    try:
        return Path(value).expanduser().absolute()
    except RuntimeError as error:
        raise ValueError(f"{variable}={value} is in the home of no user here: name another folder") from error
