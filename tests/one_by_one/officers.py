"""Officers by month: who leaves, joins, learns and is sick (EQ8, EQ9, EQ14, EQ28, EQ30)."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator

from tests.one_by_one.inputs import Inputs, Table


class Officers:
    """All officers of a unit over all months, and the hours that they have."""

    def __init__(self, given: Inputs, luck: random.Random, *, certain: bool = False) -> None:
        """Follow every grade.

        Args:
            given: the settings.
            luck: where chance comes from.
            certain: leavers are a share of people, as in the plan.
        """
        self.given, self.luck, self.certain = given, luck, certain
        teams = len(given.order_of_team)
        self.own_hours: Table = [[0.0] * teams for _ in range(given.months)]
        self.casework: Table = [[0.0] * teams for _ in range(given.months)]
        self.counted: Table = [[0.0] * teams for _ in range(given.months)]
        self.in_post: Table = [[] for _ in given.in_post]  # by grade, then month
        self.joined: Table = [[] for _ in given.in_post]
        self.reviewed: list[dict[int, float]] = [{} for _ in given.in_post]  # posts, by month
        sick = self._shock(given.chance.sickness_shock)
        away = self._shock(given.chance.abstraction_shock)
        self.grades = [self._grade(grade, sick, away) for grade in range(len(given.in_post))]
        if not given.reviews:  # nothing is decided on the way
            for grade in self.grades:
                for _ in grade:
                    pass
            for month in range(given.months):
                self._some_hours(month)

    def begin(self, month: int, known: Callable[[str, int], float]) -> None:
        """Bring every grade to a month, with the posts that a review sets.

        Args:
            month: the month.
            known: what a measure of a team is at the end of the month before.
        """
        if not self.given.reviews:
            return
        for row in self.given.reviews:
            if row.month == month and known(row.measure, row.team) >= row.at_least:
                posts = self.reviewed[row.grade]
                posts[row.first] = max(row.posts, posts.get(row.first, 0.0))
        for grade in self.grades:
            next(grade)
        self._some_hours(month)

    def _some_hours(self, month: int) -> None:
        self.own_hours[month] = [max(0.0, hours) for hours in self.own_hours[month]]

    def _shock(self, size: float) -> list[float]:
        """Return by how much a rate is multiplied in each month."""
        kept = self.given.chance.persistence
        value, found = size * self.luck.gauss(0.0, 1.0), []
        for _ in range(self.given.months):
            found.append(math.exp(value - size * size / 2))
            value = kept * value + math.sqrt(1 - kept * kept) * size * self.luck.gauss(0.0, 1.0)
        return found

    def _happens_to(self, people: int, chance: float) -> int:
        """Return to how many of so many people something happens, asked one by one."""
        draw = self.luck.random
        return sum(draw() < chance for _ in range(people))

    def _grade(self, grade: int, sick: list[float], away: list[float]) -> Iterator[None]:
        """Follow a grade; each step is a month."""
        given, team = self.given, self.given.team_of_grade[grade]
        now = given.in_post[grade]
        vacant = max(0.0, given.undated_posts[grade] - now - given.joiners_due_all[grade])
        joined = [month[grade] for month in reversed(given.in_training)]
        left: list[float] = []
        posts, target = 0.0, None
        recruited = released = 0.0
        in_spell = self._happens_to(round(now), given.sickness[0][grade] * given.chance.long_term)
        for month in range(given.months):
            left.append(self._leavers(now, given.leavers[month][grade]))
            now -= left[-1]
            target = self.reviewed[grade].get(month, target)
            posts = self._posts(grade, month, target, posts, now)
            above = max(0.0, now - posts)
            released += above
            now -= above
            due = min(given.joiners_due[month][grade], max(0.0, posts - now))
            now += due
            lead, others = given.lead[month][grade], 0.0
            if month >= lead:
                places = posts - given.undated_posts[grade] + vacant + released
                places += sum(left[: month - lead + 1]) - recruited
                others = max(0.0, min(places, posts - now, given.max_joiners[month][grade]))
            recruited += others
            now += others
            joined.append(due + others)
            self.joined[grade].append(joined[-1])
            self.in_post[grade].append(now)
            in_spell, working = self._spells(in_spell, round(now), given.sickness[month][grade])
            learning = given.accreditation[month][grade]
            trainees = sum(joined[-learning:]) if learning else 0.0
            effective = now - (1 - given.productivity[month][grade]) * trainees
            share = given.share[month][grade]
            hours = self._hours(grade, month, sick[month], away[month]) * working
            self.own_hours[month][team] += (
                share * hours * (effective + given.people_events[month][grade])
            )
            self.casework[month][team] += share * now
            self.counted[month][team] += share * (effective + given.people_counted[month][grade])
            yield

    def _posts(
        self, grade: int, month: int, target: float | None, before: float, people: float
    ) -> float:
        """Return a grade's posts: those of the last review, fewer only as people leave (EQ30)."""
        if target is None:
            return self.given.posts[month][grade]
        if target >= before:
            return target
        if not self.given.may_shrink[month][grade]:
            return before
        return max(target, min(before, math.ceil(people)))

    def _leavers(self, people: float, chance: float) -> float:
        if self.certain:
            return people * chance
        whole = math.floor(people)
        part = people - whole if self.luck.random() < chance else 0.0
        return self._happens_to(whole, chance) + part

    def _spells(self, in_spell: int, people: int, rate: float) -> tuple[int, float]:
        """Return how many are in a spell this month, and the part of the grade that is not."""
        chance = self.given.chance
        share = rate * chance.long_term
        if share == 0:
            return 0, 1.0
        begin = share / ((1 - share) * chance.spell_months)
        ended = self._happens_to(in_spell, 1 / chance.spell_months)
        begun = self._happens_to(max(0, people - in_spell), begin)
        in_spell = min(people, in_spell - ended + begun)
        return in_spell, 1 - in_spell / people if people else 1 - share

    def _hours(self, grade: int, month: int, sick: float, away: float) -> float:
        """Return EQ8 of somebody who is not in a spell."""
        given, rate = self.given, self.given.sickness[month][grade]
        long_term = given.chance.long_term
        short = rate * (1 - long_term) / (1 - rate * long_term) if rate < 1 else 1.0
        present = 1 - min(1.0, short * sick)
        free = 1 - min(1.0, given.abstraction[month][grade] * away)
        return max(0.0, given.full_hours[month][grade] * present * free)
