"""What the explorer shows in a browser: ``python -m weightprobes.book.explorer`` writes it anew.

A file for each of the paper's tasks in ``book/_static/explorer``, a classic script, since a page that was
opened from a disk may fetch nothing: the weights of one kept network, a few test images, and the training
images that its biases are refitted to. Random numbers are not shipped but their seeds, from which the browser
draws the same as PyTorch.
"""

import base64
import json
import zlib
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from weightprobes import paths
from weightprobes.datasets import DATASETS
from weightprobes.engine.biases import starting_bias
from weightprobes.engine.settings import Setting
from weightprobes.engine.sweep import sweep
from weightprobes.figures.style import EASY, HARD, accuracy_axis, drawn, style, subplots
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training
from weightprobes.probes import Binarize, Flip, Noise, Probe, Prune, Shuffle
from weightprobes.rng import generator
from weightprobes.tables.files import written_whole
from weightprobes.tables.stored import trained
from weightprobes.tasks import PAPER_TASKS, Task

FOLDER = paths.HOME / "book" / "_static" / "explorer"

#: The first of each task's test images, and of its training images to refit biases to.
TEST, CALIBRATION = 300, 200

#: The network, of those in ``data/checkpoints``, and the draw of every probe.
SEED, DRAW = 0, 0

#: What the slider does.
PROBES: tuple[Probe, ...] = (
    Binarize("unit"),
    Prune("smallest"),
    Prune("largest"),
    Prune("random"),
    Flip("smallest"),
    Noise("uniform"),
    Shuffle("within_sign"),
)

#: The bias policies by the names that they have on the page.
BIASES = {"published": "redrawn", "kept": "kept", "refitted": "calibrated"}

#: Who made the images, and what they allow.
CREDITS = {
    "mnist": "MNIST, Yann LeCun, Corinna Cortes and Christopher J. C. Burges, CC BY-SA 3.0, "
    "https://creativecommons.org/licenses/by-sa/3.0/; a selection, otherwise unchanged",
    "fashion_mnist": "Fashion-MNIST, Copyright (c) 2017 Zalando SE, https://tech.zalando.com, MIT licence, "
    "https://github.com/zalandoresearch/fashion-mnist/blob/master/LICENSE; a selection, otherwise unchanged",
}


def file_of(task: str) -> Path:
    """The script of the ``task`` with this name."""
    return FOLDER / f"data_{task.replace('/', '_')}.js"


def network_of(task: str) -> Ensemble:
    """The one network that the explorer has for this ``task``."""
    return trained(Training(Task.named(task)), [SEED])


def images_of(task: str) -> tuple[Tensor, Tensor, Tensor]:
    """Its test images, (test, pixels), their labels, and the images to refit to, (calibration, pixels)."""
    one = Task.named(task)
    x, y = one.load("test")
    return x[:TEST], y[:TEST], one.load("train")[0][:CALIBRATION]


def content_of(task: str) -> dict[str, Any]:
    """All that the browser is told of a ``task``; arrays are :func:`packed`."""
    one, model, (test, labels, calibration) = Task.named(task), network_of(task).model(SEED), images_of(task)
    names = DATASETS[one.dataset].CLASSES
    return {
        "title": one.title,
        "classes": [names[label] for label in one.classes],
        "seed": SEED,
        "labels": "".join(map(str, labels.tolist())),
        "test": packed(_bytes(test)),
        "calibration": packed(_bytes(calibration)),
        "weights": {name: packed(value.numpy()) for name, value in model.items()},
        "redrawn": {name: packed(value.numpy()) for name, value in _redrawn(model).items()},
        "draws": {probe.label: _draws(probe, model) for probe in PROBES},
    }


def packed(values: np.ndarray) -> str:
    """The bytes of an array, little-endian, deflated and in base64."""
    little = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
    return base64.b64encode(zlib.compress(little.tobytes(), 9)).decode()


def unpacked(text: str, kind: str) -> np.ndarray:
    """The flat array of dtype ``kind`` that was :func:`packed`."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), kind)


def _bytes(images: Tensor) -> np.ndarray:
    """Images in [-1, 1] as they were published."""
    return ((images + 1) / 2 * 255).round().to(torch.uint8).numpy()


def _redrawn(model: dict[str, Tensor]) -> dict[str, Tensor]:
    """The biases that the published setting puts in the place of the trained ones."""
    return {
        name: starting_bias(
            "redrawn", value, model[name.replace("bias", "weight")], generator("bias", SEED, DRAW, name)
        )
        for name, value in model.items()
        if name.endswith("bias")
    }


def _draws(probe: Probe, model: dict[str, Tensor]) -> dict[str, list[int]]:
    """The seeds of PyTorch's generator with which ``probe`` meets each of the parameters."""
    found = {}
    for name, value in model.items():
        rng = generator(probe, SEED, DRAW, name)
        found[name] = [rng.initial_seed()]
        if isinstance(probe, Shuffle):  # it draws who takes part, and then the address of what they do
            torch.randperm(int((value != 0).sum()), generator=rng)
            address = torch.randint(2**62, (), generator=rng).item()
            found[name].append(generator("shuffle", address).initial_seed())
    return found


def write(task: str) -> Path:
    """Write the script of a ``task``, whole or not at all, and return its path."""
    head = f"// {CREDITS[Task.named(task).dataset]}.\n// Made by: python -m weightprobes.book.explorer\n"
    text = json.dumps(content_of(task), ensure_ascii=False, indent=0)
    with written_whole(file_of(task)) as scratch:
        scratch.write_text(f"{head}EXPLORER.tasks[{json.dumps(task)}] = {text};\n", encoding="utf-8")
    return file_of(task)


def read(task: str) -> dict[str, Any]:
    """What the script of a ``task`` holds."""
    text = file_of(task).read_text(encoding="utf-8")
    return json.loads(text.split("] = ", 1)[1].rstrip(";\n"))


def carried_images(task: str) -> tuple[Tensor, Tensor, Tensor]:
    """What :func:`images_of` gives, as the script of the ``task`` has it: no data set is needed."""
    carried = read(task)
    test, calibration = (torch.tensor(unpacked(carried[name], "u1")) for name in ("test", "calibration"))
    labels = torch.tensor([int(label) for label in carried["labels"]])
    return 2 * (test / 255).view(TEST, -1) - 1, labels, 2 * (calibration / 255).view(CALIBRATION, -1) - 1


def still() -> Figure:
    """What a page without scripts shows instead: the hard task's network on the way to its signs."""
    task, probe = "mnist/7-9", Binarize("unit")
    network, (x, y, calibration) = network_of(task), images_of(task)
    figure, (ax,) = subplots(1, (7.2, 2.8))
    for name in ("refitted", "published"):
        setting = Setting(biases=BIASES[name])
        table = sweep(network, x, y, probe, probe.grid, setting=setting, training_images=calibration)
        curve = table[table["weights"] == "float"]
        colour = EASY if name == "refitted" else HARD
        ax.plot(curve["strength"], curve["accuracy"], color=colour, lw=2.5)
        ax.text(1.02, curve["accuracy"].iloc[-1], f"biases {name}".replace(" pub", " as pub"), va="center")
    accuracy_axis(ax, 0.4)
    ax.set(xlabel="share of the way from weights to signs", xlim=(0, 1), ylabel="7 vs 9, accuracy")
    return drawn(figure)


def write_still() -> Path:
    """Write it as ``still.svg``, the same bytes for the same values, and return its path."""
    style()
    path = FOLDER / "still.svg"
    with plt.rc_context({"svg.hashsalt": "still", "svg.fonttype": "none"}), written_whole(path) as scratch:
        still().savefig(scratch, format="svg", bbox_inches="tight", transparent=True, metadata={"Date": None})
    return path


def main() -> None:
    """What the module's docstring says."""
    print(write_still().relative_to(paths.HOME))
    for task in PAPER_TASKS:
        path = write(task)
        print(f"{path.relative_to(paths.HOME)}: {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
