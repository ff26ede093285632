"""Files that appear whole or not at all, and locks."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from filelock import FileLock, Timeout


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


@contextmanager
def locked(path: Path, *, seconds: float = -1) -> Iterator[None]:
    """Hold the lock file ``path``, which the system frees if we die.

    Raises filelock's Timeout if another has it for so many ``seconds``; waits for ever if they are negative.
    Raises :class:`Unwritable` if there can be no such file.
    """
    lock = FileLock(path, timeout=seconds)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout:
        raise
    except OSError as error:
        raise unwritable(path, error) from error
    try:
        yield
    finally:
        lock.release()


def remove(path: Path) -> None:
    """Remove a file or an empty folder, if it is there; raises :class:`Unwritable` if that fails."""
    try:
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> Unwritable:
    """What to raise when ``error`` came of writing ``path``."""
    reason = error.strerror or " ".join(str(error).split())
    return Unwritable(f"cannot write {path} ({reason}): make its folder writable, with room on its disk")
