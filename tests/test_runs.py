"""Runs: what is planned, what the files say, in which order it is made, by whom, and what fails."""

import os
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from resource import RLIMIT_AS, setrlimit

import psutil
import pytest
import slow
import torch
from filelock import FileLock

from weightprobes import paths
from weightprobes.engine.sweep import Sweep
from weightprobes.models import progress
from weightprobes.runs import cleaning, cluster, work
from weightprobes.runs.cluster import Dask, slurm
from weightprobes.runs.driver import execute
from weightprobes.runs.plan import Run
from weightprobes.runs.processes import Processes
from weightprobes.runs.queue import Queue
from weightprobes.runs.serial import Serial
from weightprobes.runs.status import STRETCH, seconds_left, states
from weightprobes.runs.work import Outcome
from weightprobes.tables import tables
from weightprobes.tables.files import Unwritable, remove
from weightprobes.tables.recipe import Part
from weightprobes.tables.stored import Networks, trained

QUICK = Run(
    ("digits/7-9",), ("prune-smallest", "noise-uniform"), seeds=3, block=2, hidden=(4,), strengths=(0, 0.5)
)

PRUNE = "tasks: [digits/7-9]\nprobes: prune-smallest\n"

#: Aliases of aliases: ten to the ninth texts once they are resolved.
BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


@pytest.fixture
def store(folders):
    """A store of this test's own."""
    return folders


# Plans


def test_a_plan_has_a_part_for_each_block_of_each_training_and_sweep():
    parts = list(replace(QUICK, tasks=("digits/7-9", "digits/0-1")).parts())
    assert len(parts) == len({part.path for part in parts}) == 2 * 2 * 3
    assert [list(part.items) for part in parts[:6]] == [[0, 1]] * 3 + [[2]] * 3
    for models, *sweeps in (parts[:3], parts[3:6]):
        assert isinstance(models.recipe, Networks)
        assert all(isinstance(part.recipe, Sweep) and part.needs is models for part in sweeps)


def test_without_probes_a_run_trains():
    assert all(isinstance(part.recipe, Networks) for part in replace(QUICK, probes=()).parts())


def test_a_run_file_is_the_run(tmp_path):
    file = tmp_path / "run.yml"
    file.write_text(
        "tasks: digits/7-9\nprobes: [prune-smallest, noise-uniform]\n"
        "seeds: 3\nblock: 2\nhidden: 4\nstrengths: [0, 0.5]\n"
    )
    assert Run.read(file) == QUICK


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("tasks: [a", "while parsing"),
        ("- digits/7-9", "a run has tasks, probes, seeds"),
        ("task: digits/7-9", "unknown entry 'task': choose one of tasks, probes"),
        ("seeds: 3", "a run without tasks"),
        ("tasks: [digits/7-9]\nseeds: many", "seeds of a run is 'many': give a whole number from 1 on"),
        ("tasks: [digits/7-9]\nblock: 0", "block of a run is 0"),
        ("tasks: [7]", "7 in tasks is no text"),
        ("tasks: [digits/7-9]\nhidden: [64, wide]", "'wide' in hidden is no whole number"),
        ("tasks: [digits/7-9]\nprobes: [prunes]", "unknown probe 'prunes': choose one of "),
        ("tasks: [digits/7-9]\nsettings: [published]", "choose one of as_published"),
        ("tasks: [digits/7-9]\nscaling: wide", "unknown input scaling 'wide'"),
        ("tasks: [digits/7-9]\nactivation: ''", "unknown activation ''"),
        ("tasks: [digits/7-9]\nhidden: [0]", "hidden widths (0,)"),
        ("tasks: [digits/7-9, digits/7]", "'digits/7' does not tell classes apart"),
        (PRUNE + "strengths: [2]", "strength 2.0 of Prune(order='smallest') is not between 0 and 1"),
        (PRUNE + "strengths: []", "0 strengths"),
        (PRUNE + "strengths:", "strengths has no value"),
        (PRUNE + f"strengths: 1{'0' * 400}", "too large"),
        ("tasks: [digits/7-9]\nseeds: 3\nseeds: 4", "seeds is there 2 times: leave one"),
        ("tasks: [digits/7-9]\nseeds: 1000000000000", "200,000,000,000 parts"),
        ("tasks: [digits/7-9]\nseeds: 2000000\nblock: 2000000", "2,000,000 networks of each task"),
        ("tasks: [digits/7-9]\nseeds: &few 3\nblock: *few", "line 2 has an anchor, alias or tag"),
        ("tasks: !!python/tuple [digits/7-9]", "line 1 has an anchor, alias or tag"),
        ("tasks: [[digits/7-9]]", "line 1 nests too deep"),
    ],
)
def test_a_mistake_in_a_run_file_is_one_sentence_that_names_it(tmp_path, text, said):
    file = tmp_path / "run.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=r"run\.yml: ") as error:
        Run.read(file)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("text", ["[" * 200_000, "- " * 200_000, "{" * 200_000, BOMB], ids=len)
def test_no_run_file_crashes_or_fills_the_memory(tmp_path, text):
    """In a process of its own, which the C parser used to take down with it."""
    file = tmp_path / "run.yml"
    file.write_text(text)
    run = subprocess.run(
        [Path(sys.executable).with_name("weightprobes"), "status", file],
        capture_output=True, text=True, preexec_fn=lambda: setrlimit(RLIMIT_AS, (2**31, 2**31)),
    )  # fmt: skip
    assert run.returncode == 2
    assert run.stderr.startswith(f"weightprobes: {file}: line ")
    assert run.stderr.count("\n") == 1


def test_a_name_that_is_there_twice_counts_once():
    twice = replace(QUICK, tasks=QUICK.tasks * 2, probes=QUICK.probes * 2)
    assert twice == QUICK
    assert replace(QUICK, hidden=(4, 4)).hidden == (4, 4)


@pytest.mark.parametrize("executor", [Processes, partial(Dask, "local")])
def test_no_workers_are_refused(executor):
    with pytest.raises(ValueError, match="the number of workers is 0"):
        executor(workers=0)


# What the files say


def counts(parts):
    found = list(states(parts).values())
    return {state: found.count(state) for state in set(found)}


def test_parts_are_missing_then_done_and_stay_done_when_consolidated(store):
    assert counts(QUICK.parts()) == {"missing": 6}
    assert execute(QUICK.parts(), Serial()).made == 6
    assert counts(QUICK.parts()) == {"done": 6}
    assert len(list(tables.consolidate())) == 2
    assert counts(QUICK.parts()) == {"done": 6}
    assert execute(QUICK.parts(), Serial()).made == 0


def test_models_that_nothing_needs_any_more_are_done(store):
    execute(QUICK.parts(), Serial())
    for path in paths.MODELS.rglob("*.safetensors"):
        path.unlink()
    assert counts(QUICK.parts()) == {"done": 6}
    *_, last = QUICK.parts()
    last.path.unlink()
    assert counts(QUICK.parts()) == {"done": 4, "missing": 2}


def test_blocks_of_another_size_are_seen(store):
    execute(QUICK.parts(), Serial())
    assert counts(replace(QUICK, block=1).parts()) == {"done": 9}
    assert counts(replace(QUICK, seeds=5, block=5).parts()) == {"missing": 3}


def test_a_notebook_and_a_run_use_the_same_parts(store, monkeypatch):
    execute(QUICK.parts(), Serial())
    monkeypatch.setattr(Sweep, "_make", lambda *_: pytest.fail("it is there"))
    training = next(QUICK.trainings())
    for sweep in QUICK.sweeps(training):
        assert sweep.table(range(3))["seed"].nunique() == 3
    assert trained(training, range(3)).seeds == (0, 1, 2)


def test_a_part_that_somebody_makes_is_running_and_one_whose_maker_died_is_missing(store):
    part = next(iter(slow.parts()))
    part.lock.parent.mkdir(parents=True)
    with FileLock(part.lock):
        assert states([part]) == {part: "running"}
        assert work.make(part, "cpu") == Outcome("held")
    assert states([part]) == {part: "missing"}


@pytest.mark.parametrize("cut", [1, 8, 50, 10**6])
def test_parts_that_are_cut_off_are_damaged_whatever_they_hold(store, cut):
    execute(QUICK.parts(), Serial())
    models, sweep, *_ = QUICK.parts()
    for part in (models, sweep):
        part.path.write_bytes(part.path.read_bytes()[:-cut])
    found = states([models, sweep])
    assert set(found.values()) == {"damaged"}


def test_time_left_is_the_pace_of_the_finished_times_what_is_missing(store):
    parts = slow.parts(12)
    execute(parts[:9], Serial())
    assert seconds_left(states(parts[9:])) is None
    # two workers finish together every 4 s, and a night passes between two bunches
    for number, part in enumerate(parts[:9]):
        time = 1e9 + 4 * (number // 2) + (10**5 if number >= 8 else 0)
        os.utime(part.path, (time, time))
    found = states(parts)
    assert list(found.values()).count("missing") == 3
    few = {part: state for part, state in found.items() if part in parts[:8] or state == "missing"}
    assert STRETCH == 8
    assert seconds_left(few) == pytest.approx(3 * 12 / 7)
    assert seconds_left(dict.fromkeys(parts[:9], "done")) == 0


def test_a_night_between_two_bunches_does_not_count(store):
    done, missing = slow.parts(30), slow.parts(33)[30:]
    for number, part in enumerate(done):
        part.path.parent.mkdir(parents=True, exist_ok=True)
        part.path.touch()
        time = 1e9 + 4 * (number // 2) + (10**5 if number >= 12 else 0)
        os.utime(part.path, (time, time))
    found = dict.fromkeys(done, "done") | dict.fromkeys(missing, "missing")
    assert seconds_left(found) == pytest.approx(3 * 2)


# The order of things


def test_sweeps_come_when_their_models_are_there():
    parts = list(QUICK.parts())
    queue, taken = Queue(parts), []
    while queue:
        part = queue.take()
        assert part.needs is None or part.needs in taken
        taken.append(part)
        queue.finish(part, Outcome("made"))
    assert set(taken) == set(parts)
    assert taken[:3] == parts[:3]


def test_what_waits_for_models_that_failed_is_dropped():
    parts = list(QUICK.parts())
    queue = Queue(parts)
    queue.finish(queue.take(), Outcome("failed"))
    queue.finish(queue.take(), Outcome("there"))
    assert [queue.take() for _ in range(3)] == [*parts[4:], None]
    assert not queue


def test_a_held_part_comes_again_after_a_pause(monkeypatch):
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    queue = Queue(slow.parts(1))
    part = queue.take()
    queue.finish(part, Outcome("held"))
    assert queue
    assert queue.take() is None
    now[0] += 1
    assert queue.take() is part


# Errors


def test_a_failed_part_leaves_its_error_and_the_others_are_made(store, monkeypatch):
    monkeypatch.setenv("BROKEN", "4")
    report = execute(slow.parts(4), Serial())
    assert (report.made, report.waiting) == (3, 0)
    ((part, error),) = report.errors.items()
    assert list(part.items) == [4, 5]
    assert error == part.error.read_text()
    assert error.strip().splitlines()[0].startswith("Traceback")
    assert error.strip().splitlines()[-1] == "ZeroDivisionError: this part is broken"
    assert counts(slow.parts(4)) == {"done": 3, "failed": 1}


def test_a_failed_part_is_tried_again_only_on_demand(store, monkeypatch):
    monkeypatch.setenv("BROKEN", "4")
    execute(slow.parts(4), Serial())
    monkeypatch.delenv("BROKEN")
    again = execute(slow.parts(4), Serial())
    assert (again.made, len(again.errors)) == (0, 1)
    retried = execute(slow.parts(4), Serial(), retry=True)
    assert (retried.made, retried.errors) == (1, {})
    assert counts(slow.parts(4)) == {"done": 4}


def test_sweeps_of_models_that_failed_wait(store, monkeypatch):
    monkeypatch.setattr("weightprobes.tables.stored.trained", lambda *_: 1 / 0)
    for made in (True, False):
        report = execute(QUICK.parts(), Serial())
        assert (report.made, len(report.errors), report.waiting) == (0, 2, 4), made
    assert counts(QUICK.parts()) == {"failed": 2, "missing": 4}


def test_a_part_made_elsewhere_meanwhile_is_not_made_again(store):
    part = next(iter(slow.parts()))
    execute([part], Serial())
    assert work.make(part, "cpu") == Outcome("there")
    assert len(slow.begun(store)) == 1


def test_what_another_run_made_meanwhile_is_not_told_as_made(store):
    parts = list(slow.parts(3))

    def executor(queue, device):
        parts[1].make(device)  # by another run, between our look at the files and our turn
        yield from Serial()(queue, device)

    report = execute(parts, executor)
    assert (report.parts, report.made, report.waiting) == (3, 2, 0)


def test_processes_sleep_while_all_that_is_left_is_held(store, monkeypatch):
    (part,) = slow.parts(1)
    part.lock.parent.mkdir(parents=True)
    asked, take = [], Queue.take
    monkeypatch.setattr(Queue, "take", lambda queue: asked.append(1) or take(queue))
    lock = FileLock(part.lock, thread_local=False)
    lock.acquire()
    threading.Timer(1.5, lock.release).start()
    assert execute([part], Processes(1)).made == 1
    assert len(asked) < 100


def test_who_looks_whether_a_part_is_locked_takes_it_from_nobody(store):
    (part,) = slow.parts(1)
    part.lock.parent.mkdir(parents=True)
    lock = FileLock(part.lock, thread_local=False)
    lock.acquire()
    threading.Timer(0.05, lock.release).start()
    assert work.make(part, "cpu") == Outcome("made")


def test_slurm_without_its_commands_is_refused_at_once(store, monkeypatch):
    monkeypatch.setenv("PATH", str(store))
    with pytest.raises(ValueError, match="there is no sbatch here"):
        execute(slow.parts(1), Dask("slurm"))


def test_a_lock_is_free_again_whatever_became_of_its_part(store, monkeypatch):
    def unwritable(*_):
        raise Unwritable("no room")

    monkeypatch.setattr(Part, "make", unwritable)
    part = next(iter(slow.parts()))
    with pytest.raises(Unwritable) as error:
        work.make(part, "cpu")
    assert states([part]) == {part: "missing"}, error


def test_a_part_is_made_by_one_thread_without_a_bar_and_both_come_back(store, monkeypatch):
    def noting(*_):
        seen.append((torch.get_num_threads(), progress.bar(disable=False).disable))

    seen: list = []
    part = next(iter(slow.parts()))
    monkeypatch.setattr(Part, "make", noting)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        work.make(part, "cpu")
        assert seen == [(1, True)]
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_nothing_but_the_parts_is_left(store):
    execute(slow.parts(4), Serial())
    files = [path for path in (store / "cells").rglob("*") if path.is_file()]
    assert len(files) == 4


def test_leftovers_are_what_is_no_part(store, monkeypatch):
    monkeypatch.setenv("BROKEN", "4")
    execute(slow.parts(4), Serial())
    good, cut, broken, *_ = slow.parts(4)
    cut.path.write_bytes(cut.path.read_bytes()[:-3])
    unfinished = good.path.with_name(".6-7.parquet.k1ll3d")
    unfinished.write_bytes(b"PAR1")
    good.lock.touch()
    empty = store / "models" / "empty"
    empty.mkdir(parents=True)
    with FileLock(cut.lock):
        expected = {cut.path, broken.error, unfinished, good.lock, empty}
        assert set(cleaning.removable()) == expected
        assert set(cleaning.removable(slow.parts(1))) == expected | {good.path}
        for path in cleaning.removable():
            remove(path)
    assert cleaning.removable() == [cut.lock]
    assert good.path.exists()


# Executors


def test_serial_processes_and_dask_give_the_same_bytes(store, monkeypatch, capfd):
    def files(folder):
        found = [path for path in folder.rglob("*") if path.suffix in (".parquet", ".safetensors")]
        return {str(path.relative_to(folder)): path.read_bytes() for path in found}

    execute(QUICK.parts(), Serial())
    here = {**files(store / "cells"), **files(store / "models")}
    assert len(here) == 6
    for executor in (Processes(1), Dask("local", 1)):
        folder = store / type(executor).__name__
        monkeypatch.setenv("WEIGHTPROBES_STORE", str(folder))
        report = execute(QUICK.parts(), executor)
        assert (report.made, report.errors) == (6, {})
        assert {**files(folder / "cells"), **files(folder / "models")} == here
    assert "dashboard: http://127.0.0.1:" in capfd.readouterr().err


def test_processes_end_with_their_run():
    assert list(Processes(1)(Queue([]), "cpu")) == []


def test_a_cluster_that_is_none_is_one_sentence():
    with pytest.raises(ValueError, match="unknown cluster 'somewhere': choose one of local, slurm"):
        Dask("somewhere")


@pytest.mark.parametrize("says", [None, b"", b"HTTP/1.1 400 No\r\n\r\n"], ids=["mute", "gone", "other"])
def test_a_server_that_is_no_scheduler_is_one_sentence_before_long(says, monkeypatch):
    def answer():
        with server.accept()[0] as caller:
            time.sleep(1) if says is None else caller.sendall(says)

    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as server, ThreadPoolExecutor(1) as pool:
        pool.submit(answer)
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(ValueError, match=f"no Dask scheduler answers at {address}"):
            list(Dask(address)(Queue([]), "cpu"))


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "tcp://", "tcp://127.0.0.1", "http://127.0.0.1:1"])
def test_an_address_where_nobody_is_is_one_sentence_before_long(address, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE", 0.3)
    with pytest.raises(ValueError, match=f"no Dask scheduler answers at {address}"):
        list(Dask(address)(Queue([]), "cpu"))


def test_a_cluster_of_this_machine_answers_nobody_else():
    with cluster._cluster("local", 1, "cpu"):
        ours = psutil.Process()
        sockets = [one for each in (ours, *ours.children(recursive=True)) for one in each.net_connections()]
        heard = {one.laddr.ip for one in sockets if one.status == psutil.CONN_LISTEN}
    assert heard == {"127.0.0.1"}


def test_a_slurm_job_is_one_worker_of_one_thread():
    with slurm(queue="short", walltime="02:00:00", account="me") as cluster:
        lines = cluster.job_script().splitlines()
    assert lines[0] == "#!/usr/bin/env bash"
    for told in ("-p short", "-A me", "-n 1", "--cpus-per-task=1", "--mem=4G", "-t 02:00:00"):
        assert f"#SBATCH {told}" in lines
    assert "export OMP_NUM_THREADS=1" in lines
    assert "distributed.cli.dask_worker" in lines[-1]
    assert "--nthreads 1" in lines[-1]
    assert "GPU" not in "".join(lines)


def test_a_slurm_job_for_a_gpu_asks_for_one_and_offers_it():
    with slurm("cuda") as cluster:
        script = cluster.job_script()
    assert "#SBATCH --gres=gpu:1" in script
    assert "--resources GPU=1" in script
