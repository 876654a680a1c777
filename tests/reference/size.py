"""Size the teams with every variable written out (EQ15–EQ21), solved by scipy's HiGHS.

`size(load(path))` finds the least-cost posts, recomputes people by EQ14, and solves again with
these people for the programme. `whole=False` leaves out whole posts.

Choices where the documents leave room:
1. "Never falling" is about the added posts; today's own may be dated to fall. A grade that
   `may_shrink` may have any number of posts from 0 up; they fall with a financial year only.
2. Every limit that one standard states is a row; of standards on the same tier, measure, way of
   judging and period only the highest is (it matters to misses alone).
3. Never worse than today: current posts run by the scenario's own rule with `overtime_in_use`; a
   month of a part quarter or part year is not judged by such a standard.
4. Elastic: hours short (EQ12) are at most the team's other work of the month and cost £1,000 each;
   nothing forces duties to 0 in such a month (EQ11's last words are not linear).
5. A miss over a quarter or year is counted in duties (or case-months for in date, mean cases for
   outstanding), at the mean EQ10 hours of the months. £1,000 per hour is not discounted.
6. EQ19, EQ20 and `max_posts` hold and are missed month by month (a year's limit in all the months
   of each year with a month from the date). EQ19: one supervisor short is one FTE. `max_posts`
   takes the h of the team; unless it `may_give`, it is missed by posts there already, no others.
7. Lending, with staff free: each rule at most `max_share` of the lender's own hours, and EQ12 for
   lender and borrower; the lender's overtime may free hours to lend.
8. EQ14 where posts fall: J = 0 while the limit is negative takes a yes-or-no variable a month, kept
   whole also allowing part posts.
9. A team's own hours are floored at 0 only once people are known (the programme).
10. The second objective is solved for the programme only: it never changes posts. Weights: times a
    year of the tier in that month; undiscounted.
11. In the elastic programme the second objective keeps cost and misses together at their least.
12. `outstanding ≤ today's` for duties more often than monthly too (due − done); a millionth of a
    case of give, against rounding.
13. Posts of grades without casework cost like any other, and cannot be left out.
14. EQ14 as upper limits lets the solver hold people back and fill every post for a hard month,
    which EQ14 itself (as many as may) does not: the programme can then miss a little, or cost a
    little more. `exact=True` rules it out, with yes-or-no variables, slowly.
15. In an elastic answer an hour short costs what an hour of missed duty does: which of the two is
    shown is a tie, and the second objective settles it for hours short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from . import outcomes as o
from . import project as p
from .read import Scenario

Expr = dict[int, float]  # variable → factor; ONE → constant
ONE = -1
PENALTY = 1000.0
BUDGET_HOUR = 40.0
Name = tuple[Any, ...]


def add(to: Expr, other: Expr, factor: float = 1.0) -> Expr:
    """Add `other` × `factor` to an expression, and return it."""
    for v, a in other.items():
        to[v] = to.get(v, 0.0) + a * factor
    return to


def total(*terms: tuple[float, Expr]) -> Expr:
    """Return the sum of factor × expression."""
    result: Expr = {}
    for factor, expr in terms:
        add(result, expr, factor)
    return result


def worth(expr: Expr, x: np.ndarray) -> float:
    """Return an expression's value in a solution."""
    return float(sum(a * (1.0 if v == ONE else x[v]) for v, a in expr.items()))


@dataclass
class Problem:
    """A linear problem: variables by name, rows as expressions within bounds."""

    names: list[Name] = field(default_factory=list)
    low: list[float] = field(default_factory=list)
    high: list[float] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)
    rows: list[tuple[Name, Expr, float, float]] = field(default_factory=list)

    def var(self, name: Name, low: float = 0.0, high: float = np.inf, whole: bool = False) -> Expr:
        """Add a variable and return it as an expression."""
        self.names.append(name)
        self.low.append(low)
        self.high.append(high)
        self.whole.append(int(whole))
        return {len(self.names) - 1: 1.0}

    def row(self, name: Name, expr: Expr, low: float = -np.inf, high: float = np.inf) -> None:
        """Add low ≤ expression ≤ high."""
        self.rows.append((name, expr, low, high))

    def solve(self, cost: Expr, gap: float, seconds: float) -> Any:
        """Return scipy's answer for the least cost (its constant left out)."""
        data, where, starts, lows, highs = [], [], [0], [], []
        for _, expr, low, high in self.rows:
            constant = expr.get(ONE, 0.0)
            for v, a in expr.items():
                if v != ONE and a != 0:
                    data.append(a)
                    where.append(v)
            starts.append(len(data))
            lows.append(low - constant)
            highs.append(high - constant)
        matrix = csr_array((data, where, starts), shape=(len(self.rows), len(self.names)))
        c = np.zeros(len(self.names))
        for v, a in cost.items():
            if v != ONE:
                c[v] = a
        bounds = Bounds(np.array(self.low), np.array(self.high))
        limits = LinearConstraint(matrix, np.array(lows), np.array(highs))
        scale = 1e-4 if np.abs(c).max(initial=0.0) > 1e3 else 1.0
        # HiGHS now and then gives up on a badly scaled problem: ask again in another way
        for presolve, factor in ((True, scale), (False, scale), (True, 1.0), (False, 1e-6)):
            answer = milp(
                c * factor,
                integrality=np.array(self.whole),
                bounds=bounds,
                constraints=limits,
                options={"mip_rel_gap": gap, "time_limit": seconds, "presolve": presolve},
            )
            answer["factor"] = factor
            if answer.x is not None or answer.status in (1, 2, 3):
                break
        return answer


@dataclass
class People:
    """A team's people of one month as expressions (or numbers, once posts are chosen)."""

    posts: Expr
    in_post: Expr
    trained: Expr  # in post less trainees' lost part


class Sizing:
    """The sizing problem of one scenario."""

    def __init__(
        self,
        s: Scenario,
        whole: bool,
        elastic: bool,
        added: p.Posts | None,
        today: p.Run,
        exact: bool = False,
        give: float = 1e-6,
    ) -> None:
        """Write the problem; with `added` given, posts and people are those (the programme).

        `exact` adds that as many join as may (EQ14), with yes-or-no variables.
        """
        self.exact, self.give = exact, give
        self.s, self.whole, self.elastic, self.added, self.today = s, whole, elastic, added, today
        self.lp = Problem()
        self.cases = today.cases
        self.new_posts: dict[tuple[str, str, str], Expr] = {}
        self.people: dict[tuple[str, str, int], People] = {}
        self.overtime: dict[tuple[str, int], Expr] = {}
        self.own_hours: dict[tuple[str, int], Expr] = {}
        self.lent: dict[tuple[int, int], Expr] = {}
        self.due: dict[tuple[p.Key, int], Expr] = {}
        self.done: dict[tuple[p.Key, int], Expr] = {}
        self.misses: list[tuple[Name, Expr, float]] = []
        self.spend: Expr = {}
        self.write()

    def write(self) -> None:
        """Write every variable and row."""
        if self.added is None:
            self.write_posts()
            self.write_people()
        else:
            self.known_people()
        self.write_hours_variables()
        for c, cohort in self.s.undated.cohorts.items():
            for d in cohort.duties:
                self.write_clock(c, d)
        self.write_balance()
        self.write_never_worse()
        self.write_duty_standards()
        self.write_other_standards()
        self.write_spans()
        self.write_cost()

    # ------------------------------------------------ posts and people (EQ14, EQ16)

    def starts(self) -> dict[str, int]:
        """Return the starts of the horizon, and the first month of each."""
        months = reversed(range(self.s.months))
        first = {self.s.start_of(t): t for t in months}
        return dict(sorted(first.items(), key=lambda one: one[1]))

    def grades(self) -> list[tuple[str, str]]:
        """Return every team and grade."""
        return [(n, g) for n, team in self.s.undated.teams.items() for g in team.grades]

    def write_posts(self) -> None:
        """EQ16: added posts by team, grade and start."""
        s = self.s
        for team, grade in self.grades():
            shrink = s.undated.teams[team].grades[grade].may_shrink
            before: Expr | None = None
            year = ""
            for start, t in self.starts().items():
                months = [m for m in range(s.months) if s.year(m) == s.year(t)]
                today = min(s.at(m).teams[team].grades[grade].posts for m in months)
                low = -today if shrink else 0.0
                if self.whole:
                    low = -float(np.floor(-low + 1e-9))
                high = 2 * today + 20 if self.exact else np.inf
                new = self.lp.var(("posts", team, grade, start), low, high, self.whole)
                self.new_posts[team, grade, start] = new
                falls = shrink and s.year(t) != year
                if before is not None and not falls:
                    self.lp.row(("rising", team, grade, start), total((1, new), (-1, before)), 0.0)
                before, year = new, s.year(t)

    def write_people(self) -> None:
        """EQ14 and EQ9 with people as variables."""
        for team, grade in self.grades():
            self.write_grade(team, grade)

    def write_grade(self, team: str, grade: str) -> None:
        """EQ14 for one grade."""
        s, lp = self.s, self.lp
        first = s.undated.teams[team].grades[grade]
        vacancies = max(0.0, first.posts - first.in_post - sum(first.joiners_due.values()))
        in_post: Expr = {ONE: first.in_post}
        joined: dict[int, Expr] = {m: {ONE: n} for m, n in first.recent_joiners.items()}
        joined[-1] = {ONE: first.in_training + first.recent_joiners.get(-1, 0.0)}
        left: list[Expr] = []
        others: Expr = {}
        released: Expr = {}
        fallen = first.may_shrink or first.in_post > s.at(0).teams[team].grades[grade].posts
        for t in range(s.months):
            g, last = s.at(t).teams[team].grades[grade], s.at(t - 1).teams[team].grades[grade]
            name = (team, grade, t)
            posts = total((1, {ONE: g.posts}), (1, self.new_posts[team, grade, s.start_of(t)]))
            leavers = total((g.leavers / 12, in_post))
            fall = (first.in_post if t == 0 else last.posts) - g.posts
            most = np.inf if first.may_shrink else max(0.0, fall)
            release = lp.var(("release", *name), 0.0, most)
            due = lp.var(("joiners_due", *name), 0.0, g.joiners_due.get(t, 0.0))
            more = lp.var(("joiners", *name), 0.0, g.max_joiners if t >= g.lead else 0.0)
            people = lp.var(("in_post", *name))
            flow = total(
                (1, in_post), (-1, leavers), (-1, release), (1, due), (1, more), (-1, people)
            )
            lp.row(("EQ14 flow", *name), flow, 0.0, 0.0)
            lp.row(("EQ16", *name), total((1, posts), (-1, people)), 0.0)
            after = total((1, posts), (-1, in_post), (1, leavers), (1, release))
            lp.row(("EQ14 cut", *name), after, 0.0)
            big = g.posts + first.posts + first.in_post + (60.0 if self.exact else 20.0)
            left.append(leavers)
            add(released, release)
            add(others, more)
            fallen = fallen or g.posts < last.posts - 1e-12 or g.lead > last.lead
            if self.exact:
                none: Expr = {}
                over = total((1, in_post), (-1, leavers), (-1, posts))
                self.one_holds(("cut", *name), big, [release, total((1, release), (-1, over))])
                room = total((1, after), (-1, due))
                missing = total((g.joiners_due.get(t, 0.0), {ONE: 1}), (-1, due))
                self.one_holds(("due join", *name), big, [missing, room])
            if t >= g.lead:
                limit = total((1, posts), (1, released), (-1, others))
                add(limit, {ONE: vacancies - first.posts})
                for past in left[: t - g.lead + 1]:
                    add(limit, past)
                if self.exact:
                    none = dict(limit)
                if fallen:
                    self.allow_negative(limit, more, g.max_joiners, big, name)
                lp.row(("EQ14 limit", *name), limit, 0.0)
                if self.exact:
                    ways = [none, total((1, posts), (-1, people))]
                    if g.max_joiners < np.inf:
                        ways.append(total((g.max_joiners, {ONE: 1}), (-1, more)))
                    self.one_holds(("all join", *name), big, ways)
            joined[t] = total((1, due), (1, more))
            trained = dict(people)
            for m, n in joined.items():
                if t - g.accreditation < m <= t:
                    add(trained, n, -(1 - g.productivity))
            self.people[team, grade, t] = People(posts, people, trained)
            in_post = people

    def one_holds(self, name: Name, big: float, ways: list[Expr]) -> None:
        """Make at least one of these 0 (or less), with a yes-or-no variable each."""
        chosen: Expr = {}
        for i, way in enumerate(ways):
            this = self.lp.var((*name, i), 0.0, 1.0, whole=True)
            add(chosen, this)
            self.lp.row((*name, i), total((1, way), (big, this), (-big, {ONE: 1})), high=0.0)
        self.lp.row(name, chosen, 1.0)

    def allow_negative(self, limit: Expr, more: Expr, most: float, big: float, name: Name) -> None:
        """EQ14: where the limit is negative nobody joins (instead of there being no answer)."""
        most = min(most, big)
        none = self.lp.var(("nobody joins", *name), 0.0, 1.0, whole=True)
        slack = self.lp.var(("limit below 0", *name))
        add(limit, slack)
        self.lp.row(
            ("nobody joins", *name), total((1, more), (most, none), (-most, {ONE: 1})), high=0.0
        )
        self.lp.row(("limit below 0", *name), total((1, slack), (-big, none)), high=0.0)

    def known_people(self) -> None:
        """EQ14 exactly, for posts already chosen."""
        self.known = p.staffing(self.s, self.added)
        for (team, grade), months in self.known.items():
            for t, m in enumerate(months):
                numbers = ({ONE: m.posts}, {ONE: m.in_post}, {ONE: m.trained})
                self.people[team, grade, t] = People(*numbers)

    # ------------------------------------------------ hours (EQ12)

    def own(self, team: str, t: int) -> Expr:
        """EQ12: return a team's own hours."""
        if self.added is not None:
            return {ONE: p.own_hours(self.s, self.known, team, t)}
        if (team, t) in self.own_hours:
            return self.own_hours[team, t]
        result: Expr = {}
        away = 0.0
        for name, g in self.s.at(t).teams[team].grades.items():
            add(result, self.people[team, name, t].trained, g.share * self.s.hours(g, t))
            extra = p.people_events(self.s, team, name, t, counted=False)
            add(result, {ONE: g.share * self.s.hours(g, t) * extra})
            away -= min(0.0, g.share * self.s.hours(g, t) * extra)
        if away:
            below = self.lp.var(("own below 0", team, t), 0.0, 2 * away)
            add(result, below)
            self.lp.row(("own hours", team, t), result, 0.0)
            self.one_holds(("own or below", team, t), 1e5, [dict(result), below])
        self.own_hours[team, t] = result
        return result

    def write_hours_variables(self) -> None:
        """EQ12: overtime and lending, and their limits."""
        s, lp = self.s, self.lp
        for t in range(s.months):
            for name, team in s.at(t).teams.items():
                overtime = lp.var(("overtime", name, t))
                self.overtime[name, t] = overtime
                most: Expr = {}
                for grade, g in team.grades.items():
                    add(most, self.people[name, grade, t].in_post, team.overtime_limit * g.share)
                lp.row(("EQ12 overtime", name, t), total((1, most), (-1, overtime)), 0.0)
            for i, rule in enumerate(s.flex):
                lent = lp.var(("lent", i, t))
                self.lent[i, t] = lent
                most = total((rule["max_share"], self.own(rule["from"], t)), (-1, lent))
                lp.row(("EQ12 lent", i, t), most, 0.0)

    def write_balance(self) -> None:
        """EQ12: duties and other work fit in the hours."""
        s = self.s
        for t in range(s.months):
            for team in s.at(t).teams:
                other = sum(p.other_work(s, self.cases, team, t).values())
                left = total(
                    (1, self.own(team, t)), (1, self.overtime[team, t]), (-other, {ONE: 1})
                )
                for i, rule in enumerate(s.flex):
                    if rule["to"] == team:
                        add(left, self.lent[i, t], rule["efficiency"])
                    if rule["from"] == team:
                        add(left, self.lent[i, t], -1.0)
                for (key, m), done in self.done.items():
                    if m == t and s.at(t).cohorts[key[0]].team == team:
                        add(left, done, -s.at(t).cohorts[key[0]].duties[key[1]][key[2]].hours)
                self.miss(("hours", team, t), left, 1.0, most=other)
                self.lp.row(("EQ12", team, t), left, 0.0)

    def miss(
        self, name: Name, row: Expr, hours: float, most: float = np.inf, per: float = 1.0
    ) -> None:
        """Let a row (≥ 0) be missed, in the elastic problem, at so many hours a unit missed."""
        if self.elastic:
            missed = self.lp.var(("missed", *name), 0.0, most)
            add(row, missed, per)
            self.misses.append((name, missed, hours))

    # ------------------------------------------------ the clock (EQ4–EQ7)

    def write_clock(self, c: str, d: str) -> None:
        """EQ4–EQ7 for one duty, every month."""
        s = self.s
        tiers = s.undated.cohorts[c].tiers
        x: dict[str, dict[int, Expr]] = {}
        y: dict[str, Expr] = {}
        none: dict[str, float] = {}
        for k in tiers:
            interval, cases = s.undated.cohorts[c].duties[d][k].interval, s.opening[c][k]
            late = min(s.overdue[c, d, k], cases) if interval else 0.0
            x[k] = (
                {a: {ONE: (cases - late) / interval} for a in range(interval)} if interval else {}
            )
            y[k] = {ONE: late}
            none[k] = 0.0 if interval else cases
        for t in range(s.months):
            month = self.cases[c][t]
            now, last = s.at(t).cohorts[c].duties[d], s.at(t - 1).cohorts[c].duties[d]
            for a, b, share in month.events:
                self.event(x, y, none, (a, b, share), now, last, self.count(c, t - 1), month)
            x, y, none = self.month(c, d, t, x, y, none)

    def count(self, c: str, t: int) -> dict[str, float]:
        """Return a cohort's cases at the end of month t."""
        return self.s.opening[c] if t < 0 else self.cases[c][t].cases

    @staticmethod
    def event(
        x: dict[str, dict[int, Expr]],
        y: dict[str, Expr],
        none: dict[str, float],
        what: tuple[str, str | None, float],
        now: dict[str, Any],
        last: dict[str, Any],
        cases: dict[str, float],
        month: p.CaseMonth,
    ) -> None:
        """Move a share of tier a to b, or out of the cohort, in last month's state."""
        a, b, share = what
        if b is None:
            pass
        elif last[b].interval is None:
            n = dict(cases)  # how many are in a at this moment, events before this one done
            for one in month.events:
                if one is what or one == what:
                    break
                moved = n[one[0]] * one[2]
                n[one[0]] -= moved
                if one[1] is not None:
                    n[one[1]] += moved
            none[b] += n[a] * share
        else:
            top = (now[b].interval or last[b].interval) - 1
            for age, expr in x[a].items():
                x[b][min(age, top)] = total((1, x[b].get(min(age, top), {})), (share, expr))
            y[b] = total((1, y[b]), (share, y[a]))
            x[b][top] = total((1, x[b].get(top, {})), (share * none[a], {ONE: 1}))
        x[a] = {age: total((1 - share, expr)) for age, expr in x[a].items()}
        y[a] = total((1 - share, y[a]))
        none[a] *= 1 - share

    def month(
        self, c: str, d: str, t: int, x: dict[str, Any], y: dict[str, Any], none: dict[str, float]
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, float]]:
        """EQ4–EQ7 for one month: variables due, done, x and y, and their equalities."""
        s, lp, month = self.s, self.lp, self.cases[c][t]
        new_x: dict[str, Any] = {}
        new_y: dict[str, Any] = {}
        new_none: dict[str, float] = {}
        for b, duty in s.at(t).cohorts[c].duties[d].items():
            name = (c, d, b, t)
            new_x[b], new_y[b], new_none[b] = {}, {}, 0.0
            if duty.interval is None:
                new_none[b] = month.cases[b]
                if duty.per_year > 0:
                    due = lp.var(("due", *name))
                    done = lp.var(("done", *name))
                    fixed = {ONE: duty.per_year / 12 * month.cases[b]}
                    lp.row(("EQ5", *name), total((1, fixed), (-1, due)), 0.0, 0.0)
                    lp.row(("EQ6", *name), total((duty.access, due), (-1, done)), 0.0)
                    self.due[(c, d, b), t], self.done[(c, d, b), t] = due, done
                continue
            fall_due: Expr = {ONE: month.entrants[b]}
            aged: dict[int, Expr] = {a: {} for a in range(1, duty.interval)}
            for (a, to), w in month.weights.items():
                if to != b:
                    continue
                add(fall_due, {ONE: none[a]}, w)
                add(fall_due, y[a], w)
                for age, expr in x[a].items():
                    add(aged[age + 1] if age + 1 < duty.interval else fall_due, expr, w)
            due, done, owed = (lp.var((what, *name)) for what in ("due", "done", "y"))
            lp.row(("EQ5", *name), total((1, fall_due), (-1, due)), 0.0, 0.0)
            lp.row(("EQ6", *name), total((duty.access, due), (-1, done)), 0.0)
            lp.row(("EQ7", *name), total((1, due), (-1, done), (-1, owed)), 0.0, 0.0)
            for age, expr in aged.items():
                here = lp.var(("x", *name, age))
                lp.row(("EQ4", *name, age), total((1, expr), (-1, here)), 0.0, 0.0)
                new_x[b][age] = here
            new_x[b][0], new_y[b] = done, owed
            self.due[(c, d, b), t], self.done[(c, d, b), t] = due, done
        return new_x, new_y, new_none

    # ------------------------------------------------ standards (EQ17–EQ21)

    def outstanding(self, key: p.Key, t: int) -> Expr:
        """Return due − done."""
        return total((1, self.due[key, t]), (-1, self.done[key, t]))

    def write_never_worse(self) -> None:
        """Outstanding at most today's where no standard on that duty and tier is judged."""
        judged = {
            (key, t)
            for x in self.s.standards
            for key in p.judged_keys(self.s, x)
            for _, months in p.periods(self.s, x)
            for t in months
        }
        for key, t in self.due:
            if (key, t) not in judged:
                most = self.today.facts[key, t]["outstanding"]
                self.lp.row(
                    ("never worse", *key, t), self.outstanding(key, t), high=most + self.give
                )

    def write_duty_standards(self) -> None:
        """EQ17: per tier and period the highest standard."""
        found: dict[Name, tuple[float, list[tuple[p.Key, int]], float]] = {}
        for x in self.s.standards:
            measure = next((m for m in ("completion", "in_date", "outstanding") if m in x), None)
            if measure is None:
                continue
            for keys, _ in p.judged_together(self.s, x):
                for label, months in p.periods(self.s, x):
                    owed = [(key, t) for t in months for key in keys if (key, t) in self.due]
                    tiers = ", ".join(key[2] for key in keys)
                    name = (*keys[0][:2], tiers, measure, x["judged"], label)
                    have = found.get(name)
                    better = min if measure == "outstanding" else max
                    level = better(x[measure], have[0]) if have else x[measure]
                    if owed:
                        found[name] = (level, owed, self.hours_of(keys, months, owed))
        for name, (level, owed, hours) in found.items():
            self.duty_row(name, level, owed, hours)

    def hours_of(
        self, keys: list[p.Key], months: list[int], owed: list[tuple[p.Key, int]]
    ) -> float:
        """Return the hours of one missed; of several tiers by what each is owed at the start."""
        hours, weights = [], []
        for c, d, k in keys:
            mine = months if len(keys) > 1 else [t for _, t in owed]
            each = [self.s.at(t).cohorts[c].duties[d][k].hours for t in mine]
            hours.append(sum(each) / len(each))
            rates = [self.s.at(t).cohorts[c].duties[d][k].per_year for t in range(self.s.months)]
            weights.append(self.s.opening[c][k] * sum(rates) / len(rates))
        if sum(weights) <= 0:
            return sum(hours) / len(hours)
        return sum(h * w for h, w in zip(hours, weights, strict=True)) / sum(weights)

    def duty_row(
        self, name: Name, level: float, owed: list[tuple[p.Key, int]], hours: float
    ) -> None:
        """EQ17: write one standard's row, as something that must be at least 0."""
        row: Expr = {}
        length = {"month": 1, "quarter": 3, "year": 12}[name[4]]
        for key, t in owed:
            c, d, k = key
            duty = self.s.at(t).cohorts[c].duties[d][k]
            if name[3] == "outstanding":
                add(row, self.outstanding(key, t), -1.0 / length)
            elif name[3] == "in_date" and duty.interval is not None:
                add(row, {ONE: (1 - level) * self.cases[c][t].cases[k]})
                add(row, self.outstanding(key, t), -1.0)
            else:
                add(row, self.done[key, t])
                add(row, self.due[key, t], -level)
        if name[3] == "outstanding":
            add(row, {ONE: level})
        self.miss(name, row, hours)
        self.lp.row(("EQ17", *name), row, 0.0)

    def write_other_standards(self) -> None:
        """EQ18 and EQ21."""
        for number, x in enumerate(self.s.standards):
            name = (x.get("name"), number)
            if "cases_per_officer" in x:
                self.write_ratio(name, x)
            elif "budget" in x:
                self.write_budget(name, x)
            elif "max_posts" in x:
                self.write_max_posts(name, x)

    def write_ratio(self, name: Name, x: dict[str, Any]) -> None:
        """EQ18: cases of the named tiers ≤ limit × officers."""
        s, c = self.s, x["cohort"]
        for t in range(x["from"], s.months):
            team = s.at(t).cohorts[c].team
            named = x.get("tiers", s.undated.cohorts[c].tiers)
            cases = p.counted(s, c, {k: self.cases[c][t].cases[k] for k in named}, t)
            fte: Expr = {}
            for grade, g in s.at(t).teams[team].grades.items():
                add(fte, self.people[team, grade, t].trained, g.share)
                add(fte, {ONE: g.share * p.people_events(s, team, grade, t, counted=True)})
            for i, rule in enumerate(s.flex):
                if rule["to"] == team and rule["counts"]:
                    add(fte, self.lent[i, t], 1 / p.hours_of_fte(s, rule["from"], t))
            limit = x["cases_per_officer"]
            row = total((limit, fte), (-1, {ONE: cases}))
            self.miss(("EQ18", *name, t), row, p.hours_of_fte(s, team, t), per=limit)
            self.lp.row(("EQ18", *name, t), row, 0.0)

    def month_spend(self, team: str, t: int) -> Expr:
        """Return posts × cost and overtime of a month, real and undiscounted."""
        settings = self.s.at(t).teams[team]
        result = total((settings.overtime_rate, self.overtime[team, t]))
        for grade, g in settings.grades.items():
            add(result, self.people[team, grade, t].posts, g.cost / 12)
        return result

    def write_budget(self, name: Name, x: dict[str, Any]) -> None:
        """EQ21: posts and overtime of each year within the budget."""
        teams = [x["team"]] if x.get("team") else list(self.s.undated.teams)
        for year, months in p.years_from(self.s, x["from"]):
            row: Expr = {ONE: x["budget"] * len(months) / 12}
            for t in months:
                for team in teams:
                    add(row, self.month_spend(team, t), -1.0)
            self.miss(("EQ21", *name, year), row, 1 / BUDGET_HOUR)
            self.lp.row(
                ("EQ21", *name, year), total((1e-4, row)), 0.0
            )  # in ten thousands of pounds

    def write_max_posts(self, name: Name, x: dict[str, Any]) -> None:
        """EQ21: most posts."""
        team = x["team"]
        grades = x.get("grades") or list(self.s.undated.teams[team].grades)
        for _, months in p.years_from(self.s, x["from"], whole=True):
            for t in months:
                row: Expr = {ONE: x["max_posts"]}
                for grade in grades:
                    add(row, self.people[team, grade, t].posts, -1.0)
                there = sum(p.posts_of(self.s, team, g, t, {}) for g in grades)
                # One that may not give is missed only by the posts that stand beyond it already.
                most = np.inf if x.get("may_give") else max(0.0, there - x["max_posts"])
                self.miss(("EQ21 posts", *name, t), row, p.hours_of_fte(self.s, team, t), most)
                self.lp.row(("EQ21 posts", *name, t), row, 0.0)

    def write_spans(self) -> None:
        """EQ19 and EQ20, on posts."""
        for t in range(self.s.months):
            for team, settings in self.s.at(t).teams.items():
                h = p.hours_of_fte(self.s, team, t)
                all_posts: Expr = {}
                led: Expr = {}
                for n, g in settings.grades.items():
                    add(all_posts, self.people[team, n, t].posts, g.share)
                    if g.share > 0 and g.supervises is None:
                        add(led, self.people[team, n, t].posts)
                for n, g in settings.grades.items():
                    posts = self.people[team, n, t].posts
                    if g.supervises is not None:
                        row = total((g.supervises, posts), (-1, led))
                        self.miss(("EQ19", team, n, t), row, h, per=g.supervises)
                        self.lp.row(("EQ19", team, n, t), row, 0.0)
                    if g.max_share is not None:
                        row = total((g.max_share, all_posts), (-g.share, posts))
                        self.miss(("EQ20", team, n, t), row, h)
                        self.lp.row(("EQ20", team, n, t), row, 0.0)

    # ------------------------------------------------ cost (EQ15)

    def write_cost(self) -> None:
        """EQ15: discounted cost, and what misses cost."""
        for t in range(self.s.months):
            for team in self.s.undated.teams:
                add(self.spend, self.month_spend(team, t), (1 + self.s.discount) ** (-t / 12))
        self.penalty: Expr = {}
        for _, missed, hours in self.misses:
            add(self.penalty, missed, PENALTY * hours)

    def least(self, gap: float, seconds: float) -> Any:
        """Solve the first objective."""
        return self.lp.solve(total((1, self.spend), (1, self.penalty)), gap, seconds)

    def then_least_outstanding(self, x: np.ndarray, seconds: float) -> Any:
        """EQ15's second objective: at that cost, least outstanding weighted by times a year.

        Where rules are missed or a budget stands it is weighted by risk (EQ31), and a time a year
        counts for a ten-thousandth.
        """
        budget = any("budget" in standard for standard in self.s.standards)
        by_risk = bool(self.missed(x)) or budget
        risks = {c: o.weights_of(self.s, c) for c in self.s.undated.cohorts} if by_risk else {}
        cost = total((1, self.spend), (1, self.penalty))
        least = worth(cost, x)
        second: Expr = {}
        for key, t in self.due:
            f = self.s.at(t).cohorts[key[0]].duties[key[1]][key[2]].per_year
            f = risks[key[0]][key[2]] + 1e-4 * f if by_risk else f
            add(second, self.outstanding(key, t), f)
        for give in (0.01, 1.0):  # pounds; more only if the solver finds nothing so near
            self.lp.rows = [row for row in self.lp.rows if row[0] != ("cost",)]
            self.lp.row(("cost",), total((1e-3, cost)), high=1e-3 * (least + give))
            answer = self.lp.solve(second, 1e-6, seconds)
            if answer.x is not None:
                break
        return answer

    def missed(self, x: np.ndarray) -> dict[Name, float]:
        """Return what was missed, above a millionth, in its own unit."""
        found = {name: worth(missed, x) for name, missed, _ in self.misses}
        return {name: n for name, n in found.items() if n > 1e-6}


def infeasible(answer: Any) -> bool:
    """Return whether the solver says that there is no answer."""
    return answer.x is None and (answer.status == 2 or "nfeasible" in answer.message)


def solved(
    s: Scenario,
    whole: bool,
    added: p.Posts | None,
    today: p.Run,
    gap: float,
    seconds: float,
    exact: bool = False,
) -> tuple[Sizing, Any, bool]:
    """Return the hard problem solved, or else the elastic one, and whether it is elastic."""
    # HiGHS has called possible problems impossible where rows are tight: give way a little then
    for elastic, give in ((False, 1e-6), (True, 1e-6), (True, 1e-5), (True, 1e-4)):
        problem = Sizing(s, whole, elastic, added, today, exact, give)
        answer = problem.least(gap, seconds)
        if not infeasible(answer):
            return problem, answer, elastic
    return problem, answer, True  # the last, without an answer


def size(
    scenario: Scenario,
    whole: bool = True,
    gap: float = 1e-4,
    seconds: float = 600.0,
    exact: bool = False,
) -> dict[str, Any]:
    """Return the least-cost posts, their cost (EQ15, discounted), and the programme.

    People have EQ14's limits; `exact` also makes as many join as may (slower: yes-or-no variables,
    added posts at most twice today's plus 20).

    Keys: status, elastic, cost (of the sizing problem, misses apart), penalty, bound (the solver's,
    misses in), added by (team, grade, start), misses; programme_cost, programme_penalty,
    programme_status, programme_elastic, programme_misses, and programme (`project` runs it).
    """
    today = p.run_all(scenario, full_hours=True)
    problem, answer, elastic = solved(scenario, whole, None, today, gap, seconds, exact)
    if answer.x is None:
        return {"status": answer.message, "elastic": elastic}
    added = {key: worth(new, answer.x) for key, new in problem.new_posts.items()}
    if whole:
        added = {key: float(round(n)) for key, n in added.items()}
    result = {
        "status": answer.message,
        "elastic": elastic,
        "gap": getattr(answer, "mip_gap", None),
        "cost": worth(problem.spend, answer.x),
        "penalty": worth(problem.penalty, answer.x),
        "bound": bound_of(problem, answer),
        "added": added,
        "misses": problem.missed(answer.x),
    }
    return {**result, **run_programme(scenario, added, today, seconds)}


def bound_of(problem: Sizing, answer: Any) -> float | None:
    """Return the least that cost and penalty can be, as far as the solver has shown."""
    bound = getattr(answer, "mip_dual_bound", None)
    return None if bound is None else float(bound) / answer["factor"] + problem.spend.get(ONE, 0.0)


def run_programme(s: Scenario, added: p.Posts, today: p.Run, seconds: float) -> dict[str, Any]:
    """Solve again with EQ14's people: the programme, and what it costs."""
    problem, answer, elastic = solved(s, False, added, today, 1e-9, seconds)
    if answer.x is None:
        return {"programme_status": answer.message, "programme": None}
    cost, penalty = worth(problem.spend, answer.x), worth(problem.penalty, answer.x)
    misses = problem.missed(answer.x)
    second = problem.then_least_outstanding(answer.x, seconds)
    x = answer.x if second.x is None else second.x
    programme = {
        "done": {(*key, t): worth(done, x) for (key, t), done in problem.done.items()},
        "due": {(*key, t): worth(due, x) for (key, t), due in problem.due.items()},
        "lending": {key: worth(lent, x) for key, lent in problem.lent.items()},
        "overtime": {key: worth(hours, x) for key, hours in problem.overtime.items()},
    }
    return {
        "programme_status": answer.message,
        "programme_elastic": elastic,
        "programme_cost": cost,
        "programme_penalty": penalty,
        "programme_misses": misses,
        "second_status": second.message,
        "programme": programme,
    }
