"""What training and probing cost here, beside the authors' costs and beside what a user would write first.

Run by ``make bench``; needs MNIST. Writes ``data/results/cost.parquet``, which the book's cost page
shows. The machine's speed cancels in the ratios, since both sides are timed in one process.
"""

import platform
import resource
import sys
import time
from collections.abc import Callable, Iterator
from statistics import median

import pandas as pd
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Subset, TensorDataset

from weightprobes import paths
from weightprobes.datasets import DATASETS
from weightprobes.datasets.torchvision import torchvision_datasets
from weightprobes.engine.probed import probed
from weightprobes.engine.settings import AS_PUBLISHED, AS_WRITTEN
from weightprobes.engine.sweep import sweep
from weightprobes.measures import complexity
from weightprobes.measures.similarity import Similarity, ssim
from weightprobes.models.ensembles import Ensemble, accuracy
from weightprobes.models.training import Training, train
from weightprobes.probes import Prune, Pruned, Shuffle, grids
from weightprobes.probes.shuffle import LETTERS, NULLS
from weightprobes.probes.swaps import degree_preserving
from weightprobes.rng import generator
from weightprobes.tables import tables
from weightprobes.tasks import Task

# The slow twins of the null models are those of the tests.
sys.path.append(str(paths.checkout() / "tests"))
from twins import TWINS, edge_list_twin, released_twin

TRAINING = Training(Task.named("mnist/7-9"))
MODELS = 100

# The authors' seconds, printed by their notebooks; their G was run once for its time.
AUTHORS_TRAINING = 156.0  # wall, one model of a digit pair
AUTHORS_PRUNING = 16_886 / (10 * 38 * 6)  # CPU, one variant: 10 models, 38 levels, 6 readings
AUTHORS_SWAPS = 11.7  # wall, their G on a dense 64 × 784 layer
AUTHORS_NULLS = 291.0  # wall, one model of Figs 2 and 3, MNIST easy
AUTHORS_PAIRS = AUTHORS_TRAINING + (956 + 1039) / 450  # wall, one model of Fig. 4: trained, signed, shuffled
AUTHORS_SSIM = 141 / 900_000  # wall, one pair of MNIST images


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


def through_a_tensor_dataset(model: torch.nn.Module, x: Tensor, y: Tensor) -> None:
    """Score one model on images decoded once, which a DataLoader collects one by one."""
    with torch.no_grad():
        for images, labels in DataLoader(TensorDataset(x, y), batch_size=128):
            (model(images).argmax(1) == labels).sum().item()


def from_memory(model: torch.nn.Module, x: Tensor, y: Tensor) -> None:
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


# A row: what is timed, its seconds, what it is held against, those seconds, the ratio that is needed.
Row = tuple[str, float, str, float, str]


def training_rows(trained: list[Ensemble]) -> Iterator[Row]:
    """Training 100 models, which are left in ``trained``."""
    taken = seconds(lambda: trained.append(train(TRAINING, range(MODELS))))
    yield "train one model, of 100", taken / MODELS, "the authors, wall time", AUTHORS_TRAINING, "≥ 100"


def pruning_rows(ensemble: Ensemble, x: Tensor, y: Tensor) -> Iterator[Row]:
    """The whole pruning sweep of one task."""
    orders = [Prune(order) for order in ("smallest", "largest", "random")]
    busy = time.process_time()
    taken = seconds(lambda: [sweep(ensemble, x, y, order, grids.PRUNE) for order in orders])
    busy = time.process_time() - busy
    variants = len(ensemble) * len(grids.PRUNE) * len(orders) * 2
    print(f"pruning sweep of {len(ensemble)} models, 37 levels, 3 orders, 2 readings: {taken:.1f} s")
    yield "prune and score one variant, processor time", busy / variants, "the authors", AUTHORS_PRUNING, "–"


def sweep_rows(few: Ensemble, x: Tensor, y: Tensor) -> Iterator[Row]:
    """A stacked sweep against its matrix products, and against one model at a time."""
    what, probe = "one variant in a stacked sweep", Prune("smallest")
    stacked = seconds(lambda: sweep(few, x, y, probe, grids.PRUNE), 5) / (len(few) * len(grids.PRUNE) * 2)
    first = probed(few.model(0), probe, grids.PRUNE, AS_WRITTEN, ["0.weight"], 0, 0)["0.weight"].flatten(0, 1)
    limit = seconds(lambda: x @ first.T, 15) / len(grids.PRUNE)
    yield what, stacked, "its matrix product alone", limit, "≥ 1 / 1.4"
    for beside, score, needed in (
        ("one model at a time, slices of a tensor", lambda one: from_memory(one, x, y), "–"),
        (
            "one model at a time, DataLoader of tensors",
            lambda one: through_a_tensor_dataset(one, x, y),
            "≥ 10",
        ),
        ("one model at a time, DataLoader of images", through_a_data_loader, "≥ 60"),
    ):
        yield what, stacked, beside, seconds(lambda score=score: one_at_a_time(few, score, 3), 5) / 6, needed


def null_rows(few: Ensemble, x: Tensor, y: Tensor) -> Iterator[Row]:
    """The null models, against the authors and against an edge list in plain Python."""
    layer = torch.randn(64, 784, generator=generator("dense layer"))
    edge, attempts = layer != 0, 10 * int((layer > 0).sum())
    what = "{} on a dense 64 × 784 layer".format
    swaps = seconds(lambda: degree_preserving(layer, edge, generator("swaps")), 15)
    yield what("G"), swaps, "the authors' code", AUTHORS_SWAPS, "≥ 78"
    slow = seconds(lambda: released_twin(layer, generator("swaps"), attempts))
    yield what("G"), swaps, "swaps in plain Python", slow, "≥ 50"
    for null, group in TWINS.items():
        ours = seconds(lambda null=null: NULLS[null](layer, edge, generator("twin")), 15)
        slow = seconds(lambda group=group: edge_list_twin(layer, group, generator("twin")))
        yield what(LETTERS[null]), ours, "an edge list in plain Python", slow, "≥ 50"
    nulls = [Pruned(Shuffle(null)) for null in NULLS if null != "as_released"]
    taken = seconds(lambda: [sweep(few, x, y, null, grids.SHUFFLE) for null in nulls]) / len(few)
    yield "one model of Figs 2 and 3", taken, "the authors", AUTHORS_NULLS, "≥ 48"


def pair_rows(x: Tensor, y: Tensor) -> Iterator[Row]:
    """One pair of Fig. 4, and the similarity of its images."""
    seeds = range(20)

    def measured() -> None:
        ensemble = train(TRAINING, seeds)
        sweep(ensemble, x, y, complexity.PROBE, complexity.STRENGTHS, setting=AS_PUBLISHED)

    taken = seconds(measured) / len(seeds)
    print(f"45 pairs of 20 models: {45 * len(seeds) * taken / 60:.1f} min")
    yield "one model of Fig. 4, of 20", taken, "the authors", AUTHORS_PAIRS, "≥ 160"
    images = 2 * DATASETS["mnist"].load("train")[0][:1000] - 1
    places = torch.randint(len(images), (Similarity("mnist").pairs, 2), generator=generator("pairs"))
    taken = seconds(lambda: ssim(images, images, places), 5) / len(places)
    print(f"SSIM of 900,000 pairs of images: {900_000 * taken:.1f} s")
    yield "SSIM of two images", taken, "the authors", AUTHORS_SSIM, "≥ 9.4"
    yield "SSIM of two images", taken, "scikit-image, one pair at a time", seconds(_one_ssim(images), 5), "–"


def _one_ssim(images: Tensor) -> Callable[[], object]:
    from skimage.metrics import structural_similarity

    first, second = images[:2].double().numpy()
    return lambda: structural_similarity(first, second, data_range=2.0)


def main() -> None:
    """Measure, print and keep."""
    x, y = TRAINING.task.load("test")
    trained: list[Ensemble] = []
    rows = list(training_rows(trained))
    few = trained[0].take(range(10))
    assert accuracy(few.module, few.parameters, x, y).min() > 0.9, "the models timed here did not learn"
    for more in (
        pruning_rows(trained[0], x, y),
        sweep_rows(few, x, y),
        null_rows(few, x, y),
        pair_rows(x, y),
    ):
        rows += more
    table = pd.DataFrame(rows, columns=["what", "seconds", "beside", "other", "needed"])
    table["ratio"] = table["other"] / table["seconds"]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(table.to_string(float_format="{:.4g}".format), f"\npeak memory: {peak:.2f} GB")
    recipe = {"benchmark": "cost", "torch": torch.__version__, "machine": platform.machine()}
    tables.write(
        paths.RESULTS / "cost.parquet", table.assign(threads=torch.get_num_threads(), peak_gb=peak), recipe
    )


if __name__ == "__main__":
    main()
