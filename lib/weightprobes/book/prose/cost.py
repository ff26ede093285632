"""The numbers in the chapter on what it costs, from the timings that ``make bench`` keeps."""

import pandas as pd

from weightprobes import paths
from weightprobes.book.prose import merged

#: The authors' times that ours are held against, as the table calls what was timed.
AUTHORS = {
    "training": "train one model, of 100",
    "pruning": "prune and score one variant, processor time",
    "nulls": "one model of Figs 2 and 3",
    "pair": "one model of Fig. 4, of 20",
    "ssim": "SSIM of two images",
    "swaps": "G on a dense 64 × 784 layer",
}
TASKS = 10**6
_ABOVE = "peak memory above PyTorch's, ResNet-18"


def numbers() -> dict[str, str]:
    cost = pd.read_parquet(paths.BOOK / "cost.parquet")
    theirs = cost[cost["beside"].str.startswith("the authors")].set_index("what")
    ratio = cost.set_index("beside")["ratio"]
    runs = pd.read_parquet(paths.BOOK / "runs_cost.parquet").set_index("what")["value"]
    core_hours = TASKS * runs["20 networks, trained and their two gaps"] / 3600
    planned = runs["10,000 cells of 5,000 tasks, planned and shown"] / 5000
    beside_theirs = {name: f"{theirs.loc[what, 'ratio']:,.0f}" for name, what in AUTHORS.items()}
    ours = {
        "all_pairs": f"{45 * 20 * theirs.loc[AUTHORS['pair'], 'seconds'] / 60:.0f}",
        "limit": f"{1 / ratio['its matrix product alone']:.2f}",
        "slices": f"{ratio['one model at a time, slices of a tensor']:.1f}",
        "threads": str(cost["threads"].iloc[0]),
        "peak": f"{cost['peak_gb'].iloc[0]:.1f} GB",
        "core_hours": f"{core_hours:,.0f}",
        "core_years": f"{core_hours / (24 * 365):.1f}",
        "models": f"{TASKS * runs['20 networks, their weights'] / 1e9:.1f}",
        "gap_tables": f"{TASKS * runs['20 networks, the table of their gaps'] / 1e6:.1f}",
        "overhead": f"{TASKS * 2 * runs['overhead of a cell, Dask'] / 1000 / 3600:.0f}",
        "plan": f"{TASKS * planned / 60:.0f}",
        "files": f"{2 * TASKS / 1e6:.0f}",
    }
    return merged(beside_theirs, ours, _engine())


def _engine() -> dict[str, str]:
    """What ``sensitivity`` takes beside a plain loop, and how much more memory than a forward."""
    table = pd.read_parquet(paths.BOOK / "engine_cost.parquet").set_index("what")
    cost, goals = table["ratio"], table["needed"].str.extract(r"≥ ([\d.]+)$")[0].astype(float)
    named = {"distilbert": "DistilBERT", "resnet": "ResNet-18", "gpt2": "GPT-2"}
    return {
        **{name: f"{cost[f'sensitivity, {model}']:.1f}" for name, model in named.items()},
        "missed": " and ".join(
            m for m in named.values() if cost[f"sensitivity, {m}"] < goals[f"sensitivity, {m}"]
        ),
        "process": f"{1 / cost['peak memory, ResNet-18']:.1f}",
        "above": f"{1 / cost[_ABOVE]:.1f}",
    }
