"""Files that appear whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex


class Unwritable(OSError):
    """A folder that takes no file: read-only, or on a full disk."""


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A file to write beside ``path``, which takes its place when the block ends without an error.

    It is on the disk before it has its name, so that no crash leaves a half. Raises
    :class:`Unwritable`, naming the path, if that fails.
    """
    scratch = path.with_name(f".{path.name}.{token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch.touch(exist_ok=False)  # and not mkstemp, whose files are never for others: umask decides
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield scratch
        with scratch.open("rb+") as file:
            os.fsync(file)
        scratch.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    finally:
        scratch.unlink(missing_ok=True)


def unwritable(path: Path, error: OSError) -> Unwritable:
    """What to raise when ``error`` came of writing ``path``."""
    reason = error.strerror or " ".join(str(error).split())
    return Unwritable(f"cannot write {path} ({reason}): make its folder writable, with room on its disk")
