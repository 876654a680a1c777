"""Every way in, as a function of bytes: it returns, or raises what is not an `InputError`.

A target does with its input what a person would: read it and, where it can be read, go on to plan
and write. `DOORS` names them; `run.py` lets a fuzzer at one, tests replay the corpus at all.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import re
import tempfile
import tomllib
import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from typer.testing import CliRunner

from capacity import cli, stages
from capacity import schema as schemas
from capacity.app import toml_text
from capacity.diary import hours as diaries
from capacity.errors import CapacityError, InputError, SolverError
from capacity.files import excel, spending, table_files, timings
from capacity.files import monthly as histories
from capacity.papers import word as word_files
from capacity.reading.scenario import Scenario, read
from capacity.register import count as registers
from capacity.register import referrals
from capacity.report import blocks, theme
from capacity.report.blocks import Report, Section, Text
from capacity.results import manifests, outputs, summary, tables
from capacity.risk import futures
from capacity.risk.draws import Draws
from capacity.rounds import assisting, doing
from capacity.stages import PlanResult
from capacity.workbook import reading as workbooks
from capacity.workspace import backup as backups
from capacity.workspace import bundle as bundles
from capacity.workspace import figures, place, scenarios, units
from capacity.workspace.people import NoAccess
from capacity.workspace.scenarios import Content, keep_new
from tests.workspace.hands import ANALYST, EVE, Hands

SECONDS = 10
"""The longest that anything may take, in seconds of work."""

SMALL = 4000
"""Rows × months up to which a scenario that can be read is planned too."""

FILE = re.compile(rb"^#=== ?([^\n]*)\n", re.MULTILINE)
"""What parts the files of one input: the scenario first, then `#=== NAME` before each other."""

FOLDER = Path(__file__).resolve().parent


@cache
def plain() -> str:
    """A scenario with settings of every kind, small enough to plan in no time."""
    return (FOLDER / "plain.toml").read_text(encoding="utf-8")


@cache
def newer() -> dict[str, str]:
    """The files of one that extends it and has every other setting: queues, history, choices."""
    rows = [
        f"2025-0{month},a,visit,{tier},{cases},{due},{done},{due - done}"
        for month in (1, 2, 3)
        for tier, cases, due, done in (("hi", 30, 33, 30), ("lo", 40, 14, 12))
    ]
    return {
        "s.toml": (FOLDER / "newer.toml").read_text(encoding="utf-8"),
        "plain.toml": plain(),
        "ours.csv": "\n".join(["month,cohort,duty,tier,cases,due,done,outstanding", *rows, ""]),
        "spend.csv": "month,team,budget,actual\n2025-04,t,30000,29000\n",
    }


def together(files: dict[str, str]) -> bytes:
    """Files as one input: the scenario first."""
    first, *others = files.items()
    return first[1].encode() + b"".join(f"#=== {name}\n{text}".encode() for name, text in others)


@cache
def known() -> Scenario:
    return read("s.toml", files={"s.toml": plain()})


def files_of(data: bytes) -> dict[str, str]:
    """The files of one input, by name."""
    parts = FILE.split(data)
    texts = {"s.toml": parts[0].decode("utf-8", "replace")}
    for name, content in zip(parts[1::2], parts[2::2], strict=True):
        texts[name.decode("utf-8", "replace")] = content.decode("utf-8", "replace")
    return texts


def planned(scenario: Scenario, *, sized: bool = False) -> PlanResult | None:
    """The plan of a scenario that is small, with everything that is written of it."""
    settings = scenario.settings
    rows = sum(len(c.tiers) * (1 + len(c.duties)) for c in settings.cohorts.values())
    if rows * settings.months.value > SMALL:
        return None
    found = stages.run(scenario, fixed=not sized)
    simulated(found)
    manifest = manifests.manifest_of(found, {"fixed": not sized})
    outputs.contents(tables.tables(found), manifest)
    outputs.as_json(outputs.records(tables.tables(found)))
    summary.figures(found)
    return found


def simulated(found: PlanResult) -> None:
    """Some simulations of a plan, whose settings are drawn and whose people are whole."""
    if found.model.chance.whole:
        world = futures.world(Draws(found.scenario, 1), np.arange(1, 4))
        ran = futures.run(world, futures.todays(found))
        assert (ran.projection.outstanding >= 0).all()


def scenario(data: bytes) -> None:
    """A scenario file, those it extends and its sources.csv."""
    planned(read("s.toml", files=files_of(data)))


def address(data: bytes) -> None:
    """The parameters of a link, `name=value` a line, laid over a scenario."""
    pairs: dict[str, list[str]] = {}
    for line in data.decode("utf-8", "replace").split("\n"):
        name, _, value = line.partition("=")
        pairs.setdefault(name, []).append(value)
    chosen, what_if, team = toml_text.from_address(pairs)
    assert what_if == toml_text.from_address(pairs)[1] or "nan" in repr(what_if)
    changed = what_if.applied_to(known())
    planned(changed)
    again = toml_text.to_address(chosen or "s", what_if, team=team)
    assert toml_text.from_address(again)[1].applied_to(known()).settings == changed.settings
    toml_text.diff(known(), what_if, "What if")


def schema(data: bytes) -> None:
    """A scenario's text in an editor: what can be read has no fault by the schema."""
    text = data.decode("utf-8", "replace")
    read("s.toml", files={"s.toml": text})
    faults = [error.message for error in checker().iter_errors(tomllib.loads(text))]
    assert faults == [], faults


@cache
def checker() -> Any:
    """Return what finds faults by the schema; dates are left as the file has them."""
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    types = Draft202012Validator.TYPE_CHECKER
    text = types.redefine("string", lambda _, one: isinstance(one, str | date))
    return extend(Draft202012Validator, type_checker=text)(schemas.schema())


def command(data: bytes) -> None:
    """A scenario file in a folder, planned by the command: a complete folder of results or none."""

    def use(path: Path) -> None:
        for name, text in files_of(data).items():
            if re.fullmatch(r"\w[\w.-]{0,40}", name):
                (path.parent / name).write_text(text, encoding="utf-8", newline="")
        out = path.parent / "out"
        asked = ["plan", str(path), "--fixed", "--no-report", "--no-why", "--out", str(out)]
        silent = logging.root.manager.disable
        logging.disable(logging.NOTSET)  # or what is wrong would not be told
        try:
            ran = CliRunner().invoke(cli.app, asked)
        finally:
            logging.disable(silent)
        if ran.exception is not None and not isinstance(ran.exception, SystemExit):
            raise ran.exception
        assert ran.exit_code in (0, 2, 3), ran.output
        assert out.exists() == (ran.exit_code != 2), ran.output
        assert not [one for one in path.parent.iterdir() if one.name.startswith(".")]
        if ran.exit_code == 0:
            json.loads((out / "manifest.json").read_text(encoding="utf-8"))
        elif ran.exit_code == 2:
            assert ran.output.strip()

    on_disk(use, "s.toml", b"")


def names(data: bytes) -> None:
    """What is typed into a workspace: kept as it is or refused, and nobody else's to see."""
    words = [one[:300] for one in data.decode("utf-8", "replace").split("\n")[:8]]
    unit, plan, other, key, person = (words + [""] * 5)[:5]
    with tempfile.TemporaryDirectory() as folder:
        workspace = place.open_workspace(f"{folder}/w")
        try:
            hands = Hands()
            mine = Content("o.toml", {"o.toml": other}, {key: (unit,)})
            one = keep_new(workspace, hands.of(ANALYST), mine, plan, unit_name=unit)
            assert scenarios.scenarios(workspace, hands.of(EVE)) == ()
            for refused in (
                lambda: scenarios.open_scenario(workspace, hands.of(EVE), other),
                lambda: units.grant(workspace, hands.of(EVE), unit, EVE, "own"),
            ):
                try:
                    refused()
                except NoAccess:
                    continue
                raise AssertionError("somebody else's work was reached")
            there = scenarios.open_scenario(workspace, hands.of(ANALYST), one.id)
            assert there.content == mine
            figures.decide(workspace, hands.of(ANALYST), one.unit, other, "2026-01-05")
            scenarios.rename(workspace, hands.of(ANALYST), one.id, other)
            units.grant(workspace, hands.of(ANALYST), one.unit, person, "read")
        finally:
            workspace.close()
            outside = {path.name for path in Path(folder).iterdir()}
            assert outside == {"w"}, outside


def history(data: bytes) -> None:
    """A force's own monthly figures."""
    histories.history_of(table_files.table_of("h.csv", data, histories.WANTED))


def offered(data: bytes) -> None:
    """A month's file as the page shows it before anything is kept, and in a scenario after it."""
    found = assisting.figures_offered("h.csv", data, known(), {}, {})
    if found.history is not None:
        assisting.preview(found.history, known())
        assisting.doubts(found.history, found.history, known())
        text = doing.text_of_figures(found.history)
        named = f'history = "ours.csv"\n{plain()}'
        planned(read("s.toml", files={"s.toml": named, "ours.csv": text}))


def waiting(data: bytes) -> None:
    """A list of referrals, counted into a queue."""
    whole = read("s.toml", files=newer())
    asked = registers.Asked(as_at=date(2025, 8, 31))
    table = table_files.table_of("r.csv", data, referrals.WANTED)
    found = referrals.referrals(table, whole, "refs", asked)
    planned(read("o.toml", files={**newer(), "o.toml": found.text}))


def register(data: bytes) -> None:
    """A register: CSV or XLSX."""
    asked = registers.Asked(as_at=date(2025, 4, 1))
    found = registers.count(table_files.table_of("r.csv", data), known(), asked)
    values = registers.values_of(found, known())
    assert sum(len(one["tiers"]) for one in values.values()) == len(found.tiers)


def workbook(data: bytes) -> None:
    """A filled workbook."""
    workbooks.read_workbook("w.xlsx", data, "w")


def cells(data: bytes) -> None:
    """A filled workbook given as its cells: JSON, sheet → rows."""
    try:
        sheets = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(sheets, dict):
        workbook(book_of(sheets))


def book_of(sheets: dict[str, Any]) -> bytes:
    """An XLSX file of these cells."""
    import xlsxwriter

    held = io.BytesIO()
    book = xlsxwriter.Workbook(held, {"in_memory": True, "strings_to_formulas": False})
    for name, rows in list(sheets.items())[:20]:
        try:
            sheet = book.add_worksheet(name)
        except Exception:  # no name of a sheet
            continue
        for r, row in enumerate(rows[:200] if isinstance(rows, list) else ()):
            for c, cell in enumerate(row[:60] if isinstance(row, list) else ()):
                if isinstance(cell, str):
                    sheet.write_string(r, c, cell[:30000])
                elif isinstance(cell, int | float) and abs(cell) < 1e300:
                    sheet.write(r, c, cell)
    book.close()
    return held.getvalue()


def on_disk(use: Callable[[Path], Any], name: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        use(path)


def diary(data: bytes) -> None:
    """Timings of activities, and the scenario with what was measured."""
    table = table_files.table_of("d.csv", data, timings.WANTED)
    found = diaries.tasks(diaries.entries_of(table, date(2025, 4, 1)))
    diaries.in_rows(found)
    diaries.advice(found, 0.1)
    said = diaries.settings_of(found, known(), {}, "d.csv")
    diaries.diff_of(said, known(), None)


def spend(data: bytes) -> None:
    """What teams spent by month, in a scenario that names the file."""
    table = table_files.table_of("spend.csv", data, spending.WANTED)
    teams = {name: team.label for name, team in known().settings.teams.items()}
    text = spending.as_text(spending.spend_of(table, teams))
    planned(read("s.toml", files={"s.toml": f'spend = "spend.csv"\n{plain()}', "spend.csv": text}))


def bundle(data: bytes) -> None:
    """A scenario that came out of a workspace as one file."""
    name, content = bundles.unpacked("b.capacity", data)
    assert bundles.unpacked("b.capacity", bundles.packed(name, content)) == (name, content)
    planned(read(content.chosen, files=dict(content.files)))


def backup(data: bytes) -> None:
    """The rows of a backup, sealed as one: a workspace is made of it, or nothing is."""
    rows = data.decode("utf-8", "replace").split("\n")[:2000]
    told = "".join(f"{row}\n" for row in rows[1:])
    seal = hashlib.sha256("".join(rows[1:]).encode()).hexdigest()
    end = json.dumps({"rows": len(rows) - 1, "sha256": seal})

    def use(path: Path) -> None:
        there = path.parent / "workspace"
        try:
            backups.restore(str(path), str(there))
        except CapacityError:
            assert not any(there.rglob("*.sqlite3")), "something half-written"
            raise

    on_disk(use, "w.backup", gzip.compress(f"{rows[0]}\n{told}{end}\n".encode()))


def word(data: bytes) -> None:
    """A theme's details and the texts of a scenario, in a paper as a Word file."""

    def use(path: Path) -> None:
        looks = theme.read(path)
        said = data.decode("utf-8", "replace")[:2000]
        section = Section("a", said[:200] or "A", "A", (Text(said),))
        report = blocks.cleaned(
            Report(
                title=looks.name or "Paper",
                question=said,
                as_at="1 April 2025",
                scenario="s",
                run_id="r",
                version="v",
                year=2025,
                sections=(section,),
                details=tuple(looks.details.items()),
                marking=looks.marking,
                is_paper=True,
            )
        )
        made = word_files.render(report, {}, looks, datetime(2025, 4, 1, tzinfo=UTC))
        with zipfile.ZipFile(io.BytesIO(made)) as parts:
            for part in parts.namelist():
                if part.endswith((".xml", ".rels")):
                    ElementTree.fromstring(parts.read(part))

    on_disk(use, "theme.toml", data)


def manifest(data: bytes) -> None:
    """What `--repeat` is given."""

    def use(path: Path) -> None:
        known_ = manifests.read_manifest(path)
        theme.from_options((known_.report or {}).get("theme"), "m.json")
        planned(read(known_.scenario, files=known_.texts))

    on_disk(use, "manifest.json", data)


def themes(data: bytes) -> None:
    """A report's theme."""
    on_disk(theme.read, "theme.toml", data)


DOORS: dict[str, Callable[[bytes], None]] = {
    "diary": diary,
    "spend": spend,
    "bundle": bundle,
    "backup": backup,
    "word": word,
    "scenario": scenario,
    "command": command,
    "schema": schema,
    "address": address,
    "names": names,
    "history": history,
    "offered": offered,
    "waiting": waiting,
    "register": register,
    "workbook": workbook,
    "cells": cells,
    "manifest": manifest,
    "theme": themes,
}


def enter(door: str, data: bytes) -> str:
    """Try a door and say how it ended: `fine`, or the kind of error that it may be."""
    try:
        DOORS[door](data)
    except InputError as error:
        for problem in error.problems:
            if not problem.must or len(str(problem)) > 20_000:
                raise AssertionError(f"a problem that does not help: {problem!r}") from error
        return "refused" if error.problems else "refused without a word"
    except (SolverError, CapacityError) as error:
        return type(error).__name__
    return "fine"


# Where a fuzzer begins ---------------------------------------------------------------------


def corpus(door: str) -> list[tuple[str, bytes]]:
    """What was found at a door and mended, and what is hostile by design: why, and the bytes."""
    path = FOLDER / "corpus" / f"{door}.json"
    if not path.is_file():
        return []
    entries = json.loads(path.read_text(encoding="utf-8"))
    return [(why, held.encode("latin-1")) for why, held in entries.items()]


def seeds(door: str) -> list[bytes]:
    """Valid inputs, and the corpus."""
    return [*VALID[door](), *(content for _, content in corpus(door))]


def _workbooks() -> list[bytes]:
    from capacity.workbook import filling

    return [filling.made(filling.cells_of(known()), None)]


def _cells() -> list[bytes]:
    with excel.workbook("w.xlsx", _workbooks()[0]) as book:
        sheets = {
            sheet.title: [
                [None if cell is None else _typed(cell) for cell in row]
                for row in sheet.iter_rows(values_only=True)
            ]
            for sheet in book.worksheets
        }
    return [json.dumps(sheets).encode()]


def _typed(cell: Any) -> Any:
    return cell if isinstance(cell, bool | int | float) else str(cell)[:2000]


def _manifests() -> list[bytes]:
    found = stages.run(known(), fixed=True)
    return [outputs.as_json({**manifests.manifest_of(found, {"fixed": True}), "report": None})]


def _registers() -> list[bytes]:
    rows = ["Tier,Last visit,Next review due,Officer code,Order"]
    rows += [
        f"{tier},2025-0{n % 3 + 1}-1{n % 9},2025-0{n % 6 + 2}-01,X{n % 3},no"
        for n in range(9)
        for tier in ("hi", "lo", "reactive")
    ]
    return ["\n".join(rows).encode(), "\n".join(rows).replace(",", ";").encode()]


def _content() -> Content:
    return Content("s.toml", newer(), {"months": ("6",)})


def _bundles() -> list[bytes]:
    return [bundles.packed("Any", _content())]


def _backups() -> list[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = place.open_workspace(f"{folder}/w")
        keep_new(workspace, Hands().of(), _content(), "Any", unit_name="Any")
        file = Path(folder) / "w.backup"
        backups.backup(workspace, str(file), replace=False)
        workspace.close()
        lines = gzip.decompress(file.read_bytes()).decode().splitlines()
        return ["\n".join(lines[:-1]).encode()]


def _scenarios() -> list[bytes]:
    return [
        plain().encode(),
        b'extends = "p.toml"\nmonths = 6\nremove = ["standards.Money"]\n#=== p.toml\n'
        + plain().encode()
        + b"#=== sources.csv\nid,title,publisher,date,where\na,b,c,d,e\n",
        b'extends = "norfolk-2021"\ntitle = "x"\n',
        together(newer()),
    ]


def _figures() -> list[bytes]:
    return [
        b"month,cohort,duty,tier,cases,due,done,completion\n"
        b"2025-04,a,visit,hi,30,33,30,91 %\n2025-05,a,visit,hi,30,33,30,0.909\n",
        b"Date;Completion;Compare;Note\n01/04/2025;0,91;no;x\n",
        newer()["ours.csv"].encode(),
    ]


VALID: dict[str, Callable[[], list[bytes]]] = {
    "scenario": _scenarios,
    "command": _scenarios,
    "schema": lambda: [plain().encode()],
    "address": lambda: [
        b"scenario=s\nteam=yes\ncohorts.a.duties.visit.crew=1\nmonths=6",
        b'people={ team = "t", grade = "pc", fte = 1, from = 2025-05-01, why = "x" }',
        b"standards.Visits.completion=0.8\nstandards.Money=\ncohorts.a.tiers.hi.cases=50",
        b'changes={ from = 2025-06-01, set = { "cohorts.a.duties.visit.hours" = 2 } }',
    ],
    "names": lambda: [
        b"Norfolk\nPlan\nAnother plan\nmonths\nmanager@a.police.uk",
        b"' OR '1'='1\n../../etc/passwd\nx'; DROP TABLE scenarios; --\n%\n@a.police.uk",
    ],
    "history": _figures,
    "offered": _figures,
    "waiting": lambda: [
        b"Reference,Date received,Date closed,Risk\n"
        b"a,2025-08-02,2025-08-20,urgent\nb,2025-08-05,,other\nc,2025-07-10,,other\n"
        b"d,2025-06-15,2025-08-01,other\ne,2025-06-20,,urgent\nf,2025-05-30,2025-06-05,other\n",
    ],
    "register": _registers,
    "diary": lambda: [
        b"activity,minutes,travel,attempts\n" + b"Home visit,60,20,1\nHome visit,75,15,2\n" * 20,
        b"Task;Minutes\nreview;120\nreview;90\n",
    ],
    "spend": lambda: [
        b"month,team,budget,actual\n2025-04,t,30000,29000\n2025-05,u,30000,31000\n",
        b"Period;Cost centre;Spent\nApr-25;t;1,200\n",
    ],
    "bundle": _bundles,
    "backup": _backups,
    "word": lambda: [
        b'name = "Any"\nmarking = "OFFICIAL"\nmeeting = "Board"\nauthor = "A"\nowner = "O"\n',
    ],
    "workbook": _workbooks,
    "cells": _cells,
    "manifest": _manifests,
    "theme": lambda: [b'name = "Any"\ncolour = "#1F3A5F"\n', b'logo = "theme.toml"\n'],
}
