"""Commands for a force's own figures: calibrate, backtest, start, template and import.

What is typed and in which order things happen; the work is done in the modules named below.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from capacity.arguments import Json, Output, Replace, Tables, day, form, pairs, rows
from capacity.errors import InputError, Problem

SheetName = Annotated[
    str | None, typer.Option("--sheet", metavar="NAME", help="Which sheet of the file to read.")
]
Fit = Annotated[
    list[str] | None,
    typer.Option(metavar="SETTING", help="A setting to fit, or SETTING=LOW:HIGH. Repeat it."),
]


def calibrate(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="What is to be fitted.")],
    history: Annotated[
        str, typer.Option(metavar="FILE", help="Monthly figures: CSV, XLSX or ODS.")
    ],
    fit: Fit = None,
    sheet: SheetName = None,
    hold_out: Annotated[
        int | None,
        typer.Option(metavar="MONTHS", min=0, help="Last months not fitted; default 3 of 9."),
    ] = None,
    output: Output = None,
    out: Tables = None,
    replace: Replace = False,
    json: Json = False,
) -> None:
    """Fit settings to monthly history, with errors held out and what cannot be distinguished.

    Where the history has figures of single tiers, how the teams worked is learnt from its last
    year too: who is served first, and early visits. Without --fit that is all.
    """
    clock = perf_counter()
    from capacity.files import monthly as history_files
    from capacity.files import saving
    from capacity.history import fit as histories
    from capacity.reading import scenario as scenarios
    from capacity.results import fits as fit_words

    read = scenarios.read(scenario)
    if output is not None:
        saving.check_new(output, replace=replace)
        fit_words.extended_from(read, output)
    figures = history_files.read_history(history, sheet)
    found = histories.calibrate(read, figures, fit or [], hold_out=hold_out)
    if not json:
        fit_words.show_fit(found)
    text = fit_words.diff_of(found, output)
    _checked(text, read, output)
    asked = {"fit": list(fit or []), "hold_out": hold_out}
    manifest = fit_words.manifest_of(read, figures.name, figures.sha256, asked)
    tables = fit_words.fit_tables(found)
    if out:
        _write(out, tables, manifest, {"fitted.toml": text.encode()}, clock)
    if output:
        saving.save(output, text.encode(), replace=replace)
    if json:
        _answer(tables, manifest, scenario=text)
        return
    _tell_written(out)
    _tell_diff(output, text)


def _checked(text: str, base: Any, output: str | None) -> None:
    """Read a diff as it will be read, so that nothing is written that is not valid."""
    from capacity.reading import scenario as scenarios

    name = Path(output).name if output else "fitted.toml"
    texts = {Path(one.name).name: one.text for one in base.files if one.name.endswith(".toml")}
    for one in reversed(base.files):
        if one.name.endswith("sources.csv"):
            texts["sources.csv"] = one.text
    if name not in texts:
        scenarios.read(name, files={**texts, name: text})


def _tell_diff(output: str | None, text: str) -> None:
    from capacity.console import line as print_line
    from capacity.console import say

    say()
    if output:
        say(f"Written to {output}; plan it with: capacity plan {output}")
        return
    say("As a scenario (-o FILE writes it):")
    for line in text.splitlines():
        print_line("  " + line)


def _write(folder: str, tables: Any, manifest: Any, extra: dict[str, bytes], clock: float) -> None:
    """Write tables and what they were made from."""
    from capacity.results import manifests, outputs

    files = {f"{name}.csv": outputs.as_csv(frame) for name, frame in tables.items()} | extra
    named = {**manifest, "outputs": sorted([*files, manifests.MANIFEST])}
    files[manifests.MANIFEST] = outputs.as_json(named)
    outputs.write(folder, files, {"all": round(perf_counter() - clock, 3)})


def _answer(tables: Any, manifest: Any, **more: Any) -> None:
    """Print tables and what they were made from as JSON."""
    from capacity import console
    from capacity.results import outputs

    console.answer({**outputs.records(tables), **more, "manifest": manifest})


def _tell_written(folder: str | None) -> None:
    from capacity.console import say

    if folder:
        say(f"All tables are in {folder}.")


def backtest(
    scenario: Annotated[
        str | None,
        typer.Argument(metavar="SCENARIO", help="What is tested; without it, what is shipped."),
    ] = None,
    history: Annotated[
        str | None, typer.Option(metavar="FILE", help="Monthly figures: CSV, XLSX or ODS.")
    ] = None,
    fit: Annotated[
        list[str] | None,
        typer.Option(metavar="SETTING", help="A setting to fit, or SETTING=LOW:HIGH. Repeat it."),
    ] = None,
    sheet: SheetName = None,
    horizon: Annotated[int, typer.Option(min=1, max=120, help="Months to forecast.")] = 12,
    least: Annotated[int, typer.Option(min=1, help="Months known before a first forecast.")] = 12,
    every: Annotated[int, typer.Option(min=1, help="Forecast from each so many months.")] = 1,
    out: Tables = None,
    json: Json = False,
) -> None:
    """Forecast the past from what was known then, beside forecasts that need no model.

    Without a scenario: Norfolk's published figures and a synthetic history.
    """
    clock = perf_counter()
    from capacity.console import say
    from capacity.files import monthly as history_files
    from capacity.history import backtest as backtests
    from capacity.history import proofs
    from capacity.reading import scenario as scenarios
    from capacity.results import fits as fit_words

    shipped = scenario is None
    if shipped and (history or fit):
        must = "must be given with --history and --fit"
        raise InputError([Problem("capacity backtest", None, "SCENARIO", must)])
    if not shipped and not history:
        must = "must be given with a scenario"
        raise InputError([Problem("capacity backtest", None, "--history", must)])
    if shipped:
        if not json:
            fit_words.show_fit(proofs.norfolk_2021())
            fit_words.show_register(proofs.register_growth())
            say()
        every = max(every, proofs.SYNTHETIC_EVERY)
        read, fit = scenarios.read(proofs.synthetic_scenario()), list(proofs.SYNTHETIC_FIT)
        figures = history_files.read_history(proofs.SYNTHETIC)
    else:
        assert scenario is not None
        assert history is not None
        read = scenarios.read(scenario)
        figures = history_files.read_history(history, sheet)
    found = backtests.backtest(read, figures, fit or [], horizon=horizon, least=least, every=every)
    asked = {"fit": fit, "horizon": horizon, "least": least, "every": every}
    manifest = fit_words.manifest_of(read, figures.name, figures.sha256, asked)
    tables = fit_words.backtest_tables(found)
    if out:
        _write(out, tables, manifest, _charts(found), clock)
    if json:
        _answer(tables, manifest)
        return
    fit_words.show_backtest(found)
    _tell_written(out)


def evidence(out: Tables = None, json: Json = False) -> None:
    """Compare the model with every published series that ships with it, on data kept back.

    Each row says what the model learnt from, what it was asked, how far off it was, and how far off
    the best forecast was that needs no model.
    """
    clock = perf_counter()
    from capacity.evidence import proofs, words
    from capacity.results import fits as fit_words

    found = proofs.every()
    tables = {"evidence": proofs.table(found)}
    manifest = fit_words.manifest_of_data(proofs.FILES)
    if out:
        _write(out, tables, manifest, {}, clock)
    if json:
        _answer(tables, manifest)
        return
    words.show(found)
    _tell_written(out)


def _charts(found: Any) -> dict[str, bytes]:
    """Return the errors of every measure as pictures."""
    from capacity.charts import backtests

    measures = dict.fromkeys(one.measure for one in found.errors)
    return {
        f"backtest_{measure}.svg": backtests.errors(found, measure).svg().encode()
        for measure in measures
    }


def start(
    output: Output = None,
    name: Annotated[str | None, typer.Option(help="Name of the unit.")] = None,
    first_month: Annotated[
        str | None, typer.Option(metavar="YYYY-MM", help="First month to plan.")
    ] = None,
    very_high: Annotated[str | None, typer.Option(help="Cases at very high risk.")] = None,
    high: Annotated[str | None, typer.Option(help="Cases at high risk.")] = None,
    medium: Annotated[str | None, typer.Option(help="Cases at medium risk.")] = None,
    low: Annotated[str | None, typer.Option(help="Cases at low risk.")] = None,
    reactive: Annotated[str | None, typer.Option(help="Cases managed reactively.")] = None,
    officers: Annotated[str | None, typer.Option(help="Officers in post, FTE.")] = None,
    posts: Annotated[str | None, typer.Option(help="Funded posts for officers.")] = None,
    supervisors: Annotated[str | None, typer.Option(help="Supervisors in post, FTE.")] = None,
    overdue: Annotated[str | None, typer.Option(help="Home visits overdue today.")] = None,
    completion: Annotated[
        str | None, typer.Option(help="Last reported share of visits, such as 85%.")
    ] = None,
    measure: Annotated[
        str | None, typer.Option(help="What that share is: completion, in date or on time.")
    ] = None,
    year_ago: Annotated[str | None, typer.Option(help="Cases in all a year ago.")] = None,
    plan: Annotated[bool, typer.Option(help="Plan it at once.")] = True,
    confirmed: Annotated[
        bool, typer.Option("--confirmed", help="Numbers that were asked about are right.")
    ] = False,
    replace: Replace = False,
) -> None:
    """Make a first scenario from the numbers that every unit knows, and plan it.

    What is not given as an option is asked. Everything else is a default, marked as one; the list
    at the end says what to find out next, most important first.
    """
    from capacity.files import saving
    from capacity.start import asking

    place = "our-unit.toml" if output is None else output
    saving.check_new(place, replace=replace)
    given = {
        "name": name,
        "first_month": first_month,
        "very_high": very_high,
        "high": high,
        "medium": medium,
        "low": low,
        "reactive": reactive,
        "officers": officers,
        "posts": posts,
        "supervisors": supervisors,
        "overdue": overdue,
        "completion": completion,
        "measure": measure,
        "year_ago": year_ago,
    }
    found = asking.ask(given, confirmed=confirmed)
    saving.save(place, found.text.encode(), replace=replace)
    asking.show(found, place, plan=plan)


def import_(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A workbook, or a register.")],
    output: Output = None,
    into: Annotated[
        str | None,
        typer.Option(metavar="SCENARIO", help="For a register: whose opening position it is."),
    ] = None,
    as_at: Annotated[
        str | None, typer.Option(metavar="DATE", help="For a register: the day it stands at.")
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            metavar="WHAT=TITLE",
            help="For a register: what a column is: tier, visit.last, visit.due, arms.last, "
            "case, cohort, office, officer, order. Repeat it.",
        ),
    ] = None,
    offices: Annotated[
        list[str] | None,
        typer.Option(metavar="OFFICE=COHORT", help="For a register: an office's cohort. Repeat."),
    ] = None,
    tiers: Annotated[
        list[str] | None,
        typer.Option(metavar="TYPED=TIER", help="For a register: what a tier is called. Repeat."),
    ] = None,
    cohort: Annotated[
        str | None, typer.Option(help="For a register: the cohort that it is of.")
    ] = None,
    dates: Annotated[
        str | None, typer.Option(metavar="iso|uk", help="For a register: how dates are written.")
    ] = None,
    sheet: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="For a register: the sheet to read."),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TITLE=VALUE",
            help="For a register: count only rows with this value in a column. Repeat it.",
        ),
    ] = None,
    oldest: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="For a register: the earliest date that is meant as it stands."
        ),
    ] = None,
    in_post: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TEAM.GRADE=FTE",
            help="For a register: people in post on that day; the rest are projected. Repeat it.",
        ),
    ] = None,
    suppress_below: Annotated[
        int, typer.Option(min=0, help="For a register: no count below this is shown or written.")
    ] = 0,
    queue: Annotated[
        str | None,
        typer.Option(
            help="For a list of referrals, one a row with the days on which it was received and "
            "closed: the queue that they wait in."
        ),
    ] = None,
    replace: Replace = False,
    json: Json = False,
) -> None:
    """Turn a filled workbook into a scenario, or a register into an opening position.

    A register has one row a case, a list of referrals one row a referral, and nothing that tells
    who somebody is; only counts are kept.
    """
    from capacity.files import saving

    if into is None and as_at is None:
        given = (columns, offices, tiers, cohort, dates, sheet, only, oldest, in_post, queue)
        if any(one is not None for one in given) or suppress_below:
            must = "must be given for a register, with --as-at"
            raise InputError([Problem("capacity import", None, "--into", must)])
        if output is None:
            must = "must be given: the scenario to write"
            raise InputError([Problem("capacity import", None, "-o", must)])
        saving.check_new(output, replace=replace)
        _import_workbook(file, output, replace=replace, json=json)
        return
    missing = "--into" if into is None else "--as-at" if as_at is None else ""
    if missing:
        must = "must be given for a register"
        raise InputError([Problem("capacity import", None, missing, must)])
    from capacity.register import count as registers

    asked = registers.Asked(
        as_at=day("--as-at", str(as_at)),
        cohort=cohort,
        columns=pairs("--columns", columns),
        offices=pairs("--offices", offices),
        tiers=pairs("--tiers", tiers),
        dates=form(dates),
        sheet=sheet,
        only=rows("--only", only),
        oldest=None if oldest is None else day("--oldest", oldest),
        in_post=_people(in_post),
        suppress_below=suppress_below,
    )
    _import_onto(file, str(into), queue, asked, output, replace=replace, json=json)


def _people(given: list[str] | None) -> dict[str, float]:
    """Return people in post by team and grade."""
    from capacity.files.figures import Marks, Unclear, amount

    found = {}
    for name, text in pairs("--in-post", given).items():
        try:
            people = amount(text, Marks("."))
        except Unclear as error:
            raise InputError([Problem("--in-post", None, name, str(error), text)]) from error
        if people is None or not 0 <= people <= 100_000:
            raise InputError([Problem("--in-post", None, name, "must be a number of people", text)])
        found[name] = people
    return found


def _import_onto(
    file: str,
    into: str,
    queue: str | None,
    asked: Any,
    output: str | None,
    *,
    replace: bool,
    json: bool,
) -> None:
    """Read a register or, for a queue, a list of referrals, and say what it comes to.

    The opening position is written as a diff.
    """
    from capacity.files import saving, table_files
    from capacity.reading import scenario as scenarios
    from capacity.register import count as registers
    from capacity.register import position as positions
    from capacity.register import referrals as lists
    from capacity.register import words as register_words
    from capacity.results import fits as fit_words

    read = scenarios.read(into)
    beside = str(_beside(read, f"{read.name}-{asked.close:%Y-%m-%d}.toml"))
    place = beside if output is None else output
    fit_words.extended_from(read, place)
    saving.check_new(place, replace=replace or output is None)
    wanted = registers.wanted(read, asked) if queue is None else lists.WANTED
    sheet = table_files.read_table(file, wanted, asked.sheet)
    show: Callable[[], None]
    if queue is None:
        opening = positions.position(sheet, read, asked, place)
        text, notes = opening.text, [*register_words.notes(opening.register, read), *opening.notes]
        show = partial(register_words.show, opening, read)
    else:
        waiting = lists.referrals(sheet, read, queue, asked, place)
        text, notes = waiting.text, list(waiting.notes)
        show = partial(typer.echo, "\n".join(notes))
    saving.save(place, text.encode(), replace=replace or output is None)
    if json:
        from capacity import console

        files = [{"scenario": place, "history": None}]
        console.answer({"import": files, "text": text, "notes": notes})
        return
    show()
    _tell_diff(place, text)


def _beside(scenario: Any, name: str) -> Path:
    """Return a place beside a scenario, or here if it is a shipped one."""
    from capacity.reading import scenario as scenarios

    path = Path(scenario.files[0].name)
    shipped = path.parts[:1] == ("scenarios",) and path.stem in scenarios.shipped()
    return Path(name) if shipped or not path.is_file() else path.with_name(name)


def _import_workbook(file: str, output: str, *, replace: bool, json: bool) -> None:
    """Read a filled workbook and write the scenario, and the history if there is one."""
    from capacity.console import answer, say, warn
    from capacity.files import saving, table_files
    from capacity.workbook import reading

    content = table_files.fetch(file)
    stem = Path(output).stem
    found = reading.read_workbook(Path(file).name, content, stem)
    figures = {
        name: (Path(output).with_name(f"{stem}-{name}.csv"), text)
        for name, text in (("history", found.history), ("spend", found.spend))
        if text is not None
    }
    for beside, _ in figures.values():
        saving.check_new(beside, replace=replace)
    saving.save(output, found.text.encode(), replace=replace)
    for beside, text in figures.values():
        saving.save(beside, text.encode(), replace=replace)
    warnings = [str(one) for one in found.scenario.warnings]
    if json:
        places = {name: str(beside) for name, (beside, _) in figures.items()}
        written = {"scenario": output, "history": None, "spend": None} | places
        answer({"import": [written], "notes": list(found.notes), "warnings": warnings})
        return
    for note in found.notes:
        say(note)
    say(f"Written to {output}; plan it with: capacity plan {output}")
    if "spend" in figures:
        say(f"What was spent is in {figures['spend'][0]}, which the scenario names.")
    if "history" in figures:
        beside, told = figures["history"][0], found.scenario.past is not None
        then = f"capacity calibrate {output} --history {beside} --fit …"
        words = "which the scenario goes on from." if told else then
        say(f"Its history is in {beside}{',' if told else ':'} {words}")
    warn(*warnings[:3])
    if len(warnings) > 3:
        warn(f"{len(warnings) - 3} more; `capacity check {output}` shows all")


def template(
    file: Annotated[str, typer.Argument(metavar="FILE.xlsx", help="The workbook to write.")],
    scenario: Annotated[
        str | None,
        typer.Option("--from", metavar="SCENARIO", help="Fill it with this scenario."),
    ] = None,
    history: Annotated[
        str | None, typer.Option(metavar="FILE", help="And with this history.")
    ] = None,
    example: Annotated[bool, typer.Option(help="Norfolk's figures on sheets beside it.")] = True,
    replace: Replace = False,
) -> None:
    """Write the workbook that a unit fills; `capacity import` turns it into a scenario."""
    from capacity.console import say
    from capacity.files import monthly as history_files
    from capacity.files import saving
    from capacity.reading import scenario as scenarios
    from capacity.workbook import filling as workbook

    saving.check_new(file, replace=replace)
    read = scenarios.read(scenario) if scenario else None
    figures = history_files.read_history(history) if history else None
    if read is not None and history is None:
        beside = Path(read.files[0].name).with_name(f"{read.name}-history.csv")
        figures = history_files.read_history(beside) if beside.is_file() else None
    filled = workbook.cells_of(read, figures) if read is not None else None
    norfolk = workbook.cells_of(scenarios.read("norfolk-2024")) if example else None
    saving.save(file, workbook.made(filled, norfolk), replace=replace)
    say(f"Written to {file}. Fill it, then: capacity import {file} -o our-unit.toml")


def diary(
    file: Annotated[
        str,
        typer.Argument(
            metavar="FILE", help="Timings: activity, minutes, travel, attempts; CSV, XLSX or ODS."
        ),
    ],
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="Whose activities they are.")
    ] = None,
    meant: Annotated[
        list[str] | None,
        typer.Option(
            "--as",
            metavar="TASK=SETTING",
            help="Which setting a task is: one of hours, or cohorts.NAME.duties.NAME. Repeat it.",
        ),
    ] = None,
    within: Annotated[
        float,
        typer.Option(metavar="SHARE", min=0.01, max=1.0, help="How near is near enough."),
    ] = 0.10,
    sheet: SheetName = None,
    worth: Annotated[
        bool,
        typer.Option(
            "--worth", help="And how many more timings the decision about posts pays for."
        ),
    ] = False,
    pooled: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Counts and means alone, to pool with other forces."),
    ] = None,
    output: Output = None,
    replace: Replace = False,
    json: Json = False,
) -> None:
    """Turn timings into hours per task with ranges, and into the scenario with -o.

    One row for each activity that was done, and nothing that tells who somebody is. Ranges are of
    8 in 10 bootstrap samples; the answer says how many more entries narrow them enough.
    """
    from datetime import date

    import pandas as pd

    from capacity import console
    from capacity.diary import hours as diaries
    from capacity.files import saving, table_files, timings
    from capacity.reading import scenario as scenarios
    from capacity.results import outputs

    for place in (output, pooled):
        if place is not None:
            saving.check_new(place, replace=replace)
    if scenario is None and (output is not None or worth):
        option = "-o: the scenario that is changed" if output else "--worth"
        must = f"must be given with {option}"
        raise InputError([Problem("capacity diary", None, "SCENARIO", must)])
    content = table_files.fetch(file)
    table = table_files.table_of(Path(file).name, content, timings.WANTED, sheet)
    found = diaries.tasks(diaries.entries_of(table, date.today()), within)
    text = ""
    told: list[Any] = []
    if scenario is not None:
        read = scenarios.read(scenario)
        said = diaries.settings_of(found, read, pairs("--as", meant), Path(file).name)
        text = diaries.diff_of(said, read, output) if said or output else ""
        told = _worth(found, read, pairs("--as", meant)) if worth else []
    if pooled is not None:
        frame = pd.DataFrame(diaries.pooled(found))
        saving.save(pooled, outputs.as_csv(frame), replace=replace)
    if output is not None:
        saving.save(output, text.encode(), replace=replace)
    if json:
        more = {"worth": [asdict(one) for one in told]} if worth else {}
        console.answer({"diary": diaries.pooled(found, 0), "scenario": text, **more})
        return
    titles = [(heading, place > 0) for place, heading in enumerate(diaries.HEADINGS)]
    console.table(Path(file).name, titles, diaries.in_rows(found))
    console.say(diaries.advice(found, within))
    for one in told:
        console.say(f"- {one.words}", indent=2)
    if text:
        _tell_diff(output, text)


def _worth(found: Any, scenario: Any, meant: dict[str, str]) -> list[Any]:
    """Return how many more timings of each task the decision about posts pays for."""
    from capacity import stages
    from capacity.console import detail
    from capacity.diary.worth import worthwhile
    from capacity.risk import recommended
    from capacity.risk.agreement import Agreed

    advice = recommended.recommend(stages.run(scenario), say=detail)
    if isinstance(advice, Agreed):
        return []
    savings = {one.setting: one.saving for one in advice.knowing}
    return list(worthwhile(found, scenario, meant, savings))
