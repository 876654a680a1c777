"""A unit's offenders, one by one, month by month."""

from __future__ import annotations

import math
import random

from tests.one_by_one.entrants import entering
from tests.one_by_one.inputs import DutyRule, Inputs, Table
from tests.one_by_one.officers import Officers
from tests.one_by_one.service import Asked, Work, share_out, wanted_hours


class Offender:
    """One offender: a tier, and for each duty when it was last done or since when it is owed."""

    __slots__ = ("fell", "moved", "seen", "tier")

    def __init__(self, tier: int, blocks: int) -> None:
        self.tier = tier  # -1 once gone
        self.moved = -1  # month of the last move
        self.seen: list[int] = [0] * blocks  # month last done
        self.fell: list[int | None] = [None] * blocks  # month since which it is outstanding


class Unit:
    """A unit with the officers it has."""

    def __init__(
        self, given: Inputs, officers: Officers, luck: random.Random, *, certain: bool = False
    ) -> None:
        """Make an empty unit.

        Args:
            given: the settings.
            officers: who works in it.
            luck: where chance comes from.
            certain: failed attempts as many as on average, as in the plan.
        """
        self.given, self.staff, self.luck, self.certain = given, officers, luck, certain
        self.blocks = max(given.block_of, default=-1) + 1
        rows, tiers, teams = len(given.tier_of), len(given.opening), len(given.order_of_team)
        self.row_of: list[dict[int, int]] = [{} for _ in range(tiers)]
        for row, tier in enumerate(given.tier_of):
            self.row_of[tier][given.block_of[row]] = row
        self.offenders: list[Offender] = []
        self.waiting: list[list[Offender]] = [[] for _ in range(self.blocks)]
        self.calendar: list[list[tuple[Offender, int]]] = [[] for _ in range(given.months)]
        self.asking: dict[int, list[DutyRule]] = {}
        for rule in given.duty_rules:
            for row in rule.rows:
                self.asking.setdefault(row, []).append(rule)
        self.expected = entering(given)
        self.cases, self.entered = _table(given, tiers), _table(given, tiers)
        self.newly_due, self.due, self.done = (_table(given, rows) for _ in range(3))
        self.done_early, self.outstanding, self.longest = (_table(given, rows) for _ in range(3))
        self.lent, self.overtime = _table(given, len(given.lending)), _table(given, teams)

    def run(self) -> Unit:
        """Run all months."""
        self.open()
        for month in range(self.given.months):
            self.step(month)
        return self

    def step(self, month: int) -> None:
        """Run one month; those before it have been run."""
        self.staff.begin(month, lambda measure, team: self.known(measure, team, month - 1))
        self._events(month)
        self._leave_and_move(month)
        self._other_intervals(month)
        self._fall_due(month)
        self._enter(month)
        self._work(month)

    def known(self, measure: str, team: int, month: int) -> float:
        """Return what a review knows of a team at a month's end (EQ30)."""
        given, cases = self.given, self.cases[month]
        if measure == "cases":
            return sum(
                cases[tier] for tier, whose in enumerate(given.team_of_tier) if whose == team
            )
        year = self.entered[max(0, month - 11) : month + 1]
        hours = 0.0
        for whose, tiers, per_case, per_entrant, _ in given.other_work:
            for place, tier in enumerate(tiers if whose == team else []):
                came = sum(month_[tier] for month_ in year) / len(year)
                hours += per_case[month][place] * cases[tier] + per_entrant[month][place] * came
        for row in given.order_of_team[team]:
            nobody = given.no_answer[month][row]
            failed = nobody / (1 - nobody) * given.attempt_hours[month][row]
            owed = given.per_year[month][row] * cases[given.tier_of[row]]
            overdue = self.outstanding[month][row]
            hours += (owed + overdue) / 12 * (given.visit_hours[month][row] + failed)
        return hours

    # Cases and clocks ------------------------------------------------------------------------

    def open(self) -> None:
        """Put those there at the start in their places."""
        given = self.given
        for tier, cases in enumerate(given.opening):
            here = [Offender(tier, self.blocks) for _ in range(round(cases))]
            self.offenders += here
            for block, row in self.row_of[tier].items():
                every = given.before[0][row]
                if not every:
                    continue
                late = min(len(here), round(given.overdue[row]))
                ages = self._spread(len(here) - late, given.opening_shares[row], every)
                waits = self._spread(late, given.overdue_shares[row], 1)
                places = [(age, False) for age in ages] + [(wait, True) for wait in waits]
                self.luck.shuffle(places)
                for place, offender in enumerate(here):
                    months, owed = places[place]
                    if owed:
                        offender.fell[block] = -1 - months
                        self.waiting[block].append(offender)
                    else:
                        offender.seen[block] = -1 - months
                        self._schedule(offender, block, every - 1 - months, 0)

    def _spread(self, count: int, shares: list[float] | None, evenly: int) -> list[int]:
        """Return the months of so many cases: whole numbers of them by their shares."""
        shares = shares or [1 / evenly] * evenly
        begin, total, put = self.luck.random(), 0.0, 0
        found: list[int] = []
        for month, share in enumerate(shares):
            total += share * count
            last = month == len(shares) - 1
            up_to = count if last else min(count, math.floor(total + begin))
            found += [month] * (up_to - put)
            put = up_to
        return found

    def _schedule(self, offender: Offender, block: int, due: int, month: int) -> None:
        due = max(month, due)
        if due < self.given.months:
            self.calendar[due].append((offender, block))

    def _owe(self, offender: Offender, block: int, month: int) -> None:
        offender.fell[block] = month
        self.waiting[block].append(offender)

    def _events(self, month: int) -> None:
        """Move and take away the cases of one-off events, in last month's state."""
        for origins, target, number in self.given.events[month]:
            there = [one for one in self.offenders if one.tier in origins]
            for offender in self.luck.sample(there, min(len(there), round(number))):
                if target is None:
                    offender.tier = -1
                else:
                    self._moved_by_event(offender, target, month)
            self.offenders = [one for one in self.offenders if one.tier >= 0]
            self._forget()

    def _moved_by_event(self, offender: Offender, target: int, month: int) -> None:
        now, last = self.given.interval[month], self.given.before[month]
        old = self.row_of[offender.tier]
        offender.tier = target
        for block, row in self.row_of[target].items():
            every = now[row] or last[row]
            if not every:
                offender.fell[block] = None
            elif not last[old[block]]:
                offender.seen[block] = month - every
            elif offender.fell[block] is None:
                offender.seen[block] = max(offender.seen[block], month - every)
            if every and offender.fell[block] is None:
                self._schedule(offender, block, offender.seen[block] + every, month)

    def _forget(self) -> None:
        """Drop those who are gone or owe nothing any more from those who wait."""
        for block, here in enumerate(self.waiting):
            self.waiting[block] = [
                one for one in here if one.tier >= 0 and one.fell[block] is not None
            ]

    def _leave_and_move(self, month: int) -> None:
        """Ask every offender whether they leave, and if not whether they move (EQ1, EQ2)."""
        exits, moves = self.given.exits[month], self.given.moves[month]
        either = [
            exits[tier] + (1 - exits[tier]) * sum(p for _, p in moves[tier])
            for tier in range(len(exits))
        ]
        chance, most, gone = self.luck.random, max(either), False
        for offender in self.offenders:
            asked = chance()
            if asked >= most or asked >= either[offender.tier]:
                continue
            leave = exits[offender.tier]
            if asked < leave:
                offender.tier, gone = -1, True
                continue
            asked = (asked - leave) / (1 - leave)
            for to, p in moves[offender.tier]:
                if asked < p:
                    self._move(offender, to, month)
                    break
                asked -= p
        if gone:
            self.offenders = [one for one in self.offenders if one.tier >= 0]

    def _move(self, offender: Offender, to: int, month: int) -> None:
        had = self.row_of[offender.tier]
        offender.tier, offender.moved = to, month
        for block, row in self.row_of[to].items():
            before = self.given.before[month][had[block]]
            self._carry(offender, block, before, self.given.interval[month][row], month)

    def _carry(self, offender: Offender, block: int, had: int, has: int, month: int) -> None:
        """Take a clock from one interval to another (EQ4)."""
        if not has:
            offender.fell[block] = None
        elif not had:
            self._owe(offender, block, month)
        elif offender.fell[block] is None:
            self._schedule(offender, block, offender.seen[block] + has, month)

    def _other_intervals(self, month: int) -> None:
        """Change the clocks of tiers whose interval is another from this month on."""
        now, before = self.given.interval[month], self.given.before[month]
        for row, every in enumerate(now):
            if every == before[row]:
                continue
            tier, block = self.given.tier_of[row], self.given.block_of[row]
            for offender in self.offenders:
                if offender.tier == tier and offender.moved != month:
                    self._carry(offender, block, before[row], every, month)

    def _fall_due(self, month: int) -> None:
        """Let those whose interval is over fall due."""
        now, row_of = self.given.interval[month], self.row_of
        for offender, block in self.calendar[month]:
            if offender.tier < 0 or offender.fell[block] is not None:
                continue
            every = now[row_of[offender.tier][block]]
            if every and month - offender.seen[block] >= every:
                self._owe(offender, block, month)
        self.calendar[month] = []

    def _enter(self, month: int) -> None:
        """Let new cases in, who fall due at once, and count everybody."""
        given = self.given
        for tier, expected in enumerate(self.expected[month]):
            count = self._poisson(expected)
            count += math.floor(given.arrivals[month][tier] + self.luck.random())
            self.entered[month][tier] = count
            for _ in range(count):
                offender = Offender(tier, self.blocks)
                self.offenders.append(offender)
                for block, row in self.row_of[tier].items():
                    if given.interval[month][row]:
                        self._owe(offender, block, month)
        cases = self.cases[month]
        for offender in self.offenders:
            cases[offender.tier] += 1

    def _poisson(self, mean: float) -> int:
        """Return how many come in a month, one after the other."""
        count, passed = -1, 0.0
        while passed < mean:
            count += 1
            passed += self.luck.expovariate(1.0)
        return max(0, count)

    # A month's work --------------------------------------------------------------------------

    def _work(self, month: int) -> None:
        """See who can be reached, share hours out, and do what they are enough for."""
        given = self.given
        owing: list[list[Offender]] = [[] for _ in given.tier_of]
        for block, here in enumerate(self.waiting):
            for offender in here:
                if offender.tier >= 0 and offender.fell[block] is not None:
                    owing[self.row_of[offender.tier][block]].append(offender)
        asked: dict[int, Asked] = {}
        reached: dict[int, list[Offender]] = {}
        soon: dict[int, list[Offender]] = {}
        for row in range(len(given.tier_of)):
            if given.interval[month][row] or given.lapsing[month][row]:
                reached[row] = self._reached(row, owing[row], month)
                soon[row] = self._soon(row, month)
                asked[row] = self._asked(row, len(reached[row]), soon[row], month)
                if given.rule == "standards first":
                    ask = asked[row]
                    ask.wanted = min(ask.reached, self._wanted(row, owing[row], month))
        here = [[asked[row] for row in order if row in asked] for order in given.order_of_team]
        other = self._other_work(month)
        hours = self._hours_there(month, here, other)
        for team in range(len(here)):
            share_out(given, month, team, here[team], hours[team], other[team])
            for ask in here[team]:
                self._do(ask, reached[ask.row], soon[ask.row], month)
                self._count(ask.row, owing[ask.row], month)
        self._forget()

    def _reached(self, row: int, owing: list[Offender], month: int) -> list[Offender]:
        """Return those due who can be seen this month (EQ6)."""
        given, chance = self.given, self.luck.random
        if given.lapsing[month][row]:
            cases = self.cases[month][given.tier_of[row]]
            falling = math.floor(given.lapsing[month][row] * cases + chance())
            owing += [Offender(-1, 0)] * falling  # who it is makes no difference: they lapse
            self.newly_due[month][row] = falling
        else:
            block = given.block_of[row]
            self.newly_due[month][row] = sum(one.fell[block] == month for one in owing)
        self.due[month][row] = len(owing)
        rate = given.access[month][row]
        return [one for one in owing if chance() < rate]

    def _soon(self, row: int, month: int) -> list[Offender]:
        """Return those who may be seen before they fall due (EQ24)."""
        given = self.given
        ahead = given.early[month][row]
        if not ahead or not given.early_rate[month][row] or given.lapsing[month][row]:
            return []
        tier, block = given.tier_of[row], given.block_of[row]
        last = month - given.interval[month][row] + ahead
        return [
            one
            for one in self.offenders
            if one.tier == tier and one.fell[block] is None and one.seen[block] <= last
        ]

    def _asked(self, row: int, reached: int, soon: list[Offender], month: int) -> Asked:
        """Return what a row asks for: this month's failed attempts, and the early ones."""
        given, chance = self.given, self.luck.random
        nobody = given.no_answer[month][row]
        failed = nobody / (1 - nobody)
        if not self.certain and reached and nobody:
            count = 0
            for _ in range(reached):
                while chance() < nobody:
                    count += 1
            failed = count / reached
        hours = given.visit_hours[month][row] + failed * given.attempt_hours[month][row]
        ask = Asked(row, reached, hours, given.gives_way[month][row])
        access = given.access[month][row]
        here = sum(chance() < access for _ in soon)
        ask.early = min(given.early_rate[month][row] * reached, here)
        return ask

    def _wanted(self, row: int, owing: list[Offender], month: int) -> int:
        """Return the most that any standard asks for of a row this month, in whole cases."""
        due, cases = self.due[month][row], self.cases[month][self.given.tier_of[row]]
        block, most = self.given.block_of[row], 0.0
        for rule in self.asking.get(row, []):
            if month < rule.first:
                continue
            if rule.measure == "completion":
                asks = rule.level * due
            elif rule.measure == "in_date":
                asks = due - (1 - rule.level) * cases
            elif rule.measure == "outstanding":
                asks = due - rule.level
            else:
                asks = sum(month - (one.fell[block] or 0) + 1 > rule.level for one in owing)
            most = max(most, asks)
        return math.ceil(most - 1e-9)

    def _other_work(self, month: int) -> list[Work]:
        """Return each team's other work (EQ11)."""
        cases, entered = self.cases[month], self.entered[month]
        found: list[Work] = [[] for _ in self.given.order_of_team]
        for team, tiers, per_case, per_entrant, way in self.given.other_work:
            hours = 0.0
            for place, tier in enumerate(tiers):
                hours += per_case[month][place] * cases[tier]
                hours += per_entrant[month][place] * entered[tier]
            found[team].append((hours, way[month]))
        return found

    def _hours_there(self, month: int, here: list[list[Asked]], other: list[Work]) -> list[float]:
        """Return the hours of every team after lending and overtime (EQ12)."""
        given, own = self.given, self.staff.own_hours[month]
        teams = range(len(own))
        want = [wanted_hours(here[team], other[team]) for team in teams]
        there = list(own)
        spare = [max(0.0, own[team] - want[team]) for team in teams]
        for place, (lender, borrower, most, worth) in enumerate(given.lending):
            lacking = max(0.0, want[borrower] - there[borrower])
            lent = min(spare[lender], most * own[lender], lacking / worth if worth else 0.0)
            spare[lender] -= lent
            there[lender] -= lent
            there[borrower] += lent * worth
            self.lent[month][place] = lent
        for team in teams:
            most = given.overtime[month][team] * self.staff.casework[month][team]
            self.overtime[month][team] = min(most, max(0.0, want[team] - there[team]))
            there[team] += self.overtime[month][team]
        return there

    def _do(self, ask: Asked, reached: list[Offender], soon: list[Offender], month: int) -> None:
        """Do whole duties, the longest outstanding first, and the early ones."""
        given, row, luck = self.given, ask.row, self.luck
        done = min(ask.reached, math.floor(ask.number + luck.random()))
        self.done[month][row] = done
        if given.lapsing[month][row]:
            return
        block = given.block_of[row]
        seen = reached
        if done < ask.reached:
            in_turn = min(done, math.floor(given.in_turn[month][row] * done + luck.random()))
            reached.sort(key=lambda one: one.fell[block] or 0)
            seen = reached[:in_turn] + luck.sample(reached[in_turn:], done - in_turn)
        if ask.early:
            early = min(len(soon), math.floor(self._early(ask, done) + luck.random()))
            self.done_early[month][row] = early
            seen = seen + luck.sample(soon, early)
        due = month + given.interval[month][row]
        for offender in seen:
            offender.fell[block] = None
            offender.seen[block] = month
            self._schedule(offender, block, due, month)

    def _early(self, ask: Asked, done: int) -> float:
        """Return how many are done early (EQ24); under standards first with the second pass."""
        if self.given.rule != "standards first":
            return ask.early * done / ask.reached
        rest = ask.reached - ask.wanted
        return ask.early * ask.second / rest if rest else 0.0

    def _count(self, row: int, owing: list[Offender], month: int) -> None:
        left = self.due[month][row] - self.done[month][row]
        self.outstanding[month][row] = left
        if left and self.given.interval[month][row]:
            block = self.given.block_of[row]
            since = [one.fell[block] for one in owing]
            self.longest[month][row] = max(month - fell + 1 for fell in since if fell is not None)


def _table(given: Inputs, width: int) -> Table:
    return [[0.0] * width for _ in range(given.months)]
