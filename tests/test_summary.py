"""The answer in words, for every kind of answer there is."""

import pytest

from capacity.reading import scenario
from capacity.results import summary, terminal
from capacity.risk import uncertainty
from capacity.why import compare, explain, headlines
from tests.shipped import planned
from tests.toys import plan_of, toy, visits

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = {}\n'
SERGEANT = "[teams.t.grades.sgt]\nin_post = 1\ncasework_share = 0\nsupervises = 4\n"


def answer(text: str, *, fixed: bool = False) -> str:
    return summary.figures(plan_of(text, fixed=fixed))[0].words


def words_of(text: str, name: str, *, fixed: bool = False) -> str:
    return next(f.words for f in summary.figures(plan_of(text, fixed=fixed)) if f.name == name)


# Each case: what is planned, and the sentence. 3 posts have 520 hours a month; 60 visits a month
# to one tier and 20 to the other take 160.
@pytest.mark.parametrize("fixed", [True, False])
def test_enough_posts(fixed: bool) -> None:
    assert answer(toy(visits()), fixed=fixed) == (
        "Today's 3 posts keep every standard to March 2027."
    )


def test_one_post_keeps_and_two_keep() -> None:
    assert answer(toy(visits(), posts=1)) == "Today's 1 post keeps every standard to March 2027."


def test_posts_to_add() -> None:
    """173⅓ hours are 43⅓ visits of 4 hours, all to the high tier.

    At first 60 + 20 are due: 54 %, and 36⅔ of 120 cases are not in date. In the end all 60 of the
    low tier wait: 43⅓ of 120.
    """
    assert answer(toy(visits(), posts=1, duty="hours = 4")) == (
        "Today's 1 post lets completion of home visits fall from 54 % to 36 % by March 2027 "
        "(cases in date: from 69 % to 36 %) and misses Visits (first in October 2025); "
        "1 more post (Team: 1 constable) from April 2025 keeps every standard from October 2025, "
        "for £50,000 more in 2026/27."
    )


def test_posts_to_take_away() -> None:
    assert answer(toy(visits(), posts=6, grade="may_shrink = true")) == (
        "Today's 6 posts keep every standard to March 2027; 5 fewer posts (Team: 5 constables) "
        "from April 2025 would do, for £250,000 less in 2026/27."
    )


def test_sizing_left_out() -> None:
    found = answer(toy(visits(), posts=1, duty="hours = 4"), fixed=True)
    assert found.endswith("and misses Visits (first in October 2025).")
    assert "more post" not in found


@pytest.mark.parametrize("fixed", [True, False])
def test_no_standard(fixed: bool) -> None:
    assert answer(toy(posts=0), fixed=fixed) == (
        "No standard is set, so nothing says how many posts are needed; today's 0 posts leave "
        "completion of home visits at 0 %, April 2025 to March 2027 (cases in date: from 33 % to "
        "0 %)."
    )


def test_a_standard_from_after_the_time_projected() -> None:
    text = toy(visits(first="2030-04-01"))
    assert answer(text).startswith("No standard is judged in this time, so nothing says")
    assert words_of(text, "standard.Visits.today").endswith("not judged within the time projected.")


def test_one_month() -> None:
    text = toy(visits(first="2025-04-01"), months=1)
    assert answer(text) == "Today's 3 posts keep every standard in April 2025."
    text = toy(visits(first="2025-04-01"), months=1, posts=0)
    assert answer(text, fixed=True) == (
        "Today's 0 posts get 0 % of the home visits due done in April 2025 (33 % of cases are in "
        "date) and miss Visits (first in April 2025)."
    )


def test_a_caseload_limit_missed_by_little_does_not_look_kept() -> None:
    text = toy(LIMIT.format(50), posts=2.39)
    assert answer(text, fixed=True) == "Today's 2.4 posts miss Limit (first in April 2025)."
    assert words_of(text, "standard.Limit.today", fixed=True) == (
        "Limit (at most 50 cases an officer), today's posts: missed in 24 of 24 months, first in "
        "April 2025, worst 50.2 cases an officer in April 2025."
    )


def test_standards_that_cannot_all_be_kept() -> None:
    # 90 % can be seen at most: of 60, 3 lack to 95 %; of those in the low tier 1 in 20 and more.
    text = toy(visits(), duty="hours = 2\naccess_rate = 0.9")
    found = answer(text)
    assert "not every standard can be kept: with no more posts, Visits (high) is missed" in found
    assert found.endswith(
        "in 18 months (October 2025 to March 2027) by up to 3 duties (and 1 other miss)."
    )
    assert words_of(text, "shortfall.2").startswith("Visits (lo) is missed in 18 months")
    said = headlines.read_off(plan_of(text))
    assert not headlines.keeps_everything(said.plan)


def test_a_budget_that_blocks() -> None:
    frozen = '[[standards]]\nname = "Money"\nbudget = 20000\n'
    assert answer(toy(visits(), frozen, posts=1)) == (
        "Today's 1 post misses Money (first in 2025/26); not every standard can be kept: with no "
        "more posts, Money is missed in 2 years (2025/26 to 2026/27) by up to £30,000."
    )


def test_rules_on_posts_are_told_apart_from_standards() -> None:
    text = toy(SERGEANT, visits(), posts=9)
    assert answer(text, fixed=True) == (
        "Today's 10 posts keep every standard to March 2027, but not Supervision by sgt (t)."
    )
    assert "2 more posts (Team: 2 sgts) from April 2025 keep every standard" in answer(text)


def test_hours_that_lack_for_other_work() -> None:
    text = toy(posts=1).replace("growth", "hours_per_case_month = 5\ngrowth", 1)
    # 120 cases × 5 hours = 600, less 173⅓ hours of one post, 24 months.
    assert words_of(text, "hours_short.today", fixed=True) == (
        "10,240 hours lack in all for work that comes before duties, today's posts."
    )


def test_posts_that_change_from_a_date() -> None:
    change = '[[changes]]\nfrom = 2026-01-01\nset = { "teams.t.grades.pc.posts" = 2 }\n'
    assert answer(toy(visits(), change)) == (
        "Today's 3 posts (2 from January 2026) keep every standard to March 2027."
    )


def test_a_quarter_is_kept_from_its_first_month() -> None:
    text = toy(visits(judged="quarter"))
    assert words_of(text, "standard.Visits.sized") == (
        "Visits (at least 95 % of those due done, each quarter), sized team: kept from October "
        "2025."
    )


def test_a_standard_missed_at_first_and_kept_later() -> None:
    """Of 173⅓ hours 120 go to the high tier; the rest is 26⅔ of the 40 due in the low one."""
    text = toy(visits(first="2025-04-01"), duty="hours = 2\noverdue = { lo = 30 }", posts=1)
    assert words_of(text, "standard.Visits.today", fixed=True).endswith(
        "today's posts: missed in 1 of 24 months, first in April 2025, worst 67 % (lo) in April "
        "2025; kept from May 2025."
    )


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (
            'cohort = "a"\nduty = "visit"\nin_date = 0.98',
            "at least 98 % of cases in date, each month",
        ),
        ('cohort = "a"\nduty = "visit"\noutstanding = 20', "at most 20 outstanding, each month"),
        ("budget = 2_500_000", "at most £2.50 million a year"),
        ('team = "t"\nmax_posts = 1', "at most 1 post"),
    ],
)
def test_what_a_standard_asks_for(rule: str, words: str) -> None:
    said = headlines.read_off(plan_of(toy(f'[[standards]]\nname = "S"\n{rule}\n'), fixed=True))
    assert summary.asks(said.today.standings[0].rule) == words


def test_a_level_that_is_no_whole_per_cent_is_told_to_the_digit() -> None:
    text = toy(visits(0.955), LIMIT.format(16.5))
    rules = headlines.read_off(plan_of(text, fixed=True)).today.standings
    assert [summary.asks(one.rule) for one in rules] == [
        "at least 95.5 % of those due done, each month",
        "at most 16.5 cases an officer",
    ]


def test_rules_on_posts_alone_are_kept_by_posts() -> None:
    """Nine constables need 2¼ sergeants where each supervises four: two more."""
    found = answer(toy(SERGEANT, posts=9))
    assert found.startswith("No standard is set")
    assert found.endswith("2 more posts (Team: 2 sgts) from April 2025 keep every rule on posts.")


def test_overtime_may_do_without_more_posts() -> None:
    """80 visits of 7 hours: 560 hours a month, 520 there: 40 hours at £30, £14,400 a year."""
    overtime = "overtime_hours_per_fte_month = 20\novertime_cost_per_hour = 30"
    text = toy(visits(1.0, "2025-04-01"), months=12, duty="hours = 7", team=overtime)
    assert answer(text).endswith(
        "; followed month by month, the plan keeps every standard from April 2025 with no more "
        "posts, with up to 40 hours of overtime a month, for £14,000 more in 2025/26."
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
    assert "All duties are done in full: home visits." in words
    assert "call" not in words


def test_a_few_dated_changes_are_all_told(capsys: pytest.CaptureFixture[str]) -> None:
    change = '[[changes]]\nfrom = 2025-05-01\nset = { "teams.t.grades.pc.posts" = 2 }\n'
    terminal.show(headlines.read_off(plan_of(toy(change, months=3), fixed=True)))
    assert printed(capsys).endswith("Changes from a date teams.t.grades.pc.posts: 3 → 2")


def test_more_prices_than_are_shown_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """Of a limit, visits in two tiers, most posts, a case in two tiers, and an hour: seven."""
    most = '[[standards]]\nname = "Most"\nteam = "t"\nmax_posts = 3\n'
    found = plan_of(toy(LIMIT.format(20), visits(), most, months=12))
    terminal.show(headlines.read_off(found), explain.explain(found))
    words = printed(capsys)
    assert words.count("has no price: not every standard can be met.") == 6
    assert "One lo-tier case (a) at the start has no price" in words
    assert "and 1 more, in the tables" in words


def compared(*given: str) -> compare.Comparison:
    texts = {f"{name}.toml": text for name, text in zip("ab", given, strict=True)}
    return compare.compare([scenario.read(one, files=texts) for one in texts], fixed=True)


def test_options_that_are_the_same_change_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    text = toy(visits(), months=3)
    terminal.show_comparison(compared(text, text))
    same = printed(capsys)
    assert same.startswith("Today's posts side by side")
    assert "b has the same settings as a." in same
    assert "b costs the same as a over 3 months." in same
    terminal.show_comparison(compared(text, toy(visits(), months=3, posts=2)))
    assert printed(capsys).startswith("Changed settings b: teams.t.grades.pc.in_post: 3 → 2")


def unsure(text: str) -> None:
    """Print how sure a plan is."""
    ask = uncertainty.Ask(number=20, curve=False)
    terminal.show_uncertainty(uncertainty.simulate(plan_of(text), 1, ask))


def test_futures_without_standards_and_ranges(capsys: pytest.CaptureFixture[str]) -> None:
    unsure(toy(months=3))
    words = printed(capsys)
    assert "20 futures, seed 1; 0 settings drawn between their low and high" in words
    assert "today completion 100 % 100 % 100 %" in words  # 160 of 520 hours, whoever comes
    assert "Chance that" not in words
    assert "What matters most" not in words


def test_a_chance_that_no_number_of_posts_reaches(capsys: pytest.CaptureFixture[str]) -> None:
    """At most 90 % can be seen in one future of ten and more: 95 % done is beyond any team."""
    duty = "hours = 2\naccess_rate = { value = 0.92, low = 0.9, high = 0.94 }"
    first = visits(0.95, "2025-04-01")
    unsure(toy(first, "[sizing]\nconfidence = 0.8\n", months=12, duty=duty))
    words = printed(capsys)
    assert "1 setting drawn between their low and high" in words
    assert "Fewest posts for which the chance is at least 80 %: today's." in words
    assert words.count("No number of posts reaches 80 % in 2025/26.") == 1


def test_a_chance_on_the_average_of_a_year(capsys: pytest.CaptureFixture[str]) -> None:
    """120 cases, 30 an officer: a fourth post, in every future."""
    of = '[sizing]\nconfidence = 0.8\nconfidence_of = "average"\n'
    unsure(toy(LIMIT.format(30), of, months=12))
    words = printed(capsys)
    assert "Chance that each standard holds on the average of its worst year" in words
    assert "t pc 2025/26 3 4 4" in words
    assert "No number of posts" not in words


# Norfolk -----------------------------------------------------------------------------------


def test_the_published_past_by_both_measures() -> None:
    figures = summary.figures(planned("norfolk-2021", fixed=True))
    told = {one.name: one for one in figures}
    assert told["answer"].words.endswith(
        "today's 15.1 posts let completion of visits fall from 91 % to 73 % by December 2021 "
        "(cases in date: from 98 % to 93 %)."
    )
    assert told["completion.rso.visit.today"].value == pytest.approx(0.73, abs=0.005)
    assert "done ÷ due" in told["completion_means"].words
    assert "not" in told["in_date_means"].words or "none outstanding" in told["in_date_means"].words


def test_how_much_rests_on_judgement() -> None:
    figures = summary.figures(planned("norfolk-2021", fixed=True))
    words = next(one.words for one in figures if one.name == "judgement")
    assert words == (
        "17 of the 33 inputs are estimates (7 professional judgement, 10 assumed); the others: 11 "
        "published, 2 fitted to history, 2 defaults and 1 without a source."
    )


def test_offices_of_a_group_are_added_up() -> None:
    found = planned("three-offices", fixed=True)
    said = headlines.read_off(found)
    mine = [one for one in said.today.services if one.duty == "visit"]
    assert [one.group for one in mine] == ["rso"]
    rows = [n for n, key in enumerate(found.model.rows) if key.duty == "visit"]
    assert len({found.model.rows[n].cohort for n in rows}) == 3
    everything = found.today.projection.due[0][:, rows].sum(axis=1)
    assert mine[0].due == pytest.approx(everything)
    assert "home visits fall" in summary.answer(said)


def test_posts_and_cost_by_team_and_year_add_up() -> None:
    found = planned("norfolk-2024", fixed=True)
    rows = headlines.team_years(found)
    assert [row.year for row in rows[:6]] == [f"{y}/{y - 1999}" for y in range(2024, 2030)]
    assert [row.months for row in rows[:6]] == [6, 12, 12, 12, 12, 6]
    assert sum(row.cost for row in rows) == pytest.approx(found.today.costs.total_real.sum())
    assert all(row.posts_sized is None for row in rows)
