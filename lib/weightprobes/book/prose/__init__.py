"""The numbers in the prose: a module for each chapter, whose ``numbers()`` are made from tables."""


def merged(*parts: dict[str, str]) -> dict[str, str]:
    """The ``parts`` of a chapter's numbers as one; raises ValueError if two of them claim a name."""
    told: dict[str, str] = {}
    for part in parts:
        clash = ", ".join(sorted(told.keys() & part.keys()))
        if clash:
            raise ValueError(f"two parts of the prose give {clash}: rename it in one of them")
        told |= part
    return told
