"""Modules loaded at their first use: ten thousand parts are planned faster than PyTorch is imported."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any


class Lazy:
    """Stands for the module called ``name`` until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def attributes(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """The ``__getattr__`` of ``package``: it has each name of ``homes`` from the module it maps to."""

    def found(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return found


def registering(module: str, what: str) -> None:
    """Import the user's ``module`` that registers ``what``; raises ValueError, naming it, if it fails."""
    try:
        import_module(module)
    except Exception as error:  # whatever goes wrong in a file of the user's
        raise ValueError(
            f"{what} cannot be had ({type(error).__name__}: {error}): name a module that is in the folder "
            "you are in, or on PYTHONPATH, and registers it"
        ) from error


if TYPE_CHECKING:  # annotations name their types
    import networkx
    import pandas
    import pyarrow
    import safetensors.torch as safetensors_torch
    import torch
    from pyarrow import parquet
else:
    networkx = Lazy("networkx")
    pandas = Lazy("pandas")
    parquet = Lazy("pyarrow.parquet")
    pyarrow = Lazy("pyarrow")
    safetensors_torch = Lazy("safetensors.torch")
    torch = Lazy("torch")
