"""``weightprobes sensitivity``: which layers of any model need their magnitudes, and why, by one command."""

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from weightprobes.cli.printed import Json
from weightprobes.devices import Device

_LINE = "{:<44} {:<11} {:>11} {:>10}"


def sensitivity(
    model: Annotated[
        str,
        typer.Argument(
            help="package.module:name of a model, or of a function that makes one; with --task a folder, or "
            "a model of the Hugging Face hub."
        ),
    ],
    evaluate: Annotated[
        str | None,
        typer.Option(help="package.module:name of a function of the model: a number, or one for each item."),
    ] = None,
    calibration: Annotated[
        str | None, typer.Option(help="package.module:name of batches of inputs, or of what makes them.")
    ] = None,
    task: Annotated[
        str | None, typer.Option(help="text-classification, token-classification or fill-mask.")
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="For the task: a CSV or JSON-lines file, or a set of the hub.")
    ] = None,
    split: Annotated[str, typer.Option(help="Of a set of the hub.")] = "test",
    items: Annotated[int, typer.Option(min=10, help="Of the data, at most.")] = 1000,
    layers: Annotated[
        list[str] | None, typer.Option("--layers", help="A name or glob; again for more. Default: all.")
    ] = None,
    groups: Annotated[
        list[str] | None,
        typer.Option("--group", help="Layers that change together, like 'qkv=*.q.weight,*.k.weight'."),
    ] = None,
    budget: Annotated[float, typer.Option(min=0, help="What the plan may lose.")] = 0.01,
    probe: Annotated[str, typer.Option(help="For curves: like prune, or noise-normal.")] = "prune",
    strengths: Annotated[
        list[float] | None, typer.Option("--strength", help="For curves; again for more. Default: none.")
    ] = None,
    resume: Annotated[Path | None, typer.Option(help="A Parquet file of the curves, extended.")] = None,
    target: Annotated[Path, typer.Option("-o", help="The report, an HTML file.")] = Path("report.html"),
    device: Annotated[Device, typer.Option(help="Where the model of a task computes.")] = "cpu",
    json: Json = False,
) -> None:
    """Tell which layers of a model need their magnitudes, and why the others break; plan, verify, and report.

    Examples:

    weightprobes sensitivity mine:model --evaluate mine:score --calibration mine:batches -o report.html

    weightprobes sensitivity ./checkpoint --task text-classification --data test.csv
    """
    import weightprobes
    from weightprobes.engine.report import checked
    from weightprobes.probes import named

    checked(target)
    simplify = named(probe)
    for strength in strengths or ():
        simplify.check(strength)
    asked = _of_task(model, task, data, split, items, device) if task else _mine(model, evaluate, calibration)
    some = {"layers": layers or "*", "groups": _groups(groups or [])}
    table = weightprobes.diagnose(**asked, **some)
    plan = weightprobes.plan(table, budget)
    verified = weightprobes.verify(**asked, plan=plan)
    curves = None
    if strengths:
        some |= {"probe": simplify, "strengths": strengths, "readings": ("float", "sign"), "resume": resume}
        curves = weightprobes.sensitivity(**asked, **some)
    page = weightprobes.report(table, target, plan=plan, verified=verified, curves=curves)
    if json:
        typer.echo(page.with_suffix(".json").read_text("utf-8"))
        return
    typer.echo(_LINE.format("layer", "word", "signs lose", "with both"))
    for row in table.to_dict("records"):
        losses = [f"{row[name]:.4f}".replace("nan", "–") for name in ("signs", "both")]
        typer.echo(_LINE.format(_short(row["layer"]), row["word"], *losses))
    over = f", more than the budget of {budget:g}" if verified["loss"] > budget else ""
    typer.echo(f"{plan}; all at once they lose {verified['loss']:.4f}{over}")
    typer.echo(f"kept in {page}, and as {page.stem}.json and {page.stem}.csv beside it")


def _of_task(
    name: str, task: str, data: str | None, split: str, items: int, device: Device
) -> dict[str, Any]:
    from weightprobes.devices import chosen
    from weightprobes.models import huggingface

    if not data:
        raise ValueError(f"--data is missing: give a file, or a set of the hub, for --task {task}")
    return huggingface.asked(name, task, data, split=split, items=items, device=chosen(device))


def _mine(model: str, evaluate: str | None, calibration: str | None) -> dict[str, Any]:
    """What the three names mean: a module, a function of it, and batches of inputs."""
    for option, given in (("--evaluate", evaluate), ("--calibration", calibration)):
        if not given:
            raise ValueError(f"{option} is missing: give package.module:name, or a --task with its --data")
    from torch import Tensor, nn

    found, score, batches = map(_named, (model, evaluate, calibration))
    if not callable(score):
        raise ValueError(f"{evaluate} is a {type(score).__name__}: name a function of the model")
    found = found if isinstance(found, nn.Module) or not callable(found) else found()
    batches = batches() if callable(batches) else batches
    if not isinstance(batches, Iterable):
        raise ValueError(f"{calibration} is a {type(batches).__name__}: name a list of inputs, or a loader")
    batches = [batches] if isinstance(batches, Tensor) else list(batches)
    return {"model": found, "evaluate": score, "calibration": batches}


def _named(name: str) -> Any:
    """What ``package.module:name`` means."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(import_module(module), attribute)
    except Exception as error:  # whatever goes wrong in a file of the user's
        raise ValueError(
            f"{name!r} cannot be had ({type(error).__name__}: {error}): give package.module:name, of a "
            "module that is in the folder you are in, or on PYTHONPATH"
        ) from error


def _groups(told: list[str]) -> dict[str, list[str]]:
    for one in told:
        if "=" not in one:
            raise ValueError(f"--group {one!r} has no name: write it like qkv=*.q.weight,*.k.weight")
    return {name: globs.split(",") for name, _, globs in (one.partition("=") for one in told)}


def _short(name: str) -> str:
    return name if len(name) <= 44 else f"{name[:14]}…{name[-29:]}"
