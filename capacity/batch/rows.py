"""What a run comes to, read off its files: the same whether it was done now or before."""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isnan, nan
from typing import Any, Literal

from capacity.results import summary
from capacity.results.recommendation import IN_SHORT

Outcome = Literal["planned", "bad input", "no answer", "fault"]


@dataclass(frozen=True)
class OverviewRow:
    """A row of the `overview` table; NaN and none where there is no value.

    posts: in the last month. cost: £ per year, real, posts and overtime, mean of the whole time.
    cost_discounted: of all of it. kept: standards kept in every tier and period. worst_backlog:
    most duties outstanding at the end of any month. weighted: case-months overdue, weighted by
    risk. last_post: £ for each of them that the last post avoids. `_needed` is of the team needed.
    Of the recommended plan, where there is one: agree_now: posts to agree now; agree_now_cash: what
    they cost in a full year, in cash; posts_recommended: in the last month, the median;
    cost_recommended: expected, of the whole time, discounted; chance, chance_today: that every
    standard is met in the worst year within reach, and with no posts added; out_of_reach: years
    that no number of posts reaches; sure_enough: whether every other reaches what is asked for.
    """

    rank: int
    scenario: str
    outcome: Outcome
    title: str
    start: str
    months: int | None
    posts_today: float
    posts_needed: float
    posts_added: float
    cost_today: float
    cost_needed: float
    cost_added: float
    cost_discounted_today: float
    cost_discounted_needed: float
    standards: int | None
    kept_today: int | None
    kept_needed: int | None
    worst_backlog_today: float
    worst_backlog_needed: float
    keeps_everything: bool | None
    status: str
    words: str
    run_id: str
    weighted_today: float = nan
    weighted_needed: float = nan
    last_post: float = nan
    agree_now: float = nan
    agree_now_cash: float = nan
    posts_recommended: float = nan
    cost_recommended: float = nan
    chance: float = nan
    chance_today: float = nan
    out_of_reach: str = ""
    sure_enough: bool | None = None

    @property
    def falls_short(self) -> bool:
        """Whether it is less sure than asked for, or misses a standard where that is not known."""
        return not (self.keeps_everything if self.sure_enough is None else self.sure_enough)


def failed(scenario: str, outcome: Outcome, title: str, words: str) -> OverviewRow:
    """Return the row of a scenario that could not be planned."""
    money = (nan,) * 8
    return OverviewRow(
        0,
        scenario,
        outcome,
        title,
        "",
        None,
        *money,
        None,
        None,
        None,
        nan,
        nan,
        None,
        "",
        words,
        "",
    )


def planned(scenario: str, title: str, files: Mapping[str, bytes]) -> OverviewRow:
    """Return the row of a run from its files."""
    values = {row["name"]: row for row in _table(files, "summary")}
    sizing = next(_table(files, "sizing"), None)
    first, months = _span(files)
    backlog = _backlog(files)
    kept, judged = _kept(files)
    sized = sizing is not None
    none = values.get("no_answer")  # current posts are all that is known

    def figure(name: str) -> float:
        return float(values[name]["value"] or nan) if name in values else nan

    posts = figure("posts.today"), figure("posts.sized")
    cost = [nan if spent is None else spent * 12 / months for spent in _spent(files)]
    return OverviewRow(
        rank=0,
        scenario=scenario,
        outcome="planned" if none is None else "no answer",
        title=title,
        start=first,
        months=months,
        posts_today=posts[0],
        posts_needed=posts[1],
        posts_added=posts[1] - posts[0],
        cost_today=cost[0],
        cost_needed=cost[1],
        cost_added=cost[1] - cost[0],
        cost_discounted_today=figure("cost_discounted.today"),
        cost_discounted_needed=figure("cost_discounted.sized"),
        standards=judged,
        kept_today=kept["today"],
        kept_needed=kept["sized"] if sized else None,
        worst_backlog_today=backlog.get("today", 0.0),
        worst_backlog_needed=backlog.get("sized", 0.0) if sized else nan,
        keeps_everything=next(_table(files, "shortfalls"), None) is None,
        status="today's posts only" if sizing is None else sizing["status"],
        words=_words(values) if none is None else none["words"],
        run_id=json.loads(files["manifest.json"])["run_id"],
        weighted_today=figure("weighted_case_months.today"),
        weighted_needed=figure("weighted_case_months.sized"),
        last_post=figure("last_post"),
        **_recommended(files),
    )


def _words(values: Mapping[str, Mapping[str, str]]) -> str:
    """Return what to agree now and how sure that is; else the answer of the single course."""
    if IN_SHORT[0] in values:
        return " ".join(values[name]["words"] for name in IN_SHORT if name in values)
    return f"{summary.SINGLE_COURSE} {values['answer']['words']}"


def _recommended(files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what a run says of the recommended plan; nothing where it has none."""
    if "decision_beside.csv" not in files:
        return {}
    here = next(row for row in _table(files, "decision_beside") if row["option"] == "here")
    firm = [row for row in _table(files, "decision") if row["when"] == "firm"]
    rows = [*_table(files, "reached"), *_table(files, "reached_alone")]
    within = [row for row in rows if row["within_reach"] == "True"]
    return {
        "agree_now": float(here["agree_now"]),
        "agree_now_cash": sum(float(row["full_year_cash"]) for row in firm),
        "posts_recommended": float(here["at_the_end"]),
        "cost_recommended": float(here["cost"]),
        "chance": float(here["chance"] or nan),
        "chance_today": float(here["current_chance"] or nan),
        "out_of_reach": here["out_of_reach"],
        "sure_enough": all(
            float(row["chance"]) + float(row["error"]) >= float(row["asked"]) for row in within
        ),
    }


def ranked(rows: Iterable[OverviewRow]) -> tuple[OverviewRow, ...]:
    """Return rows in order: what failed, what falls short, most posts, longest backlog, name."""

    def order(row: OverviewRow) -> tuple[bool, bool, float, float, str]:
        planned_ = row.outcome == "planned"
        cannot = planned_ and not isnan(row.posts_needed) and row.falls_short
        return (
            planned_,
            not cannot,
            -_or(_or(row.agree_now, row.posts_added), 0.0),
            -_or(row.worst_backlog_today, 0.0),
            row.scenario,
        )

    return tuple(replace(row, rank=n) for n, row in enumerate(sorted(rows, key=order), start=1))


def _or(value: float, other: float) -> float:
    return other if isnan(value) else value


def _table(files: Mapping[str, bytes], name: str) -> Iterator[dict[str, str]]:
    text = files[f"{name}.csv"].decode("utf-8")
    return iter(csv.DictReader(io.StringIO(text, newline="")))


def _span(files: Mapping[str, bytes]) -> tuple[str, int]:
    """Return the first month and how many there are."""
    months = dict.fromkeys(row["month"] for row in _table(files, "hours"))
    return next(iter(months)), len(months)


def _spent(files: Mapping[str, bytes]) -> tuple[float | None, float | None]:
    """Return what each option costs over the whole time, real."""
    found: dict[str, float] = defaultdict(float)
    for row in _table(files, "costs"):
        found[row["option"]] += float(row["total_real"])
    return found.get("today"), found.get("sized")


def _backlog(files: Mapping[str, bytes]) -> dict[str, float]:
    """Return the most outstanding at the end of any month, by option."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for row in _table(files, "projection"):
        found[row["option"], row["month"]] += float(row["outstanding"])
    worst: dict[str, float] = {}
    for (option, _), value in found.items():
        worst[option] = max(worst.get(option, 0.0), value)
    return worst


def _kept(files: Mapping[str, bytes]) -> tuple[dict[str, int], int]:
    """Return how many standards each option keeps throughout, and how many there are."""
    missed: dict[str, set[str]] = {"today": set(), "sized": set()}
    judged: set[str] = set()
    for row in _table(files, "standards"):
        judged.add(row["name"])
        if row["met"] != "True":
            missed[row["option"]].add(row["name"])
    return {option: len(judged - names) for option, names in missed.items()}, len(judged)
