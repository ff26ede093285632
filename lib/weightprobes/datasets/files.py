"""The files of published data sets: found in a folder, checked against their checksums, or downloaded."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from hashlib import md5
from pathlib import Path

from weightprobes import paths
from weightprobes.datasets.torchvision import torchvision_datasets


class DatasetMissing(FileNotFoundError):
    """A data set is in none of the folders and cannot be downloaded."""


class DatasetCorrupt(ValueError):
    """A data set is not what it should be."""


def published(name: str, file: str, url: str, checksum: str = "") -> Path:
    """Where ``file``, like ``"letter/letter.arff"``, of the data set called ``name`` is.

    Looked for in the folders of :func:`~weightprobes.paths.dataset_folders`, then downloaded from ``url``
    into ``data/raw``. Raises DatasetMissing, or DatasetCorrupt if ``checksum``, its MD5, is another.
    """

    def download(folder: str) -> None:
        target = Path(folder, file)
        torchvision_datasets().utils.download_url(url, target.parent, target.name, checksum or None)

    path = root_of(name, [file], download) / file
    if checksum:
        check(path, name, checksum)
    return path


def root_of(name: str, files: Iterable[str], download: Callable[[str], object]) -> Path:
    """The first folder with all ``files``; else ``data/raw``, where ``download(folder)`` has put them.

    What is downloaded appears there whole or not at all. Raises DatasetMissing.
    """
    files = list(files)
    for root in paths.dataset_folders():
        if all((root / file).is_file() for file in files):
            return root
    try:
        paths.RAW.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=paths.RAW) as scratch:
            download(scratch)
            for file in filter(Path.is_file, Path(scratch).rglob("*")):
                target = paths.RAW / file.relative_to(scratch)
                target.parent.mkdir(parents=True, exist_ok=True)
                file.replace(target)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        folders = " and ".join(str(root) for root in paths.dataset_folders())
        raise DatasetMissing(
            f"{name} is not in {folders} and could not be downloaded ({reason}): set WEIGHTPROBES_DATA "
            f"to a folder that holds {files[0]}, or use the dataset digits, which needs no download"
        ) from error
    return paths.RAW


def check(file: Path, name: str, checksum: str) -> None:
    """Raise DatasetCorrupt unless ``checksum`` is the MD5 of ``file``."""
    found = md5(file.read_bytes(), usedforsecurity=False).hexdigest()
    if found != checksum:
        raise DatasetCorrupt(
            f"{file} is not the published {name} file ({file.stat().st_size:,} bytes, MD5 {found} "
            f"instead of {checksum}): delete it and put a sound copy in its place"
        )
