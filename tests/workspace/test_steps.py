"""From any schema there ever was to this edition's, and the same on either database."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from capacity.errors import InputError
from capacity.files.monthly import Figure
from capacity.files.timings import Timing
from capacity.workspace import (
    backup,
    figures,
    forecasts,
    retention,
    scenarios,
    timings,
    units,
)
from capacity.workspace.forecasts import Expected
from capacity.workspace.place import (
    BEFORE,
    FILE,
    Workspace,
    WorkspaceError,
    known_schemas,
    latest,
    open_workspace,
    schema_of,
    upgrade,
)
from capacity.workspace.tables import IN_ORDER, REVISION
from tests.postgres import Postgres
from tests.workspace.hands import ANALYST, MANAGER, Hands, content

SCHEMAS = Path(__file__).parent / "schemas"
"""A backup of a workspace of each schema, written when that was the latest."""


def used(workspace: Workspace) -> None:
    """Do something of each kind, the same each time."""
    hands = Hands()
    one = scenarios.keep_new(
        workspace, hands.of(ANALYST), content("ü = 1"), "Budget", unit_name="Norfolk"
    )
    units.grant(workspace, hands.of(ANALYST), one.unit, MANAGER, "edit")
    two = scenarios.save(workspace, hands.of(MANAGER), one.id, 1, content("b = 2"), name="For June")
    other = scenarios.copy(workspace, hands.of(MANAGER), one.id)
    scenarios.remove(workspace, hands.of(MANAGER), other.id)
    scenarios.rename(workspace, hands.of(ANALYST), one.id, "Zoë’s budget")
    done = [
        Figure("2025-11", "rso", "visit", tier, "done", value, compare=False, row=1)
        for tier, value in ((None, 80.5), ("high", 1 / 3), ("low", 0.1 + 0.2))
    ]
    took = {"column tier": "Band"}
    figures.take_in(
        workspace, hands.of(MANAGER), one.unit, "figures", "2025-11", {"rows": 3}, done, took
    )
    made = figures.decide(
        workspace, hands.of(MANAGER), one.unit, "Two posts", "2026-01-05", two.version.id
    )
    figures.sign(workspace, hands.of(ANALYST), one.unit, made.id)


def used_since_2(workspace: Workspace) -> None:
    """Do something of each kind that the second schema brought."""
    hands = Hands("b")
    (one,) = scenarios.scenarios(workspace, hands.of())
    ahead = [
        Expected("2025-12", "rso", "visit", tier, "done", 1 / 3, 0.5, 2 / 3)
        for tier in (None, "high")
    ]
    with workspace.writing() as connection:
        fitted = {"cohorts.rso.growth_per_year": (0.1, 0.05, 0.2)}
        forecasts.keep_forecast(connection, hands.of(MANAGER), one.id, "2025-11", fitted, ahead)


def used_since_3(workspace: Workspace) -> None:
    """Do something of each kind that the third schema brought."""
    hands = Hands("d")
    (one,) = scenarios.scenarios(workspace, hands.of())
    visit = Timing("Home visit", 62.5, 40, 2)
    timings.keep_file(workspace, hands.of(MANAGER), one.unit, [visit, Timing("ARMS", 90)])
    timings.keep_timing(workspace, hands.of(ANALYST), one.unit, Timing("Sign-off", 1 / 3))


def answers_since_3(workspace: Workspace) -> object:
    """What a workspace says of everything that `used_since_3` did."""
    mine = Hands().of(ANALYST)
    (one,) = scenarios.scenarios(workspace, mine)
    return timings.timings_of(workspace, mine, one.unit)


def answers_since_2(workspace: Workspace) -> object:
    """What a workspace says of everything that `used_since_2` did."""
    mine = Hands().of(ANALYST)
    (one,) = scenarios.scenarios(workspace, mine)
    return forecasts.forecasts(workspace, mine, one.id)


def answers(workspace: Workspace) -> object:
    """What a workspace says of everything that `used` did."""
    hands = Hands()
    mine = [hands.of(ANALYST), hands.of(MANAGER), hands.of()]
    every = [scenarios.scenarios(workspace, hand) for hand in mine]
    home = every[0][0].unit
    one = every[0][0].id
    return (
        every,
        scenarios.scenarios(workspace, mine[0], removed=True),
        [units.units(workspace, hand) for hand in mine],
        scenarios.versions(workspace, mine[0], one),
        [scenarios.open_scenario(workspace, mine[0], one, number) for number in (1, 2)],
        units.access(workspace, mine[0], home),
        units.history(workspace, mine[0], home),
        figures.intakes(workspace, mine[0], home),
        figures.history_of_unit(workspace, mine[0], home),
        figures.remembered(workspace, mine[0], home, "figures"),
        figures.decisions(workspace, mine[0], home),
    )


@pytest.mark.database
def test_both_databases_give_the_same_answers(tmp_path: Path, server: Postgres) -> None:
    with server.database() as address:
        both = [open_workspace(where) for where in (str(tmp_path / "folder"), address)]
        for workspace in both:
            used(workspace)
            used_since_2(workspace)
            used_since_3(workspace)
        for ask in (answers, answers_since_2, answers_since_3):
            folder, on_server = map(ask, both)
            assert folder == on_server
        for place, workspace in zip("ab", both, strict=True):
            backup.backup(workspace, str(tmp_path / place), replace=False)
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
        later = timedelta(days=31)
        for workspace in both:
            hand = Hands().of(minutes=later.total_seconds() / 60)
            assert retention.prune(workspace, hand).scenarios == 1
            workspace.close()


def test_a_backup_makes_the_same_workspace_elsewhere(workspace: Workspace, tmp_path: Path) -> None:
    used(workspace)
    used_since_2(workspace)
    used_since_3(workspace)
    file = str(tmp_path / "kept.backup")
    rows = backup.backup(workspace, file, replace=False)
    there = str(tmp_path / "there")
    assert backup.restore(file, there) == rows
    again = open_workspace(there, new=False)
    for ask in (answers, answers_since_2, answers_since_3):
        assert ask(again) == ask(workspace)
    again.close()
    assert [path.name for path in Path(there).iterdir()] == [FILE]
    with pytest.raises(InputError, match="there is one, and nothing was written over it"):
        backup.restore(file, there)


@pytest.mark.database
@pytest.mark.skipif(os.name == "nt", reason="who may read a file is kept otherwise there")
def test_only_the_account_that_makes_a_backup_can_read_it(
    workspace: Workspace, tmp_path: Path
) -> None:
    """As the workspace itself; whatever new files of that account usually are."""
    usual = os.umask(0o022)
    try:
        backup.backup(workspace, str(tmp_path / "kept.backup"), replace=False)
    finally:
        os.umask(usual)
    assert (tmp_path / "kept.backup").stat().st_mode & 0o777 == 0o600


def test_a_backup_of_a_folder_moves_to_a_server(tmp_path: Path, server: Postgres) -> None:
    here = open_workspace(str(tmp_path / "here"))
    used(here)
    file = str(tmp_path / "kept.backup")
    backup.backup(here, file, replace=False)
    with server.database() as address:
        backup.restore(file, address)
        there = open_workspace(address)
        assert answers(there) == answers(here)
        there.close()
        with pytest.raises(InputError, match="nothing was written over it"):
            backup.restore(file, address)
    here.close()


def test_a_backup_that_is_cut_short_or_changed_makes_nothing(tmp_path: Path) -> None:
    here = open_workspace(str(tmp_path / "here"))
    used(here)
    here.close()
    whole = tmp_path / "whole"
    backup.backup(open_workspace(str(tmp_path / "here")), str(whole), replace=False)
    plain = gzip.decompress(whole.read_bytes())
    bad = {
        "cut": whole.read_bytes()[:-40],
        "short": gzip.compress(b"\n".join(plain.splitlines()[:-1])),
        "changed": gzip.compress(plain.replace(b"80.5", b"90.5")),
        "later": gzip.compress(plain.replace(latest().encode(), b"9999", 1)),
        "other": b"PK\x03\x04",
    }
    for name, bytes_ in bad.items():
        (tmp_path / name).write_bytes(bytes_)
        with pytest.raises(InputError, match=r"must be (a whole backup|a backup made|of this)"):
            backup.restore(str(tmp_path / name), str(tmp_path / "there"))
        assert not (tmp_path / "there" / FILE).exists()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda row: row.update(number=10**400),
        lambda row: row.update(nothing=1),
        lambda row: row.update(id={"a": 1}),
        lambda row: row.update(id="\ud800"),
        lambda row: row.pop("id"),
        lambda row: row.update(id=None),
    ],
    ids=["too large", "no such column", "a table", "half a letter", "no id", "an empty id"],
)
def test_a_backup_with_a_row_that_is_none_makes_nothing(spoil: Any, tmp_path: Path) -> None:
    """Sealed as a backup is, so that only the database can tell; nothing is left behind."""
    here = open_workspace(str(tmp_path / "here"))
    used(here)
    whole = tmp_path / "whole"
    backup.backup(here, str(whole), replace=False)
    here.close()
    heading, *rows, _ = gzip.decompress(whole.read_bytes()).decode().splitlines()
    documents = [json.loads(row) for row in rows]
    spoil(next(one["row"] for one in documents if one["table"] == "version"))
    rows = [json.dumps(one) for one in documents]
    seal = hashlib.sha256("".join(rows).encode()).hexdigest()
    end = json.dumps({"rows": len(rows), "sha256": seal})
    bent, there = tmp_path / "bent", tmp_path / "there"
    bent.write_bytes(gzip.compress("\n".join([heading, *rows, end]).encode()))
    with pytest.raises(InputError, match=r"must have rows of its schema: what is in line \d+"):
        backup.restore(str(bent), str(there))
    assert list(there.iterdir()) == []


def schema_file(schema: str, folder: Path) -> str:
    """The backup of a workspace of this schema, packed."""
    packed = folder / f"{schema}.backup"
    packed.write_bytes(gzip.compress((SCHEMAS / f"{schema}.jsonl").read_bytes()))
    return str(packed)


@pytest.mark.parametrize("schema", known_schemas())
def test_a_database_of_each_schema_is_brought_to_this_one_and_keeps_everything(
    schema: str, where: str, tmp_path: Path
) -> None:
    """The file of a schema was written by its edition; what `used` did is all there."""
    backup.restore(schema_file(schema, tmp_path), where)
    workspace = open_workspace(where)
    fresh = open_workspace(str(tmp_path / "fresh"))
    used(fresh)
    if schema >= "0002":
        used_since_2(fresh)
        assert answers_since_2(workspace) == answers_since_2(fresh)
    if schema >= "0003":
        used_since_3(fresh)
        assert answers_since_3(workspace) == answers_since_3(fresh)
    assert answers(workspace) == answers(fresh)
    with workspace.reading() as connection:
        assert schema_of(connection) == latest()
    workspace.close()
    fresh.close()


@pytest.mark.parametrize("schema", known_schemas())
def test_a_folder_of_an_earlier_schema_is_kept_as_it_was_beside_it(
    schema: str, tmp_path: Path
) -> None:
    where = tmp_path / "old"
    workspace = open_workspace(str(where))
    with workspace.writing() as connection:
        for table in reversed(IN_ORDER):
            table.drop(connection)
        REVISION.drop(connection)
        upgrade(connection, schema)
    workspace.close()
    open_workspace(str(where)).close()
    if schema == latest():  # nothing was done, so there is nothing to keep
        assert [path.name for path in where.iterdir()] == [FILE]
        return
    copy = sa.create_engine(f"sqlite:///{where / BEFORE.format(schema)}")
    with copy.connect() as connection:
        assert schema_of(connection) == schema
    copy.dispose()


def test_a_database_of_a_later_edition_is_left_alone(workspace: Workspace, where: str) -> None:
    with workspace.writing() as connection:
        connection.execute(REVISION.update().values(version_num="9999"))
    with pytest.raises(WorkspaceError, match="written by a later edition of capacity"):
        open_workspace(where)


def test_the_steps_lead_to_the_tables_that_are_used(workspace: Workspace) -> None:
    with workspace.reading() as connection:
        looked = sa.inspect(connection)
        assert set(looked.get_table_names()) == {table.name for table in IN_ORDER} | {REVISION.name}
        for table in IN_ORDER:
            columns = [column["name"] for column in looked.get_columns(table.name)]
            assert columns == [column.name for column in table.columns], table.name
            assert all(not column["nullable"] for column in looked.get_columns(table.name))
            keys = looked.get_pk_constraint(table.name)["constrained_columns"]
            assert keys == [column.name for column in table.primary_key], table.name


# What is kept for how long -----------------------------------------------------------------


def test_what_is_kept_no_longer_is_gone_from_the_disk(tmp_path: Path) -> None:
    workspace = open_workspace(str(tmp_path))
    hands = Hands()
    one = scenarios.keep_new(workspace, hands.of(ANALYST), content("# first words"), "Gone")
    two = scenarios.keep_new(workspace, hands.of(ANALYST), content("# other words"), "Stays")
    scenarios.remove(workspace, hands.of(ANALYST), one.id)
    assert not retention.prune(workspace, hands.of(ANALYST, days=29))
    found = retention.prune(workspace, hands.of(ANALYST, days=2))
    assert (found.scenarios, found.versions, found.texts, found.names) == (1, 1, 1, 0)
    scenarios.open_scenario(workspace, hands.of(ANALYST), two.id)
    workspace.close()
    disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"other words" in disk
    assert b"first words" not in disk


def test_unnamed_versions_go_after_90_days_but_for_the_latest_and_those_decided_on(
    workspace: Workspace,
) -> None:
    hands = Hands()
    one = scenarios.keep_new(workspace, hands.of(), content("n = 1"), "Ours")
    for number in range(2, 6):  # versions 2 to 5, an hour apart
        name = "Named" if number == 3 else ""
        hand = hands.of(hours=1)
        one = scenarios.save(
            workspace, hand, one.id, one.revision, content(f"n = {number}"), name=name
        )
        if number == 4:
            figures.decide(workspace, hands.of(), one.unit, "So", "2026-01-05", one.version.id)
    assert retention.prune(workspace, hands.of(days=89)).versions == 0
    assert retention.prune(workspace, hands.of(days=2)).versions == 2
    assert [v.number for v in scenarios.versions(workspace, hands.of(), one.id)] == [5, 4, 3]


def test_a_deleted_unit_goes_with_everything_after_30_days(workspace: Workspace) -> None:
    used(workspace)
    used_since_2(workspace)
    used_since_3(workspace)
    hands = Hands("c")
    hands.of(days=1)
    (unit,) = units.units(workspace, hands.of())
    units.remove_unit(workspace, hands.of(), unit.id)
    assert retention.prune(workspace, hands.of(days=31)).units == 1
    with workspace.reading() as connection:
        left = [t.name for t in IN_ORDER if connection.execute(sa.select(t).limit(1)).first()]
    assert left == []


def test_history_no_longer_says_who_after_two_years(workspace: Workspace) -> None:
    used(workspace)
    hands = Hands("b")
    (unit,) = units.units(workspace, hands.of())
    assert retention.prune(workspace, hands.of(days=729)).names == 0
    assert retention.prune(workspace, hands.of(days=3)).names > 0
    told = units.history(workspace, hands.of(), unit.id)
    assert {event.person for event in told} == {""}
    assert "Scenario “Budget” renamed to “Zoë’s budget”" in {event.words for event in told}
    # They still have it.
    assert set(units.access(workspace, hands.of(), unit.id)) == {ANALYST, MANAGER}


def test_timings_go_after_three_years(workspace: Workspace) -> None:
    used(workspace)
    used_since_3(workspace)
    hands = Hands("e")
    assert retention.prune(workspace, hands.of(days=1064)).timings == 0  # December 2028
    assert retention.prune(workspace, hands.of(days=62)).timings == 3  # February 2029
    assert answers_since_3(workspace) == ()


def test_an_old_copy_from_before_an_upgrade_goes(tmp_path: Path) -> None:
    workspace = open_workspace(str(tmp_path))
    copy = tmp_path / BEFORE.format("0000")
    copy.write_bytes(b"")
    hands = Hands()
    now = hands.of().now.timestamp()
    os.utime(copy, (now, now))
    assert retention.prune(workspace, hands.of(days=29)).copies == 0
    assert retention.prune(workspace, hands.of(days=2)).copies == 1
    assert not copy.exists()
    workspace.close()


def test_the_service_page_says_how_long_everything_is_kept(repository: Path) -> None:
    page = (repository / "docs" / "service.md").read_text(encoding="utf-8")
    for words in (
        f"{retention.REMOVED_DAYS} days",
        f"{retention.UNNAMED_DAYS} days",
        f"{retention.PAGE_DAYS} days",
        f"{retention.PEOPLE_MONTHS} months",
        f"{retention.COPY_DAYS} days",
        f"{retention.TIMING_MONTHS} months",
    ):
        assert words in page, words
