"""The command as typed: what is printed, where, and with which exit code it ends."""

import io
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from capacity import __version__, cli, console
from capacity.reading.scenario import shipped
from tests.toys import toy, visits

SHORT = toy(visits(), posts=1, duty="hours = 4")


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words))


def process(*words: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "capacity", *words],
        capture_output=True,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def short(tmp_path: Path) -> str:
    path = tmp_path / "short.toml"
    path.write_text(SHORT, encoding="utf-8")
    return str(path)


# plan --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_plan_tells_a_manager_what_matters(short: str) -> None:
    told = run("plan", short, "--central")
    assert told.exit_code == 0
    text = " ".join(told.stdout.split())
    assert "1 more post (Team: 1 constable) from April 2025 meets every standard" in text
    assert "Team Year No posts added Team needed In post Cost, £000" in text
    assert "Team 2025/26 1 2 2 100 2026/27 1 2 2 100" in text
    assert "Visits: at least 95% of those due completed, each month" in text
    assert "team needed: met from October 2025" in text
    no_posts, needed = "no posts added 36% 36% 77 24 months", "team needed 100% 100% 0 none"
    assert f"home visits {no_posts} {needed}" in text
    assert "In date: cases with none overdue" in text
    cost = "£50,000 with no posts added and £100,000 with the team needed"
    assert f"Posts and overtime in 2026/27 (2025/26 prices): {cost}" in text
    assert "None of the 10 inputs is marked as an estimate: 10 without a source." in text


def test_plan_fixed_leaves_sizing_out(short: str) -> None:
    told = run("plan", "--fixed", short)
    assert told.exit_code == 0
    assert "sized" not in told.stdout


def test_a_shipped_scenario_goes_by_its_name() -> None:
    told = run("plan", "norfolk-2021", "--fixed")
    words = " ".join(told.stdout.split())
    assert "lowest in December 2021, at 73% (93% of cases in date)" in words
    assert "it was 91% in January 2021" in words


@pytest.mark.slow
def test_missed_standards_are_an_answer_unless_strict(short: str) -> None:
    assert run("plan", short, "--fixed").exit_code == 0
    assert run("plan", short, "--fixed", "--strict").exit_code == 4
    assert run("plan", short, "--strict").exit_code == 0


@pytest.mark.slow
def test_json_prints_all_tables_and_nothing_else(short: str) -> None:
    told = run("plan", short, "--json")
    assert told.exit_code == 0
    made = json.loads(told.stdout)
    assert {"projection", "standards", "sizing", "summary", "manifest"} <= made.keys()
    assert made["sizing"][0]["status"] == "meets every standard"
    answer = next(one for one in made["summary"] if one["name"] == "answer")
    assert answer["value"] is None
    assert made["manifest"]["options"] == {"fixed": False, "recommended": True}


@pytest.mark.slow
def test_json_stays_json_when_there_are_warnings(short: str) -> None:
    done = process("plan", "--json", "--fixed", short)
    assert json.loads(done.stdout)["sizing"] == []
    assert done.stderr.startswith(f"warning: {short}:".encode())


@pytest.mark.slow
def test_out_writes_what_json_prints(short: str, tmp_path: Path) -> None:
    told = run("plan", short, "--out", str(tmp_path / "out"), "--json")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert json.loads(told.stdout)["manifest"]["run_id"] == manifest["run_id"]
    assert set(manifest["outputs"]) | {"timings.json"} == {
        one.name for one in (tmp_path / "out").iterdir()
    }
    spans = json.loads((tmp_path / "out" / "timings.json").read_text())
    assert list(spans) == ["reading", "planning", "explaining", "tables", "report"]


@pytest.mark.slow
def test_repeat_gives_the_same_bytes(short: str, tmp_path: Path) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    assert run("plan", short, "--out", str(first)).exit_code == 0
    Path(short).unlink()
    told = run("plan", "--repeat", str(first / "manifest.json"), "--out", str(again))
    assert told.exit_code == 0
    for one in first.iterdir():
        if one.name != "timings.json":
            assert (again / one.name).read_bytes() == one.read_bytes(), one.name


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["plan"], "capacity plan: give a scenario file, or one of: backlog-team"),
        (["plan", "nowhere"], "nowhere: no such file, nor a shipped scenario"),
        (["plan", "norfolk-2021", "--repeat", "m.json"], "SCENARIO: must not be given with --rep"),
        (["plan", "--fixed", "--repeat", "m.json"], "--fixed: must not be given with --repeat"),
        (["plan", "--repeat", "m.json"], "m.json: cannot be read: no such file or directory"),
        (["plan", "--bogus"], "No such option: --bogus"),
        (["settings", "hourz"], "capacity settings: hourz: no such setting; use hours"),
        (["check", "nowhere"], "nowhere: no such file, nor a shipped scenario"),
        (["frobnicate"], "No such command 'frobnicate'"),
        (["compare", "norfolk-2021"], "capacity compare: give two scenarios or more"),
    ],
)
def test_bad_input_ends_with_2_and_says_why(words: list[str], message: str) -> None:
    told = run(*words)
    assert told.exit_code == 2
    assert message in told.stderr
    assert told.stdout == ""


def test_every_problem_is_a_line_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(SHORT.replace("hi = 12", "hi = 5").replace("in_post = 1", "in_post = -1"))
    told = run("plan", str(path))
    assert told.exit_code == 2
    lines = told.stderr.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"{path.as_posix()}:10: cohorts.a.duties.visit.per_year.hi: must")
    assert lines[1].startswith(f"{path.as_posix()}:17: teams.t.grades.pc.in_post: must be at least")


def test_a_place_that_is_taken_is_refused_before_anything_is_planned(
    short: str, tmp_path: Path
) -> None:
    told = run("plan", short, "--out", str(tmp_path))
    assert told.exit_code == 2
    assert "must be empty or hold an earlier result alone, and this holds short.toml" in told.stderr
    assert told.stdout == ""


def test_a_fault_of_ours_asks_to_be_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CAPACITY_TRACE", raising=False)
    with pytest.raises(cli.typer.Exit) as ended, cli._telling():
        raise KeyError("tier")
    assert ended.value.exit_code == 1


def test_a_fault_of_ours_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for trace in ("0", "1"):
        monkeypatch.setenv("CAPACITY_TRACE", trace)
        with pytest.raises(cli.typer.Exit), cli._telling():
            raise KeyError("tier")
        told = capsys.readouterr().err
        assert "capacity failed: KeyError: 'tier'" in told
        assert "This is a bug. Please report it" in told
        assert ("Traceback" in told) == (trace == "1")


def test_no_answer_of_the_solver_ends_with_3(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(cli.typer.Exit) as ended, cli._telling():
        raise cli.SolverError("time limit", "sizing the team")
    assert ended.value.exit_code == 3
    assert "no proven answer while sizing the team: time limit" in capsys.readouterr().err


def test_many_warnings_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    cli._warn([f"number {n}" for n in range(7)], "x.toml")
    assert capsys.readouterr().err.splitlines() == [
        *("warning: number 0", "warning: number 1", "warning: number 2"),
        "warning: 4 more; `capacity check x.toml` shows all",
    ]


def test_dated_changes_are_told_as_old_and_new(tmp_path: Path) -> None:
    sets = "\n".join(
        f'[[changes]]\nfrom = 2025-{m:02d}-01\nset = {{ "cohorts.a.duties.visit.hours" = {m} }}\n'
        for m in range(4, 13)
    )
    path = tmp_path / "x.toml"
    path.write_text(toy(sets), encoding="utf-8")
    told = run("plan", "--fixed", str(path)).stdout
    words = " ".join(told.split())
    what = "Lead officer's time for one"
    assert f"April 2025: {what}: 2 hours → 4 hours (A: Home visit)" in words
    assert "  and 1 more\n" in told


# Consoles ----------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_console_without_our_characters_gets_plain_ones(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    change = '[[changes]]\nfrom = 2025-06-01\nset = { "cohorts.a.duties.visit.hours" = 3 }\n'
    text = toy(change).replace('"A toy"', '"Größe × £ → “…” \U0001f600 é"')
    path.write_text(text, encoding="utf-8")
    done = process("plan", str(path), "--fixed", PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    told = done.stdout.decode("ascii")
    assert told.splitlines()[0] == 'Grosse x GBP  -> "..." ? e'.replace("Grosse", "Gro?e")
    assert "2 hours -> 3 hours (A: Home visit)" in told
    assert "Cost, GBP 000" in told
    done = process("plan", str(path), "--fixed", PYTHONIOENCODING="cp1252")
    assert done.returncode == 0
    assert "Größe × £ -> “…” ? é" in done.stdout.decode("cp1252")


def test_what_a_stream_cannot_print_is_spelt_out(monkeypatch: pytest.MonkeyPatch) -> None:
    narrow, held = io.TextIOWrapper(io.BytesIO(), encoding="ascii"), io.StringIO()
    monkeypatch.setattr("sys.stdout", narrow)
    monkeypatch.setattr("sys.stderr", held)  # no file behind it: it takes everything
    console.prepare()
    console.say("2 → 3, £40, “naïve”, 10½, 10², e\u0301, ﬁt, 中")
    console.complain("2 → 3")
    narrow.flush()
    assert narrow.buffer.getvalue().decode("ascii") == (
        '2 -> 3, GBP 40, "naive", 10?, 10?, e, fit, ?\n'
    )
    assert held.getvalue() == "2 → 3\n"


def test_bytes_that_are_no_text_are_no_matter_of_printing() -> None:
    console.prepare()
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", errors="capacity")


WIDTHS = ("40", *(pytest.param(one, marks=pytest.mark.slow) for one in ("20", "200")))


@pytest.mark.slow
@pytest.mark.parametrize("width", WIDTHS)
def test_any_width(width: str) -> None:
    done = process("plan", "norfolk-2021", "--fixed", COLUMNS=width)
    assert done.returncode == 0
    if width == "40":
        assert max(len(line) for line in done.stdout.decode().splitlines()) <= 40


def test_a_scenario_cannot_steer_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(
        toy().replace('"A toy"', '"\\u001b[31mred [bold]x[/bold]\\u202e"'), encoding="utf-8"
    )
    done = run("plan", str(path), "--fixed")
    assert done.exit_code == 2
    assert "title: must not have control characters, got U+001B" in done.output
    path.write_text(f"{toy()}\n['\u202e[bold]x\x9b']\n", encoding="utf-8")
    told = run("plan", str(path), "--fixed").output
    assert "?[bold]x?: unknown setting" in told


@pytest.mark.slow
def test_who_reads_may_stop_reading() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "capacity", "plan", "--json", "--fixed", "norfolk-2021"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.read(10)
        child.stdout.close()
        assert b"Traceback" not in child.stderr.read()
    assert child.returncode == 0


def test_every_plain_character_is_plain() -> None:
    assert all(len(one) == 1 and plain.isascii() for one, plain in console.PLAIN.items())


# The other commands ------------------------------------------------------------------------


def test_check_says_what_is_fine_and_what_is_not(short: str, tmp_path: Path) -> None:
    assert run("check", short).stdout == f"{short}: fine, 1 warning\n"
    told = run("check", "norfolk-2024")
    assert told.exit_code == 0
    assert told.stdout.startswith("norfolk-2024: fine, ")
    assert told.stderr.startswith("warning: scenarios/norfolk-2024.toml:")
    (tmp_path / "bad.toml").write_text("title = 1\n", encoding="utf-8")
    told = run("check", str(tmp_path))
    assert told.exit_code == 2
    assert told.stdout == f"{short}: fine, 1 warning\n"
    assert f"{(tmp_path / 'bad.toml').as_posix()}:1: title: must be text, got 1" in told.stderr


def test_check_of_a_folder_without_scenarios(tmp_path: Path) -> None:
    told = run("check", str(tmp_path))
    assert told.exit_code == 2
    assert told.stderr == f"{tmp_path}: must hold scenario files (*.toml)\n"


@pytest.mark.slow
def test_every_shipped_scenario_is_fine() -> None:
    assert run("check", *shipped()).exit_code == 0


@pytest.mark.slow
def test_scenarios_lists_what_ships() -> None:
    told = run("scenarios").stdout
    assert all(name in told for name in shipped())


def test_settings_shows_unit_range_default_and_meaning() -> None:
    told = " ".join(run("settings", "no_answer_share").stdout.split())
    of_duty = (
        "cohorts.NAME.duties.NAME.no_answer_share failed attempts (share; at least 0 and "
        "below 1; default 0; may differ by tier)"
    )
    of_queue = of_duty.replace("cohorts.NAME.duties", "queues").replace("tier", "class")
    assert told.split(" queues.")[0] == of_duty
    assert told.removeprefix(of_duty).strip() == of_queue
    by_path = run("settings", "cohorts.rso.duties.visit.no_answer_share.high").stdout
    assert " ".join(by_path.split()) == of_duty
    every = run("settings").stdout
    assert "teams.NAME.grades.NAME.cost_per_year.pension_rate" in every
    assert "finance.discount_rate" in every


def test_version() -> None:
    assert run("--version").stdout == f"capacity {__version__}\n"


def test_help_needs_nothing_heavy() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "capacity", "--help"],
        capture_output=True,
        check=True,
    )
    heavy = (b"pandas", b"numpy", b"pulp", b"highspy", b"streamlit", b"pydantic", b"scipy")
    loaded = done.stderr.split()
    assert [name for name in heavy if name in loaded] == []
    assert all(
        name in done.stdout for name in (b"plan", b"check", b"settings", b"scenarios", b"app")
    )


@pytest.mark.slow
def test_plan_fixed_on_the_terminal_needs_no_pandas() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "capacity", "plan", "--fixed", "norfolk-2021"],
        capture_output=True,
        check=True,
    )
    assert b"pandas" not in done.stderr.split()


ENDS_MEANWHILE = """
import sys
from capacity import __main__ as front, cli
from capacity.batch import delivering

def main():
    delivering.load_simulation()
    print("no answer")
    sys.exit(3)

cli.main = main
front.main()
"""


@pytest.mark.slow
def test_a_command_that_ends_does_not_wait_for_the_simulation(tmp_path: Path) -> None:
    """Nothing is compiled there yet, which takes half a minute in a thread of its own."""
    places = dict.fromkeys(("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"), str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", ENDS_MEANWHILE],
        capture_output=True,
        check=False,
        env={**os.environ, **places},
    )
    assert (done.returncode, done.stdout.split(), done.stderr) == (3, [b"no", b"answer"], b"")
    assert not list(tmp_path.rglob("*.nbi"))


@pytest.mark.slow
def test_app_starts(tmp_path: Path) -> None:
    import socket

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = subprocess.Popen(
        [sys.executable, "-m", "capacity", "app", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=tmp_path,
        start_new_session=True,
    )
    try:
        for _ in range(120):
            try:
                address = f"http://127.0.0.1:{port}/_stcore/health"
                with urllib.request.urlopen(address, timeout=1) as answer:
                    assert answer.read() == b"ok"
                break
            except OSError:
                assert child.poll() is None
                time.sleep(0.25)
        else:
            raise AssertionError("the pages did not start")
    finally:
        os.killpg(child.pid, 15)
        child.wait(20)


def test_tables_keep_words_whole_and_cut_nothing_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In eighty characters, with more columns than have room on one line."""
    monkeypatch.setenv("COLUMNS", "80")
    years = [f"{year}/{year - 1999}" for year in range(2024, 2030)]
    cells = [f"9{n}.95% (9{n}%)" for n in range(6)]
    columns = [("Standard", False), *((one, True) for one in years)]
    console.table("Held", columns, [["ARMS assessments", *cells], ["Home visits", *cells]])
    lines = capsys.readouterr().out.splitlines()
    assert all(len(one) <= 80 for one in lines)
    said = " ".join(" ".join(lines).split())
    assert "assessments" in said
    for word in [*years, *(part for cell in cells for part in cell.split())]:
        assert said.count(word) >= 1, word


def test_a_table_too_wide_goes_on_below(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ten years of 10 characters and 2 between have no room beside a name in eighty."""
    monkeypatch.setenv("COLUMNS", "80")
    years = [f"{year}/{year - 1999}" for year in range(2026, 2036)]
    columns = [("Standard", False), *((one, True) for one in years)]
    console.table("Held", columns, [["Visits", *(f"9{n}% ({n}0%)" for n in range(10))]])
    assert [one.split() for one in capsys.readouterr().out.splitlines()] == [
        [],
        ["Held"],
        ["Standard", *years[:6]],
        ["Visits", *(word for n in range(6) for word in (f"9{n}%", f"({n}0%)"))],
        [],
        ["Standard", *years[6:]],
        ["Visits", *(word for n in range(6, 10) for word in (f"9{n}%", f"({n}0%)"))],
    ]
