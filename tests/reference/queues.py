"""Work that queues, written from the text alone in dicts and loops (EQ13, EQ26).

`follow(raw)` takes a scenario's table whose teams have no duties, and cohorts only as where work
comes from and goes to. Everything is kept by the month of arrival: `waiting[queue, class][month]`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

Raw = dict[str, Any]
Key = tuple[str, str]
PLACES = (0.0, -0.4, -1.8, -2.6, -3.3)


def by_class(raw: Any, name: str, default: float) -> float:
    """Return a number of one class."""
    if isinstance(raw, dict):
        raw = raw.get(name, raw.get("*", default))
    return default if raw is None else float(raw)


class Run:
    """Follows every queue month by month."""

    def __init__(self, raw: Raw) -> None:
        self.raw, self.months = raw, int(raw["months"])
        self.queues: Raw = raw["queues"]
        self.shares: dict[Key, float] = {}
        self.waiting: dict[Key, dict[int, float]] = {}
        for q, table in self.queues.items():
            classes = table.get("classes") or {"all": 1.0}
            for c, share in classes.items():
                self.shares[q, c] = share
                given = table.get("waiting", 0.0)
                number = given.get(c, 0.0) if isinstance(given, dict) else given * share
                ages = table.get("waiting_ages", {}).get(c, [1.0])
                if "waiting" not in table:
                    number = sum(table.get("waiting_ages", {}).get(c, []))
                # waited for one month: arrived in the month before the first
                self.waiting[q, c] = {
                    -1 - n: number * part / sum(ages) for n, part in enumerate(ages)
                }
        self.cases = {
            (name, k): float(tier["cases"])
            for name, cohort in raw.get("cohorts", {}).items()
            for k, tier in cohort["tiers"].items()
        }
        self.done: dict[tuple[Key, int], float] = {}
        self.left: dict[tuple[tuple[str, str], int], float] = {}
        self.opening = dict(self.cases)
        self.rows: list[Raw] = []
        self.case_rows: list[Raw] = []

    def number(self, key: Key, name: str, default: float = 0.0) -> float:
        """Return a setting of a class."""
        return by_class(self.queues[key[0]].get(name), key[1], default)

    def hours(self, key: Key) -> float:
        """EQ10."""
        lead, crew = self.number(key, "hours"), self.number(key, "crew", 1.0)
        q = self.number(key, "no_answer_share")
        second = self.number(key, "second_officer_hours", lead)
        failed = q / (1 - q) * self.number(key, "no_answer_hours") * crew
        return lead + (crew - 1) * second + failed

    def completed(self, queue: str, t: int) -> float:
        """Return what a queue completed in a month, those before the start as given."""
        if t < 0:
            before = self.queues[queue].get("completed_before", [])
            return float(before[-t - 1]) if -t <= len(before) else 0.0
        return sum(n for (key, when), n in self.done.items() if key[0] == queue and when == t)

    def step(self, t: int) -> None:
        """Carry everything through a month."""
        self.step_cases(t)
        arrivals = self.arrivals(t)
        lapsed, due = {}, {}
        for key, waits in self.waiting.items():
            most = self.number(key, "lapses_after_months")
            gone = [when for when in waits if most and t - when >= most]
            lapsed[key] = sum(waits.pop(when) for when in gone)
            waits[t] = waits.get(t, 0.0) + arrivals[key]
            due[key] = sum(waits.values())
        for team, table in self.raw["teams"].items():
            have = sum(
                g["in_post"] * 52 * g.get("weekly_hours", 40) / 12 for g in table["grades"].values()
            )
            self.share_out(team, have, due, t)
        for key, waits in self.waiting.items():
            done, deadline = self.done[key, t], self.number(key, "deadline_months", math.nan)
            late = sum(n for when, n in waits.items() if t - 1 - when + 1 > deadline)
            for when in sorted(waits):
                some = min(done, waits[when])
                waits[when] -= some
                done -= some
            # reported as one month when it arrived this month: late once that passes the deadline
            late += sum(
                n
                for when, n in waits.items()
                if t - when + 1 > deadline and not t - 1 - when + 1 > deadline
            )
            total, wait = 0.0, 0
            for when in sorted(waits):
                total += waits[when]
                if total >= 0.5:
                    wait = t - when + 1
                    break
            within = (due[key] - late) / due[key] if due[key] > 1e-9 else math.nan
            self.rows.append(
                {
                    "month": t,
                    "queue": key[0],
                    "class": key[1],
                    "arrivals": arrivals[key],
                    "due": due[key],
                    "done": self.done[key, t],
                    "lapsed": lapsed[key],
                    "waiting": sum(waits.values()),
                    "in_date": math.nan if math.isnan(deadline) else within,
                    "longest_wait_months": wait,
                }
            )

    def step_cases(self, t: int) -> None:
        """EQ1 and EQ3 for cohorts whose new cases are given, or that have a growth path."""
        joined: dict[tuple[str, str], float] = defaultdict(float)
        within: dict[tuple[str, str], float] = defaultdict(float)
        for q, table in self.queues.items():
            for flow in table.get("leads_to", []):
                if "cohort" in flow:
                    then = t - max(1, flow.get("lag_months", 0))
                    number = self.completed(q, then) * flow.get("share", 1.0)
                    growing = "growth_per_year" in self.raw["cohorts"][flow["cohort"]]
                    part = growing and flow.get("within_growth", True)
                    (within if part else joined)[flow["cohort"], flow["tier"]] += number
        for name, cohort in self.raw.get("cohorts", {}).items():
            tiers = list(cohort["tiers"])
            stay = {}
            for k in tiers:
                rate = by_class(cohort.get("exits_per_year"), k, 0.0) / 12
                self.left[(name, k), t] = self.cases[name, k] * rate
                stay[k] = self.cases[name, k] * (1 - rate)
            for k in tiers:
                self.cases[name, k] = stay[k] + joined[name, k] + within[name, k]
            if "growth_per_year" in cohort:
                path = cohort.setdefault("_path", sum(self.opening[name, k] for k in tiers))
                on_top = sum(joined[name, k] for k in tiers)
                path = (path + on_top) * (1 + cohort["growth_per_year"]) ** (1 / 12)
                cohort["_path"] = path
                more = max(0.0, path - sum(self.cases[name, k] for k in tiers))
                for k in tiers:
                    self.cases[name, k] += more * cohort["entry_mix"].get(k, 0.0)
            for k, number in cohort.get("entrants_per_month", {}).items():
                self.cases[name, k] += number
            for k in tiers:
                self.case_rows.append(
                    {"month": t, "cohort": name, "tier": k, "cases": self.cases[name, k]}
                )

    def arrivals(self, t: int) -> dict[Key, float]:
        """Return what arrives by class."""
        found = dict.fromkeys(self.waiting, 0.0)
        for q, table in self.queues.items():
            number = table.get("arrivals_per_month", 0.0)
            number *= (1 + table.get("growth_per_year", 0.0)) ** (t / 12)
            sources = table.get("arrivals_from", [])
            for source in [sources] if isinstance(sources, dict) else sources:
                lag = source.get("lag_months", 0)
                if "queue" in source:
                    number += self.completed(source["queue"], t - max(1, lag)) * source["share"]
                    continue
                tiers = [
                    key
                    for key in self.cases
                    if key[0] == source["cohort"] and source.get("tier", key[1]) == key[1]
                ]
                if "per_case_year" in source:
                    number += sum(self.cases[k] for k in tiers) * source["per_case_year"] / 12
                else:
                    number += source["share"] * sum(self.left[k, max(0, t - lag)] for k in tiers)
            for other, its in self.queues.items():
                for flow in its.get("leads_to", []):
                    if flow.get("queue") == q:
                        then = t - max(1, flow.get("lag_months", 0))
                        number += self.completed(other, then) * flow.get("share", 1.0)
            for key in found:
                if key[0] == q:
                    found[key] += number * self.shares[key]
        return found

    def order(self, team: str) -> list[Key]:
        """Return a team's classes, first-served first."""
        keys = [key for key in self.waiting if self.queues[key[0]]["team"] == team]
        places = {
            key: (list(self.queues[key[0]].get("classes") or ["all"]).index(key[1]), n)
            for n, key in enumerate(self.waiting)
        }
        found: list[Key] = []
        for entry in self.raw.get("priority", {}).get("order", []):
            queue, _, name = entry.partition(".")
            mine = [key for key in keys if key[0] == queue and name in ("", key[1])]
            found += [key for key in sorted(mine, key=lambda k: places[k]) if key not in found]
        queues = list(self.queues)
        rest = sorted(keys, key=lambda key: (places[key][0], queues.index(key[0])))
        return found + [key for key in rest if key not in found]

    def share_out(self, team: str, have: float, due: dict[Key, float], t: int) -> None:
        """EQ13: strict, or soft with focus."""
        order = self.order(team)
        can = {key: due[key] * self.number(key, "access_rate", 1.0) for key in order}
        need = {key: can[key] * self.hours(key) for key in order}
        if self.raw.get("priority", {}).get("rule", "soft") == "strict":
            for key in order:
                some = min(have, need[key])
                have -= some
                self.done[key, t] = can[key] * (some / need[key] if need[key] else 1.0)
            return
        focus, lowest = {}, 0.0
        for key in order:
            classes = list(self.queues[key[0]].get("classes") or ["all"])
            lowest = min(lowest, self.number(key, "focus", PLACES[classes.index(key[1])]))
            focus[key] = lowest
        share = dict.fromkeys(order, 1.0)
        if sum(need.values()) > have:
            low, high = -60.0, 60.0
            for _ in range(200):
                middle = (low + high) / 2
                used = sum(n / (1 + math.exp(-middle - focus[k])) for k, n in need.items())
                low, high = (middle, high) if used < have else (low, middle)
            share = {key: 1 / (1 + math.exp(-low - focus[key])) for key in order}
        for key in order:
            self.done[key, t] = can[key] * (share[key] if need[key] else 1.0)


def follow(raw: Raw) -> Run:
    """Return the finished run of a scenario's table."""
    run = Run(raw)
    for t in range(run.months):
        run.step(t)
    return run
