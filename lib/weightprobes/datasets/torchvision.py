"""torchvision's datasets, also where its compiled operators do not fit the installed PyTorch."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path
from types import ModuleType

from weightprobes.lazy import torch


@cache
def torchvision_datasets() -> ModuleType:
    """``torchvision.datasets``; import torchvision only through this function."""
    declare_missing_operators()
    from torchvision import datasets

    return datasets


def declare_missing_operators() -> None:
    """Let torchvision be imported beside a CPU build of PyTorch; transformers imports it too."""
    # PyPI's torchvision for Linux is linked to CUDA. Beside a CPU build of PyTorch its operators do
    # not load, and importing it fails on the missing ``nms`` (pytorch/vision#9085). Declaring the two
    # names is enough for the datasets; calling them still fails with a clear error.
    spec = importlib.util.find_spec("torchvision")
    if spec is None or spec.origin is None or torch.version.cuda is not None:
        return
    for compiled in Path(spec.origin).parent.glob("_C*.so"):
        try:
            torch.ops.load_library(str(compiled))
        except OSError:
            _declare("nms")
            _declare("qnms")


@cache
def _declare(operator: str) -> torch.library.Library:
    library = torch.library.Library("torchvision", "FRAGMENT")
    library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return library  # the cache keeps it alive, and with it the operator
