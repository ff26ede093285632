"""Runs that are killed, cut off and crowded: nothing lost, nothing counted twice, the same bytes."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import psutil
import pytest
import slow

from weightprobes.runs.driver import execute
from weightprobes.runs.serial import Serial
from weightprobes.runs.status import states
from weightprobes.tables.files import Unwritable

HERE = Path(__file__).parent


@pytest.fixture
def store(tmp_path, monkeypatch):
    """A store of this test's own, for this process and those that it starts."""
    folder = tmp_path / "store"
    folder.mkdir()
    use(folder, monkeypatch)
    return folder


def use(folder, monkeypatch):
    monkeypatch.setenv("WEIGHTPROBES_STORE", str(folder))
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    monkeypatch.setenv("TQDM_DISABLE", "1")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """What a run makes that nothing happens to."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("undisturbed")
        use(folder, patch)
        execute(slow.parts(), Serial())
        return slow.made(folder)


@pytest.fixture
def start():
    """Starts a program, which does not outlive the test."""
    started = []

    def popen(*command, **settings):
        started.append(subprocess.Popen([sys.executable, *command], text=True, **settings))
        return started[-1]

    yield popen
    for process in started:
        process.kill()
        process.wait()
        for pipe in (process.stdout, process.stderr):
            if pipe:
                pipe.close()


def run(start, executor, seconds="0.3", **environment):
    """A run in a process of its own."""
    program = ("-c", "import slow; slow.main()", executor)
    settings = {**os.environ, "SECONDS": seconds, **environment}
    return start(*program, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def until(met, seconds=60):
    end = time.monotonic() + seconds
    while not met():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def ended(process):
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def resumed(store):
    """What is there once a run has been made to the end, in this process."""
    execute(slow.parts(), Serial())
    assert set(states(slow.parts()).values()) == {"done"}
    return slow.made(store)


def test_a_killed_worker_loses_nothing_and_a_part_that_kills_its_workers_is_failed(store, start, undisturbed):
    driver = run(start, "processes", POISON="6")
    until(lambda: any(seed >= 10 for seed, _ in slow.begun(store)))
    os.kill(slow.begun(store)[-1][1], signal.SIGKILL)
    code, out, err = ended(driver)
    assert code == 0, err
    (error,) = json.loads(out)["errors"]
    assert error == "3 workers died over this part, killed, or out of memory"
    tries = [one for one, _ in slow.begun(store)]
    assert tries.count(6) == 3
    assert len(tries) <= slow.PARTS + 2 + 1
    poisoned = next(path for path in undisturbed if path.endswith("/6-7.parquet"))
    assert slow.made(store) == {path: found for path, found in undisturbed.items() if path != poisoned}
    assert list(states(slow.parts()).values()).count("failed") == 1
    execute(slow.parts(), Serial(), retry=True)
    assert resumed(store) == undisturbed


def test_workers_do_not_outlive_a_killed_driver_and_another_run_goes_on(store, start, undisturbed):
    driver = run(start, "processes")
    until(lambda: len(slow.made(store)) >= 4)
    workers = {pid for _, pid in slow.begun(store)}
    driver.kill()
    until(lambda: not any(alive(pid) for pid in workers), 10)
    before = slow.made(store)
    assert 4 <= len(before) < slow.PARTS
    assert resumed(store) == undisturbed
    assert before.items() <= undisturbed.items()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_a_killed_dask_worker_and_a_killed_scheduler_lose_nothing(store, start, undisturbed):
    address = f"tcp://127.0.0.1:{free_port()}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = ("-m", "dask")
    scheduler = start(*dask, "scheduler", "--host", address, "--dashboard-address", ":0", **quiet)
    start(*dask, "worker", address, "--nthreads", "1", "--nworkers", "2", "--no-dashboard", **quiet)
    driver = run(start, address)
    until(lambda: len(slow.made(store)) >= 2)
    os.kill(slow.begun(store)[-1][1], signal.SIGKILL)
    until(lambda: len(slow.made(store)) >= 6)
    scheduler.kill()
    code, _, err = ended(driver)
    assert code == 1
    assert f"the scheduler at {address} is gone: run again, what was made is there" in err
    before = slow.made(store)
    assert 6 <= len(before) < slow.PARTS
    time.sleep(0.5)  # workers that have lost their scheduler may still finish a part
    assert resumed(store) == undisturbed


def test_two_runs_at_once_make_every_part_once(store, start, undisturbed):
    both = [run(start, "serial") for _ in range(2)]
    assert [ended(one)[0] for one in both] == [0, 0]
    assert slow.made(store) == undisturbed
    assert sorted(seed for seed, _ in slow.begun(store)) == list(range(0, 2 * slow.PARTS, 2))
    assert len({pid for _, pid in slow.begun(store)}) == 2


def test_a_truncated_part_is_seen_and_made_anew(store, undisturbed):
    execute(slow.parts(), Serial())
    cut = slow.parts()[3].path
    cut.write_bytes(cut.read_bytes()[:-1])
    assert list(states(slow.parts()).values()).count("damaged") == 1
    with pytest.warns(UserWarning, match="damaged or no table of ours"):
        report = execute(slow.parts(), Serial())
    assert report.made == 1
    assert slow.made(store) == undisturbed


# Ctrl-C


def importing(process, store):
    return "numpy" in Path(f"/proc/{process.pid}/maps").read_text()


def starting_workers(process, store):
    children = [one for one in psutil.Process(process.pid).children() if "spawn_main" in str(one.cmdline())]
    return len(children) == 2 and all(time.time() - one.create_time() > 0.1 for one in children)


def making(process, store):
    return any(time.time() - lock.stat().st_mtime > 1 for lock in store.rglob(".*.lock"))


@pytest.mark.parametrize(
    ("executor", "moment", "times"),
    [
        ("serial", importing, 1),
        ("serial", making, 1),
        ("processes", starting_workers, 1),
        ("processes", making, 1),
        ("processes", making, 2),
        ("dask", starting_workers, 1),
        ("dask", making, 1),
    ],
)
def test_ctrl_c_is_one_sentence_whenever_it_comes(executor, moment, times, store, start):
    scripts = tomllib.loads((HERE.parent / "pyproject.toml").read_text())["project"]["scripts"]
    module, _, main = scripts["weightprobes"].partition(":")
    entry = ("-c", f"from {module} import {main}; {main}()")
    grid = ("run", "digits/0-1", "digits/2-3", "--hidden", "4000", "--executor", executor)
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    process = start(*entry, *grid, start_new_session=True, **pipes)
    until(lambda: moment(process, store))
    for _ in range(times):
        os.killpg(process.pid, signal.SIGINT)  # a terminal tells everyone
        time.sleep(0.05)
    code, _, err = ended(process)
    said = [line for line in err.splitlines() if not line.startswith("dashboard: ")]
    assert said == ["weightprobes: interrupted; what was made is kept"]
    assert code == 130
    until(lambda: not [one for one in psutil.pids() if session(one) == process.pid], 10)


def session(pid):
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return None


# What is mounted


@pytest.fixture
def disk(tmp_path, monkeypatch):
    """Mounts a small disk as the store, with the given options; again to change them."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def mount(options):
        again = "remount," if os.path.ismount(folder) else ""
        command = ["mount", "-t", "tmpfs", "-o", again + options, "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
        return folder

    use(folder, monkeypatch)
    yield mount
    if os.path.ismount(folder):
        subprocess.run(["umount", str(folder)], check=True)


def stopped():
    """The sentence that a run ends with which cannot write."""
    with pytest.raises(Unwritable) as error:
        execute(slow.parts(), Serial())
    assert "\n" not in str(error.value)
    return str(error.value)


def test_a_full_disk_stops_a_run_with_one_sentence_and_room_lets_it_go_on(disk, undisturbed):
    store = disk("size=64k")
    assert "No space left on device" in stopped()
    before = slow.made(store)
    assert before.items() < undisturbed.items()
    assert "failed" not in states(slow.parts()).values()
    disk("size=4m")
    assert resumed(store) == undisturbed


def test_a_read_only_folder_stops_a_run_with_one_sentence_and_is_left_as_it_was(disk, undisturbed):
    store = disk("size=4m")
    execute(slow.parts(5), Serial())
    before = slow.made(store)
    disk("ro")
    assert "Read-only file system" in stopped()
    assert slow.made(store) == before
    assert list(states(slow.parts()).values()).count("done") == 5
    disk("rw")
    assert resumed(store) == undisturbed
