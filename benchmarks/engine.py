"""What ``sensitivity`` costs beside a plain loop, in time and in memory, and a sweep beside its products.

Run by ``make bench``; needs no data, since the models have random weights. Writes
``data/results/engine_cost.parquet``, which the book's cost page shows. Times are the processor's, on one
thread, both sides by turns in one process: neither the machine's speed nor what else runs on it is in the
ratios.
"""

import multiprocessing
import platform
import resource
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain

import pandas as pd
import torch
from torch import Tensor, nn

from weightprobes import paths
from weightprobes.engine.probed import probed
from weightprobes.engine.readings import read
from weightprobes.engine.sensitivity import sensitivity
from weightprobes.engine.settings import AS_WRITTEN
from weightprobes.engine.sites import sites, swapped
from weightprobes.engine.sweep import sweep
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.hub import transformers
from weightprobes.models.mlp import mlp
from weightprobes.probes import Prune, grids
from weightprobes.tables import tables

#: Those of ``sensitivity``, unless it is told others.
READINGS = ("sign", "scaled", "row")
TURNS = 3


def distilbert() -> tuple[nn.Module, list[Tensor]]:
    """A tagger of the chapter's shape, and eight sentences of 32 tokens."""
    config = transformers.DistilBertConfig(vocab_size=28996, num_labels=9)
    return transformers.AutoModelForTokenClassification.from_config(config), _texts(28996)


def gpt2() -> tuple[nn.Module, list[Tensor]]:
    """Six layers that know 1,000 tokens, and eight texts of 32."""
    config = transformers.GPT2Config(vocab_size=1000, n_layer=6)
    return transformers.AutoModelForCausalLM.from_config(config), _texts(1000)


class Block(nn.Module):
    """Two convolutions and a way around them, as torchvision has it: one ReLU, which works in place."""

    def __init__(self, before: int, after: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after)
        self.relu = nn.ReLU(inplace=True)
        self.conv2, self.bn2 = nn.Conv2d(after, after, 3, 1, 1, bias=False), nn.BatchNorm2d(after)
        around = nn.Sequential(nn.Conv2d(before, after, 1, stride, bias=False), nn.BatchNorm2d(after))
        self.downsample = around if stride > 1 else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.bn2(self.conv2(self.relu(self.bn1(self.conv1(x)))))
        out += x if self.downsample is None else self.downsample(x)
        return self.relu(out)


def resnet(batches: int = 2, images: int = 32) -> tuple[nn.Module, list[Tensor]]:
    """ResNet-18, and images of 64 × 64."""
    sizes = [
        (64, 64, 1),
        (64, 64, 1),
        (64, 128, 2),
        (128, 128, 1),
        (128, 256, 2),
        (256, 256, 1),
        (256, 512, 2),
    ]
    blocks = [Block(*size) for size in [*sizes, (512, 512, 1)]]
    stem = (
        nn.Conv2d(3, 64, 7, 2, 3, bias=False),
        nn.BatchNorm2d(64),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, 1),
    )
    model = nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))
    return model, list(torch.randn(batches, images, 3, 64, 64))


def _texts(tokens: int) -> list[Tensor]:
    return list(torch.randint(tokens, (2, 4, 32)))


MODELS = {"DistilBERT": (distilbert, 1.8), "ResNet-18": (resnet, 1.8), "GPT-2": (gpt2, 1.6)}

Score = Callable[[nn.Module], float]


def worth(batches: list[Tensor]) -> Score:
    """A score in which every bit of every answer counts."""

    @torch.no_grad()
    def evaluate(model: nn.Module) -> float:
        answers = (model(batch) for batch in batches)
        return sum(getattr(one, "logits", one).double().square().sum().item() for one in answers)

    return evaluate


def plain_loop(model: nn.Module, evaluate: Score) -> list[float]:
    """The score of the model, then of each reading of each weight: swapped, scored and swapped back."""
    scores = [evaluate(model)]
    for site in sites(model):
        for reading in READINGS:
            with swapped({site: read(site.weight(), reading)}):
                scores.append(evaluate(model))
    return scores


def replayed(model: nn.Module, evaluate: Score) -> list[float]:
    """The same by the library."""
    table = sensitivity(model, evaluate, readings=READINGS)
    return [table.attrs["score"], *table["score"]]


def seconds(work: Callable[[], object]) -> float:
    """Processor time of ``work``."""
    start = time.process_time()
    work()
    return time.process_time() - start


# A row: what is measured, its unit, its value, what it is held against, that, and the ratio that is needed.
Row = tuple[str, str, float, str, float, str]


def turn(name: str, model: nn.Module, evaluate: Score) -> tuple[float, float]:
    """Seconds of both ways; raises AssertionError if a score differs in a bit."""
    found: list[list[float]] = []
    ways = [seconds(lambda way=way: found.append(way(model, evaluate))) for way in (replayed, plain_loop)]
    assert found[0] == found[1], f"the scores of {name} are not those of a plain loop"
    return ways[0], ways[1]


def of_time() -> Iterator[Row]:
    """Each model, the two ways by turns."""
    for name, (build, needed) in MODELS.items():
        torch.manual_seed(0)
        model, batches = build()
        model.eval()
        turns = [turn(name, model, worth(batches)) for _ in range(TURNS)]
        yield f"sensitivity, {name}", "s", *_middle(turns), f"≥ {needed}"


def _middle(turns: list[tuple[float, float]], beside: str = "a plain loop") -> tuple[float, str, float]:
    """The turn whose ratio is the median, as three columns of a row."""
    ours, theirs = sorted(turns, key=lambda turn: turn[1] / turn[0])[len(turns) // 2]
    return ours, beside, theirs


def peak(way: str) -> tuple[float, float]:
    """GB of this process before anything is done, and at most when ResNet-18 sees 256 images at once."""
    before = _peak()
    model, batches = resnet(1, 256)
    evaluate = worth(batches)
    {"a forward": evaluate, "sensitivity": lambda model: replayed(model, evaluate)}[way](model.eval())
    return before, _peak()


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def of_memory() -> Iterator[Row]:
    """Peaks of fresh processes."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context, max_tasks_per_child=1) as processes:
        (_, plain), (before, ours) = processes.map(peak, ("a forward", "sensitivity"))
    yield "peak memory, ResNet-18", "GB", ours, "a plain forward", plain, "≥ 1 / 2"
    yield (
        "peak memory above PyTorch's, ResNet-18",
        "GB",
        ours - before,
        "a plain forward",
        plain - before,
        "–",
    )


def of_sweeps() -> Iterator[Row]:
    """A variant of the paper's networks in a stacked sweep, and its product with the first layer."""
    torch.manual_seed(0)
    ensemble = Ensemble.of([mlp(784, (64,), 2) for _ in range(10)])
    x, y, probe = torch.randn(2000, 784), torch.randint(2, (2000,)), Prune("smallest")
    first = probed(ensemble.model(0), probe, grids.PRUNE, AS_WRITTEN, ["0.weight"], 0, 0)["0.weight"].flatten(
        0, 1
    )
    turns = []
    for _ in range(5 * TURNS):
        swept = seconds(lambda: sweep(ensemble, x, y, probe, grids.PRUNE)) / len(ensemble) / 2
        turns.append((swept / len(grids.PRUNE), seconds(lambda: x @ first.T) / len(grids.PRUNE)))
    yield "one variant in a stacked sweep", "s", *_middle(turns, "its matrix product alone"), "≥ 1 / 1.3"


def main() -> None:
    """Measure, print and keep."""
    torch.set_num_threads(1)
    rows = []
    # memory first: a process is born with the peak of the one that made it
    for row in chain(of_memory(), of_time(), of_sweeps()):
        print(*row, flush=True)
        rows.append(row)
    table = pd.DataFrame(rows, columns=["what", "unit", "value", "beside", "other", "needed"])
    table["ratio"] = table["other"] / table["value"]
    print(table.to_string(float_format="{:.4g}".format))
    recipe = {"benchmark": "engine", "torch": torch.__version__, "machine": platform.machine()}
    tables.write(paths.RESULTS / "engine_cost.parquet", table, recipe)


if __name__ == "__main__":
    main()
