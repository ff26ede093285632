"""What it costs to measure how hard two classes are to tell apart: seconds of processor for each measure.

Run by hand, on one thread; needs MNIST and Letter. Writes ``data/results/difficulty_cost.parquet``, which the
chapter on other kinds of data shows. A measure of networks pays for training ten of them.
"""

import platform
import time
from collections.abc import Callable, Iterator

import pandas as pd
import torch
from problexity import classification

from weightprobes import paths
from weightprobes.engine.settings import AS_PUBLISHED, RECOMMENDED, Setting
from weightprobes.engine.sweep import sweep
from weightprobes.measures.any_data import FLIPPED, NOISES
from weightprobes.measures.complexity import PROBE
from weightprobes.measures.difficulty import LINEAR, NEIGHBOUR, Difficulty, linear_error, neighbour_error
from weightprobes.measures.similarity import Similarity, ssim
from weightprobes.models.ensembles import logits
from weightprobes.models.training import Training, train
from weightprobes.paper import any_data as study
from weightprobes.probes import Flip, Noise
from weightprobes.tables import tables
from weightprobes.tasks import Task

#: A pair of each: many inputs and items, and few.
TIMED = ("mnist/3-8", "letter/3-8")
NETWORKS = 10


def seconds(work: Callable[[], object]) -> float:
    """Seconds of processor that ``work`` takes."""
    start = time.process_time()
    work()
    return time.process_time() - start


def of_networks(training: Training) -> Iterator[tuple[str, float]]:
    """The measures that need trained networks, and their training in each."""
    (x, y), (seen, _) = (training.task.load(split) for split in ("test", "train"))
    networks = []
    trained = seconds(lambda: networks.append(train(training, range(NETWORKS))))
    (ensemble,) = networks

    def swept(probe, strengths, setting):
        return trained + seconds(
            lambda: sweep(ensemble, x, y, probe, strengths, setting=setting, training_images=seen)
        )

    yield study.PUBLISHED, swept(PROBE, [0.0], AS_PUBLISHED)
    yield study.RECOMMENDED, swept(PROBE, [0.0], RECOMMENDED)
    yield study.FLIPS, swept(Flip("random"), [0.0, FLIPPED], Setting(biases="kept"))
    yield study.RADIUS, swept(Noise(), [0.0, *NOISES], Setting(biases="kept"))
    with torch.no_grad():
        yield study.BITS, trained + seconds(lambda: logits(ensemble.module, ensemble.parameters, x))
    yield study.EPOCHS, trained


def of_data(task: Task) -> Iterator[tuple[str, float]]:
    """The measures that need none."""
    yield LINEAR, seconds(lambda: linear_error(task))
    yield NEIGHBOUR, seconds(lambda: neighbour_error(task))
    x, y = (part[: Difficulty(task.dataset).sample].numpy() for part in task.load("train"))
    yield study.LSC, seconds(lambda: classification.lsc(x.astype(float), y))
    if task.dataset in study.IMAGES:
        images = task.load("train")[0].reshape(-1, 28, 28)[: Similarity(task.dataset).images]
        places = torch.randint(len(images), (2 * Similarity(task.dataset).pairs, 2))
        yield study.SSIM, seconds(lambda: ssim(images, images, places))


def main() -> None:
    """Time, print and keep."""
    torch.set_num_threads(1)
    rows = []
    for name in TIMED:
        task = Task.named(name)
        task.load("train")
        for measure, taken in (*of_networks(Training(task)), *of_data(task)):
            rows.append({"dataset": task.dataset, "measure": measure, "seconds": taken})
    table = pd.DataFrame(rows).assign(machine=platform.machine())
    print(table.to_string(index=False))
    tables.write(paths.RESULTS / "difficulty_cost.parquet", table, {"benchmark": "difficulty"})


if __name__ == "__main__":
    main()
