"""The same inputs give the same bytes, whatever the machine is set to."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from capacity import stages
from capacity.reading.scenario import read
from capacity.staffing import effort
from tests.shipped import FIRST
from tests.toys import toy, visits

UNSURE = toy(
    visits(0.9),
    months=12,
    duty="hours = { value = 2, low = 1.5, high = 3 }",
)
LOCALES = subprocess.run(
    ["locale", "-a"], capture_output=True, text=True, check=False
).stdout.split() or ["C"]
WANTED = ("tr_TR.utf8", "de_DE.utf8", "tr_TR.UTF-8", "de_DE.UTF-8", "C.utf8", "C.UTF-8", "C")
PLACES = [one for one in WANTED if one in LOCALES] or ["C"]

SETTINGS = (
    {"PYTHONHASHSEED": "1", "TZ": "Asia/Tokyo", "OMP_NUM_THREADS": "1", "LC_ALL": PLACES[0]},
    {
        "PYTHONHASHSEED": "99",
        "TZ": "America/New_York",
        "OMP_NUM_THREADS": "4",
        "OPENBLAS_NUM_THREADS": "4",
        "MKL_NUM_THREADS": "4",
        "NUMEXPR_NUM_THREADS": "4",
        "LC_ALL": PLACES[-1],
        "PYTHONUTF8": "1",
    },
)
COMMANDS = {
    "plan": ["plan", "s.toml", "--out", "out"],
    "simulate": ["simulate", "s.toml", "--draws", "200", "--drivers", "1", "--out", "out"],
    "compare": ["compare", "s.toml", "other.toml", "--out", "out"],
    "report": ["report", "s.toml", "other.toml", "--out", "out"],
}


def folder(at: Path) -> Path:
    at.mkdir()
    (at / "s.toml").write_text(UNSURE, encoding="utf-8")
    (at / "other.toml").write_text(
        'extends = "s.toml"\ntitle = "Other"\n[cohorts.a.duties.visit]\ncrew = 2\n'
    )
    return at


def run(at: Path, words: list[str], settings: dict[str, str]) -> str:
    """What a command prints, in a folder and under settings of its own."""
    command = [sys.executable, "-m", "capacity", *words]
    environment = {**os.environ, **settings}
    done = subprocess.run(
        command, cwd=at, env=environment, capture_output=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr.decode()
    return hashlib.sha256(done.stdout).hexdigest()


def digests(at: Path) -> dict[str, str]:
    files = sorted(one for one in at.iterdir() if one.name != "timings.json")
    return {one.name: hashlib.sha256(one.read_bytes()).hexdigest() for one in files}


@pytest.mark.slow
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_the_same_bytes_whatever_the_machine_is_set_to(words: list[str], tmp_path: Path) -> None:
    found = []
    for n, settings in enumerate(SETTINGS):
        at = folder(tmp_path / f"folder {n}")
        printed = run(at, words, settings)
        found.append((digests(at / "out"), printed if settings["LC_ALL"] == PLACES[-1] else ""))
    assert found[0][0] == found[1][0]
    assert len(found[0][0]) > 3


@pytest.mark.slow
def test_a_simulation_can_be_repeated_to_the_byte(tmp_path: Path) -> None:
    at = folder(tmp_path / "here")
    options = ["--draws", "100", "--seed", "7", "--drivers", "0", "--backlog", "5", "--no-enough"]
    run(at, ["simulate", "s.toml", *options, "--out", "one"], {})
    (at / "s.toml").unlink()
    run(at, ["simulate", "--repeat", "one/manifest.json", "--out", "two"], {})
    assert digests(at / "one") == digests(at / "two")


@pytest.mark.slow
def test_a_manifest_is_repeated_by_its_own_command_only(tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from capacity.cli import app

    at = folder(tmp_path / "here")
    out = at / "out"
    told = ["simulate", str(at / "s.toml"), "--fixed", "--draws", "10", "--drivers", "0"]
    assert CliRunner().invoke(app, [*told, "--no-enough", "--out", str(out)]).exit_code == 0
    path = out / "manifest.json"
    done = CliRunner().invoke(app, ["plan", "--repeat", str(path)])
    assert done.exit_code == 2
    assert "command: must be plan" in done.output
    done = CliRunner().invoke(app, ["simulate", "vaws-2025", "--repeat", str(path)])
    assert done.exit_code == 2
    assert "must not be given with --repeat" in done.output
    manifest = json.loads(path.read_bytes())
    wrong = {"draws": 5, "until_error": 2, "backlog": [], "fixed": 1, "drivers": -1, "other": 1}
    path.write_text(json.dumps({**manifest, "options": wrong, "seed": -1}))
    done = CliRunner().invoke(app, ["simulate", "--repeat", str(path)])
    assert done.exit_code == 2
    for name in (*wrong, "enough"):
        assert f"options.{name}: " in done.output
    assert "seed: must be a whole number" in done.output


@pytest.mark.parametrize("times", [0.0, 4.0], ids=["endlessly fast", "four times as slow"])
def test_a_plan_that_runs_out_of_time_is_the_same_on_any_machine(
    times: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time is counted as work, so that the search ends at the same point whatever the clock says.

    A twentieth of a second is too short for this scenario: what could not be proven in it is named.
    """
    scenario = read(FIRST).replace({"sizing.time_limit_seconds": 0.05})
    usual = stages.run(scenario).sizing
    real = time.monotonic
    monkeypatch.setattr(effort.time, "monotonic", lambda: times * real())
    other = stages.run(scenario).sizing
    assert usual is not None
    assert other is not None
    assert usual.unproven
    np.testing.assert_array_equal(other.added, usual.added)
    assert (other.objective, other.bound) == (usual.objective, usual.bound)
    assert other.unproven == usual.unproven


def test_the_clock_ends_a_search_that_takes_far_longer_than_its_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = iter([100.0, 100.0 + 10 * effort.PATIENCE - 1, 100.0 + 10 * effort.PATIENCE + 1])
    monkeypatch.setattr(effort.time, "monotonic", lambda: next(clock))
    limit = effort.within(10.0)
    assert limit.left == pytest.approx(10.0)  # no work was done
    assert limit.left == 0.0
