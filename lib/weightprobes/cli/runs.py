"""The commands that make many parts, and look after them: train, probe, run, status, consolidate, clean."""

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import typer

from weightprobes.cli.grid import On, of_a_grid
from weightprobes.cli.printed import Json, Wide, kept, say, show

if TYPE_CHECKING:
    import pandas as pd

    from weightprobes.runs.driver import Executor
    from weightprobes.runs.plan import Run
    from weightprobes.tables.recipe import Part

Executors = Literal["serial", "processes", "dask", "slurm"]


@of_a_grid("probes", "settings", "strengths", "block")
def train(run: "Run", device: On = "cpu", json: Json = False) -> None:
    """Train networks where none are kept, and show how good they are.

    Example: weightprobes train digits/7-9 digits/0-1 --seeds 5
    """
    from weightprobes.tables.stored import trained

    rows = []
    for training in run.trainings():
        ensemble = trained(training, range(run.seeds), device)
        accuracy = ensemble.history["test_accuracy"][:, -1].median().item()
        failed = int(ensemble.failed.sum())
        rows.append({"task": training.task.name, "models": run.seeds, "failed": failed, "accuracy": accuracy})
    show(rows, json)
    kept(json)


@of_a_grid("block")
def probe(run: "Run", device: On = "cpu", wide: Wide = False, json: Json = False) -> None:
    """Show the median accuracy of probed networks at every strength, with float weights and with signs.

    Example: weightprobes probe digits/7-9 --probe prune-smallest --strength 0 --strength 0.5 --seeds 5
    """
    import pandas as pd

    if not run.probes:
        raise ValueError("nothing to probe with: name one or more probes, like --probe prune-smallest")
    sweeps = [sweep for training in run.trainings() for sweep in run.sweeps(training)]
    table = pd.concat([sweep.table(range(run.seeds), device) for sweep in sweeps])
    columns = ["task", "probe", "variant", "biases", "strength", "weights"]
    medians = table.groupby(columns, sort=False)["accuracy"].median().reset_index()
    show(medians.to_dict("records"), json, wide, _beside(medians))
    kept(json)


def _beside(medians: "pd.DataFrame") -> list[dict[str, object]]:
    """The two readings of each probed network beside each other, for people."""
    index = ["task", "probe", "variant", "biases", "strength"]
    found = medians.pivot(index=index, columns="weights", values="accuracy").reset_index()
    found["probe"] = [f"{row.probe}-{row.variant}".rstrip("-") for row in found.itertuples()]
    if found["biases"].nunique() > 1:  # several settings
        found["probe"] += ", biases " + found["biases"]
    return found[["task", "probe", "strength", "float", "sign"]].to_dict("records")


@of_a_grid()
def run(
    run: "Run",
    executor: Annotated[
        Executors | None,
        typer.Option(help="Default: dask with --scheduler, processes with --workers, else serial."),
    ] = None,
    workers: Annotated[int | None, typer.Option(help="Parts made at once. Default: 2.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="A Dask scheduler, like tcp://host:8786.")] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Try failed parts again.")] = False,
    device: On = "cpu",
    json: Json = False,
) -> None:
    """Make what is missing of a grid: tasks × blocks of networks × probes.

    It can be interrupted at any time, run again, and run twice at once. The exit code is 1 if parts failed.

    Examples:

    weightprobes run run.yml --workers 2

    weightprobes run digits/7-9 --probe prune-smallest --probe noise-uniform --seeds 10
    """
    from weightprobes.runs.driver import execute

    report = execute(run.parts(), _executor(executor, workers, scheduler), device, retry=retry)
    failed = _failures(report.errors.items())
    counts = {"parts": report.parts, "made": report.made, "waiting": report.waiting}
    told = f"{report.made} made, {len(failed)} failed, {report.waiting} waiting"
    say({**counts, "failed": failed}, f"{_many(report.parts, 'part')}: {told}", json)
    if not json:
        for one in failed:
            typer.echo(f"failed: {one['part']}: {one['error']}", err=True)
        if failed and not retry:
            typer.echo("add --retry to try what failed again", err=True)
    kept(json)
    raise typer.Exit(1 if failed else 0)


@of_a_grid()
def status(run: "Run", json: Json = False) -> None:
    """Show how much of a grid is done, running, failed, damaged and missing, and the time left.

    Example: weightprobes status run.yml
    """
    from weightprobes.runs.status import State, seconds_left, states

    found = states(run.parts())
    counts = {state: list(found.values()).count(state) for state in get_args(State)}
    failed = _failures((part, part.error.read_text()) for part, state in found.items() if state == "failed")
    left = seconds_left(found)
    lines = [
        ", ".join(f"{count} {state}" for state, count in counts.items()),
        f"time left: {'not known yet' if left is None else timedelta(seconds=round(left))}",
        *(f"failed: {one['part']}: {one['error']}" for one in failed),
    ]
    say({**counts, "seconds_left": left, "errors": failed}, "\n".join(lines), json)


def consolidate(json: Json = False) -> None:
    """Move all parts of tables into one file per table, in data/results.

    Nothing is lost if it is interrupted, or if a run goes on meanwhile.
    """
    from weightprobes import paths
    from weightprobes.tables import tables

    written = [str(path.relative_to(paths.STORE)) for path in tables.consolidate()]
    say(written, "\n".join([*written, f"{_many(len(written), 'table')} written"]), json)
    kept(json)


def clean(
    file: Annotated[Path | None, typer.Argument(help="A run, whose parts are to go too.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Remove them; without it, they are listed.")] = False,
    json: Json = False,
) -> None:
    """List, or remove, what dead runs left: unfinished files, locks, errors, damaged parts, empty folders.

    With a run's YAML file, its parts and models too; what was consolidated stays. Best done while no run
    is going on. Example: weightprobes clean run.yml --yes
    """
    from weightprobes import paths
    from weightprobes.runs.cleaning import removable
    from weightprobes.runs.plan import Run
    from weightprobes.tables.files import remove

    found = removable(Run.read(file).parts() if file else ())
    for path in found if yes else ():
        remove(path)
    names = [str(path.relative_to(paths.STORE)) for path in found]
    told = f"{len(names)} removed" if yes else f"{len(names)} would go: add --yes"
    say(names, "\n".join([*names, told]), json)


def job_script(
    device: On = "cpu",
    queue: Annotated[str | None, typer.Option(help="The partition.")] = None,
    walltime: Annotated[str | None, typer.Option(help="Like 01:00:00.")] = None,
    memory: Annotated[str | None, typer.Option(help="Like 4GB.")] = None,
) -> None:
    """Print the job that `weightprobes run … --executor slurm` submits once for each worker.

    What is not given here comes from dask-jobqueue's own file, ~/.config/dask/jobqueue.yaml.
    """
    from weightprobes.runs.cluster import slurm

    told = {"queue": queue, "walltime": walltime, "memory": memory}
    with slurm(device, **{name: value for name, value in told.items() if value is not None}) as cluster:
        typer.echo(cluster.job_script())


def _executor(name: Executors | None, workers: int | None, scheduler: str | None) -> "Executor":
    from weightprobes.runs.cluster import Dask
    from weightprobes.runs.processes import Processes
    from weightprobes.runs.serial import Serial

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
        raise ValueError("--executor serial makes one part at a time: leave it, or --workers, out")
    return Processes(**given) if name == "processes" or given else Serial()


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _failures(errors: Iterable[tuple["Part", str]]) -> list[dict[str, str]]:
    """The last line of each traceback, which says what went wrong."""
    return [{"part": part.title, "error": error.strip().rpartition("\n")[2]} for part, error in errors]
