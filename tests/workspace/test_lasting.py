"""What is committed lasts, what is not leaves no trace: killed, cut off, two writers at once."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from capacity.workspace import scenarios
from capacity.workspace.place import FILE, Workspace, WorkspaceError, open_workspace
from capacity.workspace.scenarios import Content, SavedWhatIf
from capacity.workspace.tables import VERSION
from tests.postgres import Postgres
from tests.workspace.hands import Hands
from tests.workspace.writer import marked, marks_of, text_of

REPOSITORY = Path(__file__).resolve().parents[2]


def first(where: str) -> str:
    """A workspace with a scenario on which writers write, and the scenario's identity."""
    workspace = open_workspace(where)
    option = SavedWhatIf("One", "ours.toml", {"ours.toml": text_of([])}, {})
    content = Content("ours.toml", {"ours.toml": text_of([])}, options=(option,))
    made = scenarios.keep_new(workspace, Hands().of(), content, "Ours")
    workspace.close()
    return made.id


def writer(where: str, scenario: str, times: int, mark: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.workspace.writer", where, scenario, str(times), mark]
    return subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)


def found(where: str, scenario: str) -> list[str]:
    """The marks of the latest version, after a look at every version there is."""
    workspace = open_workspace(where)
    try:
        mine = Hands().of()
        there = scenarios.open_scenario(workspace, mine, scenario)
        for version in scenarios.versions(workspace, mine, scenario):
            one = scenarios.open_scenario(workspace, mine, scenario, version.number)
            assert len(marks_of(one.content)) == version.number - 1
        assert there.revision == there.version.number
        return marks_of(there.content)
    finally:
        workspace.close()


def killed(where: str, moments: int) -> None:
    """Kill a writer at some moments: what it said it had saved is there, whole, and perhaps one."""
    scenario = first(where)
    sure: list[str] = []
    for moment in range(moments):
        process = writer(where, scenario, 10_000, f"m{moment}.")
        assert process.stdout is not None
        said = [process.stdout.readline().strip()]
        time.sleep(0.013 * (moment + 1))
        process.kill()
        said += [line.strip() for line in process.stdout.read().splitlines()]
        process.stdout.close()
        process.wait()
        there = found(where, scenario)
        sure += said
        assert there[: len(sure)] == sure
        assert len(there) <= len(sure) + 1  # saved, and killed before it could say so
        sure = there


def test_a_writer_that_is_killed_loses_nothing_it_said_was_saved(where: str) -> None:
    killed(where, 2)


@pytest.mark.slow
def test_many_writers_that_are_killed_lose_nothing(where: str) -> None:
    killed(where, 12)


@pytest.mark.database
@pytest.mark.slow
def test_a_server_whose_power_fails_loses_nothing_that_was_saved(server: Postgres) -> None:
    if server.folder is None:
        return  # the server whose address was given is not ours to stop
    with server.database() as where:
        scenario = first(where)
        process = writer(where, scenario, 10_000, "m")
        assert process.stdout is not None
        said = [process.stdout.readline().strip() for _ in range(3)]
        server.stop("immediate")
        said += [line.strip() for line in process.stdout.read().splitlines()]
        process.wait()
        process.stdout.close()
        server.start()
        there = found(where, scenario)
        assert there[: len(said)] == said
        assert len(there) <= len(said) + 1


def test_a_file_cut_off_anywhere_in_its_log_opens_at_a_whole_version(tmp_path: Path) -> None:
    """The log is what the disk may have only part of when the power fails."""
    there = tmp_path / "there"
    scenario = first(str(there))
    workspace = open_workspace(str(there))
    hands = Hands("b")
    with closing(sqlite3.connect(there / FILE)) as reader:
        reader.execute("SELECT * FROM unit").fetchall()  # it keeps the log from being folded in
        opened = scenarios.open_scenario(workspace, hands.of(), scenario)
        lengths, log = [0], there / f"{FILE}-wal"
        for number in range(4):
            now = marked(opened.content, f"n{number}")
            opened = scenarios.save(
                workspace, hands.of(), scenario, opened.revision, now, name="kept"
            )
            lengths.append(log.stat().st_size)
        whole = log.read_bytes()
        cut_at = {length + more for length in lengths for more in (-4097, -1, 0, 1, 33, 2000)}
        for number, length in enumerate(sorted(cut_at & set(range(len(whole) + 1)))):
            copy = tmp_path / f"cut {number}"
            copy.mkdir()
            shutil.copy(there / FILE, copy / FILE)
            (copy / f"{FILE}-wal").write_bytes(whole[:length])
            expected = sum(one <= length for one in lengths) - 1
            assert len(found(str(copy), scenario)) == expected, length
    workspace.close()


def test_two_writers_at_once_lose_nothing_of_either(where: str) -> None:
    scenario = first(where)
    times = 12
    both = [writer(where, scenario, times, mark) for mark in "ab"]
    for process in both:
        said, _ = process.communicate(timeout=120)
        assert process.returncode == 0
        assert len(said.splitlines()) == times
    there = found(where, scenario)
    assert sorted(there) == sorted(f"{mark}{n}" for mark in "ab" for n in range(times))
    for mark in "ab":  # each one's own in the order in which it wrote them
        mine = [one for one in there if one.startswith(mark)]
        assert mine == [f"{mark}{n}" for n in range(times)]


def test_programs_that_start_together_make_one_workspace(where: str) -> None:
    code = f"from capacity.workspace.place import open_workspace; open_workspace({where!r}).close()"
    every = [subprocess.Popen([sys.executable, "-c", code], cwd=REPOSITORY) for _ in range(3)]
    assert [process.wait(timeout=120) for process in every] == [0, 0, 0]
    workspace = open_workspace(where)
    assert scenarios.scenarios(workspace, Hands().of()) == ()
    workspace.close()


def test_what_fails_half_way_leaves_nothing(workspace: Workspace) -> None:
    hands = Hands()
    good = Content("ours.toml", {"ours.toml": "a = 1"})
    with pytest.raises(Exception, match="name of the scenario"):
        scenarios.keep_all(workspace, hands.of(), [("One", "U", good), ("\u0000", "U", good)])
    with workspace.reading() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(VERSION)).scalar() == 0
    assert scenarios.scenarios(workspace, hands.of()) == ()


def test_a_database_that_is_none_or_may_not_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / FILE).write_bytes(b"this is no database" * 500)
    with pytest.raises(WorkspaceError, match="cannot be used: file is not a database"):
        open_workspace(str(broken))
    taken = tmp_path / "taken"
    taken.write_text("a file", encoding="utf-8")
    with pytest.raises(WorkspaceError, match="no work can be kept here: file exists"):
        open_workspace(str(taken))
    with pytest.raises(WorkspaceError, match=r"postgresql\+psycopg://planner:\*\*\*@127\.0\.0\.1"):
        open_workspace("postgresql://planner:secret@127.0.0.1:1/none")
