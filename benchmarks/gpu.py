"""A pruning sweep of a hundred networks on a GPU, and on two cores of the CPU beside it.

``python benchmarks/gpu.py [cuda | mps]``; needs MNIST. All 45 pairs of digits, 20 models each, are
trained and asked for their gaps as well. It was written where no GPU was at hand and has not been run on
one: the numbers that it prints are in no table of the book.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

import pandas as pd
import torch

from weightprobes.devices import Device, chosen
from weightprobes.engine.settings import AS_PUBLISHED
from weightprobes.engine.sweep import sweep
from weightprobes.measures import complexity
from weightprobes.models.ensembles import Ensemble
from weightprobes.models.training import Training, train
from weightprobes.probes import Prune, grids
from weightprobes.tasks import Task

TRAINING = Training(Task.named("mnist/7-9"))
MODELS, MODELS_OF_A_PAIR = 100, 20


def seconds(device: Device, work: Callable[[], object]) -> float:
    """Wall time of ``work`` on ``device``."""
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def pruning(ensemble: Ensemble, device: Device) -> pd.DataFrame:
    """The paper's grid of 37 levels, smallest weights first."""
    x, y = TRAINING.task.load("test")
    return sweep(ensemble, x, y, Prune("smallest"), grids.PRUNE, setting=AS_PUBLISHED, device=device)


def pairs(device: Device) -> None:
    """Every pair of digits: trained, then signed and shuffled."""
    for name in complexity.pairs("mnist"):
        training = Training(Task.named(name))
        ensemble = train(training, range(MODELS_OF_A_PAIR), device)
        x, y = training.task.load("test")
        sweep(ensemble, x, y, complexity.PROBE, complexity.STRENGTHS, setting=AS_PUBLISHED, device=device)


def main() -> None:
    """Measure both, print the ratios, and how far the accuracies are from each other."""
    gpu: Device = sys.argv[1] if len(sys.argv) > 1 else "cuda"
    chosen(gpu)
    torch.set_num_threads(2)
    ensemble = train(TRAINING, range(MODELS))
    tables: dict[Device, pd.DataFrame] = {}
    pruning(ensemble.take(range(2)), gpu)  # the first products on a GPU also load it
    for what, work in (
        ("train 100 models", lambda device: train(TRAINING, range(MODELS), device)),
        ("prune 100 models", lambda device: tables.update({device: pruning(ensemble, device)})),
        ("all 45 pairs of 20 models", pairs),
    ):
        cpu, other = (seconds(device, partial(work, device)) for device in ("cpu", gpu))
        print(f"{what}: two cores {cpu:.1f} s, {gpu} {other:.1f} s, {cpu / other:.1f} ×")
    apart = (tables["cpu"]["accuracy"] - tables[gpu]["accuracy"]).abs().max()
    print(f"largest difference of an accuracy: {apart:.2g}")


if __name__ == "__main__":
    main()
