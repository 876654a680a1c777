"""`capacity workspace`: what an administrator types, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.files.timings import Timing
from capacity.workspace import bundle, scenarios, timings
from capacity.workspace.place import FILE, default_place, open_workspace
from tests.toys import toy
from tests.workspace.hands import Hands, content


def typed(where: Path | str, *words: str, code: int = 0) -> str:
    done = CliRunner().invoke(app, ["workspace", *words], env={"CAPACITY_WORKSPACE": str(where)})
    assert done.exit_code == code, done.output
    return done.output


def test_a_scenario_goes_out_as_one_file_and_comes_in_elsewhere(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    (tmp_path / "ours.toml").write_text(toy().replace("A toy", "Our unit"), encoding="utf-8")
    above = 'extends = "ours.toml"\ntitle = "Five posts"\n[teams.t.grades.pc]\nin_post = 5\n'
    (tmp_path / "five.toml").write_text(above, encoding="utf-8")
    typed(here, "import", str(tmp_path / "five.toml"), "--unit", "Norfolk")
    told = json.loads(typed(here, "list", "--json"))
    (one,) = told["scenarios"]
    assert (one["unit_name"], one["name"], one["versions"]) == ("Norfolk", "five", 1)
    file = str(tmp_path / "sent.capacity")
    assert "“five”, version 1, is in" in typed(here, "export", "Norfolk/five", "-o", file)
    # The file needs nothing else: the scenario that this one extends is in it.
    for name in ("ours.toml", "five.toml"):
        (tmp_path / name).unlink()
    typed(there, "import", file)
    again = str(tmp_path / "again.capacity")
    typed(there, "export", "five", "-o", again)
    assert Path(file).read_bytes() == Path(again).read_bytes()
    assert "must be a new file" in typed(there, "export", "five", "-o", again, code=2)


def test_all_files_are_brought_in_or_none(tmp_path: Path) -> None:
    (tmp_path / "good.toml").write_text(toy(), encoding="utf-8")
    (tmp_path / "bad.toml").write_text("title = 5", encoding="utf-8")
    where = tmp_path / "kept"
    files = [str(tmp_path / name) for name in ("good.toml", "bad.toml")]
    assert "bad.toml" in typed(where, "import", *files, code=2)
    assert not where.exists()


@pytest.mark.parametrize(
    "bytes_",
    [
        b"",
        b"[]",
        b"{}",
        b'{"format": "capacity scenario 1"}',
        b"\xff\xfe",
        b"[" * 100_000,
        bundle.packed("a", content()).replace(b'"ours.toml"', b'"../ours.toml"'),
        bundle.packed("a", content()).replace(b'"2"', b"2"),
    ],
)
def test_a_file_that_is_none_is_told_in_one_line(bytes_: bytes, tmp_path: Path) -> None:
    sent = tmp_path / "sent.capacity"
    sent.write_bytes(bytes_)
    told = typed(tmp_path / "kept", "import", str(sent), code=2)
    assert "must be a file that this program wrote to send a scenario" in told
    assert len(told.strip().splitlines()) == 1
    assert not (tmp_path / "kept").exists()


def test_what_is_sent_is_the_same_bytes_and_comes_back_as_it_was() -> None:
    sent = bundle.packed("Budget", content("a = 1", months="36"))
    name, back = bundle.unpacked("x.capacity", sent)
    assert bundle.packed(name, back) == sent
    assert back.options == content("a = 1").options
    assert back.changes == {"months": ("36",)}


def test_there_is_nothing_to_list_where_there_is_no_workspace(tmp_path: Path) -> None:
    assert "must be a workspace: it has none" in typed(tmp_path / "none", "list", code=2)
    assert not (tmp_path / "none").exists()
    assert "nothing is kept where it is off" in typed("off", "list", code=2)
    told = typed("mysql://a:secret@b/c", "list", code=2)
    assert "must be a folder, or an address that begins with postgresql://" in told
    assert "secret" not in told


def test_access_is_given_and_pruned_and_backed_up_from_a_shell(tmp_path: Path) -> None:
    where, there = tmp_path / "kept", tmp_path / "there"
    (tmp_path / "ours.toml").write_text(toy(), encoding="utf-8")
    typed(where, "import", str(tmp_path / "ours.toml"), "--unit", "Norfolk")
    assert "edit in Norfolk" in typed(where, "grant", "Norfolk", "a@b.police.uk", "edit")
    assert "must be one of: read, edit, own, none" in typed(
        where, "grant", "Norfolk", "a@b.police.uk", "all", code=2
    )
    assert "There was nothing to purge." in typed(where, "prune")
    told = json.loads(typed(where, "list", "--history", "--json"))
    assert "Access to edit given to a@b.police.uk" in {one["words"] for one in told["history"]}
    file = str(tmp_path / "all.backup")
    assert "rows written" in typed(where, "backup", file)
    assert "rows restored" in typed(there, "restore", file)
    assert (there / FILE).is_file()
    assert "must be one scenario of the workspace: Norfolk/ours" in typed(
        there, "export", "theirs", code=2
    )


def test_where_work_is_kept_if_nothing_else_is_said() -> None:
    home = {"HOME": "/people/analyst"}
    assert default_place(home) in (
        "/people/analyst/.local/share/capacity",
        "/people/analyst/Library/Application Support/capacity",
    )
    assert default_place({**home, "XDG_DATA_HOME": "/data"}).startswith(("/data", "/people"))
    assert default_place({**home, "CAPACITY_WORKSPACE": " /here "}) == "/here"


def test_an_account_without_a_home_keeps_nothing_until_it_is_told_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in a container that runs under a number that nothing is known about."""

    def unknown() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", unknown)
    assert default_place({}) == "off"
    assert default_place({"CAPACITY_WORKSPACE": "/here"}) == "/here"
    nobody = {"HOME": "", "USERPROFILE": "", "XDG_DATA_HOME": "", "CAPACITY_WORKSPACE": ""}
    told = CliRunner().invoke(app, ["workspace", "list"], env=nobody)
    assert told.exit_code == 2
    assert "must name a folder or a server" in told.output


def test_timings_are_written_for_the_diary_and_deleted(tmp_path: Path) -> None:
    env = {"CAPACITY_WORKSPACE": str(tmp_path / "kept")}
    workspace = open_workspace(env["CAPACITY_WORKSPACE"])
    one = scenarios.keep_new(workspace, Hands().of(), content(), "Ours", unit_name="Our unit")
    kept = [Timing("Home visit", 60, 30, 1)] * 6
    timings.keep_file(workspace, Hands("b").of(), one.unit, kept)
    workspace.close()
    out = tmp_path / "diary.csv"
    ask = ["workspace", "timings", "Our unit", "-o", str(out), "--clear"]
    done = CliRunner().invoke(app, ask, env=env)
    assert done.exit_code == 0, done.output
    assert "6 timings of Our unit written" in done.output
    assert "6 timings of Our unit deleted." in done.output
    told = json.loads(CliRunner().invoke(app, ["diary", str(out), "--json"], env=env).output)
    assert [(one["entries"], one["hours"]) for one in told["diary"]] == [(6, 1.5)]  # 90 minutes
    done = CliRunner().invoke(app, ["workspace", "timings", "Theirs"], env=env)
    assert done.exit_code == 2
    assert "must be one unit of the workspace: Our unit" in done.output


def test_prune_says_what_is_kept_for_how_long(tmp_path: Path) -> None:
    env = {"CAPACITY_WORKSPACE": str(tmp_path / "none")}
    done = CliRunner().invoke(app, ["workspace", "prune", "--rules", "--json"], env=env)
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["rules"]["timings of the diary"] == "36 months"
    assert not (tmp_path / "none").exists()
