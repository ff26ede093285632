"""Ctrl-C: one sentence and the exit code that shells give it, whenever it comes."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SENTENCE, CODE = "interrupted; what was made is kept", 130


def listen() -> None:
    """Let Ctrl-C raise KeyboardInterrupt, or end the process if it comes in the middle of an import.

    Modules of compiled code lose an exception that is raised while they are imported, or make another of
    it. Nothing is lost with the process: files appear whole or not at all.
    """
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    while frame:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            os.write(2, f"weightprobes: {SENTENCE}\n".encode())
            os._exit(CODE)
        frame = frame.f_back
    raise KeyboardInterrupt


@contextmanager
def held() -> Iterator[None]:
    """Ctrl-C waits until the block ends; processes and threads that begin in it never hear of it.

    On Windows nothing is held.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
