"""What the tests would notice: a fixed sample of small faults in the code, each tried with the tests that reach it.

Run by ``make mutation``; mutmut makes the faults, in ``_build/mutation``, and the checkout stays as it is.
Writes ``data/results/mutation.parquet``, a row a fault: ``room, file, function``, ``mutant`` (the lines
before and after), ``result`` (*killed*, *timeout*, *survived*, *equivalent*) and ``reason``, why an
equivalent one is none: from ``mutation.toml``, judged by reading.
"""

import json
import os
import platform
import re
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from configparser import ConfigParser
from hashlib import sha256
from itertools import accumulate, chain, islice
from pathlib import Path

import pandas as pd
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code

from weightprobes import paths
from weightprobes.tables import tables

SAMPLE = 300
ROOMS = ("probes", "engine", "tables")

#: Those that reach the three rooms in a minute or two.
TESTS = """
    probes probe_twins shuffle registry grids rng stack checks planning sites replay refit sweep sensitivity
    report readings settings resume left_alone scores ensembles tables parts stored recipes differences files
    provenance
"""
TAGGER_TESTS = "ner_sweep checkpoints finetuning"

#: What tests read beside the code.
COPIED = ["conftest.py", "data", "book", "notebooks"]

#: A worker begins with nothing cached, and has twice the time of its tests on the code as it is.
SETTINGS = {
    "source_paths": ["src"],
    "only_mutate": [f"src/weightprobes/{room}/*" for room in ROOMS],
    "also_copy": COPIED,
    "pytest_add_cli_args_test_selection": [
        *(f"tests/test_{name}.py" for name in TESTS.split()),
        *(f"tests/ner/test_{name}.py" for name in TAGGER_TESTS.split()),
    ],
    "pytest_add_cli_args": ["-k", "not notebook"],  # a kernel knows nothing of the fault
    "track_dependencies": "false",
    "process_isolation": "forkserver",
    "timeout_multiplier": "1",
    "timeout_constant": "10",
}


def prepare() -> None:
    """A working folder with links to what mutmut copies and changes, and its settings."""
    work = paths.checkout() / "_build" / "mutation"
    work.mkdir(parents=True, exist_ok=True)
    os.chdir(work)
    for source in ("lib", "tests", *COPIED, "pyproject.toml"):
        link = Path("src" if source == "lib" else source)  # mutmut knows packages in src alone
        link.unlink(missing_ok=True)
        link.symlink_to(Path("../..") / source)
    settings = ConfigParser()
    settings["mutmut"] = {
        name: value if isinstance(value, str) else "\n" + "\n".join(value) for name, value in SETTINGS.items()
    }
    with Path("setup.cfg").open("w") as file:
        settings.write(file)


def mutmut(*names: str) -> None:
    """Make all faults, and try those with these ``names``."""
    command = [Path(sys.executable).with_name("mutmut"), "run", "--max-children", os.environ.get("WORKERS", "1"), *names]
    subprocess.run(command, check=True, env=os.environ | {"PYTHONPATH": str(Path("mutants/src").absolute())})


def only_the_most_telling(seconds: float) -> None:
    """Of the tests that reach a function, leave those that reach least else, of so many ``seconds``."""
    kept = Path("mutants/mutmut-stats.json")
    stats = json.loads(kept.read_text())
    reached, taken = stats["tests_by_mangled_function_name"], stats["duration_by_test"]
    reach = Counter(chain(*reached.values()))
    for function, tests in reached.items():
        ordered = sorted(tests, key=lambda test: (reach[test], taken[test], test))
        total = accumulate(taken[test] for test in ordered)
        reached[function] = [test for test, so_far in zip(ordered, total, strict=True) if so_far < seconds]
    kept.write_text(json.dumps(stats))


def faults(room: str) -> Iterator[tuple[str, Path, str]]:
    """Name, file and change of those in a room, in an order that is drawn once and for all."""
    files = {
        name: meta.relative_to("mutants").with_suffix("")
        for meta in Path("mutants/src/weightprobes", room).glob("*.meta")
        for name in json.loads(meta.read_text())["exit_code_by_key"]
    }
    for name in sorted(files, key=lambda name: sha256(name.encode()).digest()):
        change = change_of(name, files[name])
        if not rewords(change):
            yield name, files[name], change


def change_of(name: str, file: Path) -> str:
    """The lines that differ, before and after."""
    lines = get_diff_for_mutant(name, path=file).split("\n")[2:]
    return "\n".join(re.sub(r"^([-+])\s*", r"\1 ", line) for line in lines if line[:1] in ("-", "+"))


def rewords(change: str) -> bool:
    """Whether a change is one of words that are read by people: of a text with a space in it."""
    before, after = (re.findall(r'"[^"]*"', "".join(re.findall(rf"^\{sign}.*", change, re.M))) for sign in "-+")
    changed = [text for text in before if text not in after]
    return len(before) == len(after) and any(" " in text for text in changed)


def sample() -> list[tuple[str, Path, str]]:
    """As many faults of each room as it has lines."""
    lines = {
        room: sum(len(file.read_text().splitlines()) for file in Path("src/weightprobes", room).glob("*.py"))
        for room in ROOMS
    }
    share = {room: round(SAMPLE * lines[room] / sum(lines.values())) for room in ROOMS}
    return [fault for room in ROOMS for fault in islice(faults(room), share[room])]


def main() -> None:
    """Make the faults, try the sample, and keep what became of it."""
    reasons = tomllib.loads(Path(__file__).with_suffix(".toml").read_text())["equivalent"]
    prepare()
    mutmut("weightprobes.tables.files.x_remove__*")  # all are made, and a few are tried
    only_the_most_telling(seconds=20)
    drawn = sample()
    mutmut(*(name for name, _, _ in drawn))
    rows = []
    for name, file, change in drawn:
        codes = json.loads(Path("mutants", f"{file}.meta").read_text())["exit_code_by_key"]
        function = re.sub(r"__mutmut_\d+$", "", name).rpartition(".x")[2].strip("_ǁ").replace("ǁ", ".")
        place = file.relative_to("src/weightprobes").as_posix()
        reason = next((one["reason"] for one in reasons if [one["file"], one["change"].strip()] == [place, change]), "")
        result = status_by_exit_code[codes[name]]
        rows.append((place.split("/")[0], place, function, change, "equivalent" if reason and result == "survived" else result, reason, name))
    table = pd.DataFrame(rows, columns=["room", "file", "function", "mutant", "result", "reason", "name"])
    for row in table[~table["result"].isin(["killed", "equivalent"])].itertuples():
        print(f"\n{row.file} {row.function}: {row.result} ({row.name})\n{row.mutant}")
    print(table["result"].value_counts().to_string())
    tables.write(paths.RESULTS / "mutation.parquet", table.drop(columns="name"), {"benchmark": "mutation", "machine": platform.machine()})


if __name__ == "__main__":
    main()
