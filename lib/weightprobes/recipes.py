"""A recipe is data: a frozen dataclass that can be written down, compared and named."""

import json
from dataclasses import fields, is_dataclass
from hashlib import sha256
from typing import Any

import numpy as np

_PLAIN = {str, int, float, bool, type(None)}


def as_data(recipe: Any) -> Any:
    """``recipe`` in JSON's types; a dataclass becomes a dict of its fields under its class name."""
    if type(recipe) in _PLAIN:  # nearly all of a recipe is numbers; planning a run writes thousands
        return recipe
    if is_dataclass(recipe):
        named = {field.name: as_data(getattr(recipe, field.name)) for field in fields(recipe)}
        return {type(recipe).__name__: named}
    if isinstance(recipe, (list, tuple)):
        return [as_data(item) for item in recipe]
    return recipe.item() if isinstance(recipe, np.generic) else recipe


def as_text(recipe: Any) -> str:
    """``recipe`` as one line of JSON; equal recipes give equal lines."""
    return json.dumps(as_data(recipe), sort_keys=True)


def digest(recipe: Any) -> str:
    """Eight hexadecimal digits that name ``recipe``."""
    return sha256(as_text(recipe).encode()).hexdigest()[:8]
