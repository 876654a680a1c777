"""Commands for work that lasts: the workspace, and the monthly round in it.

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
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capacity.arguments import Json, Output, Replace, Tables, day, form, pairs
from capacity.errors import InputError, Problem
from capacity.wording import counted, installing, listed

if TYPE_CHECKING:
    from capacity.register.count import Asked
    from capacity.rounds.keeping import Brought, KeptRound
    from capacity.workspace.people import Hand
    from capacity.workspace.place import Workspace
    from capacity.workspace.scenarios import Listed
    from capacity.workspace.units import Unit

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
        must = "must name a folder or a server: nothing is kept where it is off or there is no home"
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
        Path(one.name).name: one.text
        for one in read.files
        if Path(one.name).name not in shipped and one.name != "data/sources.csv"
    }
    chosen = Path(read.files[0].name).name
    chosen = chosen if chosen in texts else chosen.removesuffix(".toml")
    return read.name, read.settings.title, Content(chosen, texts)


def prune(
    where: Where = None,
    rules: Annotated[
        bool, typer.Option("--rules", help="Say what is kept for how long, and purge nothing.")
    ] = False,
    json: Json = False,
) -> None:
    """Purge what is kept for no longer: deleted work, old versions, timings, names in history."""
    from capacity import console

    if rules:
        _place(where)
        from capacity.workspace import retention

        if json:
            console.answer({"rules": dict(retention.RULES)})
            return
        titles = [("Kept", False), ("For how long", False)]
        console.table("What is kept", titles, [list(one) for one in retention.RULES])
        return
    with opened(where) as workspace:
        from capacity.workspace import retention

        found = retention.prune(workspace, hand())
    if json:
        console.answer({"pruned": asdict(found)})
        return
    told = [counted(n, what.removesuffix("s")) for what, n in asdict(found).items() if n]
    console.say(f"Purged: {listed(told, 10)}." if told else "There was nothing to purge.")


def timings(
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="Its name or identity.")],
    output: Output = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Delete all timings of the unit, once written.")
    ] = False,
    where: Where = None,
    replace: Replace = False,
) -> None:
    """Write the timings of a unit's diary as a file for `capacity diary`, or delete them."""
    import pandas as pd

    from capacity.console import say
    from capacity.files import saving
    from capacity.results import outputs

    with opened(where) as workspace:
        from capacity.workspace import timings as kept

        mine = hand()
        found = _unit_named(workspace, mine, unit)
        every = kept.timings_of(workspace, mine, found.id)
        if output is not None:
            frame = pd.DataFrame(every, columns=["activity", "minutes", "travel", "attempts"])
            saving.save(output, outputs.as_csv(frame), replace=replace)
            say(f"{counted(len(every), 'timing')} of {found.name} written to {output}.")
        if clear:
            gone = kept.clear(workspace, mine, found.id)
            say(f"{counted(gone, 'timing')} of {found.name} deleted.")
        elif output is None:
            say(f"{counted(len(every), 'timing')} of {found.name}.")


def _unit_named(workspace: Workspace, mine: Hand, wanted: str) -> Unit:
    """Return the unit that somebody means."""
    from capacity.workspace import units

    every = units.units(workspace, mine)
    found = [one for one in every if wanted in (one.id, one.name)]
    if len(found) == 1:
        return found[0]
    names = listed([one.name for one in every], 12)
    must = "must be one unit of the workspace" + (f": {names}" if every else "")
    raise InputError([Problem("capacity workspace", None, "UNIT", must, wanted)])


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
        found = _unit_named(workspace, mine, unit)
        known: Any = None if role == "none" else role
        if known is not None and known not in ROLES:
            must = f"must be one of: {', '.join(ROLES)}, none"
            raise InputError([Problem("capacity workspace", None, "ROLE", must, role)])
        units.grant(workspace, mine, found.id, person, known)
    say(f"{person}: {role} in {found.name}.")


# The monthly round -------------------------------------------------------------------------


def round_(  # noqa: PLR0913, each option says itself
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="Kept in the workspace: its name.")
    ],
    figures: Annotated[
        str | None, typer.Option(metavar="FILE", help="This month's figures: CSV, XLSX or ODS.")
    ] = None,
    register: Annotated[
        str | None, typer.Option(metavar="FILE", help="The register: counted, and not kept.")
    ] = None,
    as_at: Annotated[
        str | None, typer.Option(metavar="DATE", help="The day the register stands at.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=TITLE",
            help="What a column of the figures is; remembered for the next round. Repeat it.",
        ),
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPED=NAME",
            help="What a value of the figures means (VH=very_high); remembered. Repeat it.",
        ),
    ] = None,
    register_columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=TITLE", help="What a column of the register is; remembered. Repeat it."
        ),
    ] = None,
    tiers: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TYPED=TIER", help="What the register calls a tier; remembered. Repeat it."
        ),
    ] = None,
    cohort: Annotated[
        str | None, typer.Option(help="The cohort that the register is of; remembered.")
    ] = None,
    dates: Annotated[
        str | None,
        typer.Option(metavar="iso|uk", help="How the register writes dates; remembered."),
    ] = None,
    reported: Annotated[
        list[str] | None,
        typer.Option(
            metavar="MEASURE=SHARE",
            help="What was reported for the last month (completion=85%, in_date, on_time): "
            "compared with every way in. Repeat it.",
        ),
    ] = None,
    fit: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SETTING", help="A setting to fit. [default: those that the figures can tell]"
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="N", min=50, max=20_000, help="Simulations of the forecast.")
    ] = 400,
    where: Where = None,
    out: Tables = None,
    json: Json = False,
) -> None:
    """Take this month's figures in: what changed, how the last forecast did, the next one.

    All of it is kept in the workspace, or nothing: figures, counts, the next forecast and, as the
    scenario's latest version, the position after the last month known.
    """
    clock = perf_counter()
    from capacity import console

    asked = _asked_of_register(register, as_at, register_columns, tiers, cohort, dates)
    brought = _brought(figures), _brought(register)
    with opened(where) as workspace:
        from capacity.results import manifests, outputs
        from capacity.rounds import assisting, keeping, words
        from capacity.workspace import scenarios

        if out:
            outputs.check_free(out)
        mine = hand()
        one = _named(scenarios.scenarios(workspace, mine), scenario)
        wish = keeping.Wish(
            figures=brought[0],
            columns=pairs("--columns", columns),
            values=pairs("--values", values),
            register=brought[1],
            asked=asked,
            reported=assisting.reported_of(pairs("--reported", reported)),
            fit=fit,
            draws=draws,
        )
        done = keeping.round_in(workspace, mine, one.id, wish, console.detail)
    frames = words.tables(done.found, done.scores)
    if out:
        files = {f"{name}.csv": outputs.as_csv(frame) for name, frame in frames.items()}
        files |= {name: text.encode() for name, text in done.found.files.items()}
        files |= _paper(done)
        made_from = {
            "round": {"scenario": one.name, "month": done.found.month},
            "outputs": sorted([*files, manifests.MANIFEST]),
        }
        files[manifests.MANIFEST] = outputs.as_json(made_from)
        outputs.write(out, files, {"all": round(perf_counter() - clock, 3)})
    if json:
        told = {"headline": words.headline(done.found), "alerts": words.alerts(done.found)}
        told |= {"reported": [one.words for one in done.held], "notes": done.notes}
        console.answer({**outputs.records(frames), **told})
        return
    _tell_round(done)
    if out:
        console.say(
            f"All tables, the scenario of the next month and the paper (month.html) are in {out}."
        )


def _paper(done: KeptRound) -> dict[str, bytes]:
    """Return the paper of a round; as a Word file too where one can be written."""
    from capacity import papers
    from capacity.papers.monthly import MonthBrief

    can = importlib.util.find_spec("docx") is not None
    forms = [form for form in papers.FORMS if form != "docx" or can]
    return papers.of_round(MonthBrief(done.found, done.held, done.register), forms=forms)


def _tell_round(done: KeptRound) -> None:
    """Print what a round found."""
    from capacity import console
    from capacity.register.count import OFFICES, by_office
    from capacity.rounds import scoring, words
    from capacity.rounds.naming import MEASURES
    from capacity.wording import month

    found = done.found
    console.say(words.headline(found))
    titles = [("", False), ("Last month", True), (month(found.month), True), ("Forecast", True)]
    console.table(f"{done.opened.name}, {month(found.month)}", titles, words.in_rows(found))
    alerts = words.alerts(found)
    console.say("To look at:" if alerts else "Nothing stands out this month.")
    for line in alerts:
        console.say(f"- {line}", indent=2)
    if done.register is not None and (offices := by_office(done.register)):
        titles = [(title, place > 0) for place, title in enumerate(OFFICES)]
        console.table("Cases per officer by office", titles, offices)
    console.say("Control charts:")
    for one in found.watched:
        console.say(f"- {words.watched_in_words(one, found.scenario)}.", indent=2)
    if done.scores:
        titles = [(title, place > 1) for place, title in enumerate(scoring.HEADINGS)]
        rows = scoring.in_rows(done.scores, MEASURES)
        console.table("How every forecast has done so far", titles, rows)
    console.say(words.next_in_words(found))
    for line in (*(one.words for one in done.held), *words.remarks(found), *done.notes):
        console.say(line)


def _brought(name: str | None) -> Brought | None:
    """Return a file that was named, read."""
    if name is None:
        return None
    from capacity.files import table_files
    from capacity.rounds.keeping import Brought

    return Brought(Path(name).name, table_files.fetch(name))


def _asked_of_register(
    register: str | None,
    as_at: str | None,
    columns: list[str] | None,
    tiers: list[str] | None,
    cohort: str | None,
    dates: str | None,
) -> Asked | None:
    """Return how the register is to be read; None without one."""
    from capacity.register.count import Asked

    if register is None:
        given = {"--as-at": as_at, "--register-columns": columns, "--tiers": tiers}
        given |= {"--cohort": cohort, "--dates": dates}
        wrong = [
            Problem("capacity round", None, option, "must come with --register")
            for option, value in given.items()
            if value
        ]
        if wrong:
            raise InputError(wrong)
        return None
    if as_at is None:
        must = "must be given for a register"
        raise InputError([Problem("capacity round", None, "--as-at", must)])
    return Asked(
        as_at=day("--as-at", as_at),
        cohort=cohort,
        columns=pairs("--register-columns", columns),
        tiers=pairs("--tiers", tiers),
        dates=form(dates),
    )
