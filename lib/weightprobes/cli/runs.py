"""The commands that make many cells, and look after them: train, probe, run, status, consolidate, clean."""

import json as to
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import typer

from weightprobes import paths
from weightprobes.devices import Device
from weightprobes.runs import leftovers
from weightprobes.runs.cluster import Dask, slurm
from weightprobes.runs.driver import Executor, execute
from weightprobes.runs.plan import Run
from weightprobes.runs.processes import Processes
from weightprobes.runs.serial import Serial
from weightprobes.runs.status import State, seconds_left, states
from weightprobes.tables.files import remove
from weightprobes.tables.recipe import Part

# The options that describe a run, named for its fields, so that a command can hand on what it was given.
Tasks = Annotated[list[str], typer.Argument(help="A YAML file, or tasks like mnist/7-9.", show_default=False)]
Probes = Annotated[
    list[str] | None,
    typer.Option(
        "--probe", help="Like prune-smallest, or my_probes:quantize-4 of a file here; again for more."
    ),
]
Settings = Annotated[list[str] | None, typer.Option("--setting", help="Like recommended; again for more.")]
Strengths = Annotated[
    list[float] | None, typer.Option("--strength", help="Again for more. Default: the book's grid.")
]
Seeds = Annotated[int | None, typer.Option(help="Networks per task. Default: 20.")]
Block = Annotated[int | None, typer.Option(help="Networks per cell. Default: 5.")]
Hidden = Annotated[
    list[int] | None, typer.Option("--hidden", help="A layer's width; again for more. Default: 64.")
]
Activation = Annotated[str | None, typer.Option(help="relu, sigmoid or tanh. Default: relu.")]
Scaling = Annotated[str | None, typer.Option(help="Of the inputs. Default: symmetric.")]

On = Annotated[Device, typer.Option("--device", help="Where to compute.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Executors = Literal["serial", "processes", "dask", "slurm"]


def train(
    context: typer.Context,
    tasks: Tasks,
    seeds: Seeds = None,
    hidden: Hidden = None,
    activation: Activation = None,
    scaling: Scaling = None,
    device: On = "cpu",
    json: Json = False,
) -> None:
    """Train networks where none are kept, and show how good they are.

    Example: weightprobes train digits/7-9 digits/0-1 --seeds 5
    """
    from weightprobes.tables.stored import trained

    wanted = _described(context)
    rows = []
    for training in wanted.trainings():
        ensemble = trained(training, range(wanted.seeds), device)
        accuracy = ensemble.history["test_accuracy"][:, -1].median().item()
        failed = int(ensemble.failed.sum())
        rows.append(
            {"task": training.task.name, "models": wanted.seeds, "failed": failed, "accuracy": accuracy}
        )
    show(rows, json)


def probe(
    context: typer.Context,
    tasks: Tasks,
    probes: Probes = None,
    settings: Settings = None,
    strengths: Strengths = None,
    seeds: Seeds = None,
    hidden: Hidden = None,
    activation: Activation = None,
    scaling: Scaling = None,
    device: On = "cpu",
    json: Json = False,
) -> None:
    """Show the median accuracy of probed networks at every strength, with float weights and with signs.

    Example: weightprobes probe digits/7-9 --probe prune-smallest --strength 0 --strength 0.5 --seeds 5
    """
    import pandas as pd

    wanted = _described(context)
    if not wanted.probes:
        raise ValueError("nothing to probe with: name one or more probes, like --probe prune-smallest")
    sweeps = [sweep for training in wanted.trainings() for sweep in wanted.sweeps(training)]
    table = pd.concat([sweep.table(range(wanted.seeds), device) for sweep in sweeps])
    columns = ["task", "probe", "variant", "biases", "strength", "weights"]
    medians = table.groupby(columns, sort=False)["accuracy"].median().reset_index()
    show(medians.to_dict("records"), json)


def run(
    context: typer.Context,
    tasks: Tasks,
    probes: Probes = None,
    settings: Settings = None,
    strengths: Strengths = None,
    seeds: Seeds = None,
    block: Block = None,
    hidden: Hidden = None,
    activation: Activation = None,
    scaling: Scaling = None,
    executor: Annotated[
        Executors | None,
        typer.Option(help="Default: dask with --scheduler, processes with --workers, else serial."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Cells made at once. Default: 2.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="A Dask scheduler, like tcp://host:8786.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try failed cells again.")] = False,
    device: On = "cpu",
    json: Json = False,
) -> None:
    """Make what is missing of a grid: tasks × blocks of networks × probes.

    It can be interrupted at any time, run again, and run twice at once. The exit code is 1 if cells failed.

    Examples:

    weightprobes run run.yml --workers 2

    weightprobes run digits/7-9 --probe prune-smallest --probe noise-uniform --seeds 10
    """
    report = execute(
        _described(context).parts(), _executor(executor, workers, scheduler), device, retry=retry
    )
    failed = _failures(report.errors.items())
    if json:
        counts = {"cells": report.cells, "made": report.made, "waiting": report.waiting}
        typer.echo(to.dumps({**counts, "failed": failed}))
    else:
        told = f"{report.made} made, {len(failed)} failed, {report.waiting} waiting"
        typer.echo(f"{_many(report.cells, 'cell')}: {told}")
        for one in failed:
            typer.echo(f"failed: {one['cell']}: {one['error']}", err=True)
        if failed and not retry:
            typer.echo("add --retry to try what failed again", err=True)
    raise typer.Exit(1 if failed else 0)


def status(
    context: typer.Context,
    tasks: Tasks,
    probes: Probes = None,
    settings: Settings = None,
    strengths: Strengths = None,
    seeds: Seeds = None,
    block: Block = None,
    hidden: Hidden = None,
    activation: Activation = None,
    scaling: Scaling = None,
    json: Json = False,
) -> None:
    """Show how much of a grid is done, running, failed, damaged and missing, and the time left.

    Example: weightprobes status run.yml
    """
    found = states(_described(context).parts())
    counts = {state: list(found.values()).count(state) for state in get_args(State)}
    failed = _failures((cell, cell.error.read_text()) for cell, state in found.items() if state == "failed")
    left = seconds_left(found)
    if json:
        typer.echo(to.dumps({**counts, "seconds_left": left, "errors": failed}))
        return
    typer.echo(", ".join(f"{count} {state}" for state, count in counts.items()))
    typer.echo(f"time left: {'not known yet' if left is None else timedelta(seconds=round(left))}")
    for one in failed:
        typer.echo(f"failed: {one['cell']}: {one['error']}")


def consolidate(json: Json = False) -> None:
    """Move all cells of tables into one file per table, in data/results.

    Nothing is lost if it is interrupted, or if a run goes on meanwhile.
    """
    from weightprobes.tables import tables

    written = [str(path.relative_to(paths.STORE)) for path in tables.consolidate()]
    told = "\n".join([*written, f"{_many(len(written), 'table')} written"])
    typer.echo(to.dumps(written) if json else told)


def clean(
    file: Annotated[Path | None, typer.Argument(help="A run, whose cells are to go too.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; without it, they are listed.")] = False,
    json: Json = False,
) -> None:
    """List, or remove, what dead runs left: unfinished files, locks, errors, damaged cells, empty folders.

    With a run's YAML file, its cells and models too; what was consolidated stays. Best done while no run
    is going on. Example: weightprobes clean run.yml --yes
    """
    found = leftovers.found(Run.read(file).parts() if file else ())
    for path in found if yes else ():
        remove(path)
    names = [str(path.relative_to(paths.STORE)) for path in found]
    typer.echo(to.dumps(names) if json else "\n".join(names))
    if not json:
        typer.echo(f"{len(names)} removed" if yes else f"{len(names)} would go: add --yes")


def job_script(
    device: On = "cpu",
    queue: Annotated[str | None, typer.Option(help="The partition.")] = None,
    walltime: Annotated[str | None, typer.Option(help="Like 01:00:00.")] = None,
    memory: Annotated[str | None, typer.Option(help="Like 4GB.")] = None,
) -> None:
    """Print the job that `weightprobes run … --executor slurm` submits once for each worker.

    What is not given here comes from dask-jobqueue's own file, ~/.config/dask/jobqueue.yaml.
    """
    told = {"queue": queue, "walltime": walltime, "memory": memory}
    with slurm(device, **{name: value for name, value in told.items() if value is not None}) as cluster:
        typer.echo(cluster.job_script())


def show(rows: list[dict[str, Any]], json: bool) -> None:
    """Print ``rows`` as JSON, or as a table for people."""
    import pandas as pd

    table = pd.DataFrame(rows)
    if json:
        # pandas knows its types, and that NaN is null; but it writes every / as \\/
        typer.echo(to.dumps(to.loads(table.to_json(orient="records")), ensure_ascii=False))
    else:
        typer.echo(table.round(4).to_string(index=False))


def _described(context: typer.Context) -> Run:
    """The run that a command was given: a YAML file, tasks, and options, which come before the file."""
    known = {field.name for field in fields(Run)}
    # what was not given is None, or () where it may be given again
    given = {name: value for name, value in context.params.items() if value not in (None, ())}
    told = {name: value for name, value in given.items() if name in known}
    first = told["tasks"][0]
    if not first.endswith((".yml", ".yaml")):
        return Run(**told)
    if len(told.pop("tasks")) > 1:
        raise ValueError(f"{first} and more: give one YAML file, or tasks")
    return replace(Run.read(Path(first)), **told)


def _executor(name: Executors | None, workers: int | None, scheduler: str | None) -> Executor:
    given = {} if workers is None else {"workers": workers}
    if scheduler is not None:
        if name not in (None, "dask"):
            raise ValueError(f"--scheduler is for Dask, not for --executor {name}: leave one of them out")
        if given:
            raise ValueError(f"the scheduler at {scheduler} has workers of its own: leave --workers out")
        return Dask(scheduler)
    if name in ("dask", "slurm"):
        return Dask("local" if name == "dask" else name, **given)
    if name == "serial" and given:
        raise ValueError("--executor serial makes one cell at a time: leave it, or --workers, out")
    return Processes(**given) if name == "processes" or given else Serial()


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _failures(errors: Iterable[tuple[Part, str]]) -> list[dict[str, str]]:
    """The last line of each traceback, which says what went wrong."""
    return [{"cell": cell.title, "error": error.strip().rpartition("\n")[2]} for cell, error in errors]
