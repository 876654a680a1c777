"""Commands for many runs: batch, sweep, regimes and the day of an inspection.

What is typed and in which order things happen; the work is done in the modules named below.
"""

from __future__ import annotations

import signal
import sys
from time import perf_counter
from typing import Annotated

import typer

from capacity import console
from capacity.arguments import (
    Central,
    Draws,
    Fixed,
    Jobs,
    Json,
    Sections,
    Strict,
    Tables,
    Theme,
    WithReport,
    day,
)
from capacity.asked_to_end import exit_code

BAD_INPUT, NO_ANSWER, STOPPED = 2, 3, exit_code(signal.SIGINT)
"""Exit codes; the last is after ctrl-C."""

Scheduler = Annotated[
    str | None,
    typer.Option(
        metavar="ADDRESS",
        envvar="CAPACITY_SCHEDULER",
        help="Run on the Dask cluster at this address instead of this machine.",
    ),
]


def batch(  # noqa: PLR0913, each option says itself
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH…", help="Scenarios, folders of them, or patterns in quotes."),
    ],
    out: Annotated[
        str, typer.Option(metavar="DIR", help="Write a folder for each, and the overview, here.")
    ],
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    previous: Annotated[
        str | None,
        typer.Option(
            metavar="DIR",
            help="An earlier batch: its forecasts beside the opening positions of this one.",
        ),
    ] = None,
    draws: Draws = None,
    central: Central = False,
    fixed: Fixed = False,
    why: Annotated[
        bool,
        typer.Option(
            "--why/--no-why",
            help="Say why each plan is as it is, as plan does; it takes three times as long.",
        ),
    ] = False,
    with_report: WithReport = True,
    sections: Sections = None,
    theme: Theme = None,
    strict: Strict = False,
    json: Json = False,
) -> None:
    """Plan many scenarios, each into a folder as `capacity plan` writes it, with one overview.

    Each is told what to agree now, which takes most of the time; --central leaves that out.
    The same command again goes on where it was stopped, and does again what has changed.
    """
    from capacity import running

    running.one_thread()
    from capacity import report
    from capacity.batch import delivering, runs, telling

    ask = runs.BatchAsk(
        paths=tuple(paths),
        out=out,
        workers=jobs or running.cores(),
        scheduler=scheduler,
        previous=previous,
        options=delivering.options(fixed=fixed, central=central, draws=draws),
        why=why,
        looks=report.looks(sections, theme) if with_report else None,
    )
    with telling.progress() as progress:
        try:
            done = runs.run(ask, progress)
        except KeyboardInterrupt:
            console.complain("stopped; what is finished is kept, the same command goes on from it")
            raise typer.Exit(STOPPED) from None
    telling.complain(done)
    if json:
        console.answer(telling.tables(done))
    else:
        telling.show(done, out)
    sys.stdout.flush()
    code = done.exit_code(strict=strict)
    if code:
        raise typer.Exit(code)


def sweep(  # noqa: PLR0913, each option says itself
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or a shipped one's name.")
    ],
    vary: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SETTING=…",
            help="A setting and its values, FROM:TO:STEP or A,B,C; once for each setting.",
        ),
    ] = None,
    samples: Annotated[
        int | None,
        typer.Option(
            metavar="N", help="Draw so many points, a Latin hypercube, instead of every one."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed draws the same points.", min=0)] = 1,
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write table and heat maps into this folder.")
    ] = None,
    jobs: Jobs = None,
    scheduler: Scheduler = None,
    fixed: Fixed = False,
    relaxed: Annotated[
        bool, typer.Option("--relaxed", help="Size allowing part posts, which is far faster.")
    ] = False,
    json: Json = False,
) -> None:
    """Plan a scenario at many values of some settings, and put them into one table.

    Every point is a single course, without chance: the central case of that point.
    """
    from capacity import running

    running.one_thread()
    from capacity.sweeps import SweepAsk, telling

    telling.check(out, fixed=fixed, relaxed=relaxed)
    ask = SweepAsk(
        vary=tuple(vary or ()),
        way="today's posts" if fixed else "without whole posts" if relaxed else "whole posts",
        samples=samples,
        seed=seed,
        jobs=jobs or running.cores(),
        scheduler=scheduler,
    )
    try:
        made = telling.run(scenario, ask, out=out, json=json)
    except KeyboardInterrupt:
        console.complain("stopped; nothing was written")
        raise typer.Exit(STOPPED) from None
    if made.failed:
        raise typer.Exit(BAD_INPUT if made.failed > made.unanswered else NO_ANSWER)


def regimes(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or a shipped one's name.")
    ],
    out: Annotated[
        str | None, typer.Option(metavar="DIR", help="Write the tables into this folder.")
    ] = None,
    jobs: Jobs = None,
    json: Json = False,
) -> None:
    """Compare every regime that a scenario lists under [choose]: posts, cost and cases unseen.

    For current posts it says which regime leaves the fewest weighted case-months unseen, and for
    the standards which costs least over posts and regime together. Every combination is a single
    course, without chance.
    """
    from capacity import running

    running.one_thread()
    from capacity.sweeps import regime_words

    regime_words.check(out)
    try:
        regime_words.run(scenario, jobs=jobs or running.cores(), out=out, json=json)
    except KeyboardInterrupt:
        console.complain("stopped; nothing was written")
        raise typer.Exit(STOPPED) from None


def inspection_day(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A scenario file, or a shipped one's name.")
    ],
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day of the inspection.")],
    areas: Annotated[
        list[str] | None,
        typer.Option(
            "--area",
            metavar="NAME=…",
            help="An area for improvement: NAME=COHORT.DUTY MEASURE LEVEL [TIER,TIER], such as "
            "'High risk=rso.visit outstanding 0 very_high,high'. Repeat it.",
        ),
    ] = None,
    draws: Annotated[
        int, typer.Option(metavar="N", min=50, max=20_000, help="Simulations.")
    ] = 1_000,
    team: Annotated[
        bool, typer.Option("--team", help="And the position with the team needed.")
    ] = False,
    out: Tables = None,
    json: Json = False,
) -> None:
    """Say what inspectors would probably find on a day: backlog by tier and age, and standards.

    Each figure has the range of 8 in 10 simulations, and each standard and area for improvement
    the probability that it is met.
    """
    clock = perf_counter()
    from capacity import stages
    from capacity.reading import scenario as scenarios
    from capacity.results import manifests, outputs
    from capacity.results import on_a_day as words
    from capacity.risk import on_a_day

    day_ = day("--on", on)
    if out:
        outputs.check_free(out)
    read = scenarios.read(scenario)
    asked = on_a_day.areas_of(areas or [])
    plan = stages.run(read, fixed=not team)
    found = on_a_day.on_a_day(plan, day_, asked, number=draws, say=console.detail)
    frames = words.tables(found)
    if out:
        files = {f"{name}.csv": outputs.as_csv(frame) for name, frame in frames.items()}
        options = {"on": day_.isoformat(), "areas": areas or [], "draws": draws, "team": team}
        manifest = manifests.manifest_of(plan, options, seed=on_a_day.SEED)
        manifest["outputs"] = sorted([*files, manifests.MANIFEST])
        files[manifests.MANIFEST] = outputs.as_json(manifest)
        outputs.write(out, files, {"all": round(perf_counter() - clock, 3)})
    if json:
        console.answer({**outputs.records(frames), "lines": words.lines(found)})
        return
    console.say(words.lead(found))
    for option in dict.fromkeys(one.option for one in found.found):
        headings, rows = words.backlog(found, option)
        title = f"Overdue by tier and months overdue, {words.OPTIONS[option]}"
        console.table(title, [(one, n > 0) for n, one in enumerate(headings)], rows)
        if nothing := words.nothing_overdue(found, option):
            console.say(nothing)
        for line in words.lines(found, option):
            console.say(f"- {line}", indent=2)
    if out:
        console.say(f"All tables are in {out}.")
