"""Tables are tidy Parquet files that carry the recipe that made them."""

from collections.abc import Callable, Hashable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from weightprobes import paths
from weightprobes.files import written_whole
from weightprobes.recipes import as_text, digest

_RECIPE, _CONTENT = b"recipe", b"content"


class TableMismatch(ValueError):
    """A file holds something else than the table it is named for."""


def kept(
    name: str,
    recipe: Any,
    wanted: Sequence[Hashable],
    make: Callable[[Sequence[Hashable]], pd.DataFrame],
    by: str = "seed",
) -> pd.DataFrame:
    """The rows of ``wanted`` in the table made by ``recipe``, in that order.

    The table lies in ``data/results`` under ``name`` and the recipe's digest, so another recipe is
    another table. Its column ``by`` tells what a row belongs to: a seed, as a rule. What it lacks
    comes from ``make(what is missing)`` and is kept with the rest. Raises :class:`TableMismatch` if
    the file is damaged or was made by another recipe.
    """
    path = paths.RESULTS / f"{name}-{digest(recipe)}.parquet"
    table = read(path, recipe) if path.exists() else None
    missing = [one for one in wanted if table is None or one not in set(table[by])]
    if missing:
        made = make(missing)
        table = made if table is None else pd.concat([table, made], ignore_index=True)
        write(path, table, recipe)
    place = {one: number for number, one in enumerate(wanted)}
    chosen = table[table[by].isin(place)]
    return chosen.sort_values(by, key=lambda column: column.map(place), kind="stable", ignore_index=True)


def write(path: Path, table: pd.DataFrame, recipe: Any) -> None:
    """Write ``table`` with its ``recipe`` and a digest of its values; whole or not at all."""
    columns = pa.Table.from_pandas(table, preserve_index=False)
    own = {_RECIPE: as_text(recipe), _CONTENT: _fingerprint(columns.to_pandas())}
    columns = columns.replace_schema_metadata()
    # tables are small and many: a schema in pyarrow's own words would be most of the file
    lean = dict(compression="zstd", write_statistics=False, store_schema=False)
    with written_whole(path) as scratch, pq.ParquetWriter(scratch, columns.schema, **lean) as writer:
        writer.write_table(columns)
        writer.add_key_value_metadata(own)


def read(path: Path, recipe: Any) -> pd.DataFrame:
    """The table in ``path``; raises :class:`TableMismatch` unless ``recipe`` made it and it is whole."""
    try:
        columns = pq.read_table(path)
        table, metadata = columns.to_pandas(), columns.schema.metadata
        found, whole = metadata[_RECIPE].decode(), metadata[_CONTENT].decode() == _fingerprint(table)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise TableMismatch(
            f"{path} is damaged or no table of ours ({reason}): delete it, and it is made anew"
        ) from error
    if found != as_text(recipe):
        raise TableMismatch(
            f"{path} was made by another recipe ({found} instead of {as_text(recipe)}): "
            "delete it, and it is made anew"
        )
    if not whole:
        raise TableMismatch(f"{path} is damaged, values have changed: delete it, and it is made anew")
    return table


def _fingerprint(table: pd.DataFrame) -> str:
    """A digest of all values and their types: Parquet has no checksum that every reader checks."""
    kinds = " ".join(str(kind) for kind in table.dtypes).encode()
    return sha256(kinds + pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
