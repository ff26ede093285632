"""What the tests would notice: a fixed sample of small faults, each tried with the tests that reach it.

Run by ``make mutation``; mutmut makes the faults in ``_build/mutation``, and the checkout stays as it is.
Writes ``data/results/mutation.parquet``, a row a fault: ``room, file, function``; ``mutant``, the lines
before and after; ``result``, *killed*, *timeout*, *survived*, *no tests* or *equivalent*; and ``reason``,
why an equivalent one is no fault, from ``mutation.toml``, judged by reading.
"""

import json
import os
import platform
import re
import resource
import signal
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from functools import cache
from hashlib import sha256
from importlib import import_module
from itertools import accumulate, chain, islice
from pathlib import Path

import pandas as pd
import pytest
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.utils.format_utils import mangled_name_from_mutant_name

from weightprobes import paths
from weightprobes.tables import tables

SAMPLE = 300

#: Of the tests that reach a fault, quick ones that reach little else come first, as many as take so long.
SECONDS = 30

#: Seconds of processor after which a fault is one that never ends.
LONGEST = 120
ROOMS = ("probes", "engine", "tables")

#: Those that reach the three rooms in a minute or two.
TESTS = """
    probes probe_twins shuffle registry grids rng stack checks planning sites replay refit sweep sensitivity
    report readings settings resume left_alone scores ensembles tables parts stored recipes differences files
    provenance diagnosis curves
"""
TAGGER_TESTS = "ner_sweep checkpoints finetuning"

#: What tests read beside the code.
COPIED = ["conftest.py", "data", "book", "notebooks"]

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
}


#: Names the test that a fork is at.
FAILED = Path("../failed.txt")

#: Threads would not survive a fork.
ENVIRONMENT = os.environ | {"OMP_NUM_THREADS": "1", "TQDM_DISABLE": "1"}


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


def make() -> None:
    """Have mutmut make all faults, and note which tests reach which function; it tries a few of them."""
    command = [Path(sys.executable).with_name("mutmut"), "run", "weightprobes.tables.files.x_remove__*"]
    subprocess.run(command, check=True, env=ENVIRONMENT | {"PYTHONPATH": str(Path("mutants/src").absolute())})


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
    lines = change.split("\n")
    before, after = ([line for line in lines if line.startswith(sign)] for sign in "-+")
    texts, changed = (re.findall(r'"[^"]*"', "".join(some)) for some in (before, after))
    return len(texts) == len(changed) and any(" " in text for text in texts if text not in changed)


def sample() -> list[tuple[str, Path, str]]:
    """As many faults of each room as it has lines."""
    lines = {
        room: sum(len(file.read_text().splitlines()) for file in Path("src/weightprobes", room).glob("*.py"))
        for room in ROOMS
    }
    share = {room: round(SAMPLE * lines[room] / sum(lines.values())) for room in ROOMS}
    return [fault for room in ROOMS for fault in islice(faults(room), share[room])]


def tests_of(names: Sequence[str]) -> dict[str, list[str]]:
    """For each fault, of the tests that reach its function, the quickest of those that reach little else."""
    stats = json.loads(Path("mutants/mutmut-stats.json").read_text())
    reached, taken = stats["tests_by_mangled_function_name"], stats["duration_by_test"]
    reach = Counter(chain(*reached.values()))
    chosen = {}
    for name in names:
        tests = reached.get(mangled_name_from_mutant_name(name), [])
        ordered = sorted(tests, key=lambda test: (reach[test] * taken[test], test))
        before = accumulate((taken[test] for test in ordered), initial=0.0)
        chosen[name] = [test for test, so_far in zip(ordered, before, strict=False) if so_far < SECONDS]
    return chosen


def tried(names: Sequence[str]) -> dict[str, str]:
    """What became of each fault: pytest is started once, and forked for each (:func:`pytest_runtestloop`)."""
    asked = tests_of(names)
    Path("asked.json").write_text(json.dumps(asked))
    Path("found.json").unlink(missing_ok=True)
    files = sorted({test.partition("::")[0] for tests in asked.values() for test in tests})
    search = os.pathsep.join([str(Path("mutants/src").absolute()), str(Path(__file__).parent)])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "mutation", "-p", "no:cacheprovider", *files]
    subprocess.run(command, cwd="mutants", check=True, env=ENVIRONMENT | {"PYTHONPATH": search})
    return json.loads(Path("found.json").read_text())


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Try each fault in a fork of this process, in which all tests are collected and nothing has run."""
    for module in ("torch._dynamo", "pyarrow.parquet"):  # a second that each fork would spend
        import_module(module)
    items = {item.nodeid: item for item in session.items}
    found = {}
    for name, tests in json.loads(Path("../asked.json").read_text()).items():
        found[name] = _forked(name, [items[test] for test in tests]) if tests else "no tests"
        if found[name] == "killed":
            _check(items[FAILED.read_text()])
        Path("../found.json").write_text(json.dumps(found))
    return True


@cache
def _check(test: pytest.Item) -> None:
    """Raise an error if the code as it is fails a test by which a fault was noticed."""
    if (result := _forked("", [test])) != "survived":
        raise pytest.UsageError(
            f"the code as it is has {result} in {test.nodeid}: no fault is noticed by that"
        )


def _forked(name: str, tests: list[pytest.Item]) -> str:
    """What becomes of a fault in a process that ends with 1 where a test fails, or else with 0."""
    if not (child := os.fork()):
        resource.setrlimit(resource.RLIMIT_CPU, (LONGEST, LONGEST + 1))
        os.environ["MUTANT_UNDER_TEST"] = name
        try:
            for test, following in zip(tests, [*tests[1:], None], strict=True):
                FAILED.write_text(test.nodeid)
                test.ihook.pytest_runtest_protocol(item=test, nextitem=following)
            os._exit(0)
        finally:
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return {0: "survived", 1: "killed", -signal.SIGXCPU: "timeout"}.get(code, f"died ({code})")


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """The first test that fails ends the fork that it runs in."""
    if report.failed:
        os._exit(1)


def row(name: str, file: Path, change: str, result: str, reasons: list[dict[str, str]]) -> dict[str, str]:
    """What the table tells of a fault."""
    place = file.relative_to("src/weightprobes").as_posix()
    function = re.sub(r"^x_?ǁ?|__mutmut_\d+$", "", name.rpartition(".")[2]).replace("ǁ", ".")
    found = {"room": place.split("/")[0], "file": place, "function": function, "mutant": change}
    same = (one["reason"] for one in reasons if (one["file"], one["mutant"].strip()) == (place, change))
    reason = next(same, "")
    equivalent = reason and result in ("survived", "no tests")
    return found | {"result": "equivalent" if equivalent else result, "reason": reason if equivalent else ""}


def main() -> None:
    """Make the faults, try those of the sample, and keep what became of them."""
    reasons = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))["equivalent"]
    prepare()
    make()
    drawn = sample()
    results = tried([name for name, _, _ in drawn])
    table = pd.DataFrame([row(*fault, results[fault[0]], reasons) for fault in drawn])
    for one in table[~table["result"].isin(["killed", "equivalent"])].itertuples():
        print(f"\n{one.file} {one.function}: {one.result}\n{one.mutant}")
    print(table["result"].value_counts().to_string())
    recipe = {"benchmark": "mutation", "machine": platform.machine()}
    tables.write(paths.RESULTS / "mutation.parquet", table, recipe)


if __name__ == "__main__":
    main()
