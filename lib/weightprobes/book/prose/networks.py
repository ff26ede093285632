"""The numbers in the chapter on the networks."""

from weightprobes.measures.networks import HiddenUnits, TrainingLog, WeightStatistics
from weightprobes.models.training import Training
from weightprobes.paper.claims.networks import FASHION_EASY, FASHION_HARD, MNIST_EASY, MNIST_HARD
from weightprobes.tasks import Task

TASKS = {"easy": MNIST_EASY, "hard": MNIST_HARD, "fashion_easy": FASHION_EASY, "fashion_hard": FASHION_HARD}
SEEDS = range(100)


def numbers() -> dict[str, str]:
    """Their text, by the names that the prose calls them by."""
    found = {}
    for name, task in TASKS.items():
        training = Training(Task.named(task))
        last = TrainingLog(training).table(SEEDS).query("epoch == epoch.max()")
        found[f"accuracy_{name}"] = f"{100 * last['test_accuracy'].median():.1f} %"
        found[f"dead_{name}"] = f"{HiddenUnits(training).table(SEEDS)['dead'].median():g}"
        if task == MNIST_HARD:
            found["failed"] = str(last["failed"].sum())
        if task in (MNIST_EASY, MNIST_HARD):
            first = WeightStatistics(training).table(SEEDS).query("layer == '1'")
            found[f"positive_{name}"] = f"{100 * first['positive'].median():.0f} %"
    return found
