"""Probabilities that standards are met, and by what size of the team, as charts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from capacity.charts import Picture, drawing
from capacity.charts.drawing import BLUE, GREEN, HEIGHT, MONEY, WORDS, ChartAxis, Drawn, Layer
from capacity.charts.frames import Shown
from capacity.charts.sure import ROLES, with_what
from capacity.risk.chances import EVERY_MONTH, EVERY_STANDARD
from capacity.wording import asked_share, listed, number, pounds

KEPT = "Share of simulations in which it is met"

WORTH = 0.005
"""A probability that rounds to something."""

NAMES = alt.Axis(labelLimit=320, ticks=False, labelOverlap=False)

AROUND = 110
"""Height of legend and axis, which a page counts in."""

SURE = (GREEN, [3, 3])
"""Colour and dashes of the posts for the confidence asked for."""

FOUR_IN_FIVE = 0.8
"""The probability drawn where the scenario asks for none."""


def in_simulations(chance: float) -> str:
    """Return a probability as so many of so many simulations."""
    tenths, hundredths = round(10 * chance), round(100 * chance)
    if chance >= 1 - WORTH:
        return "in every simulation" if chance == 1 else "in nearly every simulation"
    if chance < WORTH:
        return "in no simulation" if chance == 0 else "in hardly any simulation"
    if abs(10 * chance - tenths) < 0.1 and tenths:
        return f"in {tenths} of 10 simulations"
    return f"in {hundredths} of 100 simulations"


def judged(table: pd.DataFrame) -> pd.DataFrame:
    """Return the chances of whole standards, all tiers of each, without those of a backlog.

    Returns:
        One row for each option, standard and period.
    """
    keys = ["option", "standard", "period"]
    whole = table.sort_values("tier", na_position="first", kind="stable").drop_duplicates(keys)
    whole = whole[~whole["standard"].str.startswith("Backlog above ")].sort_index()
    return whole[whole["period"].isin(periods(whole))]


def periods(table: pd.DataFrame) -> list[str]:
    """Return the periods in which every standard is judged together, the longest first."""
    names = list(dict.fromkeys(table[table["standard"] == EVERY_STANDARD]["period"]))
    return [EVERY_MONTH, *(n for n in names if n != EVERY_MONTH and not _is_month(n))]


def _is_month(name: str) -> bool:
    return len(name) == 7 and name[4] == "-" and name[5:].isdigit() and int(name[5:]) <= 12


def picture(shown: Shown, table: pd.DataFrame, period: str, asked: float | None) -> Picture:
    """Show in how many simulations each standard is met in a period.

    `table`: of whole standards; `asked`: the chance that the scenario asks for.
    """
    names = _names(shown)
    here = table[(table["period"] == period) & table["option"].isin(list(names))]
    frame = here.assign(
        series=here["option"].map(names),
        low=(here["chance"] - 1.96 * here["error"]).clip(lower=0),
        high=(here["chance"] + 1.96 * here["error"]).clip(upper=1),
        futures=[in_simulations(chance) for chance in here["chance"]],
    )
    every = frame[frame["standard"] == EVERY_STANDARD]
    told = [
        f"{words} with {with_what(series)}"
        for words, series in zip(every["futures"], every["series"], strict=True)
    ]
    what = "Every standard is" if frame["standard"].nunique() > 2 else "The standard is"
    when = "in every month" if period == EVERY_MONTH else f"in {period}"
    title = f"{what} met {when} {', '.join(told)}"
    if period.endswith(" average"):
        title = f"{what} met on average {when.removesuffix(' average')} {', '.join(told)}"
    kept = table[table["option"].isin(list(names))]
    kept = kept.assign(option=kept["option"].map(names)).dropna(axis=1, how="all")
    return Picture("chances", title, _chances(frame, list(names), asked), kept)


def _names(shown: Shown) -> dict[str, str]:
    """Return the series of the plan itself by option."""
    return {o.name: name for name, role, _, o in shown.series() if role in ROLES}


def _chances(frame: pd.DataFrame, options: Sequence[str], asked: float | None) -> Drawn:
    order = list(dict.fromkeys(frame["standard"]))
    order = [EVERY_STANDARD, *(name for name in order if name != EVERY_STANDARD)]
    looks = frame[["series", "option"]].drop_duplicates()
    colours = [drawing.LOOK[ROLES[option]][0] for option in looks["option"]]
    scale = alt.Scale(domain=looks["series"].tolist(), range=colours)
    legend = alt.Legend(title=None, orient="top", labelLimit=0, symbolType="square")
    series = looks["series"].tolist()
    base = alt.Chart(frame).encode(
        y=alt.Y(
            "standard:N",
            sort=order,
            title=None,
            axis=NAMES,
        ),
        yOffset=alt.YOffset("series:N", sort=series),
    )
    across: dict[str, Any] = {"scale": alt.Scale(domain=[0, 1]), "title": KEPT}
    axis = drawing.ticks(".0%")
    hints = [
        alt.Tooltip("standard:N", title="Standard"),
        alt.Tooltip("series:N", title=" "),
        alt.Tooltip("chance:Q", title="Probability", format=".1%"),
        alt.Tooltip("error:Q", title="Standard error", format=".2%"),
    ]
    layers: list[Layer] = [
        base.mark_bar().encode(
            x=alt.X("chance:Q", axis=axis, **across),
            color=alt.Color("series:N", scale=scale, legend=legend),
            tooltip=hints,
        ),
        base.mark_rule(color=WORDS, strokeWidth=1.5).encode(
            x=alt.X("low:Q", **across), x2="high:Q"
        ),
    ]
    if asked is not None:
        at = pd.DataFrame({"chance": [asked], "words": [f"Asked for: {asked_share(asked)}"]})
        rule = alt.Chart(at).encode(x=alt.X("chance:Q", **across))
        layers += [
            rule.mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color=WORDS),
            rule.mark_text(align="right", dx=-4, y=-8, color=WORDS, fontSize=12).encode(
                text="words:N"
            ),
        ]
    each = 20 * max(1, len(options)) + 14
    return drawing.drawn(*layers, height=AROUND + each * len(order))


# The chance by the size of the team --------------------------------------------------------


def by_size(table: pd.DataFrame, asked: float | None, across: str = "posts") -> Picture:
    """Show the chance of each standard by the posts at the end, or by the cost.

    `table`: of chances by posts.
    """
    every = table[table["standard"] == EVERY_STANDARD].sort_values("posts")
    wanted = FOUR_IN_FIVE if asked is None else asked
    least = every[every["chance"] >= wanted]
    best = every.sort_values("chance", kind="stable").iloc[-1]
    if least.empty:
        title = (
            f"No size tried meets every standard with a probability of {asked_share(wanted)}; "
            f"{number(best['posts'])} posts do {in_simulations(best['chance'])}"
        )
    else:
        first, now = least.iloc[0], every.iloc[0]
        title = (
            f"With {number(first['posts'])} posts every standard is met "
            f"{in_simulations(first['chance'])}"
        )
        if first["posts"] > now["posts"]:
            more = pounds(first["cost"] - now["cost"])
            title += (
                f"; they cost {more} more than the current {number(now['posts'])} over the time"
            )
    return Picture("chance-by-posts", title, _curve(table, wanted, asked, across), table)


def _curve(table: pd.DataFrame, wanted: float, asked: float | None, across: str) -> Drawn:
    names = list(dict.fromkeys(table["standard"]))
    names = [EVERY_STANDARD, *(name for name in names if name != EVERY_STANDARD)]
    names = [EVERY_STANDARD] if len(names) == 2 else names  # one standard is every standard
    looks = [(BLUE, [1, 0]), *drawing.OPTIONS[2:], drawing.OPTIONS[0]]
    looks = [looks[0], *(looks[1 + n % (len(looks) - 1)] for n in range(len(names) - 1))]
    legend = alt.Legend(
        title=None,
        orient="top",
        labelLimit=0,
        columns=alt.ExprRef(drawing.COLUMNS),
        symbolType="stroke",
        symbolSize=300,
    )
    form, title = (",.0f", "Posts at the end") if across == "posts" else (MONEY, "Cost (£)")
    scale = alt.Scale(zero=False, nice=True)
    base = alt.Chart(table[table["standard"].isin(names)]).encode(
        x=alt.X(f"{across}:Q", title=title, scale=scale, axis=drawing.ticks(form, grid=False)),
        y=alt.Y(
            "chance:Q",
            title=KEPT,
            scale=alt.Scale(domain=[0, 1]),
            axis=drawing.ticks(".0%"),
        ),
        color=alt.Color(
            "standard:N",
            scale=alt.Scale(domain=names, range=[colour for colour, _ in looks]),
            legend=legend,
        ),
    )
    dash = alt.StrokeDash(
        "standard:N",
        scale=alt.Scale(domain=names, range=[dashes for _, dashes in looks]),
        legend=legend,
    )
    hints = [
        alt.Tooltip("posts:Q", title="Posts at the end", format=",.1f"),
        alt.Tooltip("cost:Q", title="Cost (£)", format=",.0f"),
        alt.Tooltip("standard:N", title="Standard"),
        alt.Tooltip("chance:Q", title="Probability", format=".1%"),
        alt.Tooltip("error:Q", title="Standard error", format=".2%"),
    ]
    words = f"{'Asked for' if asked is not None else 'Four in five'}: {asked_share(wanted)}"
    at = alt.Chart(pd.DataFrame({"chance": [wanted], "words": [words]})).encode(y="chance:Q")
    layers: list[Layer] = [
        base.mark_line(strokeWidth=2.5).encode(strokeDash=dash),
        base.mark_point(size=30, filled=True).encode(tooltip=hints),
        at.mark_rule(strokeDash=[2, 2], strokeWidth=1.5, color=WORDS),
        at.mark_text(align="left", baseline="bottom", x=4, dy=-3, color=WORDS, fontSize=12).encode(
            text="words:N"
        ),
    ]
    return drawing.drawn(*layers, height=HEIGHT + 40)


def posts(table: pd.DataFrame, beyond: Sequence[str] = ()) -> Picture:
    """Show posts by year: current ones, the team needed, and those for the confidence asked for.

    `table`: of confident posts; `beyond`: periods in which no number of posts is enough.
    """
    called = {"today": "No posts added", "sized": "Central case", "confident": "Posts needed"}
    sums = table.groupby("year", sort=False)[list(called)].sum().reset_index()
    frame = sums.melt("year", var_name="role", value_name="posts")
    frame = frame.assign(series=frame["role"].map(called))
    last = sums.iloc[-1]
    sure = f"{number(last['confident'])} posts are needed in {last['year']} for this confidence"
    if beyond:
        sure = f"No number of posts gives this confidence in {listed(beyond)}"
    others = f"central case {number(last['sized'])}, current posts {number(last['today'])}"
    title = f"{sure}; in {last['year']} {others}" if beyond else f"{sure}; {others}"
    looks = {**{name: drawing.LOOK[role] for name, role in ROLES.items()}, "confident": SURE}
    chart = drawing.bars(frame, ChartAxis("posts", "Posts at the year's end"), looks)
    return Picture("confident-posts", title, chart, table)
