"""What there is: ``weightprobes tasks`` and ``weightprobes probes``."""

from weightprobes.cli.printed import Json, show


def tasks(json: Json = False) -> None:
    """List the paper's tasks and the classes of every dataset.

    A task is a dataset and its classes in label order, like mnist/7-9.
    """
    from weightprobes.datasets import DATASETS
    from weightprobes.datasets.inputs import some
    from weightprobes.tasks import PAPER_TASKS, Task

    rows = [{"task": name, "title": Task.named(name).title} for name in PAPER_TASKS]
    rows += [
        {
            "task": f"{name}/…",
            "title": f"{dataset.NAME}: {some(dataset.CLASSES, 10)} (0 to {len(dataset.CLASSES) - 1})",
        }
        for name, dataset in DATASETS.items()
    ]
    show(rows, json)


def probes(json: Json = False) -> None:
    """List the probes, their variants, and what each does to the weights.

    A variant goes by both names: weightprobes probe digits/7-9 --probe prune-smallest
    """
    from weightprobes.probes import PROBES

    rows = [
        {
            "probe": label,
            "does": (type(probe).__doc__ or "").strip().partition("\n")[0].replace("``", ""),
            "strengths": list(probe.grid),
        }
        for label, probe in PROBES.items()
    ]
    variants: dict[tuple[str, str], list[str]] = {}
    for row, probe in zip(rows, PROBES.values(), strict=True):
        variants.setdefault((probe.name, row["does"]), []).append(probe.variant)
    short = [
        {"probe": name, "variants": ", ".join(which), "does": does}
        for (name, does), which in variants.items()
    ]
    show(rows, json, short=short)
