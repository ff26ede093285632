"""A probe is registered once, also from outside the package, and then everything knows it by name."""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from weightprobes import paths
from weightprobes.cli import app as cli
from weightprobes.engine.sweep import Sweep, sweep
from weightprobes.probes import Binarize, Probe, Prune, Pruned, Shuffle, grids, named, register, registry
from weightprobes.runs.plan import Run

LIBRARY = Path(__file__).parents[1] / "book" / "library" / "probes.md"


@dataclass(frozen=True)
class Fold(Probe):
    """Without a field."""

    def plan(self, weight, rng):
        return lambda strength: weight * (1 - strength)


@dataclass(frozen=True)
class Shrink(Probe):
    """With two."""

    to: float = 0.5
    side: str = "left"

    def plan(self, weight, rng):
        return lambda strength: weight * (1 - strength * self.to)


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """Whatever a test registers or imports is gone after it."""
    monkeypatch.setattr(registry, "PROBES", dict(registry.PROBES))
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield
    sys.modules.pop("my_probes", None)


@pytest.fixture
def my_probes(tmp_path, monkeypatch):
    """The file that the book's page on the library shows, in the working directory."""
    (source,) = re.findall(r"^:caption: my_probes.py\n(.*?)^```", LIBRARY.read_text(), re.M | re.S)
    (tmp_path / "my_probes.py").write_text(source)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("kind", "variant"), [(Fold(), ""), (Shrink(), "0.5-left")], ids=repr)
def test_a_probe_may_have_no_field_or_several(kind, variant, ensemble, images, training, folders):
    rows = sweep(ensemble, *images, kind, [0, 0.5])
    assert set(rows["variant"]) == {variant}
    kept = Sweep(training, kind, (0.0, 0.5))
    assert kept.name.startswith(f"{kind.label}/")
    assert set(kept.table(range(2))["variant"]) == {variant}


def test_a_registered_probe_is_known_by_its_label_and_asked_at_its_grid(training):
    register(Fold(), Shrink(), Pruned(Shrink()))
    assert named("fold") == Fold()
    asked = Run(training.task.name, ["fold", "shrink-0.5-left", "prune+shrink-0.5-left"]).sweeps(training)
    assert [(one.probe, one.strengths) for one in asked] == [
        (Fold(), grids.TENTHS),
        (Shrink(), grids.TENTHS),
        (Pruned(Shrink()), grids.SHUFFLE),
    ]


def test_the_released_null_model_is_asked_only_where_nothing_is_pruned():
    assert Pruned(Shuffle("as_released")).grid == (0.0,)


def test_registering_again_replaces_and_another_modules_name_is_refused():
    @dataclass(frozen=True)
    class Prune(Fold):
        order: str = "smallest"

    register(Fold())
    register(Fold())
    with pytest.raises(
        ValueError, match=r"^'prune-smallest' is a probe of weightprobes\.probes\.prune: give"
    ):
        register(Prune())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("quantize", "unknown probe 'quantize': choose one of binarize-unit, "),
        (
            "my_probes:quantize-3",
            "unknown probe 'quantize-3': choose one of .*, quantize-2, quantize-4, quant",
        ),
        ("./my_probes.py:quantize-4", "probe './my_probes.py:quantize-4' cannot be had .*or on PYTHONPATH"),
        ("mine:quantize-4", r"probe 'mine:quantize-4' cannot be had \(.* No module named 'mine'\): name a "),
    ],
)
def test_an_unknown_probe_gets_the_list_of_the_known_ones(name, said, my_probes, monkeypatch):
    monkeypatch.syspath_prepend(".")
    with pytest.raises(ValueError, match=f"^{said}"):
        Run("digits/0-1", name)


def test_the_books_example_runs_from_the_command_line(my_probes, folders, monkeypatch, capsys):
    monkeypatch.setattr(paths, "STORE", folders)
    arguments = "probe digits/0-1 --probe my_probes:quantize-2 --seeds 1 --json"
    monkeypatch.setattr(sys, "argv", ["weightprobes", *arguments.split()])
    with pytest.raises(SystemExit):
        cli.main()
    rows = json.loads(capsys.readouterr().out)
    assert {row["variant"] for row in rows} == {"2"}
    assert [row["strength"] for row in rows if row["weights"] == "float"] == list(grids.TENTHS)


class Bare(Probe):
    """No dataclass."""

    def plan(self, weight, rng):
        return lambda strength: weight


@pytest.mark.parametrize("wrong", [Bare(), Fold, "fold"], ids=["no dataclass", "a class", "text"])
def test_what_is_no_probe_is_not_registered(wrong):
    with pytest.raises(ValueError, match="is no value of a frozen dataclass that derives from Probe"):
        register(wrong)


def test_a_bare_name_is_the_probe_with_its_default_fields():
    assert {name: named(name) for name in ("prune", "binarize")} == {"prune": Prune(), "binarize": Binarize()}
    register(Shrink(0.1), Shrink())
    assert named("shrink") == Shrink()
