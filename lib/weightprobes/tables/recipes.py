"""A recipe is data: a frozen dataclass that can be written down, compared and named."""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

import numpy as np

_PLAIN = {str, int, float, bool, type(None)}


def as_data(recipe: Any) -> Any:
    """``recipe`` in JSON's types; a dataclass becomes a dict of its fields under its class name.

    Fields at their default are left out, so that a new field renames no table; therefore a default never
    changes. Fields that do not count when recipes are compared (``field(compare=False)``) are left out too;
    what a ``default_factory`` fills in is always written.
    """
    if type(recipe) in _PLAIN:  # nearly all of a recipe is numbers; planning a run writes thousands
        return recipe
    if is_dataclass(recipe):
        told = ((field, getattr(recipe, field.name)) for field in fields(recipe) if field.compare)
        return {
            type(recipe).__name__: {
                field.name: as_data(value) for field, value in told if value != field.default
            }
        }
    if isinstance(recipe, (list, tuple)):
        return [item if type(item) in _PLAIN else as_data(item) for item in recipe]
    return recipe.item() if isinstance(recipe, np.generic) else recipe


def from_data(data: Any, known: Mapping[str, type]) -> Any:
    """What :func:`as_data` wrote, again; ``known`` are the dataclasses in it by name."""
    if isinstance(data, dict):
        ((name, told),) = data.items()
        return known[name](**{field: from_data(value, known) for field, value in told.items()})
    return tuple(from_data(one, known) for one in data) if isinstance(data, list) else data


def as_text(recipe: Any) -> str:
    """``recipe`` as one line of JSON; equal recipes give equal lines."""
    return json.dumps(as_data(recipe), sort_keys=True)


def digest(recipe: Any) -> str:
    """Eight hexadecimal digits that name ``recipe``."""
    return sha256(as_text(recipe).encode()).hexdigest()[:8]
