"""What a force records of work that queues: read, compared, fitted, and what it is planned from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from capacity import stages
from capacity.errors import TableError
from capacity.files.monthly import History, read_history
from capacity.history.fit import calibrate, known, suggested
from capacity.reading.scenario import Scenario, read
from tests.test_queues import queue, ten, told

ARRIVALS = "queues.refs.arrivals_per_month"


def recorded(folder: Path, text: str) -> History:
    """A history in a file."""
    (folder / "h.csv").write_text(text, encoding="utf-8")
    return read_history(folder / "h.csv")


def unit(*more: str, months: int = 6) -> Scenario:
    """Ten referrals arrive, six wait, eight a month can be done."""
    text = queue(queues=ten("deadline_months = 1", *more), months=months)
    return read("u.toml", files={"u.toml": text})


def test_headings_of_a_queue_are_read_as_what_they_are_of_a_queue(tmp_path: Path) -> None:
    found = recorded(
        tmp_path, "Month,Queue,Class,Received,Closed,Open,Overdue\n2025-04,refs,all,12,9,9,2\n"
    )
    figures = {one.measure: one.value for one in found.figures}
    assert figures == {"newly_due": 12, "done": 9, "outstanding": 9, "past_deadline": 2}
    assert {(one.duty, one.tier) for one in found.figures} == {("refs", None)}


def test_a_plan_starts_from_what_was_open_and_how_long_it_had_waited(tmp_path: Path) -> None:
    """Six waited, twelve came, nine were closed: the six and three of the twelve; nine are new."""
    history = "month,queue,received,closed,open\n2025-04,refs,12,9,9\n"
    text = f'history = "h.csv"\n{queue(queues=ten("deadline_months = 1"), months=6)}'
    run = stages.run(read("u.toml", files={"u.toml": text, "h.csv": history}), fixed=True)
    opened = run.scenario.settings.queues["refs"]
    assert run.scenario.settings.start.isoformat() == "2025-05-01"
    assert opened.waiting["all"].value == 9
    assert opened.waiting_ages == {"all": [9]}
    np.testing.assert_allclose(told(run)["due"][0], 19)


def test_arrivals_are_found_from_what_was_received(tmp_path: Path) -> None:
    """Fourteen a month came, not ten."""
    rows = "".join(f"2025-{month:02d},refs,14\n" for month in range(4, 10))
    history = recorded(tmp_path, f"month,queue,received\n{rows}")
    scenario = unit().replace({ARRIVALS: {"value": 10, "low": 5, "high": 20}})
    assert suggested(scenario, history) == [ARRIVALS]
    found = calibrate(scenario, history, [ARRIVALS], hold_out=0)
    assert found.settings[0].value == pytest.approx(14, abs=1e-3)


def test_all_that_is_recorded_is_compared(tmp_path: Path) -> None:
    """Of the 12 left in month 3 two wait from month 2; of the 14 of month 4 four from month 3.

    In date: 18 of the 20 due in month 3; of 22 in month 4 all but these four and two done late.
    """
    rows = (
        "2025-04,refs,10,8,8,0,100%\n2025-05,refs,10,8,10,0,100%\n"
        "2025-06,refs,10,8,12,2,90%\n2025-07,refs,10,8,14,4,73%\n"
    )
    title = "month,queue,received,closed,open,overdue,in_date\n"
    found = calibrate(
        unit().replace({ARRIVALS: {"value": 10, "low": 5, "high": 20}}),
        recorded(tmp_path, title + rows),
        [ARRIVALS],
        hold_out=0,
    )
    at = {(one.figure.month, one.figure.measure): one.projected for one in found.compared}
    for n, month in enumerate(("2025-04", "2025-05", "2025-06", "2025-07")):
        assert at[month, "newly_due"] == pytest.approx(10, abs=0.05)
        assert at[month, "done"] == pytest.approx(8, abs=0.05)
        assert at[month, "outstanding"] == pytest.approx(8 + 2 * n, abs=0.1)
        assert at[month, "past_deadline"] == pytest.approx((0, 0, 2, 4)[n], abs=0.1)
        assert at[month, "in_date"] == pytest.approx((1, 1, 18 / 20, 16 / 22)[n], abs=0.01)


@pytest.mark.parametrize(
    ("row", "must"),
    [
        ("2025-04,refs,lo,3", "tier: unknown tier; must be one of: all"),
        ("2025-04,ref,all,3", "duty: unknown duty; must be one of: refs"),
    ],
)
def test_a_queue_or_class_that_is_not_there_is_refused(tmp_path: Path, row: str, must: str) -> None:
    history = recorded(tmp_path, f"month,queue,class,open\n{row}\n")
    with pytest.raises(TableError) as told_:
        known(unit(), history)
    assert must in str(told_.value)
