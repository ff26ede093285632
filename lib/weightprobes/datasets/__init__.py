"""One file per data set, each with ``NAME``, ``CLASSES``, ``SHAPE`` and ``load(split)``.

``load("train" | "test")`` returns inputs, shape (n, \\*SHAPE), float32, and labels,
shape (n,), int64, that count up from 0 in the order of ``CLASSES``. It is called once a process, by
:func:`weightprobes.datasets.loading.load`, which checks what comes.

``RANGE``, if it is there, are the lowest and the highest input there can be, two numbers or arrays of shape
SHAPE; otherwise they are those of the training inputs. A set that comes with the library also tells its
``COUNTS``, the number of items of each class in each split, and its ``DIGEST``, which names the data of each
split: so that tables are found and read without the data.
"""

from importlib import import_module

from weightprobes.datasets.registry import DATASETS, register

__all__ = ["DATASETS", "register"]

#: Those that come with the library, each a module of that name.
OURS = (
    "breast_cancer",
    "clinc150",
    "digits",
    "fashion_mnist",
    "fsdd",
    "fsdd_speakers",
    "letter",
    "mnist",
    "mnist1d",
    "pendigits",
    "wine",
)
for _name in OURS:
    register(_name, import_module(f"{__name__}.{_name}"))
