"""Where data sets that do not come with the library are had from: a module that registers them, or a file."""

from __future__ import annotations

from typing import Any

from weightprobes.datasets import arrays, registry, tabular
from weightprobes.datasets.files import DatasetMissing
from weightprobes.lazy import registering


def known(name: str, source: str = "") -> Any:
    """The data set called ``name``; one that is not known yet is registered by its ``source``.

    That is a module, or a file and its label, ``"/…/data.csv:species"``. Raises ValueError if there is no
    such set, DatasetMissing if its data were given in memory, or are no longer in their file.
    """
    if name not in registry.DATASETS and tabular.is_file(source):
        tabular.register(source)
    elif name not in registry.DATASETS and source:
        registering(source, f"data set {name!r}")
    if name not in registry.DATASETS and name.startswith(arrays.PREFIX):
        where = f"no longer in {source}" if source else "given in memory, and not to this process"
        raise DatasetMissing(
            f"the data called {name} are {where}, and no more than their digest is kept: "
            "give them again, with Task.of(X, y) or as a file"
        )
    return registry.known(name)
