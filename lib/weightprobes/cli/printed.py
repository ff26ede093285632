"""What commands print: tables and sentences for people, JSON for machines."""

import json as to
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]


def say(data: Any, sentences: str, json: bool) -> None:
    """Print ``data`` as JSON, or the ``sentences``."""
    typer.echo(to.dumps(data, ensure_ascii=False) if json else sentences)


def show(rows: list[dict[str, Any]], json: bool) -> None:
    """Print ``rows`` as JSON, or as a table for people."""
    import pandas as pd

    table = pd.DataFrame(rows)
    # pandas knows its types, and that NaN is null; but it writes every / as \\/
    say(to.loads(table.to_json(orient="records")), table.round(4).to_string(index=False), json)
