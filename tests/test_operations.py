"""The command in a scheduled job: stopped, misconfigured, on a full disk, with noisy libraries."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from capacity import cli
from capacity.errors import InputError, OutputError
from capacity.files.fetching import fetch
from capacity.report import theme
from capacity.results import manifests, outputs
from tests.toys import toy, visits

COMMAND = [sys.executable, "-m", "capacity"]
SHORT = toy(visits(), posts=1, duty="hours = 4")


@pytest.fixture
def short(tmp_path: Path) -> str:
    path = tmp_path / "short.toml"
    path.write_text(SHORT, encoding="utf-8")
    return str(path)


def run(
    *words: str,
    stdout: Any = subprocess.PIPE,
    cwd: Path | None = None,
    timeout: float | None = None,
    **environment: str,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *words],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        cwd=cwd,
        timeout=timeout,
        env={**os.environ, **environment},
    )


# Nothing but the answer on standard output -------------------------------------------------

NOISY = """
import os
from capacity import stages
quiet = stages.run
def noisy(*given, **more):
    os.write(1, b"a compiled library prints this\\n")
    return quiet(*given, **more)
stages.run = noisy
from capacity.__main__ import main
main()
"""


def test_what_a_library_prints_is_kept_out_of_the_answer(short: str) -> None:
    words = [sys.executable, "-c", NOISY, "plan", short, "--fixed", "--json", "--no-why"]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) >= {"projection", "manifest"}
    assert "a compiled library prints this" in done.stderr


def test_the_solver_prints_nothing_at_all(short: str) -> None:
    code = f"from capacity import stages; from capacity.reading.scenario import read\n\
stages.run(read({short!r}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_closed_stream_is_no_fault() -> None:
    command = f"{sys.executable} -m capacity scenarios >&-"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_full_disk_is_said_in_one_line(short: str) -> None:
    for words in (["scenarios"], ["plan", short, "--fixed", "--json"]):
        with open("/dev/full", "w") as full:
            done = run(*words, stdout=full)
        said = [line for line in done.stderr.splitlines() if not line.startswith("warning")]
        assert said == ["The output could not be written: no space left on device."]
        assert done.returncode == 2


# A folder that cannot be worked in ---------------------------------------------------------

NO_PLACE = "capacity: must be started in a folder that is there and that this account may enter"


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    done = subprocess.run(
        ["sh", "-c", 'rmdir "$1" && shift && exec "$@"', "sh", str(gone), *COMMAND, "scenarios"],
        cwd=gone,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.stderr == f"{NO_PLACE}; use another, such as cd /\n"
    assert done.returncode == 2


def test_a_folder_that_the_account_may_not_enter_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where root runs it as another account from its own home: no process could start there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "access", lambda place, mode: place != ".")
    done = CliRunner().invoke(cli.app, ["scenarios"])
    assert done.stderr == f'{NO_PLACE}, got "{tmp_path}"; use another, such as cd /\n'
    assert done.exit_code == 2


# A variable that is not set ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["plan", "norfolk-2021", "--out", ""], "--out"),
        (["plan", "norfolk-2021", "--out="], "--out"),
        (["compare", "norfolk-2021", "norfolk-2024", "--out", " "], "--out"),
        (["simulate", "norfolk-2021", "--out", ""], "--out"),
        (["report", "norfolk-2021", "--out", ""], "--out"),
        (["batch", "norfolk-2021", "--out", ""], "--out"),
        (["batch", "", "--out", "x"], ""),
        (["sweep", "norfolk-2021", "--vary", "a=1,2", "--out", ""], "--out"),
        (["calibrate", "norfolk-2021", "--history", "x", "--fit", "y", "-o", ""], "-o"),
        (["backtest", "--out", ""], "--out"),
        (["start", "--output", ""], "--output"),
        (["template", ""], ""),
        (["import", "x.xlsx", "-o", ""], "-o"),
        (["check", ""], ""),
        (["app", "--host", ""], "--host"),
    ],
)
def test_an_empty_word_is_refused(words: list[str], named: str, tmp_path: Path) -> None:
    done = run(*words, cwd=tmp_path, PYTHONPATH=os.pathsep.join(sys.path))
    name = f"{named}: " if named else ""
    assert done.stderr == f"capacity: {name}must not be empty: is it a variable that is not set?\n"
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []


# Files that are none -----------------------------------------------------------------------


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path, short: str) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    why = "it is a pipe or a device, not a file"
    with pytest.raises(OSError, match=why):
        fetch(pipe, 10)
    with pytest.raises(InputError, match=why):
        manifests.read_manifest(pipe)
    with pytest.raises(InputError, match=why):
        theme.read(pipe)
    for words in (["plan"], ["check"], ["plan", "--fixed", short, "--repeat"]):
        done = run(*words, str(pipe), timeout=60)
        assert done.returncode == 2, done.stderr
    done = run("app", "--sign-in", str(pipe), timeout=60)
    assert why in done.stderr
    assert done.returncode == 2


def test_a_small_file_is_read_up_to_one_byte_more_than_allowed(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"12345")
    assert fetch(tmp_path / "x", 5) == b"12345"
    assert fetch(tmp_path / "x", 3) == b"1234"
    with pytest.raises(IsADirectoryError):
        fetch(tmp_path, 5)


# A folder that may not be changed ----------------------------------------------------------


def test_a_protected_result_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = {"run_id": "x", "method_version": "1", "outputs": ["a.csv"]}
    files = {"a.csv": b"1\n", manifests.MANIFEST: outputs.as_json(manifest)}
    place = outputs.write(tmp_path / "out", files, {})
    place.chmod(0o555)
    real = os.access
    if os.geteuid() == 0:  # who may write everywhere
        monkeypatch.setattr(os, "access", lambda path, mode: path != place and real(path, mode))
    with pytest.raises(OutputError, match="you may not write there; nothing was written"):
        outputs.write(place, {**files, "a.csv": b"2\n"}, {})
    assert (place / "a.csv").read_bytes() == b"1\n"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
    place.chmod(0o755)


# Stopped -----------------------------------------------------------------------------------


LISTENING = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
from capacity.__main__ import main
print("started", flush=True)
main()
"""


def started(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LISTENING, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


IMPORTING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.{signal} != signal.SIGINT:
    signal.signal(signal.{signal}, signal.SIG_DFL)  # nohup would have it ignored
class Slow:
    def find_spec(self, name, *_):
        if name == "typer":
            signal.raise_signal(signal.{signal})
sys.meta_path.insert(0, Slow())
from capacity.__main__ import main
main()
"""


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), ("SIGHUP", 129)])
def test_a_command_stopped_while_it_starts_shows_no_trace(name: str, code: int) -> None:
    words = [sys.executable, "-c", IMPORTING.format(signal=name), "scenarios"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "Stopped.\n")
    assert done.returncode in (code, 128 - code)  # a shell shows both alike


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_plan_that_is_stopped_leaves_nothing_behind(number: int, tmp_path: Path) -> None:
    for seconds in (0.3, 1.5, 4.0):
        out = tmp_path / "out"
        with started("plan", "norfolk-2024", "--out", str(out)) as child:
            assert child.stdout is not None
            child.stdout.readline()  # a busy machine may take a second to come so far
            time.sleep(seconds)
            child.send_signal(number)
            _, told = child.communicate(timeout=60)
        if child.returncode == 0:  # it was quicker
            break
        assert "Traceback" not in told
        assert child.returncode in (128 + number, -number), told
        assert list(tmp_path.iterdir()) == []


SWALLOWING = """
import os, signal, sys
from capacity import cli
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever started it may ignore it
def compare():
    try:
        os.kill(os.getpid(), signal.SIGINT)
    except KeyboardInterrupt:
        raise TypeError("something else") from None
@cli.app.command()
def swallow() -> None:
    with cli._telling():
        compare()
sys.argv = ["capacity", "swallow"]
cli.main()
"""
"""A command in which a library says something else instead of passing ctrl-C on."""


def test_a_library_that_swallows_ctrl_c_is_no_fault_of_ours() -> None:
    words = [sys.executable, "-c", SWALLOWING]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("Stopped.\n", 130)


# How much is printed -----------------------------------------------------------------------

STAMPED = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4} "


def test_quiet_prints_nothing_but_errors(short: str, tmp_path: Path) -> None:
    for words in (["plan", short, "--fixed", "--quiet"], ["--quiet", "check", short]):
        done = run(*words)
        assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    batch = ["batch", short, "--fixed", "--no-report", "--jobs", "1", "--out"]
    done = run(*batch, str(tmp_path / "out"), CAPACITY_QUIET="1")
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
    done = run("check", str(tmp_path / "none.toml"), "--quiet")
    assert "no such file" in done.stderr
    assert done.returncode == 2


def test_verbose_gives_every_line_its_time_and_level(short: str, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    done = run("plan", short, "--fixed", "--no-why", "--no-report", "--out", out, "--verbose")
    lines = done.stderr.splitlines()
    assert all(re.match(STAMPED + "(DEBUG|INFO|WARNING|ERROR) ", line) for line in lines)
    said = [re.sub(STAMPED, "", line) for line in lines]
    assert said[1:4] == [
        "DEBUG   read short: 2 files, 1 warning",  # the list of sources beside it
        "DEBUG   planned: current posts",
        "DEBUG   not explained",
    ]
    assert any(line.startswith("WARNING ") for line in said)
    assert re.fullmatch(r"DEBUG   ended after [\d.]+ s, exit code 0", said[-1])
    done = run("plan", str(tmp_path / "none.toml"), CAPACITY_VERBOSE="1")
    assert re.search(STAMPED + "ERROR   .*no such file", done.stderr)
    assert done.stderr.splitlines()[-1].endswith("exit code 2")


def test_a_log_as_json_has_time_level_and_message_on_every_line(short: str, tmp_path: Path) -> None:
    batch = [
        "batch",
        short,
        "--fixed",
        "--no-report",
        "--jobs",
        "1",
        "--out",
        str(tmp_path / "out"),
    ]
    done = run(*batch, CAPACITY_LOG="json")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert all(re.fullmatch(STAMPED.strip(), one["time"]) for one in lines)
    told = [(one["level"], one["message"]) for one in lines]
    assert ("INFO", "1 of 1: short: planned") in told
    assert not [one for one in told if one[1].startswith("warning")]  # the level says it
    done = run("check", str(tmp_path / "none.toml"), CAPACITY_LOG="json")
    [one] = [json.loads(line) for line in done.stderr.splitlines()]
    assert one["level"] == "ERROR"
    assert "no such file" in one["message"]
    done = run("scenarios", CAPACITY_LOG="xml")
    assert done.stderr == 'environment: CAPACITY_LOG: must be text or json, got "xml"\n'
    assert done.returncode == 2


def test_quiet_and_verbose_contradict_each_other() -> None:
    done = run("scenarios", "--quiet", "--verbose")
    assert done.stderr == "capacity: --quiet: must not be given with --verbose\n"
    assert done.returncode == 2


def test_options_come_from_the_environment_too(short: str) -> None:
    done = run("simulate", short, "--fixed", CAPACITY_JOBS="none")
    assert "CAPACITY_JOBS" in done.stderr
    assert done.returncode == 2
    done = run("app", CAPACITY_HOST="10.0.0.5")
    assert done.stderr == (
        "capacity app: --host: must come with --sign-in FILE, or --behind-proxy where a proxy asks "
        "who people are, got 10.0.0.5\n"
    )


# JSON wherever there is something to read --------------------------------------------------


def printed(*words: str) -> dict[str, Any]:
    done = run(*words)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_check_as_json_has_every_problem_and_warning(short: str, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(SHORT.replace("hours = 4", "hours = -4"), encoding="utf-8")
    found = printed("check", short, str(wrong), "--json")
    assert found["check"] == [
        {"scenario": short, "fine": True, "warnings": 1},
        {"scenario": str(wrong), "fine": False, "warnings": 0},
    ]
    kinds = [(one["scenario"], one["kind"]) for one in found["problems"]]
    assert kinds == [(short, "warning"), (str(wrong), "problem")]
    problem = found["problems"][1]
    assert (problem["file"], problem["got"]) == (str(wrong), "-4")
    assert problem["setting"].endswith(".hours")
    assert problem["words"].startswith(f"{wrong}:{problem['line']}: ")


def test_lists_as_json() -> None:
    crews = printed("settings", "crew", "--json")["settings"]
    assert [(one["name"], one["default"]) for one in crews] == [
        ("cohorts.NAME.duties.NAME.crew", "1"),
        ("queues.NAME.crew", "1"),
    ]
    names = [one["name"] for one in printed("scenarios", "--json")["scenarios"]]
    assert {"norfolk-2021", "norfolk-2024"} <= set(names)
    assert names == sorted(names)


def test_fits_as_json(short: str, tmp_path: Path) -> None:
    """Of four months; tests/test_commands.py tries the shipped history."""
    figures = "month,done\n2025-04,43\n2025-05,42\n2025-06,44\n2025-07,43\n"
    (tmp_path / "history.csv").write_text(figures, encoding="utf-8")
    told = ["backtest", short, "--history", str(tmp_path / "history.csv"), "--least", "2"]
    found = printed(*told, "--horizon", "1", "--fit", "cohorts.a.duties.visit.hours=2:8", "--json")
    assert {"backtest", "manifest"} <= found.keys()


def test_a_batch_as_json(short: str, tmp_path: Path) -> None:
    words = ["batch", short, "--fixed", "--no-report", "--jobs", "1"]
    found = printed(*words, "--out", str(tmp_path / "out"), "--json")
    (row,) = found["overview"]
    assert (row["scenario"], row["outcome"], row["posts_today"]) == ("short", "planned", 1)
    assert row["posts_needed"] is None  # sizing was left out


def test_an_import_as_json(tmp_path: Path) -> None:
    book, out = str(tmp_path / "unit.xlsx"), str(tmp_path / "unit.toml")
    assert run("template", book, "--from", "norfolk-2021").returncode == 0
    found = printed("import", book, "-o", out, "--json")
    assert found["import"][0]["scenario"] == out
    assert isinstance(found["notes"], list)
    assert isinstance(found["warnings"], list)
