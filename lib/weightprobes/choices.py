"""Named choices, and the sentence a wrong one gets."""

from collections.abc import Iterable


def check_choice(what: str, value: object, options: Iterable[str]) -> None:
    """Raise a ValueError that lists ``options`` unless ``value`` is one of them."""
    options = list(options)
    if value not in options:
        raise ValueError(f"unknown {what} {value!r}: choose one of {', '.join(options)}")
