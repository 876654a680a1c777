"""A scenario's settings as the plain lists of the simulation; nothing is worked out but EQ8."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from capacity.engine.model import Model
from capacity.engine.rates import by_tier
from capacity.settings import Settings
from tests.one_by_one.inputs import CaseRule, Chance, DutyRule, Inputs


def one(number: Any, draw: int) -> float:
    """Return a setting that may have draws as the number of one draw."""
    flat = np.ravel(number)
    return float(flat[draw if len(flat) > 1 else 0])


def inputs_of(model: Model, draw: int = 0, chance: Chance | None = None) -> Inputs:
    """Return what a model says for one of its draws, of current posts.

    Args:
        model: settings as arrays.
        draw: place on the draw axis of what is uncertain.
        chance: in place of what `[chance]` says.
    """

    def table(numbers: Any) -> Any:
        return np.asarray(numbers[draw if len(numbers) > 1 else 0]).tolist()

    flows, duties, people = model.caseloads, model.duties, model.people
    behind = duties.gives_way_focus
    by_month = [_settings_of(model, month) for month in range(model.months)]
    attempts = [_attempt_hours(model, settings, draw) for settings in by_month]
    nobody = table(duties.no_answer)
    grades = [_grades(model, settings, month, draw) for month, settings in enumerate(by_month)]
    years = [model.calendar.years[int(place)] for place in model.calendar.year_of]
    return Inputs(
        months=model.months,
        years=years,
        chance=chance or _chance(model.scenario.settings, draw),
        duty_rules=[
            DutyRule(
                rule.name,
                list(rule.rows),
                rule.kind.key,
                one(rule.level, draw),
                rule.first,
                [(years[period.first], period.first, period.end) for period in rule.periods],
            )
            for rule in model.rules.duties
        ],
        case_rules=[
            CaseRule(rule.name, rule.tiers.tolist(), rule.team, one(rule.level, draw), rule.first)
            for rule in model.rules.caseloads
        ],
        duties=[f"{key.cohort}.{key.duty}" for key in model.rows],
        opening=table(flows.opening),
        cohort_of=flows.cohort_of.tolist(),
        exits=table(flows.exits),
        moves=[
            [[(to, p) for to, p in enumerate(line) if p > 0] for line in month]
            for month in table(flows.moves)
        ],
        growth=[[None if math.isnan(g) else g for g in month] for month in table(flows.growth)],
        given=table(flows.given),
        mix=table(flows.mix),
        arrivals=table(flows.arrivals),
        events=[
            [
                (list(event.origins), event.target, one(event.cases, draw))
                for event in flows.transfers
                if event.month == month
            ]
            for month in range(model.months)
        ],
        tier_of=duties.tier_of.tolist(),
        block_of=duties.block_of.tolist(),
        before=[duties.opening_interval.tolist(), *duties.interval.tolist()[:-1]],
        interval=duties.interval.tolist(),
        lapsing=table(duties.lapsing),
        access=table(duties.access),
        visit_hours=[
            [total - q / (1 - q) * attempt for total, q, attempt in zip(*lines, strict=True)]
            for lines in zip(table(duties.hours), nobody, attempts, strict=True)
        ],
        attempt_hours=attempts,
        no_answer=nobody,
        overdue=table(duties.overdue),
        opening_shares=[None if s is None else s.tolist() for s in duties.opening_shares],
        overdue_shares=[None if s is None else s.tolist() for s in duties.overdue_shares],
        focus=table(duties.focus),
        gives_way=table(duties.gives_way),
        gives_way_focus=None if behind is None else one(behind, draw),
        in_turn=table(duties.in_turn),
        early_rate=table(duties.early_rate),
        early=duties.early.tolist(),
        rule=duties.rule,
        order_of_team=[
            [row for row in duties.order.tolist() if duties.team_of[row] == team]
            for team in range(len(model.teams))
        ],
        other_work=[
            (
                work.team,
                list(range(work.tiers.start, work.tiers.stop)),
                table(work.per_case),
                table(work.per_entrant),
                [month[0] for month in table(work.gives_way)],
            )
            for work in model.activities
        ],
        team_of_grade=people.team_of.tolist(),
        posts=table(people.posts),
        undated_posts=table(people.undated_posts),
        in_post=table(people.opening),
        in_training=table(people.in_training),
        share=table(people.share),
        leavers=table(people.leavers),
        joiners_due=table(people.joiners_due),
        joiners_due_all=table(people.joiners_due_all),
        max_joiners=table(people.max_joiners),
        lead=table(people.lead),
        accreditation=table(people.accreditation),
        productivity=table(people.productivity),
        people_events=table(people.events),
        people_counted=table(people.events_counted),
        full_hours=[[hours for hours, _, _ in month] for month in grades],
        sickness=[[sick for _, sick, _ in month] for month in grades],
        abstraction=[[away for _, _, away in month] for month in grades],
        overtime=table(people.overtime_in_use),
        most_overtime=table(people.overtime_limit),
        pooling=table(people.pooling),
        spread=table(people.caseload_spread),
        lending=[
            (rule.lender, rule.borrower, one(rule.max_share, draw), one(rule.efficiency, draw))
            for rule in model.lending
        ],
        team_of_tier=model.team_of_tier.tolist(),
        per_year=table(duties.per_year),
        may_shrink=people.may_shrink.astype(bool).tolist(),
    )


def _chance(settings: Settings, draw: int) -> Chance:
    """Return what `[chance]` says."""
    said = settings.chance
    return Chance(
        one(said.sickness_long_term.value, draw),
        one(said.sickness_spell_months.value, draw),
        one(said.sickness_shock.value, draw),
        one(said.abstraction_shock.value, draw),
        one(said.shock_persistence.value, draw),
    )


def _settings_of(model: Model, month: int) -> Settings:
    settings = model.scenario.settings
    for first, later in model.scenario.dated:
        if first <= month:
            settings = later
    return settings


def _attempt_hours(model: Model, settings: Settings, draw: int) -> list[float]:
    """Return the hours of one failed attempt of each row, all officers together."""
    found = []
    for key in model.rows:
        duty = settings.cohorts[key.cohort].duties[key.duty]
        hours = one(by_tier(duty.no_answer_hours, key.tier), draw)
        found.append(hours * one(by_tier(duty.crew, key.tier, 1.0), draw))
    return found


def _grades(
    model: Model, settings: Settings, month: int, draw: int
) -> list[tuple[float, float, float]]:
    """Return each grade's EQ8 before absences, its sickness and its abstraction in a month."""
    place = int(model.calendar.labels[month][5:]) - 1

    def season(profile: Sequence[float] | None) -> float:
        return 1.0 if profile is None else 12 * profile[place] / sum(profile)

    found = []
    for key in model.grades:
        it = settings.teams[key.team].grades[key.grade]
        week = one(it.weekly_hours.value, draw)
        leave = one(it.leave_days.value, draw) * season(it.leave_season)
        days = leave + one(it.bank_holidays.value, draw) + one(it.training_days.value, draw)
        away = one(it.abstraction.value, draw) * season(it.abstraction_season)
        hours = (52 * week - days * week / 5) / 12
        found.append((hours, one(it.sickness.value, draw), away))
    return found
