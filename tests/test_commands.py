"""Every command in README and docs, typed as it stands there, each in a folder of its own."""

import os
import pty
import re
import shlex
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from capacity.cli import app
from tests import test_register

REPOSITORY = Path(__file__).resolve().parents[1]
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
ELSEWHERE = {
    "capacity app": "tests/app",
    "tcp://": "tests/test_running.py",  # a cluster of one's own
}
"""Commands that wait for somebody or need other machines, and where they are tried instead."""

AT_A_TERMINAL = ("&&", ">", "capacity start", "capacity batch", "--out out/norfolk-2024")
"""Parts of commands that a shell starts: what a shell does, questions, other processes, a plan."""

MONTHS = 30
"""Of a unit's own history, as many as it might have kept."""

ANSWERS = "Unit|2025-04|12|60|110|180|140|480|10||0|24|85|2"


def commands() -> list[str]:
    """Lines of the pages that begin with `capacity`, comments taken off.

    One that stands there with more options too is tried with them, wherever either writes to.
    """
    found: dict[str, None] = {}
    for page in PAGES:
        for block in re.findall(
            r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.S | re.M
        ):
            for line in block.splitlines():
                typed = line.partition(" #")[0].strip()
                if typed.startswith("capacity ") and not any(part in typed for part in ELSEWHERE):
                    found[typed] = None
    return [one for one in found if not any(has_more(other, one) for other in found)]


def has_more(typed: str, than: str) -> bool:
    """Whether a command is another with more options."""
    asked, fewer = (re.sub(r"(--out) \S+", r"\1", one).partition(" --") for one in (typed, than))
    return asked[0] == fewer[0] and set(asked[2].split()) > set(fewer[2].split())


def as_tried(every: list[str]) -> dict[str, str]:
    """What is typed for each command.

    Of those that plan with the same options only the first goes on to the simulations, which take
    most of the time; the scenarios of the others are planned without them.
    """
    found: dict[str, str] = {}
    seen: set[str] = set()
    for one in every:
        plan = re.fullmatch(r"capacity plan \S+((?: --\S+)*)", one)
        again = plan is not None and plan[1] in seen and "--fixed" not in one
        found[one] = f"{one} --central" if again else one
        if plan is not None:
            seen.add(plan[1])
    return found


def prepare(folder: Path, typed: str) -> None:
    """Lay out what the pages take for granted, but for what the command itself writes."""
    for name in ("scenarios", "data"):
        shutil.copytree(REPOSITORY / name, folder / name)
    guide = (REPOSITORY / "docs" / "guide.md").read_text(encoding="utf-8")
    for name, text in re.findall(r"^```toml\n# (\S+)\n(.*?)^```", guide, re.S | re.M):
        (folder / "scenarios" / name).write_text(text, encoding="utf-8")
    ours = "scenarios/norfolk-2021.toml" if "--into" in typed else "data/synthetic-scenario.toml"
    shutil.copy(REPOSITORY / ours, folder / "our-unit.toml")
    lines = (REPOSITORY / "data" / "synthetic-history.csv").read_text(encoding="utf-8").splitlines()
    months = sorted({line.partition(",")[0] for line in lines[1:]})[:MONTHS]
    ours_ = [line for line in lines if line.partition(",")[0] in ("month", *months)]
    (folder / "ours.csv").write_text("\n".join(ours_) + "\n", encoding="utf-8")
    test_register.register(folder, test_register.rows(600), name="register.csv")
    if "import our-unit.xlsx" in typed:
        run(folder, "capacity template our-unit.xlsx --from norfolk-2021")
    if "capacity workspace" in typed and "workspace import" not in typed:
        run(folder, "capacity workspace import norfolk-2024")
    if "diary.csv" in typed:
        timed = ["activity,minutes,travel,attempts"]
        timed += [f"visit,{minutes},30,{1 + minutes % 2}" for minutes in range(60, 100)]
        (folder / "diary.csv").write_text("\n".join(timed) + "\n", encoding="utf-8")
    if "workspace timings" in typed:
        unit = (folder / "our-unit.toml").read_text(encoding="utf-8")
        named = re.sub(r"(?m)^title = .*$", 'title = "Our unit"', unit)
        (folder / "our-unit.toml").write_text(named, encoding="utf-8")
        run(folder, "capacity workspace import our-unit.toml")
    if "referrals.xlsx" in typed:
        referrals(folder)
    if "capacity round" in typed:
        run(folder, "capacity workspace import our-unit.toml")
    written = re.search(r"-o (\S+)", typed)
    if written:
        (folder / written[1]).unlink(missing_ok=True)


def referrals(folder: Path) -> None:
    """Lay out a list of referrals, and a unit with a queue for them."""
    queue = '\n[queues.referrals]\nteam = "ppu"\nhours = 4\narrivals_per_month = 20\n'
    with (folder / "our-unit.toml").open("a", encoding="utf-8") as unit:
        unit.write(queue)
    days = [date(2025, 3, 28) - timedelta(days=4 * n) for n in range(90)]
    rows = [(day, None if n < 5 else day + timedelta(days=20)) for n, day in enumerate(days)]
    table = pd.DataFrame(rows, columns=["Received", "Closed"])
    table.to_excel(folder / "referrals.xlsx", index=False)


def variables(folder: Path) -> dict[str, str]:
    """Where commands keep work, each by itself, and figures for later ones, all in one place."""
    return {
        "CAPACITY_WORKSPACE": str(folder / "kept"),
        "CAPACITY_CACHE": str(folder.parent / "figures"),
    }


def run(folder: Path, typed: str) -> None:
    """Run a command in a folder: in this process, where it needs no shell and no answers."""
    if any(part in typed for part in AT_A_TERMINAL):
        at_a_terminal(folder, typed)
        return
    with pytest.MonkeyPatch.context() as here:
        here.chdir(folder)
        for name, value in variables(folder).items():
            here.setenv(name, value)
        done = CliRunner().invoke(app, shlex.split(typed)[1:])
    assert done.exit_code == 0, done.output


def at_a_terminal(folder: Path, typed: str) -> None:
    """Type a command at a terminal, with answers to what it may ask."""
    ours, theirs = pty.openpty()
    os.write(ours, ANSWERS.replace("|", "\n").encode() + b"\n")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", typed],
        cwd=folder,
        env={**os.environ, "PATH": path, **variables(folder)},
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_commands_to_try() -> None:
    assert len(commands()) > 20


@pytest.mark.slow
@pytest.mark.parametrize("typed", as_tried(commands()).values(), ids=commands())
def test_what_the_pages_say_can_be_typed(typed: str, tmp_path: Path) -> None:
    prepare(tmp_path, typed)
    run(tmp_path, typed)
