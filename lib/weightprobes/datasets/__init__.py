"""One file per dataset, each with ``NAME``, ``CLASSES``, ``SHAPE``, ``COUNTS`` and ``load(split)``.

``COUNTS`` gives the number of images of each class in each split, known without the images.

``load("train" | "test")`` returns images in [0, 1], shape (n, height, width), float32, and labels,
shape (n,), int64, that count up from 0 in the order of ``CLASSES``. Images are decoded once a process.
"""

from types import ModuleType

from weightprobes.datasets import digits, fashion_mnist, mnist

DATASETS: dict[str, ModuleType] = {
    "digits": digits,
    "fashion_mnist": fashion_mnist,
    "mnist": mnist,
}
