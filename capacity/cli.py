"""The `capacity` command: what is typed, what is printed, and with which exit code it ends.

Packages that take long to load are imported by the command that needs them.
"""

from __future__ import annotations

import errno
import os
import re
import shlex
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from itertools import pairwise
from pathlib import Path
from time import perf_counter
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Any

import typer

from capacity import asked_to_end, console, kept_work, many_runs, own_figures, running
from capacity.arguments import (
    Central,
    Draws,
    Fixed,
    Format,
    Json,
    Manifest,
    ScenarioName,
    Sections,
    Strict,
    Tables,
    Theme,
    WithReport,
)
from capacity.errors import CapacityError, InputError, Problem, SolverError
from capacity.version import __version__
from capacity.wording import as_typed, counted

if TYPE_CHECKING:
    import subprocess

    from capacity.reading.scenario import Scenario
    from capacity.results.manifests import Repeat
    from capacity.risk.agreement import Agreed
    from capacity.risk.recommended import Recommended
    from capacity.stages import PlanResult
    from capacity.why.explain import Explanation

FAULT, BAD_INPUT, NO_ANSWER, MISSED = 1, 2, 3, 4
LONG = 120  # months beyond which a plan says how long it may take
STOPPED = many_runs.STOPPED
"""Exit codes beside 0."""

WARNINGS_SHOWN = 3

QUIET, VERBOSE = "--quiet", "--verbose"
"""Options that may stand before any command or after it."""

LOG_FORMAT = "CAPACITY_LOG"
"""The variable that says how lines of the error stream look."""

SECONDS_TO_END = 10
"""What the server of the pages gets to end in."""

app = typer.Typer(
    name="capacity",
    help="How many people an offender-management unit needs to keep its visits, assessments and "
    "caseloads within standard.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Remember that ctrl-C was typed."""
    asked_to_end.SIGNALS.append(number)
    raise KeyboardInterrupt


def main() -> None:
    """Run the command that was typed, and end with its exit code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)
    running.tidy_seldom()
    console.prepare()
    console.reserve_output()
    began = perf_counter()
    try:
        app(_general_first(sys.argv[1:]))
    except SystemExit as ended:
        console.detail(f"ended after {perf_counter() - began:.1f} s, exit code {ended.code or 0}")
        raise
    finally:
        _close()


def _general_first(words: Sequence[str]) -> list[str]:
    """Return what was typed with the options of every command before the command itself."""
    ours = [word for word in words if word in (QUIET, VERBOSE)]
    return [*ours, *(word for word in words if word not in ours)]


def _close() -> None:
    """Flush what is printed; who reads it may have stopped reading, or the disk may be full."""
    try:
        sys.stdout.flush()
    except OSError as error:
        _print_no_more()
        if not isinstance(error, BrokenPipeError):
            console.complain(_unprinted(error))
            sys.exit(BAD_INPUT)


def _print_no_more() -> None:
    """Send what is still waiting to be printed nowhere, or it would fail again at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _unprinted(error: OSError) -> str:
    return f"The output could not be written: {(error.strerror or str(error)).lower()}."


@contextmanager
def _telling() -> Iterator[None]:
    """Turn what goes wrong into lines for people, and an exit code."""
    try:
        yield
    except (typer.Exit, typer.Abort):
        raise
    except KeyboardInterrupt:
        console.complain("Stopped.")
        raise typer.Exit(STOPPED) from None
    except InputError as error:
        console.complain(*(str(problem) for problem in error.problems))
        raise typer.Exit(BAD_INPUT) from error
    except SolverError as error:
        console.complain(str(error))
        raise typer.Exit(NO_ANSWER) from error
    except CapacityError as error:
        console.complain(str(error))
        raise typer.Exit(BAD_INPUT) from error
    except BrokenPipeError:
        raise typer.Exit(0) from None
    except Exception as error:
        if asked_to_end.SIGNALS:
            number = asked_to_end.SIGNALS[-1]
            if number == signal.SIGINT:  # others have said so when they came
                console.complain("Stopped.")
            raise typer.Exit(asked_to_end.exit_code(number)) from None
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            _print_no_more()
            console.complain(_unprinted(error))
            raise typer.Exit(BAD_INPUT) from error
        if os.environ.get("CAPACITY_TRACE") == "1":
            import traceback

            traceback.print_exc()
        console.complain(
            f"capacity failed: {type(error).__name__}: {error}",
            "This is a bug. Please report it with the scenario file and the command you ran "
            "(CAPACITY_TRACE=1 shows where it happened).",
        )
        raise typer.Exit(FAULT) from error


def _version(wanted: bool) -> None:
    if wanted:
        print(f"capacity {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
    quiet: Annotated[
        bool,
        typer.Option(
            QUIET,
            envvar="CAPACITY_QUIET",
            help="Print nothing but errors, and what --json asks for.",
        ),
    ] = False,
    verbose: Annotated[
        bool,
        typer.Option(
            VERBOSE,
            envvar="CAPACITY_VERBOSE",
            help="Log each stage to the error stream, every line with its time and level.",
        ),
    ] = False,
) -> None:
    with _telling():
        _refuse_empty(sys.argv[1:])
        _refuse_no_place()
        if quiet and verbose:
            must = f"must not be given with {VERBOSE}"
            raise InputError([Problem("capacity", None, QUIET, must)])
        console.set_level(quiet=quiet, verbose=verbose, as_json=_logs_json())
        console.detail(f"capacity {__version__}: {shlex.join(sys.argv[1:])}")


def _logs_json() -> bool:
    """Return whether the error stream is to be JSON, a line each (`CAPACITY_LOG=json`)."""
    given = os.environ.get(LOG_FORMAT, "").strip()
    if given not in ("", "text", "json"):
        must = "must be text or json"
        raise InputError([Problem("environment", None, LOG_FORMAT, must, as_typed(given))])
    return given == "json"


def _refuse_no_place() -> None:
    """Refuse to begin in a folder that is gone, or that this account may not enter.

    As when root runs a command as another account from its own home. No name beside it could be
    looked up, and the processes that share the work could not start there.
    """
    try:
        here, enters = Path.cwd(), os.access(".", os.X_OK)
    except OSError:
        here, enters = None, False
    if not enters:
        must = "must be started in a folder that is there and that this account may enter"
        got = None if here is None else as_typed(str(here))
        raise InputError([Problem("capacity", None, "", must, got, "another, such as cd /")])


def _refuse_empty(typed: Sequence[str]) -> None:
    """Refuse empty words: in a scheduled job they come from a variable that is not set.

    `--out ""` would write nothing and `batch ""` would plan the folder the job happens to run in.
    """
    problems = []
    for before, word in pairwise(["", *typed]):
        name = before if before.startswith("-") and "=" not in before else ""
        if assigned := re.fullmatch(r"(--[a-z-]+)=\s*", word):
            name = assigned[1]
        elif word.strip():
            continue
        must = "must not be empty: is it a variable that is not set?"
        problems.append(Problem("capacity", None, name, must))
    if problems:
        raise InputError(problems)


# plan --------------------------------------------------------------------------------------


@app.command(short_help="What to agree now, how certain it is, and what it costs.")
def plan(  # noqa: PLR0913, each option says itself
    scenario: ScenarioName = None,
    out: Annotated[
        str | None,
        typer.Option(metavar="DIR", help="Write all tables and the report into this folder."),
    ] = None,
    central: Central = False,
    fixed: Fixed = False,
    json: Json = False,
    strict: Strict = False,
    draws: Annotated[
        int | None,
        typer.Option(
            metavar="N",
            min=10,
            max=1_000_000,
            help="Simulations that probabilities are told of [default: 2,000]; with --out or "
            "--json also the bands of so many.",
        ),
    ] = None,
    repeat: Manifest = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why/--no-why",
            help="Say what standards cost, what sets each team's size and what would make it "
            "possible; with --out or --json also what each post buys, headroom and the frontier.",
        ),
    ] = True,
    with_report: WithReport = True,
    sections: Sections = None,
    theme: Theme = None,
    form: Format = "csv",
) -> None:
    """Say what to agree now, how posts are reviewed, and how probable that makes each standard.

    With --central: a single course, without chance: current posts projected, and the team that
    meets every standard at the least cost. With --fixed: current posts alone.
    """
    with _telling():
        running.one_thread()  # of libraries: simulations take the cores themselves
        clock = [perf_counter()]
        _with_out(form, out)
        given: dict[str, object] = {"--fixed": fixed, "--central": central, "--draws": draws}
        typed = theme if theme != os.environ.get("CAPACITY_THEME") else None
        given |= {"--sections": sections, "--theme": typed} if out else {}
        read, known = _asked("plan", scenario, repeat, given)
        from capacity.batch import delivering

        asked = delivering.options(fixed=fixed, central=central, draws=draws)
        options = dict(known.options) if known else asked
        looks = _looks(known, with_report, sections, theme) if out else None
        if options.get("recommended"):
            delivering.load_simulation()
        clock.append(perf_counter())
        files, noted = counted(len(read.files), "file"), counted(len(read.warnings), "warning")
        console.detail(f"read {read.name}: {files}, {noted}")

        from capacity.results import outputs, terminal
        from capacity.risk.recommended import Recommended
        from capacity.why import headlines, parents

        if out:
            outputs.check_free(out)

        if not options.get("fixed") and int(read.settings.months.value) > LONG:
            most = counted(read.settings.sizing.time_limit_seconds, "second")
            console.note(f"Finding the team needed; it may take up to {most}.")
        found = parents.run(read, fixed=bool(options.get("fixed")))
        advice = delivering.advised(found, options, console.detail)
        clock.append(perf_counter())
        console.detail(f"planned: {found.sizing.status if found.sizing else 'current posts'}")
        why = why and (known is None or known.why)  # one done again does as it did
        recommended = isinstance(advice, Recommended)
        told = _explained(found, full=bool(json or out), recommended=recommended) if why else None
        clock.append(perf_counter())
        console.detail("explained" if why else "not explained")
        if json or out:
            given = {"told": told, "advice": advice, "looks": looks, "parquet": form == "parquet"}
            _deliver(found, options, clock, json=json, out=out, **given)
        if not json:
            terminal.show(headlines.read_off(found), told, advice)
            if out:
                what = "All tables and the report" if looks else "All tables"
                console.say(f"{what} are in {out}.")
        _warn([*(known.warnings if known else ()), *(str(one) for one in read.warnings)], read.name)
        if found.unanswered is not None:
            console.complain(found.unanswered)
            raise typer.Exit(NO_ANSWER)
        if strict and not _enough(found, advice):
            raise typer.Exit(MISSED)


def _enough(found: PlanResult, advice: Recommended | Agreed | None) -> bool:
    """Return whether the plan is as sure as was asked for, or meets every standard."""
    from capacity.risk.agreement import Agreed
    from capacity.why import headlines

    if isinstance(advice, Agreed):
        return False
    return headlines.keeps_everything(found) if advice is None else advice.enough


def _with_out(form: str, out: str | None) -> None:
    """Refuse a form of tables that are not written."""
    if form != "csv" and not out:
        must = "must come with --out, which names the folder"
        raise InputError([Problem("capacity", None, "--format", must)])


def _asked(
    command: str, scenario: str | None, repeat: str | None, given: Mapping[str, Any]
) -> tuple[Scenario, Repeat | None]:
    """Return the scenario, and what a manifest says of the run that is to be done again.

    `given`: what else was typed, which such a run takes from its manifest.
    """
    from capacity.reading import scenario as scenarios
    from capacity.results import manifests

    place = f"capacity {command}"
    if repeat is None:
        if scenario is None:
            must = f"give a scenario file, or one of: {', '.join(scenarios.shipped())}"
            raise InputError([Problem(place, None, "", must)])
        return scenarios.read(scenario), None
    typed = [name for name, value in {"SCENARIO": scenario, **given}.items() if value]
    must = "must not be given with --repeat, which takes it from the manifest"
    if typed:
        raise InputError([Problem(place, None, name, must) for name in typed])
    known = manifests.read_manifest(repeat, command)
    return scenarios.read(known.scenario, files=known.texts), known


def _explained(found: PlanResult, *, full: bool, recommended: bool) -> Explanation:
    """Return why a plan is as it is; below a recommended plan, only what would help is printed."""
    from capacity.why import explain

    if recommended and not full:
        return explain.what_would_help(found)
    return explain.explain(found, full=full)


def _looks(
    known: Repeat | None, wanted: bool, sections: str | None, theme: str | None
) -> dict[str, Any] | None:
    """Return how the report is to be, as a manifest holds it; none if it is left out."""
    from capacity import report

    if not wanted:
        return None
    if known is None:
        return report.looks(sections, theme)
    return None if known.report is None else dict(known.report)


def _deliver(
    found: PlanResult,
    options: dict[str, Any],
    clock: list[float],
    *,
    json: bool,
    out: str | None,
    **given: Any,
) -> None:
    """Print or write all tables, and write the report."""
    from capacity.batch import delivering
    from capacity.results import outputs

    made = delivering.deliver(
        found, options=options, clock=clock, with_files=out is not None, **given
    )
    if out:
        outputs.write(out, made.files, made.timings)
        console.detail(f"{len(made.files)} files written to {out}")
    if json:
        console.answer({**outputs.records(made.frames), "manifest": made.manifest})


def _warn(warnings: list[str], name: str) -> None:
    """Print the first warnings, apart from the rest, and how many more there are."""
    sys.stdout.flush()
    console.warn(*warnings[:WARNINGS_SHOWN])
    more = len(warnings) - WARNINGS_SHOWN
    if more > 0:
        console.warn(f"{more} more; `capacity check {name}` shows all")


# compare -----------------------------------------------------------------------------------


@app.command("compare", short_help="Options side by side, and what each change contributes.")
def compare_(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="A B…", help="Scenarios; the others are compared with the first."),
    ],
    out: Tables = None,
    json: Json = False,
    fixed: Fixed = False,
    form: Format = "csv",
) -> None:
    """Plan several scenarios, show them side by side and what each changed setting contributes.

    All are single courses, without chance: the central case of each.
    """
    with _telling():
        from capacity.reading import scenario as read
        from capacity.results import manifests, outputs, tables, terminal
        from capacity.why import compare

        _with_out(form, out)
        if len(scenarios) < 2:
            must = "give two scenarios or more"
            raise InputError([Problem("capacity compare", None, "", must)])
        if out:
            outputs.check_free(out)
        every = [read.read(name) for name in scenarios]
        started = perf_counter()
        found = compare.compare(every, fixed=fixed)
        frames = tables.comparison(found)
        if out:
            asked: dict[str, object] = {"fixed": True} if fixed else {"gap": compare.GAP}
            runs = [manifests.manifest_of(plan, asked) for plan in found.plans]
            more = outputs.as_parquet(frames) if form == "parquet" else {}
            made_from = {"options": list(found.names), "runs": runs}
            files = outputs.contents(frames, made_from, **more)
            outputs.write(out, files, {"comparing": round(perf_counter() - started, 4)})
        if json:
            console.answer(outputs.records(frames))
        else:
            terminal.show_comparison(found)
            if out:
                console.say(f"All tables are in {out}.")


# simulate ----------------------------------------------------------------------------------


@app.command(short_help="How certain: ranges, probabilities, posts for a level of confidence.")
def simulate(  # noqa: PLR0913, each option says itself
    scenario: ScenarioName = None,
    draws: Annotated[int, typer.Option(help="Simulations.", min=10, max=1_000_000)] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same simulations.", min=0)] = 1,
    until_error: Annotated[
        float | None,
        typer.Option(
            help="Run more until the standard error of a probability is at most this (0.002).",
            min=0.0005,
            max=0.5,
        ),
    ] = None,
    backlog: Annotated[
        list[float] | None,
        typer.Option(
            metavar="N", help="Give the probability of more than N overdue. [default: 100]"
        ),
    ] = None,
    out: Tables = None,
    json: Json = False,
    fixed: Fixed = False,
    enough: Annotated[
        bool,
        typer.Option(
            "--enough/--no-enough", help="Find the posts needed for the confidence asked for."
        ),
    ] = True,
    drivers: Annotated[
        int,
        typer.Option(
            metavar="N",
            min=0,
            help="Size the team again for the low and high of so many settings that matter most.",
        ),
    ] = 8,
    repeat: Manifest = None,
    jobs: Annotated[
        int,
        typer.Option(help="Processes at once.", min=1, max=256, envvar="CAPACITY_JOBS"),
    ] = 1,
    form: Format = "csv",
) -> None:
    """Draw every uncertain setting and new cases many times, and say how certain the plan is."""
    with _telling():
        from capacity import stages
        from capacity.results import manifests, outputs, tables, terminal
        from capacity.risk import uncertainty

        _with_out(form, out)
        if out:
            outputs.check_free(out)
        options: dict[str, Any] = {
            "draws": draws,
            "until_error": until_error,
            "backlog": backlog or [uncertainty.BACKLOG],
            "fixed": fixed,
            "enough": enough,
            "drivers": drivers,
        }
        read, known = _asked("simulate", scenario, repeat, {"--fixed": fixed})
        if known is not None:
            options, seed = dict(known.options), known.seed or 0
        clock = [perf_counter()]
        found = stages.run(read, fixed=options["fixed"])
        clock.append(perf_counter())
        ask = uncertainty.Ask(
            number=options["draws"],
            until_error=options["until_error"],
            backlog=tuple(options["backlog"]),
            size=options["enough"],
            resize=options["drivers"],
            jobs=jobs,
        )
        watched = console.draws_bars() and not json
        told = uncertainty.simulate(found, seed, ask, console.note if watched else console.detail)
        clock.append(perf_counter())
        frames = tables.uncertain(told)
        manifest = manifests.manifest_of(found, options, seed=seed) | {"command": "simulate"}
        if out:
            spans = [round(after - before, 4) for before, after in pairwise(clock)]
            names = ("planning", "simulating")
            more = outputs.as_parquet(frames) if form == "parquet" else {}
            files = outputs.contents(frames, manifest, **more)
            outputs.write(out, files, dict(zip(names, spans, strict=True)))
        if json:
            console.answer({**outputs.records(frames), "manifest": manifest})
            return
        terminal.show_uncertainty(told)
        if out:
            console.say(f"All tables are in {out}.")
        _warn([*(known.warnings if known else ()), *(str(one) for one in read.warnings)], read.name)


# report ------------------------------------------------------------------------------------


@app.command("report", short_help="An options paper from several plans.")
def report_(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO…", help="Scenarios; others are compared with the first."),
    ],
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Write the paper into this folder.")
    ] = "options-paper",
    central: Central = False,
    theme: Theme = None,
) -> None:
    """Plan several scenarios and write one paper that holds them side by side.

    It says what to agree now in each, and how probable that makes every standard.
    """
    with _telling():
        from capacity import report
        from capacity.reading import scenario as read
        from capacity.results import outputs

        outputs.check_free(out)
        looks = report.looks(None, theme)
        every = [read.read(name) for name in scenarios]
        started = perf_counter()
        files = report.paper_of(every, looks, central=central)
        outputs.write(out, files, {"report": round(perf_counter() - started, 4)})
        console.say(f"The options paper is in {out}.")
        for one in every:
            _warn([str(warning) for warning in one.warnings], one.name)


@app.command(short_help="Board paper, business case and inspection pack.")
def papers(
    scenarios: Annotated[
        list[str],
        typer.Argument(metavar="SCENARIO…", help="The plan; others are shown as further options."),
    ],
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Write the papers into this folder.")
    ] = "papers",
    only: Annotated[
        str | None,
        typer.Option(
            "--papers",
            metavar="NAMES",
            help="Only these, separated by commas: board, business-case, inspection.",
        ),
    ] = None,
    central: Annotated[
        bool,
        typer.Option(
            "--central", help="Ask for the team needed in the central case; no simulation."
        ),
    ] = False,
    draws: Draws = None,
    theme: Theme = None,
) -> None:
    """Write papers for a board, a challenge panel and inspectors, as HTML, PDF and Word."""
    with _telling():
        from capacity import papers as made
        from capacity.reading import scenario as read
        from capacity.report.theme import Theme as Looks
        from capacity.report.theme import read as looks
        from capacity.results import outputs

        outputs.check_free(out)
        names = [one.strip() for one in (only or "").split(",") if one.strip()]
        made.chosen(names)
        chosen = Looks() if theme is None else looks(theme)
        every = [read.read(name) for name in scenarios]
        started = perf_counter()
        files = made.papers_of(
            every, names, chosen, draws=draws, central=central, say=console.detail
        )
        outputs.write(out, files, {"papers": round(perf_counter() - started, 4)})
        console.say(f"The papers are in {out}.")
        for one in every:
            _warn([str(warning) for warning in one.warnings], one.name)


# check, settings, scenarios ----------------------------------------------------------------


@app.command(short_help="Validate scenarios.")
def check(
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH…", help="Scenario files, folders of them, or shipped names."),
    ],
    json: Json = False,
) -> None:
    """Validate scenarios: every problem and every warning, with file and line."""
    with _telling():
        from capacity.history.known import opened
        from capacity.reading import scenario as scenarios

        verdicts: list[dict[str, Any]] = []
        noted: list[dict[str, Any]] = []
        for name in _scenarios_in(paths):
            wrong: Sequence[Problem] = ()
            warnings: Sequence[Problem] = ()
            try:
                warnings = opened(scenarios.read(name)).warnings
            except InputError as error:
                wrong = error.problems
            verdicts.append({"scenario": name, "fine": not wrong, "warnings": len(warnings)})
            noted += [_noted(name, "problem", one) for one in wrong]
            noted += [_noted(name, "warning", one) for one in warnings]
            if not json:
                _tell_verdict(name, wrong, warnings)
        if json:
            console.answer({"check": verdicts, "problems": noted})
        if not all(one["fine"] for one in verdicts):
            raise typer.Exit(BAD_INPUT)


def _noted(scenario: str, kind: str, one: Problem) -> dict[str, Any]:
    """Return a problem or a warning as a record."""
    return {"scenario": scenario, "kind": kind, **asdict(one), "words": str(one)}


def _tell_verdict(name: str, wrong: Sequence[Problem], warnings: Sequence[Problem]) -> None:
    """Print what is wrong with a scenario, or that it is fine, with its warnings."""
    sys.stdout.flush()
    if wrong:
        console.complain(*(str(problem) for problem in wrong))
        return
    noted = f", {counted(len(warnings), 'warning')}" if warnings else ""
    console.line(f"{name}: fine{noted}")
    sys.stdout.flush()
    console.warn(*(str(one) for one in warnings))


def _scenarios_in(paths: list[str]) -> Iterator[str]:
    """Yield scenarios, those of a folder in order of their names."""
    from capacity.batch.finding import in_folder

    for path in paths:
        if not Path(path).is_dir():
            yield path
            continue
        try:
            inside = in_folder(Path(path))
        except OSError as error:
            why = f"cannot be read: {(error.strerror or str(error)).lower()}"
            raise InputError([Problem(path, None, "", why)]) from error
        if not inside:
            raise InputError([Problem(path, None, "", "must hold scenario files (*.toml)")])
        yield from (str(one) for one in inside)


@app.command()
def settings(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A setting, or part of its name.")
    ] = "",
    json: Json = False,
) -> None:
    """Show settings with unit, range, default and meaning."""
    with _telling():
        from capacity import catalogue

        found, likely = catalogue.matching(name) if name else (catalogue.entries(), ())
        if not found:
            use = " or ".join(likely) or None
            raise InputError([Problem("capacity settings", None, name, "no such setting", use=use)])
        if json:
            console.answer({"settings": [asdict(entry) for entry in found]})
            return
        for entry in found:
            told = [entry.unit, entry.range]
            told += (
                [f"default {entry.default}"] if entry.default not in ("", "must be given") else []
            )
            told += ["must be given"] if entry.default == "must be given" else []
            parts = "class" if entry.name.startswith("queues.") else "tier"
            told += [f"may differ by {parts}"] if entry.by_tier else []
            console.say(entry.name)
            console.say(f"{entry.meaning} ({'; '.join(filter(None, told))})", indent=4)


@app.command(short_help="JSON Schema of a scenario file, for editors.")
def schema() -> None:
    """Print the JSON Schema of a scenario file, by which an editor checks and completes one."""
    with _telling():
        from capacity import schema as schemas

        console.answer(schemas.schema())


@app.command("scenarios")
def scenarios_(json: Json = False) -> None:
    """List the scenarios that come with capacity."""
    with _telling():
        from capacity.reading import scenario as scenarios

        every = {name: scenarios.read(name).settings for name in scenarios.shipped()}
        if json:
            told = [
                {"name": name, "title": one.title, "question": one.question}
                for name, one in every.items()
            ]
            console.answer({"scenarios": told})
            return
        rows = [[name, one.question or one.title] for name, one in every.items()]
        console.table("", [("Name", False), ("Question", False)], rows)


# A force's own figures ---------------------------------------------------------------------

app.command(short_help="Fit settings to monthly history.")(_telling()(own_figures.calibrate))
app.command(short_help="Forecast the past, beside naive forecasts.")(
    _telling()(own_figures.backtest)
)
app.command(short_help="Every proof on published data, in one table.")(
    _telling()(own_figures.evidence)
)
app.command(short_help="A first scenario from a dozen numbers.")(_telling()(own_figures.start))
app.command(short_help="The workbook that a unit fills.")(_telling()(own_figures.template))
app.command(short_help="Timings to hours per task, with ranges.")(_telling()(own_figures.diary))
app.command("import", short_help="A filled workbook, or a register, to a scenario.")(
    _telling()(own_figures.import_)
)


# Work that lasts ---------------------------------------------------------------------------

workspace = typer.Typer(
    name="workspace",
    help="What is kept: units, scenarios with versions, monthly figures and decisions.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(workspace, short_help="What is kept: units, scenarios, monthly figures.")
app.command("round", short_help="This month's figures: changes, forecast against actual, next.")(
    _telling()(kept_work.round_)
)
workspace.command("list")(_telling()(kept_work.list_))
workspace.command("export")(_telling()(kept_work.export))
workspace.command("import")(_telling()(kept_work.import_))
workspace.command("grant")(_telling()(kept_work.grant))
workspace.command("prune")(_telling()(kept_work.prune))
workspace.command("timings")(_telling()(kept_work.timings))
workspace.command("backup")(_telling()(kept_work.backup))
workspace.command("restore")(_telling()(kept_work.restore))


# Many runs ---------------------------------------------------------------------------------

app.command(short_help="Many scenarios: each its folder, one overview.")(
    _telling()(many_runs.batch)
)
app.command(short_help="One scenario at many points, in one table.")(_telling()(many_runs.sweep))
app.command(short_help="How often to visit whom, with these posts.")(_telling()(many_runs.regimes))
app.command("inspection-day", short_help="What inspectors would probably find on a day.")(
    _telling()(many_runs.inspection_day)
)


# app ---------------------------------------------------------------------------------------


@app.command("app")
def app_(
    host: Annotated[
        str, typer.Option(help="Address to listen on.", envvar="CAPACITY_HOST")
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(help="Port to listen on.", min=1, max=65535, envvar="CAPACITY_PORT")
    ] = 8501,
    sign_in: Annotated[
        str | None,
        typer.Option(
            metavar="FILE",
            envvar="CAPACITY_SIGN_IN",
            help="Ask who people are, as this secrets.toml says.",
        ),
    ] = None,
    behind_proxy: Annotated[
        bool,
        typer.Option(
            "--behind-proxy",
            envvar="CAPACITY_BEHIND_PROXY",
            help="A proxy in front of these pages admits only authorised people.",
        ),
    ] = False,
) -> None:
    """Open the planning pages in a browser: on this machine alone, unless others sign in."""
    with _telling():
        import subprocess

        home = _home()
        command = [sys.executable, "-m", "streamlit", "run", str(home / "streamlit_app.py")]
        command += ["--server.address", host, "--server.port", str(port)]
        command += _admitting(host, sign_in, behind_proxy=behind_proxy)
        server = subprocess.Popen(command, cwd=home, stdout=sys.stdout)
        try:
            code = server.wait()
        except KeyboardInterrupt:
            code = 0
        finally:
            _end_server(server)
        raise typer.Exit(code if code in (0, BAD_INPUT) else FAULT)


def _end_server(server: subprocess.Popen[bytes]) -> None:
    """End the server of the pages, and wait until its own processes have ended too."""
    import subprocess

    server.terminate()
    try:
        server.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        server.kill()


def _admitting(host: str, sign_in: str | None, *, behind_proxy: bool) -> list[str]:
    """Return how the server is told who may come in; refuse to open it to everybody."""
    if sign_in is None and not behind_proxy and host in ("127.0.0.1", "localhost", "::1"):
        return []
    from capacity.app import door

    if sign_in is None:
        if behind_proxy:
            return ["--server.allowedHosts", "*", "--", door.BEHIND_PROXY]
        if door.is_this_machine(host):
            return []
        must = "must come with --sign-in FILE, or --behind-proxy where a proxy asks who people are"
        raise InputError([Problem("capacity app", None, "--host", must, host)])
    secrets = _secrets(sign_in)
    wrong = [Problem(sign_in, None, key, must) for key, must in door.faults_of_sign_in(secrets)]
    if wrong:
        raise InputError(wrong)
    names = ["--secrets.files", os.path.abspath(sign_in)]
    for name in door.names_of(secrets):
        names += ["--server.allowedHosts", name]
    return [*names, "--", door.BEHIND_PROXY] if behind_proxy else names


def _secrets(file: str) -> dict[str, Any]:
    """Return what a secrets.toml holds; what is wrong with it is told without its lines."""
    import tomllib

    from capacity.files.fetching import fetch
    from capacity.limits import LARGEST_SCENARIO

    try:
        return tomllib.loads(fetch(file, LARGEST_SCENARIO).decode("utf-8-sig"))
    except OSError as error:
        why = (error.strerror or "no such file").lower()
        raise InputError([Problem(file, None, "", f"cannot be read: {why}")]) from None
    except (ValueError, RecursionError):
        raise InputError([Problem(file, None, "", "must be TOML in UTF-8")]) from None


def _home() -> Path:
    """Return the folder of the front door and its .streamlit: shipped, or the checkout."""
    package = Path(__file__).resolve().parent
    shipped = package / "shipped"
    return shipped if (shipped / "streamlit_app.py").is_file() else package.parent
