"""A list of referrals to an opening position: ages by class, arrivals, and never a row of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from capacity.cli import app
from capacity.errors import InputError, TableError
from capacity.files.table_files import read_table
from capacity.reading.scenario import read
from capacity.register.count import Asked
from capacity.register.referrals import WANTED, Referrals, referrals
from tests.test_queues import EIGHT, TWO, queue

UNIT = queue(queues=f"{TWO}{EIGHT}\nwaiting = 3", months=12)  # from April 2025
LIST = """Reference,Date received,Date closed,Risk
a,2025-08-02,2025-08-20,hi
b,2025-08-05,,lo
c,2025-07-10,,lo
d,2025-06-15,2025-08-01,lo
e,2025-06-20,,hi
f,2025-05-30,2025-06-05,hi
"""


def made(
    folder: Path, text: str = LIST, name: str = "refs", as_at: str = "2025-08-31"
) -> Referrals:
    (folder / "list.csv").write_text(text, encoding="utf-8")
    scenario = read("u.toml", files={"u.toml": UNIT})
    sheet = read_table(folder / "list.csv", WANTED)
    return referrals(sheet, scenario, name, Asked(date.fromisoformat(as_at)))


def test_those_open_wait_by_class_and_months(tmp_path: Path) -> None:
    """At the end of August b waits since August (1 month), c since July (2), e since June (3)."""
    found = made(tmp_path)
    assert found.waiting == {"hi": (0, 0, 1), "lo": (1, 1)}


def test_arrivals_are_the_mean_of_whole_months(tmp_path: Path) -> None:
    """The list begins in May, perhaps within it: five came from June to August."""
    found = made(tmp_path)
    assert found.months == 3
    assert found.arrivals == pytest.approx(5 / 3)


def test_the_file_opens_the_queue_in_the_month_after(tmp_path: Path) -> None:
    """Of the five two are high. Two were closed in August, none in July, one in June."""
    text = made(tmp_path).text
    opened = read("o.toml", files={"u.toml": UNIT, "o.toml": text}).settings
    refs = opened.queues["refs"]
    assert opened.start == date(2025, 9, 1)
    assert [refs.waiting[name].value for name in ("hi", "lo")] == [1, 2]
    assert refs.waiting_ages == {"hi": [0, 0, 1], "lo": [1, 1]}
    assert refs.arrivals_per_month is not None
    assert refs.arrivals_per_month.value == pytest.approx(5 / 3, abs=1e-6)
    assert refs.classes["hi"].value == pytest.approx(2 / 5)
    assert refs.completed_before == [2, 0, 1]


def test_two_columns_of_one_meaning_are_refused(tmp_path: Path) -> None:
    twice = LIST.replace("\n", ",2025-01-01\n").replace("2025-01-01", "Date received", 1)
    with pytest.raises(TableError, match="Date received: must be the only column of this meaning"):
        made(tmp_path, twice)


def test_a_closure_after_the_day_is_still_open_on_it(tmp_path: Path) -> None:
    found = made(tmp_path, LIST.replace("2025-08-20", "2025-09-03"))
    assert found.waiting["hi"] == (1, 0, 1)


@pytest.mark.parametrize(
    ("old", "new", "must"),
    [
        ("2025-08-05", "", "list.csv:3: Date received: must be the date on which it was received"),
        (
            "2025-08-05",
            "2025-09-05",
            "must not be after the day that the list stands at (2025-08-31)",
        ),
        ("2025-08-20", "2025-07-20", "list.csv:2: Date closed: must not be before it was received"),
        ("2025-08-05,,lo", "2025-08-05,,low", "list.csv:3: Risk: must be a class: hi, lo"),
        ("2025-08-05", "05/08/2025", "must be written in one way, 2024-10-31 or 31/10/2024"),
        (",Risk", ",Notes", "must have a column class: hi, lo"),
        ("Date received", "When", "must have a column for the date received, titled one of: "),
    ],
)
def test_what_is_wrong_is_told_by_row_and_never_what_stands_there(
    tmp_path: Path, old: str, new: str, must: str
) -> None:
    with pytest.raises(TableError) as told:
        made(tmp_path, LIST.replace(old, new))
    assert must in str(told.value)
    assert "low" not in str(told.value)


def test_the_queue_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="must be a queue: refs"):
        made(tmp_path, name="files")


def test_nothing_of_a_row_is_written(tmp_path: Path) -> None:
    (tmp_path / "u.toml").write_text(UNIT, encoding="utf-8")
    (tmp_path / "list.csv").write_text(LIST.replace("a,", "Op Larch 77,"), encoding="utf-8")
    asked = ["--into", tmp_path / "u.toml", "--as-at", "2025-08-31", "--queue", "refs"]
    out = tmp_path / "o.toml"
    run = CliRunner().invoke(
        app, [str(one) for one in ["import", tmp_path / "list.csv", *asked, "-o", out]]
    )
    assert run.exit_code == 0, run.output
    assert "3 referrals waiting, 1.7 received per month" in run.output
    assert "Larch" not in run.output + out.read_text(encoding="utf-8")
