"""Tables as people see them: totals are sums, and each cell is what the output tables give."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator

import pandas as pd

from tests.statements.claiming import compiled
from tests.statements.claims import FARES, fares, full_year, rule_asks
from tests.statements.collecting import Shown
from tests.statements.figures import NUMBER, agrees, month_of, stated
from tests.statements.ledger import Ledger

Check = Callable[[Ledger, Shown], Iterable[str]]
CHECKS: list[tuple[re.Pattern[str], Check]] = []


def table(*titles: str) -> Callable[[Check], Check]:
    """Have tables of these titles checked cell by cell."""

    def keep(check: Check) -> Check:
        CHECKS.extend((re.compile(title), check) for title in titles)
        return check

    return keep


def faults(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """What is wrong with a table."""
    title = re.sub(r"^Table \d+\. ", "", shown.title)
    for one in total_faults(shown):
        yield f"{one} – {title}"
    for pattern, check in CHECKS:
        if pattern.fullmatch(title):
            try:
                for one in check(ledger, shown):
                    yield f"{one} – {title}"
            except (KeyError, ValueError, IndexError) as error:
                yield f"cannot be worked out, {error!r} – {title}"


def total_faults(shown: Shown) -> Iterator[str]:
    """A last row that is called `All` holds the sums of those above."""
    if not shown.rows or not re.fullmatch(r"All|All years|Total", shown.rows[-1][0]):
        return
    *body, last = shown.rows
    for place, cell in enumerate(last[1:], start=1):
        if not NUMBER.fullmatch(cell):
            continue
        parts = [row[place] for row in body if NUMBER.fullmatch(row[place])]
        come_to = sum(stated(one)[0] for one in parts)
        number, give, _ = stated(cell)
        slack = give + sum(stated(one)[1] for one in parts)
        if abs(come_to - number) > slack + 1e-9:
            yield f"{shown.headings[place]}: the rows come to {come_to:g}, the total says {cell}"


def each(what: str, cell: str, value: float | None) -> Iterator[str]:
    """The fault of one cell."""
    value = math.nan if value is None else value
    if cell in ("", "–"):
        if not math.isnan(value):
            yield f"{what}: empty, and it is {value:.6g}"
    elif not agrees(cell, value) and not (cell == "none" and value == 0):
        yield f"{what}: {cell}, and it is {value:.6g}"


def labelled(cell: str) -> tuple[str, bool]:
    """A financial year's name, and whether it is called a part of one."""
    found = re.match(r"(\d{4}/\d\d)(.*)", cell)
    if found is None:
        raise ValueError(f"not a year: {cell!r}")
    return found[1], bool(found[2])


def option_named(ledger: Ledger, words: str) -> str:
    nothing = re.match(
        r"do nothing|now|today|current|no (?:added )?posts|no posts added", words, re.I
    )
    return ledger.options[0] if nothing else ledger.options[-1]


def mean_posts(
    ledger: Ledger, option: str, year: str, column: str = "posts", **where: str
) -> float:
    months = ledger.months_of(year)
    return sum(ledger.staff(column, option, month, **where) for month in months) / len(months)


# --- Terminal ------------------------------------------------------------------------------


@table(r"Posts, people in post and real cost \(.+\) by team and year")
def team_years(ledger: Ledger, shown: Shown) -> Iterator[str]:
    team = ""
    for label, year_label, *cells in shown.rows:
        team = ledger.team(label) if label else team
        year, part = labelled(year_label)
        if part == (year in ledger.whole_years):
            yield f"{year} has {len(ledger.months_of(year))} months"
        today, last = ledger.options[0], ledger.options[-1]
        values = [mean_posts(ledger, today, year, team=team)]
        values += [mean_posts(ledger, last, year, team=team)] if len(ledger.options) > 1 else []
        values += [mean_posts(ledger, last, year, "in_post", team=team)]
        values += [ledger.cost("total_real", last, year, team=team) / 1000]
        for heading, cell, value in zip(shown.headings[2:], cells, values, strict=True):
            yield from each(f"{team} {year}, {heading}", cell, value)


@table(r"At the end, .+")
def at_the_end(ledger: Ledger, shown: Shown) -> Iterator[str]:
    name = ""
    for label, option, *cells in shown.rows:
        name = label or name
        if option not in ledger.options:
            option = option_named(ledger, option)
        found = []
        for key in ledger.duties(name):
            one = ledger.service(*key, option)
            if one.ends is None:
                continue
            row, month = one.monthly.loc[one.ends[1]], ledger.months[-1]
            values = [row["completion"], row["in_date"]]
            values += [one.monthly["outstanding"].get(month, 0.0), one.waits.get(month, 0)]
            waits = re.sub(r" months?$", "", cells[-1])
            found.append(
                [
                    fault
                    for heading, cell, value in zip(
                        shown.headings[2:], [*cells[:-1], waits], values, strict=True
                    )
                    for fault in each(f"{name} {option}, {heading}", cell, float(value))
                ]
            )
        yield from min(found, key=len)


# --- Papers --------------------------------------------------------------------------------


def column_of(heading: str) -> str:
    """Which column of the costs an amount is in, as its heading says."""
    words = heading.lower()
    if "joining" in words:
        return "joining"
    if "cash" in words:
        return "total_cash"
    return "total_discounted" if "discounted" in words else "total_real"


@table(r"Posts \(mean of the year\) and cost of posts and overtime, .+")
def posts_and_pounds(ledger: Ledger, shown: Shown) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    for year_label, *cells in shown.rows:
        year, _ = labelled(year_label)
        for heading, cell in zip(shown.headings[1:], cells, strict=True):
            if heading.startswith("Posts"):
                value = mean_posts(ledger, today if "none added" in heading else last, year)
            else:
                value = ledger.cost(column_of(heading), last, year)
                if heading.startswith("Above"):
                    value -= ledger.cost(column_of(heading), today, year)
            yield from each(f"{year}, {heading}", cell, value)


@table(r"Standards, and whether they are (?:kept|met)")
def standards(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for name, asks, *told in shown.rows:
        found = compiled(
            r"(?:at least|at most|(?:none waiting|nobody overdue) for more than) <asked:n>.*"
        ).fullmatch(asks)
        if found is None:
            yield f"{name} asks for {asks}"
            continue
        yield from rule_asks(ledger, name, found["asked"], None, weighed=False)
        for option, words in zip(ledger.options, told, strict=True):
            parts = compiled(FARES).fullmatch(words)
            if parts is None:
                yield f"unknown: {words}"
            else:
                yield from fares(ledger, name, option, parts.groupdict())


@table(r"What would be measured, and where it would stand")
def measures(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for measure, *cells in shown.rows:
        found = compiled(
            r"(?P<name>.+?) (?P<what>completed|in date|overdue)(?:, (?:<when:m>|(?P<lowest>lowest month)|(?P<most>most)))"
        ).fullmatch(measure)
        if found is None:
            yield f"unknown: {measure}"
            continue
        column = {"completed": "completion", "in date": "in_date", "overdue": "outstanding"}
        tried = []
        for key in ledger.duties(found["name"]):
            faults: list[str] = []
            for option, cell in zip(ledger.options, cells, strict=False):
                series = ledger.service(*key, option).monthly[column[found["what"]]].dropna()
                size, _, month = cell.partition(" (")
                if found["when"]:
                    there = series.get(month_of(found["when"]), 0.0)
                else:
                    there = series.min() if found["lowest"] else series.max()
                    first = series.index[(series - there).abs() <= 1e-9][0]
                    if month and month_of(month.rstrip(")")) != first:
                        faults.append(f"{measure}: {cell}, and it is in {first}")
                faults += each(f"{measure}, {option}", size, float(there))
            tried.append(faults)
        yield from min(tried, key=len)


@table(r"Options side by side, over .+ months?")
def appraisal(ledger: Ledger, shown: Shown) -> Iterator[str]:
    if len(shown.rows) != len(ledger.options):
        return  # other scenarios' options stand beside these
    first, projected = ledger.options[0], ledger["projection"]
    for option, (_, *cells) in zip(ledger.options, shown.rows, strict=True):
        mine = projected[projected["option"] == option].groupby("month")["outstanding"].sum()
        mine = mine.reindex(ledger.months, fill_value=0.0)
        rules, missed = ledger.rules(option), ledger.missed(option)
        for heading, cell in zip(shown.headings[1:], cells, strict=True):
            what = f"{option}, {heading}"
            if heading == "Posts at the end":
                yield from each(what, cell, ledger.posts(option, ledger.months[-1]))
            elif heading == "Weighted by risk":
                yield from each(what, cell, ledger.case_months(option, weighted=True))
            elif heading == "Cost per weighted one avoided":
                more, fewer = (
                    ledger.cost("total_discounted", option)
                    - ledger.cost("total_discounted", first),
                    ledger.case_months(first, weighted=True)
                    - ledger.case_months(option, weighted=True),
                )
                some = fewer > 1e-6 * max(1.0, ledger.case_months(first, weighted=True))
                yield from each(what, cell, more / fewer if some else math.nan)
            elif heading.startswith("Cost"):
                yield from each(what, cell, ledger.cost(column_of(heading), option))
            elif heading.startswith("Above the first"):
                column = column_of(heading)
                more = ledger.cost(column, option) - ledger.cost(column, first)
                yield from each(what, cell, math.nan if option == first else more)
            elif heading == "Standards met" and rules:
                if cell != f"{len(rules) - len(missed)} of {len(rules)}":
                    yield f"{what}: {cell}, and {missed} of {len(rules)} are not met"
            elif heading == "Most overdue":
                yield from each(what, cell, float(mine.max()))
            elif heading == "Overdue at the end":
                yield from each(what, cell, float(mine.iloc[-1]))
            elif heading == "Case-months overdue":
                yield from each(what, cell, float(mine.sum()))


@table(r"Posts by grade and start month")
def posts_by_start(ledger: Ledger, shown: Shown) -> Iterator[str]:
    sums: dict[tuple[str, str], float] = {}
    for row in shown.rows[:-1]:
        cells = dict(zip(shown.headings, row, strict=True))
        team = ledger.team(cells["Team"])
        grade = ledger.grade(team, cells["Grade"])
        more = ledger.added(team, grade)
        rise = more.diff().fillna(more.iloc[0])
        month = month_of(cells["Start"])
        yield from each(f"{team} {grade} from {month}", cells["Posts"], float(rise[month]))
        sums[team, grade] = sums.get((team, grade), 0.0) + stated(cells["Posts"])[0]
        if "Approve by" in cells:
            rows = ledger["decisions"]
            mine = rows[
                (rows["team"] == team) & (rows["grade"] == grade) & (rows["start"] == month)
            ]
            if len(mine) and compiled("<when:m>").fullmatch(cells["Approve by"]):
                told = month_of(cells["Approve by"])
                if told not in set(mine["agree_by"]):
                    yield f"{team} {grade} from {month}: by {told}, not {set(mine['agree_by'])}"
    for team, grade in ledger.grades:
        net = float(ledger.added(team, grade).iloc[-1])
        if abs(sums.get((team, grade), 0.0) - net) > 0.06 * max(1, len(shown.rows)):
            yield f"{team} {grade}: {sums.get((team, grade), 0):g} start, {net:g} are there at the end"


@table(r"Cost of posts and overtime by financial year")
def cost_by_year(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for label, year_label, posts, *cells in shown.rows:
        option = option_named(ledger, label)
        year, _ = labelled(year_label)
        yield from each(f"{option} {year}, posts", posts, mean_posts(ledger, option, year))
        for heading, cell in zip(shown.headings[3:], cells, strict=True):
            there = ledger.cost(column_of(heading), option, year)
            yield from each(f"{option} {year}, {heading}", cell, there)


@table(r"Cost above no posts added by financial year")
def cost_above(ledger: Ledger, shown: Shown) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    for row in shown.rows[:-1]:
        year, _ = labelled(row[0])
        for heading, cell in zip(shown.headings[1:], row[1:], strict=False):
            if heading.startswith(("Above", "Joining")):
                column = column_of(heading)
                more = ledger.cost(column, last, year) - ledger.cost(column, today, year)
                yield from each(f"{year}, {heading}", cell, more)
            elif heading.startswith("of it posts that end"):
                budget = ledger["budget"]
                mine = budget[(budget["option"] == last) & (budget["year"] == year)]
                ending = float(mine["fixed_term"].sum())
                yield from each(f"{year}, {heading}", cell, ending)


@table(r"Full-year cost of what is added")
def full_year_of_all(ledger: Ledger, shown: Shown) -> Iterator[str]:
    real, cash = full_year(ledger)
    net = sum(float(ledger.added(*key).iloc[-1]) for key in ledger.grades)
    _, posts, *amounts = shown.rows[0]
    yield from each("posts", posts, net)
    if not math.isnan(real):
        for heading, cell in zip(shown.headings[2:], amounts, strict=True):
            yield from each(heading, cell, cash if column_of(heading) == "total_cash" else real)


@table(r"Cost by team and grade over .+ months?, .+")
def cost_by_team(ledger: Ledger, shown: Shown) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    for row in shown.rows[:-1]:
        team = ledger.team(row[0])
        where = {"team": team, "grade": ledger.grade(team, row[1])}
        for heading, cell in zip(shown.headings[2:], row[2:], strict=True):
            if heading == "Posts now":
                value = ledger.posts(today, ledger.months[0], **where)
            elif heading == "Posts at the end":
                value = ledger.posts(last, ledger.months[-1], **where)
            else:
                value = ledger.cost(column_of(heading), last, **where)
            yield from each(f"{where}, {heading}", cell, value)


@table(r"Cases at the month's end, by tier")
def cases(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["caseload"]
    for row in shown.rows[:-1]:
        cells = dict(zip(shown.headings, row, strict=True))
        cohort = ledger.cohort(cells["Group"])
        tiers = ledger.tiers(cells["Tier"], [cohort])
        mine = rows[(rows["cohort"] == cohort) & rows["tier"].isin(tiers)].set_index("month")[
            "cases"
        ]
        for heading, cell in cells.items():
            if compiled("<when:m>").fullmatch(heading):
                yield from each(f"{cohort} {heading}", cell, float(mine[month_of(heading)]))


@table(r"Posts and people by team, means of the year")
def posts_by_team(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Years in which all is the same share a row."""
    today, last = ledger.options[0], ledger.options[-1]
    for label, years, *cells in shown.rows:
        team = ledger.team(label)
        ends = re.findall(r"\d{4}/\d\d", years)
        there = [one for one in ledger.years if ends[0] <= one <= ends[-1]]
        for heading, cell in zip(shown.headings[2:], cells, strict=True):
            option = today if "none added" in heading else last
            column = "in_post" if heading == "In post" else "posts"
            means = [mean_posts(ledger, option, year, column, team=team) for year in there]
            low, _, high = cell.partition(" to ")
            if high:  # from the first of these years to the last, or from least to most
                ends = [(means[0], means[-1]), (min(means), max(means))]
                if not any(agrees(low, one) and agrees(high, other) for one, other in ends):
                    yield f"{team} {years}, {heading}: {cell}, and it is {means}"
            else:
                for year, value in zip(there, means, strict=True):
                    yield from each(f"{team} {year}, {heading}", cell, value)


@table(r".+ done, of those due \(overdue ones included\), by month")
def completion(ledger: Ledger, shown: Shown) -> Iterator[str]:
    title = re.sub(r"^Table \d+\. ", "", shown.title)
    tried = []
    for key in ledger.duties(title.split(" done, of those due")[0]):
        found: list[str] = []
        for row in shown.rows:
            month = month_of(row[0])
            for option, cell in zip(ledger.options, row[1:], strict=False):
                series = ledger.service(*key, option).monthly["completion"]
                found += each(f"{option} {month}", cell, float(series.get(month, math.nan)))
        tried.append(found)
    yield from min(tried, key=len)


@table(r"Team by team: posts now and in .+, and standards")
def team_by_team(ledger: Ledger, shown: Shown) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        team = ledger.team(cells["Team"])
        yield from each(
            f"{team} now", cells["Posts now"], ledger.posts(today, ledger.months[0], team=team)
        )
        if "Posts needed" in cells:
            there = ledger.posts(last, ledger.months[-1], team=team)
            yield from each(f"{team} needed", cells["Posts needed"], there)
        for heading, cell in cells.items():
            if heading.startswith("Standards not met"):
                option = today if "no posts added" in heading else last
                missed = ledger.missed(option)
                cohorts = [n for n, one in ledger.settings.cohorts.items() if one.team == team]
                queues = [n for n, one in ledger.settings.queues.items() if one.team == team]
                mine = {
                    one.name
                    for one in ledger.settings.standards
                    if one.name in missed
                    and (one.cohort in cohorts or one.team == team or one.queue in queues)
                }
                told = [one.rpartition(" (")[0] for one in cell.split("; ") if cell != "all met"]
                if sorted(told) != sorted(mine):
                    yield f"{team}, {heading}: {cell}, and not met are {sorted(mine)}"
            if heading.startswith("Lowest month") and cell not in ("–", ""):
                found = compiled(r"<size:n> in (?:<when:m>|every month)").fullmatch(cell)
                if found is None:
                    yield f"unknown: {cell}"
                    continue
                rows = ledger["projection"]
                ok = False
                held = rows[(rows["option"] == today) & ledger.is_of(team, rows)]
                for _, part in held.groupby(["cohort", "duty"]):
                    sums = part.groupby("month")[["done", "due"]].sum()
                    done = (sums["done"] / sums["due"]).dropna()
                    low = done.index[done <= done.min() + 1e-9][0] if len(done) else ""
                    ok |= len(done) > 0 and (
                        agrees(found["size"], float(done.min()))
                        and (
                            low == month_of(found["when"])
                            if found["when"]
                            else agrees(found["size"], float(done.max()))
                        )
                    )
                if not ok:
                    yield f"{team}: {cell} is the lowest month of no activity"


@table(r"Cases for each officer, with and without those managed reactively")
def ratios(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["ratios"]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        option = option_named(ledger, cells["Posts"])
        mine = rows[
            (rows["cohort"] == ledger.cohort(cells["Group"]))
            & (rows["option"] == option)
            & (rows["month"] == month_of(cells["Month"]))
        ].iloc[0]
        what = f"{mine['cohort']} {option}"
        yield from each(f"{what}, cases", cells["Cases"], float(mine["cases"]))
        yield from each(f"{what}, officers", cells["Officers, effective"], float(mine["officers"]))
        if cells["Cases per officer"] != "–":
            ratio = float(mine["cases"] / mine["officers"])
            yield from each(f"{what}, ratio", cells["Cases per officer"], ratio)


@table(r"Overdue and unseen by tier(?: if everything goes as assumed)?, .+")
def outcomes(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Case-months by tier, those of the backlog summed again from the months."""
    year, rows = shown.title[-len("2025/26") :], ledger["overdue"]
    names = ("case_months", "weighted", "unseen", "weighted_unseen", "mean_days_since_done")
    told = set()
    for label, posts, *cells in shown.rows:
        option = option_named(ledger, posts)
        mine = rows[(rows["year"] == year) & (rows["option"] == option)]
        mine = mine[[label.lower() in of_tier(ledger, *key) for key in keys_of(mine)]]
        tried = []
        for _, row in mine.iterrows():
            what = f"{label}, {option}"
            tried.append(
                [
                    f
                    for name, cell in zip(names, cells, strict=True)
                    for f in each(what, cell, row[name])
                ]
            )
            if not tried[-1]:
                told.add((row["cohort"], row["duty"], row["tier"]))
        yield from min(tried, key=len, default=[f"there is no {label}"])
    late = ledger["projection"]
    late = late[late["month"].isin(ledger.months_of(year))]
    sums = late.groupby(["option", "cohort", "duty", "tier"])["outstanding"].sum()
    for (_, *key), most in sums.items():
        if most > 0.06 and tuple(key) not in told:
            yield f"{key} is left out: {most:.3g} overdue"


def keys_of(rows: pd.DataFrame) -> list[tuple[str, str, str]]:
    return list(rows[["cohort", "duty", "tier"]].itertuples(index=False, name=None))


def of_tier(ledger: Ledger, cohort: str, duty: str, tier: str) -> tuple[str, ...]:
    """What a duty of a tier may be called: alone, and with its cohort."""
    if not cohort:
        queue = ledger.settings.queues[duty]
        team = ledger.settings.teams[queue.team].label or queue.team
        one = f"{queue.label or duty}".lower()
        names_ = (one, f"{one}, {tier}".lower())
        return (*names_, *(f"{name} ({team})".lower() for name in names_))
    group = ledger.settings.cohorts[cohort]
    labels = (group.duties[duty].label, group.tiers[tier].label, group.label)
    names = zip(labels, (duty, tier, cohort), strict=True)
    one, other, whose = ((label or key.replace("_", " ")).lower() for label, key in names)
    return f"{one}, {other}", f"{one}, {other} ({whose})"


@table(r"Work cut short by team, mean of the whole time and the month with most")
def cut_short(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["hours"]
    told = []
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        team, option = ledger.team(cells["Team"]), option_named(ledger, cells["Posts"])
        mine = rows[(rows["team"] == team) & (rows["option"] == option)].set_index("month")
        cut, what = mine["cut_short"], f"{team} {option}"
        there = mine["available"] + mine["overtime"] + mine["received"] - mine["lent"]
        yield from each(what, cells["Hours cut short per month"], float(cut.mean()))
        share = float(cut.sum() / there.sum())
        yield from each(f"{what}, share", cells["Share of the team's hours"], share)
        yield from each(f"{what}, most", cells["Hours cut short then"], float(cut.max()))
        if month_of(cells["First"]) != cut.index[cut >= 0.5][0]:
            yield f"{what}: first in {cells['First']}"
        if cut[month_of(cells["Most"])] < cut.max() - 1e-6:
            yield f"{what}: most in {cells['Most']}"
        told.append((team, option))
    for (team, option), part in rows.groupby(["team", "option"]):
        if ((part["cut_short"] >= 0.5).any()) != ((team, option) in told):
            yield f"{team} {option}: told of {told}"


@table(r"Hours that all work takes and hours there are, means of the months")
def hours_cut(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Hours asked for, there and cut short of each team, means of each year."""
    rows, team = ledger["hours"], ""
    due = ledger["due_in_time"]
    for label, what, *cells in shown.rows:
        team = label or team
        mine = rows[(rows["team"] == ledger.team(team)) & (rows["option"] == ledger.options[0])]
        mine = mine.set_index("month")
        falls_due = due[due["team"] == ledger.team(team)].groupby("month")["hours"].sum()
        asked = mine["other_work"].add(falls_due, fill_value=0.0)
        told = {"all work takes": asked, "difference": mine["available"] - asked}
        series = told.get(what, mine["cut_short" if what.startswith("cut short") else "available"])
        for heading, cell in zip(shown.headings[2:], cells, strict=True):
            until = compiled(r"Year to <when:m>(?: \(<count:n> months?\))?").fullmatch(heading)
            assert until is not None, heading
            last = ledger.months.index(month_of(until["when"]))
            months = ledger.months[last + 1 - int(until["count"] or 12) : last + 1]
            yield from each(f"{team} {what}, {heading}", cell, float(series[months].mean()))


@table(r"Activities that fall due by year, and what is done of them")
def by_year(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """What falls due in time, what is done of it and what is overdue at a year's end."""
    due, name = ledger["due_in_time"], ""
    for label, what, *cells in shown.rows:
        name = label or name
        tried = []
        for group, duty in ledger.duties(name):
            found: list[str] = []
            mine = due[due["cohort"].isin(ledger.members(group)) & (due["duty"] == duty)]
            option = option_named(ledger, what.partition(", with ")[2] or "no posts added")
            rows = ledger.service(group, duty, option).monthly
            for heading, cell in zip(shown.headings[2:], cells, strict=True):
                until = compiled(r"Year to <when:m>(?: \(<count:n> months?\))?").fullmatch(heading)
                if until is None:
                    found.append(f"unknown: {heading}")
                    continue
                last = ledger.months.index(month_of(until["when"]))
                months = ledger.months[last + 1 - int(until["count"] or 12) : last + 1]
                if what.startswith("fall due"):
                    value = float(mine.loc[mine["month"].isin(months), "falls_due"].sum())
                elif what.startswith("done"):
                    done = rows["done"] + rows["done_early"]
                    value = float(done.reindex(months).fillna(0.0).sum())
                else:
                    value = float(rows["outstanding"].get(months[-1], 0.0))
                found += each(f"{name} {what}, {heading}", cell, value)
            tried.append(found)
        yield from min(tried, key=len)


@table(r"Activities not expected to be done: overdue at the month's end")
def unmet(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["projection"]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        option = option_named(ledger, cells["Option"])
        mine = rows[rows["option"] == option]
        for heading, cell in cells.items():
            if compiled("<when:m>").fullmatch(heading):
                there = mine.loc[mine["month"] == month_of(heading), "outstanding"]
                if not any(agrees(cell, float(one)) for one in there) and stated(cell)[0] > 0:
                    yield f"{row[0]} {option}, {heading}: nothing comes to {cell}"
