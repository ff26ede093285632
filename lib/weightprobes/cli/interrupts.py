"""Ctrl-C: one sentence and the exit code that shells give it, whenever it comes."""

import os
import signal
from types import FrameType

SENTENCE, CODE = "interrupted; what was made is kept", 130


def listen() -> None:
    """Let the first Ctrl-C raise KeyboardInterrupt; what it sets off is not interrupted again.

    In the middle of an import it ends the process instead: modules of compiled code lose an exception, or
    make another of it. Nothing else is lost: files appear whole or not at all.
    """
    signal.signal(signal.SIGINT, _interrupt)


def _interrupt(signum: int, frame: FrameType | None) -> None:
    while frame:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            os.write(2, f"weightprobes: {SENTENCE}\n".encode())
            os._exit(CODE)
        frame = frame.f_back
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt
