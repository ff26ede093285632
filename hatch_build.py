"""What the library needs of the checkout travels in the wheel, in ``weightprobes/shipped``."""

import json
import shutil
import tarfile
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SHIPPED = ("notebooks/*.ipynb", "book/*.ipynb", "data/claims.*", "data/reference/*.csv")


class Shipped(BuildHookInterface):
    """Adds the notebooks, without outputs, the authors' numbers, and our tables; the last in one archive,
    or they would be twice as large. An editable install has the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self.scratch = Path(tempfile.mkdtemp())
        if version == "editable":
            return
        root = Path(self.root)
        for path in (path for pattern in SHIPPED for path in root.glob(pattern)):
            source = self.without_outputs(path) if path.suffix == ".ipynb" else path
            build_data["force_include"][str(source)] = f"weightprobes/shipped/{path.relative_to(root)}"
        tables = self.archive(root / "data" / "results")
        build_data["force_include"][str(tables)] = f"weightprobes/shipped/data/{tables.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(self.scratch)

    def without_outputs(self, path: Path) -> Path:
        """A copy of the notebook in ``path`` as it was before it was run."""
        notebook = json.loads(path.read_text())
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell |= {"outputs": [], "execution_count": None}
        copy = self.scratch / path.name
        copy.write_text(json.dumps(notebook, indent=1, ensure_ascii=False))
        return copy

    def archive(self, folder: Path) -> Path:
        """An archive of ``folder``; the same bytes for the same files."""
        path = self.scratch / f"{folder.name}.tar.xz"
        with tarfile.open(path, "w:xz", preset=9) as packed:
            for file in sorted(folder.rglob("*.parquet")):
                member = tarfile.TarInfo(str(file.relative_to(folder)))
                member.size = file.stat().st_size
                with file.open("rb") as content:
                    packed.addfile(member, content)
        return path
