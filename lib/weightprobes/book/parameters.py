"""The parameters of a notebook: what they may be, and the sentence a wrong one gets."""

import ast
import json
from contextlib import suppress
from typing import Any, get_args, get_origin

from weightprobes.choices import check_choice

# What a parameter may be, in the words of the error.
_SPELLED = {
    int: "positive whole number",
    str: "text",
    list[str]: """list of one or more texts, like '["a", "b"]'""",
    list[int]: "list of one or more positive whole numbers, like '[1, 2]'",
}

#: The same kinds as they are annotated in a notebook.
KINDS: dict[str, Any] = {"int": int, "str": str, "list[str]": list[str], "list[int]": list[int]}


def annotated(cell: str) -> dict[str, Any]:
    """The names that the source of a ``cell`` annotates, and their kinds; none if it is no Python.

    Raises ValueError for an annotation that is not one of :data:`KINDS`.
    """
    kinds = {}
    with suppress(SyntaxError):
        for line in ast.parse(cell).body:
            if isinstance(line, ast.AnnAssign):
                kind = ast.unparse(line.annotation)
                check_choice("kind of parameter", kind, KINDS)
                kinds[ast.unparse(line.target)] = KINDS[kind]
    return kinds


def checked(given: dict[str, Any], kinds: dict[str, Any]) -> dict[str, Any]:
    """The values ``given`` by name, each of its kind; a list may come as JSON text.

    Raises ValueError, which lists the right ones, for an unknown name or a value of another kind.
    """
    right = ", ".join(f"{name} ({_SPELLED[kind]})" for name, kind in kinds.items()) or "none"
    values = {}
    for name, value in given.items():
        if name not in kinds:
            raise ValueError(f"unknown parameter {name!r}; this notebook takes {right}")
        if get_origin(kinds[name]) is list and isinstance(value, str):
            value = from_json(value)
        if not _fits(value, kinds[name]):
            spelled = _SPELLED[kinds[name]]
            raise ValueError(f"parameter {name} = {value!r} is no {spelled}; this notebook takes {right}")
        values[name] = value
    return values


def from_json(text: str) -> object:
    """What ``text`` says in JSON; itself if it is none."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _fits(value: object, kind: Any) -> bool:
    if get_origin(kind) is list:
        return isinstance(value, list) and value != [] and all(_fits(item, *get_args(kind)) for item in value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool) and value > 0
    return isinstance(value, kind)
