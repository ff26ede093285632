"""Named choices and counts, and the sentence a wrong one gets."""

from collections.abc import Iterable


def check_choice(what: str, value: object, options: Iterable[str]) -> None:
    """Raise a ValueError that lists ``options`` unless ``value`` is one of them."""
    options = list(options)
    if value not in options:
        raise ValueError(f"unknown {what} {value!r}: choose one of {', '.join(options)}")


def check_count(what: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a whole number from 1 on."""
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{what} is {value!r}: give a whole number from 1 on")
