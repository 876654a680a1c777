"""The recommended plan in sentences, each figure of which stands in a table (EQ30)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from capacity.engine.model import FIRST_MONTH_OF_YEAR, Model, year_name
from capacity.results.phrases import grade_label
from capacity.results.summary import SummaryFigure
from capacity.risk import chances
from capacity.risk.recommended import (
    FirstNotMet,
    PostsAgreed,
    Recommended,
    agreed,
    first_not_met,
    full_year_after,
    reached,
    reviewed,
    rivals,
)
from capacity.risk.review import MEASURES
from capacity.why.headlines import team_label
from capacity.wording import MONTHS, counted, listed, month, per_cent, posts, pounds

NAMED = 3
"""So many standards that are not met with no posts added are named."""

HEADINGS = {"cases": "Cases", "hours": "Hours of work a month"}
"""What the measures of a rule are called."""

NEARLY = 0.995
"""Rows of a rule are shown between the fewest and the most posts of this share of simulations."""


def sentences(found: Recommended) -> tuple[SummaryFigure, ...]:
    """Return what is recommended, in the order in which it is read."""
    return (
        *_nothing_added(found),
        *_agree_now(found),
        *_reviews(found),
        *_probable(found),
        *_beside(found),
        *_fixed(found),
        *_doubt(found),
    )


def paragraphs(found: Recommended) -> tuple[str, ...]:
    """Return the same as paragraphs: what happens, what to agree, how sure it is."""
    parts = [
        [one.words for one in _nothing_added(found)],
        [one.words for one in (*_agree_now(found), *_reviews(found))],
        [one.words for one in (*_probable(found), *_beside(found), *_fixed(found), *_doubt(found))],
    ]
    return tuple(" ".join(part) for part in parts if part)


# No posts added ----------------------------------------------------------------------------


def _nothing_added(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield when standards are first not met with no posts added."""
    rows = [row for row in first_not_met(found) if row.option == "today"]
    if not rows:
        yield SummaryFigure(
            "first_below", None, "", "No standard is set, so no number of posts is needed."
        )
        return
    lost = sorted((row for row in rows if row.p50), key=lambda row: (row.p50, row.p10))
    number = f"{found.number:,} simulations"
    if not lost:
        chance, _ = chances.estimate(
            found.today.always(found.today.named(None)), found.today.weight
        )
        end = month(found.plan.model.calendar.labels[-1])
        met = f"every standard is met to {end} in {per_cent(chance)} of {number}"
        yield SummaryFigure(
            "current_probability.all", chance, "share", f"With no posts added, {met}."
        )
        return
    for place, row in enumerate(lost[:NAMED]):
        first = month(str(row.p50))
        words = f"{row.standard}: {first} ({_span(row)})."
        if place == 0:
            words = (
                f"With no posts added, the first standard not met is {row.standard}, in {first} "
                f"(the middle of {number}; {_span(row)})."
            )
        value = float(str(row.p50).replace("-", ""))
        yield SummaryFigure(f"first_month_below.{row.standard}", value, "YYYYMM", words)
    if len(lost) > NAMED:
        more = len(lost) - NAMED
        words = f"{counted(more, 'more standard')} {'is' if more == 1 else 'are'} not met later."
        yield SummaryFigure("first_below.more", float(len(lost) - NAMED), "standards", words)


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
    firm = [one for one in agreed(found) if one.when == "firm"]
    if not firm:
        yield SummaryFigure("agree_now", 0.0, "posts", "No post need be agreed now.")
        return
    together: dict[tuple[str, str], list[PostsAgreed]] = defaultdict(list)
    for one in firm:
        together[one.start, one.agree_by].append(one)
    told = []
    for (start, by), rows in together.items():
        what = listed([_posts_of(model, one) for one in rows])
        told.append(f"{what}, approved by {month(by)} to start in {month(start)}")
    total = sum(one.posts for one in firm)
    words = f"Agree now: {'; '.join(told)}."
    yield SummaryFigure("agree_now", total, "posts", words)
    cash, real = (
        sum(getattr(one, f"full_year_{price}") for one in firm) for price in ("cash", "real")
    )
    if real:
        last = max(full_year_after(model, model.calendar.place(one.start)) for one in firm)
        words = (
            f"Together they cost {pounds(cash)} in a full year in cash ({year_name(last)}), "
            f"{pounds(real)} in {year_name(model.money.price_base)} prices."
        )
        yield SummaryFigure("agree_now.full_year_cash", cash, "£", words)


def _posts_of(model: Model, one: PostsAgreed) -> str:
    grade = next(n for n, key in enumerate(model.grades) if key == (one.team, one.grade))
    return (
        f"{posts(one.posts, f'{grade_label(model, grade)} post')} ({team_label(model, one.team)})"
    )


def _reviews(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what is reviewed, when, and what comes of it."""
    decision, model = found.decision, found.plan.model
    if not decision.rule.rows:
        return
    when = MONTHS[int(found.plan.scenario.settings.sizing.review_month.value) - 1]
    first = model.calendar.labels[decision.rule.reviews[0].month]
    last = [row for row in reviewed(found) if row.team is None][-1]
    april = MONTHS[FIRST_MONTH_OF_YEAR - 1]
    yield SummaryFigure(
        "posts_at_the_end",
        last.p50,
        "posts",
        f"Review posts each {when} for the next {april}, first in {month(first)}, by the review "
        f"rule: it comes to {posts(last.p50)} in {month(model.calendar.labels[-1])} "
        f"({_between(last.p10, last.p90)}).",
    )


def _between(low: float, high: float) -> str:
    if high - low < 1e-9:
        return f"{posts(low)} in 8 of 10 simulations"
    return f"{posts(low).split()[0]} to {posts(high).split()[0]} in 8 of 10 simulations"


# How sure it is ----------------------------------------------------------------------------


def _probable(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield how probable it is that every standard is met, and years out of reach."""
    rows = list(reached(found))
    within = [row for row in rows if row.within_reach]
    if within:
        told = listed([f"{per_cent(row.chance)} in {row.period}" for row in within], 12)
        yield SummaryFigure(
            "recommended_probability",
            min(row.chance for row in within),
            "share",
            f"Every standard is then met with a probability of {told}; "
            f"{per_cent(found.decision.asked)} is asked for.",
        )
    lost = [row for row in rows if not row.within_reach]
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
        words = f"From {month(start)} on they would be."
        yield SummaryFigure("within_reach_from", float(start.replace("-", "")), "YYYYMM", words)


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
        "In the worst of these years every standard is met with a probability of "
        f"{per_cent(told['today'])} with no posts added, and of {per_cent(told['sized'])} with the "
        "team needed for the central case."
    )
    yield SummaryFigure("current_probability", told["today"], "share", words)


def _fixed(found: Recommended) -> Iterator[SummaryFigure]:
    """Yield what posts cost that are fixed now, beside those that are reviewed."""
    fixed, mine = rivals(found)
    if found.fixed is found.decision or fixed.chance is None or mine.chance is None:
        return
    yield SummaryFigure(
        "fixed_plan",
        fixed.cost,
        "£",
        f"Posts that are all fixed now would cost {pounds(fixed.cost)} over the whole time for "
        f"{per_cent(fixed.chance)} in the worst of these years; with reviews they cost "
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


# The rule as a table -----------------------------------------------------------------------


def rule_tables(
    found: Recommended,
) -> Iterator[tuple[str, list[tuple[str, bool]], list[list[str]]]]:
    """Yield the rule of each team as a table: title, columns, rows.

    Only the next review is shown, and rows between the fewest and the most posts that simulations
    come to; the table `review_rule` has them all.
    """
    model, decision = found.plan.model, found.decision
    review = decision.rule.reviews[0] if decision.rule.rows else None
    for team in dict.fromkeys(row.team for row in decision.rule.of(0)):
        assert review is not None
        rows: list[list[str]] = []
        mine = [row for row in decision.rule.of(0) if row.team == team]
        measures = [name for name in MEASURES if any(row.measure == name for row in mine)]
        for grade in dict.fromkeys(row.grade for row in mine):
            ends = np.quantile(decision.posts[:, review.first, grade], (1 - NEARLY, NEARLY))
            for number in sorted({row.posts for row in mine if row.grade == grade}):
                if ends[0] <= number <= ends[1] + 1:
                    at = {
                        row.measure: f"{row.at_least:,.0f}"
                        for row in mine
                        if (row.grade, row.posts) == (grade, number)
                    }
                    cells = [at.get(name, "") for name in measures]
                    rows.append([grade_label(model, grade), *cells, f"{number:g}"])
        columns = [("Grade", False), *((HEADINGS[name], True) for name in measures)]
        columns.append((f"Posts from {month(model.calendar.labels[review.first])}", True))
        when = month(model.calendar.labels[review.month])
        title = f"Review rule, {when}, {team_label(model, model.teams[team])}"
        if rows:
            yield f"{title}: with at least so many, so many posts", columns, rows
