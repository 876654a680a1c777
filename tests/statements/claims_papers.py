"""What the papers for a board, a challenge panel and inspectors say, against the CSV tables."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pandas as pd

from tests.statements.claiming import claim, plain
from tests.statements.collecting import Shown
from tests.statements.figures import agrees, month_of
from tests.statements.ledger import Ledger
from tests.statements.tables_shown import each, labelled, table

EVERY = "Every standard"

plain(
    r"Meeting: .+",
    r".+ [–·] (?:Board paper|Business case|Inspection pack)(?: · .+)?",
    r"Figures are projections of the plan “.+”",
    r"Every standard met",
    r"Variance: spent or forecast, less budget; above 0 where more is spent",
    r"Each post, its team and its start are on the next page",
    r"Shaded: 8 in 10 simulations",
)


def firm(ledger: Ledger) -> pd.DataFrame:
    """What is to be approved now."""
    decision = ledger["decision"]
    return decision[decision["when"] == "firm"]


def worst(ledger: Ledger, option: str) -> float:
    """The least probability that every standard is met, in a year within reach if any is."""
    reached, found = ledger["reached"], ledger["chances"]
    within = list(reached["period"][reached["within_reach"].astype(bool)]) or list(
        reached["period"]
    )
    mine = found[(found["option"] == option) & (found["standard"] == EVERY)]
    return float(mine[mine["period"].isin(within)]["chance"].min())


def differs(what: str, said: str, value: float) -> Iterator[str]:
    if not agrees(said, value):
        yield f"{what}: {said}, and it is {value:.6g}"


@claim(r"Posts to approve now: <posts:n>")
def posts_now(ledger: Ledger, posts: str) -> Iterator[str]:
    yield from differs("posts", posts, float(firm(ledger)["posts"].sum()))


@claim(r"the first by <when:m>")
def first_by(ledger: Ledger, when: str) -> Iterator[str]:
    if month_of(when) != min(firm(ledger)["agree_by"]):
        yield f"the first is to be agreed by {min(firm(ledger)['agree_by'])}"


@claim(r"Their cost in a full year: <cash:n>")
def full_year_cash(ledger: Ledger, cash: str) -> Iterator[str]:
    yield from differs("full year", cash, float(firm(ledger)["full_year_cash"].sum()))


@claim(r"Every standard met: <share:n>", places=("paper",))
def met(ledger: Ledger, share: str) -> Iterator[str]:
    yield from differs("probability", share, worst(ledger, "reviewed"))


@claim(r"With no posts added: <share:n>", places=("paper",))
def not_added(ledger: Ledger, share: str) -> Iterator[str]:
    yield from differs("probability", share, worst(ledger, "today"))


@claim(r"probability, <year:y>")
def of_year(ledger: Ledger, year: str) -> Iterator[str]:
    if list(ledger["reached"]["period"]) != [year]:
        yield f"the periods are {list(ledger['reached']['period'])}"


@claim(
    r"Cost: posts and overtime over <months:n> months?(?:, the mean of the simulations)?",
    r"Of other scenarios it is that of a single course, without chance",
)
def over_months(ledger: Ledger, months: str | None = None) -> Iterator[str]:
    if months is not None:
        yield from differs("months", months, len(ledger.months))


@claim(
    r"(?P<name>.+) ends in <when:m>: nothing pays for (?P<years>.+) of what it paid for",
    places=("paper",),
)
def unpaid(ledger: Ledger, name: str, when: str, years: str) -> Iterator[str]:
    rows = ledger["funding"]
    mine = rows[(rows["name"] == name) & (rows["gap"] > 0.5)].set_index("year")
    told = re.split(r", | and ", years)
    if len(told) != len(mine) or any(one != month_of(when) for one in mine["until"]):
        yield f"{name} leaves {len(mine)} years unpaid from {list(mine['until'])}"
    for one in told:
        cost, _, year = one.rpartition(" in ")
        yield from differs(f"gap of {year}", cost, float(mine.loc[year, "gap"]))


@claim(
    r"The middle of the simulations in each month shown",
    r"Completed: of those due in the month, those carried over included",
    r"Overdue: at the month's end",
    places=("paper",),
)
def benefits_note(ledger: Ledger) -> Iterator[str]:
    if "bands" not in ledger.tables:
        yield "nothing was simulated"


@claim(r"No post is to be approved now", r"Each review sets posts by the rule below")
def by_rule(ledger: Ledger) -> Iterator[str]:
    rows = ledger["decision"]
    if (rows["posts"] > 1e-6).any() or ledger["review_rule"].empty:
        yield "posts are to be approved, or there is no rule"


@claim(
    r"Case-months overdue: cases overdue at the end of each month, added up over all months"
    r"(?:, the mean of the simulations)?",
    r"The weights of tiers are assumed",
    r"Value of harm avoided: <value:n> for each weighted case-month(?: \(<low:n> to <high:n>\))?, "
    r"entered for this plan \((?P<source>.+)\)",
    r"It is not discounted",
    places=("paper",),
)
def harm(ledger: Ledger, value: str | None = None, low: str | None = None,
         high: str | None = None, source: str | None = None) -> Iterator[str]:  # fmt: skip
    given = ledger.settings.sizing.price_of_case_month
    if value is not None:
        assert given is not None
        yield from differs("value", value, float(given.value))
        for said, one in ((low, given.low), (high, given.high)):
            if said is not None:
                yield from differs("its range", said, float(one or 0.0))
        if given.source and str(given.source) not in str(source):
            yield f"its source is {given.source}"


@claim(
    r"People who fill the posts bring what they cost with them; student officers take the places "
    r"that they leave, and are what the force pays more",
    r"Places and work: means of the year",
    places=("paper",),
)
def places_left(ledger: Ledger) -> Iterator[str]:
    if ledger["backfill"].empty:
        yield "no place is left"


@claim(r"Not used: no cost of its team or grade is left for it to pay", places=("paper",))
def not_used(ledger: Ledger) -> Iterator[str]:
    if not (ledger["funding"]["unused"] > 0.5).any():
        yield "all of it is used"


@claim(
    r"There until then and no longer: (?P<posts>.+)",
    r"Redundancy comes to <cost:n>, cash",
    places=("paper",),
)
def posts_end(ledger: Ledger, posts: str | None = None, cost: str | None = None) -> Iterator[str]:
    if cost is not None:
        lines = ledger["mtfp"]
        paid = lines[lines["subjective"] == "redundancy"]["cash"].sum()
        yield from differs("redundancy", cost, float(paid))
    if posts is not None:
        rows = ledger["ending"]
        parts = re.split(r"(?<=\d{4}), | and (?=[\d.]+ )", posts)
        if len(parts) != len(rows):
            yield f"{len(rows)} end"
        for part, (_, row) in zip(parts, rows.iterrows(), strict=False):
            number, _, rest = part.partition(" ")
            yield from differs("posts that end", number, float(row["posts"]))
            if month_of(rest.rpartition(" in ")[2]) != row["month"]:
                yield f"they end in {row['month']}"


@claim(
    r"<count:n> further standards? no less likely to be met than these are in the report",
    places=("paper",),
)
def left_to_the_report(ledger: Ledger, count: str) -> Iterator[str]:
    """Ten are shown."""
    names = set(ledger["chances"]["standard"]) - {"Every standard"}
    yield from differs("further standards", count, len(names) - 10)


@claim(r"Posts less a vacancy factor of <share:n>", places=("paper",))
def vacancy(ledger: Ledger, share: str) -> Iterator[str]:
    yield from differs("vacancy factor", share, float(ledger.settings.finance.vacancy_factor.value))


@claim(
    r"Posts at the end of the time projected: <now:n> are to be approved now"
    r"(?:, <gone:n> ends? before the first review)?, and in the middle of "
    r"the simulations later reviews (?P<way>add|end) <more:n>",
    places=("paper",),
)
def by_later_reviews(
    ledger: Ledger, now: str, way: str, more: str, gone: str | None = None
) -> Iterator[str]:
    agreed, every = float(firm(ledger)["posts"].sum()), float(ledger["layers"]["posts"].sum())
    yield from differs("posts to approve now", now, agreed)
    ended = float(ledger["ending"]["posts"].sum())
    yield from differs("posts that end", gone or "0", ended)
    yield from differs("posts by reviews", more, abs(every - agreed + ended))
    if (way == "add") != (every > agreed - ended):
        yield f"{agreed} are approved now, and {every} are there at the end"


@claim(r"Worth <saving:n> to know before posts are agreed \(±<error:n>\)", places=("paper",))
def worth_knowing(ledger: Ledger, saving: str, error: str) -> Iterator[str]:
    rows = ledger["value_of_knowing"]
    both = zip(rows["saving"], rows["error"], strict=True)
    if not any(agrees(saving, one) and agrees(error, other) for one, other in both):
        yield f"no setting is worth {saving} ± {error}"


@claim(
    r"Lowest completion of <duty:t> in the middle of the simulations: <now:n> in "
    r"(?P<when>every month|[A-Z]\w+ \d{4}) with no posts added; <then:n> in "
    r"(?P<later>every month|[A-Z]\w+ \d{4}) with the recommended plan; shaded: 8 in 10 simulations",
    places=("paper",),
)
def lowest(ledger: Ledger, duty: str, now: str, when: str, then: str, later: str) -> Iterator[str]:
    bands = ledger["bands"]
    found = {}
    for option in ("today", "reviewed"):
        mine = bands[(bands["option"] == option) & (bands["measure"] == "completion")]
        found[option] = [
            one.groupby("month")["p50"].first()
            for _, one in mine.groupby(["cohort", "duty", mine["tier"].fillna("")])
        ]
    for option, share, said in (("today", now, when), ("reviewed", then, later)):
        fits = [
            one
            for one in found[option]
            if agrees(share, float(one.min()))
            and (said == "every month" or month_of(said) in one.index)
        ]
        if not fits:
            yield f"no {duty} of {option} is lowest at {share}"


@claim(r"Review rule, <when:m>, (?P<team>.+): the last row that is reached gives the posts")
def rule_of(ledger: Ledger, when: str, team: str) -> Iterator[str]:
    rows = ledger["review_rule"]
    if not ((rows["review"] == month_of(when)) & (rows["team"] == ledger.team(team))).any():
        yield f"no rule of {team} for {when}"


@claim(
    r"(?P<what>.+) done, of those due \(overdue ones included\), by month, middle of the simulations"
)
def chart_of(ledger: Ledger, what: str) -> Iterator[str]:
    if "bands" not in ledger.tables:
        yield f"{what} was not simulated"


@claim(
    r"Assumed to stay as they are, since no later rate is published: (?P<rates>.+)",
    places=("paper",),
)
def unsourced(ledger: Ledger, rates: str) -> Iterator[str]:
    """The last months are those of the shipped file; nothing else of it is read here."""
    known = {
        "officers' pension": "March 2025",
        "the rate of National Insurance": "March 2027",
        "its threshold": "March 2031",
    }
    for one in re.split(r", | and ", rates):
        name, _, when = one.partition(" after ")
        if known.get(name) != when:
            yield f"{one} is not so"


# Tables ------------------------------------------------------------------------------------


@table(r"Options")
def options(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Posts, costs and probabilities of the options, from doing nothing to the confident one."""
    last, costs = ledger.months[-1], ledger["costs"]
    expected = ledger.tables.get("expected_cost")
    means = (
        costs.groupby("option")["total_discounted"].sum()
        if expected is None
        else expected.groupby("option")["discounted"].sum()
    )
    base = float(means["today"])
    beside = dict(
        zip(ledger["reviewed_beside"]["option"], ledger["reviewed_beside"]["cost"], strict=True)
    )
    for label, posts, cost, more, *sure in shown.rows:
        option = next(
            name
            for words, name in (
                ("Do nothing", "today"),
                ("Do minimum", "activities"),
                ("Team needed", "sized"),
                ("Posts fixed", "fixed_plan"),
                ("Recommended", "reviewed"),
            )
            if label.startswith(words)
        )
        if option in ("today", "sized"):
            yield from each(f"{label}: posts", posts, ledger.posts(option, last))
            value = float(means[option])
        elif option == "activities":
            mine = ledger["layers"][ledger["layers"]["layer"] == 1]
            added = float(mine["posts"].sum())
            yield from each(f"{label}: posts", posts, ledger.posts("today", last) + added)
            continue
        else:
            value = float(beside[option])
        if option == "reviewed":
            rows = ledger["reviewed"]
            of_year = rows[rows["team"].notna() & (rows["year"] == rows["year"].iloc[-1])]
            yield from each(f"{label}: posts", posts, float(of_year["middle"].sum()))
        yield from each(f"{label}: cost", cost, value)
        if option != "today":
            yield from each(f"{label}: more", more, value - base)
        for share in sure:
            yield from each(f"{label}: probability", share, worst(ledger, option))


@table(r"What the added posts are for, each rule by itself")
def layers(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["layers"].groupby("layer")[["posts", "cost_per_year"]].sum()
    some = ledger["layers"].groupby("layer")["posts"].apply(lambda one: one.abs().sum() > 0)
    body = [row for row in shown.rows if row[0] != "All"]
    further = re.fullmatch(r"(\d+) further rules", body[-1][0])
    if further:  # the largest are shown: each is one of the layers, and all of them add up
        *body, last = body
        yield from differs("further rules", further[1], int(some.sum()) - len(body))
        pairs = [(one["posts"], one["cost_per_year"]) for _, one in rows[some].iterrows()]
        for label, posts, cost in body:
            if not any(agrees(posts, float(a)) and agrees(cost, float(b)) for a, b in pairs):
                yield f"{label} is no layer"
        sizes = sorted((abs(float(one)) for one, _ in pairs[1:]), reverse=True)
        left = (
            sum(float(one) for one, _ in pairs) - float(pairs[0][0]) - sum(sizes[: len(body) - 1])
        )
        yield from each("further rules: posts", last[1], left)
        return
    if len(body) != int(some.sum()):
        yield f"{len(body)} rows, and {int(some.sum())} layers ask for posts"
    for (label, posts, cost), (_, row) in zip(body, rows[some].iterrows(), strict=False):
        yield from each(f"{label}: posts", posts, float(row["posts"]))
        yield from each(f"{label}: cost", cost, float(row["cost_per_year"]))


@table(r"What to approve, and by when", r"Each post to approve")
def to_approve(ledger: Ledger, shown: Shown) -> Iterator[str]:
    if "Team" not in shown.headings:
        return
    rows = firm(ledger).sort_values(["agree_by", "start"], kind="stable")
    body = [row for row in shown.rows if row[0] != "All"]
    if len(body) != len(rows):
        yield f"{len(body)} rows, and {len(rows)} are to be approved"
    for cells, (_, row) in zip(body, rows.iterrows(), strict=False):
        yield from each("posts", cells[1], float(row["posts"]))
        yield from each("full year", cells[5], float(row["full_year_cash"]))
        if ledger.team(cells[2]) != row["team"]:
            yield f"{cells[2]} is {row['team']}"


@table(r"Cash by financial year")
def cash(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Of plans without vacancy factor and joining costs: then no posts added is in `costs`."""
    lines, expected = ledger["mtfp"], ledger["expected_cost"]
    today = expected[expected["option"] == "today"].set_index("year")["cash"]
    for cells in shown.rows:
        if cells[0] == "All years":
            continue
        year, _ = labelled(cells[0])
        asked = float(lines[lines["year"] == year]["cash"].sum())
        none = float(today[year])
        joining = ledger.cost("joining", "today", year)
        yield from each(f"{year}: as asked for", cells[3], asked)
        if not joining:
            yield from each(f"{year}: no posts added", cells[2], none)
            yield from each(f"{year}: above", cells[4], asked - none)


@table(r"Who pays for the plan, cash")
def payers(ledger: Ledger, shown: Shown) -> Iterator[str]:
    lines = ledger["mtfp"]
    for name, *cells in shown.rows:
        mine = lines if name == "All" else lines[lines["funding"].str.lower() == name.lower()]
        for heading, cell in zip(shown.headings[1:], cells, strict=True):
            year, _ = labelled(heading)
            yield from each(f"{name} {year}", cell, float(mine[mine["year"] == year]["cash"].sum()))


@table(r"Funding that ends, and what it leaves")
def funding(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["funding"].set_index(["name", "year"])
    for name, _, _, year, paid, *unused, gap in shown.rows:
        if name != "All":
            row = rows.loc[name, year]
            yield from each(f"{name} {year}: pays", paid, float(row["paid"]))
            yield from each(f"{name} {year}: gap", gap, float(row["gap"]))
            for cell in unused:
                yield from each(f"{name} {year}: not used", cell, float(row["unused"]))


@table(r"Student officers in the places left, cash")
def student_officers(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["backfill"]
    body = [one for one in shown.rows if one[0] != "All"]
    if len(body) != len(rows):
        yield f"{len(rows)} rows"
    for cells, (_, row) in zip(body, rows.iterrows(), strict=False):
        for name, cell in zip(("places", "pay", "training", "fte_lost"), cells[2:], strict=True):
            yield from each(f"{cells[0]}: {name}", cell, float(row[name]))


@table(r"What is left overdue, and what avoiding it costs")
def left_overdue(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Means of the simulations by option, and what each weighted case-month fewer comes to."""
    overdue, costs = ledger["expected_overdue"], ledger["expected_cost"]
    sums = overdue.groupby("option")[["case_months", "weighted"]].sum()
    paid = costs.groupby("option")["discounted"].sum()
    keys = {"No posts added": "today", "Team needed": "sized", "Recommended plan": "reviewed"}
    worth = ledger.settings.sizing.price_of_case_month
    for label, cases, weighed, fewer, more, each_one, *value in shown.rows:
        option = keys[label]
        yield from each(f"{label}: case-months", cases, float(sums.loc[option, "case_months"]))
        yield from each(f"{label}: weighted", weighed, float(sums.loc[option, "weighted"]))
        if option == "today":
            continue
        avoided = float(sums.loc["today", "weighted"] - sums.loc[option, "weighted"])
        extra = float(paid[option] - paid["today"])
        yield from each(f"{label}: fewer", fewer, avoided)
        yield from each(f"{label}: above", more, extra)
        if each_one != "–":
            yield from each(f"{label}: for each", each_one, extra / avoided)
        if worth is not None:
            yield from each(f"{label}: value", value[0], avoided * float(worth.value))
            yield from each(f"{label}: less", value[1], avoided * float(worth.value) - extra)


@table(r"Cost with optimism bias and contingency")
def allowance(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """What is above doing nothing, and shares of it that the scenario names."""
    finance, paid = ledger.settings.finance, ledger["expected_cost"]
    base = float(paid[paid["option"] == "today"]["discounted"].sum())
    rivals = ledger["reviewed_beside"].set_index("option")["cost"]
    sized = float(paid[paid["option"] == "sized"]["discounted"].sum())
    shares = (float(finance.optimism_bias.value), float(finance.contingency.value))
    for label, more, bias, held, both in shown.rows:
        keys = (("Posts fixed", "fixed_plan"), ("Recommended", "reviewed"))
        option = next((key for words, key in keys if label.startswith(words)), "")
        extra = (float(rivals[option]) if option else sized) - base
        yield from each(f"{label}: above", more, extra)
        yield from each(f"{label}: bias", bias, extra * shares[0])
        yield from each(f"{label}: contingency", held, extra * shares[1])
        yield from each(f"{label}: with both", both, extra * (1 + sum(shares)))


@table(r"Switching values: how far current posts would do, without chance")
def switching(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["headroom"]
    if len(shown.rows) != len(rows):
        yield f"{len(rows)} values"
    for cells, (_, row) in zip(shown.rows, rows.iterrows(), strict=False):
        yield from each(f"{cells[0]}: now", cells[1], float(row["today"]))
        if cells[2] != "none":
            most = float(row["most"])
            # Cases are told in whole ones that current posts can still carry.
            yield from each(
                f"{cells[0]}: most", cells[2], most // 1 if row["unit"] == "cases" else most
            )


@table(r"Above no posts added by line, cash")
def by_line(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """All lines together are what the year is above no posts added; posts have no vacancy factor."""
    if float(ledger.settings.finance.vacancy_factor.value):
        return
    lines, paid = ledger["mtfp"], ledger["expected_cost"]
    today = paid[paid["option"] == "today"].set_index("year")["cash"]
    joining = sum(ledger.cost("joining", "today", year) for year in ledger.years)
    totals = shown.rows[-1] if shown.rows[-1][0] == "All" or len(shown.rows) == 1 else None
    if totals is not None and not joining:
        for heading, cell in zip(shown.headings[1:], totals[1:], strict=True):
            year, _ = labelled(heading)
            asked = float(lines[lines["year"] == year]["cash"].sum())
            yield from each(f"All {year}", cell, asked - float(today[year]))


@table(r"What is decided, and when")
def delivery(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["decision"]
    rows = rows[rows["posts"] > 1e-6]
    if len(shown.rows) != len(rows):
        yield f"{len(rows)} posts are to be decided"
    for by, what, posts, team, grade, start in shown.rows:
        name = ledger.team(team)
        mine = rows[
            (rows["team"] == name)
            & (rows["grade"] == ledger.grade(name, grade))
            & (rows["start"] == month_of(start))
            & (rows["agree_by"] == month_of(by))
            & (rows["when"] == ("firm" if what == "approve" else "later"))
        ]
        if len(mine) != 1:
            yield f"{posts} of {grade} by {by}: {len(mine)} rows"
            continue
        yield from each("posts", posts, float(mine["posts"].iloc[0]))


@table(r"How the posts asked for are filled")
def filled(ledger: Ledger, shown: Shown) -> Iterator[str]:
    for team, grade, kind, lead, until, most, joining in shown.rows:
        name = ledger.team(team)
        one = ledger.settings.teams[name].grades[ledger.grade(name, grade)]
        if {"officer": "officer", "staff": "police staff"}[one.kind] != kind:
            yield f"{grade} are {one.kind}"
        yield from each(f"{grade}: months to fill", lead, float(one.recruitment_lead_months.value))
        yield from each(f"{grade}: until full", until, float(one.accreditation_months.value))
        if most != "–":
            assert one.max_joiners_per_month is not None
            yield from each(f"{grade}: most", most, float(one.max_joiners_per_month.value))
        yield from each(f"{grade}: joining", joining, float(one.joining_cost.value))


@table(r"Benefits: the middle of the simulations")
def benefits_simulated(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """The middle of both options in the months shown, and the range of the last, from `bands`."""
    bands = ledger["bands"]
    months = [month_of(one) for one in shown.headings[2:-2]]
    for measure, option, *cells in shown.rows:
        name, _, what = measure.rpartition(" ")
        key = "today" if option.startswith("No posts") else "reviewed"
        kind = "completion" if what == "completed" else "outstanding"
        rows = bands[(bands["option"] == key) & (bands["measure"] == kind)]
        found = []
        for group, duty in ledger.duties(name):
            mine = rows[(rows["duty"] == duty) & rows["cohort"].isin([group])]
            whole = mine[mine["tier"].isna()]
            mine = (whole if len(whole) else mine).set_index("month")
            if mine.empty:
                continue
            faults = [
                fault
                for cell, one in zip(cells, months, strict=False)
                for fault in each(measure, cell, float(mine.loc[one, "p50"]))
            ]
            low, high = cells[len(months)].split(" to ")
            faults += each(f"{measure}: low", low, float(mine.loc[months[-1], "p10"]))
            faults += each(f"{measure}: high", high, float(mine.loc[months[-1], "p90"]))
            found.append(faults)
        yield from min(found, key=len) if found else [f"{measure} has no bands"]


@table(r"Benefits by year")
def benefits(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Completion and overdue of each activity by year, from the projection by tier and month."""
    for measure, option, first, *cells in shown.rows:
        name, _, what = measure.rpartition(" ")
        key = "today" if option.startswith("No posts") else "sized"
        months = [ledger.months[0], *shown.headings[3:-1]]
        found = []
        for group, duty in ledger.duties(name):
            monthly = ledger.service(group, duty, key).monthly
            values = []
            for place, when in enumerate(months):
                mine = monthly.loc[[when] if place == 0 else ledger.months_of(when)]
                share = mine["done"].sum() / mine["due"].sum() if mine["due"].sum() else 1.0
                values.append(share if what == "completed" else mine["outstanding"].iloc[-1])
            told = (first, *cells[: len(months) - 1])
            pairs = zip(told, values, strict=True)
            found.append([f for cell, one in pairs for f in each(measure, cell, float(one))])
        yield from min(found, key=len)


@table(r"Forecast outturn of the year by team, cash")
def year_in_hand(ledger: Ledger, shown: Shown) -> Iterator[str]:
    """Sums of the months, as asked for; with no posts added the variance alone."""
    rows = ledger["outturn"]
    names = ("budget", "actual", "forecast", "outturn", "variance")
    teams = {one.label or name: name for name, one in ledger.settings.teams.items()}
    for label, *cells, _ in shown.rows[:-1]:
        mine = rows[(rows["team"] == teams[label]) & rows["outturn"].notna()]
        for name, cell in zip(names, cells, strict=True):
            yield from each(f"{label}: {name}", cell, float(mine[name].sum()))


@table(r"Budget, spend to date and forecast by month, cash")
def months_in_hand(ledger: Ledger, shown: Shown) -> Iterator[str]:
    rows = ledger["outturn"]
    known = rows[rows["outturn"].notna()]
    if len(known) != len(shown.rows) - 1:
        yield f"{len(shown.rows) - 1} rows, and {len(known)} months of teams are known"
    for (_, row), (when, _, *cells, _) in zip(known.iterrows(), shown.rows, strict=False):
        if month_of(when) != row["month"]:
            yield f"{when} is {row['month']}"
        for name, cell in zip(("budget", "actual", "forecast", "variance"), cells, strict=True):
            yield from each(f"{when}: {name}", cell, float(row[name]))
