"""What runs leave behind that nobody needs: found, so that it can be looked at, and removed."""

from collections.abc import Iterable
from pathlib import Path

from weightprobes import paths
from weightprobes.runs.status import is_locked
from weightprobes.tables.cells import is_whole
from weightprobes.tables.recipe import Part


def found(cells: Iterable[Part] = ()) -> list[Path]:
    """Unfinished files, locks that nobody holds, errors, damaged cells, empty folders; and all ``cells``."""
    files = [path for folder in (paths.CELLS, paths.MODELS) for path in sorted(folder.rglob("*"))]
    wanted = {cell.path for cell in cells}
    return [path for path in files if path in wanted or _is_left_over(path)]


def _is_left_over(path: Path) -> bool:
    if path.is_dir():
        return not any(path.iterdir())
    if path.suffix == ".lock":
        return not is_locked(path)
    unfinished = any(part.startswith(".") for part in path.relative_to(paths.STORE).parts)
    if unfinished or path.suffix == ".error":
        return True
    # a tagger's folder holds other files as well
    return path.suffix in (".parquet", ".safetensors") and not is_whole(path)
