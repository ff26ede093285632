"""Files that appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class Unwritable(OSError):
    """A folder that takes no file: read-only, or on a full disk."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file to write beside ``path``, which takes its place when the block ends without an error.

    It is on the disk before it has its name, so that no crash leaves a half. Raises
    :class:`Unwritable`, naming the path, if that fails.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise unwritable(path, error) from error
    scratch = Path(name)
    try:
        yield scratch
        scratch.chmod(0o644)
        os.fsync(descriptor)
        scratch.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        os.close(descriptor)
        scratch.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> Unwritable:
    """What to raise when ``error`` came of writing ``path``."""
    reason = error.strerror or " ".join(str(error).split())
    return Unwritable(f"cannot write {path} ({reason}): make its folder writable, with room on its disk")
