"""The answer as a manager would want it, then every headline figure in words.

Terminal, app and report show these and no others. All are the central case.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from capacity.engine.measures import NOTHING
from capacity.engine.model import Array, Model, year_name
from capacity.glossary import defined
from capacity.reading import assumptions
from capacity.results.answers import (
    answer,
    central,
    compared,
    cost_of_posts,
    events_beside,
    last_post,
    paragraphs,
)
from capacity.results.phrases import (
    asks,
    cut_short,
    done_early,
    fares,
    name_of,
    readings,
    short_words,
    shortfalls,
    tier_label,
    when_not_met,
    whose,
)
from capacity.settings import ESTIMATES
from capacity.stages import PlanResult
from capacity.why import decisions, events, headlines, reasons
from capacity.why.explain import Explanation, sentences
from capacity.why.headlines import Headline, Headlines, Service, Standing, team_label
from capacity.wording import counted, inside, listed, month, number, per_cent, posts, pounds

__all__ = [
    "MEANINGS",
    "SINGLE_COURSE",
    "SummaryFigure",
    "answer",
    "asks",
    "basis",
    "central",
    "compared",
    "cost_of_posts",
    "cost_words",
    "costs",
    "events_beside",
    "fares",
    "figures",
    "name_of",
    "need_and_forecast",
    "paragraphs",
    "readings",
    "sets_the_size",
    "shortfalls",
    "tier_label",
    "whose",
]

MONTH = "YYYYMM"
"""The unit of a figure that is a month: 202510 is October 2025."""

SINGLE_COURSE = "The central case: a single course, without chance."
"""Said wherever figures are shown that have no probability."""

MEANINGS = {"completion": defined("Completion"), "in_date": defined("In date")}
"""What the two measures mean, shown wherever one is quoted."""

NEED_AND_FORECAST = (
    "The team needed is sized in full hours: nothing is cut short. The forecast with current posts "
    "follows what teams do when hours are short."
)
"""What sets the two apart, said once wherever both are shown (EQ24, EQ25)."""


def need_and_forecast(model: Model) -> str:
    """Return what sets need and forecast apart; where work in queues lapses, that too (EQ26)."""
    settings, queues = model.scenario.settings, model.queues
    names = dict.fromkeys(
        key.queue for place, key in enumerate(queues.keys) if queues.lapses[:, place].any()
    )
    if not names:
        return NEED_AND_FORECAST
    whose = listed([inside(settings.task_label(None, name)) for name in names])
    return (
        f"{NEED_AND_FORECAST} In sizing nothing lapses ({whose}): the team needed is for doing all "
        "of that work, even where the standards are met because some of it lapses."
    )


@dataclass(frozen=True)
class SummaryFigure:
    """A headline figure and the sentence that says it; no value where it is words alone."""

    name: str
    value: float | None
    unit: str
    words: str


def figures(plan: PlanResult, why: Explanation | None = None) -> tuple[SummaryFigure, ...]:
    """Return every headline figure of a plan with its sentence, the answer first.

    With `why`, what explains the plan follows.
    """
    said = headlines.read_off(plan)
    told = () if why is None else sentences(why)
    dates = enumerate(decisions.decisions(plan), start=1)
    sizes = () if why is None else sets_the_size(plan, why)
    return (
        *_figures(said),
        *(
            SummaryFigure(f"size_set_by.{n}", None, "", words)
            for n, words in enumerate(sizes, start=1)
        ),
        *(SummaryFigure(f"decision.{n}", one.posts, "posts", one.words) for n, one in dates),
        *(SummaryFigure(name, value, "", words) for name, value, words in told),
    )


def sets_the_size(plan: PlanResult, why: Explanation) -> tuple[str, ...]:
    """Return what sets the posts added in the last year, a sentence for each team."""
    return reasons.sets_the_size(plan, why.reasons)


def _figures(said: Headlines) -> Iterator[SummaryFigure]:
    yield SummaryFigure("answer", None, "", answer(said))
    for option in said.options:
        there, end = float(option.posts[-1]), month(said.model.calendar.labels[-1])
        words = _of(option, f"{posts(there)} in {end}")
        yield SummaryFigure(f"posts.{option.name}", there, "posts", words)
    yield from costs(said)
    yield from _in_custody(said)
    yield from _asked_for(said)
    yield from _outcomes(said)
    for option in said.options:
        for service in option.services:
            yield from _service(said, option, service)
    for option in said.options:
        for standing in option.standings:
            yield from _standing(said, option, standing)
        if option.short > NOTHING:
            words = _of(option, short_words(option))
            yield SummaryFigure(f"hours_short.{option.name}", option.short, "hours", words)
        yield from _behaviour(said, option)
    if said.sized is not None:
        for n, words in enumerate(shortfalls(said.model, said.sized.missed), start=1):
            yield SummaryFigure(f"shortfall.{n}", None, "", f"{words}.")
        yield _strict_order(said)
        yield from _unproven(said)
    if said.plan.unanswered is not None:
        words = (
            f"No plan could be worked out: {said.plan.unanswered}. All figures are for current "
            "posts."
        )
        yield SummaryFigure("no_answer", None, "", words)
    past = said.plan.scenario.known
    for n, words in enumerate(past.notes if past else (), start=1):
        yield SummaryFigure(f"history.{n}", None, "", words)
    yield basis(said)
    for name, words in MEANINGS.items():
        yield SummaryFigure(f"{name}_means", None, "", words)
    if said.sized is not None:
        yield SummaryFigure("need_and_forecast_mean", None, "", need_and_forecast(said.model))


def _behaviour(said: Headlines, option: Headline) -> Iterator[SummaryFigure]:
    """Yield the hours of work that each team cuts short, and what is done early, where any is."""
    for one in option.cuts:
        words = _of(option, f"work is cut short {cut_short(said.model, one)}")
        name = f"cut_short.{one.team}.{option.name}"
        yield SummaryFigure(name, one.per_month, "hours per month", words)
    early = done_early(said, option)
    if early:
        words = _of(option, f"on average {early} are completed before they fall due")
        yield SummaryFigure(f"done_early.{option.name}", None, "", words)


# Figure by figure --------------------------------------------------------------------------


def _of(option: Headline, words: str) -> str:
    """Return a sentence about an option, named first."""
    name = whose(option)
    return f"{name[:1].upper()}{name[1:]}: {words}."


def costs(said: Headlines) -> Iterator[SummaryFigure]:
    """Yield what each option costs: in the last whole year, and over the whole time."""
    year, time = said.whole_year, counted(said.model.months, "month")
    base = year_name(said.model.money.price_base)
    for option in said.options:
        name = option.name
        if year:
            cost = float(option.cost[year[1]].sum())
            words = f"{pounds(cost)} in {year[0]} for posts and overtime ({base} prices)"
            yield SummaryFigure(f"cost_a_year.{name}", cost, "£", _of(option, words))
        cost = option.cost_discounted
        words = f"{pounds(cost)} over {time} for posts and overtime (discounted, {base} prices)"
        yield SummaryFigure(f"cost_discounted.{name}", cost, "£", _of(option, words))


def _asked_for(said: Headlines) -> Iterator[SummaryFigure]:
    """Yield the full-year cost of every post asked for, in cash and in real terms."""
    if said.sized is None:
        return
    real, cash = said.full_year
    year, base = said.model.calendar.years[-1], year_name(said.model.money.price_base)
    count = posts(float(said.added[-1].sum()))
    words = f"{pounds(cash)} in a full year for {count} added, in cash at {year} pay."
    yield SummaryFigure("full_year_cash", cash, "£", words)
    words = f"{pounds(real)} in a full year for {count} added, at {base} prices."
    yield SummaryFigure("full_year_real", real, "£", words)


def _outcomes(said: Headlines) -> Iterator[SummaryFigure]:
    """Yield the case-months overdue of each option, and the price of the last post (EQ31)."""
    time = counted(said.model.months, "month")
    weights = "; assumed weights" if headlines.weights_assumed(said.model) else ""
    for option in said.options:
        words = (
            f"{counted(option.case_months, 'case-month')} overdue over {time} "
            f"({number(option.weighted)} weighted by risk{weights})"
        )
        name = f"case_months.{option.name}"
        yield SummaryFigure(name, option.case_months, "case-months", _of(option, words))
        name = f"weighted_case_months.{option.name}"
        yield SummaryFigure(name, option.weighted, "weighted case-months", _of(option, words))
    last = said.plan.last_post
    for words in last_post(said):
        each = None if last is None or last.price != last.price else last.price
        yield SummaryFigure("last_post", each, "£ per weighted case-month", words)


def cost_words(said: Headlines) -> Iterator[str]:
    """Yield the same costs in a sentence for each span of time."""
    base = year_name(said.model.money.price_base)
    spans = [
        (f"over {counted(said.model.months, 'month')} (discounted, {base} prices)", "discounted."),
        (f"in {said.whole_year[0]} ({base} prices)" if said.whole_year else "", "a_year."),
    ]
    every = tuple(costs(said))
    for span, start in reversed(spans):
        amounts = [
            f"{pounds(one.value or 0.0)} with {whose(option).replace('team', 'the team')}"
            for option in said.options
            for one in every
            if one.name == f"cost_{start}{option.name}"
        ]
        if amounts and any(option.cost.any() for option in said.options):
            yield f"Posts and overtime {span}: {listed(amounts)}."


def _in_custody(said: Headlines) -> Iterator[SummaryFigure]:
    """Yield the cases of each cohort that are in custody, apart from those in the community."""
    model = said.model
    apart = [n for n in model.of_cohorts if n not in model.community]
    for cohort in dict.fromkeys(model.tiers[n].cohort for n in apart):
        mine = [n for n in apart if model.tiers[n].cohort == cohort]
        first = float(model.caseloads.opening[0, mine].sum())
        last = float(said.plan.cases.cases[0, -1, mine].sum())
        label = model.scenario.settings.cohorts[cohort].label or cohort
        words = f"{label}: {number(first)} in custody at the start and {number(last)} at the end "
        words += f"of {month(model.calendar.labels[-1])}, not among the cases in the community."
        yield SummaryFigure(f"in_custody.{cohort}", last, "cases", words)


def _service(said: Headlines, option: Headline, service: Service) -> Iterator[SummaryFigure]:
    """Yield a duty's measures at the end, and its events."""
    if service.ends is None:
        return
    labels, (first, last) = said.model.calendar.labels, service.ends
    whose_ = f"{service.group}." if service.group else ""
    place, name = f"{whose_}{service.duty}.{option.name}", name_of(said, service)
    when, end = month(labels[last]), month(labels[-1])

    def then(series: Array) -> str:
        return "" if first == last else f" ({per_cent(series[first])} in {month(labels[first])})"

    done, held = service.completion, service.in_date
    words = f"{per_cent(done[last])} of the {name} due were completed in {when}{then(done)}"
    yield SummaryFigure(f"completion.{place}", float(done[last]), "share", _of(option, words))
    words = f"{per_cent(held[last])} of cases were in date with {name} in {when}{then(held)}"
    if service.is_queue:
        words = f"{per_cent(held[last])} of the {name} due were within their deadline in {when}"
        words += then(held)
    if not np.isnan(held[last]):
        yield SummaryFigure(f"in_date.{place}", float(held[last]), "share", _of(option, words))
    waiting, wait = float(service.outstanding[-1]), service.longest_wait
    words = f"{number(waiting)} {name} {service.left} at the end of {end}"
    yield SummaryFigure(f"outstanding.{place}", waiting, "duties", _of(option, words))
    longest = f"none {service.left}"
    if waiting >= events.A_CASE:
        longest = "none for longer than that month"
    if wait:
        longest = counted(wait, "month")
        longest += f" ({inside(service.longest_in)})" if service.longest_in else ""
    words = f"longest {service.left} of the {name} at the end of {end}: {longest}"
    yield SummaryFigure(f"longest_wait.{place}", wait, "months", _of(option, words))
    yield from _course(said, option, service, place)


def _course(
    said: Headlines, option: Headline, service: Service, place: str
) -> Iterator[SummaryFigure]:
    """Yield the month in which a duty is lowest, and that in which most are overdue."""
    found, labels = events.course(service), said.model.calendar.labels
    if found is None:
        return
    name = name_of(said, service)
    when, low = labels[found.lowest.month], found.lowest.value
    words = _of(option, f"completion of {name} is lowest in {month(when)}, at {per_cent(low)}")
    yield SummaryFigure(f"lowest_month.{place}", _dated(when), MONTH, words)
    yield SummaryFigure(f"lowest_completion.{place}", low, "share", words)
    if found.most_overdue is None:
        words = _of(option, f"no {name} are {service.left} at any month's end")
        yield SummaryFigure(f"most_overdue.{place}", 0.0, "duties", words)
        return
    when, most = labels[found.most_overdue.month], found.most_overdue.value
    words = _of(
        option, f"most {name} are {service.left} at the end of {month(when)}: {number(most)}"
    )
    yield SummaryFigure(f"most_overdue.{place}", most, "duties", words)
    yield SummaryFigure(f"most_overdue_month.{place}", _dated(when), MONTH, words)


def _dated(label: str) -> float:
    """Return a month as a number, such as 202510."""
    return float(label.replace("-", ""))


def _standing(said: Headlines, option: Headline, standing: Standing) -> Iterator[SummaryFigure]:
    """Yield the share of periods in which a standard is met, and the first month it is not."""
    rule, judged = standing.rule, len(standing.judged)
    share = 1 - len(standing.periods_missed) / judged if judged else None
    asked_ = asks(said.model.scenario.settings, rule)
    words = f"{rule.name} ({asked_}), {whose(option)}: {fares(said.model, standing)}."
    yield SummaryFigure(f"standard.{rule.name}.{option.name}", share, "share of periods", words)
    first = None
    words = f"{rule.name}, {whose(option)}: met throughout."
    if standing.missed:
        first = _dated(said.model.calendar.labels[standing.periods_missed[0].first])
        words = f"{rule.name}, {whose(option)}: not met {when_not_met(standing)}."
    elif not judged:
        words = f"{rule.name}, {whose(option)}: {fares(said.model, standing)}."
    yield SummaryFigure(f"first_month_below.{rule.name}.{option.name}", first, MONTH, words)


def _strict_order(said: Headlines) -> SummaryFigure:
    """Return what strict order would miss with the posts of the team needed."""
    count = said.plan.sizing.missed_in_strict_order if said.plan.sizing else 0
    words = "The same posts meet every standard when work is done strictly in order of priority."
    if count:
        words = (
            "The plan says what to do month by month. Done strictly in order of priority instead, "
            f"the same posts would not meet a standard {counted(count, 'time')} (each tier and "
            "period counted by itself)."
        )
    return SummaryFigure("missed_in_strict_order", float(count), "tiers and periods", words)


def _unproven(said: Headlines) -> Iterator[SummaryFigure]:
    """Yield what could not be proven about the team needed in the time."""
    sizing, model = said.plan.sizing, said.model
    if sizing is None or not sizing.unproven:
        return
    teams = listed([team_label(model, model.teams[team]) for team in sizing.unproven])
    more = max(0.0, sizing.objective - sizing.bound)
    counting = ", with what is not met counted" if sizing.missing else ""
    words = (
        f"{teams}: this is the best plan that was found and checked. It is not proven to cost the "
        f"least: it may cost up to {pounds(more)} more over {counted(model.months, 'month')}"
        f"{counting}"
    )
    if set(sizing.unproven) & set(sizing.missing):
        words += ", and another plan may meet every standard"
    words += (
        f". The time limit was {counted(sizing.seconds, 'second')}; a longer one "
        "(sizing.time_limit_seconds) may prove more."
    )
    yield SummaryFigure("not_proven", more, "£", words)


def basis(said: Headlines) -> SummaryFigure:
    """Return how many settings are estimates, and what the others rest on."""
    kinds = Counter(one.kind for one in assumptions.register(said.plan.scenario))
    others = [
        f"{kinds[kind]} {words}"
        for kind, words in (
            ("published", "published"),
            ("local", "the force's own"),
            ("fitted", "fitted to history"),
            ("policy", "policy"),
            ("default", "defaults"),
            (assumptions.NO_SOURCE, "without a source"),
        )
        if kinds[kind]
    ]
    judged, assumed = (kinds[kind] for kind in ESTIMATES)
    if not judged + assumed and others:
        every = counted(kinds.total(), "input")
        words = f"None of the {every} is marked as an estimate: {listed(others)}."
        return SummaryFigure("judgement", 0.0, "settings", words)
    are = "is an estimate" if judged + assumed == 1 else "are estimates"
    words = f"{judged + assumed} of the {counted(kinds.total(), 'input')} {are}"
    parts = ((judged, "professional judgement"), (assumed, "assumed"))
    if told := [f"{count} {kind}" for count, kind in parts if count]:
        words += f" ({', '.join(told)})"
    rest = f"; the others: {listed(others)}" if others else ""
    return SummaryFigure("judgement", float(judged + assumed), "settings", f"{words}{rest}.")
