"""What the notebooks need beside the library: checked parameters, plain tables, numbers for their prose."""

import ast
import json
from html import escape
from typing import Any, get_args, get_origin

import pandas as pd
from IPython.display import HTML
from myst_nb import glue

from weightprobes import figures

# What a parameter may be, in the words of the error.
_SPELLED = {
    int: "positive whole number",
    str: "text",
    list[str]: """list of one or more texts, like '["a", "b"]'""",
    list[int]: "list of one or more positive whole numbers, like '[1, 2]'",
}


def begin(namespace: dict[str, Any]) -> None:
    """Check the parameters in a notebook's ``globals()``, and set the style of its figures and tables.

    The parameters are the names that the notebook's first cell annotates. papermill injects any name
    and any value and only warns; here a name that is no parameter, or a value that is not of the
    annotated type, raises a ValueError that lists the right ones. A list may also come as the JSON
    text that ``papermill -p`` passes on; it is replaced by the list.
    """
    kinds = namespace["__annotations__"]
    right = ", ".join(f"{name} ({_spelled(kind)})" for name, kind in kinds.items()) or "none"
    for name in _injected(namespace.get("In", [])):
        if name not in kinds:
            raise ValueError(f"unknown parameter {name!r}; this notebook takes {right}")
    for name, kind in kinds.items():
        value = namespace[name]
        if get_origin(kind) is list and isinstance(value, str):
            value = _from_json(value)
        if not _fits(value, kind):
            raise ValueError(
                f"parameter {name} = {value!r} is no {_spelled(kind)}; this notebook takes {right}"
            )
        namespace[name] = value
    figures.style()
    pd.options.display.max_colwidth = None


def _injected(cells: list[str]) -> list[str]:
    """The names that papermill's own cell assigns, in the sources of the ``cells`` run so far."""
    names = []
    for cell in cells:
        if cell.startswith("# Parameters\n"):
            names += [target.id for line in ast.parse(cell).body for target in line.targets]
    return names


def numbers(**values: object) -> None:
    """Make ``values`` available to the prose as ``{glue:text}`name```; text appears as it is."""
    for name, value in values.items():
        glue(name, value, display=False)


def percent(accuracy: float) -> str:
    """An accuracy for the prose: 0.9532 → "95.3 %"."""
    return f"{100 * accuracy:.1f}\N{NO-BREAK SPACE}%"


def points(difference: float) -> str:
    """A difference of accuracies in points of a hundred: 0.0312 → "3.1"."""
    return f"{round(100 * difference, 1) + 0:.1f}"  # no -0.0


def shown(table: pd.DataFrame, links: dict[str, str] | None = None) -> HTML:
    """``table`` as the reader sees it: without its index, sorted by a click on a column's head.

    ``links`` makes links of columns: it maps a column to an address in which {} stands for the cell.
    """
    table = table.rename(columns=lambda name: escape(str(name)))
    cells = table.map(lambda cell: escape(cell) if isinstance(cell, str) else cell)
    for column, address in (links or {}).items():
        cells[column] = [f'<a href="{address.format(cell)}">{cell}</a>' for cell in cells[column]]
    return HTML(cells.to_html(index=False, border=0, escape=False, classes="sortable"))


def _from_json(text: str) -> object:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is list:
        return isinstance(value, list) and value != [] and all(_fits(item, *get_args(kind)) for item in value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, kind)


def _spelled(kind: Any) -> str:
    return _SPELLED.get(kind, kind.__name__)
