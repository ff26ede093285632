"""Which kept files a value stands on: who reads one notes it, who wants to know listens."""

import functools
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from weightprobes.tables.parts import Files

Function = TypeVar("Function", bound=Callable)


@dataclass
class Note:
    """A file of a ``recipe``, and which items of it were read, in the order of reading; ``by`` is what an
    item is: a seed, as a rule."""

    recipe: Any
    by: str
    items: dict[Hashable, None] = field(default_factory=dict)


#: By the files of a recipe.
Notes = dict[Files, Note]

_listening: list[Notes] = []


@contextmanager
def listening() -> Iterator[Notes]:
    """The notes of what is read in the block; they may be cleared on the way."""
    heard: Notes = {}
    _listening.append(heard)
    try:
        yield heard
    finally:
        _listening[:] = [other for other in _listening if other is not heard]


def note(files: Files, recipe: Any, items: Sequence[Hashable], by: str = "seed") -> None:
    """Tell who listens that ``items`` were read of the ``files`` that ``recipe`` made."""
    for heard in _listening:
        heard.setdefault(files, Note(recipe, by)).items |= dict.fromkeys(items)


def joined(*several: Notes) -> Notes:
    """All notes as one."""
    found: Notes = {}
    for notes in several:
        for files, one in notes.items():
            found.setdefault(files, Note(one.recipe, one.by)).items |= one.items
    return found


def cache(function: Function) -> Function:
    """``functools.cache``, which notes what the value stands on each time it is asked for."""

    @functools.cache
    def remembered(*arguments: Hashable, **named: Hashable) -> tuple[Any, Notes]:
        with listening() as heard:
            return function(*arguments, **named), heard

    @functools.wraps(function)
    def noting(*arguments: Hashable, **named: Hashable) -> Any:
        value, heard = remembered(*arguments, **named)
        for files, one in heard.items():
            note(files, one.recipe, list(one.items), one.by)
        return value

    noting.cache_clear = remembered.cache_clear
    return noting
