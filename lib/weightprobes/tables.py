"""Tables are tidy Parquet files that carry the recipe that made them."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from weightprobes import paths
from weightprobes.files import written_whole
from weightprobes.recipes import as_text, digest

_RECIPE = b"recipe"


class TableMismatch(ValueError):
    """A file holds something else than the table it is named for."""


def kept(
    name: str,
    recipe: Any,
    seeds: Sequence[int],
    make: Callable[[Sequence[int]], pd.DataFrame],
) -> pd.DataFrame:
    """The rows of ``seeds`` in the table made by ``recipe``, in the order of ``seeds``.

    The table lies in ``data/results`` under ``name`` and the recipe's digest, so another recipe is
    another table. Rows of seeds that it lacks come from ``make(missing seeds)`` and are kept with the
    others. Raises :class:`TableMismatch` if the file is damaged or was made by another recipe.
    """
    path = paths.RESULTS / f"{name}-{digest(recipe)}.parquet"
    table = read(path, recipe) if path.exists() else None
    missing = [seed for seed in seeds if table is None or seed not in set(table["seed"])]
    if missing:
        made = make(missing)
        table = made if table is None else pd.concat([table, made], ignore_index=True)
        write(path, table, recipe)
    return table[table["seed"].isin(list(seeds))].reset_index(drop=True)


def write(path: Path, table: pd.DataFrame, recipe: Any) -> None:
    """Write ``table`` with its ``recipe`` inside; the file appears whole or not at all."""
    columns = pa.Table.from_pandas(table, preserve_index=False)
    columns = columns.replace_schema_metadata({**columns.schema.metadata, _RECIPE: as_text(recipe)})
    with written_whole(path) as scratch:
        pq.write_table(columns, scratch, compression="zstd")


def read(path: Path, recipe: Any) -> pd.DataFrame:
    """The table in ``path``; raises :class:`TableMismatch` unless ``recipe`` made it."""
    try:
        columns = pq.read_table(path)
    except (OSError, pa.ArrowInvalid) as error:
        raise TableMismatch(
            f"{path} is not a readable Parquet file ({error}): delete it, and it is made anew"
        ) from error
    found = (columns.schema.metadata or {}).get(_RECIPE, b"no recipe").decode()
    if found != as_text(recipe):
        raise TableMismatch(
            f"{path} was made by another recipe ({found} instead of {as_text(recipe)}): "
            "delete it, and it is made anew"
        )
    return columns.to_pandas()
