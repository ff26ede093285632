"""Where a figure comes from: the kept files that its cell stands on, through the names that it uses."""

import ast
import json
from collections import defaultdict
from collections.abc import Hashable
from hashlib import sha256
from html import escape
from itertools import pairwise
from typing import Any

from weightprobes import paths
from weightprobes.tables import noted, tables
from weightprobes.tables.noted import Note, Notes, joined
from weightprobes.tables.parts import Files
from weightprobes.tables.recipes import as_data


class Sources:
    """The files that each name in a notebook stands on, cell by cell.

    A cell stands on what is read while it runs, and on what the names stand on that it takes from cells
    before; the names that it sets stand on all of that.
    """

    def __init__(self) -> None:
        self._of: dict[str, Notes] = {}
        self._listening = noted.listening()  # for as long as the notebook runs
        self._heard = self._listening.__enter__()

    def of_cell(self, source: str) -> Notes:
        """What the running cell stands on so far."""
        taken, _ = names(source)
        return joined(self._heard, *(self._of.get(name, {}) for name in sorted(taken)))

    def cell_ends(self, source: str) -> None:
        """Remember what the names stand on that the cell has set."""
        found, (_, given) = self.of_cell(source), names(source)
        self._of |= dict.fromkeys(given, found)
        self._heard.clear()


def names(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell takes, and those that it sets; none if it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return set(), set()
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
    defined = {node.name for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.ClassDef))}
    taken = {node.id for node in found if isinstance(node.ctx, ast.Load)}
    return taken, defined | {node.id for node in found if isinstance(node.ctx, ast.Store)}


def told(notes: Notes) -> str:
    """``notes`` as JSON: for each kind of recipe what it is in words, its items, and its files with a digest
    of their values."""
    groups: dict[tuple[str, str], list[tuple[str, Files]]] = defaultdict(list)
    for files, one in notes.items():
        what, task = described(as_data(one.recipe))
        groups[what, items(one)].append((task, files))
    lines = [
        {
            "what": what,
            "items": about,
            "tasks": list(dict.fromkeys(task for task, _ in found if task)),
            "files": sorted([_place(files), _digest(files)] for _, files in found),
        }
        for (what, about), found in groups.items()
    ]
    return json.dumps(lines, ensure_ascii=False)


def described(recipe: Any) -> tuple[str, str]:
    """A recipe, as data, in a line of words, and its task if it has one."""
    tasks: list[str] = []
    return _words(recipe, tasks), ", ".join(tasks)


def _words(value: Any, tasks: list[str]) -> str:
    if isinstance(value, dict):
        ((kind, fields),) = value.items()
        if kind == "Task" and "classes" in fields:
            scaling = f" ({fields['scaling']})" if "scaling" in fields else ""
            tasks.append(f"{fields['dataset']}/{'-'.join(map(str, fields['classes']))}{scaling}")
            return ""
        inside = {name: _words(one, tasks) for name, one in fields.items() if name != "data"}
        told = {name: word.removeprefix(f"{name.capitalize()} ") for name, word in inside.items() if word}
        words = [f"{name.replace('_', ' ')} {word}" for name, word in told.items()]
        return (
            f"{kind} ({', '.join(words)})" if words else kind if kind not in ("Training", "Setting") else ""
        )
    if isinstance(value, list) and len(value) > 4 and all(isinstance(one, (int, float)) for one in value):
        return f"{len(value)} from {value[0]:g} to {value[-1]:g}"
    if isinstance(value, list):
        return " ".join(_words(one, tasks) for one in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


def items(one: Note) -> str:
    """What was read: "seeds 0–19", or how many of what else."""
    found = list(one.items)
    if not all(isinstance(item, int) for item in found):
        return f"{len(found)} {one.by}s" if len(found) > 1 else f"{one.by} {found[0]}"
    return f"{one.by}s {_ranges(sorted(found))}" if len(found) > 1 else f"{one.by} {found[0]}"


def _ranges(numbers: list[Hashable]) -> str:
    ends = [numbers[0], *(end for pair in pairwise(numbers) if pair[1] - pair[0] > 1 for end in pair)]
    ends.append(numbers[-1])
    pairs = zip(ends[::2], ends[1::2], strict=True)
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in pairs)


def _place(files: Files) -> str:
    """Where the checkout has it."""
    for root in (paths.RESULTS, paths.CHECKPOINTS):
        if files.whole.is_relative_to(root):
            return f"data/{root.name}/{files.whole.relative_to(root).as_posix()}"
    return files.whole.name


def _digest(files: Files) -> str:
    """Of its values; of a file of models, of its bytes; empty if nothing of it is consolidated."""
    whole = next(iter(files.wholes), None)
    if whole is None:
        return ""
    if whole.suffix == ".parquet":
        return tables.fingerprint(whole)[:8]
    return sha256(whole.read_bytes()).hexdigest()[:8]


def fold(description: str, chapter: str, commit: str) -> str:
    """HTML of the fold under a figure, of what :func:`told` wrote."""
    lines = []
    for line in json.loads(description) if description else []:
        about = "; ".join(filter(None, [line["what"], ", ".join(line["tasks"]), line["items"]]))
        files = "\n".join(f"{digest or '–':8}  {file}" for file, digest in line["files"])
        lines.append(f"<li>{escape(about)}<pre tabindex=0>{escape(files)}</pre></li>")
    none = "<p>No kept table: all of it is computed on this page.</p>"
    listed = f"<ul>{''.join(lines)}</ul>" if lines else none
    at = f"<p>Rendered at commit <code>{escape(commit)}</code>.</p>" if commit else ""
    again = (
        f"<p>Anew from the kept tables: <code>weightprobes notebook {escape(chapter)}</code>. With tables, "
        f"from raw data: <code>WEIGHTPROBES_FRESH=1 WEIGHTPROBES_STORE=fresh weightprobes notebook "
        f"{escape(chapter)}</code>.</p>"
    )
    head = "<summary>Where this figure comes from</summary>"
    return f'<details class="provenance">{head}{listed}{again}{at}</details>'
