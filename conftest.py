"""Tests, and notebooks under test, have a store of their own: what a user has made changes no outcome.

Pictures are not compared: their bytes depend on versions and fonts, and the numbers they show are compared
where tables and prose show them.
"""

import os
import tempfile

import pytest

STORE = tempfile.TemporaryDirectory(prefix="weightprobes-")

# before the library, which reads it when it is imported
os.environ["WEIGHTPROBES_STORE"] = STORE.name


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """nbval leaves out PNG; SVG is a picture too."""
    collected = yield
    for notebook in collected or []:
        if hasattr(notebook, "skip_compare"):
            notebook.skip_compare += ("image/svg+xml",)
    return collected


def pytest_unconfigure() -> None:
    STORE.cleanup()
