"""What the package asks for, and what ``import weightprobes`` does to a process that has just begun."""

import ast
import os
import re
import subprocess
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

import weightprobes

ROOT = Path(__file__).parents[1]

# GNU's OpenMP, as PyTorch's builds for Linux bring it
OPENMP = next((Path(find_spec("torch").origin).parent / "lib").glob("libgomp*"), None)
needs_openmp = pytest.mark.skipif(OPENMP is None, reason="this PyTorch brings another OpenMP")


def test_the_readme_names_the_pythons_that_the_package_allows():
    project = (ROOT / "pyproject.toml").read_text()
    lowest, beyond = re.search(r'requires-python = ">=3\.(\d+),<3\.(\d+)"', project).groups()
    assert f"Python 3.{lowest} to 3.{int(beyond) - 1} " in (ROOT / "README.md").read_text()


def fresh(code: str, **variables: str) -> str:
    """What a new Python says, on both streams, when it runs ``code``."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("OMP_", "GOMP_"))}
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=plain | variables, check=True
    )
    return run.stdout + run.stderr


def spins(**variables: str) -> str:
    """How often PyTorch's threads look again before they sleep, as its OpenMP tells when it loads."""
    load = f"import ctypes, weightprobes; ctypes.CDLL({str(OPENMP)!r})"
    said = fresh(load, OMP_DISPLAY_ENV="verbose", **variables)
    (line,) = [line for line in said.splitlines() if "GOMP_SPINCOUNT" in line]
    return line.partition(" = ")[2]


@needs_openmp
def test_pytorchs_threads_sleep_while_they_wait():
    assert spins() == "'0'"


@needs_openmp
def test_who_says_how_threads_wait_is_obeyed():
    assert spins(GOMP_SPINCOUNT="7") == "'7'"
    assert spins(OMP_WAIT_POLICY="active") != "'0'"


def test_the_import_loads_nothing_heavy():
    loaded = fresh("import sys, weightprobes; print(*sys.modules)").split()
    assert "weightprobes" in loaded
    assert not {"torch", "numpy", "pandas"} & set(loaded)


def test_after_the_librarys_two_lines_torchvision_can_be_imported():
    library = ROOT / "book" / "library.md"
    (lines,) = re.findall(
        r"^(from \S+ import declare_missing_operators\n.*?)^```", library.read_text(), re.M | re.S
    )
    assert fresh(f"{lines}\nfrom torchvision import datasets; print(datasets.MNIST)").startswith("<class")


def test_help_loads_nothing_heavy():
    loaded = fresh("import sys, weightprobes.cli.app; print(*sys.modules)").split()
    assert "weightprobes.cli.complexity" in loaded
    assert not {"torch", "numpy", "pandas", "yaml", "tqdm"} & set(loaded)


def test_what_users_call_is_at_the_top_where_editors_see_it_too():
    homes = {name: getattr(weightprobes, name) for name in weightprobes.__all__}
    seen = ast.parse(Path(weightprobes.__file__).read_text()).body
    (block,) = [line for line in seen if isinstance(line, ast.If)]
    told = {one.name: line.module for line in block.body for one in line.names}
    assert {name: getattr(import_module(module), name) for name, module in told.items()} == homes
    assert set(homes) < set(dir(weightprobes))
    with pytest.raises(AttributeError, match="module 'weightprobes' has no attribute 'sensibility'"):
        weightprobes.sensibility  # noqa: B018
