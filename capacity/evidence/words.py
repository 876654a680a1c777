"""The proofs as a table on the terminal and as a page of the documents."""

from __future__ import annotations

from collections.abc import Sequence

from capacity import console
from capacity.evidence.proofs import Proof
from capacity.wording import counted

HEADINGS = (
    ("Service", False),
    ("Predicted", False),
    ("Figures", True),
    ("Model", True),
    ("Without a model", True),
    ("Ratio", True),
)


def cells(one: Proof) -> list[str]:
    """Return a proof as the cells of a row, in the order of HEADINGS."""
    naive = "" if one.naive_error is None else f"{one.naive_error:,.1f} ({one.naive})"
    ratio = f"{one.ratio:.2f}" if naive else f"out by a factor of {one.ratio:.1f}"
    error = f"{one.error:,.1f} {one.unit}"
    return [one.service, one.predicted, f"{one.forecasts}", error, naive, ratio]


def summary(found: Sequence[Proof]) -> str:
    """Return in one sentence how often the model was nearer than a forecast without one."""
    judged = [one for one in found if one.wins is not None]
    won = sum(bool(one.wins) for one in judged)
    return (
        f"The model is nearer than the best forecast without a model in {won} of "
        f"{counted(len(judged), 'comparison')}."
    )


def lost(found: Sequence[Proof]) -> list[str]:
    """Return what the model is no nearer in."""
    return [
        f"{one.service}: {one.predicted} ({one.ratio:.2f})" for one in found if one.wins is False
    ]


def show(found: Sequence[Proof]) -> None:
    """Print the proofs."""
    console.table("Evidence", list(HEADINGS), [cells(one) for one in found])
    console.say(summary(found))
    if worse := lost(found):
        console.say("It is not nearer in: " + "; ".join(worse) + ".")


def as_markdown(found: Sequence[Proof]) -> str:
    """Return the proofs as a table of a page."""
    names = [name for name, _ in HEADINGS]
    lines = ["| " + " | ".join(names) + " |", "|---|---|--:|--:|--:|--:|"]
    lines += ["| " + " | ".join(cells(one)) + " |" for one in found]
    return "\n".join(lines)
