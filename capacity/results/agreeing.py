"""How well simulations agree with what is known of a unit, in words."""

from __future__ import annotations

from collections.abc import Iterator

from capacity.files.headings import SHARES
from capacity.results.summary import SummaryFigure
from capacity.risk.agreement import Agreed, Fact
from capacity.risk.weights import FAR
from capacity.wording import counted, month, number, per_cent

NARROWED = 0.8
"""A setting is told of that has at most this share of its spread left."""

DISAGREE = "simulations_do_not_agree"
"""The name of the figure that says so; nothing else is told of such simulations."""

SETTINGS_TOLD, FIGURES_TOLD = 4, 8


def figures(found: Agreed) -> Iterator[SummaryFigure]:
    """Yield how many simulations agree, what was narrowed, and what cannot be right together."""
    weights = found.weights
    known, draws = counted(len(found.figures), "known figure"), len(weights.weight)
    words = (
        f"Of {draws:,} simulations as many as {weights.effective:,.0f} agree in effect with the "
        f"{known} of this unit. Those that agree better count for more."
    )
    if weights.power < 1.0:
        words += (
            " That is few, so that they were given less weight than the figures allow, and the "
            "ranges are wider; more simulations, or settings fitted first (capacity calibrate), "
            "narrow them."
        )
    if weights.agree:
        yield SummaryFigure("simulations_that_agree", weights.effective, "simulations", words)
    else:
        yield SummaryFigure(DISAGREE, weights.effective, "simulations", _none(found))
        for n, one in enumerate(found.apart[:FIGURES_TOLD], start=1):
            yield SummaryFigure(f"cannot_be_right.{n}", one.figure.value, "", f"{said(one)}.")
    for n, setting in enumerate(found.settings[:SETTINGS_TOLD], start=1):
        if setting.left <= NARROWED:
            low, middle, high = (f"{value:.3g}" for value in setting.after)
            words = (
                f"What is known narrows {setting.setting} to {per_cent(setting.left)} of its "
                f"spread: {middle} ({low} to {high})."
            )
            yield SummaryFigure(f"narrowed.{n}", setting.left, "share", words)


def _none(found: Agreed) -> str:
    """Return that no simulation agrees, and why."""
    more = len(found.apart) - FIGURES_TOLD
    rest = f"; {counted(more, 'more figure')} are in the table known" if more > 0 else ""
    which, off = (
        ("This figure cannot be right", "it may be off")
        if len(found.apart) == 1
        else ("These figures cannot be right together", "each may be off")
    )
    return (
        f"No simulation agrees with what is known, so nothing is forecast from it. {which} by this "
        f"scenario, within {FAR:g} times what {off}{rest}:"
    )


def said(one: Fact) -> str:
    """Return a known figure as people read it."""
    figure = one.figure
    of = " ".join(name for name in (figure.cohort, figure.duty, figure.tier) if name)
    share = figure.measure in SHARES
    value, give = (
        per_cent(amount) if share else number(amount) for amount in (figure.value, one.give)
    )
    words = [one.measure.replace("_", " "), *([f"({of})"] if of else [])]
    return f"{month(figure.month)}, {' '.join(words)}: {value}, give or take {give}"
