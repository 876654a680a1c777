"""Many jobs on this machine's cores or on a cluster, behind one small interface.

A job is a function of one value, both importable and small enough to be sent. What it returns does
not depend on where or in what order it runs; a worker that dies loses nothing but time.

Batches, sweeps and simulations all run here, on the standard library's processes or on Dask. Pages
have workers of their own (`capacity.app.processes`), because each piece of their work is ended by
itself.
"""

from __future__ import annotations

import gc
import os
import pickle
import platform
import signal
import threading
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import (
    FIRST_COMPLETED,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    wait,
)
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, suppress
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from capacity.errors import CapacityError, InputError, Problem
from capacity.version import __version__
from capacity.wording import installing

J = TypeVar("J")
R = TypeVar("R")

TRIES = 3
"""How often a job that its worker did not survive is tried alone before it is given up."""

WAITING = 10.0
"""Seconds that a scheduler has to answer, and then to show a worker."""

DECIDE = ("numpy", "scipy", "pandas", "highspy", "pulp", "xlsxwriter", "typst", "vl-convert-python")
"""Packages that decide a result's bytes, and must be the same on every worker."""

THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class LostError(CapacityError):
    """A job that no worker survived; most often its machine had too little memory."""


class _Failed:
    """An error that a job ended with, on its way back."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def each(
    function: Callable[[J], R], jobs: Sequence[J], *, workers: int, scheduler: str | None = None
) -> Generator[tuple[int, R | Exception], None, None]:
    """Yield the place of each job and what it came to, a result or its error, as they finish.

    One worker is this process itself; several are processes of this machine, or those of the Dask
    scheduler at an address such as `tcp://10.0.0.5:8786`, all that it has. A worker that dies is
    replaced and its job tried again, `TRIES` times alone before a LostError is its outcome. Closing
    the iterator (or ctrl-C) stops what runs.

    Yields:
        One pair for each job.

    Raises:
        InputError: if there is no such cluster or it is not as it must be.
    """
    if scheduler is not None:
        yield from _on_cluster(function, jobs, scheduler)
    elif workers == 1:
        yield from ((place, _outcome(_done(function, job))) for place, job in enumerate(jobs))
    else:
        yield from _on_cores(function, jobs, workers)


def in_order(function: Callable[[J], R], jobs: Sequence[J], *, workers: int) -> Iterator[R]:
    """Yield what each job comes to on this machine, in the order of the jobs.

    Raises:
        Exception: that of the first job in order that failed, once those before it are yielded; the
            others are stopped.
    """
    ready: dict[int, R | Exception] = {}
    following = 0
    with closing(each(function, jobs, workers=workers)) as outcomes:
        for place, outcome in outcomes:
            ready[place] = outcome
            while following in ready:
                outcome = ready.pop(following)
                if isinstance(outcome, Exception):
                    raise outcome
                yield outcome
                following += 1


def cores() -> int:
    """Return how many processes this one may run at once."""
    try:
        return max(len(os.sched_getaffinity(0)), 1)
    except AttributeError:  # not every system tells
        return os.cpu_count() or 1


def side_by_side(threads: int, function: Callable[..., R], *series: Iterable[Any]) -> Iterator[R]:
    """Yield what a function returns, in order, on so many threads.

    NumPy and what is compiled let the others run.

    Yields:
        One for each entry of the series.
    """
    if threads == 1:
        yield from map(function, *series)
        return
    with ThreadPoolExecutor(threads) as pool:
        yield from pool.map(function, *series)


OBJECTS = 100_000
"""New objects after which Python looks for forgotten ones: some ten megabytes of them."""


def tidy_seldom() -> None:
    """Look for forgotten objects seldom: a plan writes thousands at a time, all of them wanted.

    Looking after every few hundred took a tenth of a plan's time.
    """
    gc.set_threshold(OBJECTS, 20, 20)


def one_thread() -> None:
    """Have the libraries that are yet to be loaded use one thread, so that cores are not shared."""
    for name in THREADS:
        os.environ[name] = "1"


def _done(function: Callable[[J], R], job: J) -> R | _Failed:
    """Return what a job comes to; an error with where it happened, fit to be sent."""
    try:
        return function(job)
    except Exception as error:
        error.add_note(traceback.format_exc())
        return _Failed(_sendable(error))


def _sendable(error: Exception) -> Exception:
    """Return an error that arrives as it was sent, else one that says the same."""
    try:
        arrived = pickle.loads(pickle.dumps(error))
    except Exception:
        arrived = None
    if type(arrived) is type(error) and str(arrived) == str(error):
        return error
    plain = RuntimeError(f"{type(error).__name__}: {error}")
    plain.__notes__ = list(getattr(error, "__notes__", ()))
    return plain


def _outcome(came_back: R | _Failed) -> R | Exception:
    return came_back.error if isinstance(came_back, _Failed) else came_back


# Processes of this machine -----------------------------------------------------------------


class _Pool:
    """Processes that end with this one, at once when told or when it dies."""

    def __init__(self, workers: int) -> None:
        context = get_context("spawn")
        held, self.lifeline = context.Pipe(duplex=False)
        self.held = held
        self.executor = ProcessPoolExecutor(
            workers, mp_context=context, initializer=_start, initargs=(held,)
        )

    def submit(self, function: Callable[[J], R], job: J) -> Future[R | _Failed]:
        """Hand a job to a process.

        Raises:
            BrokenProcessPool: a process died, also where that closed the pool's pipes while
                another was being started, of which Python says only that a handle is closed.
        """
        try:
            return self.executor.submit(_done, function, job)
        except OSError as error:
            if error.errno is not None:  # the machine itself refuses another process
                raise
            raise BrokenProcessPool(str(error)) from error

    def close(self, *, now: bool) -> None:
        """End the processes: now, or once they have nothing left to do."""
        if now:
            self.lifeline.close()
        self.executor.shutdown(wait=True, cancel_futures=True)
        self.lifeline.close()
        self.held.close()


def _start(lifeline: Connection) -> None:
    """Make this process a worker: one thread, deaf to ctrl-C, gone with the one that started it."""
    one_thread()
    tidy_seldom()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(lifeline,), daemon=True).start()


def _end_with(lifeline: Connection) -> None:
    with suppress(EOFError, OSError):
        lifeline.recv_bytes()
    os._exit(1)


def _on_cores(
    function: Callable[[J], R], jobs: Sequence[J], workers: int
) -> Iterator[tuple[int, R | Exception]]:
    """Yield outcomes from several processes.

    Which job killed its worker cannot be told when all workers of a pool are lost with it; so
    those that were under way then are tried again one at a time, and only a death alone counts.
    """
    waiting, suspects, deaths = deque(range(len(jobs))), deque[int](), dict[int, int]()
    under_way: dict[Future[R | _Failed], int] = {}
    pool = _Pool(min(workers, max(len(jobs), 1)))
    finished = False
    try:
        while waiting or suspects or under_way:
            alone = bool(suspects)
            source, most = (suspects, 1) if alone else (waiting, workers)
            lost: list[int] = []
            try:
                while source and len(under_way) < most:
                    under_way[pool.submit(function, jobs[source[0]])] = source[0]
                    source.popleft()
            except BrokenProcessPool:
                pass  # a worker died between two jobs: those under way say so below
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                place = under_way.pop(future)
                try:
                    came_back = future.result()
                except BrokenProcessPool:
                    lost.append(place)
                    continue
                yield place, _outcome(came_back)
            if lost or not done:
                lost += under_way.values()
                under_way.clear()
                pool.close(now=True)
                pool = _Pool(min(workers, len(jobs)))
                if alone and lost:
                    deaths[lost[0]] = deaths.get(lost[0], 0) + 1
                    if deaths[lost[0]] >= TRIES:
                        yield lost[0], _lost()
                        continue
                suspects.extendleft(sorted(lost, reverse=True))
        finished = True
    finally:
        pool.close(now=not finished)


def _lost() -> LostError:
    return LostError(
        f"its process was ended from outside {TRIES} times, most likely because memory ran out"
    )


# A cluster ---------------------------------------------------------------------------------


@cache
def installed() -> dict[str, str]:
    """Return the versions of what decides a result's bytes, by package.

    Returns:
        One text for each package.
    """
    found = {"python": ".".join(platform.python_version_tuple()[:2]), "capacity": __version__}
    for name in DECIDE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return found


def _on_cluster(
    function: Callable[[J], R], jobs: Sequence[J], address: str
) -> Iterator[tuple[int, R | Exception]]:
    """Yield outcomes from the workers of a Dask scheduler."""
    client = _connected(address)
    import distributed

    untyped: Any = distributed
    under_way: dict[Any, int] = {}
    waiting = deque(range(len(jobs)))
    try:
        _check_workers(client, address)
        arriving = untyped.as_completed(loop=client.loop)
        while waiting or under_way:
            most = max(2 * sum(client.nthreads().values()), 1)
            while waiting and len(under_way) < most:
                place = waiting.popleft()
                future = client.submit(_there, function, jobs[place], installed(), pure=False)
                under_way[future] = place
                arriving.add(future)
            future = next(arriving)
            place = under_way.pop(future)
            try:
                outcome = _outcome(future.result())
            except untyped.KilledWorker:
                outcome = _lost()
            except untyped.CancelledError as error:
                raise _gone(address) from error
            future.release()
            yield place, outcome
    except OSError as error:
        raise _gone(address) from error
    finally:
        with suppress(Exception):
            client.cancel(list(under_way), force=True)
        client.close(timeout=2)


def _there(function: Callable[[J], R], job: J, wanted: dict[str, str]) -> R | _Failed:
    """Return what a job comes to on a worker, which may have joined after all were looked at."""
    differing = _differing({"this worker": installed()}, wanted)
    if differing:
        return _Failed(RuntimeError(f"a worker of the cluster is not as it must be: {differing}"))
    return _done(function, job)


def _connected(address: str) -> Any:
    """Return a client of the scheduler at an address, or say why there is none."""
    try:
        import distributed
    except ImportError as error:
        must = f"needs Dask, which is not installed; install it with: {installing('cluster')}"
        raise InputError([Problem("--scheduler", None, "", must)]) from error
    must = "must be the address of a running Dask scheduler, such as tcp://10.0.0.5:8786"
    try:
        untyped: Any = distributed
        return untyped.Client(address, timeout=WAITING, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        # The client that came to nothing is not kept here and now: found forgotten later, in a
        # thread that Dask just waits for, it would keep that one waiting too.
        traceback.clear_frames(error.__traceback__)
        gc.collect()
        why = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError([Problem("--scheduler", None, "", f"{must}: {why}", address)]) from error


def _check_workers(client: Any, address: str) -> None:
    """Refuse a cluster with no worker, or with workers that would give other results."""
    try:
        client.wait_for_workers(1, timeout=WAITING)
    except TimeoutError as error:
        must = "must have a worker, and has none"
        use = f"`dask worker {address} --nthreads 1` on each machine"
        raise InputError([Problem("--scheduler", None, "", must, address, use)]) from error
    try:
        found = client.run(installed, on_error="return")
    except Exception as error:
        found = {"a worker": error}
    differing = _differing(found, installed())
    if differing:
        must = f"must have workers with the same versions as this machine: {differing}"
        raise InputError([Problem("--scheduler", None, "", must, address)])


def _differing(found: dict[str, Any], wanted: dict[str, str]) -> str:
    """Return in words what differs between workers and what must be there."""
    told = []
    for worker, has in found.items():
        if not isinstance(has, dict):
            told.append(f"{worker} cannot load capacity {wanted['capacity']}: {has}")
            continue
        told += [
            f"{worker} has {name} {has.get(name, 'none')}, not {value}"
            for name, value in wanted.items()
            if has.get(name) != value
        ]
    return "; ".join(told[:5]) + ("; …" if len(told) > 5 else "")


def _gone(address: str) -> InputError:
    must = "stopped answering; what is finished is kept, and the same command goes on from there"
    return InputError([Problem("--scheduler", None, "", must, address)])
