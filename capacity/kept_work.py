"""Commands for the workspace: what is kept, sent, brought in, purged, backed up and restored.

What is typed and in which order things happen; the work is done in `capacity.workspace`. Whoever
can read the database can see all of it, so these commands ask for nobody's name.
"""

from __future__ import annotations

import importlib.util
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capacity.arguments import Json, Output, Replace
from capacity.errors import InputError, Problem
from capacity.wording import counted, installing, listed

if TYPE_CHECKING:
    from capacity.workspace.people import Hand
    from capacity.workspace.place import Workspace
    from capacity.workspace.scenarios import Listed

NEEDED = ("sqlalchemy", "alembic")
"""Packages without which there is no workspace."""

SHOWN = 8
"""Letters of an identity that a list shows, and that are enough to name a scenario."""

Where = Annotated[
    str | None,
    typer.Option(
        "--workspace",
        metavar="WHERE",
        envvar="CAPACITY_WORKSPACE",
        help="A folder, or postgresql://… for a server. [default: a folder of your own data]",
    ),
]


def hand() -> Hand:
    """Return who types a command: somebody without a name, now."""
    from capacity.workspace.people import Hand

    return Hand(None, datetime.now(UTC), lambda: uuid.uuid4().hex)


@contextmanager
def opened(where: str | None, *, new: bool = False) -> Iterator[Workspace]:
    """Open the workspace that was asked for.

    Raises:
        InputError: if there is none, or packages are missing that it needs.
    """
    place = _place(where)
    from capacity.workspace.place import open_workspace

    found = open_workspace(place, new=new)
    try:
        yield found
    finally:
        found.close()


def _place(where: str | None) -> str:
    if not all(map(importlib.util.find_spec, NEEDED)):
        must = f"needs more packages: {installing('workspace')}"
        raise InputError([Problem("capacity workspace", None, "", must)])
    from capacity.workspace.place import OFF, default_place

    place = where or default_place(os.environ)
    if place == OFF:
        must = "must name a folder or a server: it says that nothing is kept"
        raise InputError([Problem("capacity workspace", None, "--workspace", must, place)])
    return place


def list_(
    where: Where = None,
    removed: Annotated[
        bool, typer.Option("--removed", help="What was deleted and can still be brought back.")
    ] = False,
    history: Annotated[
        bool, typer.Option("--history", help="What was changed in each unit, by whom and when.")
    ] = False,
    json: Json = False,
) -> None:
    """List units and scenarios, when each was last saved and how many versions there are."""
    from capacity import console

    with opened(where) as workspace:
        from capacity.workspace import scenarios, units

        mine = hand()
        every = scenarios.scenarios(workspace, mine, removed=removed)
        homes = units.units(workspace, mine)
        told = {one.id: units.history(workspace, mine, one.id) for one in homes} if history else {}
        place = workspace.where
    if json:
        events = [
            {"unit": one.name, **asdict(event)} for one in homes for event in told.get(one.id, ())
        ]
        rows = {"scenarios": [asdict(one) for one in every], "units": [asdict(u) for u in homes]}
        console.answer({"workspace": place, **rows, **({"history": events} if history else {})})
        return
    if history:
        titles = [("Unit", False), ("When", False), ("Who", False), ("What", False)]
        lines = [
            [one.name, _when(event.at), event.person, event.words]
            for one in homes
            for event in told[one.id]
        ]
        console.table(place, titles, lines)
        return
    titles = [("Unit", False), ("Scenario", False), ("Saved", False), ("By", False)]
    numbers = [("Versions", True), ("What-ifs", True), ("Identity", False)]
    lines = [
        [
            *(one.unit_name, one.name, _when(one.at), one.person),
            *(str(one.versions), str(one.options), one.id[:SHOWN]),
        ]
        for one in every
    ]
    console.table(place, [*titles, *numbers], lines)


def _when(at: str) -> str:
    return f"{at[:10]} {at[11:16]}"


def export(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="Its name, UNIT/NAME, or its identity.")
    ],
    output: Output = None,
    where: Where = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="This version and not the latest.")
    ] = None,
    replace: Replace = False,
) -> None:
    """Write a scenario as one file that opens anywhere, with its saved what-ifs."""
    from capacity.console import say
    from capacity.files import saving

    with opened(where) as workspace:
        from capacity.workspace import bundle, scenarios

        mine = hand()
        one = _named(scenarios.scenarios(workspace, mine), scenario)
        found = scenarios.open_scenario(workspace, mine, one.id, version)
    place = output or f"{found.name}{bundle.ENDING}".replace("/", "-")
    saving.save(place, bundle.packed(found.name, found.content), replace=replace)
    say(f"“{found.name}”, version {found.version.number}, is in {place}.")


def _named(every: tuple[Listed, ...], wanted: str) -> Listed:
    """Return the scenario that somebody means."""
    key = wanted.casefold()
    found = [
        one
        for one in every
        if wanted == one.id
        or key in (one.name.casefold(), f"{one.unit_name}/{one.name}".casefold())
    ]
    if len(found) == 1:
        return found[0]
    names = [f"{one.unit_name}/{one.name}" for one in (found or every)]
    must = "must be one scenario of the workspace" + (f": {listed(names, 12)}" if names else "")
    raise InputError([Problem("capacity workspace", None, "SCENARIO", must, wanted)])


def import_(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE…", help="Files of `export`, or scenario files (.toml)."),
    ],
    where: Where = None,
    unit: Annotated[
        str | None, typer.Option(help="Into this unit, made if there is none. [default: its title]")
    ] = None,
) -> None:
    """Bring scenarios into the workspace: all of them or, if one is wrong, none."""
    from capacity.console import say

    read = [_content_of(name) for name in files]
    with opened(where, new=True) as workspace:
        from capacity.workspace import scenarios

        kept = scenarios.keep_all(workspace, hand(), read, unit_name=unit)
    for one in kept:
        say(f"“{one.name}” of {one.unit_name} is kept.")


def _content_of(name: str) -> tuple[str, str, Any]:
    """Return the name of a scenario, its title and its content, as a file says them."""
    _place("-")
    from capacity.files.fetching import fetch
    from capacity.limits import LARGEST_BUNDLE
    from capacity.reading import scenario as scenarios
    from capacity.workspace import bundle
    from capacity.workspace.scenarios import Content

    if name.endswith(bundle.ENDING):
        try:
            sent = fetch(name, LARGEST_BUNDLE)
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise InputError([Problem(name, None, "", f"cannot be read: {why}")]) from error
        stem, content = bundle.unpacked(name, sent)
        read = scenarios.read(content.chosen, files=content.files)
        for one in content.options:
            scenarios.read(one.chosen, files=one.files or content.files)
        return stem, read.settings.title, content
    read = scenarios.read(name)
    shipped = {f"{one}.toml" for one in scenarios.shipped()}
    texts = {
        Path(one.name).name: one.text for one in read.files if Path(one.name).name not in shipped
    }
    chosen = Path(read.files[0].name).name
    chosen = chosen if chosen in texts else chosen.removesuffix(".toml")
    return read.name, read.settings.title, Content(chosen, texts)


def prune(where: Where = None, json: Json = False) -> None:
    """Purge what is kept for no longer: deleted work, old unnamed versions, names in history."""
    from capacity import console

    with opened(where) as workspace:
        from capacity.workspace import retention

        found = retention.prune(workspace, hand())
    if json:
        console.answer({"pruned": asdict(found)})
        return
    told = [counted(n, what.removesuffix("s")) for what, n in asdict(found).items() if n]
    console.say(f"Purged: {listed(told, 10)}." if told else "There was nothing to purge.")


def backup(
    file: Annotated[str, typer.Argument(metavar="FILE", help="The backup to write.")],
    where: Where = None,
    replace: Replace = False,
) -> None:
    """Write everything in the workspace into one file, while others go on working."""
    from capacity.console import say

    with opened(where) as workspace:
        from capacity.workspace import backup as backups

        number = backups.backup(workspace, file, replace=replace)
    say(f"{counted(number, 'row')} written to {file}.")


def restore(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A backup.")],
    where: Where = None,
) -> None:
    """Make a workspace of a backup, where there is none yet: complete, or not at all."""
    from capacity.console import say

    place = _place(where)
    from capacity.workspace import backup as backups
    from capacity.workspace.place import shown

    number = backups.restore(file, place)
    say(f"{counted(number, 'row')} restored to {shown(place)}.")


def grant(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Its name or identity.")],
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="An address, or @ and a domain for all there.")
    ],
    role: Annotated[
        str, typer.Argument(metavar="ROLE", help="read, edit, own, or none to take it away.")
    ],
    where: Where = None,
) -> None:
    """Give somebody who signs in access to a unit, or take it away."""
    from capacity.console import say

    with opened(where) as workspace:
        from capacity.workspace import units
        from capacity.workspace.people import ROLES

        mine = hand()
        every = units.units(workspace, mine)
        found = [one for one in every if unit in (one.id, one.name)]
        if len(found) != 1:
            names = listed([one.name for one in every], 12)
            must = "must be one unit of the workspace" + (f": {names}" if every else "")
            raise InputError([Problem("capacity workspace", None, "UNIT", must, unit)])
        known: Any = None if role == "none" else role
        if known is not None and known not in ROLES:
            must = f"must be one of: {', '.join(ROLES)}, none"
            raise InputError([Problem("capacity workspace", None, "ROLE", must, role)])
        units.grant(workspace, mine, found[0].id, person, known)
    say(f"{person}: {role} in {found[0].name}.")
