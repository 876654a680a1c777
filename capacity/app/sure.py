"""How certain: bands, probabilities, by the size of the team too, and what matters most."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import streamlit as st

from capacity.app import card, outlooks, parts, results, sized, working
from capacity.app.outlooks import Tables
from capacity.app.parts import Tile
from capacity.app.view import View
from capacity.charts import chances, matters
from capacity.charts import sure as bands
from capacity.charts.sure import Followed
from capacity.engine.model import Model
from capacity.results import agreeing
from capacity.risk import uncertainty
from capacity.risk.chances import EVERY_MONTH
from capacity.risk.draws import Draws
from capacity.risk.drivers import COMPLETION
from capacity.stages import PlanResult
from capacity.wording import counted, number, per_cent

SIMULATIONS = (1_000, 2_500, uncertainty.DRAWS, 50_000)
"""Numbers of simulations that can be chosen."""

MOST_SEED = 2**31 - 1


def show(view: View) -> None:
    """Show the page: what ten thousand simulations say, and what takes longer when asked."""
    st.header("How certain", anchor=False)
    view = card.show(view)
    unsure = bool(Draws(view.plan.scenario, 0).uncertain)
    _explained(unsure)
    number_, seed = _pick()
    key = f"{results.key_of(view.base, view.what_if)} {view.plan.sized is not None} {seed}"
    words = f"Running {number_:,} simulations …"
    told = working.worked_out(
        words,
        f"{key} {number_}",
        outlooks.outlook,
        replace(view.plan, question=None),
        seed,
        number_,
    )
    if told is None:
        return
    if not _agrees(told):
        return
    of, asked = uncertainty.asked_for(view.plan)
    if asked is None and view.plan.sized is None:
        st.caption(
            "These are current posts. Turn on *Work out the team*, below the scenario, to see the "
            "team needed beside them."
        )
    _bands(view, told)
    if not told["chances"].empty and uncertainty.has_rules(view.plan):
        _judged(view, told, of, asked)
        _by_size(view, key, seed, number_, asked)
    else:
        st.info("No standard is set, so there is nothing to meet.")
    if unsure:
        _drivers(view, told, key, seed, number_)
    st.caption("Posts stay as planned; settings with a range and each month's new cases vary.")


def _agrees(told: Tables) -> bool:
    """Say how well simulations agree with what is known; whether anything is to be shown then."""
    if "agreement" not in told:
        return True
    figures = told["agreement"]
    words = [parts.shown_as_is(str(one)) for one in figures["words"]]
    apart = agreeing.DISAGREE in set(figures["name"])
    (st.error if apart else st.info)("\n\n".join(words))
    return not apart


def _alone(plan: PlanResult) -> PlanResult:
    """Return a plan without its sizing problem, which simulations do not ask."""
    return replace(plan, question=None)


def _explained(unsure: bool) -> None:
    """Say what a simulation is, or how a setting is given a range."""
    if unsure:
        st.write(
            "Each simulation takes another value of every setting with a range, and other luck: "
            "new cases, who can be reached, who leaves or is ill. Posts stay as planned in all of "
            "them. The other pages show some hundred of them."
        )
        return
    st.info(
        "**No setting of this scenario has a range.** Simulations differ by chance "
        "alone, so the results look more certain than they are. Give settings a low and a high "
        "value on the sheet *Ranges* of the workbook, or in the scenario file, so that 1 in 10 "
        "simulations lies below and 1 in 10 above: for growth of 4% per year, say, a low of 3% "
        "and a high of 6%.",
        icon=":material/info:",
    )


def _pick() -> tuple[int, int]:
    """Let a person choose how many simulations, and other random numbers for them."""
    left, right, _ = st.columns([1, 1, 2], vertical_alignment="bottom")
    number_ = left.selectbox(
        "Simulations",
        SIMULATIONS,
        index=SIMULATIONS.index(uncertainty.DRAWS),
        format_func=lambda one: f"{one:,}",
        key="futures",
        persist_state="session",
        help="More take longer and are more precise: four times as many halve the error.",
    )
    seed = right.popover("Advanced").number_input(
        "Random numbers",
        min_value=0,
        max_value=MOST_SEED,
        value=1,
        step=1,
        key="seed",
        persist_state="session",
        help="The same number gives the same simulations. Another shows what chance alone changes.",
    )
    return int(number_), int(seed)


# Bands -------------------------------------------------------------------------------------


def _bands(view: View, told: Tables) -> None:
    """Show completion and what is overdue over time, for what a person chooses."""
    what = _pick_group(view)
    for measure in bands.MEASURES:
        drawn = bands.band(view.shown, what, told["bands"], measure)
        parts.picture(drawn, view.selections, view.stem)
    st.caption(
        "Solid: the middle of the simulations. Shaded: 8 in 10 of them. Dashed: an analyst's view, "
        "the single course without chance. Each month is read by itself."
    )


def _pick_group(view: View) -> Followed:
    """Let a person choose a duty or all, and a tier; the first standard's duty to begin with."""
    model: Model = view.plan.model
    every = bands.followed(model)
    names: dict[tuple[str | None, str | None], str] = {}
    for one in every:
        names.setdefault((one.group.cohort, one.group.duty), one.label)
    keys = list(names)
    first = next(
        (k for r in view.plan.scenario.settings.standards if (k := (r.cohort, r.duty)) in names),
        keys[0],
    )
    if st.session_state.get("followed") not in keys:
        st.session_state["followed"] = first
    left, right = st.columns([3, 1])
    key = left.selectbox(
        "Activity",
        keys,
        format_func=names.__getitem__,
        key="followed",
        persist_state="session",
    )
    mine = [one for one in every if (one.group.cohort, one.group.duty) == key]
    mine.sort(key=lambda one: one.group.tier is not None)
    if len(mine) == 1:
        return mine[0]
    tiers = {one.group.tier or "": one for one in mine}
    if st.session_state.get("tier followed") not in tiers:
        st.session_state["tier followed"] = ""
    tier = right.selectbox(
        "Tier",
        list(tiers),
        format_func=lambda one: tiers[one].tier,
        key="tier followed",
        persist_state="session",
    )
    return tiers[tier]


# Probabilities -----------------------------------------------------------------------------------


def _judged(view: View, told: Tables, of: str, asked: float | None) -> None:
    """Show in how many simulations each standard is met, in the period that a person chooses."""
    whole = chances.judged(told["chances"])
    names = chances.periods(whole)
    years = [name for name in names if name != EVERY_MONTH]
    wanted = [name for name in years if name.endswith(" average") == (of == "average")]
    first = wanted[-1] if of != EVERY_MONTH and wanted else EVERY_MONTH
    if st.session_state.get("period judged") not in names:
        st.session_state["period judged"] = first
    st.subheader("Probability that standards are met", anchor=False)
    period = st.selectbox(
        "Met in",
        names,
        format_func=lambda name: name if name != EVERY_MONTH else "every month",
        key="period judged",
        persist_state="session",
        width=280,
    )
    parts.picture(chances.picture(view.shown, whole, period, asked), view.selections, view.stem)
    _backlog(told["chances"])


def _backlog(table: pd.DataFrame) -> None:
    """Say how likely a large backlog is."""
    called = {"today": "with no posts added", "sized": "with the team needed"}
    rows = table[(table["period"] == "any month") & table["option"].isin(list(called))]
    for name, mine in rows.groupby("standard", sort=False):
        told = [
            f"{chances.in_simulations(chance)} {called[option]}"
            for option, chance in zip(mine["option"], mine["chance"], strict=True)
        ]
        level = str(name).removeprefix("Backlog above ")
        st.markdown(f"More than {level} activities are overdue at some time {', '.join(told)}.")


# What takes longer -------------------------------------------------------------------------


def _by_size(view: View, key: str, seed: int, number_: int, asked: float | None) -> None:
    """Offer the probability by the size of the team, and the posts for the confidence asked for."""
    st.subheader("Posts and probability", anchor=False)
    if view.plan.sizing is None:
        sized.offer("How many posts does it take, and how certain is each number of them?")
        return
    curve = working.when_asked(
        "Probability by team size",
        f"{uncertainty.CURVE_DRAWS:,} simulations of each of twenty sizes: about ten seconds.",
        "Trying every size of the team …",
        f"{key} {number_} False",
        outlooks.by_size,
        (view.plan, seed, number_, False),
    )
    if curve is not None:
        _curve(view, curve["chance_by_posts"], asked)
    if asked is None:
        st.caption(
            "The scenario asks for no level of confidence. Set *Confidence* under *What if*, "
            "*Standards*, to find the fewest posts for it here."
        )
        return
    sure = working.when_asked(
        f"Posts needed for {per_cent(asked)} confidence",
        "Searched post by post in thousands of simulations: half a minute, or several minutes.",
        f"Looking for the fewest posts for {per_cent(asked)} confidence …",
        f"{key} {number_} True",
        outlooks.by_size,
        (view.plan, seed, number_, True),
    )
    if sure is not None:
        _confident(view, sure, asked)


def _curve(view: View, table: pd.DataFrame, asked: float | None) -> None:
    across = st.segmented_control(
        "By",
        ["posts", "cost"],
        default="posts",
        format_func={"posts": "Posts", "cost": "Cost"}.__getitem__,
        key="size by",
        required=True,
    )
    drawn = chances.by_size(table, asked, across or "posts")
    parts.picture(drawn, view.selections, view.stem)


def _confident(view: View, found: Tables, asked: float) -> None:
    """Show the posts for the confidence asked for, or that none are enough."""
    reached, posts = found["confident"], found["confident_posts"]
    last = posts[posts["year"] == posts["year"].iloc[-1]]
    worst = reached.sort_values("chance", kind="stable").iloc[0]
    parts.tiles(
        [
            Tile(
                f"Posts needed for {per_cent(asked)} confidence",
                number(float(last["confident"].sum())),
                f"central case {number(float(last['sized'].sum()))}, current posts "
                f"{number(float(last['today'].sum()))}",
            ),
            Tile("Asked for", per_cent(asked), f"of {counted(len(reached), 'period')}"),
            Tile(
                "Least likely period",
                per_cent(float(worst["chance"])),
                f"{worst['period']}, ± {100 * 1.96 * float(worst['error']):.1f} points",
            ),
        ]
    )
    beyond = reached[~reached["within_reach"]]["period"].tolist()
    if beyond:
        st.warning(
            f"No number of posts is enough in {', '.join(beyond)}. The posts shown there are those "
            "of the central case; new posts come too late or do not help.",
            icon=":material/warning:",
        )
    parts.picture(chances.posts(posts, beyond), view.selections, view.stem)
    parts.table(
        reached.drop(columns=["asked"]),
        "confident",
        view.selections,
        view.stem,
        words="Probability in every period",
        columns={
            "of": "Of",
            "period": "Period",
            "chance": st.column_config.NumberColumn("Probability", format="percent"),
            "error": st.column_config.NumberColumn("Standard error", format="percent"),
            "within_reach": "Within reach of any number of posts",
        },
    )


def _drivers(view: View, told: Tables, key: str, seed: int, number_: int) -> None:
    """Show which settings matter most: for completion at once, for posts and cost when asked."""
    st.subheader("What matters most", anchor=False)
    labels = _labels(view, told["drivers"])
    measure = COMPLETION
    found: Tables | None = told
    if view.plan.sizing is not None:
        measure = st.segmented_control(
            "On",
            list(matters.DRIVEN),
            default=measure,
            format_func=matters.DRIVEN.__getitem__,
            key="driven",
            required=True,
        )
        if measure != COMPLETION:
            found = working.when_asked(
                "Size the team again at each end",
                f"The {outlooks.RESIZED} settings that matter most, each at its low and its high: "
                "about a quarter of a minute.",
                "Sizing the team again at each end …",
                f"{key} {number_}",
                outlooks.resized,
                (view.plan, seed, number_),
            )
    if found is None:
        return
    drawn = matters.picture(found["drivers"], labels, measure)
    if not matters.moves(found["drivers"], measure):
        st.info(f"{parts.shown_as_is(drawn.title)}.")
        return
    parts.picture(drawn, view.selections, view.stem)
    st.caption(
        "A bar is a single course with one setting at its low or its high, all others at their "
        "value. The settings are in order of their share of the uncertainty in completion, where "
        "all of them vary together: the first are worth measuring first. One without a bar moves "
        "nothing by itself."
    )


def _labels(view: View, table: pd.DataFrame) -> dict[str, str]:
    """Return what settings are called."""
    in_words = results.words_of(view.base)
    return {name: in_words.title(name) for name in dict.fromkeys(table["setting"])}
