"""The numbers in the prose: a module for each chapter, whose ``numbers()`` are made from tables.

They are texts, by the names that the chapter calls them by.
"""

from weightprobes.paper.claims.networks import FASHION_EASY, FASHION_HARD, MNIST_EASY, MNIST_HARD

#: How those names call the paper's tasks.
NAMES = {
    MNIST_EASY: "easy",
    MNIST_HARD: "hard",
    FASHION_EASY: "fashion_easy",
    FASHION_HARD: "fashion_hard",
}


def merged(*parts: dict[str, str]) -> dict[str, str]:
    """The ``parts`` of a chapter's numbers as one; raises ValueError if two of them claim a name."""
    told: dict[str, str] = {}
    for part in parts:
        clash = ", ".join(sorted(told.keys() & part.keys()))
        if clash:
            raise ValueError(f"two parts of the prose give {clash}: rename it in one of them")
        told |= part
    return told
