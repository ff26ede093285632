"""The five probes, drawn on one small matrix by the library's own code."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from weightprobes.figures.style import drawn
from weightprobes.probes import Flip, Noise, Probe, Prune, Shuffle
from weightprobes.rng import generator

#: What is drawn: small and large weights of both signs.
WEIGHT = torch.tensor(
    [[0.9, -0.1, 0.3, -0.6], [-0.2, 0.8, -0.4, 0.1], [0.5, -0.7, 0.2, 0.3], [-0.3, 0.1, -0.8, 0.4]]
)

#: The columns: their titles, and the probe at a strength.
STEPS: dict[str, tuple[Probe, float]] = {
    "as trained": (Prune("smallest"), 0.0),
    "pruning\n$p$ = 0.5": (Prune("smallest"), 0.5),
    "noise\n$a$ = 0.3": (Noise("uniform"), 0.3),
    "sign flips\n$q$ = 0.4": (Flip("smallest"), 0.4),
    "randomisation\nwithin signs": (Shuffle("within_sign"), 1.0),
}


def probes(weight: Tensor = WEIGHT) -> Figure:
    """A small ``weight`` matrix under each probe, and below it its signs: binarisation is the second row.

    Green is positive, brown negative; a frame marks a place whose sign is not what it was.
    """
    figure, axes = plt.subplots(2, len(STEPS), figsize=(7.4, 3.6), layout="constrained")
    for (title, (probe, strength)), column in zip(STEPS.items(), axes.T, strict=True):
        probed = probe(weight, strength, generator("drawing"))
        column[0].set_title(title, fontsize=9.5)
        for ax, shown, form in zip(column, (probed, probed.sign()), ("+.1f", "+.0f"), strict=True):
            _draw(ax, shown, form, changed=probed.sign() != weight.sign())
    for ax, name in zip(axes[:, 0], ("weights", "signs only"), strict=True):
        ax.set_ylabel(name, fontsize=9.5)
    return drawn(figure)


def _draw(ax: plt.Axes, shown: Tensor, form: str, changed: Tensor) -> None:
    ax.imshow(shown.numpy(), cmap="BrBG", vmin=-1.3, vmax=1.3)
    ax.set(xticks=[], yticks=[])
    ax.grid(visible=False)
    for row, column in torch.cartesian_prod(*map(torch.arange, shown.shape)).tolist():
        value = shown[row, column].item()
        text = format(value, form).replace("-", "\N{MINUS SIGN}") if value else "0"
        light = abs(value) > 0.75
        ax.text(column, row, text, ha="center", va="center", fontsize=9, color="w" if light else "k")
        if changed[row, column]:
            ax.add_patch(
                Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, edgecolor="k", lw=1.6)
            )
