"""One file per data set, each with ``NAME``, ``CLASSES``, ``SHAPE`` and ``load(split)``.

``load("train" | "test")`` returns inputs, shape (n, \\*SHAPE), float32 (images in [0, 1]), and labels,
shape (n,), int64, that count up from 0 in the order of ``CLASSES``. It is called once a process, by
:func:`weightprobes.datasets.loading.load`, which checks what comes.

A set that comes with the library also tells its ``COUNTS``, the number of items of each class in each split,
and its ``DIGEST``, which names the data of each split: so that tables are found and read without the data.
"""

from types import ModuleType

from weightprobes.datasets import digits, fashion_mnist, mnist

#: By the name that tasks have them under; a set of your own is one more entry.
DATASETS: dict[str, ModuleType] = {
    "digits": digits,
    "fashion_mnist": fashion_mnist,
    "mnist": mnist,
}
