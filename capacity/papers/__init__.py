"""Papers for three readers, each as HTML, PDF and Word: a board, a challenge panel, inspectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from capacity import stages
from capacity.batch import delivering
from capacity.errors import InputError, Problem
from capacity.papers import board, inspecting, monthly, word
from capacity.papers.monthly import MonthBrief
from capacity.reading.scenario import Scenario
from capacity.report import business, html, pdf, pictures
from capacity.report.blocks import Chart, Report, Section, cleaned
from capacity.report.brief import Brief
from capacity.report.facts import Facts, as_at
from capacity.report.numbering import every_block
from capacity.report.theme import DETAILS, Theme
from capacity.results import manifests, outputs, tables
from capacity.risk.recommended import SEED, Recommended
from capacity.stages import PlanResult
from capacity.version import __version__
from capacity.why import explain, parents
from capacity.why.explain import Explanation
from capacity.wording import month


@dataclass(frozen=True)
class Paper:
    """A paper: its file's name, what it is called, and what it says."""

    name: str
    kind: str
    sections: Callable[[Brief], tuple[Section, ...]]


PAPERS = (
    Paper("board", "Board paper", board.sections),
    Paper("business-case", "Business case", business.sections),
    Paper("inspection", "Inspection pack", inspecting.sections),
)
"""The papers there are."""

FORMS = ("html", "pdf", "docx")

ROUND = "month"
"""The name of the files of a round's paper."""


def chosen(names: Sequence[str]) -> tuple[Paper, ...]:
    """Return the papers of these names, all where none is named.

    Raises:
        InputError: with every name that no paper has.
    """
    known = [one.name for one in PAPERS]
    must = f"unknown paper; must be one of: {', '.join(known)}"
    problems = [Problem("--papers", None, one, must) for one in names if one not in known]
    if problems:
        raise InputError(problems)
    return tuple(one for one in PAPERS if not names or one.name in names)


def files(
    plan: PlanResult,
    *,
    advice: Recommended | None = None,
    why: Explanation | None = None,
    others: Sequence[PlanResult] = (),
    names: Sequence[str] = (),
    theme: Theme | None = None,
) -> dict[str, bytes]:
    """Return papers of a plan, each in three forms, by file name.

    Args:
        plan: the plan for the central case.
        advice: the recommended plan, which is what papers ask for where there is one.
        why: what explains the plan; without it papers say less.
        others: plans of other scenarios, shown as further options.
        names: the papers wanted; all if left out.
        theme: how they look, and what they say of themselves.

    Raises:
        InputError: if a paper is unknown, or Word files cannot be written.
    """
    theme = theme or Theme()
    facts = Facts(plan, tables.lazily(plan, why, advice), "", tuple(others), advice)
    brief = Brief(facts, advice)
    made: dict[str, bytes] = {}
    for paper in chosen(names):
        report = cleaned(_report(paper, brief, theme))
        made |= _rendered(report, facts.settings.start, theme, paper.name)
    return made


def papers_of(
    every: Sequence[Scenario],
    names: Sequence[str] = (),
    theme: Theme | None = None,
    *,
    draws: int | None = None,
    central: bool = False,
    say: Callable[[str], None] | None = None,
) -> dict[str, bytes]:
    """Return papers of a scenario, planned and decided, with a manifest beside them.

    Args:
        every: the scenario, then others that are shown as further options.
        names: the papers wanted; all if left out.
        theme: how they look, and what they say of themselves.
        draws: simulations that probabilities are told of.
        central: whether to ask for the team needed in the central case, without simulations.
        say: told what is being done.

    Raises:
        SolverError: if the solver gives no proven answer.
        InputError: if a paper is unknown, or Word files cannot be written.
    """
    theme = theme or Theme()
    plans = [parents.run(one) for one in every]
    options: dict[str, Any] = {"fixed": False} | ({} if central else {"recommended": True})
    options |= {} if draws is None else {"draws": draws}
    advice = delivering.advised(plans[0], options, say or (lambda _: None))
    found = advice if isinstance(advice, Recommended) else None
    made = files(
        plans[0],
        advice=found,
        why=explain.for_papers(plans[0]),
        others=plans[1:],
        names=names,
        theme=theme,
    )
    runs = [manifests.manifest_of(one, options, seed=SEED) for one in plans]
    told = {"papers": [one.name for one in chosen(names)], "theme": theme.as_options()}
    ids = [one["run_id"] for one in runs]
    manifest = {
        "run_id": manifests.run_id({"files": [], "data": [], "report": told, "runs": ids}),
        "version": __version__,
        "method_version": stages.METHOD_VERSION,
        "report": told,
        "runs": runs,
        "outputs": sorted([*made, manifests.MANIFEST]),
    }
    return {**made, manifests.MANIFEST: outputs.as_json(manifest)}


def of_round(
    brief: MonthBrief, theme: Theme | None = None, forms: Sequence[str] = FORMS
) -> dict[str, bytes]:
    """Return the one-page paper of a monthly round, by file name.

    Raises:
        InputError: if a Word file is wanted and cannot be written.
    """
    theme = theme or Theme()
    settings = brief.found.scenario.settings
    details = [(DETAILS[key], words) for key, words in theme.details.items() if key != "marking"]
    report = Report(
        title=settings.title,
        question="",
        as_at=f"the end of {month(brief.found.month)}",
        scenario=settings.title,
        run_id="",
        version=__version__,
        year=settings.start.year,
        sections=(monthly.section(brief),),
        kind="Monthly report",
        details=tuple(details),
        marking=theme.marking,
        is_paper=True,
    )
    return _rendered(cleaned(report), settings.start, theme, ROUND, forms)


def _report(paper: Paper, brief: Brief, theme: Theme) -> Report:
    settings = brief.facts.settings
    details = [(DETAILS[key], words) for key, words in theme.details.items() if key != "marking"]
    return Report(
        title=settings.title,
        question=settings.question or "",
        as_at=as_at(brief.facts.plan),
        scenario=settings.title,
        run_id="",
        version=__version__,
        year=settings.start.year,
        sections=paper.sections(brief),
        kind=paper.kind,
        details=tuple(details),
        marking=theme.marking,
        is_paper=True,
    )


def _rendered(
    report: Report, start: date, theme: Theme, name: str, forms: Sequence[str] = FORMS
) -> dict[str, bytes]:
    """Return a paper in its forms."""
    dated = datetime(start.year, start.month, 1, tzinfo=UTC)
    charts = [block for block in every_block(report) if isinstance(block, Chart)]
    drawn = {chart.name: pictures.svg(chart) for chart in charts}
    made: dict[str, Callable[[], bytes]] = {
        "html": lambda: html.render(report, drawn, theme),
        "pdf": lambda: pdf.render(report, drawn, theme, int(dated.timestamp())),
        "docx": lambda: word.render(report, drawn, theme, dated),
    }
    with ThreadPoolExecutor(len(forms)) as beside:  # a PDF is not set in Python: it can run beside
        found = {form: beside.submit(made[form]) for form in forms}
        return {f"{name}.{form}": one.result() for form, one in found.items()}
