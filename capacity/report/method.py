"""The method in a page, and everything that is needed to repeat the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from capacity.glossary import IN_REPORTS, meaning
from capacity.report.blocks import Block, Cell, Column, Heading, Points, Section, Table, Text
from capacity.report.facts import Facts, as_at
from capacity.wording import counted, month

STEPS = (
    (
        "Cases",
        "Each month cases leave, move between tiers and arrive, at the yearly rates of the "
        "scenario (EQ1 to EQ3). Someone in custody is not a case.",
    ),
    (
        "Activities",
        "Every activity of every case has a clock. It falls due when its interval is over, stays "
        "overdue until it is done, and starts again then (EQ4 to EQ7).",
    ),
    (
        "Hours",
        "Contracted hours less leave, training, sickness and other police work (EQ8); those in "
        "training count at their productivity (EQ9). Other work comes first, then activities by "
        "the order of service (EQ10 to EQ13).",
    ),
    (
        "People",
        "Places become free as people leave and are filled after the time that it takes (EQ14).",
    ),
    (
        "Sizing",
        "The cheapest whole posts, overtime and lending with which every standard is met for each "
        "tier by itself (EQ15 to EQ21); where none can, the plan that comes nearest.",
    ),
    (
        "Money",
        "Posts and overtime in real prices; cash adds pay awards; discounted takes the real "
        "discount rate off. A real rate is never applied to cash.",
    ),
)


def section(facts: Facts, manifest: Mapping[str, Any]) -> Section:
    """Return the method in a page and the manifest."""
    blocks = tuple(_blocks(facts, manifest))
    return Section("method", "Method, and how to repeat this", "Method", blocks)


def _blocks(facts: Facts, manifest: Mapping[str, Any]) -> Iterator[Block]:
    yield Heading("How the figures come about")
    yield Points(STEPS)
    yield Heading("Words")
    columns = (Column("Word"), Column("Means", wide=True))
    rows = tuple((term, meaning(term)) for term in IN_REPORTS)
    yield Table("words", "Words used", columns, rows)
    yield Heading("How to repeat this")
    yield Text(
        "The folder of this report holds manifest.json with every input. The command "
        "“capacity plan --repeat manifest.json --out FOLDER” gives the same files to the byte."
    )
    columns = (Column("What", wide=True), Column("Is", wide=True))
    yield Table("manifest", "The run", columns, tuple(_run(facts, manifest)))
    files = [*manifest.get("files", ()), *manifest.get("data", ())]
    columns = (Column("File", wide=True), Column("SHA-256, first 16 characters"))
    rows = tuple((str(one["name"]), str(one["sha256"])[:16]) for one in files)
    yield Table("files", "Files that were read", columns, rows)


def _run(facts: Facts, manifest: Mapping[str, Any]) -> Iterator[tuple[Cell, Cell]]:
    scenario, model = facts.plan.scenario, facts.model
    yield "Scenario", f"{scenario.name}: {scenario.settings.title}"
    yield "Position", f"as at {as_at(facts.plan)}"
    span = f"{month(facts.labels[0])} to {month(facts.labels[-1])}"
    yield "Time projected", f"{counted(model.months, 'month')}, {span}"
    yield "Run", str(manifest.get("run_id", ""))
    yield "Version", f"capacity {manifest.get('version')}, method {manifest.get('method_version')}"
    if manifest.get("seed") is not None:
        yield "Seed of the simulations", str(manifest["seed"])
    if facts.plan.sizing is not None:
        yield "Solver", f"{manifest.get('solver')} {manifest.get('solver_version')}"
        yield "Outcome", str(facts.plan.sizing.status)
        gap = facts.plan.sizing.gap
        yield "Proof", f"no plan is cheaper by more than {100 * gap:.2f}%"
    yield (
        "Options of the run",
        ", ".join(f"{k} = {v}" for k, v in manifest.get("options", {}).items()),
    )
