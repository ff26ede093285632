"""What the notebooks need beside the library: checked parameters, plain tables, numbers for their prose."""

import ast
import re
from html import escape
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from IPython import get_ipython
from IPython.core.interactiveshell import InteractiveShell
from IPython.display import HTML
from matplotlib.figure import Figure
from myst_nb import glue

from weightprobes import figures
from weightprobes.book.parameters import annotated, checked
from weightprobes.book.pictures import svg
from weightprobes.book.provenance import Sources, told
from weightprobes.engine.bootstrap import interval
from weightprobes.paper.words import bracketed, fixed


def begin(namespace: dict[str, Any], chapter: str = "") -> None:
    """Check the parameters in a notebook's ``globals()``, set the style of figures and tables, and give the
    text of the ``chapter`` its numbers: those of its module in :mod:`weightprobes.book.prose`.

    The parameters are the names that the first cell with annotations annotates. papermill injects any name
    and any value and only warns; here a name that is no parameter, or a value that is not of the
    annotated type, raises a ValueError that lists the right ones. A list may also come as the JSON
    text that ``papermill -p`` passes on; it is replaced by the list.
    """
    # in the source: from Python 3.14 on, a namespace holds the annotations of its last line alone
    kinds = next(filter(None, map(annotated, namespace["In"])), {})
    names = [*_injected(namespace["In"]), *kinds]
    namespace.update(checked({name: namespace.get(name) for name in names}, kinds))
    figures.style()
    pd.options.display.max_colwidth = None
    if shell := get_ipython():
        _figures_as_svg(shell)
    if chapter:
        numbers(**import_module(f"weightprobes.book.prose.{chapter}").numbers())


def _figures_as_svg(shell: InteractiveShell) -> None:
    """From now on a cell whose value is a figure shows it as SVG, with what it stands on in its metadata."""
    import matplotlib_inline.backend_inline  # noqa: F401  which asks for PNG when it is first imported

    sources, cells = Sources(), shell.user_ns["In"]

    def shown(figure: Figure) -> str:
        return svg(figure, told(sources.of_cell(cells[-1])))

    shell.events.register("post_run_cell", lambda _: sources.cell_ends(cells[-1]))
    formatters = shell.display_formatter.formatters
    for formatter in formatters.values():
        formatter.pop(Figure, None)
    formatters["image/svg+xml"].for_type(Figure, shown)


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
    return fixed(100 * difference, 1)


def span(low: float, high: float) -> str:
    """An interval for the prose: "[0.27–0.96]"."""
    return bracketed(fixed(low, 2), fixed(high, 2))


def points_span(resamples: np.ndarray) -> str:
    """The 95 % interval of resampled differences of accuracies, in points: "[2.7–9.6]"."""
    return bracketed(*map(points, interval(resamples)))


def shown(table: pd.DataFrame, links: dict[str, str] | None = None) -> HTML:
    """``table`` as the reader sees it: without its index, sorted by a click on a column's head.

    ``links`` makes links of columns: it maps a column to an address in which {} stands for the cell.
    """
    table = table.rename(columns=lambda name: escape(str(name)))
    cells = table.map(lambda cell: escape(cell) if isinstance(cell, str) else cell)
    for column, address in (links or {}).items():
        cells[column] = [f'<a href="{address.format(cell)}">{cell}</a>' for cell in cells[column]]
    html = cells.to_html(index=False, border=0, escape=False, classes="sortable")
    # a minus sign for the eye, the number for the click
    html = re.sub(r"<td>(-([\d.]+))</td>", r'<td data-sort="\1">−\2</td>', html)
    return HTML(f'<div class="wide" tabindex="0" role="group">{html}</div>')
