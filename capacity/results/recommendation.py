"""The recommended plan in sentences, each figure of which stands in a table (EQ30)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from capacity import kinds
from capacity.engine.model import MONTHS_A_YEAR, Model, year_name
from capacity.results import answers, phrases
from capacity.results.phrases import asks, grade_label
from capacity.results.summary import SummaryFigure
from capacity.risk import chances
from capacity.risk.chances import VerdictRecord
from capacity.risk.decide import AskedAlone, limited
from capacity.risk.recommended import (
    SAME,
    FirstNotMet,
    OnePostFewer,
    PostsAgreed,
    PostsEnding,
    Recommended,
    agreed,
    beside,
    ending,
    firm,
    first_not_met_by,
    full_year_after,
    posts_by_year,
    reached,
    reviewed_cost,
    rivals,
)
from capacity.risk.review import MEASURES
from capacity.risk.sensitivity import Sensitivity
from capacity.settings import Standard
from capacity.why import headlines, layers
from capacity.why.headlines import team_label
from capacity.wording import (
    FIRST_MONTH_OF_YEAR,
    MONTHS,
    begun,
    counted,
    inside,
    listed,
    month,
    people,
    per_cent,
    posts,
    pounds,
)

NAMED = 3
"""So many standards that are not met with no posts added are named."""

HEADINGS = {"cases": "Cases", "hours": "Hours of work per month"}
"""What the measures of a rule are called."""

NEARLY = 0.995
"""Rows of a rule are shown between the fewest and the most posts of this share of simulations."""


SPREAD = 0.002
"""Costs that differ by a smaller share are the same."""

POINT = 0.01
"""Probabilities of two scenarios that differ by less are the same."""

NEAR_ENOUGH = 0.03
"""A probability that lacks less than this of what is asked for is not told beside another."""

SINGLE_COURSE = "(single course, without chance)"
"""What is said of a figure of the central case beside figures of the simulations."""

DATES_NAMED = 3
"""For so many dates the posts to agree now are named; the table `decision` has all."""

GRADES_NAMED = 6
"""So many grades whose posts start on one date are named; of the others their posts are counted."""

ENDING_NAMED = 6
"""Where no more end than this each is named; of more it is told in how many teams and when."""

TENTH_OF_A_POINT = 0.0005
"""A smaller difference of probabilities is none."""


IN_SHORT = ("agree_now", "recommended_probability", "current_probability", "years_out_of_reach")
"""Figures whose sentences say it in short."""


def in_short(found: Recommended) -> str:
    """Return what to agree now, and how sure that is, where several are told of."""
    told = {one.name: one.words for one in sentences(found)}
    return " ".join(told[name] for name in IN_SHORT if name in told)


def sentences(found: Recommended) -> tuple[SummaryFigure, ...]:
    """Return what is recommended, in the order in which it is read."""
    told = [one for part in _parts(found, len(found.today.rules)) for one in part]
    if found.decision.periods and "years_out_of_reach" not in {one.name for one in told}:
        told.append(SummaryFigure("years_out_of_reach", 0.0, "periods", "No year is out of reach."))
    return tuple(told)


def paragraphs(found: Recommended) -> tuple[str, ...]:
    """Return the same as paragraphs.

    What differs from the scenario that this one extends; what happens with no posts added; what
    to agree; how sure it is.
    """
    parts = [[one.words for one in part] for part in _parts(found, NAMED)]
    return tuple(" ".join(part) for part in parts if part)


def _parts(found: Recommended, named: int) -> list[list[SummaryFigure]]:
    """Return the sentences of each paragraph; `named`: so many standards not met are named."""
    question = [*_own_question(found)]
    answer = [
        [*nothing_added(found.today, named), *never_judged(found.plan.model)],
        [*_agree_now(found), *_reviews(found), *_layers(found)],
        [
            *_probable(found),
            *_beside(found),
            *_fixed(found),
            *_out_of_reach(found),
            *_alone(found),
            *_doubt(found),
        ],
    ]
    # Whoever sets a limit on posts asks first what is not met then.
    return [*answer, question] if _adds_a_limit_on_posts(found) else [question, *answer]


# The scenario's own question ---------------------------------------------------------------


def _own_question(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what differs from the scenario that this one extends, what it is about first.

    A scenario of people who come and go asks what gets done, one that changes the work of an
    activity asks for hours, any other for posts and pounds.
    """
    said = headlines.read_off(found.plan)
    if found.before is None or said.before is None:
        return
    posts_ = [*_posts_compared(found)]
    hours = [*answers.hours_compared(said, said.before)]
    about = answers.about(found.plan)
    done = [*answers.activities_compared(said, said.before, even_if_same=about == "activities")]
    order = [("posts", posts_), ("hours", hours), ("activities", done)]
    if about == "caseloads":
        order.append((about, [*answers.caseloads_compared(said, said.before)]))
    order.sort(key=lambda part: part[0] != about)
    told = [
        (name, words if name == "posts" else f"{words} {SINGLE_COURSE}")
        for name, some in order
        for words in some
    ]
    for place, (name, words) in enumerate(told):
        start = f"Compared with “{found.before.title}”, " if place == 0 else ""
        begin = words[:1].lower() if start else words[:1].upper()
        yield SummaryFigure(f"compared.{name}", None, "", f"{start}{begin}{words[1:]}.")


def _posts_compared(found: Recommended) -> Iterator[str]:
    """Yield how many posts are to be agreed, and what they cost, here and before."""
    here, before = beside(found)
    now = _instead(here.agree_now, before.agree_now, "to be agreed now")
    end = month(found.plan.model.calendar.labels[-1])
    later = _instead(here.at_the_end, before.at_the_end, f"there in {end}")
    more = here.cost - before.cost
    time = counted(found.plan.model.months, "month")
    money = f"{pounds(abs(more))} {'more' if more > 0 else 'less'} on average over {time}"
    if abs(more) < SPREAD * before.cost:
        money = f"as much money on average over {time}"
    yield f"{now}, and {later}: {money} (discounted)"
    known = not any(limited(one.model) for one in (found.plan, found.plan.before) if one)
    if known and here.out_of_reach != before.out_of_reach:
        out, out_there = (one.out_of_reach or "no year" for one in (here, before))
        yield f"Out of reach of {per_cent(found.decision.asked)}: {out} here, {out_there} there"
    what = "every standard is met in the worst year within reach with a probability of"
    least = found.decision.asked - NEAR_ENOUGH
    told = [
        ("As recommended", here.chance, before.chance),
        ("With no posts added", here.current_chance, before.current_chance),
    ]
    for who, mine, theirs in told:
        if mine is None or theirs is None or abs(mine - theirs) < POINT:
            continue
        if who != "As recommended" or min(mine, theirs) < least:
            yield f"{who}, {what} {per_cent(mine)} instead of {per_cent(theirs)}"


def _instead(now: float, then: float, what: str) -> str:
    if abs(now - then) < SAME:
        return f"as many posts are {what} ({people(now)})"
    verb = "is" if people(now) == "1" else "are"
    count = posts(now) if now else "no posts"
    return f"{count} {verb} {what} instead of {people(then) if then else 'none'}"


def _adds_a_limit_on_posts(found: Recommended) -> bool:
    """Return whether the scenario sets a limit on posts or money that the one before has not."""
    before = found.plan.before
    known = set() if before is None else {one.name for one in _limits_on_posts(before.model)}
    return any(one.name not in known for one in _limits_on_posts(found.plan.model))


# No posts added ----------------------------------------------------------------------------


def nothing_added(record: VerdictRecord, named: int = NAMED) -> Iterator[SummaryFigure]:
    """Yield when standards are first not met with no posts added, so many of them named."""
    rows = [*first_not_met_by("today", record)]
    if not any(record.periods):
        none = "applies in this time" if rows else "is set"
        words = f"No standard {none}, so no number of posts is needed."
        yield SummaryFigure("first_below", None, "", words)
        return
    lost = sorted((row for row in rows if row.p50), key=lambda row: (row.p50, row.p10))
    number = f"{record.draws:,} simulations"
    if not lost:
        chance, _ = chances.estimate(record.always(record.named(None)), record.weight)
        end = month(record.calendar.labels[-1])
        met = f"every standard is met to {end} in {per_cent(chance)} of {number}"
        yield SummaryFigure(
            "current_probability.all", chance, "share", f"With no posts added, {met}."
        )
        return
    for place, row in enumerate(lost[:named]):
        first = month(str(row.p50))
        words = f"{row.standard}: {first} ({_span(row)})."
        if place == 0:
            words = (
                f"With no posts added, the first standard not met is {row.standard}, in {first} "
                f"(the middle of {number}; {_span(row)})."
            )
        value = float(str(row.p50).replace("-", ""))
        yield SummaryFigure(f"first_month_below.{row.standard}", value, "YYYYMM", words)
    more = len(lost) - named
    if more > 0:
        words = f"{counted(more, 'more standard')} {'is' if more == 1 else 'are'} not met later."
        yield SummaryFigure("first_below.more", float(more), "standards", words)


def never_judged(model: Model) -> Iterator[SummaryFigure]:
    """Yield the standards by quarter or year that are never judged."""
    for name, words in phrases.never_judged(model):
        yield SummaryFigure(f"never_judged.{name}", None, "", words)


def _span(row: FirstNotMet) -> str:
    """Return how far apart the simulations are."""
    never = f", {per_cent(row.never)} never" if row.never else ""
    low = month(str(row.p10))
    if row.p90 is None:
        return f"1 of 10 simulations by {low}{never}"
    when = f"in {low}" if row.p10 == row.p90 else f"from {low} to {month(row.p90)}"
    return f"8 of 10 simulations {when}{never}"


# What to agree -----------------------------------------------------------------------------


def _agree_now(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what to agree now: posts, start, date, full-year cost."""
    model = found.plan.model
    posts_now = firm(found)
    if not posts_now:
        yield SummaryFigure("agree_now", 0.0, "posts", _none_now(found))
        yield from _ended(found)
        return
    together: dict[tuple[str, str], list[PostsAgreed]] = defaultdict(list)
    for one in posts_now:
        together[one.start, one.agree_by].append(one)
    told = []
    batches = list(together.items())
    some = batches if len(batches) <= DATES_NAMED + 1 else batches[:DATES_NAMED]
    for (start, by), rows in some:
        what = _several(model, rows)
        told.append(f"{what}, approved by {month(by)} to start in {month(start)}")
    later = [one for _, rows in batches[len(some) :] for one in rows]
    if later:
        first, last = month(min(one.agree_by for one in later)), month(later[-1].agree_by)
        between = f"between {first} and {last}" if first != last else f"by {first}"
        told.append(f"and {people(sum(one.posts for one in later))} more, approved {between}")
    total = sum(one.posts for one in posts_now)
    words = f"Agree {posts(total)} now: {'; '.join(told)}."
    yield SummaryFigure("agree_now", total, "posts", words)
    cash, real = (
        sum(getattr(one, f"full_year_{price}") for one in posts_now) for price in ("cash", "real")
    )
    if real:
        year = max(full_year_after(model, model.calendar.place(one.start)) for one in posts_now)
        they = "It costs" if abs(total - 1) < SAME else "Together they cost"
        words = (
            f"{they} {pounds(cash)} in a full year in cash ({year_name(year)}), "
            f"{pounds(real)} in {year_name(model.money.price_base)} prices."
        )
        yield SummaryFigure("agree_now.full_year_cash", cash, "£", words)
    yield from _ended(found)


def _ended(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield the posts that end before the first review, or at all where there is none."""
    model, gone = found.plan.model, list(ending(found))
    if not gone:
        return
    total = sum(one.posts for one in gone)
    if model.keeps_total:
        ends = [f"{_posts_of(model, one)} in {month(one.month)}" for one in gone]
        words = f"Posts that end in their place, so that the total stays as it is: {listed(ends)}."
        yield SummaryFigure("agree_now.given", total, "posts", words)
        return
    verb = "ends" if abs(total - 1) < SAME else "end"
    if len(gone) > ENDING_NAMED:
        first, last = month(gone[0].month), month(gone[-1].month)
        when = f"in {first}" if first == last else f"between {first} and {last}"
        where = counted(len({one.team for one in gone}), "team")
        words = f"{posts(total)} {verb} in {where} {when}."
    else:
        by_month: dict[str, list[str]] = defaultdict(list)
        for one in gone:
            by_month[one.month].append(_posts_of(model, one))
        told = [f"{listed(some)} in {month(when)}" for when, some in by_month.items()]
        words = f"{posts(total)} {verb}: {'; '.join(told)}."
    yield SummaryFigure("agree_now.ended", total, "posts", words)


def _none_now(found: Recommended) -> str:
    """Return why no post is to be agreed now."""
    limits = _limits_on_posts(found.plan.model)
    if found.enough or not limits:
        return "No post need be agreed now."
    settings = found.plan.model.scenario.settings
    named = listed([f"{one.name} ({asks(settings, one)})" for one in limits])
    return f"No post that would help can be agreed now within {named}."


def _limits_on_posts(model: Model) -> list[Standard]:
    """Return the standards that limit posts or money."""
    rules = model.scenario.settings.standards
    return [one for one in rules if one.kind in (kinds.MOST_POSTS, kinds.BUDGET)]


def _several(model: Model, rows: Sequence[PostsAgreed]) -> str:
    """Return posts by grade; of more grades than are named, so that all add up, how many posts."""
    named = rows if len(rows) <= GRADES_NAMED else rows[: GRADES_NAMED - 1]
    items = [_posts_of(model, one) for one in named]
    rest = rows[len(named) :]
    if rest:
        items.append(f"{posts(sum(one.posts for one in rest))} in {len(rest)} other grades")
    return listed(items)


def _posts_of(model: Model, one: PostsAgreed | PostsEnding) -> str:
    grade = next(n for n, key in enumerate(model.grades) if key == (one.team, one.grade))
    return (
        f"{posts(one.posts, f'{grade_label(model, grade)} post')} ({team_label(model, one.team)})"
    )


def _reviews(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what is reviewed, when, and what comes of it."""
    decision, model = found.decision, found.plan.model
    if not _review_matters(found):
        return
    when = MONTHS[int(found.plan.scenario.settings.sizing.review_month.value) - 1]
    first = model.calendar.labels[decision.rule.reviews[0].month]
    last = posts_by_year(found)[-1]
    april = MONTHS[FIRST_MONTH_OF_YEAR - 1]
    yield SummaryFigure(
        "posts_at_the_end",
        last.p50,
        "posts",
        f"Review posts each {when} for the next {april}, first in {month(first)}, by the review "
        f"rule: it comes to {posts(last.p50)} in {month(model.calendar.labels[-1])} "
        f"({_between(last.p10, last.p90)}).",
    )


def _review_matters(found: Recommended) -> bool:
    """Return whether a review sets other posts than are there without it, in some simulation."""
    decision = found.decision
    return bool(decision.rule.rows) and bool((np.abs(decision.posts - decision.base) > SAME).any())


def _between(low: float, high: float) -> str:
    if high - low < 1e-9:
        return f"{posts(low)} in 8 of 10 simulations"
    return f"{posts(low).split()[0]} to {posts(high).split()[0]} in 8 of 10 simulations"


def _layers(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what the posts there are at the end are for: activities, limits, confidence."""
    rows = layers.of_recommended(found)
    totals = layers.sums(rows)
    # Posts that some grades have more and others have fewer do not cancel out in what is said.
    of_grade: dict[tuple[str | None, str | None], float] = defaultdict(float)
    for one in rows:
        of_grade[one.team, one.grade] += one.posts
    added = sum(more for more in of_grade.values() if more > SAME)
    lost = -sum(more for more in of_grade.values() if more < -SAME)
    if not any(one.changes for one in totals) or added < SAME:
        return
    fewer = f" and {people(lost)} fewer" if lost else ""
    said = headlines.read_off(found.plan)
    end = month(found.plan.model.calendar.labels[-1])
    for words in answers.what_asks_for_posts(said, totals, _certainty(found)):
        start = f"Of the {posts(added)} added{fewer} by {end} in the middle of the simulations: "
        yield SummaryFigure("layers", added, "posts", f"{start}{words[:1].lower()}{words[1:]}")


def _certainty(found: Recommended) -> str:
    """Return what the posts beyond those for the central case are for."""
    what = "each standard on its own" if found.decision.alone else "it"
    asked = per_cent(found.decision.asked)
    return f"to make {what} {asked} certain" if found.enough else f"to make {what} more certain"


# How sure it is ----------------------------------------------------------------------------


def _probable(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield how probable it is that every standard is met, and what is asked for."""
    rows = list(reached(found))
    within = [row for row in rows if row.within_reach]
    if within:
        told = listed([f"{per_cent(row.chance)} in {row.period}" for row in within], 12)
        then = " then" if found.decision.added.any() or _review_matters(found) else ""
        yield SummaryFigure(
            "recommended_probability",
            min(row.chance for row in within),
            "share",
            f"Every standard is{then} met with a probability of {told}.",
        )
    if rows:
        asked = per_cent(found.decision.asked)
        lacks = [row.period for row in within if row.chance + row.error < row.asked]
        words = f"A probability of {asked} is asked for in every year within reach"
        words += "; none is" if not within else ""
        words += f" and is not reached in {listed(lacks, 12)}" if lacks else ""
        yield SummaryFigure("confidence", found.decision.asked, "share", f"{words}.")


def _out_of_reach(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield the years that no number of posts reaches, and from when they would be reached."""
    lost = [row for row in reached(found) if not row.within_reach]
    if not lost:
        return
    named = listed([f"{row.period} ({per_cent(row.chance)})" for row in lost], 12)
    yield SummaryFigure(
        "years_out_of_reach",
        float(len(lost)),
        "periods",
        f"Out of reach: {named}. Twice the current posts would not be enough for "
        f"{per_cent(found.decision.asked)}.",
    )
    if lost[-1].reach_from is not None:
        start = lost[-1].reach_from
        words = f"From {month(start)} on they would be{_later_dates(found, start)}."
        yield SummaryFigure("within_reach_from", float(start.replace("-", "")), "YYYYMM", words)


def _alone(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield how probable each standard is by itself, where that is what is asked for."""
    rows, asked = found.decision.alone, found.decision.asked
    within = [row for row in rows if row.within_reach]
    if not within:
        return
    least = min(within, key=lambda row: row.chance)
    there = " there" if any(row.within_reach for row in reached(found)) else ""
    words = f"So the plan aims{there} at {per_cent(asked)} for each standard on its own; the least "
    words += f"probable is {_of_one(least)}."
    yield SummaryFigure("alone.least", least.chance, "share", words)
    lacks = [row for row in within if row.chance + row.error < asked]
    lost = [row for row in rows if not row.within_reach]
    for name, some, told in (
        ("alone.lacks", lacks, "Still short of that:"),
        ("alone.out_of_reach", lost, "Out of reach even on its own:"),
    ):
        if some:
            each = listed([_of_one(row) for row in some], 6)
            yield SummaryFigure(name, float(len(some)), "standards and periods", f"{told} {each}.")


def _of_one(row: AskedAlone) -> str:
    """Return a standard, its period and how probable it is."""
    return f"{row.standard} in {row.period} ({per_cent(row.chance)})"


def _later_dates(found: Recommended, start: str) -> str:
    """Return which standards would have to apply later for that, and from when they apply now."""
    model = found.plan.model
    first = model.calendar.labels[0]
    by_date: dict[str, list[str]] = defaultdict(list)
    for rule in model.scenario.settings.standards:
        date = first if rule.from_ is None else max(first, f"{rule.from_:%Y-%m}")
        if date < start and rule.kind.about in (kinds.ACTIVITY, kinds.CASELOAD):
            by_date[date].append(rule.name)
    parts = [f"{listed(names, 12)} instead of {month(date)}" for date, names in by_date.items()]
    return f", if these applied from then: {'; '.join(parts)}" if parts else ""


def _beside(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield how probable the other options are."""
    of = found.decision.of
    never = found.decision.out_of_reach
    told = {}
    for option in ("today", "sized"):
        chance, _ = chances.worst(found.records[option], of, leave_out=never)
        told[option] = chance
    if not found.decision.periods or set(never) >= set(found.decision.periods):
        return
    words = (
        "In the worst year within reach every standard is met with a probability of "
        f"{per_cent(told['today'])} with no posts added"
    )
    sizing = found.plan.sizing
    if sizing is not None and np.abs(sizing.added).max(initial=0.0) > SAME:
        words += f", and of {per_cent(told['sized'])} with the team needed for the central case"
    yield SummaryFigure("current_probability", told["today"], "share", f"{words}.")


def _fixed(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what posts cost that are fixed now, beside those that are reviewed."""
    fixed, mine, *by_review = rivals(found)
    if fixed.chance is None or mine.chance is None:
        return
    for other in by_review:
        assert other.chance is not None
        yield SummaryFigure(
            "by_review",
            other.cost,
            "£",
            f"Posts set at a yearly review would cost {pounds(other.cost)} on average over the "
            f"whole time for {per_cent(other.chance)} in the worst year within reach; fixed now, "
            f"as here, they cost {pounds(mine.cost)} for {per_cent(mine.chance)} (discounted).",
        )
    if found.fixed is found.decision or not _review_matters(found):
        return
    yield SummaryFigure(
        "fixed_plan",
        fixed.cost,
        "£",
        f"Posts that are all fixed now would cost {pounds(fixed.cost)} over the whole time for "
        f"{per_cent(fixed.chance)} in the worst year within reach; with reviews they cost "
        f"{pounds(mine.cost)} on average for {per_cent(mine.chance)} (discounted).",
    )


def _doubt(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield why the probability is not to be trusted, where the scenario gives no ranges."""
    if not found.ranges:
        words = (
            "No setting of this scenario has a range: chance alone is drawn, and the probability "
            "is not to be trusted."
        )
        yield SummaryFigure("no_ranges", None, "", words)


# One post fewer ----------------------------------------------------------------------------


def worth_knowing(found: Recommended) -> Iterator[str]:
    """Yield what it is worth to find out each setting before posts are agreed, the most first."""
    for one in found.knowing:
        if one.saving > 0:
            yield f"{found.in_words.title(one.setting)}: {inside(one.words)}."


def turns_on(found: Recommended) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return what the probability turns on: what is told, and each setting with what it does.

    Empty where no setting has a range or no period is within reach.
    """
    if not found.sensitivity:
        return "", ()
    first = found.sensitivity[0]
    met = f"that {_named(first.standard)} is met in {first.period}"
    told = tuple((what, does) for one, what, does in _by_third(found) if one.told)
    if not told:
        return f"No setting alone changes the probability {met} by more than chance does.", ()
    return (
        f"Probability {met}, in the third of the simulations in which a setting is lowest and in "
        "the third in which it is highest:",
        told[:MOST_TURNED_ON],
    )


def _named(standard: str | None) -> str:
    """Return a standard that is asked for by itself; every standard where none is named."""
    return "every standard" if standard is None else f"the standard {standard}"


def by_third(found: Recommended) -> Iterator[tuple[Sensitivity, str]]:
    """Yield how sure the plan is by third of each setting, each with its sentence."""
    for one, what, does in _by_third(found):
        yield one, f"{what}: {does}"


def _by_third(found: Recommended) -> Iterator[tuple[Sensitivity, str, str]]:
    words = found.in_words
    for one in found.sensitivity:
        low, high = (
            words.value(one.setting, float(f"{end:.{DIGITS}g}")) for end in (one.low, one.high)
        )
        does = f"{per_cent(one.chance_low)} at {low} or less, "
        does += f"{per_cent(one.chance_high)} at {high} or more."
        yield one, words.title(one.setting), does


def one_fewer(found: Recommended) -> Iterator[tuple[OnePostFewer, str]]:
    """Yield what one post fewer would do, each with its sentence, the posts agreed now first."""
    model = found.plan.model
    for one in found.fewer:
        grade = next(n for n, key in enumerate(model.grades) if key == (one.team, one.grade))
        kind = f"{grade_label(model, grade)} post fewer ({team_label(model, one.team)})"
        which = f"One {kind} agreed now" if one.when == "firm" else f"One {kind} by each review"
        points = counted(100 * (one.chance - one.with_one_fewer), "point")
        met = _named(one.standard)
        less = f"makes it {points} less probable that {met} is met in {one.period}"
        if one.chance - one.with_one_fewer < TENTH_OF_A_POINT:
            less = f"makes it no less probable that {met} is met in {one.period}"
        time = counted(model.months, "month")
        saves = (
            f"saves {pounds(one.saved)}" if one.saved >= 0 else f"costs {pounds(-one.saved)} more"
        )
        saves += f" over {time} (discounted)"
        yield one, f"{which} {less}, and {saves}."


# What is agreed, row by row ----------------------------------------------------------------


def agreed_in_words(found: Recommended) -> Iterator[tuple[PostsAgreed, str]]:
    """Yield the rows of the `decision` table, each with its sentence."""
    for one in agreed(found):
        what = _posts_of(found.plan.model, one)
        when = f"to start in {month(one.start)}"
        words = f"Approve {what} by {month(one.agree_by)}, {when}."
        if one.when == "later":
            words = f"The review of {month(one.agree_by)} adds {what} {when} in the middle of the "
            words += f"simulations: {one.rule}."
        yield one, words


MOST_TURNED_ON = 5
"""Settings that are named among what the probability turns on."""

DIGITS = 3
"""Significant ones of the value of a setting that was drawn."""

HOW_TO_READ = (
    "At a review, read off the team's cases and hours of work. The posts of a grade are the most "
    "posts of its rows that either of them reaches."
)
"""How a review rule is applied by hand."""

# Tables ------------------------------------------------------------------------------------

TableShown = tuple[str, list[tuple[str, bool]], list[list[str]]]
"""A table as people read it: title, columns (and whether they hold figures), rows."""


def year_tables(found: Recommended) -> Iterator[TableShown]:
    """Yield posts and cost of each financial year: the middle, and between what 8 in 10 lie."""
    posts_ = {row.year: row for row in posts_by_year(found)}
    cash = {row.year: row for row in reviewed_cost(found) if row.price == "cash"}
    model = found.plan.model
    rows = []
    for year, one in posts_.items():
        months = int((model.calendar.year_of == model.calendar.years.index(year)).sum())
        cost = cash[year]
        rows.append(
            [
                year + ("" if months == MONTHS_A_YEAR else f" ({counted(months, 'month')})"),
                people(one.p50),
                f"{people(one.p10)} to {people(one.p90)}",
                f"{cost.p50 / 1000:,.0f}",
                f"{cost.p10 / 1000:,.0f} to {cost.p90 / 1000:,.0f}",
            ]
        )
    columns = [("Year", False), ("Posts at its end", True), ("8 in 10", True)]
    columns += [("Cost, cash, £000", True), ("8 in 10", True)]
    yield (
        "Posts, and cost of posts and overtime, as recommended: middle of the simulations",
        (columns),
        rows,
    )


def chance_tables(found: Recommended) -> Iterator[TableShown]:
    """Yield how probable each standard is by year, as recommended and with no posts added."""
    names: list[str | None] = list(dict.fromkeys(rule.standard for rule in found.today.rules))
    of = found.decision.of
    told: dict[tuple[str | None, str], str] = {}
    for name in [*names, None]:
        both = [
            record.held(of, record.named(name)) for record in (found.decision.record, found.today)
        ]
        weight = found.today.weight
        for period in both[0]:
            mine, none = (per_cent(chances.estimate(one[period], weight)[0]) for one in both)
            told[name, period] = f"{mine} ({none})"
    periods = sorted({period for _, period in told})
    if not periods:
        return
    rows = [
        [name or chances.EVERY_STANDARD, *(told.get((name, period), "") for period in periods)]
        for name in ([*names, None] if len(names) > 1 else names)
    ]
    title = "Probability that each standard is met as recommended (with no posts added)"
    yield title, [("Standard", False), *((period, True) for period in periods)], rows


# The rule as a table -----------------------------------------------------------------------


def rule_tables(found: Recommended) -> Iterator[TableShown]:
    """Yield the rule of each team as a table: title, columns, rows.

    Only the next review is shown, and rows between the fewest and the most posts that simulations
    come to; the table `review_rule` has them all.
    """
    model, decision = found.plan.model, found.decision
    if not _review_matters(found):
        return
    review = decision.rule.reviews[0] if decision.rule.rows else None
    for team in dict.fromkeys(row.team for row in decision.rule.of(0)):
        assert review is not None
        rows: list[list[str]] = []
        mine = [row for row in decision.rule.of(0) if row.team == team]
        measures = [name for name in MEASURES if any(row.measure == name for row in mine)]
        for grade in dict.fromkeys(row.grade for row in mine):
            label = begun(grade_label(model, grade))
            ends = np.quantile(decision.posts[:, review.first, grade], (1 - NEARLY, NEARLY))
            for count in sorted({row.posts for row in mine if row.grade == grade}):
                if ends[0] <= count <= ends[1] + 1:
                    at = {
                        row.measure: f"{row.at_least:,.0f}"
                        for row in mine
                        if (row.grade, row.posts) == (grade, count)
                    }
                    cells = [at.get(name, "") for name in measures]
                    rows.append([label, *cells, f"{count:g}"])
        columns = [("Grade", False), *((HEADINGS[name], True) for name in measures)]
        columns.append((f"Posts from {month(model.calendar.labels[review.first])}", True))
        when = month(model.calendar.labels[review.month])
        title = f"Review rule, {when}, {team_label(model, model.teams[team])}"
        if rows:
            yield f"{title}: the last row that is reached gives the posts", columns, rows
