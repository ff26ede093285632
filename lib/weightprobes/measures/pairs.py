"""Every measure of every pair of classes side by side: the gaps, and what they are compared with."""

import pandas as pd

from weightprobes.datasets import DATASETS
from weightprobes.engine.settings import AS_PUBLISHED, Setting, as_setting
from weightprobes.measures.complexity import complexity, epochs_to, pairs
from weightprobes.measures.difficulty import Difficulty
from weightprobes.measures.similarity import Similarity
from weightprobes.tables.noted import cache
from weightprobes.tasks import Scaling

BINARISED, SHUFFLED = "gap, binarised", "gap, shuffled"
ERROR, EPOCHS, SIMILARITY = "float network, error", "epochs to 97 %", "similarity (SSIM)"


def of_pairs(
    dataset: str, seeds: int = 20, setting: Setting | str = AS_PUBLISHED, scaling: Scaling = "symmetric"
) -> pd.DataFrame:
    """One row for each pair of classes, indexed by task name; every column grows with difficulty.

    The two gaps, folded as in Fig. 4, and the test error of the float networks are medians over
    ``seeds`` networks in this ``setting`` and ``scaling``. The rest does not depend on them: training
    time, one less the SSIM distance of the classes (both orders averaged) if they are images, and the
    columns of :class:`~weightprobes.measures.difficulty.Difficulty`.
    """
    return _of_pairs(dataset, seeds, as_setting(setting), scaling).copy()


@cache  # chapters ask for the same pairs again and again, and each time it is hundreds of tables
def _of_pairs(dataset: str, seeds: int, setting: Setting, scaling: Scaling) -> pd.DataFrame:
    tasks = pairs(dataset)
    found = complexity(*tasks, seeds=seeds, setting=setting, scaling=scaling)
    gaps = found.pivot(index="task", columns="simplification", values="folded")
    others = Difficulty(dataset).table(tasks).pivot(index="task", columns="measure", values="value")
    columns = {
        BINARISED: gaps["binarised"],
        SHUFFLED: gaps["shuffled"],
        ERROR: 1 - found.groupby("task")["float"].first(),
        EPOCHS: epochs_to(0.97, tasks, seeds),
    }
    if len(DATASETS[dataset].SHAPE) == 2:
        columns[SIMILARITY] = 1 - Similarity(dataset).of_pairs()
    return pd.DataFrame({**columns, **others}).loc[tasks]
