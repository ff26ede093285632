"""A bare environment with nothing but the wheel, and a folder that has nothing to do with the checkout.

Runs when ``WEIGHTPROBES_WHEEL`` names a built wheel: ``make release-check``.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
WHEEL = os.environ.get("WEIGHTPROBES_WHEEL")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not WHEEL:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="WEIGHTPROBES_WHEEL names no wheel"))


class Newcomer:
    """A user with a home, an empty folder, and an environment of his own."""

    def __init__(self, place: Path) -> None:
        self.home, self.folder, self.environment = place / "home", place / "folder", place / "environment"
        for made in (self.home, self.folder):
            made.mkdir()
        subprocess.run([sys.executable, "-m", "venv", str(self.environment)], check=True)
        self.before = self.installed()

    def run(self, command: str, *arguments: str, right: bool = True) -> str:
        """What ``command`` of the environment prints; it must go ``right``, or else go wrong."""
        ours = re.compile("WEIGHTPROBES_|PYTHON|XDG_|VIRTUAL_ENV|MPL|COLUMNS")
        own = {name: value for name, value in os.environ.items() if not ours.match(name)}
        own |= {"HOME": str(self.home), "OMP_NUM_THREADS": "1"}
        run = subprocess.run(
            [self.environment / "bin" / command, *arguments],
            cwd=self.folder,
            env=own,
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode == 0) == right, run.stdout + run.stderr
        return run.stdout if right else run.stderr

    def install(self, extras: str = "") -> None:
        tested = str(ROOT / "constraints.txt")
        self.run("pip", "install", "--quiet", "--constraint", tested, f"{Path(WHEEL).absolute()}{extras}")

    def installed(self) -> set[Path]:
        """All that is in the environment, but for what Python compiles."""
        return {
            path.relative_to(self.environment)
            for path in self.environment.rglob("*")
            if "__pycache__" not in path.parts
        }


@pytest.fixture(scope="session")
def newcomer(tmp_path_factory) -> Newcomer:
    user = Newcomer(tmp_path_factory.mktemp("newcomer"))
    user.install()
    return user
