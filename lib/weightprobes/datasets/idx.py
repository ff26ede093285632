"""The data sets that torchvision keeps as IDX files."""

from __future__ import annotations

from weightprobes.choices import check_choice
from weightprobes.datasets.files import check, root_of
from weightprobes.datasets.torchvision import torchvision_datasets
from weightprobes.lazy import torch


def load_idx(name: str, checksums: dict[str, str], split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """Images in [0, 1], shape (n, 28, 28), and labels, shape (n,), of torchvision's dataset ``name``.

    ``checksums`` are the MD5 sums of the uncompressed files. Raises DatasetMissing or DatasetCorrupt.
    """
    check_choice("split", split, ("train", "test"))
    dataset = getattr(torchvision_datasets(), name)
    paths = {f"{name}/raw/{file}": checksum for file, checksum in checksums.items()}
    root = root_of(name, paths, lambda folder: dataset(folder, download=True))
    prefix = "train" if split == "train" else "t10k"
    for path, checksum in paths.items():
        if path.startswith(f"{name}/raw/{prefix}"):
            check(root / path, name, checksum)
    data = dataset(root, train=split == "train", download=False)
    return data.data.float() / 255, data.targets.long()
