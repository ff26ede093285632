"""Data without a split of their own are split here, class by class."""

from __future__ import annotations

from weightprobes.choices import check_choice
from weightprobes.lazy import torch
from weightprobes.rng import generator


def stratified(labels: torch.Tensor, seed: int = 0) -> torch.Tensor:
    """Which items with these ``labels`` (n,) are test items, (n,), bool.

    A quarter of each class, at least one, drawn by ``seed``.
    """
    order = torch.randperm(len(labels), generator=generator("split", seed))
    held_out = torch.zeros(len(labels), dtype=torch.bool)
    for label in labels.unique():
        places = order[labels[order] == label]
        held_out[places[: max(1, len(places) // 4)]] = True
    return held_out


def scikit_learn(loader: str, split: str) -> tuple[torch.Tensor, torch.Tensor]:
    """A table that comes with scikit-learn, by its ``loader``'s name: columns, float32, and labels.

    Its test items are those of :func:`stratified` with seed 0.
    """
    check_choice("split", split, ("train", "test"))
    from sklearn import datasets

    columns, labels = getattr(datasets, loader)(return_X_y=True)
    x, y = torch.from_numpy(columns).float(), torch.from_numpy(labels).long()
    chosen = stratified(y) == (split == "test")
    return x[chosen], y[chosen]
