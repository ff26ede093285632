"""The options that describe a run, for all commands that take one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from weightprobes.devices import Device

if TYPE_CHECKING:
    from weightprobes.runs.plan import Run

On = Annotated[Device, typer.Option("--device", help="Where to compute.")]
Hidden = Annotated[
    list[int] | None, typer.Option("--hidden", help="A layer's width; again for more. Default: 64.")
]


@dataclass
class Grid:
    """What a command was given of a :class:`~weightprobes.runs.plan.Run`, whose fields have these names."""

    tasks: Annotated[
        list[str], typer.Argument(help="A YAML file, or tasks like mnist/7-9.", show_default=False)
    ]
    probes: Annotated[
        list[str] | None,
        typer.Option(
            "--probe", help="Like prune-smallest, or my_probes:quantize-4 of a file here; again for more."
        ),
    ] = None
    settings: Annotated[
        list[str] | None, typer.Option("--setting", help="Like recommended; again for more.")
    ] = None
    strengths: Annotated[
        list[float] | None, typer.Option("--strength", help="Again for more. Default: the book's grid.")
    ] = None
    seeds: Annotated[int | None, typer.Option(help="Networks per task. Default: 20.")] = None
    block: Annotated[int | None, typer.Option(help="Networks per part. Default: 5.")] = None
    hidden: Hidden = None
    activation: Annotated[str | None, typer.Option(help="relu, sigmoid or tanh. Default: relu.")] = None
    scaling: Annotated[str | None, typer.Option(help="Of the inputs. Default: symmetric.")] = None

    def run(self) -> "Run":
        """The run: tasks and options, or a YAML file and options, which come before what it says."""
        from weightprobes.runs.plan import Run

        given = {name: value for name, value in vars(self).items() if value is not None}
        first = self.tasks[0]
        if not first.endswith((".yml", ".yaml")):
            return Run(**given)
        if len(given.pop("tasks")) > 1:
            raise ValueError(f"{first} and more: give one YAML file, or tasks")
        return replace(Run.read(Path(first)), **given)


def of_a_grid(*without: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Give ``command(run, …)`` the options of :class:`Grid`, but those ``without``, in place of the run."""

    def decorated(command: Callable[..., None]) -> Callable[..., None]:
        ours = [option for name, option in signature(Grid).parameters.items() if name not in without]
        _, *theirs = signature(command).parameters.values()

        @wraps(command)
        def of_options(**given: object) -> None:
            grid = Grid(**{option.name: given.pop(option.name) for option in ours})
            command(grid.run(), **given)

        of_options.__signature__ = Signature([*ours, *theirs])
        of_options.__annotations__ = {option.name: option.annotation for option in [*ours, *theirs]}
        return of_options

    return decorated
