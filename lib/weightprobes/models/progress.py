"""Progress bars: rate and time left; what is made inside a part of a run shows none of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import RLock
from typing import Any

from tqdm import tqdm

_quiet = False


class _Bar(tqdm):
    """A bar with a lock of its own: tqdm's is a semaphore of the system, which outlives a killed worker."""


_Bar.set_lock(RLock())


def bar(*arguments: Any, **settings: Any) -> tqdm:
    """tqdm's bar, on stderr; none within :func:`quiet`, nor where ``TQDM_DISABLE`` is set."""
    return _Bar(*arguments, **(settings | {"disable": True} if _quiet else settings))


@contextmanager
def quiet() -> Iterator[None]:
    """No bars while the block runs."""
    global _quiet
    before, _quiet = _quiet, True
    try:
        yield
    finally:
        _quiet = before
