"""The numbers in the chapter on the networks."""

from weightprobes.book.prose import NAMES, _one, merged
from weightprobes.measures.networks import HiddenUnits, TrainingLog, WeightStatistics
from weightprobes.measures.shift import Offsets
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import MNIST_EASY, MNIST_HARD
from weightprobes.tasks import Task

SEEDS = range(100)


def numbers() -> dict[str, str]:
    found = {}
    for task, name in NAMES.items():
        training = Training(Task.named(task))
        last = TrainingLog(training).table(SEEDS).query("epoch == epoch.max()")
        found[f"accuracy_{name}"] = f"{100 * last['test_accuracy'].median():.1f} %"
        found[f"dead_{name}"] = f"{HiddenUnits(training).table(SEEDS)['dead'].median():g}"
        if task == MNIST_HARD:
            found["failed"] = str(last["failed"].sum())
        if task in (MNIST_EASY, MNIST_HARD):
            first = WeightStatistics(training).table(SEEDS).query("layer == '1'")
            found[f"positive_{name}"] = f"{100 * first['positive'].median():.0f} %"
    return merged(found, _firing(), _one.before())


def _firing() -> dict[str, str]:
    """How many hidden units are silent: fire on less than a hundredth of the training images."""
    units = Offsets.of(*NAMES)
    silent = units[units["fires"] < 0.01]
    shown = silent.query("dataset == 'fashion_mnist' and seed == 0 and unit < 8 and fires > 0")["fires"]
    told = {"shown_least": f"{100 * shown.min():.2f}", "shown_most": f"{100 * shown.max():.2f}"}
    for task, name in NAMES.items():
        of_task = silent["task"] == task
        told[f"silent_{name}"] = f"{100 * of_task.sum() / (units['task'] == task).sum():.0f} %"
        told[f"of_them_dead_{name}"] = f"{100 * (silent[of_task]['fires'] == 0).mean():.0f} %"
        told[f"shown_{name}"] = str((of_task & (silent["seed"] == 0) & (silent["unit"] < 8)).sum())
    return told
