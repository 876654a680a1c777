"""Reports: one content, three forms (HTML, PDF, XLSX), the same figures to the digit."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd

from capacity import stages
from capacity.errors import InputError, Problem
from capacity.reading.scenario import Scenario
from capacity.report import (
    answer,
    budget,
    business,
    decided,
    evidence,
    html,
    inspection,
    method,
    options,
    pdf,
    pictures,
    register,
    statement,
    xlsx,
)
from capacity.report import theme as themes
from capacity.report.blocks import Chart, Report, Section, cleaned
from capacity.report.brief import Brief
from capacity.report.facts import Facts, as_at
from capacity.report.numbering import every_block
from capacity.report.theme import Theme
from capacity.results import manifests, outputs
from capacity.results.tables import TABLES
from capacity.risk import recommended
from capacity.risk.agreement import Agreed
from capacity.risk.recommended import Recommended
from capacity.stages import PlanResult
from capacity.version import __version__

PARTS = (
    ("answer", "the answer on one page"),
    ("review", "how certain the recommended plan is, and how posts are reviewed"),
    ("budget", "outcome-based budget submission"),
    ("statement", "Force Management Statement pack"),
    ("inspection", "inspection pack"),
    ("central", "the plan for the central case, without chance; behind the recommended plan"),
    ("prices", "standards and what they cost"),
    ("uncertainty", "how certain, and what matters most; where simulations were run"),
    ("history", "fit to history; where there is one"),
    ("assumptions", "assumptions register"),
    ("method", "method in a page, and how to repeat the run"),
)
"""Parts of a report by name, in order, and what each is."""


OF_RECOMMENDED: Mapping[str, Callable[[Facts, Recommended], Section]] = {
    "answer": decided.section,
    "review": decided.review,
    "budget": lambda facts, found: business.submission(Brief(facts, found)),
    "central": lambda facts, _: budget.central(facts),
}
"""Parts that say something else, or are there at all, where posts are recommended."""


def content(
    plan: PlanResult,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    sections: Sequence[str] = (),
    advice: Recommended | Agreed | None = None,
) -> Report:
    """Return what a report of a plan says, all parts or those named.

    Args:
        plan: the plan for the central case.
        tables: its output tables.
        manifest: what it was made from.
        sections: the parts wanted; all if left out.
        advice: the recommended plan, which is the answer where there is one.

    Raises:
        InputError: if a part is unknown.
    """
    check(sections)
    found = advice if isinstance(advice, Recommended) else None
    facts = Facts(plan, tables, str(manifest["run_id"]), advice=found)
    wanted = sections or [name for name, _ in PARTS]
    made = [_part(name, facts, manifest, found) for name, _ in PARTS if name in wanted]
    return _report(facts, tuple(filter(None, made)), "Planning report")


def check(sections: Sequence[str]) -> None:
    """Refuse parts that a report does not have.

    Raises:
        InputError: with every one.
    """
    known = [name for name, _ in PARTS]
    must = f"unknown part; must be one of: {', '.join(known)}"
    problems = [Problem("--sections", None, one, must) for one in sections if one not in known]
    if problems:
        raise InputError(problems)


def files(
    plan: PlanResult,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    sections: Sequence[str] = (),
    theme: Theme | None = None,
    advice: Recommended | Agreed | None = None,
) -> dict[str, bytes]:
    """Return the report of a plan in its three forms, by file name.

    Raises:
        InputError: if a part is unknown.
    """
    report = content(plan, tables, manifest, sections, advice)
    return rendered(report, Facts(plan, tables, report.run_id), theme)


def looks(sections: str | None, theme: str | None) -> dict[str, Any]:
    """Return how a report is to be, as a manifest holds it: its parts, and its theme.

    Raises:
        InputError: if a part is unknown or the theme is not in order.
    """
    names = [] if sections is None else [one.strip() for one in sections.split(",") if one.strip()]
    check(names)
    chosen = None if theme is None else themes.read(theme).as_options()
    return {"sections": names, "theme": chosen}


def as_told(
    plan: PlanResult,
    tables: Mapping[str, pd.DataFrame],
    manifest: Mapping[str, Any],
    advice: Recommended | Agreed | None = None,
) -> dict[str, bytes]:
    """Return the report of a plan as its manifest says it is to be.

    Raises:
        InputError: if the manifest asks for what is not there.
    """
    told = manifest["report"]
    names = told.get("sections")
    if not isinstance(names, list):
        must = "must be a list of parts"
        raise InputError([Problem("manifest.json", None, "report.sections", must)])
    theme = themes.from_options(told.get("theme"), "manifest.json")
    return files(plan, tables, manifest, [str(one) for one in names], theme, advice)


def paper_of(
    every: Sequence[Scenario], told: Mapping[str, Any], *, central: bool = False
) -> dict[str, bytes]:
    """Return the options paper of several scenarios, each planned, with a manifest.

    Args:
        every: the scenarios; the others are compared with the first.
        told: how the paper is to look.
        central: whether what to agree now is left out, and all is a single course.

    Raises:
        SolverError: if the solver gives no proven answer.
        InputError: if two have the same name.
    """
    names = [one.name for one in every]
    if len(set(names)) < len(names):
        must = "must have names of their own: two scenarios are called the same"
        raise InputError([Problem("capacity report", None, "", must)])
    plans = [stages.run(one) for one in every]
    advice = [None if central else _advised(one) for one in plans]
    asked = {"fixed": False} | ({} if central else {"recommended": True})
    seed = None if central else recommended.SEED
    runs = [manifests.manifest_of(one, asked, seed=seed) for one in plans]
    ids = [one["run_id"] for one in runs]
    run_id = manifests.run_id({"files": [], "data": [], "report": "options", "runs": ids})
    facts = [
        Facts(one, {"assumptions": TABLES["assumptions"](one)}, run_id, advice=found)
        for one, found in zip(plans, advice, strict=True)
    ]
    made = options_paper(facts, themes.from_options(told["theme"], "theme"))
    manifest = {
        "run_id": run_id,
        "version": __version__,
        "method_version": stages.METHOD_VERSION,
        "report": {"options": names, **told},
        "runs": runs,
        "outputs": sorted([*made, manifests.MANIFEST]),
    }
    return {**made, manifests.MANIFEST: outputs.as_json(manifest)}


def _advised(plan: PlanResult) -> Recommended | None:
    """Return what is recommended; none where no team needed was found, or nothing agrees."""
    found = recommended.recommend(plan) if plan.sizing is not None else None
    return found if isinstance(found, Recommended) else None


def options_paper(every: Sequence[Facts], theme: Theme | None = None) -> dict[str, bytes]:
    """Return the options paper of several plans in its three forms, by file name.

    The first plan is what the others are compared with.
    """
    first = replace(every[0], others=tuple(one.plan for one in every[1:]))
    parts = options.sections([first, *every[1:]])
    titled = replace(_report(first, parts, "Options paper"), title="Options side by side")
    return rendered(titled, first, theme)


def rendered(report: Report, facts: Facts, theme: Theme | None = None) -> dict[str, bytes]:
    """Return a report in its three forms, by file name."""
    theme, report = theme or Theme(), cleaned(report)
    start = facts.settings.start
    dated = datetime(start.year, start.month, 1, tzinfo=UTC)
    with ThreadPoolExecutor(1) as beside:  # charts and PDF are not Python: both can run at once
        workbook = beside.submit(xlsx.render, report, facts, theme, dated)
        charts = [block for block in every_block(report) if isinstance(block, Chart)]
        drawn = {chart.name: pictures.svg(chart) for chart in charts}
        return {
            "report.html": html.render(report, drawn, theme),
            "report.pdf": pdf.render(report, drawn, theme, int(dated.timestamp())),
            "plan.xlsx": workbook.result(),
        }


def _part(
    name: str, facts: Facts, manifest: Mapping[str, Any], found: Recommended | None
) -> Section | None:
    """Return a part of a report, none if there is nothing to say."""
    if name == "method":
        return method.section(facts, manifest)
    if found is not None and name in OF_RECOMMENDED:
        return OF_RECOMMENDED[name](facts, found)
    if name in ("review", "central"):
        return None
    made = {
        "answer": answer.section,
        "budget": budget.section,
        "statement": statement.section,
        "inspection": inspection.section,
        "prices": evidence.prices,
        "uncertainty": evidence.uncertainty,
        "history": evidence.history,
        "assumptions": register.section,
    }[name]
    return made(facts)


def _report(facts: Facts, sections: tuple[Section, ...], kind: str) -> Report:
    settings = facts.settings
    return Report(
        title=settings.title,
        question=settings.question or "",
        as_at=as_at(facts.plan),
        scenario=facts.plan.scenario.name,
        run_id=facts.run_id,
        version=__version__,
        year=settings.start.year,
        sections=sections,
        kind=kind,
    )
