"""What differs between two folders of tables and models: in values, whatever their files are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np

from weightprobes.lazy import pandas as pd
from weightprobes.tables import stored, tables
from weightprobes.tables.parts import Damaged

#: The folders of a store, or of a checkout's ``data``, whose files are compared.
FOLDERS = ("results", "cells", "checkpoints", "models")

#: Verdicts of tables that stand as they were. A table more moves no number.
UNMOVED = ("equal", "renamed", "only in new")

#: The digest of a recipe, which ends the name of a file or of its folder.
_DIGEST = re.compile(r"-[0-9a-f]{8}(?=[./])")


@dataclass(frozen=True)
class Column:
    """One column of a table, or one tensor."""

    values: np.ndarray
    type: str

    @property
    def kind(self) -> str:
        """Its type and its shape."""
        return f"{self.type} {self.values.shape}"

    @property
    def hashes(self) -> np.ndarray:
        """64 bits for each value; two NaNs have the same."""
        return pd.util.hash_array(self.values.ravel())

    @property
    def digest(self) -> str:
        """Names its type, its shape, its values and their order."""
        return sha256(self.kind.encode() + self.hashes.tobytes()).hexdigest()

    def apart(self, other: Column) -> tuple[int, float]:
        """How many values differ, and the largest difference of two numbers; inf if only one is a number."""
        unequal = self.hashes != other.hashes
        if "O" in (self.values.dtype.kind, other.values.dtype.kind):
            return int(unequal.sum()), 0.0
        one, two = (column.values.ravel()[unequal].astype(float) for column in (self, other))
        return len(one), float(np.nan_to_num(np.abs(one - two), nan=np.inf).max(initial=0))


@dataclass(frozen=True)
class File:
    """A file with a table, or with models."""

    path: Path

    def columns(self) -> dict[str, Column]:
        """The columns of the table, or the tensors of the models; raises an error if it is damaged.

        Rows are taken by seed, as a table is read: in which order seeds were made does not count.
        """
        if self.path.suffix == ".parquet":
            table, _ = tables.sound(self.path)
            table = table.sort_values("seed", kind="stable") if "seed" in table else table
            return {name: Column(table[name].to_numpy(), str(table[name].dtype)) for name in table}
        tensors, _ = stored.sound(self.path)
        return {name: Column(tensor.numpy(), str(tensor.dtype)) for name, tensor in tensors.items()}

    @cached_property
    def digest_and_damage(self) -> tuple[str, str]:
        """What names its columns and their order; and what is wrong with it, in which case nothing does."""
        try:
            content = [f"{name} {column.digest}" for name, column in self.columns().items()]
        except Damaged as error:
            return "", str(error)
        return sha256("\n".join(content).encode()).hexdigest(), ""

    @property
    def damage(self) -> str:
        """What is wrong with it; empty if it is sound."""
        return self.digest_and_damage[1]

    def equals(self, other: File) -> bool:
        """Whether both hold the same values of the same types in the same order."""
        if self.path.read_bytes() == other.path.read_bytes():
            return True
        return not self.damage and self.digest_and_damage == other.digest_and_damage


def differences(old: Path, new: Path, folders: Sequence[str] = FOLDERS) -> pd.DataFrame:
    """One row for each table, or file of models, in two places: checkouts, their ``data``, or stores; or
    only in some of the ``folders`` there.

    Columns: ``table``, its path from ``data``; ``was``, its old path; ``verdict``;
    ``values``, how many differ; ``largest``, the largest absolute difference of two numbers (inf if only
    one is a number); ``columns``, the names of those that differ; ``reason``, what differs besides
    values, or what is damaged.

    The verdict is *equal* (the same bytes, or values, types and order), *differs*, *damaged*, *only in
    old* or *only in new*. Files go together by path. What is left over goes together by its path without the
    recipe's digest: if it is equal (*renamed*), or else if it is the only one left on both sides
    (*renamed, differs*). Raises ValueError for a place without tables.
    """
    before, after = _files(old, folders), _files(new, folders)
    pairs = {name: name for name in before if name in after}
    pairs |= _renamed(_without(before, pairs), _without(after, pairs))
    rows = [_row(was, name, before[was], after[name]) for was, name in pairs.items()]
    rows += [_row("", name, file, None) for name, file in _without(before, pairs).items()]
    rows += [_row("", name, None, file) for name, file in _without(after, pairs.values()).items()]
    return pd.DataFrame(rows).sort_values("table", ignore_index=True)


def moved(found: pd.DataFrame) -> bool:
    """Whether a number moved, or was lost."""
    return not found["verdict"].isin(UNMOVED).all()


def sentences(found: pd.DataFrame) -> Iterator[str]:
    """A line for each table that moved, and one that counts all."""
    for row in found[~found["verdict"].isin(UNMOVED)].itertuples():
        values = f"; {row.values} values in {row.columns}" if row.values else ""
        size = f", by up to {row.largest:.2g}" if row.largest else ""
        yield f"{row.table}: {row.verdict}{values}{size}{f'; {row.reason}' if row.reason else ''}"
    largest = found.groupby("verdict")["largest"].max()
    yield "; ".join(
        f"{count} {verdict}" + (f", by up to {largest[verdict]:.2g}" if largest[verdict] else "")
        for verdict, count in found["verdict"].value_counts().items()
    )


def _files(place: Path, folders: Sequence[str]) -> dict[str, File]:
    """The tables and models in the ``folders`` of ``place``, by their path from its ``data``."""
    data = place / "data" if (place / "data").is_dir() else place
    roots = {name: data / name for name in folders if (data / name).is_dir()} or {"results": data}
    found = {
        f"{name}/{path.relative_to(root).as_posix()}": File(path)
        for name, root in roots.items()
        for path in sorted(root.rglob("[!.]*"))
        if path.suffix in (".parquet", ".safetensors")
    }
    if not found:
        raise ValueError(f"{place} holds no tables: give a checkout, its data folder, or a store")
    return found


def _without(files: dict[str, File], names: Container[str]) -> dict[str, File]:
    return {name: file for name, file in files.items() if name not in names}


def _renamed(before: dict[str, File], after: dict[str, File]) -> dict[str, str]:
    """The new names of files by their old ones: those of equal ones, and of the last one on both sides."""
    groups: dict[str, tuple[dict[str, File], dict[str, File]]] = defaultdict(lambda: ({}, {}))
    for side, files in enumerate((before, after)):
        for name, file in files.items():
            groups[_DIGEST.sub("", name)][side][name] = file
    pairs: dict[str, str] = {}
    for olds, news in groups.values():
        for old in olds:
            # one that nobody took, if there is one: two tables of one content may be one by now
            by_use = sorted(news, key=lambda new: new in pairs.values())
            twin = next((new for new in by_use if olds[old].equals(news[new])), None)
            pairs |= {old: twin} if twin else {}
        left, right = _without(olds, pairs), _without(news, pairs.values())
        pairs |= dict(zip(left, right, strict=True)) if len(left) == len(right) == 1 else {}
    return pairs


def _row(was: str, name: str, old: File | None, new: File | None) -> dict[str, Any]:
    """What :func:`differences` tells of a file, or of a pair of them."""
    row = {"table": name, "was": was, "verdict": "", "values": 0, "largest": 0.0, "columns": "", "reason": ""}
    if old and new and old.equals(new):
        return row | {"verdict": "equal" if was == name else "renamed"}
    if damage := "; ".join(file.damage for file in (old, new) if file and file.damage):
        return row | {"verdict": "damaged", "reason": damage}
    if not (old and new):
        return row | {"verdict": "only in old" if old else "only in new"}
    return row | _apart(old.columns(), new.columns(), "differs" if was == name else "renamed, differs")


def _apart(before: dict[str, Column], after: dict[str, Column], verdict: str) -> dict[str, Any]:
    """How far the columns of two files are apart."""
    both = [name for name in before if name in after and before[name].digest != after[name].digest]
    pairs = [(before[name], after[name]) for name in both]
    kinds = dict.fromkeys((one.kind, two.kind) for one, two in pairs)
    reasons = [f"{one} → {two}" for one, two in kinds if one != two]
    reasons += [f"{name} is gone" for name in before if name not in after]
    reasons += [f"{name} is new" for name in after if name not in before]
    found = [one.apart(two) for one, two in pairs if one.values.shape == two.values.shape]
    return {
        "verdict": verdict,
        "values": sum(count for count, _ in found),
        "largest": max((distance for _, distance in found), default=0.0),
        "columns": ", ".join(both),
        "reason": "; ".join(reasons) or ("" if both else "another order of columns"),
    }
