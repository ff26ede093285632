"""What a newcomer does first with the installed wheel, in this order, far from any checkout."""

import json
import re
import resource
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[2]

MINE = """
import torch

torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(6, 8), torch.nn.ReLU(), torch.nn.Linear(8, 3))
inputs = torch.randn(60, 6)
answers = model(inputs).argmax(1)
batches = [inputs]


def evaluate(model):
    return model(inputs).argmax(1) == answers
"""

DATA = """
from sklearn.datasets import load_wine

wine = load_wine(as_frame=True)
wine.data.assign(y=wine.target_names[wine.target]).to_csv("data.csv", index=False)
"""

# what is installed but for PyTorch and what it asks for, in bytes
SIZE = """
from importlib.metadata import distribution, distributions
from pathlib import Path
import re

def names(of):
    told = [one for one in distribution(of).requires or () if "extra ==" not in one]
    return {re.split(r"[^\\w.-]", one)[0].lower().replace("_", "-") for one in told}

torch, todo = set(), {"torch", "pip", "setuptools"}
while todo:
    torch |= (now := todo)
    todo = set()
    for one in now:
        try:
            todo |= names(one) - torch
        except Exception:
            pass  # for other systems
sizes = {}
for one in distributions():
    name = one.name.lower().replace("_", "-")
    # what its CUDA builds need is named by extras of extras
    if name not in torch and not name.startswith(("cuda", "nvidia")):
        files = [Path(one.locate_file(file)) for file in one.files or ()]
        sizes[one.name] = sum(file.stat().st_size for file in files if file.is_file())
print(sum(sizes.values()))
"""

# every module but the book's; what is missing must be what an extra brings
MODULES = """
import pkgutil, warnings
from importlib import import_module

import weightprobes
from weightprobes.cli.app import told

for module in pkgutil.walk_packages(weightprobes.__path__, "weightprobes."):
    try:
        import_module(module.name)
    except ModuleNotFoundError as error:
        sentence, _ = told(error)
        print(module.name, sentence)
"""


def test_the_core_is_at_most_a_third_of_2300_megabytes_beside_pytorch(newcomer):
    size = int(newcomer.run("python", "-c", SIZE))
    print(f"core install beside PyTorch: {size / 1e6:.0f} MB")
    assert size < 2300e6 / 3


@pytest.mark.parametrize(
    ("command", "most"), [(["-c", "import weightprobes"], 0.1), (["-m", "weightprobes", "--help"], 0.3)]
)
def test_the_first_word_comes_at_once(newcomer, command, most):
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
        newcomer.run("python", *command)
        return resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before

    newcomer.run("python", *command)  # compiles
    took = min(seconds() for _ in range(7))
    print(f"{' '.join(command)}: {1000 * took:.0f} ms")
    assert took < most


def test_all_of_the_core_is_there_and_of_the_rest_the_extra_is_named(newcomer):
    missing = newcomer.run("python", "-c", MODULES).splitlines()
    assert all("pip install 'weightprobes[" in line for line in missing), missing
    rooms = {line.split()[0].split(".")[1] for line in missing}
    assert rooms <= {"book", "models"}
    assert "weightprobes[book]" in newcomer.run("weightprobes", "notebook", "pruning", right=False)


def test_the_readmes_library_example(newcomer):
    (newcomer.folder / "mine.py").write_text(MINE)
    (example,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(), re.S | re.M)
    own = "from sklearn.datasets import load_wine\nfrom mine import evaluate, inputs, model\n"
    newcomer.run("python", "-c", f"{own}X, y = load_wine(return_X_y=True)\n{example}")
    assert (newcomer.folder / "report.html").exists()


def test_the_complexity_of_a_task(newcomer):
    asked = ["complexity", "digits/7-9", "--seeds", "3"]
    rows = json.loads(newcomer.run("weightprobes", *asked, "--json"))
    assert [row["simplification"] for row in rows] == ["binarised", "shuffled"]
    kept = newcomer.run("weightprobes", *asked).splitlines()[-1]
    assert kept == f"kept in {newcomer.home / '.local' / 'share' / 'weightprobes'}"


def test_the_complexity_of_a_file(newcomer):
    newcomer.run("python", "-c", DATA)
    asked = ["complexity", "data.csv", "--label", "y", "--scaling", "standardized", "--seeds", "3"]
    table = newcomer.run("weightprobes", *asked)
    assert table.split()[0] == "classes"
    assert "class_0" in table


def test_the_sensitivity_of_a_model_in_a_file(newcomer):
    asked = ["mine:model", "--evaluate", "mine:evaluate", "--calibration", "mine:batches", "-o", "mine.html"]
    assert "kept in mine.html" in newcomer.run("weightprobes", "sensitivity", *asked)
    assert (newcomer.folder / "mine.csv").exists()


def test_a_chapter_with_a_task_of_ones_own(newcomer):
    newcomer.install("[book]")
    asked = ["-p", "tasks", '["digits/7-9"]', "-p", "seeds", "2", "-p", "other_seeds", "2"]
    said = newcomer.run("weightprobes", "notebook", "pruning", *asked)
    assert said.splitlines()[0] == "pruning.ipynb"
    notebook = nbformat.read(newcomer.folder / "pruning.ipynb", as_version=4)
    assert "digits/7-9" in str(notebook.cells)


def test_in_the_end_nothing_is_left_but_what_was_made(newcomer):
    newcomer.run("pip", "uninstall", "--yes", "weightprobes")
    left = {path for path in newcomer.installed() - newcomer.before if "weightprobes" in str(path)}
    assert not left
    made = {path.name for path in newcomer.folder.iterdir()} - {"__pycache__"}
    reports = {f"{name}.{kind}" for name in ("report", "mine") for kind in ("html", "json", "csv")}
    assert made == {"mine.py", "data.csv", "pruning.ipynb", *reports}
    places = {path.parent.relative_to(newcomer.home) for path in newcomer.home.rglob("weightprobes")}
    assert places == {Path(".local/share"), Path(".cache")}  # networks and tables, and the book's unpacked
    assert not (ROOT / "build").exists()
