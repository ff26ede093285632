"""Tables are tidy Parquet files that carry the recipe that made them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from weightprobes import paths
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import parquet as pq
from weightprobes.lazy import pyarrow as pa
from weightprobes.tables.cells import Shelf
from weightprobes.tables.files import locked, remove, written_whole
from weightprobes.tables.recipes import as_text

_RECIPE, _CONTENT, _BY = b"recipe", b"content", b"by"


class TableMismatch(ValueError):
    """A file holds something else than the table it is named for."""


class DamagedTable(TableMismatch):
    """A file holds no table any more."""


def kept(
    name: str,
    recipe: Any,
    wanted: Sequence[Hashable],
    make: Callable[[Sequence[Hashable]], pd.DataFrame],
    by: str = "seed",
) -> pd.DataFrame:
    """The rows of ``wanted`` in the table made by ``recipe``, in that order.

    The table lies in ``data/results`` and in cells in ``data/cells``, under ``name`` and the recipe's
    digest, so another recipe is another table. Its column ``by`` tells what a row belongs to: a seed,
    as a rule. What it lacks comes from ``make(what is missing)`` and is kept as one more cell; a
    damaged cell is made anew, with a warning. Raises :class:`TableMismatch` if the file in
    ``data/results`` is damaged, or if a file was made by another recipe.
    """
    place = {one: number for number, one in enumerate(wanted)}
    shelf = Shelf.of_table(name, recipe)
    parts = list(_parts(shelf, recipe, wanted))
    found = set().union(*(part[by].unique() for part in parts))
    missing = [one for one in wanted if one not in found]
    if missing:
        parts.append(make(missing))
        write(shelf.cell(missing), parts[-1], recipe, by)
    table = _once(parts, by)
    chosen = table[table[by].isin(place)]
    return chosen.sort_values(by, key=lambda column: column.map(place), kind="stable", ignore_index=True)


def is_kept(name: str, recipe: Any) -> bool:
    """Whether something of the table called ``name`` that ``recipe`` makes is kept."""
    shelf = Shelf.of_table(name, recipe)
    return bool(shelf.wholes or shelf.cells())


def recipes(name: str) -> list[Any]:
    """The recipes, as data, of all kept tables called ``name``."""
    wholes = (folder.glob(f"{name}-*.parquet") for folder in (paths.RESULTS, paths.BOOK))
    files = [*paths.CELLS.glob(f"{name}-*/[!.]*.parquet"), *chain.from_iterable(wholes)]
    return [label[0] for path in sorted(set(files)) if (label := _label(path))]


def consolidate() -> Iterator[Path]:
    """Move all cells into their tables in ``data/results``; yields each table once it is written.

    A table is whole before its cells go, and readers look at the cells first: whatever dies on the way,
    no row is lost or counted twice. A damaged cell is left where it is, with a warning.
    """
    with locked(paths.CELLS / ".consolidate.lock"):
        for folder in sorted({path.parent for path in paths.CELLS.rglob("[!.]*.parquet")}):
            name = folder.relative_to(paths.CELLS)
            file = name.with_name(f"{name.name}.parquet")
            shelf = Shelf(folder, paths.RESULTS / file, paths.BOOK / file)
            yield from _consolidated(shelf)


def _consolidated(shelf: Shelf) -> Iterator[Path]:
    """The shelf's table with its cells in it, and in order; nothing if no cell is sound."""
    labels = [label for path in shelf.cells() if (label := _label(path))]
    if not labels:
        return
    recipe, by = labels[0]
    parts = {path: part for path in shelf.cells() if (part := _cell(path, recipe)) is not None}
    if not parts:
        return
    older = [read(path, recipe) for path in shelf.wholes]
    table = _once([*older, *parts.values()], by).sort_values(by, kind="stable", ignore_index=True)
    write(shelf.whole, table, recipe, by)
    for path in parts:
        remove(path)
    yield shelf.whole


def _parts(shelf: Shelf, recipe: Any, wanted: Iterable[Hashable]) -> Iterator[pd.DataFrame]:
    """The tables on the ``shelf`` that may have something ``wanted``.

    Cells come first, since they may be moved into the other while we read.
    """
    for path in shelf.cells(wanted):
        part = _cell(path, recipe)
        if part is not None:
            yield part
    for path in shelf.wholes:
        yield read(path, recipe)


def _cell(path: Path, recipe: Any) -> pd.DataFrame | None:
    """The table in a cell; None if it is damaged, or has just been moved."""
    try:
        return read(path, recipe)
    except DamagedTable as error:
        if path.exists():
            warnings.warn(str(error), stacklevel=2)
        return None


def _once(parts: Iterable[pd.DataFrame], by: str) -> pd.DataFrame:
    """The ``parts`` as one table, without what an earlier part has."""
    seen: set[Hashable] = set()
    chosen = []
    for part in parts:
        chosen.append(part[~part[by].isin(seen)])
        seen.update(part[by].unique())
    return pd.concat(chosen, ignore_index=True) if chosen else pd.DataFrame({by: []})


def write(path: Path, table: pd.DataFrame, recipe: Any, by: str | None = None) -> None:
    """Write ``table`` with its ``recipe`` and a digest of its values; whole or not at all.

    ``by`` names the column that tells what a row belongs to, if there is one.
    """
    columns = pa.Table.from_pandas(table, preserve_index=False)
    own = {_RECIPE: as_text(recipe), _CONTENT: _fingerprint(columns.to_pandas())}
    own |= {_BY: by} if by else {}
    columns = columns.replace_schema_metadata()
    # tables are small and many: a schema in pyarrow's own words would be most of the file
    lean = dict(compression="zstd", write_statistics=False, store_schema=False)
    content = pa.BufferOutputStream()
    with pq.ParquetWriter(content, columns.schema, **lean) as writer:
        writer.write_table(columns)
        writer.add_key_value_metadata(own)
    with written_whole(path) as scratch:
        scratch.write_bytes(content.getvalue())


def read(path: Path, recipe: Any) -> pd.DataFrame:
    """The table in ``path``; raises :class:`TableMismatch` unless ``recipe`` made it and it is whole."""
    table, found = sound(path)
    if found != as_text(recipe):
        raise TableMismatch(
            f"{path} was made by another recipe ({found} instead of {as_text(recipe)}): "
            "delete it, and it is made anew"
        )
    return table


def sound(path: Path) -> tuple[pd.DataFrame, str]:
    """The table in ``path`` and the text of its recipe; raises :class:`DamagedTable` unless it is whole."""
    try:
        columns = pq.read_table(path)
        table, metadata = columns.to_pandas(), columns.schema.metadata
        recipe, whole = metadata[_RECIPE].decode(), metadata[_CONTENT].decode() == _fingerprint(table)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise DamagedTable(
            f"{path} is damaged or no table of ours ({reason}): delete it, and it is made anew"
        ) from error
    if not whole:
        raise DamagedTable(f"{path} is damaged, values have changed: delete it, and it is made anew")
    return table, recipe


def _label(path: Path) -> tuple[Any, str] | None:
    """The recipe in a cell, as data, and the column that its rows belong by; None if it is damaged."""
    try:
        metadata = pq.read_metadata(path).metadata
        return json.loads(metadata[_RECIPE]), metadata[_BY].decode()
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError):
        return None


def _fingerprint(table: pd.DataFrame) -> str:
    """A digest of all values and their types: Parquet has no checksum that every reader checks."""
    kinds = " ".join(str(kind) for kind in table.dtypes).encode()
    return sha256(kinds + pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
