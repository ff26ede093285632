"""What dead runs leave behind that nobody needs, to be looked at and removed."""

from collections.abc import Iterable
from pathlib import Path

from weightprobes import paths
from weightprobes.runs.status import is_locked
from weightprobes.tables.parts import is_complete
from weightprobes.tables.recipe import Part


def removable(parts: Iterable[Part] = ()) -> list[Path]:
    """Unfinished files, locks that nobody holds, errors, damaged parts, empty folders; and all ``parts``."""
    files = [path for folder in (paths.PARTS, paths.MODELS) for path in sorted(folder.rglob("*"))]
    wanted = {part.path for part in parts}
    return [path for path in files if path in wanted or _is_left_over(path)]


def _is_left_over(path: Path) -> bool:
    if path.is_dir():
        return not any(path.iterdir())
    if path.suffix == ".lock":
        return not is_locked(path)
    unfinished = any(name.startswith(".") for name in path.relative_to(paths.STORE).parts)
    if unfinished or path.suffix == ".error":
        return True
    # a tagger's folder holds other files as well
    return path.suffix in (".parquet", ".safetensors") and not is_complete(path)
