"""What is kept: saved, named, copied, deleted and brought back, and by whom."""

from __future__ import annotations

from dataclasses import replace

import pytest

from capacity.errors import InputError
from capacity.files.monthly import Figure
from capacity.workspace import figures, scenarios, units
from capacity.workspace.people import Hand, NoAccess
from capacity.workspace.place import Workspace
from capacity.workspace.scenarios import Changed, Content, Opened
from tests.workspace.hands import ANALYST, EVE, FIRST, MANAGER, Hands, content


def kept(workspace: Workspace, hand: Hand, name: str = "Budget") -> Opened:
    return scenarios.keep_new(workspace, hand, content(), name, unit_name="Norfolk")


def test_what_is_kept_is_opened_as_it_was(workspace: Workspace) -> None:
    hands = Hands()
    wanted = content('title = "Größe £5 ✓"\n', **{"cohorts.rso.growth_per_year": "0.05"})
    made = scenarios.keep_new(workspace, hands.of(), wanted, "Budget", unit_name="Norfolk")
    found = scenarios.open_scenario(workspace, hands.of(), made.id)
    assert found.content == wanted
    assert (found.name, found.unit_name, found.revision) == ("Budget", "Norfolk", 1)
    assert [one.name for one in scenarios.scenarios(workspace, hands.of())] == ["Budget"]


def test_one_sitting_is_one_version_and_what_was_brought_is_never_replaced(
    workspace: Workspace,
) -> None:
    hands = Hands()
    one = kept(workspace, hands.of())
    for number in range(3):  # 9:02, 9:03, 9:04
        text = f"title = {number}"
        one = scenarios.save(workspace, hands.of(), one.id, one.revision, content(text))
    assert [v.number for v in scenarios.versions(workspace, hands.of(), one.id)] == [2, 1]
    assert one.content.files["ours.toml"] == "title = 2"
    # The first version is what there was before anything was changed.
    first = scenarios.open_scenario(workspace, hands.of(), one.id, 1)
    assert first.content.files["ours.toml"] == "title = 1"
    # 16 minutes later it is another sitting.
    late = scenarios.save(workspace, hands.of(minutes=16), one.id, one.revision, content("x = 1"))
    assert late.version.number == 3


def test_a_named_version_and_that_of_another_person_stay(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of(ANALYST))
    units.grant(workspace, hands.of(ANALYST), one.unit, MANAGER, "edit")
    one = scenarios.save(
        workspace, hands.of(ANALYST), one.id, 1, content("a = 1"), name="For the board"
    )
    one = scenarios.save(workspace, hands.of(ANALYST), one.id, 2, content("a = 2"))
    one = scenarios.save(workspace, hands.of(MANAGER), one.id, 3, content("a = 3"))
    found = scenarios.versions(workspace, hands.of(MANAGER), one.id)
    assert [(v.number, v.name, v.person) for v in found] == [
        (4, "", MANAGER),
        (3, "", ANALYST),
        (2, "For the board", ANALYST),
        (1, "", ANALYST),
    ]
    back = scenarios.bring_back(workspace, hands.of(MANAGER), one.id, one.revision, 2)
    assert back.content.files["ours.toml"] == "a = 1"
    assert back.version.number == 5


def test_who_saves_over_another_is_told_and_nothing_is_lost(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of(ANALYST))
    units.grant(workspace, hands.of(ANALYST), one.unit, MANAGER, "edit")
    scenarios.save(workspace, hands.of(MANAGER), one.id, one.revision, content("manager = 1"))
    with pytest.raises(Changed) as told:
        scenarios.save(workspace, hands.of(ANALYST), one.id, one.revision, content("analyst = 1"))
    # Kept at 9:01, access at 9:02, Manager at 9:03.
    assert str(told.value) == f"{MANAGER} saved this scenario at 09:03 UTC on 2026-01-05."
    found = scenarios.open_scenario(workspace, hands.of(ANALYST), one.id)
    assert found.content.files["ours.toml"] == "manager = 1"


def test_a_scenario_is_renamed_copied_deleted_and_brought_back(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of())
    scenarios.rename(workspace, hands.of(), one.id, "  Budget   2027 ")
    copy = scenarios.copy(workspace, hands.of(), one.id)
    assert copy.name == "Budget 2027 (copy)"
    assert copy.content == one.content
    with pytest.raises(InputError, match="no other scenario of the unit"):
        scenarios.rename(workspace, hands.of(), copy.id, "BUDGET 2027")
    scenarios.remove(workspace, hands.of(), one.id)
    assert [s.id for s in scenarios.scenarios(workspace, hands.of())] == [copy.id]
    assert [s.id for s in scenarios.scenarios(workspace, hands.of(), removed=True)] == [one.id]
    with pytest.raises(NoAccess):
        scenarios.open_scenario(workspace, hands.of(), one.id)
    with pytest.raises(NoAccess):
        scenarios.save(workspace, hands.of(), one.id, 1, content())
    scenarios.rename(workspace, hands.of(), copy.id, "Budget 2027")
    back = scenarios.undo_remove(workspace, hands.of(), one.id)
    assert back.name == "Budget 2027 2"  # its own name was taken meanwhile
    assert back.content == one.content


def test_nobody_sees_or_changes_a_unit_without_access(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of(ANALYST))
    decision = figures.decide(workspace, hands.of(ANALYST), one.unit, "Two posts", "2026-01-05")
    eve = hands.of(EVE)
    assert scenarios.scenarios(workspace, eve) == ()
    assert units.units(workspace, eve) == ()
    refused = [
        lambda: scenarios.open_scenario(workspace, eve, one.id),
        lambda: scenarios.open_scenario(workspace, eve, one.id, 1),
        lambda: scenarios.versions(workspace, eve, one.id),
        lambda: scenarios.save(workspace, eve, one.id, 1, content()),
        lambda: scenarios.keep_new(workspace, eve, content(), "Mine", unit=one.unit),
        lambda: scenarios.rename(workspace, eve, one.id, "Mine"),
        lambda: scenarios.copy(workspace, eve, one.id),
        lambda: scenarios.remove(workspace, eve, one.id),
        lambda: scenarios.undo_remove(workspace, eve, one.id),
        lambda: scenarios.bring_back(workspace, eve, one.id, 1, 1),
        lambda: units.rename_unit(workspace, eve, one.unit, "Mine"),
        lambda: units.remove_unit(workspace, eve, one.unit),
        lambda: units.restore_unit(workspace, eve, one.unit),
        lambda: units.access(workspace, eve, one.unit),
        lambda: units.grant(workspace, eve, one.unit, EVE, "own"),
        lambda: units.history(workspace, eve, one.unit),
        lambda: figures.take_in(workspace, eve, one.unit, "figures", "2026-01", {}),
        lambda: figures.intakes(workspace, eve, one.unit),
        lambda: figures.history_of_unit(workspace, eve, one.unit),
        lambda: figures.remembered(workspace, eve, one.unit, "register"),
        lambda: figures.decide(workspace, eve, one.unit, "Mine", "2026-01-05"),
        lambda: figures.decisions(workspace, eve, one.unit),
        lambda: figures.sign(workspace, eve, one.unit, decision.id),
    ]
    for ask in refused:
        with pytest.raises(NoAccess, match="do not have access to this work, or it no longer"):
            ask()
    with pytest.raises(NoAccess, match="do not have access to this work, or it no longer"):
        scenarios.open_scenario(workspace, eve, "0" * 32)  # the same words as for one that exists
    assert scenarios.open_scenario(workspace, hands.of(ANALYST), one.id).revision == 1


def test_each_role_may_do_what_it_says(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of(ANALYST))
    units.grant(workspace, hands.of(ANALYST), one.unit, "@B.police.UK", "read")
    assert scenarios.open_scenario(workspace, hands.of(EVE), one.id).role == "read"
    with pytest.raises(NoAccess, match="can see this work but not change this"):
        scenarios.save(workspace, hands.of(EVE), one.id, 1, content())
    units.grant(workspace, hands.of(ANALYST), one.unit, EVE, "edit")  # the more of the two counts
    scenarios.save(workspace, hands.of(EVE), one.id, 1, content("eve = 1"))
    with pytest.raises(NoAccess, match="who has access to this or delete it"):
        units.grant(workspace, hands.of(EVE), one.unit, MANAGER, "read")
    with pytest.raises(InputError, match="make somebody else one first"):
        units.grant(workspace, hands.of(ANALYST), one.unit, ANALYST, None)
    assert units.access(workspace, hands.of(ANALYST), one.unit) == {
        "@b.police.uk": "read",
        ANALYST: "own",
        EVE: "edit",
    }
    units.grant(workspace, hands.of(ANALYST), one.unit, EVE, None)
    units.grant(workspace, hands.of(ANALYST), one.unit, "@b.police.uk", None)
    with pytest.raises(NoAccess):
        scenarios.open_scenario(workspace, hands.of(EVE), one.id)


def test_history_says_who_changed_what_and_when(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of(ANALYST))
    scenarios.rename(workspace, hands.of(ANALYST), one.id, "Plan B")
    units.remove_unit(workspace, hands.of(ANALYST), one.unit)
    assert scenarios.scenarios(workspace, hands.of(ANALYST)) == ()
    units.restore_unit(workspace, hands.of(ANALYST), one.unit)
    history = units.history(workspace, hands.of(ANALYST), one.unit)
    told = [(event.at[11:16], event.person, event.words) for event in history]
    assert told[:3] == [
        ("09:05", ANALYST, "Deletion of the unit undone"),
        ("09:03", ANALYST, "Unit “Norfolk” deleted"),
        ("09:02", ANALYST, "Scenario “Budget” renamed to “Plan B”"),
    ]
    assert {words for *_, words in told[3:]} == {"Unit “Norfolk” made", "Scenario “Budget” made"}


@pytest.mark.parametrize("name", ["", "   ", "a" * 151, "pay\u202eload", "Bu\u0000dget"])
def test_a_name_that_is_none_or_deceives_is_refused(name: str, tmp_path: object) -> None:
    from capacity.workspace.people import named

    with pytest.raises(InputError):
        named(name, "name of the scenario")


# Monthly figures and decisions -------------------------------------------------------------


def figure(month: str, value: float, tier: str | None = None) -> Figure:
    return Figure(month, "rso", "visit", tier, "done", value, compare=False, row=1)


def test_a_correction_takes_the_place_of_what_was_said_and_both_stay_counted(
    workspace: Workspace,
) -> None:
    hands = Hands()
    unit = units.new_unit(workspace, hands.of(), "Norfolk")
    first = [figure("2025-10", 90), figure("2025-11", 80), figure("2025-11", 8, "high")]
    figures.take_in(workspace, hands.of(), unit, "figures", "2025-11", {"months": 2}, first)
    figures.take_in(workspace, hands.of(), unit, "figures", "2025-12", {"months": 1}, [
        figure("2025-11", 84),
    ])  # fmt: skip
    found = figures.history_of_unit(workspace, hands.of(), unit)
    assert [(f.month, f.tier, f.value, f.row) for f in found.figures] == [
        ("2025-10", None, 90.0, 1),
        ("2025-11", None, 84.0, 2),  # as said last, by import 2
        ("2025-11", "high", 8.0, 1),
    ]
    told = figures.intakes(workspace, hands.of(), unit)
    assert [(i.number, i.kind, i.as_at, i.counts) for i in told] == [
        (1, "figures", "2025-11", {"months": 2}),
        (2, "figures", "2025-12", {"months": 1}),
    ]


def test_how_titles_are_read_is_remembered_for_each_unit(workspace: Workspace) -> None:
    hands = Hands()
    unit = units.new_unit(workspace, hands.of(), "Norfolk")
    other = units.new_unit(workspace, hands.of(), "Suffolk")
    took = {"column tier": "Risk level", "value very_high": "VH"}
    figures.take_in(workspace, hands.of(), unit, "register", "2025-11-30", {}, mapping=took)
    again = {"column tier": "Band"}
    figures.take_in(workspace, hands.of(), unit, "register", "2025-12-31", {}, mapping=again)
    wanted = {"column tier": "Band", "value very_high": "VH"}
    assert figures.remembered(workspace, hands.of(), unit, "register") == wanted
    assert figures.remembered(workspace, hands.of(), unit, "figures") == {}
    assert figures.remembered(workspace, hands.of(), other, "register") == {}


def test_a_decision_is_signed_once_by_an_owner(workspace: Workspace) -> None:
    hands = Hands()
    one = kept(workspace, hands.of(ANALYST))
    units.grant(workspace, hands.of(ANALYST), one.unit, MANAGER, "edit")
    made = figures.decide(
        workspace, hands.of(MANAGER), one.unit, "Two posts from April", "2026-01-05", one.version.id
    )
    with pytest.raises(NoAccess):
        figures.sign(workspace, hands.of(MANAGER), one.unit, made.id)
    figures.sign(workspace, hands.of(ANALYST), one.unit, made.id)
    with pytest.raises(InputError, match="must not be signed again"):
        figures.sign(workspace, hands.of(ANALYST), one.unit, made.id)
    (found,) = figures.decisions(workspace, hands.of(MANAGER), one.unit)
    assert found.words == "Two posts from April"
    assert (found.person, found.signed_by) == (MANAGER, ANALYST)
    assert found.version == one.version.id
    with pytest.raises(InputError, match="what was decided"):
        figures.decide(workspace, hands.of(ANALYST), one.unit, "  ", "2026-01-05")


def test_a_scenario_without_files_of_its_own_is_kept_too(workspace: Workspace) -> None:
    hands = Hands()
    wanted = Content("norfolk-2024", changes={"months": ("36",)})
    made = scenarios.keep_new(workspace, hands.of(), wanted, "Three years")
    assert made.content == wanted
    assert made.unit_name == "Three years"
    assert replace(made, revision=1) == scenarios.open_scenario(workspace, hands.of(), made.id)
    assert hands.now > FIRST
