"""What the library needs of the checkout travels in the wheel, in ``weightprobes/shipped``."""

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

#: The notebooks, the authors' numbers, and what benchmarks measured. Tables of sweeps would be ten times as
#: much, and are made again where they are asked for.
SHIPPED = ("notebooks/*.ipynb", "book/*.ipynb", "data/reference/*.csv", "data/results/*.parquet")


class Shipped(BuildHookInterface):
    """Adds the files to a wheel, notebooks without outputs; an editable install has the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        self.scratch = Path(tempfile.mkdtemp())
        if version == "editable":
            return
        root = Path(self.root)
        for path in (path for pattern in SHIPPED for path in root.glob(pattern)):
            name = path.relative_to(root)
            source = self.without_outputs(path) if path.suffix == ".ipynb" else path
            build_data["force_include"][str(source)] = f"weightprobes/shipped/{name}"

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
