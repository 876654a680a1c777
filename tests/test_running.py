"""Many jobs: the same results on one worker, on several and on a cluster, whoever dies."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path
from typing import Any

import pytest

from capacity import running
from capacity.errors import InputError, Problem, SolverError
from tests import errands
from tests.serving import free_port

HERE = Path(__file__).resolve().parents[1]
PATIENCE = 120
"""Seconds after which something that must happen has not happened."""


def until(holds: Callable[[], bool]) -> None:
    """Wait for something that happens in another process."""
    for _ in range(PATIENCE * 50):
        if holds():
            return
        time.sleep(0.02)
    raise AssertionError("it never happened")


def is_there(process: int) -> bool:
    """Whether a process runs; one that is gone and not yet fetched does not."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def pids(folder: Path) -> list[int]:
    return [int(one.name) for one in folder.iterdir() if one.name.isdigit()]


def outcomes(function: Callable[[Any], Any], jobs: list[Any], **more: Any) -> list[Any]:
    """What jobs come to, in their order, each once."""
    pairs = list(running.each(function, jobs, **more))
    assert sorted(place for place, _ in pairs) == list(range(len(jobs)))
    return [outcome for _, outcome in sorted(pairs, key=lambda pair: pair[0])]


# This machine ------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_every_job_has_its_outcome(workers: int) -> None:
    assert outcomes(errands.square, list(range(9)), workers=workers) == [n * n for n in range(9)]


@pytest.mark.parametrize("workers", [1, 2])
def test_no_jobs(workers: int) -> None:
    assert outcomes(errands.square, [], workers=workers) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_errors_are_outcomes_and_stop_no_other(workers: int) -> None:
    kinds = ["input", "fine", "solver", "value", "awkward"]
    bad, fine, unsolved, value, awkward = outcomes(errands.fail, kinds, workers=workers)
    problem = Problem("a.toml", 3, "months", "must be whole", "2.5")
    assert isinstance(bad, InputError)
    assert bad.problems == (problem, problem)
    assert str(bad) == f"{problem}\n{problem}"
    assert fine == "fine"
    assert isinstance(unsolved, SolverError)
    assert (unsolved.status, str(unsolved)) == (
        "unknown",
        "the solver gave no proven answer while trying: unknown",
    )
    assert (type(value), str(value)) == (ValueError, "no")
    assert "ab" in str(awkward)
    assert "in fail" in "".join(awkward.__notes__)


@pytest.mark.parametrize("workers", [1, 2])
def test_outcomes_in_the_order_of_the_jobs(workers: int) -> None:
    assert list(running.in_order(errands.late, range(4), workers=workers)) == [0, 1, 2, 3]


def test_in_order_the_first_error_ends_it() -> None:
    done = running.in_order(errands.fail, ["fine", "value", "fine"], workers=2)
    assert next(done) == "fine"
    with pytest.raises(ValueError, match="no"):
        next(done)


def test_errors_of_ours_can_be_sent() -> None:
    for error in (InputError([Problem("f", 1, "s", "must")]), SolverError("lost", "solving")):
        arrived = pickle.loads(pickle.dumps(error))
        assert (type(arrived), str(arrived), vars(arrived)) == (
            type(error),
            str(error),
            vars(error),
        )


def test_each_worker_has_one_thread() -> None:
    assert outcomes(errands.threads, [1, 2], workers=2) == [["1", "1", "1"]] * 2


def test_a_worker_that_dies_loses_nothing(tmp_path: Path) -> None:
    jobs = ["", str(tmp_path / "a"), "", "", str(tmp_path / "b"), ""]
    assert outcomes(errands.die_once, jobs, workers=2) == jobs


def test_a_pool_that_breaks_while_a_process_starts_is_a_broken_pool() -> None:
    """A death closes this pipe; the process that was starting then was to inherit it."""
    pool = running._Pool(2)
    try:
        pool.executor._call_queue._reader.close()
        with pytest.raises(BrokenProcessPool):
            pool.submit(abs, -1)
    finally:
        pool.close(now=True)


def test_a_job_that_no_worker_survives_is_given_up_and_no_other(tmp_path: Path) -> None:
    jobs = ["", "", str(tmp_path / "deaths"), "", ""]
    found = outcomes(errands.die, jobs, workers=2)
    assert isinstance(found[2], running.LostError)
    assert "memory ran out" in str(found[2])
    assert [found[n] for n in (0, 1, 3, 4)] == [""] * 4
    deaths = len((tmp_path / "deaths").read_text())
    assert deaths in (running.TRIES, running.TRIES + 1)  # once more if others were under way


def test_a_worker_killed_from_outside(tmp_path: Path) -> None:
    each = running.each(errands.note, [str(tmp_path)] * 4, workers=2)
    got: list[tuple[int, Any]] = []

    def killed() -> Iterator[None]:
        until(lambda: len(pids(tmp_path)) == 2)
        os.kill(pids(tmp_path)[0], signal.SIGKILL)
        (tmp_path / "go").touch()
        yield

    import threading

    killer = threading.Thread(target=lambda: list(killed()))
    killer.start()
    got += each
    killer.join()
    assert sorted(place for place, _ in got) == [0, 1, 2, 3]
    assert all(isinstance(pid, int) for _, pid in got)


def test_stopping_in_the_middle_ends_every_worker(tmp_path: Path) -> None:
    (tmp_path / "go").touch()
    jobs = [str(tmp_path / "never"), str(tmp_path), str(tmp_path / "never")]
    (tmp_path / "never").mkdir()
    each = running.each(errands.note, jobs, workers=2)
    assert next(each)[0] == 1  # the first job was handed out before it
    until(lambda: bool(pids(tmp_path / "never")))
    each.close()
    until(lambda: not any(is_there(one) for one in pids(tmp_path) + pids(tmp_path / "never")))


SCRIPT = """
import signal
import sys
from capacity import running
from tests import errands
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    try:
        list(running.each(errands.note, [sys.argv[1]] * 3, workers=2))
    except KeyboardInterrupt:
        print("stopped")
"""


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_no_worker_outlives_the_command(how: signal.Signals, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    notes = tmp_path / "notes"
    notes.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(HERE)}
    command = [sys.executable, str(script), str(notes)]
    with subprocess.Popen(
        command,
        cwd=HERE,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as running_:
        try:
            until(lambda: len(pids(notes)) == 2)
            if how == signal.SIGINT:
                os.killpg(running_.pid, how)  # as a terminal does
            else:
                running_.kill()
            told, _ = running_.communicate(timeout=PATIENCE)
        finally:
            running_.kill()
    assert told == ("stopped\n" if how == signal.SIGINT else "")
    until(lambda: not any(is_there(one) for one in pids(notes)))


# A cluster ---------------------------------------------------------------------------------


class Cluster:
    """A Dask scheduler and its workers, each a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"tcp://127.0.0.1:{free_port()}"
        self.processes: list[subprocess.Popen[bytes]] = []
        port = self.address.rpartition(":")[2]
        self.start("scheduler", "--host", "127.0.0.1", "--port", port, "--no-dashboard")

    def start(self, *words: str, **environment: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "distributed.cli.dask_" + words[0], *words[1:]]
        log = (self.folder / f"{len(self.processes)}.log").open("wb")
        made = subprocess.Popen(
            command,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(HERE), **environment},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        log.close()
        self.processes.append(made)
        return made

    def worker(self, **environment: str) -> subprocess.Popen[bytes]:
        words = ("--nthreads", "1", "--host", "127.0.0.1", "--no-dashboard")
        return self.start("worker", self.address, *words, **environment)

    def close(self) -> None:
        for one in reversed(self.processes):
            os.killpg(one.pid, signal.SIGKILL)  # with what it started
            one.wait()


@pytest.fixture
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        yield made
    finally:
        made.close()


@pytest.mark.slow
def test_a_cluster_gives_the_same_outcomes_and_survives_its_workers(
    cluster: Cluster, tmp_path: Path
) -> None:
    for _ in range(2):
        cluster.worker()
    there = {"workers": 1, "scheduler": cluster.address}
    assert outcomes(errands.square, list(range(9)), **there) == [n * n for n in range(9)]
    kinds = ["input", "fine", "solver", "value"]
    here = outcomes(errands.fail, kinds, workers=1)
    away = outcomes(errands.fail, kinds, **there)
    assert [str(one) for one in away] == [str(one) for one in here]
    assert [type(one) for one in away] == [type(one) for one in here]
    jobs = ["", str(tmp_path / "a"), "", str(tmp_path / "b")]
    assert outcomes(errands.die_once, jobs, **there) == jobs


@pytest.mark.slow
def test_a_scheduler_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WAITING", 0.5)
    address = f"tcp://127.0.0.1:{free_port()}"
    with pytest.raises(InputError) as error:
        outcomes(errands.square, [1], workers=1, scheduler=address)
    (problem,) = error.value.problems
    assert problem.file == "--scheduler"
    assert problem.must.startswith(
        "must be the address of a running Dask scheduler, such as tcp://"
    )
    assert problem.got == address


@pytest.mark.parametrize("address", ["nonsense", "udp://1.2.3.4:5", "tcp://", ""])
def test_an_address_that_is_none(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WAITING", 0.5)
    with pytest.raises(InputError, match="must be the address of a running Dask scheduler"):
        outcomes(errands.square, [1], workers=1, scheduler=address)


@pytest.mark.slow
def test_a_cluster_without_workers_and_one_with_others(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(running, "WAITING", 3.0)
    with pytest.raises(InputError, match="must have a worker, and has none"):
        outcomes(errands.square, [1], workers=1, scheduler=cluster.address)
    other = tmp_path / "capacity"  # a worker on which another version is installed
    other.mkdir()
    (other / "__init__.py").write_text("")
    (other / "version.py").write_text('__version__ = "0.0.1"\n')
    for name in ("running", "errors", "wording"):
        (other / f"{name}.py").write_bytes((HERE / "capacity" / f"{name}.py").read_bytes())
    monkeypatch.setattr(running, "WAITING", 30.0)
    cluster.worker(PYTHONPATH=str(tmp_path))
    with pytest.raises(InputError, match=r"has capacity 0\.0\.1, not "):
        outcomes(errands.square, [1], workers=1, scheduler=cluster.address)


def test_without_dask(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install --no-index -f wheels 'capacity\[cluster\]'"):
        outcomes(errands.square, [1], workers=1, scheduler="tcp://127.0.0.1:1")
