"""What commands print: tables and sentences for people, JSON for machines."""

import json as to
from collections.abc import Sequence
from numbers import Real
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Wide = Annotated[bool, typer.Option("--wide", help="Show all columns, however wide.")]

Rows = Sequence[dict[str, Any]]


def say(data: Any, sentences: str, json: bool) -> None:
    """Print ``data`` as JSON, or the ``sentences``."""
    typer.echo(to.dumps(data, ensure_ascii=False) if json else sentences)


def show(rows: Rows, json: bool, wide: bool = False, short: Rows | None = None) -> None:
    """Print ``rows`` as JSON, or as a table for people: the ``short`` rows if there are some, else all.

    A table fits the terminal, or 80 columns where there is none, unless it is ``wide``.
    """
    import pandas as pd

    if json:
        # pandas knows its types, and that NaN is null; but it writes every / as \\/
        typer.echo(to.dumps(to.loads(pd.DataFrame(rows).to_json(orient="records")), ensure_ascii=False))
    else:
        _table(rows if wide or short is None else short, wide)


def kept(json: bool) -> None:
    """Tell people where everything is that was made."""
    from weightprobes import paths

    if not json:
        typer.echo(f"kept in {paths.STORE}")


def interval(value: float, low: float, high: float) -> str:
    """Like "0.456 (0.431 … 0.478)"; the value alone where there is no interval."""
    return f"{value:.3f}" if low != low else f"{value:.3f} ({low:.3f} … {high:.3f})"


def _table(rows: Rows, wide: bool) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    # what is wide has the terminal, or the pipe, wrap it
    console = Console(width=100_000) if wide else Console()
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    columns = {name: [row.get(name) for row in rows] for name in (rows[0] if rows else ())}
    texts = {name: _as_texts(column) for name, column in columns.items()}
    for name, column in columns.items():
        # words are broken into lines, numbers and intervals never
        whole = wide or all(text[0] in "-–0123456789" for text in texts[name] if text)
        least = max(map(len, texts[name])) if whole else None
        justify = "right" if any(map(_is_number, column)) else "left"
        table.add_column(name, justify=justify, no_wrap=whole, min_width=least, overflow="fold")
    for cells in zip(*texts.values(), strict=True):
        table.add_row(*map(Text, cells))
    console.print(table)


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _as_texts(column: list[Any]) -> list[str]:
    """The cells of a column, its numbers with as many digits, four at most, as one of them needs."""
    rounded = [f"{value:.4f}".rstrip("0") for value in column if _is_number(value) and value == value]
    digits = max((len(number.partition(".")[2]) for number in rounded), default=0)
    return [_as_text(value, digits) for value in column]


def _as_text(value: Any, digits: int) -> str:
    if value is None or value != value:
        return "–"
    return f"{value:.{digits}f}" if _is_number(value) else str(value)
