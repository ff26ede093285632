"""The datasets that torchvision keeps as IDX files: found, checked against their checksums, or downloaded."""

from __future__ import annotations

import tempfile
from hashlib import md5
from pathlib import Path
from typing import TYPE_CHECKING

from weightprobes import paths
from weightprobes.choices import check_choice
from weightprobes.datasets.torchvision import torchvision_datasets

if TYPE_CHECKING:
    from torch import Tensor


class DatasetMissing(FileNotFoundError):
    """A dataset is in none of the folders and cannot be downloaded."""


class DatasetCorrupt(ValueError):
    """A dataset's file is not the published one."""


def load_idx(name: str, checksums: dict[str, str], split: str) -> tuple[Tensor, Tensor]:
    """Images in [0, 1], shape (n, 28, 28), and labels, shape (n,), of torchvision's dataset ``name``.

    ``checksums`` are the MD5 sums of the uncompressed files. Raises :class:`DatasetMissing` or
    :class:`DatasetCorrupt`.
    """
    check_choice("split", split, ("train", "test"))
    root = _found(name, checksums) or _downloaded(name)
    prefix = "train" if split == "train" else "t10k"
    for file, checksum in checksums.items():
        if file.startswith(prefix):
            _check(root / name / "raw" / file, name, checksum)
    data = getattr(torchvision_datasets(), name)(root, train=split == "train", download=False)
    return data.data.float() / 255, data.targets.long()


def _found(name: str, checksums: dict[str, str]) -> Path | None:
    for root in paths.dataset_folders():
        if all((root / name / "raw" / file).is_file() for file in checksums):
            return root
    return None


def _check(file: Path, name: str, checksum: str) -> None:
    found = md5(file.read_bytes(), usedforsecurity=False).hexdigest()
    if found != checksum:
        raise DatasetCorrupt(
            f"{file} is not the published {name} file ({file.stat().st_size:,} bytes, MD5 {found} "
            f"instead of {checksum}): delete it and put a sound copy in its place"
        )


def _downloaded(name: str) -> Path:
    """Download into ``data/raw``; each file appears there whole or not at all."""
    folders = " and ".join(str(root) for root in paths.dataset_folders())
    try:
        paths.RAW.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=paths.RAW) as scratch:
            getattr(torchvision_datasets(), name)(scratch, download=True)
            target = paths.RAW / name / "raw"
            target.mkdir(parents=True, exist_ok=True)
            for file in (Path(scratch) / name / "raw").iterdir():
                file.replace(target / file.name)
    except (OSError, RuntimeError) as error:
        reason = " ".join(str(error).split())
        raise DatasetMissing(
            f"{name} is not in {folders} and could not be downloaded ({reason}): set WEIGHTPROBES_DATA "
            f"to a folder that holds {name}/raw, or use the dataset digits, which needs no download"
        ) from error
    return paths.RAW
