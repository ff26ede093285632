"""Tests, and notebooks under test, have a store of their own: what a user has made changes no outcome."""

import os
import tempfile

STORE = tempfile.TemporaryDirectory(prefix="weightprobes-")

# before the library, which reads it when it is imported
os.environ["WEIGHTPROBES_STORE"] = STORE.name


def pytest_unconfigure() -> None:
    STORE.cleanup()
