"""Work that queues (EQ26): by hand, by laws, beside the reference, and what is refused."""

from __future__ import annotations

import tomllib
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import poisson

from capacity import stages
from capacity.engine import building, caseload
from capacity.errors import ScenarioError
from capacity.reading import scenario
from capacity.results import summary
from capacity.results.tables import tables
from capacity.risk import futures, uncertainty
from capacity.risk.draws import Draws
from capacity.risk.futures import Staffing, World
from capacity.stages import PlanResult
from capacity.why import explain
from tests.reference import queues as reference
from tests.toys import HOURS_A_MONTH, plan_of, toy

EIGHT = f"hours = {HOURS_A_MONTH / 8!r}"
"""One officer does eight a month."""


def queue(*more: str, queues: str, months: int = 4, rule: str = "strict", posts: float = 1) -> str:
    """Queues of one team without cohorts."""
    return f"""\
title = "Queues"
start = 2025-04-01
months = {months}
{queues}
[priority]
rule = "{rule}"
[teams.t.grades.pc]
in_post = {posts}
cost_per_year = 50000
""" + "\n".join([*more, ""])


def ten(*more: str) -> str:
    """Ten arrive and six wait."""
    return "\n".join(
        ['[queues.refs]\nteam = "t"\narrivals_per_month = 10\nwaiting = 6', EIGHT, *more]
    )


def told(plan: PlanResult, name: str = "refs", one: str = "all") -> pd.DataFrame:
    """The rows of a class with current posts."""
    table = tables(plan)["queues"]
    mine = (table["option"] == "today") & (table["queue"] == name) & (table["class"] == one)
    return table[mine].reset_index(drop=True)


def test_the_oldest_are_done_first_and_nothing_vanishes() -> None:
    """Due 6 + 10 = 16, 8 + 10, 10 + 10, 12 + 10, of which 8 are done.

    In month 3 two of month 2 are left beside the ten new ones: waited for two months. In month 4
    four of month 3.
    """
    rows = told(plan_of(queue(queues=ten()), fixed=True))
    np.testing.assert_allclose(rows["due"], [16, 18, 20, 22])
    np.testing.assert_allclose(rows["done"], 8)
    np.testing.assert_allclose(rows["waiting"], [8, 10, 12, 14])
    np.testing.assert_allclose(rows["completion"], [8 / 16, 8 / 18, 8 / 20, 8 / 22])
    assert rows["longest_wait_months"].tolist() == [1, 1, 2, 2]
    assert rows["in_date"].isna().all()


def test_in_date_is_within_the_deadline() -> None:
    """A deadline of one month: late is who is found waiting for more than a month at its end.

    Month 3: the two of month 2. Month 4: these two, done late, and the four of month 3.
    """
    rows = told(plan_of(queue(queues=ten("deadline_months = 1")), fixed=True))
    np.testing.assert_allclose(rows["in_date"], [1, 1, 18 / 20, 16 / 22])


def test_what_lapses_leaves_before_work_begins() -> None:
    """Closed after two whole months: the two of month 2 before the work of month 4.

    Then 20 are due, 8 of the ten of month 3 are done, and 2 + 10 wait.
    """
    rows = told(plan_of(queue(queues=ten("lapses_after_months = 2")), fixed=True))
    np.testing.assert_allclose(rows["lapsed"], [0, 0, 0, 2])
    np.testing.assert_allclose(rows["due"], [16, 18, 20, 20])
    np.testing.assert_allclose(rows["waiting"], [8, 10, 12, 12])


def test_real_ages_of_those_who_wait() -> None:
    """Two wait for one month, one for two and three for three: lapsing after three, three go."""
    more = "waiting_ages = { all = [2, 1, 3] }\nlapses_after_months = 3"
    rows = told(plan_of(queue(queues=ten(more)), fixed=True))
    np.testing.assert_allclose(rows["lapsed"][0], 3)
    np.testing.assert_allclose(rows["due"][0], 13)


TWO = """[queues.refs]
team = "t"
arrivals_per_month = 10
classes = { hi = 0.4, lo = 0.6 }
"""


def test_classes_in_strict_order() -> None:
    """Four high and six low arrive; of eight, all high and four low are done."""
    plan = plan_of(queue(queues=TWO + EIGHT, months=2), fixed=True)
    np.testing.assert_allclose(told(plan, one="hi")["done"], [4, 4])
    np.testing.assert_allclose(told(plan, one="lo")["waiting"], [2, 4])


def test_the_order_may_name_a_class() -> None:
    """Low first: six low, then two high."""
    order = 'order = ["refs.lo", "refs.hi"]'
    text = queue(queues=TWO + EIGHT, months=1).replace('"strict"', f'"strict"\n{order}')
    plan = plan_of(text, fixed=True)
    np.testing.assert_allclose(told(plan, one="hi")["done"], [2])


def test_the_same_focus_is_in_proportion() -> None:
    """Eight of ten: 80% of each."""
    text = queue(queues=TWO + EIGHT + "\nfocus = 0", months=1, rule="soft")
    plan = plan_of(text, fixed=True)
    np.testing.assert_allclose(told(plan, one="hi")["done"], [3.2])
    np.testing.assert_allclose(told(plan, one="lo")["done"], [4.8])


def test_a_queue_comes_after_the_duties_of_a_tier_and_uses_what_is_left() -> None:
    """60 high visits and 15 low: 150 hours of 520; 370 are left for 200 hours of referrals."""
    text = toy('[queues.refs]\nteam = "t"\narrivals_per_month = 20\nhours = 10', months=1)
    plan = plan_of(text, fixed=True)
    np.testing.assert_allclose(told(plan)["done"], [20])
    hours = tables(plan)["hours"]
    np.testing.assert_allclose(hours["duties"], [60 * 2 + 20 * 2 + 200])


def test_failed_attempts_and_second_officers_take_hours_as_in_duties() -> None:
    """2 officers × 5 hours, and 0.2 ÷ 0.8 failed attempts of 1 hour by both: 10.5 each."""
    more = "hours = 5\ncrew = 2\nno_answer_share = 0.2\nno_answer_hours = 1"
    text = queue(queues=f'[queues.refs]\nteam = "t"\narrivals_per_month = 10\n{more}', months=1)
    hours = tables(plan_of(text, fixed=True))["hours"]
    np.testing.assert_allclose(hours["duties"], [105])


def test_arrivals_grow_from_the_start() -> None:
    """21% a year are 10% in half a year."""
    text = queue(queues=ten("growth_per_year = 0.21"), months=7)
    rows = told(plan_of(text, fixed=True))
    np.testing.assert_allclose(rows["arrivals"][[0, 6]], [10, 11])


def test_classes_that_are_uncertain_share_all_that_arrives() -> None:
    """Shares of a class drawn from 20% to 80% are shares of 10 a month all the same."""
    classes = (
        'classes = { hi = { value = 0.5, low = 0.2, high = 0.8, source = "local" }, lo = 0.5 }'
    )
    plan = plan_of(queue(queues=ten(classes)), fixed=True)
    arrivals = futures.world(Draws(plan.scenario, 1), np.arange(20)).model.queues.arrivals
    np.testing.assert_allclose(arrivals.sum(axis=2), 10)
    assert np.ptp(arrivals[:, 0, 0]) > 2


def test_what_is_done_leads_to_another_queue_after_its_lag() -> None:
    """Eight done a month, a quarter of them files two months later; none before."""
    files = '[queues.files]\nteam = "t"\nhours = 0'
    flow = 'leads_to = [{ queue = "files", share = 0.25, lag_months = 2 }]'
    rows = told(plan_of(queue(queues=f"{ten(flow)}\n{files}"), fixed=True), "files")
    np.testing.assert_allclose(rows["arrivals"], [0, 0, 2, 2])


def test_what_was_completed_before_the_start_is_on_its_way() -> None:
    """A quarter after two months: first of the 12 of two months before, then of the 20."""
    files = '[queues.files]\nteam = "t"\nhours = 0'
    flow = 'leads_to = [{ queue = "files", share = 0.25, lag_months = 2 }]'
    before = f"{ten(flow)}\ncompleted_before = [20, 12]\n{files}"
    rows = told(plan_of(queue(queues=before), fixed=True), "files")
    np.testing.assert_allclose(rows["arrivals"], [3, 5, 2, 2])


def test_with_no_lag_it_arrives_in_the_next_month() -> None:
    files = 'arrivals_from = { queue = "refs", share = 0.25 }\nteam = "t"\nhours = 0'
    rows = told(plan_of(queue(queues=f"{ten()}\n[queues.files]\n{files}"), fixed=True), "files")
    np.testing.assert_allclose(rows["arrivals"], [0, 2, 2, 2])


def coupled(flow: str, growth: str = "growth_per_year = 0.0") -> str:
    """120 cases without visits, of which one in ten leaves a year, and a queue of the same team."""
    cohort = f"""[cohorts.a]
team = "t"
{growth}
exits_per_year = 0.1
entry_mix = {{ hi = 1 }}
tiers = {{ hi = {{ cases = 60 }}, lo = {{ cases = 60 }} }}
"""
    return queue(queues=f"{ten(flow)}\n{cohort}")


def test_what_is_done_leads_to_cases_on_top_of_growth() -> None:
    """Eight done, a quarter become cases a month later, beside those who keep the total."""
    flow = '{ cohort = "a", tier = "lo", share = 0.25, within_growth = false }'
    table = tables(plan_of(coupled(f"leads_to = [{flow}]"), fixed=True))["caseload"]
    every = table.groupby("month")["cases"].sum()
    np.testing.assert_allclose(every, [120, 122, 124, 126])
    low = table[table["tier"] == "lo"]["entrants"]
    np.testing.assert_allclose(low, [0, 2, 2, 2])


def test_or_as_part_of_growth() -> None:
    """One of 120 leaves a month: two come from the queue, more than growth asks for.

    A queue that leads to half a case a month leaves half a case to the mix.
    """
    flow = '{ cohort = "a", tier = "lo", share = 0.0625 }'
    table = tables(plan_of(coupled(f"leads_to = [{flow}]"), fixed=True))["caseload"]
    np.testing.assert_allclose(table.groupby("month")["cases"].sum(), 120)
    np.testing.assert_allclose(table[table["tier"] == "lo"]["entrants"], [0, 0.5, 0.5, 0.5])
    np.testing.assert_allclose(table[table["tier"] == "hi"]["entrants"], [1, 0.5, 0.5, 0.5])


def test_arrivals_for_each_case_and_of_those_who_leave() -> None:
    """120 cases at 0.5 a year are 5 a month; of the one who leaves a month, half a month later."""
    of_cases = 'arrivals_from = { cohort = "a", per_case_year = 0.5 }'
    rows = told(plan_of(coupled(of_cases), fixed=True))
    np.testing.assert_allclose(rows["arrivals"], 15)
    leavers = 'arrivals_from = { cohort = "a", share = 0.5, lag_months = 1 }'
    rows = told(plan_of(coupled(leavers), fixed=True))
    np.testing.assert_allclose(rows["arrivals"], 10.5)


def test_in_steady_state_as_many_wait_as_arrive_times_how_long_they_wait() -> None:
    """Little's law: half of those due can be done a month, so as many wait as arrive.

    Served evenly, half of every age is done: 5 at once, 2.5 a month later, 1.25 after two. As many
    are done as arrive, so these are also the months that ten arrivals will wait.
    """
    text = queue(queues=ten("access_rate = 0.5\nin_turn = 0"), months=60, posts=9)
    plan = plan_of(text, fixed=True)
    waiting = tables(plan)["backlog_age"]
    by_age = waiting.pivot(index="month", columns="months_outstanding", values="cases").fillna(0.0)
    last, before = by_age.iloc[-1], by_age.iloc[-2]
    np.testing.assert_allclose(last.sum(), 10)
    done = [10 - last[1], *(before.get(n - 1, 0.0) - last.get(n, 0.0) for n in range(2, 40))]
    np.testing.assert_allclose(done[:4], [5, 2.5, 1.25, 0.625], rtol=1e-6)
    np.testing.assert_allclose(last.sum(), np.arange(39) @ done, rtol=1e-6)


def random_queues(seed: int) -> dict[str, Any]:
    """Queues of all kinds that lead to one another, and to and from a cohort."""
    rng = np.random.default_rng(seed)
    pick = lambda *given: given[int(rng.integers(len(given)))]  # noqa: E731
    names = ["a", "b", "c"][: int(rng.integers(1, 4))]
    teams = ["s", "t"][: int(rng.integers(1, 3))]
    cohort: dict[str, Any] = {
        "team": "s",
        "tiers": {"hi": {"cases": 40}, "lo": {"cases": 80}},
        "exits_per_year": {"hi": 0.6, "lo": 1.2},
    }
    if pick(True, False):
        cohort |= {"growth_per_year": 0.1, "entry_mix": {"hi": 0.25, "lo": 0.75}}
    else:
        cohort["entrants_per_month"] = {"hi": 1.0, "lo": 2.0}
    queues = {}
    for name in names:
        classes = pick({}, {"x": 0.3, "y": 0.7}, {"x": 0.2, "y": 0.5, "z": 0.3})
        table: dict[str, Any] = {
            "team": pick(*teams),
            "arrivals_per_month": pick(5.0, 12.5, 30.0),
            "growth_per_year": pick(0.0, 0.2, -0.1),
            "hours": pick(4.0, 9.0) if not classes else dict.fromkeys(classes, 6.0) | {"y": 11.0},
            "crew": pick(1, 2),
            "no_answer_share": pick(0.0, 0.25),
            "no_answer_hours": 1.0,
            "access_rate": pick(1.0, 0.8),
            "waiting": pick(0.0, 20.0),
            "lapses_after_months": pick(0, 1, 3, 5),
        }
        if seed % 3 == 0:
            table["completed_before"] = [9.0, 0.0, 4.0]
        if classes:
            table["classes"] = classes
            table["focus"] = pick({}, {"x": 0.0, "y": -1.5})
            table["waiting_ages"] = pick({}, {"y": [3.0, 0.0, 4.0]})
        if (deadline := pick(None, 0, 1, 3)) is not None:
            table["deadline_months"] = deadline
        table["arrivals_from"] = pick(
            [],
            [{"cohort": "r", "tier": "hi", "per_case_year": 0.6}],
            [{"cohort": "r", "share": 0.3, "lag_months": pick(0, 2)}],
            [{"queue": pick(*names), "share": 0.2, "lag_months": pick(1, 4)}],
        )
        table["leads_to"] = pick(
            [],
            [{"queue": pick(*names), "share": 0.4, "lag_months": pick(1, 3)}],
            [
                {
                    **{"cohort": "r", "tier": pick("hi", "lo"), "share": 0.3},
                    **{"lag_months": pick(1, 2), "within_growth": pick(True, False)},
                }
            ],
        )
        queues[name] = table
    return {
        "title": "Made up",
        "start": "2025-04-01",
        "months": 18,
        "cohorts": {"r": cohort},
        "teams": {
            team: {"grades": {"pc": {"in_post": pick(1.0, 2.5), "cost_per_year": 50_000}}}
            for team in teams
        },
        "queues": queues,
        "priority": {"rule": pick("soft", "strict"), "order": pick([], [names[-1]])},
    }


def as_text(table: dict[str, Any]) -> str:
    """A scenario's text."""
    from tests import making

    return making.toml(table).replace('start = "2025-04-01"', "start = 2025-04-01")


@pytest.mark.parametrize("first", [0, 40])
def test_random_queues_are_those_of_the_reference(first: int) -> None:
    for seed in range(first, first + 40):
        table = random_queues(seed)
        found = tables(plan_of(as_text(table), fixed=True))
        theirs = reference.follow(tomllib.loads(as_text(table)))
        for name, rows, sort in (
            ("queues", theirs.rows, ["month", "queue", "class"]),
            ("caseload", theirs.case_rows, ["month", "cohort", "tier"]),
        ):
            ours = found[name]
            ours = ours.assign(month=ours["month"].map(list(dict.fromkeys(ours["month"])).index))
            ours, other = (one.sort_values(sort) for one in (ours, pd.DataFrame(rows)))
            for column in other.columns.difference(sort):
                np.testing.assert_allclose(
                    ours[column].to_numpy(float),
                    other[column].to_numpy(float),
                    rtol=1e-9,
                    atol=1e-8,
                    err_msg=f"seed {seed}: {column}",
                )


def test_nothing_is_lost_and_nothing_comes_from_nowhere() -> None:
    """Opening + arrivals = done + lapsed + waiting, for every class up to every month."""
    for seed in range(20):
        plan = plan_of(as_text(random_queues(seed)), fixed=True)
        run, queues = plan.today.projection, plan.model.queues
        mine = slice(queues.rows.start, None)
        opening = plan.model.duties.overdue[:, mine]
        came = opening[:, None] + np.cumsum(run.newly_due[:, :, mine], axis=1)
        went = np.cumsum(run.done[:, :, mine] + run.lapsed, axis=1) + run.outstanding[:, :, mine]
        np.testing.assert_allclose(came, went, atol=1e-8)
        np.testing.assert_allclose(
            run.outstanding[:, :, mine], run.caseload.cases[:, :, queues.tiers.start :], atol=1e-9
        )


# --- Standards and sizing -------------------------------------------------------------------


def standard(**asks: Any) -> str:
    """A standard on the queue from the first month."""
    lines = [f"{key} = {str(value).lower()}" for key, value in asks.items()]
    return "\n".join(['[[standards]]\nname = "Referrals"\nqueue = "refs"', *lines])


def sized(text: str) -> PlanResult:
    """A plan that has a team needed."""
    plan = plan_of(text)
    assert plan.sizing is not None, plan.unanswered
    return plan


def test_the_team_needed_keeps_up_with_what_arrives() -> None:
    """Ten a month at eight per officer: completion of 95% needs 19 ÷ 16 ÷ 8 officers: two."""
    plan = sized(queue(standard(completion=0.95), queues=ten(), months=12))
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    assert plan.sizing.posts.max() == 2


def test_a_longest_wait_is_met_with_posts_just_in_time() -> None:
    """Nobody waits over two months: with one officer four of month 3 wait for two in month 4.

    In month 5 eight of the fourteen are done and 6 + 10 wait: six of month 4 for two months. It is
    more than two months only in month 8: (10 − 8) × n grows to more than ten in month 6.
    """
    months = 12
    plan = sized(queue(standard(longest_wait_months=2), queues=ten(), months=months))
    rows = tables(plan)["queues"]
    mine = rows[rows["option"] == "sized"]
    assert (mine["longest_wait_months"] <= 2).all()
    posts = plan.sizing.posts[:, 0] if plan.sizing else []
    assert posts[0] == 1
    assert posts[-1] == 2


@pytest.mark.parametrize("seed", range(8))
def test_a_team_needed_for_a_deadline_meets_it(seed: int) -> None:
    table = random_queues(seed)
    for one in table["queues"].values():
        one["deadline_months"] = 2
    first = next(iter(table["queues"]))
    table["standards"] = [
        {"name": "In time", "queue": first, "in_date": 0.9, "from": "2025-10-01", "pooled": True},
        {"name": "Done", "queue": first, "completion": 0.7, "judged": "quarter", "pooled": True},
    ]
    text = as_text(table).replace('"2025-10-01"', "2025-10-01")
    plan = sized(text)
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    assert plan.sized is not None
    assert all(one.met.all() for one in plan.sized.judgements)


def test_standards_first_serves_a_queue_up_to_its_deadline_first() -> None:
    """Low first in order, but the high ones must be within a month: none needs doing at once."""
    text = queue(
        standard(completion=1.0, tiers='["lo"]').replace("'", ""),
        queues=TWO + EIGHT,
        months=1,
        rule="standards first",
    )
    plan = plan_of(text, fixed=True)
    np.testing.assert_allclose(told(plan, one="lo")["done"], [6])
    np.testing.assert_allclose(told(plan, one="hi")["done"], [2])


def test_a_faster_first_team_gives_the_next_more_work() -> None:
    """Linked teams are sized together: what one completes is the other's need.

    A: 10 a month and 6 waiting; one officer does eight. All ten done need two, and B then gets five
    a month at four per officer: two.
    """
    b = f'[queues.b]\nteam = "u"\nhours = {HOURS_A_MONTH / 4!r}'
    flow = 'leads_to = [{ queue = "b", share = 0.5, lag_months = 1 }]'
    text = queue(
        standard(completion=0.95),
        standard(completion=0.95).replace("refs", "b").replace("Referrals", "B"),
        "[teams.u.grades.pc]\nin_post = 1\ncost_per_year = 50000",
        queues=f"{ten(flow)}\n{b}",
        months=12,
    )
    plan = sized(text)
    assert plan.sizing is not None
    assert plan.sizing.posts[-1].tolist() == [2, 2]


# --- What is refused ------------------------------------------------------------------------


def problems(text: str) -> list[str]:
    """What is wrong with a scenario."""
    with pytest.raises(ScenarioError) as caught:
        scenario.read("q.toml", files={"q.toml": text})
    return [str(one) for one in caught.value.problems]


WRONG = (
    (ten("classes = { hi = 0.4, lo = 0.5 }"), "queues.refs.classes: must add up to 1, got 0.9"),
    (ten("waiting_ages = { hi = [1] }"), "queues.refs.waiting_ages.hi: unknown class"),
    (ten("deadline_months = { x = 1 }"), "queues.refs.deadline_months.x: unknown class"),
    (ten("lapses_after_months = 1.5"), "must be a whole number"),
    (ten().replace('team = "t"', 'team = "u"'), "queues.refs.team: must be a team of this"),
    (
        '[queues.refs]\nteam = "t"\nhours = 1',
        "queues.refs.arrivals_per_month: must be given, or arrivals_from",
    ),
    (
        '[queues.refs]\nteam = "t"\nhours = 1\nwaiting = 3\ngrowth_per_year = 0.1',
        "queues.refs.growth_per_year: must not be given without arrivals_per_month",
    ),
    (ten("arrivals_from = {}"), "must have one of cohort and queue, got none of them"),
    (
        ten('arrivals_from = { queue = "refs", share = 0.1 }'),
        "must not lead back to itself with no lag: refs → refs",
    ),
    (ten('arrivals_from = { queue = "x", share = 0.1 }'), "must be a queue of this scenario"),
    (ten('arrivals_from = { queue = "refs" }'), "share: must be given"),
    (ten('leads_to = [{ cohort = "a" }]'), "cohort: must be a cohort of this scenario"),
    (ten("leads_to = [{ share = 0.5 }]"), "must have one of cohort and queue, got none of them"),
)


@pytest.mark.parametrize(("queues", "said"), WRONG, ids=range(len(WRONG)))
def test_what_does_not_fit_together_is_told(queues: str, said: str) -> None:
    found = problems(queue(queues=queues))
    assert any(said in line for line in found), found


def test_two_queues_may_not_lead_to_one_another_at_once() -> None:
    files = '[queues.files]\nteam = "t"\nleads_to = [{ queue = "refs", share = 0.1 }]'
    flow = 'leads_to = [{ queue = "files", share = 0.1 }]'
    text = queue(queues=f"{ten(flow)}\n{files}")
    found = problems(text)
    assert [line for line in found if "refs → files → refs" in line], found


def test_a_loop_that_feeds_itself_for_ever_is_warned_of() -> None:
    """Each leads to one more: 0.5 × 2 by way of a case that stays a year."""
    loop = 'leads_to = [{ queue = "refs", share = 1, lag_months = 3 }]'
    read = scenario.read("q.toml", files={"q.toml": queue(queues=ten(loop))})
    assert any("leads back to itself" in str(one) for one in read.warnings)
    less = scenario.read(
        "q.toml", files={"q.toml": queue(queues=ten(loop.replace("share = 1,", "share = 0.9,")))}
    )
    assert not any("leads back to itself" in str(one) for one in less.warnings)


def test_a_standard_needs_a_queue_that_is_there() -> None:
    text = queue(standard(completion=0.9).replace('"refs"', '"other"'), queues=ten())
    assert any("queue: must be a queue of this scenario" in line for line in problems(text))


def test_a_standard_on_deadlines_needs_one() -> None:
    text = queue(standard(in_date=0.9), queues=ten())
    assert any("must be on a queue with deadline_months" in line for line in problems(text))


def test_neither_cohort_nor_queue_is_nothing_to_plan() -> None:
    text = queue(queues="")
    assert any("must have at least one, or there must be a queue" in x for x in problems(text))


def test_a_dated_change_of_arrivals_and_hours() -> None:
    """From June twenty arrive, and an officer does sixteen."""
    change = (
        '[[changes]]\nfrom = 2025-06-01\nset = { "queues.refs.arrivals_per_month" = 20, '
        f'"queues.refs.hours" = {HOURS_A_MONTH / 16!r} }}'
    )
    rows = told(plan_of(queue(change, queues=ten()), fixed=True))
    np.testing.assert_allclose(rows["arrivals"], [10, 10, 20, 20])
    np.testing.assert_allclose(rows["done"], [8, 8, 16, 16])


def test_a_scenario_without_queues_has_no_table_of_them() -> None:
    assert "queues" not in tables(stages.run(scenario.read("t", files={"t": toy()}), fixed=True))


# --- Simulations ----------------------------------------------------------------------------


def simulated(text: str, draws: int) -> tuple[stages.Model, Any]:
    """What current posts get done in simulations."""
    model = building.build(scenario.read("q.toml", files={"q.toml": text}))
    world = World(np.arange(1, draws + 1), model, caseload.project(model), seed=7)
    return model, futures.run(world, Staffing("today", model.people.posts[0], "in use")).projection


def served(number: int, arrivals: float, months: int) -> str:
    """One officer who does so many a month, whatever happens; months from the middle count."""
    lines = f'[queues.refs]\nteam = "t"\narrivals_per_month = {arrivals}\n'
    return queue(queues=f"{lines}hours = {HOURS_A_MONTH / number!r}", months=months)


def mean_waiting(run: Any) -> tuple[float, float]:
    """The mean that waits at month ends of the second half, and its standard error."""
    waiting = run.outstanding[:, run.outstanding.shape[1] // 2 :, 0].mean(axis=1)
    return float(waiting.mean()), float(waiting.std() / np.sqrt(len(waiting)))


def test_one_server_is_the_queue_of_pollaczek_and_khinchine() -> None:
    """M/D/1: who is there a month later is max(0, there − 1) and a Poisson number of arrivals.

    At a load of 0.8 the mean that waits is 0.8² ÷ (2 × 0.2) = 1.6.
    """
    mean, error = mean_waiting(simulated(served(1, 0.8, 240), 2_000)[1])
    assert abs(mean - 1.6) < 4 * error
    assert error < 0.03


def test_many_servers_are_the_queue_of_crommelin() -> None:
    """M/D/c by Spitzer's identity: Σ E[(arrivals of k months − k c)+] ÷ k, for 64 at 60 a month."""
    servers, rate = 64, 60.0
    wait = 0.0
    for k in range(1, 400):
        n = np.arange(k * servers + 1, k * servers + 4_000)
        wait += float((n - k * servers) @ poisson.pmf(n, k * rate)) / k
    mean, error = mean_waiting(simulated(served(servers, rate, 240), 1_000)[1])
    assert abs(mean - wait) < 4 * error
    assert error < 0.1 * wait


def test_simulations_follow_every_one_that_waits() -> None:
    """Of what arrives and is done in each simulation, by hand: who lapses, is late, and how long.

    Flows: half of what is done becomes a file two months later, in whole ones.
    """
    months, draws = 24, 30
    flow = 'leads_to = [{ queue = "files", share = 0.5, lag_months = 2 }]'
    more = f"deadline_months = 1\nlapses_after_months = 3\n{flow}"
    files = f'[queues.files]\nteam = "t"\nhours = {HOURS_A_MONTH / 20!r}'
    text = queue(queues=f"{ten(more)}\n{files}", months=months, rule="soft")
    _, run = simulated(text, draws)
    assert run.late[:, :, 0].max() > 0
    assert run.lapsed[:, :, 0].max() > 0
    for draw in range(draws):
        waits = {-1: 6.0}
        for t in range(months):
            gone = sum(waits.pop(when) for when in [w for w in waits if t - w >= 3])
            assert gone == run.lapsed[draw, t, 0]
            waits[t] = run.newly_due[draw, t, 0]
            assert sum(waits.values()) == run.due[draw, t, 0]
            late = sum(n for when, n in waits.items() if t - when > 1)
            left = run.done[draw, t, 0]
            for when in sorted(waits):
                some = min(left, waits[when])
                waits[when] -= some
                left -= some
            late += sum(n for when, n in waits.items() if t - when == 1)
            assert late == run.late[draw, t, 0]
            past = sum(n for when, n in waits.items() if t - when >= 1)
            assert past == run.past_deadline[draw, t, 0]
            longest = max((t - when + 1 for when, n in waits.items() if n > 0), default=0)
            assert longest == run.longest_wait[draw, t, 0]
    came = run.newly_due[:, 2:, 1].sum()
    done = run.done[:, :-2, 0].sum()
    assert abs(came - done / 2) < 4 * np.sqrt(done / 4)
    np.testing.assert_array_equal(run.newly_due, np.rint(run.newly_due))


def test_simulations_lie_around_the_plan_where_nothing_is_short() -> None:
    """With hours for everything, what arrives and leads to cases is as expected."""
    flow = '{ cohort = "a", tier = "lo", share = 0.25, lag_months = 1, within_growth = false }'
    per_case = 'arrivals_from = { cohort = "a", per_case_year = 0.5 }'
    text = coupled(f"leads_to = [{flow}]\n{per_case}").replace("months = 4", "months = 24")
    text = text.replace("in_post = 1", "in_post = 4")
    model, run = simulated(text, 1_000)
    plan = plan_of(text, fixed=True).today.projection
    for ours, central in (
        (run.newly_due, plan.newly_due),
        (run.caseload.cases[:, :, :2], plan.caseload.cases[:, :, :2]),
    ):
        error = ours.std(axis=0) / np.sqrt(len(ours)) + 0.02
        assert (abs(ours.mean(axis=0) - central[0]) < 4 * error).all()
    assert model.queues.coupled


def test_chances_of_a_standard_on_a_queue() -> None:
    """One officer for eight a month keeps up with five, and never with twelve."""
    for arrivals, chance in ((5, 1.0), (12, 0.0)):
        lines = f'[queues.refs]\nteam = "t"\narrivals_per_month = {arrivals}\n{EIGHT}\n'
        asks = standard(outstanding=12, **{"from": "2026-01-01"})
        text = queue(asks, queues=lines, months=24)
        plan = plan_of(text, fixed=True)
        found = uncertainty.simulate(plan, 3, uncertainty.Ask(number=200))
        every = [one.chance for one in found.chances if one.standard == "Referrals"]
        assert max(every) == min(every) == chance


def test_a_command_of_twelve_teams_hands_its_work_on_and_keeps_up() -> None:
    """Ten arrive in the first team; each team has as many hours as they take, and hands all on.

    Team n gets the first ten in month n, and one officer does ten of them a month.
    """
    one = f"hours = {HOURS_A_MONTH / 10!r}"
    queues = "".join(
        f'[queues.q{n}]\nteam = "t{n}"\n{one}\n'
        + ("arrivals_per_month = 10\n" if n == 0 else "")
        + (f'leads_to = [{{ queue = "q{n + 1}" }}]\n' if n < 11 else "")
        for n in range(12)
    )
    teams = "".join(
        f"[teams.t{n}.grades.pc]\nin_post = 1\ncost_per_year = 50000\n" for n in range(12)
    )
    rule = '[[standards]]\nname = "Last"\nqueue = "q11"\ncompletion = 1\n'
    text = f'title = "Twelve"\nstart = 2025-04-01\nmonths = 15\n{queues}{teams}{rule}'
    plan = plan_of(text)
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    assert not plan.sizing.added.any()
    for n in (0, 5, 11):
        rows = told(plan, f"q{n}")
        np.testing.assert_allclose(rows["done"], [0.0] * n + [10.0] * (15 - n), atol=1e-6)


# --- Queues of other services ----------------------------------------------------------------


def service(*lines: str, each: float, arrive: float) -> str:
    """A queue of which one person does so many a month."""
    hours = f"hours = {HOURS_A_MONTH / each!r}"
    return "\n".join(['[queues.refs]\nteam = "t"', f"arrivals_per_month = {arrive}", hours, *lines])


LAPSE = "lapses_after_months = 2"
BACK = (
    'leads_to = [{ queue = "again", share = 0.5, lag_months = 1 }]\n[queues.again]\nteam = "t"\n'
    f"hours = {HOURS_A_MONTH / 20!r}\n"
    'leads_to = [{ queue = "refs", share = 0.4, lag_months = 1 }]'
)
URGENT = "classes = { now = 0.2, later = 0.8 }\ndeadline_months = { now = 0, later = 2 }"

LAST = (
    # Devices: 30 arrive and 20 are examined; the ten a month that nobody gets to lapse.
    ("devices", service(LAPSE, each=20, arrive=30), 1, {"refs": {"done": 20, "lapsed": 10}}),
    # Complaints: half come to a review, and two fifths of reviews lead to another complaint:
    # 10 + 0.4 × 0.5 × all = all, so that there are 12.5 complaints and 6.25 reviews a month.
    (
        "complaints",
        service(BACK, each=20, arrive=10),
        2,
        {"refs": {"done": 12.5}, "again": {"done": 6.25}},
    ),
    # Discharges: 25 a month and time for 40, so that nobody waits.
    ("discharges", service(URGENT, each=20, arrive=25), 2, {"refs": {"done": 25, "waiting": 0}}),
    # Food inspections: 40 a month and time for 32, none of which lapses: 8 more wait each month.
    ("inspections", service(each=16, arrive=40), 2, {"refs": {"done": 32, "waiting": 36 * 8}}),
)


@pytest.mark.parametrize(("queues", "posts", "last"), [one[1:] for one in LAST],
                         ids=[one[0] for one in LAST])  # fmt: skip
def test_queues_of_other_services_in_their_last_month(
    queues: str, posts: float, last: dict[str, dict[str, float]]
) -> None:
    plan = plan_of(queue(queues=queues, months=36, posts=posts), fixed=True)
    table = tables(plan)["queues"]
    for name, figures in last.items():
        rows = table[(table["option"] == "today") & (table["queue"] == name)]
        end = rows[rows["month"] == "2028-03"]
        for column, value in figures.items():
            assert end[column].sum() == pytest.approx(value, abs=1e-3), (name, column)


@pytest.mark.parametrize(
    ("asks", "posts"),
    [
        # 40 a month at 16 each: two do 32 and fall ever further behind, three do 48
        ({"in_date": 0.95}, 3),
        ({"longest_wait_months": 1}, 3),
        # 36 × 8 = 288 would wait with two; with at most 300 they are enough
        ({"outstanding": 300}, 2),
    ],
)
def test_people_needed_for_a_queue_of_another_service(asks: dict[str, float], posts: float) -> None:
    text = queue(
        standard(**asks),
        queues=service("deadline_months = 1", each=16, arrive=40),
        months=36,
        posts=2,
    )
    plan = sized(text)
    assert plan.sizing is not None
    assert plan.sizing.status == "meets every standard"
    assert plan.sizing.posts[-1].sum() == posts


def test_twenty_choices_at_once_are_refused_with_their_number() -> None:
    """Two values of each of twenty settings: 2 to the power of 20 combinations."""
    cohorts = "".join(
        f'[cohorts.c{n}]\nteam = "t"\ngrowth_per_year = 0\ntiers = {{ low = {{ cases = 10 }} }}\n'
        f"[cohorts.c{n}.duties.visit]\nper_year = 12\nhours = 1\n"
        for n in range(20)
    )
    choices = "".join(f'"cohorts.c{n}.growth_per_year" = [0, 0.1]\n' for n in range(20))
    found = problems(queue(f"[choose]\n{choices}", queues=cohorts))
    assert len(found) == 1
    assert "at most 1,000 combinations" in found[0]
    assert "got 1,048,576" in found[0]


def test_a_queue_without_classes_is_said_without_a_class() -> None:
    """20 incidents a month of 10 hours are 200; one officer has 173 and is not enough."""
    text = (
        'title = "Hub"\nstart = 2025-04-01\nmonths = 12\n[queues.refs]\nlabel = "referrals"\n'
        'team = "t"\nhours = 10\narrivals_per_month = 20\n'
        "[teams.t.grades.pc]\nin_post = 1\ncost_per_year = 50000\n"
        '[[standards]]\nname = "Referrals"\nqueue = "refs"\ncompletion = 0.9\n'
    )
    plan = plan_of(text)
    told = explain.explain(plan)
    price = next(one.words for one in told.prices if one.standard == "Referrals")
    assert price.startswith("Completing one more point of referrals (90% to 91%) costs £")
    said = [price, *(one.words for one in (*told.reasons, *told.decisions))]
    assert not any("(all)" in words for words in said)
    assert any("Referrals would not be met" in words for words in said)


def test_work_that_lapses_is_sized_as_if_it_did_not_and_the_plan_says_so() -> None:
    text = (
        'title = "Hub"\nstart = 2025-04-01\nmonths = 12\n[queues.refs]\nlabel = "Referrals"\n'
        'team = "t"\nhours = 10\narrivals_per_month = 20\nlapses_after_months = 1\n'
        "deadline_months = 2\n[teams.t.grades.pc]\nin_post = 1\ncost_per_year = 50000\n"
        '[[standards]]\nname = "In time"\nqueue = "refs"\nin_date = 0.9\n'
    )
    said = "In sizing nothing lapses (referrals): the team needed is for doing all of that work"
    assert said in summary.need_and_forecast(plan_of(text).model)
    never = text.replace("lapses_after_months = 1\n", "")
    assert "lapses" not in summary.need_and_forecast(plan_of(never).model)
