"""What packs say of simulations, against the CSV tables of the recommended plan."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from tests.statements.claiming import claim, compiled, plain
from tests.statements.collecting import Shown
from tests.statements.figures import agrees, month_of, stated
from tests.statements.ledger import Ledger
from tests.statements.tables_shown import each, labelled, of_tier, table

POSTS = {"Now": "today", "No posts added": "today", "Recommended plan": "reviewed"}
AGES = ("1 month", "2–3", "4–6", "7–12", "over 12")

plain(
    r"The middle of the simulations; 8 in 10 of them lie in the range",
    r"Where nothing is overdue in the middle of the simulations that is left out",
    r"The middle of all tiers is not the sum of theirs",
    r"In 1 simulation in 10 the figure is below the first, in 9 in 10 below the last",
    r"Ranges in .+",
    r"Rows are in the order in which hours are given; those with nothing overdue in nearly every "
    r"simulation are left out",
)


@claim(
    r"Figures are the middle of <number:n> simulations of the same kind as those that the "
    r"recommended plan was chosen on, with the range of 8 in 10 beside them; so parts need not add "
    r"up to a total",
)
def so_many(ledger: Ledger, number: str) -> Iterator[str]:
    """A probability that is a whole number of simulations has so many of them."""
    count = stated(number)[0]
    found = ledger["chances"]
    shares = found[found["option"] == "reviewed"]["chance"] * count
    if (shares.sub(shares.round()).abs() > 1e-6).any():
        yield f"the probabilities are not of {number} simulations"


def blank(values: pd.Series, wanted: str | None) -> pd.Series:
    return values.isna() | (values == "") if wanted is None else values == wanted


def of(rows: pd.DataFrame, option: str, measure: str, **where: str | None) -> pd.DataFrame:
    """The rows of an option and a measure, `None` where nothing is named."""
    mine = rows[(rows["option"] == option) & (rows["measure"] == measure)]
    for name, wanted in where.items():
        mine = mine[blank(mine[name], wanted)]
    return mine.set_index("month")


def spread(what: str, cell: str, row: pd.Series) -> Iterator[str]:
    """The faults of a range."""
    low, _, high = cell.partition(" to ")
    yield from each(f"{what}, low", low, float(row["p10"]))
    yield from each(f"{what}, high", high or low, float(row["p90"]))


def activities(ledger: Ledger, label: str) -> list[tuple[str | None, str]]:
    """The activities of a plural name, with whose it is where several have it."""
    found = []
    for (cohort, duty), _ in ledger["falling_due"].groupby(["cohort", "duty"], dropna=False):
        named = None if pd.isna(cohort) else str(cohort)
        for group, one in ledger.duties(re.sub(r" \(.+\)$", "", label)):
            here = named in ledger.members(group) if named else True
            if (
                one == duty
                and here
                and (
                    "(" not in label
                    or named is None
                    or f"({ledger.settings.cohorts[named].label or named})".lower() in label.lower()
                )
            ):
                found.append((named, str(duty)))
    return found


@table(r"Cases at the month's end by tier, in the simulations")
def cases(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["position"]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        cohort = ledger.cohort(cells["Group"])
        tier = None if cells["Tier"] == "All" else ledger.tiers(cells["Tier"], [cohort])[0]
        mine = of(rows, "today", "cases", cohort=cohort, tier=tier)
        for heading, cell in cells.items():
            if compiled("<when:m>").fullmatch(heading):
                value = float(mine.loc[month_of(heading), "p50"])
                yield from each(f"{cohort} {tier} {heading}", cell, value)
        yield from spread(f"{cohort} {tier}", cells["8 in 10 at the end"], mine.iloc[-1])


@table(r"Activities that fall due by year, and what is left overdue")
def by_year(ledger: Ledger, shown: Shown) -> Iterator[str]:
    due, name = ledger["falling_due"], ""
    for label, what, *cells in shown.rows:
        name = label or name
        tried = []
        for cohort, duty in activities(ledger, name):
            found: list[str] = []
            mine = due[blank(due["cohort"], cohort) & (due["duty"] == duty)].set_index("last")
            option = "reviewed" if what.endswith("recommended plan") else "today"
            for heading, cell in zip(shown.headings[2:], cells, strict=True):
                until = compiled(r"Year to <when:m>(?: \(\d+ months?\))?").fullmatch(heading)
                assert until is not None, heading
                month = month_of(until["when"])
                if what.startswith("overdue"):
                    late = overdue(ledger, option, cohort, duty)
                    found += each(f"{name} {what}", cell, float(late.loc[month, "p50"]))
                elif what.endswith("8 in 10"):
                    found += spread(f"{name} {what}", cell, mine.loc[month])
                else:
                    found += each(f"{name} {what}", cell, float(mine.loc[month, "p50"]))
            tried.append(found)
        yield from min(tried, key=len)


def overdue(ledger: Ledger, option: str, cohort: str | None, duty: str) -> pd.DataFrame:
    """What is overdue of an activity by month; one of a single tier has its row under that."""
    rows = ledger["bands"]
    rows = rows[rows["duty"] == duty]
    mine = of(rows, option, "outstanding", cohort=cohort, tier=None)
    if mine.empty:
        alone = rows[(rows["option"] == option) & (rows["measure"] == "outstanding")]
        mine = alone[blank(alone["cohort"], cohort)].set_index("month")
    return mine


@table(r"Hours that all work takes and hours there are, means of the simulations")
def hours(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows, team = ledger["expected_hours"], ""
    for label, what, *cells in shown.rows:
        team = label or team
        option = "reviewed" if what.endswith("recommended plan") else "today"
        column = {"all": "asked", "the": "there", "cut": "cut_short"}[what[:3]]
        mine = rows[(rows["team"] == ledger.team(team)) & (rows["option"] == option)]
        series = mine.set_index("month")[column]
        for heading, cell in zip(shown.headings[2:], cells, strict=True):
            last = ledger.months.index(month_of(heading.removeprefix("Year to ")))
            months = ledger.months[last - last % 12 : last + 1]
            yield from each(f"{team} {what}, {heading}", cell, float(series[months].mean()))


@claim(
    r"All work takes more hours than there are with no posts added from <first:m>"
    r"(?:: <short:n> hours per month short in <when:m>|, but not in <end:m>)"
    r"; mean of the simulations",
    r"The hours there are with no posts added cover all work to <to:m>; mean of the simulations",
)
def lacking(ledger: Ledger, first: str | None = None, short: str | None = None,
            when: str | None = None, end: str | None = None, to: str | None = None,
            ) -> Iterator[str]:  # fmt: skip
    rows = ledger["expected_hours"]
    sums = rows[rows["option"] == "today"].groupby("month")[["asked", "there"]].sum()
    gap = sums["asked"] - sums["there"]
    short_in = [month for month in gap.index if gap[month] >= 0.5]
    if month_of(str(when or end or to)) != ledger.months[-1]:
        yield "not the last month"
    if bool(to) == bool(short_in) or (first and month_of(first) != short_in[0]):
        yield f"hours lack in {short_in[:3]}"
    if short and not agrees(short, float(gap.iloc[-1])):
        yield f"{gap.iloc[-1]:.1f} lack at the end"
    if end and gap.iloc[-1] >= 0.5:
        yield f"{gap.iloc[-1]:.1f} lack at the end"


@table(r"Posts by team and grade at the end of each financial year")
def posts(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows, told = ledger["reviewed"], 0
    for label, called, years, now, middle, range_ in shown.rows:
        team = ledger.team(label)
        grade = ledger.grade(team, called)
        ends = re.findall(r"\d{4}/\d\d", years)
        for year in [one for one in ledger.years if ends[0] <= one <= ends[-1]]:
            mine = rows[(rows["team"] == team) & (rows["grade"] == grade) & (rows["year"] == year)]
            what = f"{team} {grade} {year}"
            yield from each(f"{what}, recommended", middle, float(mine["p50"].iloc[0]))
            yield from spread(what, range_, mine.iloc[0])
            last = ledger.months_of(year)[-1]
            there = ledger.posts("today", last, team=team, grade=grade)
            yield from each(f"{what}, now", now, there)
            told += 1
    if told != len(ledger.grades) * len(ledger.years):
        yield f"{told} years of grades are told"


@claim(
    r"With (?P<whose>no posts added|the recommended plan), <many:n> activit(?:y is|ies are) overdue "
    r"at the end of <when:m> \(<low:n>(?: to <high:n>)? in 8 of 10 simulations\)",
    r"With (?P<whose>no posts added|the recommended plan), nothing is overdue at the end of "
    r"<when:m> in 8 of 10 simulations",
)
def left(ledger: Ledger, whose: str, when: str, many: str = "0", low: str = "0",
         high: str | None = None) -> Iterator[str]:  # fmt: skip
    option = "today" if whose.startswith("no") else "reviewed"
    rows = ledger["bands"]
    mine = of(rows, option, "outstanding", cohort=None, duty=None, tier=None).iloc[-1]
    if month_of(when) != ledger.months[-1]:
        yield "not the last month"
    for cell, name in ((many, "p50"), (low, "p10"), (high or low, "p90")):
        if not agrees(cell, float(mine[name])):
            yield f"{name} is {mine[name]:g}"


@table(r"Activities not expected to be done: overdue at the month's end, in the simulations")
def unmet(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows, told = ledger["bands"], set()
    rows = rows[rows["tier"].notna() & rows["duty"].notna()]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        option = POSTS[cells["Posts"]]
        mine = rows[(rows["option"] == option) & (rows["measure"] == "outstanding")]
        tried = []
        for key, months in mine.groupby(["cohort", "duty", "tier"], dropna=False):
            cohort, duty, tier = ("" if pd.isna(one) else str(one) for one in key)
            if row[0].lower() not in of_tier(ledger, cohort, duty, tier):
                continue
            late = months.set_index("month")
            found = [fault for heading, cell in cells.items() if compiled("<when:m>").fullmatch(heading)
                     for fault in each(f"{row[0]} {heading}", cell,
                                       float(late.loc[month_of(heading), "p50"]))]  # fmt: skip
            found += spread(f"{row[0]}", cells["8 in 10 at the end"], late.iloc[-1])
            tried.append(found)
            told.add((option, cohort, duty, tier))
        yield from min(tried, key=len, default=[f"there is no {row[0]}"])
    last = rows[(rows["month"] == ledger.months[-1]) & (rows["measure"] == "outstanding")]
    for one in last[last["option"].isin(["today", "reviewed"])].itertuples():
        key = (one.option, "" if pd.isna(one.cohort) else one.cohort, one.duty, one.tier)
        if one.p90 >= 0.5 and key not in told:
            yield f"{key} is left out: up to {one.p90:g} overdue"


@table(r".+ (?:overdue|waiting) in the simulations, by months (?:overdue|waiting)")
def backlog(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Each row is the position of a tier of the activity that the title names."""
    rows = ledger["position"]
    left_ = "Waiting" if "Waiting" in shown.headings else "Overdue"
    named = re.sub(r"^Table \d+\. ", "", shown.title).split(" (")[0]
    every = [duty for _, duty in ledger.duties(named)]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        option, month = POSTS[cells["Posts"]], month_of(cells["Month"])
        if cells["Posts"] == "Now" and month != ledger.months[0]:
            yield f"now is {month}"
        mine = rows[(rows["option"] == option) & (rows["month"] == month)]
        mine = mine[mine["duty"].isin(every) & mine["tier"].notna()]
        tried = []
        for _, part in mine.groupby(["cohort", "duty", "tier"], dropna=False):
            late = part[part["measure"] == "outstanding"]
            late = late.set_index(late["age"].fillna(""))
            found = list(each("overdue", cells[left_], float(late.loc["", "p50"])))
            found += spread("overdue", cells["8 in 10"], late.loc[""])
            for age in AGES:
                if age in late.index or cells[age] != "–":
                    found += each(age, cells[age], float(late.loc[age, "p50"]))
            longest = part[part["measure"] == "longest_wait_months"]["p50"].iloc[0]
            found += each("longest", row[-1], float(longest))
            tried.append(found)
        yield from min(tried, key=len, default=[f"there is nothing of {named}"])


@claim(
    r"Nothing is overdue in nearly every simulation, at the beginning or at the end: (?P<names>.+)",
)
def nothing(ledger: Ledger, names: str) -> Iterator[str]:
    rows = ledger["position"]
    ends = (ledger.months[0], ledger.months[-1])
    rows = rows[rows["month"].isin(ends) & (rows["measure"] == "outstanding")]
    rows = rows[rows["option"].isin(["today", "reviewed"]) & rows["age"].fillna("").eq("")]
    rows = rows[rows["tier"].notna()]
    for name in names.split(", "):
        most = []
        for group, duty in ledger.duties(re.sub(r" \(.+\)$", "", name)):
            mine = rows[(rows["duty"] == duty)]
            mine = mine[blank(mine["cohort"], None) | mine["cohort"].isin(ledger.members(group))]
            most.append(float(mine["p90"].max()) if len(mine) else 0.0)
        if not most or min(most) >= 0.5:
            yield f"{name}: up to {most}"


@table(r"Case-months overdue by financial year")
def case_months(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["expected_overdue"].set_index(["option", "year"])
    for label, *cells in shown.rows:
        year, _ = labelled(label)
        for heading, cell in zip(shown.headings[1:], cells, strict=True):
            posts_, _, what = heading.partition(": ")
            column = "weighted" if "weighted" in what else "case_months"
            value = float(rows.loc[(POSTS[posts_], year), column])
            yield from each(f"{year}, {heading}", cell, value)


@claim(
    r"(?P<whose>.+): (?:cases per officer (?:go from <begin:n> to <end:n>|stay at <stay:n>) with no "
    r"posts added|with no posts added there is (?P<never>no officer) at some time); with the "
    r"recommended plan there (?:are <then:n>|is no officer) at the end; the limit is <limit:n>; "
    r"shaded: 8 in 10 simulations",
)
def per_officer(ledger: Ledger, whose: str, then: str | None, limit: str, begin: str | None = None,
                end: str | None = None, stay: str | None = None,
                never: str | None = None) -> Iterator[str]:  # fmt: skip
    cohort = ledger.cohort(re.sub(r" \(.+\)$", "", whose))
    rows = ledger["bands"]
    rows = rows[(rows["measure"] == "cases_per_officer") & (rows["cohort"] == cohort)]
    tried = []
    for _, part in rows.groupby("tier", dropna=False):
        each_option = {one: mine.set_index("month")["p50"] for one, mine in part.groupby("option")}
        today, plan = each_option["today"], each_option["reviewed"]
        pairs = [] if never else [(begin or stay, today.iloc[0]), (end or stay, today.iloc[-1])]
        pairs += [(then, plan.iloc[-1])] if then else []
        wrong = [f"it is {value:g}, not {said}" for said, value in pairs
                 if not agrees(str(said), float(value))]  # fmt: skip
        if today.isna().any() != bool(never) or plan.isna().iloc[-1] != (then is None):
            wrong.append("whether there are officers")
        tried.append(wrong)
    yield from min(tried, key=len)
    rules = [one.cases_per_officer.value for one in ledger.settings.standards
             if one.cases_per_officer is not None and one.cohort == cohort]  # fmt: skip
    if not any(agrees(limit, float(one)) for one in rules):
        yield f"the limits are {rules}"


@table(r"Cases for each officer in the simulations, (?!with and without).+")
def ratio_by_month(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["bands"]
    rows = rows[rows["measure"] == "cases_per_officer"]
    of_each = [part.set_index(["option", "month"])
               for _, part in rows.groupby(["cohort", "tier"], dropna=False)]  # fmt: skip
    tried = []
    for one in of_each:
        found: list[str] = []
        for month, *cells in shown.rows:
            for heading, cell in zip(shown.headings[1:], cells, strict=True):
                name, _, end = heading.partition(", ")
                if name in POSTS:
                    column = {"": "p50", "low (1 in 10)": "p10", "high (9 in 10)": "p90"}[end]
                    value = float(one.loc[(POSTS[name], month_of(month)), column])
                    found += each(f"{month} {heading}", cell, value)
        tried.append(found)
    yield from min(tried, key=len)


@table(r"Cases for each officer in the simulations, with and without those managed reactively")
def ratios(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["position"]
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        cohort, option = ledger.cohort(cells["Group"]), POSTS[cells["Posts"]]
        mine = rows[(rows["option"] == option) & (rows["cohort"] == cohort) & rows["duty"].isna()]
        mine = mine[mine["month"] == month_of(cells["Month"])]
        several = mine[(mine["measure"] == "cases") & mine["tier"].isna()]
        many = several if len(several) else mine[mine["measure"] == "cases"]
        yield from each(f"{cohort} cases", cells["Cases"], float(many["p50"].iloc[0]))
        whole = mine[mine["tier"].isna()].set_index("measure")
        if cells["Cases per officer"] == "no officer":
            if "cases_per_officer" in whole.index:
                yield f"{cohort} has officers"
            continue
        ratio = whole.loc["cases_per_officer"]
        yield from each(f"{cohort} ratio", cells["Cases per officer"], float(ratio["p50"]))
        yield from spread(f"{cohort} ratio", cells["8 in 10"], ratio)
        active = cells["without those managed reactively"]
        if active != "–":
            value = float(whole.loc["cases_per_officer_without_reactive", "p50"])
            yield from each(f"{cohort} active", active, value)


@table(r"Activities in the order in which they are served, in the simulations")
def served(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["bands"]
    rows = rows[(rows["option"] == "today") & rows["tier"].notna() & rows["duty"].notna()]
    if [row[0] for row in shown.rows] != [str(n + 1) for n in range(len(shown.rows))]:
        yield "places are left out"
    for _, name, first, last, late, below in shown.rows:
        tried = []
        for key, part in rows.groupby(["cohort", "duty", "tier"], dropna=False):
            if name.lower() not in of_tier(
                ledger, *("" if pd.isna(one) else str(one) for one in key)
            ):
                continue
            done = part[part["measure"] == "completion"].set_index("month")["p50"]
            found = [*each(f"{name}, first", first, float(done.iloc[0])),
                     *each(f"{name}, last", last, float(done.iloc[-1]))]  # fmt: skip
            left_ = part[part["measure"] == "outstanding"].set_index("month")["p50"]
            found += each(f"{name}, overdue", late, float(left_.iloc[-1]))
            under = [month for month, share in done.items() if share < 0.95 - 1e-9]
            when = None if below == "–" else month_of(below)
            if when != (under[0] if under else None):
                found.append(f"{name}: below 95% in {under[:1]}")
            tried.append(found)
        yield from min(tried, key=len, default=[f"there is no {name}"])


@table(r"Work cut short by team, mean of the simulations")
def cut_short(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows, told = ledger["expected_hours"], []
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        team, option = ledger.team(cells["Team"]), POSTS[cells["Posts"]]
        mine = rows[(rows["team"] == team) & (rows["option"] == option)].set_index("month")
        cut, what = mine["cut_short"], f"{team} {option}"
        yield from each(what, cells["Hours cut short per month"], float(cut.mean()))
        share = float(cut.sum() / mine["there"].sum())
        yield from each(f"{what}, share", cells["Share of the team's hours"], share)
        yield from each(f"{what}, most", cells["Hours cut short then"], float(cut.max()))
        if month_of(cells["First"]) != cut.index[cut >= 0.5][0]:
            yield f"{what}: first in {cells['First']}"
        if cut[month_of(cells["Most"])] < cut.max() - 1e-9:
            yield f"{what}: most in {cells['Most']}"
        told.append((team, option))
    for (team, option), part in rows.groupby(["team", "option"]):
        some = option in ("today", "reviewed") and (part["cut_short"] >= 0.5).any()
        if some != ((team, option) in told):
            yield f"{team} {option}: told of {told}"


@table(r"Ranges in .+")
def ranges(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """The last month of every activity, by option; one of a single tier has its row under that."""
    rows = ledger["bands"]
    if month_of(shown.title.rpartition("Ranges in ")[2]) != ledger.months[-1]:
        yield "not the last month"
    rows = rows[(rows["month"] == ledger.months[-1]) & rows["duty"].notna()]
    names = {**POSTS, "Team needed": "sized"}
    for row in shown.rows:
        cells = dict(zip(shown.headings, row, strict=True))
        mine = rows[
            (rows["option"] == names[cells["Posts"]])
            & (rows["measure"] == cells["Measure"].lower())
        ]
        tried = []
        for _, part in mine.groupby(["cohort", "duty"], dropna=False):
            one = part[part["tier"].isna()] if part["tier"].isna().any() else part
            tried.append([*each("low", cells["1 in 10 below"], float(one["p10"].iloc[0])),
                          *each("middle", cells["Middle"], float(one["p50"].iloc[0])),
                          *each("high", cells["9 in 10 below"], float(one["p90"].iloc[0]))])  # fmt: skip
        yield from min(tried, key=len)
