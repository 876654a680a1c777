"""The overview of a batch: which scenarios need what, in one page, one workbook, one table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from math import isnan
from typing import Any

import pandas as pd

from capacity.batch import workbook
from capacity.batch.previous import EarlierForecast, ForecastRow
from capacity.batch.rows import OverviewRow
from capacity.report import decided, html, theme
from capacity.report.blocks import (
    Block,
    Cell,
    Column,
    Figures,
    FileLink,
    Heading,
    Kind,
    Points,
    Report,
    Section,
    Table,
    Text,
    cleaned,
)
from capacity.results import manifests, outputs, summary
from capacity.version import __version__
from capacity.wording import counted, month

RANKED = (
    "First what could not be planned, then what no team found can meet or is less sure than asked "
    "for, then by posts to agree now (of a single course, posts added) and by the worst backlog "
    "with current posts."
)


@dataclass(frozen=True)
class Overview:
    """What an overview says: rows in order and, if there was an earlier batch, its forecasts."""

    rows: tuple[OverviewRow, ...]
    compared: tuple[EarlierForecast, ...] | None
    reports: bool
    """Whether there are reports to lead to."""

    @property
    def planned(self) -> tuple[OverviewRow, ...]:
        """Rows of what was planned."""
        return tuple(row for row in self.rows if row.outcome == "planned")

    @property
    def failed(self) -> tuple[OverviewRow, ...]:
        """Rows of what could not be planned."""
        return tuple(row for row in self.rows if row.outcome != "planned")

    @property
    def forecasts(self) -> tuple[ForecastRow, ...]:
        """Every forecast that can be compared with what happened."""
        return tuple(row for one in self.compared or () for row in one.rows)


def files(overview: Overview, looks: Mapping[str, Any] | None) -> dict[str, bytes]:
    """Return an overview as files by name; the same rows give the same bytes."""
    chosen = theme.from_options((looks or {}).get("theme"), "theme")
    page = cleaned(content(overview))
    made = {
        "overview.html": html.render(page, {}, chosen),
        "overview.xlsx": workbook.render(page, overview.rows, overview.forecasts, chosen),
    }
    return made | {f"{name}.csv": outputs.as_csv(one) for name, one in frames(overview).items()}


def frames(overview: Overview) -> dict[str, pd.DataFrame]:
    """Return the overview as a table, and the forecasts if there was an earlier batch."""
    made = {"overview": _frame(overview.rows, OverviewRow)}
    if overview.compared is not None:
        made["forecasts"] = _frame(overview.forecasts, ForecastRow)
    return made


def _frame(rows: Sequence[Any], kind: type[Any]) -> pd.DataFrame:
    """Return rows as a table, whole numbers kept whole where some have no value."""
    names = [one.name for one in fields(kind)]
    columns = {name: [getattr(row, name) for row in rows] for name in names}
    return pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in columns.items()})


def content(overview: Overview) -> Report:
    """Return what the page says."""
    parts = [_forecasts(overview), _failed(overview), _ranking(overview)]
    starts = sorted({row.start for row in overview.planned})
    ids = [(row.scenario, row.outcome, row.run_id) for row in overview.rows]
    months = " to ".join(dict.fromkeys(month(one) for one in (*starts[:1], *starts[-1:])))
    return Report(
        title="Overview of every scenario",
        question="",
        as_at=f"the start of {months}" if starts else "no date",
        scenario=f"{len(overview.rows)} in all",
        run_id=manifests.run_id({"files": [], "data": [], "runs": ids}),
        version=__version__,
        year=int(starts[-1][:4]) if starts else 0,
        sections=tuple(filter(None, parts)),
        kind="Batch",
    )


# Parts -------------------------------------------------------------------------------------


def _ranking(overview: Overview) -> Section:
    rows = [_ranked(row, overview.reports) for row in overview.rows]
    columns = (
        Column("Scenario", wide=True),
        Column("Current posts", "people"),
        Column("Posts needed", "people"),
        Column("More", "people"),
        Column("Cost per year, current posts", "pounds"),
        Column("Cost per year, team needed", "pounds"),
        Column("Standards met, current posts"),
        Column("Standards met, team needed"),
        Column("Worst backlog, current posts", "number"),
        Column("Worst backlog, team needed", "number"),
    )
    note = (
        f"{RANKED} {summary.SINGLE_COURSE} Posts in the last month; cost of posts and overtime per "
        "year, real, mean of the whole time; standards met in every tier and period of those "
        "judged; worst backlog: most activities of all kinds overdue at the end of any month."
    )
    table = Table("overview", "Every scenario", columns, tuple(rows), "overview.csv", note)
    blocks: list[Block] = [_figures(overview), *_decisions(overview), table]
    if overview.planned:
        words = tuple((_name(row), row.words) for row in overview.planned)
        blocks += [Heading("In words"), Points(words)]
    return Section("ranking", "Every scenario, in order", "Overview", tuple(blocks), wide=True)


def _decisions(overview: Overview) -> Iterator[Block]:
    """Yield what to agree now, scenario by scenario; else that all is a single course."""
    told = [row for row in overview.planned if not isnan(row.agree_now)]
    if len(told) < len(overview.planned):
        where = " where none is given below" if told else ""
        yield Text(f"{summary.SINGLE_COURSE} No probability was worked out{where}.", "note")
    if not told:
        return
    rows = tuple(
        (
            _name(row),
            row.agree_now,
            row.agree_now_cash,
            row.posts_recommended,
            row.cost_recommended,
            row.chance,
            row.chance_today,
            row.out_of_reach,
        )
        for row in told
    )
    yield decided.side_by_side("Scenario", "What to agree now", rows, "overview.csv")


def _ranked(row: OverviewRow, reports: bool) -> tuple[Cell, ...]:
    shown, there = _name(row), row.outcome == "planned"
    return (
        FileLink(shown, f"{row.scenario}/report.html") if there and reports else shown,
        row.posts_today,
        row.posts_needed,
        row.posts_added,
        row.cost_today,
        row.cost_needed,
        _of(row.kept_today, row.standards),
        _of(row.kept_needed, row.standards),
        row.worst_backlog_today,
        row.worst_backlog_needed,
    )


def _name(row: OverviewRow) -> str:
    return f"{row.title} ({row.scenario})" if row.title else row.scenario


def _of(kept: int | None, judged: int | None) -> str:
    return "" if kept is None or judged is None else f"{kept} of {judged}"


def _figures(overview: Overview) -> Figures:
    planned = overview.planned
    cannot = [one for one in planned if not isnan(one.posts_needed)]
    missing = sum(not one.keeps_everything for one in cannot)
    problems = "each named above with its problems" if overview.failed else "none had a problem"
    items: list[tuple[str, Cell, Kind, str]] = [
        ("Scenarios planned", len(planned), "whole", f"of {len(overview.rows)}"),
        ("Not planned", len(overview.failed), "whole", problems),
    ]
    if cannot:
        more = sum(one.posts_added > 1e-6 for one in cannot)
        items += [
            ("Need more posts", more, "whole", f"of {len(cannot)} that were sized"),
            ("Cannot meet every rule", missing, "whole", "whatever team was found"),
        ]
    return Figures(tuple(items), "overview.csv")


def _failed(overview: Overview) -> Section | None:
    if not overview.failed:
        return None
    rows: list[tuple[Cell, ...]] = [
        (row.scenario, row.outcome, words)
        for row in overview.failed
        for words in row.words.split("\n")
    ]
    columns = Column("Scenario"), Column("What happened"), Column("Problem", wide=True)
    table = Table("failed", "What could not be planned", columns, tuple(rows), "overview.csv")
    return Section("failed", "What could not be planned", "Not planned", (table,))


def _forecasts(overview: Overview) -> Section | None:
    """Return the part on an earlier batch's forecasts, by scenario and duty."""
    if overview.compared is None:
        return None
    whole = [row for row in overview.forecasts if row.tier is None]
    rows = tuple(_forecast(row) for row in whole)
    columns = (
        Column("Scenario", wide=True),
        Column("Cohort"),
        Column("What"),
        Column("End of", "month"),
        Column("Forecast", "number"),
        Column("Happened", "number"),
        Column("Error", "number"),
        Column("Error, share of what happened", "share"),
        Column("Band from", "number"),
        Column("to", "number"),
        Column("In the band"),
    )
    note = (
        "Forecast: the earlier run's, for the posts there were, at the end of the month before "
        "this one starts. Happened: what this one opens with. Error: happened − forecast. Band: 8 "
        "simulations in 10 lie in it. By tier in forecasts.csv."
    )
    table = Table("forecasts", "Cases and overdue activities", columns, rows, "forecasts.csv", note)
    lead = Text(in_words(overview), "lead")
    not_compared = Points(tuple(_not_compared(overview.compared)))
    blocks: tuple[Block, ...] = (lead, table)
    blocks += (not_compared,) if not_compared.items else ()
    title = "The last forecast beside what happened"
    return Section("forecasts", title, "Forecasts", blocks, wide=True)


def _forecast(row: ForecastRow) -> tuple[Cell, ...]:
    inside = "" if row.inside is None else "inside" if row.inside else "outside"
    return (
        row.scenario,
        row.cohort,
        "cases" if row.duty is None else f"{row.duty} overdue".replace("_", " "),
        row.month,
        row.forecast,
        row.actual,
        row.error,
        row.error_share,
        row.p10,
        row.p90,
        inside,
    )


def _not_compared(compared: Sequence[EarlierForecast]) -> Iterator[tuple[str, str]]:
    for one in compared:
        if one.why_not:
            yield one.scenario, f"Not compared: {one.why_not}."
        elif one.left_out:
            yield one.scenario, f"Only in one of the two: {', '.join(one.left_out)}."


def in_words(overview: Overview) -> str:
    """Return how the earlier forecasts did in a sentence."""
    duties = [row for row in overview.forecasts if row.tier is None and row.duty is not None]
    scenarios = len({row.scenario for row in overview.forecasts})
    if not scenarios:
        return "No earlier forecast can be compared with what happened."
    total, happened = sum(row.forecast for row in duties), sum(row.actual for row in duties)
    words = (
        f"{counted(scenarios, 'scenario')}: {total:,.0f} activities were forecast to be overdue "
        f"and {happened:,.0f} are"
    )
    banded = [row for row in duties if row.inside is not None]
    if not banded:
        return f"{words}; the earlier runs have no bands."
    inside = sum(row.inside is True for row in banded)
    return f"{words}; {inside} of {counted(len(banded), 'activity')} inside the band."
