"""The sizing problem written out: what happens, what is asked, what it costs (EQ12, EQ14–EQ21)."""

from __future__ import annotations

from capacity.staffing.operations import Operations
from capacity.staffing.requirements import Requirements
from capacity.staffing.sheet import Formulation


def formulate(does: Operations) -> Formulation:
    """Return the sizing problem of some teams, whose operations are not yet written down."""
    does.write()
    asks = Requirements(does)
    asks.write()
    people = does.model.people
    posts_cost = (people.posts[0] * people.cost[0] / 12)[:, does.grades]
    return Formulation(
        sheet=does.sheet,
        constant=float((posts_cost.sum(axis=1) * does.discount).sum()),
        done=does.done,
        outstanding=does.outstanding,
        early=does.early,
        waited=does.waiting_longer,
        added=does.added,
        in_post=does.in_post,
        joined=does.joined,
        joined_due=does.joined_due,
        released=does.released,
        overtime=does.overtime,
        lent=does.lent,
        short=does.short,
        spilt=does.spilt,
        rule_rows=tuple(asks.rule_rows),
        balance_rows=does.balance,
        teams=does.teams,
    )
