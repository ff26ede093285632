"""A notebook with other parameters: checked before anything runs, computed only where tables lack it."""

import json
import re
from pathlib import Path
from typing import Any

import papermill

from weightprobes.book import build as book
from weightprobes.book.parameters import KINDS, checked, from_json
from weightprobes.choices import check_choice
from weightprobes.datasets import tabular


def source(name: str) -> Path:
    """The notebook called ``name``: one of the book's, like ``"pruning"``, or a path."""
    ours = {path.stem: book.ROOT / path for path in book.notebooks()}
    if name.endswith(".ipynb") and Path(name).exists():
        return Path(name)
    check_choice("notebook", name, ours)
    return ours[name]


def parameters(notebook: Path, given: dict[str, str]) -> dict[str, Any]:
    """The ``given`` texts as values of the kinds that the ``notebook`` annotates its parameters with.

    Raises ValueError for a name that it does not have, or a value of another kind; and, naming the
    file, if it is no notebook, or annotates a parameter with no such kind.
    """
    try:
        found = papermill.inspect_notebook(str(notebook))
    except Exception as error:  # each part of a broken notebook has its own
        reason = " ".join(str(error).split())
        raise ValueError(f"{notebook} is no notebook that can be read ({reason}): give another") from error
    kinds = {}
    for name, told in found.items():
        kinds[name] = KINDS.get(told["inferred_type_name"])
        if kinds[name] is None:
            raise ValueError(f"{notebook} does not say what {name} is: annotate it as {' or '.join(KINDS)}")
    return checked(
        {name: text if kinds.get(name) is str else from_json(text) for name, text in given.items()}, kinds
    )


def rerun(name: str, given: dict[str, str], target: Path) -> Path:
    """Run the notebook called ``name`` with the ``given`` parameters and write it to ``target``.

    Raises ValueError, before anything runs, for wrong parameters, or if ``target`` is there already and no
    earlier run of this notebook; RuntimeError if a cell of it fails.
    """
    notebook = source(name)
    values = {key: _from_here(value) for key, value in parameters(notebook, given).items()}
    if target.exists() and (target.samefile(notebook) or not _is_run_of(notebook, target)):
        raise ValueError(
            f"{target} is there already, and no earlier run of {name}: name another file with -o"
        )
    try:
        papermill.execute_notebook(
            notebook,
            target,
            values,
            cwd=notebook.parent,
            kernel_name="python3",
            log_output=False,
            # at every start it warns of the ports by which we talk to it
            extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
        )
    except papermill.PapermillExecutionError as error:
        reason = re.sub(r"\x1b\[[0-9;]*m", "", f"{error.ename}: {error.evalue}")
        raise RuntimeError(f"a cell of {name} failed, see {target} ({' '.join(reason.split())})") from error
    return target


def _from_here(value: Any) -> Any:
    """A parameter for a notebook, which runs in a folder of its own: files of tasks are where we are."""
    if isinstance(value, list):
        return [_from_here(one) for one in value]
    return tabular.from_anywhere(value) if isinstance(value, str) else value


def _is_run_of(notebook: Path, target: Path) -> bool:
    """Whether ``target`` has papermill's note that it is a run of ``notebook``; the book's own have none."""
    try:
        source = json.loads(target.read_text())["metadata"]["papermill"]["input_path"]
    except (OSError, ValueError, LookupError, TypeError):
        return False
    return Path(str(source)).name == notebook.name
