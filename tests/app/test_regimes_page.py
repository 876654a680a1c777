"""Another regime, on What if: compared when asked for, in words, as a chart and as a table."""

from __future__ import annotations

from tests.app.pages import run, said, what_if, with_scenario
from tests.toys import toy, visits


def test_another_regime_is_compared_when_it_is_asked_for() -> None:
    """60 cases visited monthly, 60 quarterly; the lower tier may be visited less often.

    Nothing is listed to choose from, so months between visits of 3, 4 and 6 are tried, each with
    none and a fifth of the tier managed reactively: six regimes. One officer has 173 hours for
    160, so that as many as possible are seen as things stand.
    """
    at = with_scenario(what_if, toy(visits(0.9), months=12, posts=1))
    assert "Without more posts: another regime" in said(at)
    assert "Home visit (lo): every 3, 4 or 6 months" in said(at)
    assert "Managed reactively (lo): 0% or 20%" in said(at)
    assert "6 regimes" in said(at)
    (button,) = [one for one in at.button if one.label == "Compare regimes"]
    button.click()
    run(at)
    words = said(at)
    assert "With current posts, none of 6 regimes leaves fewer weighted case-months" in words
    assert "Managing 20% of the tier lo reactively (12 of 60 cases)" in words
    (table,) = [one.value for one in at.dataframe if "practice" in one.value]
    assert len(table) == 6
    assert table["current"].is_monotonic_increasing
    assert table["which"].isin(["on the frontier", "bound, part posts"]).all()


def test_a_scenario_whose_lowest_tier_is_its_only_one_has_no_other_regime() -> None:
    """Of the one tier that is owed anything, which is the highest too, nothing may be put off."""
    only = toy(months=12).replace("per_year = { hi = 12, lo = 4 }", "per_year = { hi = 12 }")
    assert "another regime" not in said(with_scenario(what_if, only))
