"""YAML that is flat: names, each with a value or a list of values. Nothing else of the language is read."""

from collections import Counter
from typing import Any

import yaml

# PyYAML's own parser takes a second for ten thousand tasks
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Once(_Loader):
    """Refuses a name that is there twice, of which YAML keeps the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        told = super().construct_mapping(node, deep)
        for name, times in Counter(key.value for key, _ in node.value).items():
            if times > 1:
                raise ValueError(f"{name} is there {times} times: leave one")
        return told


def read(text: str) -> Any:
    """What ``text`` says in YAML; raises ValueError or YAMLError if it is none, or not flat.

    Nothing is built before its depth is known: aliases of aliases fill the memory, and the C parser
    follows lists of lists until the process crashes.
    """
    depth = 0
    for event in yaml.parse(text, _Once):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        line = event.start_mark.line + 1
        if depth > 2:
            raise ValueError(f"line {line} nests too deep: give each name a value, or a list of values")
        if getattr(event, "anchor", None) or getattr(event, "tag", None):
            raise ValueError(f"line {line} has an anchor, alias or tag (&, *, !): write the value itself")
    return yaml.load(text, _Once)
