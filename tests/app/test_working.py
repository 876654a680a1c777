"""Long work: shown, kept, stopped, and never left behind. What is worked out is real."""

import operator
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from streamlit.testing.v1 import AppTest

from capacity import stages
from capacity.app import outlooks, processes
from capacity.app.processes import Turn, Workers
from capacity.app.working import Results, job_of
from capacity.reading.scenario import read
from capacity.results.tables import tables
from tests import errands

SLOW = "three-offices"


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    """One worker, so that everyone but the first must wait."""
    found = Workers(1)
    yield found
    found.end()


def answers(turn: Turn) -> list[tuple[str, Any]]:
    """Everything that a worker says up to the end of its work."""
    found = []
    while True:
        kind, what = turn.answer(60.0)
        found.append((kind, what))
        if kind not in ("said", "nothing"):
            return found


def gone(pid: int) -> bool:
    """Whether a process ends within some seconds, whoever has to bury it."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        stat = Path(f"/proc/{pid}/stat")
        if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.05)
    return False


# --- Workers -------------------------------------------------------------------------------


@pytest.mark.slow
def test_what_a_worker_finds_is_what_we_find_ourselves(workers: Workers) -> None:
    scenario = read("norfolk-2024").replace({"months": 12})
    with workers.turn("plan") as turn:
        assert turn.begin(job_of(stages.run, (scenario,)))
        [(kind, found)] = answers(turn)
    assert kind == "done"
    ours = tables(stages.run(scenario))
    for name, table in tables(found).items():
        assert table.equals(ours[name]), name


@pytest.mark.slow
def test_a_worker_says_how_it_goes(workers: Workers) -> None:
    fixed = stages.run(read("norfolk-2024").replace({"months": 12}), fixed=True)
    with workers.turn("futures") as turn:
        assert turn.begin(job_of(outlooks.outlook, (fixed, 1, 20)))
        said = answers(turn)
    assert said[:2] == [("said", "20 simulations"), ("said", "what matters most")]
    kind, found = said[-1]
    assert kind == "done"
    ours = outlooks.outlook(fixed, 1, 20)
    assert list(found) == list(ours)
    assert all(table.equals(ours[name]) for name, table in found.items())


def test_a_worker_serves_again_and_again(workers: Workers) -> None:
    served = []
    for name in ("one", "two"):
        with workers.turn(name) as turn:
            assert turn.begin(job_of(os.getpid, ()))
            served += answers(turn)
    assert served[0] == served[1]
    assert served[0] != ("done", os.getpid())


def test_turns_come_in_the_order_of_asking(workers: Workers) -> None:
    with workers.turn("first") as first:
        assert first.begin(job_of(os.getpid, ()))
        with workers.turn("second") as second, workers.turn("third") as third:
            assert not second.begin(job_of(os.getpid, ()))
            answers(first)
            first.give_back()
            assert not third.begin(job_of(os.getpid, ()))
            assert second.begin(job_of(os.getpid, ()))


def test_nothing_is_worked_out_twice_at_a_time() -> None:
    two = Workers(2)
    try:
        with two.turn("same") as first, two.turn("same") as again, two.turn("other") as other:
            assert first.begin(job_of(os.getpid, ()))
            assert not again.begin(job_of(os.getpid, ()))
            assert other.begin(job_of(os.getpid, ()))
    finally:
        two.end()


def test_who_asks_alone_for_what_is_being_worked_out_waits_though_a_worker_is_free() -> None:
    two = Workers(2)
    try:
        with two.turn("same") as again, two.turn("same") as first:
            assert not first.begin(job_of(os.getpid, ()))  # the other asked before
            assert again.begin(job_of(os.getpid, ()))
            assert not first.begin(job_of(os.getpid, ()))
            answers(again)
            again.give_back()
            assert first.begin(job_of(os.getpid, ()))
    finally:
        two.end()


def test_work_that_is_left_is_ended_at_once(workers: Workers) -> None:
    with workers.turn("long") as turn:
        assert turn.begin(job_of(time.sleep, (600,)))
        assert turn.process is not None
        process = turn.process
        assert turn.answer(0.05)[0] == "nothing"
    assert process.process.poll() is not None


def test_a_worker_that_is_killed_is_a_fault_and_the_next_one_works(workers: Workers) -> None:
    with workers.turn("killed") as turn:
        assert turn.begin(job_of(time.sleep, (600,)))
        assert turn.process is not None
        os.kill(turn.process.process.pid, signal.SIGKILL)
        [(kind, _)] = answers(turn)
        assert kind == "fault"
    with workers.turn("next") as turn:
        assert turn.begin(job_of(operator.add, (2, 3)))
        assert answers(turn) == [("done", 5)]


@pytest.mark.slow
def test_a_worker_that_held_much_memory_is_replaced(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids = []
    held = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    monkeypatch.setattr(processes, "HEAVY", 1)
    for name in ("heavy", "after"):
        with workers.turn(name) as turn:
            # More than this process: a worker cannot tell less from what it began with.
            assert turn.begin(job_of(errands.hold, (held + 20_000_000,)))
            assert answers(turn)[-1][0] == "done"
            assert turn.process is not None
            pids.append(turn.process.process.pid)
    assert pids[0] != pids[1]


def test_a_worker_ends_with_the_server_that_started_it() -> None:
    code = "import os; from capacity.app.processes import Process; "
    code += "print(Process().process.pid, flush=True); os._exit(1)"
    server = [sys.executable, "-c", code]
    with subprocess.Popen(server, stdout=subprocess.PIPE, text=True) as started:
        assert started.stdout is not None
        pid = int(started.stdout.readline())
    assert gone(pid)


@pytest.mark.slow
def test_a_worker_needs_nothing_of_the_pages() -> None:
    code = "import sys, capacity.app.outlooks, capacity.app.worker; "
    code += "print('streamlit' in sys.modules, 'altair' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["False", "False"]


def test_what_was_asked_for_last_is_kept() -> None:
    kept = Results(100)
    kept.put("a", ("done", 1), 40)
    kept.put("b", ("done", 2), 40)
    assert kept.get("a") == ("done", 1)
    kept.put("c", ("done", 3), 40)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (("done", 1), None, ("done", 3))
    kept.put("larger than all room", ("done", 4), 400)
    assert kept.get("larger than all room") == ("done", 4)
    assert kept.get("c") is None


# --- On a page -----------------------------------------------------------------------------


def page() -> None:
    import math
    import operator
    import os
    import time

    import streamlit as st

    from capacity.app.working import worked_out
    from capacity.errors import InputError
    from capacity.reading import scenario

    st.text(f"pid {worked_out('Asking', 'key', os.getpid)}")
    try:
        worked_out("Reading", "nowhere.toml", scenario.read, "nowhere.toml")
    except InputError as error:
        st.text(f"{len(error.problems)} refused: {error.problems[0].must[:12]}")
    if "long" in st.query_params:
        st.text(f"slept {worked_out('Sleeping …', 'long', time.sleep, 600, seconds=0.2)}")
    if "wrong" in st.query_params:
        worked_out("Dividing …", "wrong", operator.truediv, 7123, 0)
        worked_out("Rooting …", "secret", math.sqrt, -7123)


def opened(**address: str) -> AppTest:
    at = AppTest.from_function(page, default_timeout=60)
    for name, value in address.items():
        at.query_params[name] = value
    return at.run()


def texts(at: AppTest) -> list[str]:
    assert not at.exception, [one.value for one in at.exception]
    return [str(one.value) for one in (*at.text, *at.markdown)]


def test_a_result_is_worked_out_elsewhere_and_kept_for_every_session() -> None:
    first, second = texts(opened()), texts(opened())
    assert first == second
    assert first[0] != f"pid {os.getpid()}"
    assert first[1] == "1 refused: no such file"


@pytest.mark.slow
def test_work_that_takes_too_long_is_stopped_and_can_be_tried_again() -> None:
    at = opened(long="yes")
    said = "**Stopped after 0.2 seconds, the most it may take:** sleeping"
    assert said in texts(at)
    assert "slept None" in texts(at)
    [again] = [button for button in at.button if button.label == "Work it out again"]
    began = time.monotonic()
    again.click().run()
    assert time.monotonic() - began >= 0.2  # it was tried
    assert said in texts(at)


@pytest.mark.slow
def test_a_fault_of_ours_is_told_without_what_was_worked_on(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    at = opened(wrong="yes")
    told = "**Something went wrong in the application:** "
    assert {f"{told}dividing", f"{told}rooting"} <= set(texts(at))
    log = capfd.readouterr().err + caplog.text
    assert "ZeroDivisionError" in log
    assert "worker.py" in log
    assert "7123" not in log


@pytest.mark.slow
def test_a_team_worked_out_on_a_page_is_the_engines_own() -> None:
    base = read("norfolk-2024")
    at = AppTest.from_function(sizing, default_timeout=60).run()
    posts = stages.run(base.replace({"months": 12})).options[1].staff.posts
    assert texts(at) == [repr(posts.sum())]


def sizing() -> None:
    import streamlit as st

    from capacity.app import results
    from capacity.app.toml_text import WhatIf
    from capacity.reading.scenario import read

    found = results.sized_of(read("norfolk-2024"), WhatIf({"months": 12}))
    st.text(repr(found.plan.options[1].staff.posts.sum()))


# --- In a browser --------------------------------------------------------------------------


def test_a_team_is_worked_out_stopped_and_worked_out_again(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/team-size?scenario={SLOW}")  # long enough to be stopped
    page.get_by_role("button", name="Work out the team", exact=True).click()
    page.get_by_role("button", name="Stop", exact=True).click(timeout=30_000)
    expect(page.get_by_text("working out the team needed")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("Figures are for current posts until")).to_be_visible()
    expect(page.get_by_text("Posts by year and grade", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Work it out again").click()
    expect(page.get_by_text("Posts by year and grade", exact=True)).to_be_visible(timeout=90_000)
    expect(page.get_by_text("Figures are for current posts until")).to_have_count(0)


def test_a_page_that_is_closed_ends_its_work(page: Page, app_address: str) -> None:
    page.goto(f"{app_address}/how-certain?scenario={SLOW}&months=84")  # long enough to be ended
    page.get_by_role("button", name="Stop", exact=True).wait_for(timeout=60_000)
    before = workers_of(app_address)
    page.close()
    deadline = time.monotonic() + 30
    while before <= workers_of(app_address) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(before - workers_of(app_address)) == 1


def workers_of(address: str) -> set[int]:
    """The workers of the server at an address."""
    port = address.rpartition(":")[2]
    listed = subprocess.run(
        ["ps", "-eww", "-o", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [line.split(maxsplit=2) for line in listed.splitlines()]
    servers = {pid for pid, _, args in rows if f"--server.port={port}" in args}
    return {int(pid) for pid, parent, args in rows if parent in servers and "worker.py" in args}
