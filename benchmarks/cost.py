"""What training and probing cost here, beside the authors' costs and beside what a user would write first.

Run by ``make bench``; needs MNIST. Writes ``data/results/cost.parquet``, which the book's cost page
shows. The machine's speed cancels in the ratios, since both sides are timed in one process.
"""

import platform
import resource
import time
from collections.abc import Callable
from statistics import median

import pandas as pd
import torch
from torch.utils.data import DataLoader, Subset, TensorDataset
from weightprobes import grids, paths, tables
from weightprobes.datasets.torchvision import torchvision_datasets
from weightprobes.ensembles import Ensemble, accuracy
from weightprobes.probes import Prune
from weightprobes.sweep import probed, sweep
from weightprobes.tasks import Task
from weightprobes.training import Training, train

TRAINING = Training(Task.named("mnist/7-9"))
MODELS = 100

# The authors' wall and CPU seconds, printed by their notebooks (spec of their code, section 10).
AUTHORS_TRAINING = 156.0  # wall, one model of a digit pair
AUTHORS_PRUNING = (4 * 3600 + 41 * 60 + 26) / (
    10 * 38 * 6
)  # CPU, one variant: 10 models, 38 levels, 6 readings


def seconds(work: Callable[[], object], repeats: int = 1) -> float:
    """Median wall time of ``work``."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return median(times)


def through_a_data_loader(model: torch.nn.Module) -> None:
    """Score one model as the authors do: images decoded and normalised again, batch by batch."""
    from torchvision import transforms

    to_input = transforms.Compose([transforms.ToTensor(), transforms.Normalize((0.5,), (0.5,))])
    images = torchvision_datasets().MNIST(_mnist_folder(), train=False, transform=to_input)
    chosen = [place for place, label in enumerate(images.targets.tolist()) if label in TRAINING.task.classes]
    with torch.no_grad():
        for x, y in DataLoader(Subset(images, chosen), batch_size=128):
            (model(x.flatten(1)).argmax(1) == y).sum().item()


def through_a_tensor_dataset(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> None:
    """Score one model on images decoded once, which a DataLoader collects one by one."""
    with torch.no_grad():
        for images, labels in DataLoader(TensorDataset(x, y), batch_size=128):
            (model(images).argmax(1) == labels).sum().item()


def from_memory(model: torch.nn.Module, x: torch.Tensor, y: torch.Tensor) -> None:
    """Score one model on images held as one tensor, in batches of 128."""
    with torch.no_grad():
        for images, labels in zip(x.split(128), y.split(128), strict=True):
            (model(images).argmax(1) == labels).sum().item()


def one_at_a_time(ensemble: Ensemble, score: Callable[[torch.nn.Module], None], levels: int) -> None:
    """Prune, load and score one variant after the other."""
    probe, model = Prune("smallest"), TRAINING.build()
    for strength in grids.PRUNE[:levels]:
        for read in (lambda value: value, torch.sign):
            weights = {
                name: read(probe(value, strength, torch.Generator()))
                for name, value in ensemble.model(0).items()
            }
            model.load_state_dict(weights)
            score(model)


def _mnist_folder() -> str:
    return next(str(folder) for folder in paths.dataset_folders() if (folder / "MNIST").exists())


def main() -> None:
    """Measure, print and keep."""
    x, y = TRAINING.task.load("test")
    rows = []

    def row(what: str, taken: float, beside: str, other: float, needed: str) -> None:
        rows.append(
            {
                "what": what,
                "seconds": taken,
                "beside": beside,
                "other": other,
                "ratio": other / taken,
                "needed": needed,
            }
        )
        print(
            f"{what}: {taken:.4g} s; {beside}: {other:.4g} s; ratio {other / taken:.3g} (needed {needed})",
            flush=True,
        )

    trained: list[Ensemble] = []
    taken = seconds(lambda: trained.append(train(TRAINING, range(MODELS))))
    row("train one model, of 100", taken / MODELS, "the authors", AUTHORS_TRAINING, "≥ 100")
    ensemble = trained[0]

    orders = [Prune(order) for order in ("smallest", "largest", "random")]
    taken = seconds(lambda: [sweep(ensemble, x, y, order, grids.PRUNE) for order in orders])
    variants = MODELS * len(grids.PRUNE) * len(orders) * 2
    print(f"pruning sweep of 100 models, 37 levels, 3 orders, 2 readings: {taken:.1f} s")
    row(
        "prune and score one variant, of 22,200",
        taken / variants,
        "the authors, CPU time",
        AUTHORS_PRUNING,
        "–",
    )

    few = ensemble.take(range(10))
    variants = len(few) * len(grids.PRUNE) * 2
    stacked = seconds(lambda: sweep(few, x, y, orders[0], grids.PRUNE), 5) / variants

    first = probed(few.model(0), orders[0], grids.PRUNE, "probed", 0, 0)["0.weight"].flatten(0, 1)
    limit = seconds(lambda: x @ first.T, 15) / len(grids.PRUNE)
    row("one variant in a stacked sweep", stacked, "its matrix product alone", limit, "≥ 1 / 1.4")
    for beside, score, needed in (
        ("one model at a time, slices of a tensor", lambda one: from_memory(one, x, y), "–"),
        (
            "one model at a time, DataLoader of tensors",
            lambda model: through_a_tensor_dataset(model, x, y),
            "≥ 10",
        ),
        ("one model at a time, DataLoader of images", through_a_data_loader, "≥ 60"),
    ):
        other = seconds(lambda score=score: one_at_a_time(few, score, 3), 5) / 6
        row("one variant in a stacked sweep", stacked, beside, other, needed)
    score = accuracy(few.module, few.parameters, x, y)
    assert score.min() > 0.9, "the models timed here did not learn their task"

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"peak memory: {peak:.2f} GB")
    table = pd.DataFrame(rows).assign(threads=torch.get_num_threads(), peak_gb=peak)
    recipe = {"benchmark": "cost", "torch": torch.__version__, "machine": platform.machine()}
    tables.write(paths.RESULTS / "cost.parquet", table, recipe)


if __name__ == "__main__":
    main()
