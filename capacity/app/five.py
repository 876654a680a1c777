"""The levers that matter most: five sliders, what happens from day to day, and undo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import streamlit as st

from capacity.app import finding, inputs, results, state
from capacity.app.parts import shown_as_is
from capacity.app.view import changes_in_words
from capacity.reading import levers
from capacity.reading.levers import Lever, month_words
from capacity.reading.scenario import Scenario
from capacity.settings import EVERY_TIER, Cohort, Grade
from capacity.wording import counted, inside, per_cent, plural

FURTHER_APART = 18
"""Months between visits to the tier that is seen least often, where a button asks for it."""

A_YEAR = 12
"""Months for which somebody is away, unless another number is chosen."""

REACTIVE = 0.2
"""Share of the tier visited least often that is managed reactively, where a button asks for it."""

_BEGIN, _LASTING = "buttons from", "buttons for months"

GROWTH = (-10.0, 20.0, 0.5)
"""Ends and step of a slider of growth, in per cent per year."""

ICON = ":material/check_box_outline_blank:"
"""Of a button whose change is not made; of one that is, the same with a tick."""

Added = tuple[str, Mapping[str, Any]]

Wanted = tuple[str, str, float, float | None, float]
"""A setting, what it is called, and the ends and step of its slider; the far end may be open."""


@dataclass(frozen=True)
class Slider:
    """A setting as a slider: what it is called, and its ends and step as shown."""

    lever: Lever
    label: str
    low: float
    high: float
    step: float


@dataclass(frozen=True)
class Shortcut:
    """What a button changes: settings by name, and items added to lists."""

    label: str
    help: str
    values: dict[str, Any]
    added: tuple[Added, ...] = ()

    def show(self, where: str) -> None:
        """Show its button; `where`: what tells it from the same button elsewhere on the page."""
        st.button(
            self.label,
            key=f"{where} {self.label}",
            on_click=self.press,
            # Of one kind whether pressed or not: another would lose the keyboard's place.
            icon=":material/check_box:" if self.pressed else ICON,
            help=self.help,
        )

    @property
    def there(self) -> tuple[Added, ...]:
        """What of it was added before, from whichever month."""
        mine = {_called(one) for one in self.added}
        return tuple(one for one in state.what_if().added if _called(one) in mine)

    @property
    def pressed(self) -> bool:
        """Whether all of it is changed already."""
        now = state.what_if().values
        same = all(now.get(name) == value for name, value in self.values.items())
        return same and len(self.there) >= len(self.added)

    def press(self) -> None:
        """Change it, or take it back where it is changed already."""
        if self.pressed:
            state.apply(self.values, self.there, back=True)
        else:
            state.apply(self.values, self.added, back=False)


def _called(one: Added) -> tuple[str, object]:
    kind, item = one
    return kind, item.get("why") or item.get("name")


def show(base: Scenario) -> None:
    """Show the sliders, the buttons, and undo."""
    with st.container(key="levers", gap="small"):
        _steps()
        for one in sliders(base):
            _slider(base, one)
        left, right = st.columns([6, 5], gap="small", vertical_alignment="bottom")
        with left:
            begin = _begin(base)
        with right:
            lasting = _lasting(base)
        found = list(shortcuts(base, begin, lasting))
        with st.container(horizontal=True, key="shortcuts", gap="small"):
            for shortcut in found:
                shortcut.show("shortcut")
        _changed(base)
        finding.show(base, found)


def _begin(base: Scenario) -> date:
    """Let a person choose from which month the buttons below change something."""
    months = inputs.months_of(base)
    if st.session_state.get(_BEGIN) not in months:
        st.session_state[_BEGIN] = months[0]
    return st.selectbox(
        "From",
        months,
        format_func=month_words,
        key=_BEGIN,
        persist_state="session",
        help="The month from which the buttons below change people.",
    )


def _lasting(base: Scenario) -> int:
    """Let a person choose for how many months people are away."""
    if st.session_state.get(_LASTING) is None:
        st.session_state[_LASTING] = A_YEAR
    return int(
        st.number_input(
            "Months away",
            min_value=1,
            max_value=max(A_YEAR, len(inputs.months_of(base))),
            step=1,
            key=_LASTING,
            persist_state="session",
            help="For how many months people are on leave or on loan.",
        )
    )


def _steps() -> None:
    """Show undo, redo, and the way back to the scenario as it stands."""
    with st.container(horizontal=True, key="steps", gap="small"):
        for label, icon, back in (("Undo", "undo", True), ("Redo", "redo", False)):
            st.button(
                label,
                key=f"step {label}",
                icon=f":material/{icon}:",
                on_click=state.step,
                kwargs={"back": back},
                disabled=not state.can_step(back=back),
            )
        st.button(
            "As it stands",
            key="as it stands",
            icon=":material/restart_alt:",
            on_click=state.undo_all,
            disabled=not state.what_if(),
            help="Undo every change.",
        )


def _changed(base: Scenario) -> None:
    """Say what is changed, also where the left side is closed."""
    said = changes_in_words(base, state.what_if())
    lines = "  \n".join(shown_as_is(one) for one in said)
    with st.container(key="said changed"):
        st.caption(f"**Changed**  \n{lines}" if said else "Nothing is changed.")


def _slider(base: Scenario, one: Slider) -> None:
    lever, key = one.lever, f"slider {one.lever.name}"
    now = lever.shown(inputs.current(lever))
    if now is None:
        return
    kind: type[float] | type[int] = int if float(one.step).is_integer() and _whole(one) else float
    low, high = min(one.low, now), max(one.high, now)
    inputs.keep_at(key, kind(now))
    st.slider(
        one.label,
        min_value=kind(low),
        max_value=kind(high),
        value=kind(now),
        step=kind(one.step),
        key=key,
        format="%d" if kind is int else "%.1f" if one.step >= 0.5 else "%.2f",
        on_change=inputs.moved,
        args=(lever, key),
        help=inputs.helped(base, lever),
    )
    st.caption(inputs.stands_at(lever))


def _whole(one: Slider) -> bool:
    shown = one.lever.shown(inputs.current(one.lever))
    return float(shown).is_integer() and float(one.low).is_integer()


# Which they are ----------------------------------------------------------------------------


def sliders(base: Scenario) -> list[Slider]:
    """Return the levers that matter most: growth, officers, hours, help, sickness.

    They are of the cohort, activity and team that the first standard is about.
    """
    every = results.levers_of(base)
    found = []
    for name, label, low, high, step in _wanted(base):
        lever = levers.known(every, name)
        if lever is not None and lever.kind == "number" and lever.today is not None:
            shown = lever.shown(lever.today)
            top = high if high is not None else max(10.0, 2 * round(shown))
            found.append(Slider(lever, label, low, top, step))
    return found


def _wanted(base: Scenario) -> Iterator[Wanted]:
    cohort, duty = _in_view(base)
    if cohort is None:
        yield from _of_queue(base)
        return
    settings = base.settings
    one = settings.cohorts[cohort]
    yield (
        f"cohorts.{cohort}.growth_per_year",
        f"Growth in {inside(one.label or cohort)} (% per year)",
        *GROWTH,
    )
    team, grade = _officers(base, one.team)
    yield _posts_of(base, team, grade)
    if duty is not None:
        words = inside(one.duties[duty].label or duty)
        yield f"cohorts.{cohort}.duties.{duty}.hours", f"Hours per {words}", 0.0, None, 0.25
    for rule in settings.flex:
        if rule.to == team:
            lender, helped = (settings.teams[n].label or n for n in (rule.from_, rule.to))
            words = f"{lender} helping {helped} (most of its hours, %)"
            yield f"flex.{rule.from_} to {rule.to}.max_share", words, 0.0, 100.0, 5.0
            break
    yield _sickness_of(base, team, grade)


def _of_queue(base: Scenario) -> Iterator[Wanted]:
    """Yield the same of a unit that has work that queues, and no cases."""
    rules = (rule.queue for rule in base.settings.standards if rule.queue is not None)
    name = next(rules, next(iter(base.settings.queues), None))
    if name is None:
        return
    queue = base.settings.queues[name]
    label = queue.label or name.capitalize()
    yield f"queues.{name}.arrivals_per_month", f"{plural(label)} arriving per month", 0.0, None, 1.0
    yield (
        f"queues.{name}.growth_per_year",
        f"Growth in {inside(plural(label))} (% per year)",
        *GROWTH,
    )
    team, grade = _officers(base, queue.team)
    yield _posts_of(base, team, grade)
    yield f"queues.{name}.hours", f"Hours per {inside(label)}", 0.0, None, 0.25
    yield _sickness_of(base, team, grade)


def _posts_of(base: Scenario, team: str, grade: str) -> Wanted:
    counted = "in_post" if base.settings.teams[team].grades[grade].posts is None else "posts"
    words = f"{_grade(base, team, grade)} posts{_where(base, team, grade)}"
    return f"teams.{team}.grades.{grade}.{counted}", words, 0.0, None, 1.0


def _grade(base: Scenario, team: str, grade: str) -> str:
    return base.settings.teams[team].grades[grade].label or grade.capitalize()


def _where(base: Scenario, team: str, grade: str) -> str:
    """Return whose grade it is, where several teams have one of that name."""
    name, teams = _grade(base, team, grade), base.settings.teams
    others = (_grade(base, t, g) for t in teams for g in teams[t].grades if t != team)
    return f", {teams[team].label or team}" if name in others else ""


def _sickness_of(base: Scenario, team: str, grade: str) -> Wanted:
    words = f"{_grade(base, team, grade)} hours lost to sickness{_where(base, team, grade)} (%)"
    return f"teams.{team}.grades.{grade}.sickness", words, 0.0, 30.0, 0.5


def _in_view(base: Scenario) -> tuple[str | None, str | None]:
    """Return the cohort and activity of the first standard that is about both."""
    settings = base.settings
    for rule in settings.standards:
        if rule.cohort is not None and rule.duty is not None:
            return rule.cohort, rule.duty
    cohort = next((name for name, one in settings.cohorts.items() if one.duties), None)
    return cohort, next(iter(settings.cohorts[cohort].duties), None) if cohort else None


def _officers(base: Scenario, team: str) -> tuple[str, str]:
    """Return a team, and the grade of it that has most posts."""
    grades = base.settings.teams[team].grades
    return team, max(grades, key=lambda grade: _posts(grades[grade]))


def _posts(grade: Grade) -> float:
    """Return the posts of a grade: as many as are in post where none are given."""
    return float((grade.in_post if grade.posts is None else grade.posts).value)


def shortcuts(
    base: Scenario, begin: date | None = None, lasting: int = A_YEAR
) -> Iterator[Shortcut]:
    """Yield what happens from day to day, each with one click.

    Args:
        base: the scenario as it stands.
        begin: from which month.
        lasting: for how many months people are away.
    """
    cohort, duty = _in_view(base)
    settings = base.settings
    if cohort is None:
        teams = [*(one.team for one in settings.queues.values()), *settings.teams]
        team, grade = _officers(base, teams[0])
    else:
        team, grade = _officers(base, settings.cohorts[cohort].team)
    months = inputs.months_of(base)
    first = months.index(begin or months[0])
    away = {"until": months[min(first + lasting, len(months)) - 1]}
    how_long = f"for {counted(lasting, 'month')}"
    when = month_words(months[first])
    who = inside(_grade(base, team, grade))
    for label, fte, until, told in (
        ("Two on leave", -2, away, how_long),
        ("One on loan", -1, away, how_long),
        ("Two fewer officers", -2, {}, "to the end, and not replaced"),
    ):
        item = {"team": team, "grade": grade, "fte": fte, "from": months[first], **until}
        words = f"{-fte} FTE fewer ({who}) from {when}, {told}."
        yield Shortcut(label, words, {}, (("people", {**item, "why": label}),))
    yield from _funding_ends(base)
    if cohort is not None and duty is not None:
        yield from _further_apart(base, cohort, duty)
        yield from _reactively(base, cohort, duty)
    yield Shortcut(
        "No new posts",
        "A freeze: a standard for each team, no more posts than there are. It changes the team "
        "needed.",
        {},
        tuple(_no_new_posts(base)),
    )


def _further_apart(base: Scenario, cohort: str, duty: str) -> Iterator[Shortcut]:
    """Yield that the tier seen least often is seen less often still."""
    one = base.settings.cohorts[cohort]
    tier = _least_often(one, duty)
    if tier is None or one.duties[duty].every_months:
        return
    every = 12 / _per_year(one, duty, tier)
    if every >= FURTHER_APART:
        return
    words = inside(plural(one.duties[duty].label or duty))
    label = inside(one.tiers[tier].label or tier)
    yield Shortcut(
        f"{words[:1].upper()}{words[1:]} to {label} every {FURTHER_APART} months",
        f"Instead of {every:g} months.",
        {f"cohorts.{cohort}.duties.{duty}.every_months.{tier}": FURTHER_APART},
    )


def _least_often(one: Cohort, duty: str) -> str | None:
    """Return the tier that an activity is owed least often, of those it is owed to at all."""
    seen = [tier for tier in one.tiers if _per_year(one, duty, tier) > 0]
    return min(seen, key=lambda tier: _per_year(one, duty, tier)) if seen else None


def _per_year(one: Cohort, duty: str, tier: str) -> float:
    rates = one.duties[duty].per_year
    given = rates.get(tier, rates.get(EVERY_TIER))
    return 0.0 if given is None else float(given.value)


def _reactively(base: Scenario, cohort: str, duty: str) -> Iterator[Shortcut]:
    """Yield that part of the tier visited least often is managed reactively (EQ32)."""
    one = base.settings.cohorts[cohort]
    tier = _least_often(one, duty)
    if tier is None or one.reactive_share:
        return
    label = inside(one.tiers[tier].label or tier)
    yield Shortcut(
        f"{per_cent(REACTIVE)} of {label} managed reactively",
        f"{per_cent(REACTIVE)} of the cases in tier {label} are owed no activity.",
        {f"cohorts.{cohort}.reactive_share.{tier}": REACTIVE},
    )


def _funding_ends(base: Scenario) -> Iterator[Shortcut]:
    """Yield that posts end when what pays for them does."""
    months = inputs.months_of(base)
    for line in base.settings.funding:
        if line.posts is None or line.until is None:
            continue
        after = [day for day in months if day > line.until]
        grades = base.settings.teams[line.team].grades
        grade = line.grade or _officers(base, line.team)[1]
        given = grades[grade].posts
        if not after or given is None:
            continue
        left = max(0.0, float(given.value) - float(line.posts.value))
        name = f"teams.{line.team}.grades.{grade}.posts"
        label = f"{line.name} ends"
        change = {"from": after[0], "why": label, "set": {name: left}}
        yield Shortcut(
            label,
            f"The posts it pays for end after {month_words(line.until)}.",
            {},
            (("changes", change),),
        )


def _no_new_posts(base: Scenario) -> Iterator[Added]:
    for name, team in base.settings.teams.items():
        posts = sum((_posts(one) for one in team.grades.values()), 0.0)
        most = int(posts) if posts.is_integer() else posts
        title = f"No new posts, {team.label or name}"
        yield "standards", {"name": title, "team": name, "max_posts": most}
