"""The answer in words, for every kind of answer there is."""

import pytest

from capacity.errors import SolverError
from capacity.reading import scenario
from capacity.results import summary, terminal
from capacity.risk import uncertainty
from capacity.staffing import sizing
from capacity.why import compare, events, explain, headlines, parents
from tests.shipped import planned
from tests.toys import plan_of, toy, visits

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = {}\n'
SERGEANT = "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 4\n"


def answer(text: str, *, fixed: bool = False) -> str:
    return summary.figures(plan_of(text, fixed=fixed))[0].words


def words_of(text: str, name: str, *, fixed: bool = False) -> str:
    return next(f.words for f in summary.figures(plan_of(text, fixed=fixed)) if f.name == name)


# Each case: what is planned, and the sentence. 3 posts have 520 hours per month; 60 visits a month
# to one tier and 20 to the other take 160.
@pytest.mark.parametrize("fixed", [True, False])
def test_enough_posts(fixed: bool) -> None:
    assert answer(toy(visits()), fixed=fixed) == (
        "With no posts added (3 posts), every standard is met to March 2027."
    )


def test_one_post_is_enough() -> None:
    assert answer(toy(visits(), posts=1)) == (
        "With no posts added (1 post), every standard is met to March 2027."
    )


def test_posts_to_add() -> None:
    """173⅓ hours are 43⅓ visits of 4 hours, all to the high tier.

    At first 60 + 20 are due: 54%. From the third month on all 60 of the low tier wait, and 16⅔ of
    the high one: 43⅓ of 120, and 76⅔ overdue. Over the months 36⅔ + 56⅔ + 22 × 76⅔ = 1,780 are;
    weighted, 8 × 24 × 16⅔ + 4 × (20 + 40 + 22 × 60) = 8,720. £96,600 discounted avoid them all.
    """
    assert answer(toy(visits(), posts=1, duty="hours = 4")) == (
        "With no posts added (1 post), Visits is not met from October 2025. Completion of home "
        "visits is lowest in June 2025, at 36% (36% of cases in date), when most are overdue "
        "(77); it was 54% in April 2025. 1 more post (Team: 1 constable) from April 2025 meets "
        "every standard from October 2025. No plan whose posts start in April costs less. It costs "
        "£50,000 in a full year (2025/26 prices). Over 24 months the posts added avoid "
        "1,780 case-months overdue (8,720 weighted by risk; assumed weights), at £11 for each "
        "weighted one. The last post (Team: constable) avoids one weighted case-month for £11."
    )


def test_posts_to_take_away() -> None:
    assert answer(toy(visits(), posts=6, grade="may_shrink = true")) == (
        "With no posts added (6 posts), every standard is met to March 2027. 5 fewer posts (Team: "
        "5 constables) from April 2025 would do. No plan whose posts start in April costs less. "
        "All 5 save £250,000 in a full year (2025/26 prices)."
    )


def test_posts_that_come_and_go() -> None:
    """120 cases at 20 an officer: 6 of them. 40 leave in April 2026, and the 80 left need 4."""
    gone = '[[events]]\nat = 2026-04-01\ncohort = "a"\ntier = "lo"\nleavers = 40\n'
    rule = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 20\n'
    found = answer(toy(rule, gone, grade="may_shrink = true"))
    assert "3 more posts (Team: 3 constables) starting between April 2025 and April 2026, not all "\
        "at one time, meet every standard" in found  # fmt: skip
    assert "At the end there is 1 more post in all; that costs £50,000 in a full year" in found
    assert "All " not in found


def test_sizing_left_out() -> None:
    found = answer(toy(visits(), posts=1, duty="hours = 4"), fixed=True)
    assert found.startswith("With no posts added (1 post), Visits is not met from October 2025. ")
    assert "more post" not in found


@pytest.mark.parametrize("fixed", [True, False])
def test_no_standard(fixed: bool) -> None:
    assert answer(toy(posts=0), fixed=fixed) == (
        "No standard is set, so the number of posts needed cannot be worked out. With no posts "
        "added (0 posts), completion of home visits is 0% throughout (0% of cases in date in "
        "March 2027); most are overdue in June 2025 (120)."
    )


def test_a_standard_from_after_the_time_projected() -> None:
    text = toy(visits(first="2030-04-01"))
    assert answer(text).startswith("No standard applies in this time, so the number")
    assert words_of(text, "standard.Visits.today").endswith("not judged within the time projected.")


@pytest.mark.parametrize(
    ("months", "first", "judged", "never"),
    [
        # April 2025 to March 2027: the last whole quarter begins in January 2027.
        (24, "2027-01-01", "quarter", ""),
        (24, "2027-02-01", "quarter", "quarter falls between February 2027 and March 2027"),
        (24, "2027-03-01", "quarter", "quarter falls in March 2027"),
        (24, "2026-04-01", "year", ""),
        (24, "2026-05-01", "year", "financial year falls between May 2026 and March 2027"),
        # The time itself is shorter than a period.
        (2, "2025-04-01", "quarter", "quarter falls between April 2025 and May 2025"),
        (11, "2025-04-01", "year", "financial year falls between April 2025 and February 2026"),
        (24, "2027-03-01", "month", ""),
    ],
)
def test_a_standard_in_whose_time_no_whole_period_falls(
    months: int, first: str, judged: str, never: str
) -> None:
    text = toy(visits(first=first, judged=judged), months=months)
    found = answer(text, fixed=True)
    warned = [str(one) for one in scenario.read("toy.toml", files={"toy.toml": text}).warnings]
    if never:
        assert f" Visits is never judged: no whole {never}." in found
        assert found.startswith("No standard applies in this time")
        must = f"standards.Visits.judged: no whole {never}: the standard is never judged"
        assert any(must in one for one in warned), warned
    else:
        assert "never judged" not in f"{found}{warned}"
        assert "every standard is met to March 2027" in found


def test_one_never_judged_is_named_beside_those_that_are_met() -> None:
    rule = visits(first="2027-02-01", judged="quarter").replace('"Visits"', '"By quarter"')
    assert answer(toy(visits(), rule)) == (
        "With no posts added (3 posts), every standard is met to March 2027. By quarter is never "
        "judged: no whole quarter falls between February 2027 and March 2027."
    )


def test_one_month() -> None:
    text = toy(visits(first="2025-04-01"), months=1)
    assert answer(text) == "With no posts added (3 posts), every standard is met in April 2025."
    text = toy(visits(first="2025-04-01"), months=1, posts=0)
    assert answer(text, fixed=True) == (
        "With no posts added (0 posts), Visits is not met in April 2025. Completion of home visits "
        "is 0% in April 2025 (33% of cases in date); most are overdue in April 2025 (80)."
    )


def test_a_caseload_limit_missed_by_little_does_not_look_kept() -> None:
    text = toy(LIMIT.format(50), posts=2.39)
    assert answer(text, fixed=True) == (
        "With no posts added (2.4 posts), Limit is not met from April 2025."
    )
    assert words_of(text, "standard.Limit.today", fixed=True) == (
        "Limit (at most 50 cases per officer), no posts added: not met in 24 of 24 months, first "
        "in April 2025, worst 50.2 cases per officer in April 2025."
    )


def test_standards_that_cannot_all_be_kept() -> None:
    # 90% can be seen at most: of 60, 3 lack to 95%; of those in the low tier 1 in 20 and more.
    text = toy(visits(), duty="hours = 2\naccess_rate = 0.9")
    found = answer(text)
    assert (
        "The plan that comes nearest, with no posts added, leaves this: Visits (high) is" in found
    )
    assert (
        "Visits (high) is not met in 18 months (October 2025 to March 2027), by up to 3 activities;"
    ) in found
    assert words_of(text, "shortfall.2").startswith("Visits (lo) is not met in 18 months")
    said = headlines.read_off(plan_of(text))
    assert not headlines.keeps_everything(said.plan)


def test_a_budget_that_blocks() -> None:
    frozen = '[[standards]]\nname = "Money"\nbudget = 20000\n'
    assert answer(toy(visits(), frozen, posts=1)) == (
        "With no posts added (1 post), 1 of 2 standards is not met: Money from 2025/26. No plan "
        "can meet every standard. The plan that comes nearest, with no posts added, leaves this: "
        "Money is not met in 2 years (2025/26 to 2026/27), by up to £30,000."
    )


CHECKS = "[cohorts.a.work.checks]\nper_case_year = 12\nhours = 4\ngives_way = 0.5\n"


def test_work_that_is_cut_short_is_told_beside_completion() -> None:
    """120 checks of 4 hours and 80 visits of 2: 640 hours of 520, so 120 are cut short (23%).

    In full hours 640 ÷ 173⅓ = 3.7: 4 posts, none of whose work is cut short.
    """
    text = toy(visits(), CHECKS)
    assert answer(text) == (
        "With no posts added (3 posts), every standard is met to March 2027. Work is cut short in "
        "Team, by 120 hours per month on average (23% of the team's hours), first and most in "
        "April 2025 (120 hours). 1 more post (Team: 1 constable) from April 2025 meets every "
        "standard from October 2025 with no work cut short. No plan whose posts start in April "
        "costs less. It costs £50,000 in a full year (2025/26 prices). Over 24 months the posts "
        "added leave no fewer case-months overdue, weighted by risk."
    )
    cut = {f.name: f for f in summary.figures(plan_of(text)) if f.name.startswith("cut_short")}
    assert [(name, one.value) for name, one in cut.items()] == [
        ("cut_short.t.today", pytest.approx(120))
    ]


def test_work_that_is_cut_short_in_one_month() -> None:
    """With 2 hours a check 400 hours are needed of 520, with 4 in June 640: 120 are cut short."""
    text = toy(
        CHECKS.replace("hours = 4", "hours = 2"),
        '[[changes]]\nfrom = 2025-06-01\nset."cohorts.a.work.checks.hours" = 4\n'
        '[[changes]]\nfrom = 2025-07-01\nset."cohorts.a.work.checks.hours" = 2\n',
    )
    assert "Work is cut short in Team in June 2025, by 120 hours." in answer(text, fixed=True)


def test_visits_before_they_fall_due_are_told() -> None:
    """20 of the low tier fall due in April and are done, with them 20 × 0.2 ÷ 0.8 = 5 early ones.

    So 15 fall due in May, with 3.75 early: 8.75 in two months. Beside them 155 are done, 60 a month
    of the high tier: 8.75 ÷ 163.75 is 5%.
    """
    duty = "hours = 2\nearly_months = { lo = 1 }\nearly_share = 0.2"
    assert answer(toy(duty=duty, months=2), fixed=True).endswith(
        "On average 4.4 home visits per month (5% of those completed) are completed before they "
        "fall due."
    )


def test_nothing_is_said_of_work_where_none_is_cut_short() -> None:
    text = toy(visits(), CHECKS, posts=4)
    assert "cut short" not in answer(text)
    assert not [f.name for f in summary.figures(plan_of(text)) if f.name.startswith("cut_short")]


def test_rules_on_posts_are_told_apart_from_standards() -> None:
    text = toy(SERGEANT, visits(), posts=9)
    assert answer(text, fixed=True) == (
        "With no posts added (10 posts), every standard is met to March 2027, but not Supervision "
        "by sgt (t)."
    )
    assert "2 more posts (Team: 2 sgts) from April 2025 meet every standard" in answer(text)


def test_hours_that_lack_for_other_work() -> None:
    text = toy(posts=1).replace("growth", "hours_per_case_month = 5\ngrowth", 1)
    # 120 cases × 5 hours = 600, less 173⅓ hours of one post, 24 months.
    assert words_of(text, "hours_short.today", fixed=True) == (
        "No posts added: 10,240 hours are lacking in all for work that comes before activities."
    )


def test_posts_that_change_from_a_date() -> None:
    change = '[[changes]]\nfrom = 2026-01-01\nset = { "teams.t.grades.pc.posts" = 2 }\n'
    assert answer(toy(visits(), change)) == (
        "With no posts added (3 posts, 2 from January 2026), every standard is met to March 2027."
    )


def test_a_quarter_is_kept_from_its_first_month() -> None:
    text = toy(visits(judged="quarter"))
    assert words_of(text, "standard.Visits.sized") == (
        "Visits (at least 95% of those due completed, each quarter), team needed: met from "
        "October 2025."
    )


def test_a_standard_missed_at_first_and_kept_later() -> None:
    """Of 173⅓ hours 120 go to the high tier; the rest is 26⅔ of the 40 due in the low one."""
    text = toy(visits(first="2025-04-01"), duty="hours = 2\noverdue = { lo = 30 }", posts=1)
    assert words_of(text, "standard.Visits.today", fixed=True).endswith(
        "no posts added: not met in 1 of 24 months, first in April 2025, worst 67% (lo) in April "
        "2025; met from May 2025."
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            'cohort = "a"\nduty = "visit"\nin_date = 0.98',
            "at least 98% of cases in date, each month",
        ),
        ('cohort = "a"\nduty = "visit"\noutstanding = 20', "at most 20 overdue, each month"),
        ("budget = 2_500_000", "at most £2.50 million per year"),
        ('team = "t"\nmax_posts = 1', "at most 1 post"),
    ],
)
def test_what_a_standard_asks_for(rule: str, words: str) -> None:
    said = headlines.read_off(plan_of(toy(f'[[standards]]\nname = "S"\n{rule}\n'), fixed=True))
    settings = said.model.scenario.settings
    assert summary.asks(settings, said.today.standings[0].rule) == words


def test_a_level_that_is_no_whole_per_cent_is_told_to_the_digit() -> None:
    text = toy(visits(0.955), LIMIT.format(16.5))
    said = headlines.read_off(plan_of(text, fixed=True))
    settings = said.model.scenario.settings
    assert [summary.asks(settings, one.rule) for one in said.today.standings] == [
        "at least 95.5% of those due completed, each month",
        "at most 16.5 cases per officer",
    ]


def test_rules_on_posts_alone_are_kept_by_posts() -> None:
    """Nine constables need 2¼ sergeants where each supervises four: two more."""
    found = answer(toy(SERGEANT, posts=9))
    assert found.startswith("No standard is set")
    assert "2 more posts (Team: 2 sgts) from April 2025 meet every rule on posts." in found


def test_overtime_may_do_without_more_posts() -> None:
    """80 visits of 7 hours: 560 hours per month, 520 there: 40 hours at £30, £14,400 per year."""
    overtime = "overtime_hours_per_fte_month = 20\novertime_cost_per_hour = 30"
    text = toy(visits(1.0, "2025-04-01"), months=12, duty="hours = 7", team=overtime)
    assert answer(text).endswith(
        "No post is needed if work is planned month by month: current posts then meet every "
        "standard from April 2025, with up to 40 hours of overtime per month. Overtime costs "
        "£14,000 more in 2025/26 (2025/26 prices)."
    )


# On the terminal ---------------------------------------------------------------------------


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    """What was printed, on one line."""
    return " ".join(capsys.readouterr().out.split())


def test_duties_that_never_fall_due_have_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    calls = '[cohorts.a.duties.call]\nlabel = "Call"\nper_year = { hi = 12 }\nhours = 1\n'
    none = toy(calls, visits(), months=3).replace("hi = { cases = 60", "hi = { cases = 0")
    terminal.show(headlines.read_off(plan_of(none, fixed=True)))
    words = printed(capsys)
    assert "All activities are completed in full: home visits." in words
    assert "call" not in words


def test_a_few_dated_changes_are_all_told(capsys: pytest.CaptureFixture[str]) -> None:
    change = '[[changes]]\nfrom = 2025-05-01\nset = { "teams.t.grades.pc.posts" = 2 }\n'
    terminal.show(headlines.read_off(plan_of(toy(change, months=3), fixed=True)))
    assert printed(capsys).endswith(
        "Changes from a date May 2025: Posts: 3 posts → 2 posts (Team: Constable)"
    )


def test_more_prices_than_are_shown_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a limit, visits in two tiers, most posts, a case in two tiers, and an hour: seven."""
    most = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 3\n'
    found = plan_of(toy(LIMIT.format(20), visits(), most, months=12))
    terminal.show(headlines.read_off(found), explain.explain(found))
    words = printed(capsys)
    assert words.count("has no price: not every standard can be met.") == 6
    assert "One lo-tier case (a) at the start has no price" in words
    assert "and 1 more, in the tables" in words


def compared(*given: str) -> compare.SideBySide:
    texts = {f"{name}.toml": text for name, text in zip("ab", given, strict=True)}
    return compare.compare([scenario.read(one, files=texts) for one in texts], fixed=True)


def test_options_that_are_the_same_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    text = toy(visits(), months=3)
    terminal.show_comparison(compared(text, text))
    same = printed(capsys)
    start = "The central case: a single course, without chance. "
    assert same.startswith(f"{start}Posts of each scenario side by side")
    assert "b has the same settings as a." in same
    assert "b costs the same as a over 3 months." in same
    terminal.show_comparison(compared(text, toy(visits(), months=3, posts=2)))
    assert f"{start}Changed settings b: teams.t.grades.pc.in_post: 3 → 2" in printed(capsys)


def unsure(text: str) -> None:
    """Print how certain a plan is."""
    ask = uncertainty.Ask(number=20, curve=False)
    terminal.show_uncertainty(uncertainty.simulate(plan_of(text), 1, ask))


def test_futures_without_standards_and_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    unsure(toy(months=3))
    words = printed(capsys)
    assert "20 simulations (seed 1); 0 settings vary between low and high" in words
    assert "no posts added completed 100% 100% 100%" in words  # 160 of 520 hours, whoever comes
    assert "Probability that" not in words
    assert "What matters most" not in words


def test_a_chance_that_no_number_of_posts_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    """At most 90% can be seen in one future of ten and more: 95% done is beyond any team."""
    duty = "hours = 2\naccess_rate = { value = 0.92, low = 0.9, high = 0.94 }"
    first = visits(0.95, "2025-04-01")
    unsure(toy(first, "[sizing]\nconfidence = 0.8\n", months=12, duty=duty))
    words = printed(capsys)
    assert "1 setting varies between low and high" in words
    assert (
        "Posts needed for 80% confidence: every standard met in every period of each year: none "
        "beyond current posts."
    ) in words
    assert words.count("No number of posts reaches 80% in 2025/26.") == 1


def test_a_chance_on_the_average_of_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    """120 cases, 30 an officer: a fourth post, in every simulation."""
    of = '[sizing]\nconfidence = 0.8\nconfidence_of = "average"\n'
    unsure(toy(LIMIT.format(30), of, months=12))
    words = printed(capsys)
    assert "Probability that each standard is met on the average of its worst year" in words
    assert "t pc 2025/26 3 4 4" in words
    assert "No number of posts" not in words


# Norfolk -----------------------------------------------------------------------------------


def test_the_published_past_by_both_measures() -> None:
    figures = summary.figures(planned("norfolk-2021", fixed=True))
    told = {one.name: one for one in figures}
    assert told["answer"].words.endswith(
        "With no posts added (15.1 posts), completion of visits is lowest in December 2021, at "
        "73% (93% of cases in date), when most are overdue (61); it was 91% in January 2021."
    )
    assert told["completion.rso.visit.today"].value == pytest.approx(0.73, abs=0.005)
    assert "completed ÷ due" in told["completion_means"].words
    assert "not" in told["in_date_means"].words or "none overdue" in told["in_date_means"].words


def test_how_much_rests_on_judgement() -> None:
    figures = summary.figures(planned("norfolk-2021", fixed=True))
    words = next(one.words for one in figures if one.name == "judgement")
    assert words == (
        "20 of the 36 inputs are estimates (7 professional judgement, 13 assumed); the others: 11 "
        "published, 2 fitted to history, 2 defaults and 1 without a source."
    )


def test_one_estimate_is_said_in_the_singular() -> None:
    text = toy(months=6).replace("hours = 2", 'hours = { value = 2, source = "assumed" }')
    figures = summary.figures(plan_of(text, fixed=True))
    words = next(one.words for one in figures if one.name == "judgement")
    assert words.startswith("1 of the ")
    assert " inputs is an estimate (1 assumed); the others: " in words


def test_offices_of_a_group_are_added_up() -> None:
    found = planned("three-offices", fixed=True)
    said = headlines.read_off(found)
    mine = [one for one in said.today.services if one.duty == "visit"]
    assert [one.group for one in mine] == ["rso"]
    rows = [n for n, key in enumerate(found.model.rows) if key.duty == "visit"]
    assert len({found.model.rows[n].cohort for n in rows}) == 3
    everything = found.today.projection.due[0][:, rows].sum(axis=1)
    assert mine[0].due == pytest.approx(everything)
    assert "completion of home visits is lowest" in summary.answer(said).lower()


def test_the_worst_office_is_named() -> None:
    """Two offices of one group, one of them with a third of the other's hours.

    North has 346⅔ hours for 80 visits of 4 hours (320), South 115⅝ of them: it never does more than
    the high tier's 60, and 28.9 at first.
    """
    text = toy("", months=3, posts=2, duty="hours = 4")
    text = text.replace('team = "t"', 'team = "t"\ngroup = "g"')
    south = (
        '[cohorts.b]\nlike = "a"\nlabel = "South"\nteam = "u"\n'
        '[teams.u]\nlike = "t"\ngrades.pc = { in_post = 0.6666666667 }\n'
    )
    text = text.replace("[cohorts.a]", '[cohorts.a]\nlabel = "North"', 1)
    said = headlines.read_off(plan_of(text + south, fixed=True))
    north, other = said.today.offices
    assert (north.cohort_label, other.cohort_label) == ("North", "South")
    assert other.completion[0] == pytest.approx(346.666667 / 3 / 4 / 80)
    # 28.9 a month; 120 cases all wait from the third month on but those just seen.
    assert "Of 2 offices, South does worst: completion is lowest at 24% in June 2025" in (
        summary.answer(said)
    )
    assert "the best never falls below 100%." in summary.answer(said)


# Events, and what differs from the scenario that is extended -------------------------------

BUSY = toy(visits(first="2025-04-01"), months=12, duty="hours = 6")
"""80 visits of 6 hours take 480 of 520 hours: all are done."""

LEAVE = """\
extends = "busy.toml"
title = "Leave"
[[people]]
team = "t"
grade = "pc"
fte = -1
from = 2025-06-01
until = 2025-06-01
why = "One on leave"
"""
"""In June 346⅔ hours: 57.8 visits of 80. In July 86⅔ of 100, in August 86⅔ of 93⅓, then all."""


def beside_busy(text: str, *, fixed: bool = True) -> headlines.Headlines:
    read = scenario.read("leave.toml", files={"leave.toml": text, "busy.toml": BUSY})
    return headlines.read_off(parents.run(read, fixed=fixed))


def test_events_of_a_month_of_leave() -> None:
    said = beside_busy(LEAVE)
    (service,) = said.today.services
    found = events.course(service, said.today.standings)
    assert found is not None
    assert (found.lowest.month, found.lowest.value) == (2, pytest.approx(520 * 2 / 3 / 6 / 80))
    assert found.most_overdue is not None
    assert (found.most_overdue.month, found.most_overdue.value) == (2, pytest.approx(22.2222, 1e-4))
    (spell,) = events.spells_of(said.today.standings[0])
    assert (spell.first.name, spell.last.name, spell.to_the_end) == ("2025-06", "2025-08", False)
    told = {one.name: one for one in summary.figures(said.plan)}
    assert told["first_month_below.Visits.today"].value == 202506
    assert told["first_month_below.Visits.today"].words == (
        "Visits, no posts added: not met from June 2025 to August 2025."
    )
    assert told["lowest_month.a.visit.today"].value == 202506
    assert told["lowest_completion.a.visit.today"].value == pytest.approx(0.7222, abs=1e-4)
    assert told["most_overdue.a.visit.today"].value == pytest.approx(22.2222, abs=1e-4)
    assert told["most_overdue_month.a.visit.today"].value == 202506


def test_the_answer_tells_what_differs_from_the_scenario_extended() -> None:
    said = beside_busy(LEAVE)
    first, now, other = summary.paragraphs(said)
    assert first.startswith("Compared with “A toy”, with no posts added, ")
    assert now.startswith(
        "With no posts added (3 posts), Visits is not met from June 2025 to August 2025. "
        "Completion of home visits is lowest in June 2025, at 72% (81% of cases in date), when "
        "most are overdue (22); it was 100% in April 2025."
    )
    assert other == (
        "Not as in “A toy”: Visits is not met from June 2025 to August 2025. Completion of home "
        "visits differs most in June 2025: 72% instead of 100%; the most overdue are 22 in June "
        "2025, there none."
    )


def test_a_loan_that_makes_up_for_the_leave() -> None:
    """A colleague on loan in the same month: as many hours, and all as it was."""
    loan = LEAVE.partition("[[people]]")[2].replace("-1", "1").replace("One on leave", "A loan")
    said = beside_busy(f"{LEAVE}[[people]]{loan}")
    assert said.today.services[0].done == pytest.approx(said.before.today.services[0].done)  # type: ignore[union-attr]
    first = summary.paragraphs(said)[0]
    assert first == "Compared with “A toy”, with no posts added, all is the same."


def test_a_standard_alone_changes_what_is_asked_for_and_nothing_that_is_done() -> None:
    """120 cases for three officers are 40 each: within 50, and nothing else is changed."""
    text = f'extends = "busy.toml"\ntitle = "Limit"\n{LIMIT.format(50)}'
    assert summary.paragraphs(beside_busy(text))[0] == (
        "Compared with “A toy”, with no posts added, all is the same: only what is asked for is "
        "changed, on which the posts needed depend."
    )


def test_posts_needed_are_compared_with_the_scenario_extended() -> None:
    """120 cases at 24 an officer: five, two more than there; at £50,000 each."""
    text = f'extends = "busy.toml"\ntitle = "Limit"\n{LIMIT.format(24)}'
    first = summary.paragraphs(beside_busy(text, fixed=False))[0]
    assert first.startswith(
        "Compared with “A toy”, 2 more posts are needed instead of none: £100,000 more in a full "
        "year, in cash."
    )


def test_a_scenario_that_extends_none_is_compared_with_none() -> None:
    plan = parents.run(scenario.read("busy.toml", files={"busy.toml": BUSY}), fixed=True)
    assert plan.before is None


def test_posts_and_cost_by_team_and_year_add_up() -> None:
    found = planned("norfolk-2024", fixed=True)
    rows = headlines.team_years(found)
    assert [row.year for row in rows[:6]] == [f"{y}/{y - 1999}" for y in range(2024, 2030)]
    assert [row.months for row in rows[:6]] == [6, 12, 12, 12, 12, 6]
    assert sum(row.cost for row in rows) == pytest.approx(found.today.costs.total_real.sum())
    assert all(row.posts_sized is None for row in rows)


def test_what_was_not_proven_is_told() -> None:
    """Nothing can be proven in a millionth of a second where four posts are needed, not three."""
    no_time, needed = "[sizing]\ntime_limit_seconds = 1e-6", "hours = 8"
    at_once = "recruitment_lead_months = 0"
    found = plan_of(toy(visits(0.9), no_time, months=12, duty=needed, grade=at_once))
    told = {one.name: one for one in summary.figures(found)}["not_proven"]
    assert found.sizing is not None
    assert told.value == pytest.approx(found.sizing.objective - found.sizing.bound)
    assert told.words.startswith("Team: this is the best plan that was found and checked.")
    assert "not proven to cost the least" in told.words
    assert "sizing.time_limit_seconds" in told.words


def test_a_plan_that_is_proven_says_nothing_of_limits() -> None:
    names = {one.name for one in summary.figures(plan_of(toy(visits(0.9), months=12)))}
    assert "not_proven" not in names


def test_without_any_answer_current_posts_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unanswered(*_: object, **__: object) -> None:
        raise SolverError("Unknown", "sizing the team")

    monkeypatch.setattr(sizing, "size", unanswered)
    found = plan_of(toy(visits(0.9), months=12))
    assert found.sized is None
    told = {one.name: one.words for one in summary.figures(found)}
    assert told["no_answer"] == (
        "No plan could be worked out: the solver gave no proven answer while sizing the team: "
        "Unknown. All figures are for current posts."
    )
