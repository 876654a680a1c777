"""Many scenarios: each as if alone, whatever happens to the others, and one overview of all."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner, Result

from capacity import cli
from capacity.batch import finding, keeping, overview, previous, rows
from capacity.errors import InputError
from capacity.reading import scenario
from tests.test_running import Cluster, cluster  # noqa: F401, a fixture
from tests.toys import toy, visits

QUICK = ("--fixed", "--no-report")
MISSED = toy(visits(), posts=1, duty="hours = 4", months=12)
KEPT = toy(visits(), posts=3, months=12)
BAD = toy(posts=-1, months=12)


def run(*words: object) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])


def put(folder: Path, **texts: str) -> Path:
    """Write scenarios into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder but those that say how long it took."""
    files = (one for one in folder.rglob("*") if one.is_file() and one.name != "timings.json")
    return {one.relative_to(folder).as_posix(): one.read_bytes() for one in files}


def table(folder: Path, name: str = "overview") -> list[dict[str, str]]:
    text = (folder / f"{name}.csv").read_text(encoding="utf-8")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def folders(*paths: object) -> list[str]:
    return [one.folder for one in finding.find([str(path) for path in paths])]


def refused(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [f"{one.setting}: {one.must}" for one in error.value.problems]


# Which scenarios ---------------------------------------------------------------------------


def test_folders_patterns_files_and_shipped_names(tmp_path: Path) -> None:
    put(tmp_path / "north", a=KEPT, b=KEPT)
    put(tmp_path / "south", c=KEPT)
    (tmp_path / "north" / "sources.csv").write_text("id,title,publisher,date,where\n")
    assert folders(tmp_path / "north") == ["a", "b"]
    assert folders(tmp_path / "*" / "*") == ["north-a", "north-b", "south-c"]
    assert folders(tmp_path / "*") == ["north-a", "north-b", "south-c"]
    assert folders(tmp_path / "**" / "[bc].toml") == ["north-b", "south-c"]
    assert folders(tmp_path / "north" / "*.toml") == ["a", "b"]
    assert folders(tmp_path / "north" / "a.toml", tmp_path / "north") == ["a", "b"]
    assert folders("posts-frozen", "norfolk-2024.toml", "norfolk-2024") == [
        "norfolk-2024",
        "posts-frozen",
    ]


def test_a_file_that_others_extend_is_a_scenario_too(tmp_path: Path) -> None:
    put(tmp_path, base=KEPT, child='extends = "base.toml"\ntitle = "Less"\nmonths = 6\n')
    assert folders(tmp_path) == ["base", "child"]


def test_two_of_a_name_get_the_names_of_their_folders(tmp_path: Path) -> None:
    put(tmp_path / "2024" / "x", a=KEPT, b=KEPT)
    put(tmp_path / "2025" / "x", a=KEPT, A=KEPT)
    put(tmp_path / "y", a=KEPT)
    assert folders(tmp_path / "2024" / "x", tmp_path / "2025" / "x", tmp_path / "y") == [
        "b",
        "x-A-2",
        "x-a",
        "x-a-3",
        "y-a",
    ]
    found = finding.find([str(tmp_path / "y"), str(tmp_path / "2024" / "x")])
    again = finding.find([str(tmp_path / "2024" / "x"), str(tmp_path / "y")])
    assert found == again


def test_what_a_pattern_finds_has_the_same_name_whatever_else_it_finds(tmp_path: Path) -> None:
    put(tmp_path / "forces" / "norfolk", monthly=KEPT)
    alone = folders(tmp_path / "forces" / "*" / "monthly.toml")
    put(tmp_path / "forces" / "suffolk", monthly=KEPT, Monthly=KEPT)
    both = folders(tmp_path / "forces" / "*" / "[mM]onthly.toml")
    assert alone == ["norfolk-monthly"]
    assert both == ["norfolk-monthly", "suffolk-Monthly", "suffolk-monthly-2"]


@pytest.mark.parametrize(
    ("path", "folder", "earlier"),
    [
        ("june/a/x.toml", "x", "a-x"),  # alone now, one of two then
        ("june/c/x.toml", "c-x", "c-x"),  # another that is called alike: not known
        ("june/x.toml", "x", "x"),  # either might be meant, so neither is
        ("june/only.toml", "b-only", "only"),  # one of two now, alone then
        ("new.toml", "new", "new"),
    ],
)
def test_a_scenario_is_found_again_in_an_earlier_batch(
    path: str, folder: str, earlier: str
) -> None:
    trails = {"a-x": "may/a/x", "b-x": "may/b/x", "only": "may/only"}
    assert finding.alike(trails, path, folder) == earlier
    assert finding.alike({}, path, folder) == folder


def test_names_that_no_folder_may_have(tmp_path: Path) -> None:
    odd = put(tmp_path, **{".hidden": KEPT, "overview.csv": KEPT, "a:b?": KEPT, "ends. ": KEPT})
    assert folders(odd) == ["_hidden", "a_b_", "ends", "overview.csv-2"]


def test_a_path_that_cannot_be_looked_at_and_a_name_that_there_is_not(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        finding.find(["x" * 5000])
    assert refused(error) == [": cannot be read: file name too long"]
    told = run("batch", "no-such-force", "--out", tmp_path / "out", *QUICK, "--jobs", 1)
    assert told.exit_code == 2
    (row,) = table(tmp_path / "out")
    assert (row["scenario"], row["outcome"]) == ("no-such-force", "bad input")


@pytest.mark.parametrize("more", [(), ("--json",)], ids=["shown", "as JSON"])
def test_why_a_scenario_cannot_be_planned_is_an_error_in_the_log(
    more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the tables go to another program: who looks at the log sees the reason."""
    monkeypatch.setenv("CAPACITY_LOG", "json")
    put(tmp_path / "in", wrong="months = 0")
    told = run("batch", tmp_path / "in", "--out", tmp_path / "out", *QUICK, "--jobs", 1, *more)
    lines = [json.loads(line) for line in told.stderr.splitlines()]
    errors = [line["message"] for line in lines if line["level"] == "ERROR"]
    assert told.exit_code == 2
    assert any("wrong: bad input:" in one and "months: must be" in one for one in errors)


def test_who_has_another_folder_s_name_is_told(tmp_path: Path) -> None:
    put(tmp_path / "x", a=KEPT)
    put(tmp_path / "y", a=KEPT)
    told = run(
        *("batch", tmp_path / "x", tmp_path / "y"),
        *("--out", tmp_path / "out", *QUICK, "--jobs", 1),
    )
    said = "".join(told.stdout.split())
    for name in "xy":
        words = f"{tmp_path / name / 'a.toml'} is in the folder {name}-a."
        assert "".join(words.split()) in said


def test_what_holds_no_scenario_is_refused_before_anything_is_done(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = run("batch", tmp_path / "empty", tmp_path / "*.toml", "--out", tmp_path / "out")
    assert told.exit_code == 2
    assert told.stderr.count("must be, or hold, scenario files (*.toml)") == 2
    assert not (tmp_path / "out").exists()


def test_a_folder_that_may_not_be_read_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = tmp_path / "closed"
    closed.mkdir()

    def refused(place: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)
    for command in (("batch", closed, "--out", tmp_path / "out"), ("check", closed)):
        told = run(*command)
        assert told.exit_code == 2
        assert told.stderr == f"{closed}: cannot be read: permission denied\n"


# What is written ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch of three: one that needs a post, one that does not, one that is wrong."""
    place = tmp_path_factory.mktemp("made")
    put(place / "in", short=MISSED, fine=KEPT, wrong=BAD)
    told = run("batch", place / "in", "--central", "--out", place / "out", "--jobs", 1)
    (place / "code").write_text(str(told.exit_code))
    (place / "stdout").write_text(told.stdout)
    (place / "stderr").write_text(told.stderr)
    return place


@pytest.mark.slow
def test_each_folder_is_what_plan_writes(made: Path, tmp_path: Path) -> None:
    for name in ("short", "fine"):
        scenario_ = made / "in" / f"{name}.toml"
        told = run("plan", scenario_, "--central", "--no-why", "--out", tmp_path / name)
        assert told.exit_code == 0
        assert tree(made / "out" / name) == tree(tmp_path / name)
        assert (made / "out" / name / "timings.json").is_file()
    assert not (made / "out" / "wrong").exists()


@pytest.mark.slow
@pytest.mark.parametrize(("name", "more"), [("short", ()), ("norfolk-2021", ("--fixed",))])
def test_with_why_it_is_what_plan_writes_of_shipped_ones_too(
    name: str, more: tuple[str, ...], tmp_path: Path
) -> None:
    put(tmp_path / "in", short=MISSED)
    path = tmp_path / "in" / "short.toml" if name == "short" else name
    to = ("--no-report", *more, "--out")
    told = run("batch", path, "--why", "--jobs", 1, *to, tmp_path / "out")
    assert told.exit_code == 0, told.stderr
    run("plan", path, *to, tmp_path / name)
    assert tree(tmp_path / "out" / name) == tree(tmp_path / name)


def test_the_overview_ranks_what_is_wrong_first_then_who_needs_most(made: Path) -> None:
    first, second, third = table(made / "out")
    assert (first["rank"], first["scenario"], first["outcome"]) == ("1", "wrong", "bad input")
    assert "must be at least 0" in first["words"]
    assert (second["scenario"], third["scenario"]) == ("short", "fine")
    # One constable has 173 1/3 hours; 60 monthly and 60 quarterly visits of 4 hours need 320.
    assert [second[f"posts_{n}"] for n in ("today", "needed", "added")] == ["1.0", "2.0", "1.0"]
    cost = [float(second[f"cost_{n}"]) for n in ("today", "needed", "added")]
    assert cost == pytest.approx([50_000, 100_000, 50_000])
    assert [second[n] for n in ("standards", "kept_today", "kept_needed")] == ["1", "0", "1"]
    assert float(second["worst_backlog_today"]) > 60 > float(second["worst_backlog_needed"])
    assert [third[n] for n in ("standards", "kept_today", "kept_needed")] == ["1", "1", "1"]
    assert third["worst_backlog_today"] == "0.0"
    # 16 2/3 of high are overdue in each month, and of low 20, 40, then 60: weighted 8 and 4.
    overdue = 8 * 12 * 50 / 3 + 4 * (20 + 40 + 10 * 60)
    assert float(second["weighted_today"]) == pytest.approx(overdue)
    assert float(second["weighted_needed"]) == pytest.approx(0, abs=1e-6)
    post = sum(50_000 / 12 * 1.035 ** (-t / 12) for t in range(12))
    assert float(second["last_post"]) == pytest.approx(post / overdue)
    assert third["last_post"] == ""
    assert second["run_id"] == json.loads(tree(made / "out")["short/manifest.json"])["run_id"]
    assert (second["start"], second["months"]) == ("2025-04", "12")


def test_the_overview_says_what_to_agree_now(tmp_path: Path) -> None:
    """120 cases at 50 each ask for three: with two one more is agreed, with three none is."""
    limit = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
    two, three = (toy(limit, months=12, posts=n) for n in (2, 3))
    put(tmp_path / "in", two=two, three=three)
    to = ("--out", tmp_path / "out", "--no-report", "--jobs", 1, "--draws", 100)
    told = run("batch", tmp_path / "in", *to, "--strict")
    assert told.exit_code == 0, told.stderr
    first, second = table(tmp_path / "out")
    assert (first["scenario"], first["agree_now"], first["posts_recommended"]) == (
        *("two", "1.0", "3.0"),
    )
    assert (second["scenario"], second["agree_now"], second["sure_enough"]) == (
        *("three", "0.0", "True"),
    )
    # £50,000 a year, from the first month on.
    assert float(first["agree_now_cash"]) == pytest.approx(50_000)
    assert (float(first["chance_today"]), float(second["chance_today"])) == (0, 1)
    assert first["words"].startswith("Agree 1 post now: ")
    said = " ".join(told.stdout.split())
    assert "Posts to agree now, and how probable it is that every standard is met" in said
    page = (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")
    assert "What to agree now" in page
    assert "No probability was worked out" not in page


def test_an_overview_of_single_courses_says_so(made: Path) -> None:
    page = (made / "out" / "overview.html").read_text(encoding="utf-8")
    assert "a single course, without chance. No probability was worked out." in page
    assert table(made / "out")[1]["words"].startswith("The central case: a single course")


def test_one_bad_scenario_is_named_and_decides_the_exit_code(made: Path) -> None:
    assert (made / "code").read_text() == "2"
    assert "wrong.toml" in (made / "stderr").read_text()
    assert "must be at least 0, got -1" in (made / "stderr").read_text()
    said = " ".join((made / "stdout").read_text().split())
    assert "2 scenarios planned; 1 not." in said


def test_the_page_leads_to_the_reports_and_keeps_words_words(made: Path) -> None:
    page = (made / "out" / "overview.html").read_text(encoding="utf-8")
    assert 'href="short/report.html"' in page
    assert 'href="wrong/report.html"' not in page
    assert page.index("What could not be planned") < page.index("Every scenario, in order")
    assert "default-src &#39;none&#39;" in page or "default-src 'none'" in page


def test_the_workbook_adds_up_what_is_shown(made: Path) -> None:
    path = made / "out" / "overview.xlsx"
    sheet, values = (openpyxl.load_workbook(path, data_only=only)["Overview"] for only in (0, 1))
    heads = {cell.value: cell.column_letter for cell in sheet[1]}
    assert sheet[f"{heads['More']}3"].value == "=H3-G3"
    assert values[f"{heads['More']}3"].value == 1
    assert sheet[f"{heads['Current posts']}6"].value == "=SUBTOTAL(109,G2:G4)"
    assert values[f"{heads['Current posts']}6"].value == 4
    assert values[f"{heads['Scenario']}2"].value == "wrong"
    assert values[f"{heads['Outcome']}2"].value == "bad input"


def test_a_typed_formula_stays_text(tmp_path: Path) -> None:
    text = KEPT.replace("A toy", "=1+1 <b>")
    put(tmp_path / "in", a=text)
    assert run("batch", tmp_path / "in", "--out", tmp_path / "out", *QUICK).exit_code == 0
    sheet = openpyxl.load_workbook(tmp_path / "out" / "overview.xlsx")["Overview"]
    assert (sheet["C2"].value, sheet["C2"].data_type) == ("=1+1 <b>", "s")
    assert "=1+1 &lt;b&gt;" in (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_strict_and_what_is_worst(tmp_path: Path) -> None:
    put(tmp_path / "in", short=MISSED, fine=KEPT)
    to = ("--out", tmp_path / "out", *QUICK, "--jobs", 1)
    assert run("batch", tmp_path / "in", *to).exit_code == 0
    assert run("batch", tmp_path / "in", *to, "--strict").exit_code == 4
    assert run("batch", tmp_path / "in" / "fine.toml", *to, "--strict").exit_code == 0
    put(tmp_path / "in", wrong=BAD)
    assert run("batch", tmp_path / "in", *to, "--strict").exit_code == 2


def test_the_worst_outcome_decides() -> None:
    def code(*outcomes: rows.Outcome) -> int:
        from capacity.batch.runs import Done

        found = tuple(rows.failed(str(n), one, "", "") for n, one in enumerate(outcomes))
        return Done(overview.Overview(found, None, False), (), 0, (), {}).exit_code(strict=True)

    assert code("no answer", "bad input", "fault") == 2
    assert code("fault", "no answer") == 3
    assert code("fault") == 1


def test_the_order_of_rows_depends_on_nothing_but_them() -> None:
    every = [rows.failed(name, "fault", "", "") for name in "dbca"]
    assert [one.scenario for one in rows.ranked(every)] == ["a", "b", "c", "d"]
    assert repr(rows.ranked(every)) == repr(rows.ranked(reversed(every)))  # NaN is not itself


# Going on ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six scenarios, one wrong, and the batch of them undisturbed."""
    place = tmp_path_factory.mktemp("six")
    texts = {f"s{n}": toy(visits(), posts=n / 2, months=12) for n in range(1, 6)}
    put(place / "in", **texts, wrong=BAD)
    assert run("batch", place / "in", "--out", place / "out", *QUICK, "--jobs", 1).exit_code == 2
    return place


def again(six: Path, out: Path, *more: object) -> Result:
    return run("batch", six / "in", "--out", out, *QUICK, "--jobs", 1, *more)


def stamps(out: Path) -> dict[str, int]:
    """When each run was written."""
    return {one.parent.name: one.stat().st_mtime_ns for one in out.glob("*/manifest.json")}


def copied(six: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(six / "out", tmp_path / "out"))


@pytest.mark.slow
def test_what_is_finished_is_not_done_again(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    before = stamps(out)
    told = again(six, out)
    assert "(5 finished before)" in " ".join(told.stdout.split())
    assert (told.exit_code, stamps(out), tree(out)) == (2, before, tree(six / "out"))


def spoil_a_table(run_: Path) -> None:
    with (run_ / "projection.csv").open("ab") as file:
        file.write(b"more\n")


def spoil_a_byte(run_: Path) -> None:
    content = (run_ / "staffing.csv").read_bytes()
    (run_ / "staffing.csv").write_bytes(content.replace(b"1", b"2", 1))


def lose_a_file(run_: Path) -> None:
    (run_ / "costs.csv").unlink()


def lose_the_manifest(run_: Path) -> None:
    shutil.rmtree(run_)
    run_.mkdir()


def cut_the_manifest(run_: Path) -> None:
    content = (run_ / "manifest.json").read_text(encoding="utf-8")
    known = json.loads(content)
    del known["sha256"]
    (run_ / "manifest.json").write_text(json.dumps(known), encoding="utf-8")


def leave_a_hash_out(run_: Path) -> None:
    known = json.loads((run_ / "manifest.json").read_text(encoding="utf-8"))
    del known["sha256"]["costs.csv"]
    (run_ / "manifest.json").write_text(json.dumps(known), encoding="utf-8")


def another_version(run_: Path) -> None:
    known = json.loads((run_ / "manifest.json").read_text(encoding="utf-8"))
    (run_ / "manifest.json").write_text(json.dumps(known | {"version": "0.0.1"}), encoding="utf-8")


@pytest.mark.parametrize(
    "spoil",
    [
        spoil_a_table,
        spoil_a_byte,
        lose_a_file,
        lose_the_manifest,
        cut_the_manifest,
        leave_a_hash_out,
        another_version,
    ],
)
def test_what_is_not_whole_is_done_again(spoil: Any, six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    before = stamps(out)
    spoil(out / "s3")
    again(six, out)
    after = stamps(out)
    assert {name for name in before if before[name] != after[name]} == {"s3"}
    assert tree(out) == tree(six / "out")


def test_a_plan_by_another_solver_is_made_again(made: Path, tmp_path: Path) -> None:
    short = Path(shutil.copytree(made / "out" / "short", tmp_path / "short"))
    assert keeping.finished(short, {}) is not None
    known = json.loads((short / "manifest.json").read_text(encoding="utf-8"))
    assert known["solver_version"]
    changed = json.dumps(known | {"solver_version": "0.1"})
    (short / "manifest.json").write_text(changed, encoding="utf-8")
    assert keeping.whole(short) is not None
    assert keeping.finished(short, {}) is None


def test_a_run_with_a_file_too_many_is_not_whole(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    assert keeping.whole(out / "s3") is not None
    (out / "s3" / ".DS_Store").write_text("left by a Mac")
    assert keeping.whole(out / "s3") is not None
    (out / "s3" / "notes.txt").write_text("mine")
    assert keeping.whole(out / "s3") is None


@pytest.mark.slow
def test_a_changed_scenario_is_done_again_and_what_it_extends_counts(tmp_path: Path) -> None:
    put(tmp_path / "in", a=KEPT, b='extends = "a.toml"\ntitle = "B"\nmonths = 6\n', c=MISSED)
    to = ("--out", tmp_path / "out", *QUICK, "--jobs", 1)
    run("batch", tmp_path / "in", *to)
    before = stamps(tmp_path / "out")
    put(tmp_path / "in", a=KEPT.replace("cases = 60", "cases = 61"))
    run("batch", tmp_path / "in", *to)
    after = stamps(tmp_path / "out")
    assert {name for name in before if before[name] != after[name]} == {"a", "b"}


@pytest.mark.slow
@pytest.mark.parametrize("more", ["--why", "--draws=20"])
def test_other_options_are_other_runs(more: str, tmp_path: Path) -> None:
    put(tmp_path / "in", a=KEPT)
    to = ("--out", tmp_path / "out", *QUICK, "--jobs", 1)
    run("batch", tmp_path / "in", *to)
    told = run("batch", tmp_path / "in", *to, more)
    assert "finished before" not in told.stdout
    assert (tmp_path / "out" / "a" / "bands.csv").exists() == (more == "--draws=20")
    told = run("batch", tmp_path / "in", *to, more)
    assert "(1 finished before)" in " ".join(told.stdout.split())


@pytest.mark.slow
def test_a_run_with_draws_is_repeated_from_its_manifest(tmp_path: Path) -> None:
    put(tmp_path / "in", a=toy(growth=0.1, months=12))
    run("batch", tmp_path / "in", "--out", tmp_path / "out", "--draws", 50, "--jobs", 1)
    told = run("plan", "--repeat", tmp_path / "out" / "a", "--out", tmp_path / "again")
    assert told.exit_code == 0, told.stderr
    assert tree(tmp_path / "again") == tree(tmp_path / "out" / "a")


def test_a_scenario_gone_wrong_loses_its_folder_one_gone_from_the_list_keeps_it(
    six: Path, tmp_path: Path
) -> None:
    out = copied(six, tmp_path)
    put(tmp_path / "in", s1=(six / "in" / "s1.toml").read_text(), s2=BAD)
    told = run("batch", tmp_path / "in", "--out", out, *QUICK, "--jobs", 1)
    assert sorted(one.name for one in out.iterdir() if one.is_dir()) == ["s1", "s3", "s4", "s5"]
    said = " ".join(told.stdout.split())
    assert "From earlier batches and not in the overview: s3, s4, s5" in said
    assert [row["scenario"] for row in table(out)] == ["s2", "s1"]


@pytest.mark.slow
def test_the_number_of_jobs_changes_nothing(six: Path, tmp_path: Path) -> None:
    told = run("batch", six / "in", "--out", tmp_path / "out", *QUICK, "--jobs", 2)
    assert told.exit_code == 2
    assert tree(tmp_path / "out") == tree(six / "out")


# On a terminal ------------------------------------------------------------------------------


def at_a_terminal(*words: object) -> str:
    """What a command shows where standard error is a terminal."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "capacity", *map(str, words)]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=theirs) as process:
        os.close(theirs)
        seen = b""
        try:
            while piece := os.read(ours, 65536):
                seen += piece
        except OSError:  # the terminal is closed at the other end
            pass
        process.wait()
    os.close(ours)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())


@pytest.mark.slow
def test_a_bar_on_a_terminal_and_what_went_wrong_above_it(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    lose_a_file(out / "s3")
    seen = at_a_terminal("batch", six / "in", "--out", out, *QUICK, "--jobs", 1)
    assert "wrong: bad input" in seen
    assert "4 runs finished before" in seen
    assert re.search(r"planning .*1/1", seen)
    assert "s3: planned" not in seen


# Killed ------------------------------------------------------------------------------------


CAPACITY = """
import signal
import sqlite3
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
from capacity.cli import main
main()
"""


def started(six: Path, out: Path, *more: str, **environment: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", CAPACITY, "batch", str(six / "in"), "--out", str(out)]
    return subprocess.Popen(
        [*command, *QUICK, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **environment},
    )


def entries(out: Path) -> int:
    return len(list(out.iterdir())) if out.exists() else 0


def finished(out: Path) -> dict[str, dict[str, bytes]]:
    """Runs that are there, each of which must be whole."""
    found = {}
    for manifest in out.glob("[!.]*/manifest.json"):
        whole = keeping.whole(manifest.parent)
        assert whole is not None, f"{manifest.parent.name} is half-written"
        found[manifest.parent.name] = whole[1]
    return found


@pytest.mark.slow
def test_killed_again_and_again_nothing_is_lost(six: Path, tmp_path: Path) -> None:
    chance, out = random.Random(8), tmp_path / "out"
    before: dict[str, dict[str, bytes]] = {}
    for kill in range(4):
        with started(six, out, "--jobs", "2") as batch:
            stop, begun = chance.randint(1, 3), entries(out)
            while batch.poll() is None and entries(out) < begun + stop:
                time.sleep(0.005)
            time.sleep(chance.random() / 20)
            batch.kill()
        now = finished(out)
        assert before.items() <= now.items(), f"kill {kill} lost a finished run"
        before = now
    with started(six, out, "--jobs", "2") as batch:
        batch.communicate()
        assert batch.returncode == 2
    assert tree(out) == tree(six / "out")


@pytest.mark.slow
def test_ctrl_c_stops_it_with_what_is_finished_kept(six: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with started(six, out, "--jobs", "2", "--draws", "100000") as batch:
        while batch.poll() is None and entries(out) < 2:
            time.sleep(0.005)
        time.sleep(0.5)
        batch.send_signal(signal.SIGINT)
        _, told = batch.communicate()
    assert batch.returncode == 130
    assert b"what is finished is kept, the same command goes on" in told
    assert b"Traceback" not in told
    assert not list(out.glob(".*"))
    finished(out)


def test_what_a_killed_run_left_is_taken_away(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    for left in (".s1.123-0.partial", ".s2.9-1.replaced"):
        put(out / left, half=KEPT)
    (out / ".overview.csv.77.partial").write_text("half")
    again(six, out)
    assert tree(out) == tree(six / "out")


# A folder that is not to be had ------------------------------------------------------------


@pytest.mark.parametrize(
    "there", ["notes.txt", "manifest.json", ".git", "norfolk/plan.xlsx", "overview.csv"]
)
def test_a_folder_with_other_things_is_refused(there: str, six: Path, tmp_path: Path) -> None:
    path = tmp_path / "out" / there
    path.parent.mkdir(parents=True)
    path.write_text("mine")
    told = again(six, tmp_path / "out")
    assert told.exit_code == 2
    assert "must be empty or hold an earlier batch alone" in told.stderr
    assert tree(tmp_path / "out") == {there: b"mine"}


def test_ones_own_things_in_a_run_are_left_alone(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    (out / "s3" / "notes.txt").write_text("mine")
    told = again(six, out)
    assert told.exit_code == 2
    assert "this holds notes.txt" in told.stderr
    assert (out / "s3" / "notes.txt").read_text() == "mine"


def test_a_file_is_no_folder(six: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    told = again(six, tmp_path / "out")
    assert (told.exit_code, (tmp_path / "out").read_text()) == (2, "mine")
    assert "must be a folder, and this is a file" in told.stderr


def test_a_batch_is_not_written_around_where_one_stands(
    six: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for place in (tmp_path, tmp_path / "here"):
        told = again(six, place)
        assert told.exit_code == 2
        assert "must not be the folder that you are in, nor one around it" in told.stderr
    assert list(tmp_path.rglob("*")) == [tmp_path / "here"]


@pytest.mark.parametrize("text", ["{}", '{"folders": 3}', "[]", "not JSON"])
def test_a_batch_whose_record_is_spoilt_is_left_alone(text: str, six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    (out / keeping.RECORD).write_text(text)
    told = again(six, out)
    assert told.exit_code == 2
    assert "must be empty or hold an earlier batch alone, and this holds s1, s2, s3 …" in (
        " ".join(told.stderr.split())
    )


def test_two_batches_do_not_meet_in_one_folder(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    with (out / keeping.LOCK).open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        told = again(six, out)
    assert told.exit_code == 2
    assert "must not be the folder of another batch that is running" in told.stderr


@pytest.mark.slow
def test_a_full_disk_stops_it_with_what_is_finished_kept(six: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    limit = (six / "out" / "s1" / "projection.csv").stat().st_size - 1
    command = [sys.executable, "-m", "capacity", "batch", str(six / "in"), "--out", str(out)]
    told = subprocess.run(
        [*command, *QUICK, "--jobs", "1"],
        capture_output=True,
        text=True,
        check=False,
        # What measures coverage could not write either, and would say so.
        env={name: value for name, value in os.environ.items() if "COVERAGE" not in name},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert told.returncode == 2, told.stderr
    assert "cannot be written: file too large" in told.stderr
    assert "runs finished before are kept, and the same command goes on" in told.stderr
    assert "Traceback" not in told.stderr
    assert [one.name for one in out.iterdir() if one.is_dir()] == []
    again(six, out)
    assert tree(out) == tree(six / "out")


@contextmanager
def anyone() -> Iterator[None]:
    """Be somebody to whom permissions apply, if the tests are run by one to whom none do."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_may_not_be_written(six: Path, tmp_path: Path) -> None:
    out = copied(six, tmp_path)
    for one in (*six.parents[:3], *tmp_path.parents[:3], tmp_path, six):
        one.chmod(one.stat().st_mode | 0o055)
    (out / "s1" / "costs.csv").unlink()
    there = tree(out)
    for one in (out, *out.iterdir()):
        one.chmod(one.stat().st_mode & 0o555)
    with anyone():
        told = again(six, out)
    for one in (out, *out.iterdir()):
        one.chmod(one.stat().st_mode | 0o755)
    assert told.exit_code == 2, told.stderr
    assert f"{out}: cannot be written: permission denied; nothing was written" in told.stderr
    assert tree(out) == there


# The last forecast -------------------------------------------------------------------------


def month(start: str, *, hi: float = 60, lo: float = 60, overdue: str = "") -> str:
    """A unit with nobody in it, from a month on.

    Each of 60 monthly visits is outstanding at the end of the first month and so falls due no more;
    of 60 quarterly ones 20 fall due each month, so that 20, 40, 60 are outstanding. Nobody comes
    or goes.
    """
    text = toy(start=start, posts=0, months=4, duty=f"hours = 2\n{overdue}")
    return text.replace("hi = { cases = 60", f"hi = {{ cases = {hi}").replace(
        "lo = { cases = 60", f"lo = {{ cases = {lo}"
    )


@pytest.fixture(scope="module")
def april(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A batch of April, with bands."""
    place = tmp_path_factory.mktemp("april")
    put(place / "in", a=month("2025-04-01"), gone=month("2025-04-01"))
    told = run("batch", place / "in", "--out", place / "out", *QUICK, "--jobs", 1, "--draws", 20)
    assert told.exit_code == 0
    return place / "out"


JUNE = month("2025-06-01", hi=63, lo=60, overdue="overdue = { hi = 50, lo = 44 }")


def test_a_forecast_beside_what_happened_worked_by_hand(april: Path, tmp_path: Path) -> None:
    put(tmp_path / "in", a=JUNE, new=JUNE)
    told = run(
        *("batch", tmp_path / "in", "--out", tmp_path / "out", *QUICK, "--jobs", 1),
        *("--previous", april),
    )
    assert told.exit_code == 0, told.stderr
    found = table(tmp_path / "out", "forecasts")
    assert {row["scenario"] for row in found} == {"a"}
    assert {row["month"] for row in found} == {"2025-05"}
    got = {
        (row["measure"], row["duty"], row["tier"]): [
            *(float(row[n]) for n in ("forecast", "actual", "error", "error_share")),
            row["inside"],
        ]
        for row in found
    }
    assert list(got) == [
        ("cases", "", ""),
        ("cases", "", "hi"),
        ("cases", "", "lo"),
        ("outstanding", "visit", ""),
        ("outstanding", "visit", "hi"),
        ("outstanding", "visit", "lo"),
    ]
    by_hand: dict[tuple[str, str, str], tuple[float, float, float, float, str]] = {
        ("cases", "", ""): (120, 123, 3, 3 / 123, "False"),
        ("cases", "", "hi"): (60, 63, 3, 3 / 63, "False"),
        ("cases", "", "lo"): (60, 60, 0, 0, "True"),
        ("outstanding", "visit", ""): (100, 94, -6, -6 / 94, "False"),
        ("outstanding", "visit", "hi"): (60, 50, -10, -10 / 50, "False"),
        ("outstanding", "visit", "lo"): (40, 44, 4, 4 / 44, "False"),
    }
    for key, (forecast, actual, error, share, inside) in by_hand.items():
        assert got[key][:4] == pytest.approx([forecast, actual, error, share], abs=1e-9), key
        assert got[key][4] == inside, key
    page = (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")
    assert page.index("The last forecast beside what happened") < page.index("Every scenario, in")
    assert "100 activities were forecast to be overdue and 94 are" in page
    assert "0 of 1 activity inside the band" in page
    assert "Not compared: no run of this name in the earlier batch" in page


def test_what_cannot_be_compared_says_why(april: Path, tmp_path: Path) -> None:
    def why(text: str, folder: Path = april) -> str:
        read = scenario.read("a.toml", files={"a.toml": text})
        return previous.compare("a", read, folder / "a").why_not

    assert why(JUNE) == ""
    assert "says nothing of the end of 2025-03" in why(month("2025-04-01"))
    assert "says nothing of the end of 2025-12" in why(month("2026-01-01"))
    assert why(month("2025-08-01")) == ""
    spoilt = Path(shutil.copytree(april, tmp_path / "spoilt"))
    spoil_a_table(spoilt / "a")
    assert why(JUNE, spoilt) == "its earlier run is not whole"


def test_an_earlier_batch_that_has_nothing_of_today(april: Path, tmp_path: Path) -> None:
    put(tmp_path / "in", a=month("2026-01-01"))
    told = run(
        *("batch", tmp_path / "in", "--out", tmp_path / "out", *QUICK, "--jobs", 1),
        *("--previous", april),
    )
    assert "No earlier forecast can be compared with what happened." in told.stdout


def test_an_earlier_batch_without_bands(tmp_path: Path) -> None:
    put(tmp_path / "then", a=month("2025-04-01"))
    put(tmp_path / "now", a=JUNE.replace("lo = {", "other = {").replace("lo = 4", "other = 4"))
    to = (*QUICK, "--jobs", 1)
    run("batch", tmp_path / "then", "--out", tmp_path / "before", *to)
    told = run(
        "batch", tmp_path / "now", "--out", tmp_path / "out", *to, "--previous", tmp_path / "before"
    )
    assert told.exit_code == 0, told.stderr
    assert (
        "60 activities were forecast to be overdue and 50 are; the earlier runs have no bands"
        in (" ".join(told.stdout.split()))
    )
    page = (tmp_path / "out" / "overview.html").read_text(encoding="utf-8")
    assert "Only in one of the two: cases a lo, cases a other, outstanding a visit lo" in page


def test_tiers_that_only_one_of_the_two_has_are_left_out(april: Path) -> None:
    text = JUNE.replace("lo = { cases = 60 }", "other = { cases = 60 }")
    text = text.replace("lo = 4 }", "other = 4 }").replace("lo = 44", "other = 44")
    told = previous.compare("a", scenario.read("a.toml", files={"a.toml": text}), april / "a")
    assert told.left_out == (
        "cases a lo",
        "cases a other",
        "outstanding a visit lo",
        "outstanding a visit other",
    )
    whole = next(row for row in told.rows if row.duty and row.tier is None)
    assert (whole.forecast, whole.actual, whole.inside) == (pytest.approx(60), 50, None)


@pytest.mark.parametrize(
    ("where", "must"),
    [
        ("nowhere", "must be the folder of an earlier batch"),
        ("out", "must not be the folder that is written"),
    ],
)
def test_an_earlier_batch_that_is_none(where: str, must: str, april: Path, tmp_path: Path) -> None:
    out = Path(shutil.copytree(april, tmp_path / "out"))
    put(tmp_path / "in", a=JUNE)
    told = run(
        "batch", tmp_path / "in", "--out", out, *QUICK, "--previous", tmp_path / where, "--jobs", 1
    )
    assert told.exit_code == 2
    assert must in told.stderr
    assert tree(out) == tree(april)


# A cluster ---------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_cluster_writes_the_same_though_its_worker_dies(
    six: Path,
    cluster: Cluster,  # noqa: F811
    tmp_path: Path,
) -> None:
    worker, _ = cluster.worker(), cluster.worker()
    out = tmp_path / "out"
    with started(six, out, "--scheduler", cluster.address) as batch:
        while batch.poll() is None and not finished(out):
            time.sleep(0.02)
        os.killpg(worker.pid, 9)
        batch.communicate()
        assert batch.returncode == 2
    assert tree(out) == tree(six / "out")


@pytest.mark.slow
def test_a_scheduler_that_is_not_there_is_the_users_to_mend(six: Path, tmp_path: Path) -> None:
    told = run(
        "batch", six / "in", "--out", tmp_path / "out", *QUICK, "--scheduler", "tcp://:nowhere"
    )
    assert told.exit_code == 2
    assert "must be the address of a running Dask scheduler" in told.stderr


# Every figure in one table -----------------------------------------------------------------


def test_every_figure_of_a_batch_is_in_one_table(tmp_path: Path) -> None:
    put(tmp_path / "in", b=toy(visits(), posts=1, months=12), a=toy(posts=2, months=12), wrong=BAD)
    out = tmp_path / "out"
    run("batch", tmp_path / "in", "--out", out, *QUICK, "--jobs", 1)
    found = pd.read_parquet(out / "figures.parquet")
    assert list(found["scenario"].unique()) == ["a", "b"]
    for name in "ab":
        manifest = json.loads((out / name / "manifest.json").read_text(encoding="utf-8"))
        assert set(found.loc[found["scenario"] == name, "run_id"]) == {manifest["run_id"]}
        for table_, measure in (("projection", "done"), ("staffing", "posts"), ("hours", "short")):
            rows_ = table(out / name, table_)
            picked = found[
                (found["scenario"] == name)
                & (found["table"] == table_)
                & (found["measure"] == measure)
            ]
            assert list(picked["value"]) == [float(row[measure]) for row in rows_]
            assert list(picked["month"]) == [row["month"] for row in rows_]
    # By hand: 1 post of b's in each of 12 months, 2 of a's.
    posts = found[(found["table"] == "staffing") & (found["measure"] == "posts")]
    assert dict(posts.groupby("scenario")["value"].sum()) == {"a": 24, "b": 12}
    met = found[(found["table"] == "standards") & (found["measure"] == "met")]
    assert set(met["scenario"]) == {"b"}
    assert set(met["value"]) <= {0.0, 1.0}


def test_the_table_of_every_figure_is_the_same_on_every_run(six: Path, tmp_path: Path) -> None:
    again(six, tmp_path / "out")
    name = "figures.parquet"
    assert (tmp_path / "out" / name).read_bytes() == (six / "out" / name).read_bytes()


def test_a_dashboard_asks_for_what_is_overdue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The guide's own words: figures into SQLite, and the question; the sums are projection.csv's.

    By hand: 60 cases a month and 60 a quarter ask for 160 hours of visits, one post has 173.3, so
    nothing of b is overdue; without a post all 80 due in a's first month are.
    """
    guide = (Path(__file__).resolve().parents[1] / "docs" / "guide.md").read_text(encoding="utf-8")
    part = guide.partition("**Every figure in one table.**")[2]
    query, code = (
        re.search(rf"```{kind}\n(.*?)```", part, re.S)[1]  # type: ignore[index]
        for kind in ("sql", "python")
    )
    put(tmp_path / "in", a=toy(posts=0, months=3), b=toy(posts=1, months=3))
    monkeypatch.chdir(tmp_path)
    run("batch", "in", "--out", "out/every", *QUICK, "--jobs", 1)
    exec(compile(code, "guide.md", "exec"), {})
    with closing(sqlite3.connect("dashboard.sqlite")) as database:
        told = {(name, month): overdue for name, month, overdue in database.execute(query)}
    assert told["a", "2025-04"] == pytest.approx(80)
    assert [told["b", f"2025-0{month}"] for month in (4, 5, 6)] == pytest.approx([0, 0, 0])
    for name in "ab":
        for month in ("2025-04", "2025-05", "2025-06"):
            rows_ = [
                float(row["outstanding"])
                for row in table(tmp_path / "out" / "every" / name, "projection")
                if (row["month"], row["option"]) == (month, "today")
            ]
            assert told[name, month] == pytest.approx(sum(rows_))
