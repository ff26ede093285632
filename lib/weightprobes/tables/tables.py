"""Tables are tidy Parquet files that carry the recipe that made them."""

from __future__ import annotations

import json
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

from weightprobes import paths
from weightprobes.lazy import pandas as pd
from weightprobes.lazy import parquet as pq
from weightprobes.lazy import pyarrow as pa
from weightprobes.tables.files import locked, remove, written_whole
from weightprobes.tables.noted import note
from weightprobes.tables.parts import Damaged, Files, check_recipe
from weightprobes.tables.recipes import as_text

_RECIPE, _CONTENT, _BY = b"recipe", b"content", b"by"


def kept(
    name: str,
    recipe: Any,
    wanted: Sequence[Hashable],
    make: Callable[[Sequence[Hashable]], pd.DataFrame],
    by: str = "seed",
) -> pd.DataFrame:
    """The rows of ``wanted`` in the table made by ``recipe``, in that order.

    The table lies in ``data/results`` and in parts in ``data/cells``, under ``name`` and the recipe's
    digest, so another recipe is another table. Its column ``by`` tells what a row belongs to: a seed,
    as a rule. What it lacks comes from ``make(what is missing)`` and is kept as one more part; a
    damaged part is made anew, with a warning. Raises :class:`~weightprobes.tables.parts.Mismatch` if the
    file in ``data/results`` is damaged, or if a file was made by another recipe.
    """
    place = {one: number for number, one in enumerate(wanted)}
    files = Files.of_table(name, recipe)
    note(files, recipe, wanted, by)
    found = list(files.read(lambda path: read(path, recipe), wanted))
    there = set().union(*(table[by].unique() for table in found))
    missing = [one for one in wanted if one not in there]
    if missing:
        found.append(make(missing))
        write(files.part(missing), found[-1], recipe, by)
    table = _once(found, by)
    chosen = table[table[by].isin(place)]
    return chosen.sort_values(by, key=lambda column: column.map(place), kind="stable", ignore_index=True)


def is_kept(name: str, recipe: Any) -> bool:
    """Whether something of the table called ``name`` that ``recipe`` makes is kept."""
    files = Files.of_table(name, recipe)
    return bool(files.wholes or files.parts())


def recipes(name: str) -> list[Any]:
    """The recipes, as data, of all kept tables called ``name``."""
    wholes = (folder.glob(f"{name}-*.parquet") for folder in (paths.RESULTS, paths.BOOK))
    files = [*paths.PARTS.glob(f"{name}-*/[!.]*.parquet"), *chain.from_iterable(wholes)]
    return [label[0] for path in sorted(set(files)) if (label := _label(path))]


def consolidate() -> Iterator[Path]:
    """Move all parts into their tables in ``data/results``; yields each table once it is written.

    A table is whole before its parts go, and readers look at the parts first: whatever dies on the way,
    no row is lost or counted twice. A damaged part is left where it is, with a warning.
    """
    with locked(paths.PARTS / ".consolidate.lock"):
        for folder in sorted({path.parent for path in paths.PARTS.rglob("[!.]*.parquet")}):
            yield from _consolidated(Files.named(str(folder.relative_to(paths.PARTS))))


def _consolidated(files: Files) -> Iterator[Path]:
    """The table with its parts in it, and in order; nothing if no part is sound."""
    label = next(filter(None, map(_label, files.parts())), None)
    if label is None:
        return
    recipe, by = label
    found = list(files.read(lambda path: (path, read(path, recipe))))
    moved = [path for path, _ in found if path.parent == files.folder]
    if not moved:
        return
    table = _once((table for _, table in found), by).sort_values(by, kind="stable", ignore_index=True)
    write(files.whole, table, recipe, by)
    for path in moved:
        remove(path)
    yield files.whole


def _once(tables: Iterable[pd.DataFrame], by: str) -> pd.DataFrame:
    """The ``tables`` as one, without what an earlier one has."""
    seen: set[Hashable] = set()
    chosen = []
    for table in tables:
        chosen.append(table[~table[by].isin(seen)])
        seen.update(table[by].unique())
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
    """The table in ``path``; raises :class:`~weightprobes.tables.parts.Mismatch` unless it is whole, and
    ``recipe`` made it."""
    table, found = sound(path)
    check_recipe(path, found, recipe)
    return table


def sound(path: Path) -> tuple[pd.DataFrame, str]:
    """The table in ``path`` and the text of its recipe; raises :class:`Damaged` unless it is whole."""
    try:
        columns = pq.read_table(path)
        table, metadata = columns.to_pandas(), columns.schema.metadata
        recipe, whole = metadata[_RECIPE].decode(), metadata[_CONTENT].decode() == _fingerprint(table)
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise Damaged(
            f"{path} is damaged or no table of ours ({reason}): delete it, and it is made anew"
        ) from error
    if not whole:
        raise Damaged(f"{path} is damaged, values have changed: delete it, and it is made anew")
    return table, recipe


def fingerprint(path: Path) -> str:
    """What :func:`write` noted of the values in ``path``; empty if it is no table of ours."""
    try:
        return pq.read_metadata(path).metadata[_CONTENT].decode()
    except (OSError, pa.ArrowException, KeyError, TypeError):
        return ""


def _label(path: Path) -> tuple[Any, str] | None:
    """The recipe in a part, as data, and the column that its rows belong by; None if it is damaged."""
    try:
        metadata = pq.read_metadata(path).metadata
        return json.loads(metadata[_RECIPE]), metadata[_BY].decode()
    except (OSError, pa.ArrowException, ValueError, KeyError, TypeError):
        return None


def _fingerprint(table: pd.DataFrame) -> str:
    """A digest of all values and their types: Parquet has no checksum that every reader checks."""
    kinds = " ".join(str(kind) for kind in table.dtypes).encode()
    return sha256(kinds + pd.util.hash_pandas_object(table, index=False).to_numpy().tobytes()).hexdigest()
