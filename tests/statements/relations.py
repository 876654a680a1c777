"""What must hold between output tables: sums add up, and two places that say one thing agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from tests.statements.figures import in_period, year_of
from tests.statements.ledger import TINY, Ledger

Relation = Callable[[Ledger], Iterator[str]]
RELATIONS: list[Relation] = []
KEYS = ["option", "cohort", "duty", "tier"]


def relation(check: Relation) -> Relation:
    RELATIONS.append(check)
    return check


def faults(ledger: Ledger) -> Iterator[str]:
    """Every relation that does not hold, by its name."""
    for check in RELATIONS:
        for one in check(ledger):
            yield f"{check.__name__.replace('_', ' ')}: {one}"


def apart(what: str, one: pd.Series, other: pd.Series, give: float = 1e-6) -> Iterator[str]:
    """Where two columns differ by more than rounding, the first such place."""
    gap = (one.astype(float) - other.astype(float)).abs()
    wrong = gap > give * np.maximum(1.0, np.maximum(one.abs(), other.abs())) + 1e-7
    if wrong.any():
        place = wrong.idxmax()
        yield f"{what} at {place}: {one[place]:.9g} and {other[place]:.9g} ({int(wrong.sum())} rows)"


@relation
def shares_lie_between_nothing_and_all(ledger: Ledger) -> Iterator[str]:
    for table, columns in {
        "projection": ["completion", "in_date", "on_time"],
        "chances": ["chance"],
        "chance_by_posts": ["chance"],
        "frontier": ["completion"],
    }.items():
        if table not in ledger.tables:
            continue
        for column in columns:
            values = ledger[table][column].dropna()
            if len(values) and not values.between(-1e-9, 1 + 1e-9).all():
                yield f"{table}.{column} goes from {values.min()} to {values.max()}"


@relation
def hours_add_up(ledger: Ledger) -> Iterator[str]:
    rows = ledger["hours"]
    known = rows["available"] + rows["overtime"] - rows["lent"] + received(ledger)
    used = rows["other_work"] + rows["duties"] + rows["unused"] - rows["short"]
    for column, sign in (("cut_short", -1), ("not_shared", 1), ("not_worked", 1)):
        if column in rows:
            used = used + sign * rows[column]
    yield from apart("hours there are and hours used", known, used)


def received(ledger: Ledger) -> pd.Series:
    """What borrowed hours yield: the column, or what was lent times how well it is used."""
    rows = ledger["hours"]
    if "received" in rows:
        return rows["received"]
    yields = {}
    for one in ledger.settings.flex:
        yields[one.from_, one.to] = float(one.efficiency.value)
    lent = ledger["lending"]
    worth = [
        hours * yields[giver, taker]
        for giver, taker, hours in zip(lent["from"], lent["to"], lent["hours"], strict=True)
    ]
    sums = lent.assign(worth=worth).groupby(["option", "month", "to"])["worth"].sum()
    keys = zip(rows["option"], rows["month"], rows["team"], strict=True)
    return pd.Series([float(sums.get(key, 0.0)) for key in keys], index=rows.index)


@relation
def hours_lent_are_hours_borrowed(ledger: Ledger) -> Iterator[str]:
    rows = ledger["hours"].set_index(["option", "month", "team"])
    lent = ledger["lending"]
    for column, whose in (("lent", "from"), ("borrowed", "to")):
        sums = lent.groupby(["option", "month", whose])["hours"].sum()
        sums.index = sums.index.set_names(["option", "month", "team"])
        yield from apart(column, rows[column], sums.reindex(rows.index, fill_value=0.0))


@relation
def work_by_activity_is_work(ledger: Ledger) -> Iterator[str]:
    rows = ledger["hours"].set_index(["option", "month", "team"])
    work = ledger["work"]
    for kinds, column in ((("other work",), "other_work"), (("duty", "queue"), "duties")):
        mine = work[work["kind"].isin(kinds)]
        if len(mine):
            sums = mine.groupby(["option", "month", "team"])["hours"].sum()
            yield from apart(column, rows[column], sums.reindex(rows.index, fill_value=0.0))


@relation
def cases_follow_from_who_comes_and_goes(ledger: Ledger) -> Iterator[str]:
    rows = ledger["caseload"].sort_values("month", kind="stable")
    for (cohort, tier), part in rows.groupby(["cohort", "tier"]):
        opening = float(ledger.settings.cohorts[cohort].tiers[tier].cases.value)
        before = part["cases"].shift(fill_value=opening)
        after = before + part["entrants"] - part["exits"] + part["moved_in"] - part["moved_out"]
        yield from apart(f"cases of {cohort} {tier}", part["cases"], after)


@relation
def duties_are_owed_to_the_cases_there_are(ledger: Ledger) -> Iterator[str]:
    cases = ledger["caseload"].set_index(["month", "cohort", "tier"])["cases"]
    rows = ledger["projection"]
    rows = rows[rows["cohort"] != ""]  # what waits in queues is no case
    if any(flow.cohort for one in ledger.settings.queues.values() for flow in one.leads_to):
        rows = rows[rows["option"] == ledger.options[-1]]  # other work done leads to other cases
    rows = rows.set_index(["month", "cohort", "tier"])
    yield from apart("cases", rows["cases"].reset_index(drop=True),
                     cases.reindex(rows.index).reset_index(drop=True))  # fmt: skip


@relation
def what_is_due_is_done_or_outstanding(ledger: Ledger) -> Iterator[str]:
    rows = ledger["projection"]
    yield from apart("due", rows["due"], rows["done"] + rows["outstanding"])
    some = rows["due"] > TINY
    completion = (rows["done"] / rows["due"])[some]
    yield from apart("completion", rows["completion"][some], completion)
    if not ((rows["done"] >= -1e-9) & (rows["outstanding"] >= -1e-9)).all():
        yield "done or outstanding is below nothing"


@relation
def case_months_add_up(ledger: Ledger) -> Iterator[str]:
    rows = ledger["projection"]
    if rows.empty:
        return
    years = rows["month"].map(year_of)
    keys = ["option", "year", "cohort", "duty", "tier"]
    sums = rows.assign(year=years).groupby(keys)["outstanding"].sum()
    told = ledger["overdue"].set_index(keys)
    yield from apart("case-months", told["case_months"].reindex(sums.index), sums)
    weights = [ledger.risk_weight(key[2], key[4], key[3]) for key in sums.index]
    yield from apart("weighted", told["weighted"].reindex(sums.index), sums * weights)
    options = ledger["options"].set_index("option")
    by_option = told.groupby("option", sort=False)
    yield from apart("options", options["overdue_case_months"], by_option["case_months"].sum())
    yield from apart("weighted", options["weighted_case_months"], by_option["weighted"].sum())


@relation
def ages_of_the_backlog_add_up(ledger: Ledger) -> Iterator[str]:
    ages = ledger["backlog_age"]
    if ages.empty:
        return
    keys = [*KEYS, "month"]
    sums = ages.groupby(keys)["cases"].sum()
    rows = ledger["projection"].set_index(keys)["outstanding"]
    there = sums.index.intersection(rows.index)
    # Ages with next to nobody are left out.
    yield from apart("outstanding by age", rows[there], sums[there], give=1e-3)


@relation
def people_follow_from_who_joins_and_leaves(ledger: Ledger) -> Iterator[str]:
    rows = ledger["staffing"]
    for (option, team, grade), part in rows.groupby(["option", "team", "grade"]):
        told = ledger.settings.teams[team].grades[grade]
        part = part.sort_values("month").set_index("month")
        before = part["in_post"].shift(fill_value=float(told.in_post.value))
        after = before + part["joiners"] - part["leavers"] - part["releases"]
        yield from apart(f"in post of {option} {team} {grade}", part["in_post"], after)
        if (part["in_post"] > part["posts"] + 1e-6).any():
            yield f"{option} {team} {grade}: more in post than posts"


@relation
def cases_an_officer_are_cases_by_officers(ledger: Ledger) -> Iterator[str]:
    rows = ledger["ratios"]
    every = ledger["caseload"]
    inside = [
        tier in ledger.settings.cohorts[cohort].in_custody
        for cohort, tier in zip(every["cohort"], every["tier"], strict=True)
    ]
    cases = every[~np.array(inside, dtype=bool)].groupby(["month", "cohort"])["cases"].sum()
    keys = zip(rows["month"], rows["cohort"], strict=True)
    yield from apart("cases", rows["cases"], pd.Series([float(cases[k]) for k in keys], rows.index))
    some = rows[rows["officers"] > TINY]
    yield from apart("ratio", some["cases_per_officer"], some["cases"] / some["officers"])


@relation
def money_follows_from_posts(ledger: Ledger) -> Iterator[str]:
    rows = ledger["costs"].set_index(["option", "year", "team", "grade"])
    staff = ledger["staffing"].assign(year=ledger["staffing"]["month"].map(year_of))
    means = staff.groupby(["option", "year", "team", "grade"])[["posts", "in_post"]].mean()
    means = means.reindex(rows.index)
    yield from apart("posts", rows["posts"], means["posts"])
    yield from apart("average in post", rows["average_in_post"], means["in_post"])
    vacancy = float(ledger.settings.finance.vacancy_factor.value)
    posts = rows["budget"] / (1 - vacancy) if vacancy < 1 else rows["total_real"] - rows["overtime"]
    yield from apart("total", rows["total_real"], posts + rows["overtime"])
    more = (rows["total_discounted"] > rows["total_real"] + 1e-6).any()
    if more and float(ledger.settings.finance.discount_rate.value) >= 0:
        yield "discounted is more than real"


@relation
def options_are_sums_of_the_other_tables(ledger: Ledger) -> Iterator[str]:
    rows = ledger["options"].set_index("option")
    money = ledger["costs"].groupby("option")[["total_discounted", "joining"]].sum()
    yield from apart("cost", rows["cost_discounted"], money["total_discounted"].reindex(rows.index))
    yield from apart("joining", rows["joining"], money["joining"].reindex(rows.index))
    projected = ledger["projection"]
    if projected.empty:
        return
    done = projected.groupby("option")["done"].sum().reindex(rows.index)
    yield from apart("done", rows["done"], done)
    last = projected[projected["month"] == ledger.months[-1]]
    left = last.groupby("option")["outstanding"].sum().reindex(rows.index, fill_value=0.0)
    yield from apart("outstanding", rows["outstanding_end"], left)
    if "sizing" in ledger.tables and len(ledger["sizing"]):
        found = ledger["sizing"].iloc[0]
        cost = float(rows["cost_discounted"].iloc[-1])
        if abs(float(found["cost"]) - cost) > 1e-6 * max(1.0, cost) + 1e-3:
            yield f"sizing costs {found['cost']}, its options row {cost}"
        hopeless = len(ledger["shortfalls"]) > 0  # hours missed have their price in the bound
        if not hopeless and float(found["bound"]) > cost * (1 + 1e-6) + 1e-3:
            yield f"the plan costs {cost}, less than the bound {found['bound']}"


@relation
def budget_is_what_costs_more(ledger: Ledger) -> Iterator[str]:
    budget, costs = ledger["budget"], ledger["costs"]
    posts = budget[budget["event"].isna()]
    keys = ["year", "team", "grade"]
    today = costs[costs["option"] == ledger.options[0]].set_index(keys)["total_real"]
    for option in ledger.options:
        parts = ["recurring", "fixed_term"]
        told = posts[posts["option"] == option].groupby(keys)[parts].sum().sum(axis=1)
        there = costs[costs["option"] == option].set_index(keys)["total_real"] - today
        yield from apart(
            f"{option}, recurring and fixed-term", told, there.reindex(told.index), give=1e-6
        )


@relation
def standards_are_judged_on_what_was_done(ledger: Ledger) -> Iterator[str]:
    rules = {one.name: one for one in ledger.settings.standards}
    for row in ledger["standards"].to_dict("records"):
        rule = rules[row["name"]]
        inside = [one for one in ledger.months if in_period(one, str(row["period"]))]
        known = (
            of_duties(ledger, rule, row, inside)
            if rule.duty
            else of_posts(ledger, rule, row, inside)
        )
        if known is None:
            continue
        gap = abs(known - float(row["achieved"]))
        if not gap <= 1e-6 * max(1.0, abs(known)):
            what = f"{row['option']} {row['name']} {row['tier']} {row['period']}"
            yield f"{what}: {row['achieved']}, the tables give {known}"
    yield from met(ledger)


def of_duties(ledger: Ledger, rule: Any, row: dict[Any, Any], months: list[str]) -> float | None:
    """What a standard on a duty of one tier comes to in a period."""
    mine = judged_rows(ledger, row, months)
    due = float(mine["due"].sum())
    if rule.completion is not None:
        return float(mine["done"].sum()) / due if due > TINY else None
    if len(mine) != 1 or len(months) != 1:
        return None
    if rule.in_date is not None:
        share = mine["in_date"].iloc[0]
        return None if np.isnan(share) else float(share)
    return None if rule.outstanding is None else float(mine["outstanding"].iloc[0])


def judged_rows(ledger: Ledger, row: dict[Any, Any], months: list[str]) -> pd.DataFrame:
    """The months of the tier, or of the tiers together, that a standard on a duty is judged by."""
    rows = ledger["projection"]
    rule = next(one for one in ledger.settings.standards if one.name == row["name"])
    tiers = [row["tier"]]
    if rule.pooled:
        tiers = list(rule.tiers or ledger.settings.cohorts[row["cohort"]].tiers)
    return rows[
        (rows["option"] == row["option"])
        & (rows["cohort"] == row["cohort"])
        & (rows["duty"] == row["duty"])
        & rows["tier"].isin(tiers)
        & rows["month"].isin(months)
    ]


def of_posts(ledger: Ledger, rule: Any, row: dict[Any, Any], months: list[str]) -> float | None:
    """What a limit of cases for each officer or of posts, or a budget, comes to in a period."""
    if rule.cases_per_officer is not None:
        rows, cases = ledger["ratios"], ledger["caseload"]
        tiers = rule.tiers or list(ledger.settings.cohorts[rule.cohort].tiers)
        there = cases[(cases["cohort"] == rule.cohort) & cases["tier"].isin(tiers)]
        mine = rows[(rows["option"] == row["option"]) & (rows["cohort"] == rule.cohort)]
        officers = float(mine.loc[mine["month"].isin(months), "officers"].sum())
        if len(months) != 1 or officers <= TINY:
            return None
        inside = there[there["month"].isin(months)]
        weights = {
            name: float(np.ravel(tier.counts.value)[0])
            for name, tier in ledger.settings.cohorts[rule.cohort].tiers.items()
        }
        return float((inside["cases"] * inside["tier"].map(weights)).sum()) / officers
    staff = ledger["staffing"]
    mine = staff[(staff["option"] == row["option"]) & staff["month"].isin(months)]
    if rule.team is not None:
        mine = mine[mine["team"] == rule.team]
    if rule.max_posts is not None:
        if rule.grades:
            mine = mine[mine["grade"].isin(rule.grades)]
        return float(mine.groupby("month")["posts"].sum().max()) if len(mine) else None
    return None


def met(ledger: Ledger) -> Iterator[str]:
    """Met is: as much as is asked for, or as little, but for a millionth of a duty."""
    rules = {one.name: one for one in ledger.settings.standards}
    for row in ledger["standards"].to_dict("records"):
        rule, achieved = rules[row["name"]], float(row["achieved"])
        least = rule.completion is not None or rule.in_date is not None
        give = 1e-6 * max(1.0, abs(float(row["required"])))
        if np.isnan(achieved):
            continue
        if rule.completion is not None:  # a share of few duties may be lower
            inside = [one for one in ledger.months if in_period(one, str(row["period"]))]
            give /= min(1.0, float(judged_rows(ledger, row, inside)["due"].sum()))
        gap = achieved - float(row["required"])
        ok = gap >= -give if least else gap <= give
        if ok != bool(row["met"]):
            yield f"{row['option']} {row['name']} {row['period']}: {achieved} against {row['required']}"


@relation
def shortfalls_are_standards_not_met(ledger: Ledger) -> Iterator[str]:
    if len(ledger.options) < 2 or "shortfalls" not in ledger.tables:
        return
    rows = ledger["standards"]
    lost = rows[(rows["option"] == ledger.options[-1]) & ~rows["met"].astype(bool)]
    told = {
        (str(one["standard"]), str(one["period"]))
        for one in ledger["shortfalls"].to_dict("records")
    }
    known = set(rows["name"])
    for one in lost.to_dict("records"):
        if (str(one["name"]), str(one["period"])) not in told:
            yield f"{one['name']} {one['period']} is not met and is no shortfall"
    for name, period in told:
        some = lost[(lost["name"] == name) & (lost["period"] == period)]
        if name in known and some.empty:
            yield f"{name} {period} is a shortfall and is met"


@relation
def every_post_has_one_date(ledger: Ledger) -> Iterator[str]:
    if "decisions" not in ledger.tables or len(ledger.options) < 2:
        return
    rows = ledger["decisions"]
    for team, grade in ledger.grades:
        more = ledger.added(team, grade)
        rise = more.diff().fillna(more.iloc[0])
        starts = rise[rise > 1e-6]
        mine = rows[(rows["team"] == team) & (rows["grade"] == grade)]
        told = mine.set_index("start")["posts"] if len(mine) else pd.Series(dtype=float)
        if not told.index.is_unique:
            yield f"{team} {grade}: two dates for the posts of one month"
        elif set(told.index) != set(starts.index) or any(
            abs(float(told[month]) - float(starts[month])) > 1e-6 for month in starts.index
        ):
            yield f"{team} {grade}: {told.to_dict()} are to be approved, {starts.to_dict()} start"


@relation
def answers_of_the_summary_are_those_of_the_tables(ledger: Ledger) -> Iterator[str]:
    rows = ledger["summary"].set_index("name")["value"].dropna()
    for option in ledger.options:
        known = {
            f"posts.{option}": ledger.posts(option, ledger.months[-1]),
            f"cost_discounted.{option}": ledger.cost("total_discounted", option),
            f"hours_short.{option}": ledger.hours_short(option),
        }
        if ledger.whole_years:
            year = ledger.whole_years[-1]
            known[f"cost_a_year.{option}"] = ledger.cost("total_real", option, year)
        for group, duty in ledger.services:
            one = ledger.service(group, duty, option)
            if one.ends:
                place = f"{group}.{duty}.{option}"
                left = one.monthly["outstanding"].get(ledger.months[-1], 0.0)
                known[f"completion.{place}"] = float(one.monthly["completion"][one.ends[1]])
                known[f"outstanding.{place}"] = float(left)
        for name in ledger.rules(option):
            known[f"standard.{name}.{option}"] = float(ledger.periods(name, option)["met"].mean())
        for name, value in known.items():
            if name in rows.index and abs(float(rows[name]) - value) > 1e-6 * max(1.0, abs(value)):
                yield f"{name} is {rows[name]}, the tables give {value}"
