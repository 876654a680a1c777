"""Tables as people see them: totals are sums, and each cell is what the output tables give."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator

from tests.statements.claiming import compiled
from tests.statements.claims import FARES, fares, rule_asks
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


@table(r"Posts \(mean of the year\) and cost, .+")
def posts_and_pounds(ledger: Ledger, shown: Shown) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    for year_label, *cells in shown.rows:
        year, _ = labelled(year_label)
        known = {
            "Posts today": mean_posts(ledger, today, year),
            "Posts, sized team": mean_posts(ledger, last, year),
            "Cost, real": ledger.cost("total_real", last, year),
            "Above today's, real": ledger.cost("total_real", last, year)
            - ledger.cost("total_real", today, year),
            "Above today's, cash": ledger.cost("total_cash", last, year)
            - ledger.cost("total_cash", today, year),
        }
        for heading, cell in zip(shown.headings[1:], cells, strict=True):
            yield from each(f"{year}, {heading}", cell, known[heading])


@table(r"Standards, and whether they are (?:kept|met)")
def standards(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for name, asks, *told in shown.rows:
        found = compiled(r"(?:at least|at most) <asked:n>.*").fullmatch(asks)
        if found is None:
            yield f"{name} asks for {asks}"
            continue
        yield from rule_asks(ledger, name, found["asked"], None)
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
            r"(?:(?P<done>Completion of|In date:) (?P<a>.+)|Outstanding (?P<b>.+)), <when:m>"
        ).fullmatch(measure)
        if found is None:
            yield f"unknown: {measure}"
            continue
        column = {"Completion of": "completion", "In date:": "in_date", None: "outstanding"}
        tried = []
        for key in ledger.duties(found["a"] or found["b"]):
            series = [
                ledger.service(*key, option).monthly[column[found["done"]]]
                for option in ledger.options[: len(cells)]
            ]
            month = month_of(found["when"])
            values = [
                float(one.get(month, 0.0 if not found["done"] else math.nan)) for one in series
            ]
            pairs = zip(cells, values, strict=True)
            tried.append([one for cell, value in pairs for one in each(measure, cell, value)])
        yield from min(tried, key=len)


@table(r"Options side by side, over .+ months?")
def appraisal(ledger: Ledger, shown: Shown) -> Iterator[str]:
    if len(shown.rows) != len(ledger.options):
        return  # other scenarios' options stand beside these
    rows, first = ledger["options"].set_index("option"), ledger.options[0]
    for option, (_, *cells) in zip(ledger.options, shown.rows, strict=True):
        cost = ledger.cost("total_discounted", option)
        projected = ledger["projection"]
        mine = projected[projected["option"] == option]
        end = mine[mine["month"] == ledger.months[-1]]["outstanding"].sum()
        known = {
            "Posts at the end": ledger.posts(option, ledger.months[-1]),
            "Cost, discounted": cost,
            "Above the first": math.nan
            if option == first
            else cost - ledger.cost("total_discounted", first),
            "Done": float(mine["done"].sum()),
            "On time": float(rows.loc[option, "on_time"]),
            "Outstanding at the end": float(end),
        }
        for heading, cell in zip(shown.headings[1:], cells, strict=True):
            if heading in known:
                yield from each(f"{option}, {heading}", cell, known[heading])


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


@table(r"Cost by financial year: posts and overtime")
def cost_by_year(ledger: Ledger, shown: Shown) -> Iterator[str]:
    columns = {"Real": "total_real", "Cash": "total_cash", "Discounted": "total_discounted"}
    columns |= {"Joining, one-off": "joining"}
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        option = option_named(ledger, cells["Option"])
        year, _ = labelled(cells["Financial year"])
        yield from each(f"{option} {year}, posts", cells["Posts"], mean_posts(ledger, option, year))
        for heading, column in columns.items():
            yield from each(
                f"{option} {year}, {heading}", cells[heading], ledger.cost(column, option, year)
            )


@table(r"What is asked for: cost above today's posts")
def cost_above(ledger: Ledger, shown: Shown) -> Iterator[str]:
    columns = ("total_real", "total_cash", "total_discounted", "joining")
    for row in shown.rows[:-1]:
        year, _ = labelled(row[0])
        for heading, cell, column in zip(shown.headings[1:], row[1:], columns, strict=False):
            more = ledger.cost(column, ledger.options[-1], year)
            more -= ledger.cost(column, ledger.options[0], year)
            yield from each(f"{year}, {heading}", cell, more)


@table(r"Cost by team and grade over .+ months?, .+")
def cost_by_team(ledger: Ledger, shown: Shown) -> Iterator[str]:
    today, last = ledger.options[0], ledger.options[-1]
    for row in shown.rows[:-1]:
        cells = dict(zip(shown.headings, row, strict=True))
        team = ledger.team(cells["Team"])
        where = {"team": team, "grade": ledger.grade(team, cells["Grade"])}
        known = {
            "Posts today": ledger.posts(today, ledger.months[0], **where),
            "Posts at the end": ledger.posts(last, ledger.months[-1], **where),
            "Real": ledger.cost("total_real", last, **where),
            "Cash": ledger.cost("total_cash", last, **where),
            "Discounted": ledger.cost("total_discounted", last, **where),
        }
        for heading, value in known.items():
            if heading in cells:
                yield from each(f"{where}, {heading}", cells[heading], value)


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
    today, last = ledger.options[0], ledger.options[-1]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        team, (year, _) = ledger.team(cells["Team"]), labelled(cells["Financial year"])
        known = {
            "Posts today": mean_posts(ledger, today, year, team=team),
            "Posts, sized team": mean_posts(ledger, last, year, team=team),
            "In post": mean_posts(ledger, last, year, "in_post", team=team),
        }
        for heading, cell in cells.items():
            if heading in known:
                yield from each(f"{team} {year}, {heading}", cell, known[heading])


@table(r"Completion of .+ \(done ÷ due, left-over ones included\), by month")
def completion(ledger: Ledger, shown: Shown) -> Iterator[str]:
    title = re.sub(r"^Table \d+\. ", "", shown.title)
    name = title.removeprefix("Completion of ").split(" (done ÷")[0]
    tried = []
    for key in ledger.duties(name):
        found: list[str] = []
        for row in shown.rows:
            month = month_of(row[0])
            for option, cell in zip(ledger.options, row[1:], strict=False):
                series = ledger.service(*key, option).monthly["completion"]
                found += each(f"{option} {month}", cell, float(series.get(month, math.nan)))
        tried.append(found)
    yield from min(tried, key=len)


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
        if cells["Cases an officer"] != "–":
            ratio = float(mine["cases"] / mine["officers"])
            yield from each(f"{what}, ratio", cells["Cases an officer"], ratio)


@table(r"Duties not expected to be done, outstanding at the month's end")
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
