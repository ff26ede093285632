"""Where data sets that do not come with the library are had from: a module that registers them, or a file."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from weightprobes.datasets import arrays, registry, tabular
from weightprobes.datasets.files import DatasetMissing


def known(name: str, source: str = "") -> Any:
    """The data set called ``name``; one that is not known yet is registered by its ``source``.

    That is a module, or a file and its label, ``"/…/data.csv:species"``. Raises ValueError if there is no
    such set, DatasetMissing if its data were given in memory, or are no longer in their file.
    """
    if name not in registry.DATASETS and tabular.is_file(source):
        tabular.register(source)
    elif name not in registry.DATASETS and source:
        _import(name, source)
    if name not in registry.DATASETS and name.startswith(arrays.PREFIX):
        where = f"no longer in {source}" if source else "given in memory, and not to this process"
        raise DatasetMissing(
            f"the data called {name} are {where}, and no more than their digest is kept: "
            "give them again, with Task.of(X, y) or as a file"
        )
    return registry.known(name)


def _import(name: str, module: str) -> None:
    try:
        import_module(module)
    except Exception as error:  # whatever goes wrong in a file of the user's
        raise ValueError(
            f"data set {name!r} cannot be had from {module} ({type(error).__name__}: {error}): name a module "
            "that is in the folder you are in, or on PYTHONPATH, and registers it"
        ) from error
