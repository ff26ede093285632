"""Free Spoken Digit Dataset: ten digits, six speakers, fifty takes each (Jakobovski and others)."""

from __future__ import annotations

import re
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from weightprobes.choices import check_choice
from weightprobes.datasets import sound
from weightprobes.datasets.files import DatasetCorrupt, published
from weightprobes.lazy import torch

CLASSES = tuple("0123456789")
NAME = "Spoken digits"
SHAPE = (sound.BANDS, sound.FRAMES)
COUNTS = {"train": 10 * (270,), "test": 10 * (30,)}
DIGEST = {"train": "f2a631e7", "test": "2f1b5033"}

# No checksum: GitHub packs a commit anew when it is asked for. What is inside is checked, by DIGEST.
FILE = "fsdd/recordings.zip"
COMMIT = "26eb9aaf76e81b692f806f9140c2d2777410d7a1"
URL = f"https://github.com/Jakobovski/free-spoken-digit-dataset/archive/{COMMIT}.zip"


def load(split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Spectrograms, shape (n, 32, 32), and digits, shape (n,); takes 0 to 4 are the test set."""
    check_choice("split", split, ("train", "test"))
    x, digit, _, take = recordings()
    chosen = torch.from_numpy(take < 5) == (split == "test")
    return x[chosen], digit[chosen]


def recordings() -> tuple[torch.Tensor, torch.Tensor, NDArray, NDArray]:
    """Spectrograms of all in decibels, (n, bands, frames); of each the digit, the speaker and the take."""
    return _decoded(published(NAME, FILE, URL))


@cache
def _decoded(path: Path) -> tuple[torch.Tensor, torch.Tensor, NDArray, NDArray]:
    try:
        with zipfile.ZipFile(path) as packed:
            named = [re.search(r"recordings/(\d)_(\w+)_(\d+)\.wav$", name) for name in packed.namelist()]
            files = sorted((m[1], m[2], int(m[3]), m.string) for m in named if m)
            x = [sound.spectrogram(sound.read(BytesIO(packed.read(name)))) for *_, name in files]
    except (zipfile.BadZipFile, OSError) as error:
        raise DatasetCorrupt(f"{path} is damaged ({error}): delete it and put a sound copy there") from error
    digit, speaker, take, _ = zip(*files, strict=True)
    x, y = torch.from_numpy(np.stack(x)), torch.tensor([*map(int, digit)])
    return x, y, np.array(speaker), np.array(take)
