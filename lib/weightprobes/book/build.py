"""The book: execute every notebook, render the pages.

``python -m weightprobes.book.build`` executes copies and renders them into ``_build/html``; nothing in the
checkout changes. With ``render`` the committed notebooks are rendered with the outputs they have, and with
``refresh`` they are executed in place.
"""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient import NotebookClient

from weightprobes import paths
from weightprobes.book import address, readme
from weightprobes.paper import claims
from weightprobes.tables import tables

ROOT = paths.HOME
SITE = ROOT / "_build" / "site"
WORKERS = 2


def notebooks() -> list[Path]:
    """The book's notebooks, by path from the root, in alphabetical order."""
    found = [*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "book").glob("*.ipynb")]
    return sorted((path.relative_to(ROOT) for path in found), key=lambda path: (path.parent.name, path.name))


def execute(source: Path, target: Path) -> None:
    """Run the notebook ``source`` from its own folder and write it to ``target`` with its outputs.

    What differs from run to run (progress, times, paths) is left out, so that the same numbers give the
    same file. Raises nbclient's CellExecutionError if a cell fails; then ``target`` is left alone.
    """
    notebook = nbformat.read(source, as_version=4)
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": source.parent}},
        extra_arguments=["--IPKernelApp.log_level=CRITICAL"],
    )
    asyncio.run(client.async_execute(env={**os.environ, "TQDM_DISABLE": "1"}))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(nbformat.writes(notebook) + "\n")


def execute_all(pairs: Iterable[tuple[Path, Path]]) -> None:
    """Execute (source, target) pairs, two at a time."""
    with ThreadPoolExecutor(WORKERS) as pool:
        for done in pool.map(lambda pair: (execute(*pair), pair[0])[1], pairs):
            print(f"executed {done.relative_to(ROOT)}", flush=True)


def build() -> None:
    """Render the book from freshly executed copies."""
    copy()
    execute_all((ROOT / path, SITE / path) for path in notebooks())
    pages()


def render() -> None:
    """Render the book from the committed notebooks, with the outputs that nbval compares."""
    copy()
    pages()


def copy() -> None:
    """Bring pages and notebooks together in ``SITE``, as they are."""
    shutil.rmtree(SITE, ignore_errors=True)
    for folder in ("book", "notebooks"):
        shutil.copytree(ROOT / folder, SITE / folder, ignore=shutil.ignore_patterns(".*"))
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    (SITE / "_config.yml").write_text(address.with_buttons(config, address.repository()), encoding="utf-8")


def pages() -> None:
    """Render what is in ``SITE`` into ``_build/html``; any warning of Sphinx is an error."""
    command = [Path(sys.executable).with_name("jupyter-book"), "build", ".", "--toc", "book/_toc.yml"]
    command += ["--path-output", ROOT, "-W", "-n", "--keep-going"]
    subprocess.run(command, cwd=SITE, check=True)


def refresh() -> None:
    """Execute the committed notebooks in place, and bring tables, README and claims in step with them."""
    execute_all((ROOT / path, ROOT / path) for path in notebooks())
    for table in tables.consolidate():
        print(f"consolidated {table.relative_to(paths.STORE)}", flush=True)
    claims.keep()
    readme.refresh()


VERBS = {"build": build, "render": render, "refresh": refresh}


def main() -> None:
    """What the module's docstring says."""
    verb = (sys.argv[1:] or ["build"])[0]
    if verb not in VERBS:
        sys.exit(f"weightprobes: {verb} is none of {', '.join(VERBS)}")
    try:
        paths.checkout()
    except ValueError as error:
        sys.exit(f"weightprobes: {error}")
    VERBS[verb]()


if __name__ == "__main__":
    main()
