"""People and their hours: recruitment, trainees, absences (EQ8, EQ9, EQ14)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from capacity.engine.model import Array, Model, alike, blank


@dataclass(frozen=True)
class Workforce:
    """People by grade and hours by team. Shape: [draw, month, grade or team]."""

    posts: Array
    in_post: Array
    joiners: Array
    joined_due: Array  # of the joiners, those already appointed
    leavers: Array
    releases: Array
    effective: Array  # EQ9, people events included
    own_hours: Array  # [draw, month, team]
    uncut_hours: Array  # [draw, month, team], the same before it is cut at 0
    casework: Array  # [draw, month, team], FTE without people events, trainees in full
    officers: Array  # [draw, month, team], effective casework FTE that counts in the ratio


def staff(model: Model, posts: Array | None = None) -> Workforce:
    """Return people and hours of given posts; today's where none are given.

    EQ8, EQ9, EQ14. Shape of posts: [draw, month, grade].
    """
    people = model.people
    posts = people.posts if posts is None else posts
    in_post, joiners, joined_due, leavers, releases = _recruit(model, posts)
    effective = _effective(model, in_post, joiners) + people.events
    counted = effective - people.events + people.events_counted
    share = alike(people.share)
    uncut = _by_team(model, share * alike(people.hours) * effective)
    return Workforce(
        posts=np.broadcast_to(posts, in_post.shape),
        in_post=in_post,
        joiners=joiners,
        joined_due=joined_due,
        leavers=leavers,
        releases=releases,
        effective=effective,
        own_hours=np.maximum(0.0, uncut),
        uncut_hours=uncut,
        casework=_by_team(model, share * in_post),
        officers=_by_team(model, share * counted),
    )


def _by_team(model: Model, by_grade: Array) -> Array:
    """Add grades up to teams. Shape: [draw, month, grade] → [draw, month, team]."""
    total = blank(*by_grade.shape[:2], len(model.teams))
    for grade, team in enumerate(model.people.team_of.tolist()):
        total[:, :, team] += by_grade[:, :, grade]
    return total


def _recruit(model: Model, posts: Array) -> tuple[Array, Array, Array, Array, Array]:
    """Return in post, joiners, of them those due, leavers and releases by month (EQ14)."""
    people = model.people
    parts = (posts, people.opening, people.leavers, people.max_joiners, people.lead)
    dues = (people.undated_posts, people.joiners_due, people.joiners_due_all)
    draws = max(len(part) for part in (*parts, *dues))
    shape = (draws, model.months, len(model.grades))
    in_post, joiners, joined_due, leavers, releases = (blank(*shape) for _ in range(5))
    left_so_far = blank(draws, model.months + 1, shape[2])
    now = blank(draws, shape[2])
    now += people.opening
    recruited, released = np.zeros_like(now), np.zeros_like(now)
    vacant = np.maximum(0.0, people.undated_posts - people.opening - people.joiners_due_all)
    unfilled = posts - people.undated_posts[:, None] + vacant[:, None]
    months = np.arange(model.months)[:, None]
    too_early = months < people.lead
    # Who leaves is replaced a lead later: for each month, the months that have left by then.
    replaced = np.broadcast_to(np.clip(months - people.lead + 1, 0, model.months), shape)
    each = np.arange(draws)[:, None], np.arange(shape[2])
    for t in range(model.months):
        leaving = now * people.leavers[:, t]
        np.add(left_so_far[:, t], leaving, out=left_so_far[:, t + 1])
        now = now - leaving
        over = np.maximum(0.0, now - posts[:, t])
        now = now - over
        released = released + over
        due = np.minimum(people.joiners_due[:, t], np.maximum(0.0, posts[:, t] - now))
        now = now + due
        places = unfilled[:, t] + released + left_so_far[each[0], replaced[:, t], each[1]]
        room = np.minimum(
            np.minimum(places - recruited, posts[:, t] - now), people.max_joiners[:, t]
        )
        others = np.where(too_early[:, t], 0.0, np.maximum(0.0, room))
        recruited = recruited + others
        now = now + others
        leavers[:, t], releases[:, t], joined_due[:, t] = leaving, over, due
        joiners[:, t] = due + others
        in_post[:, t] = now
    return in_post, joiners, joined_due, leavers, releases


def _effective(model: Model, in_post: Array, joiners: Array) -> Array:
    """Return FTE with those being accredited at their productivity (EQ9, without people events)."""
    people = model.people
    draws, months, grades = joiners.shape
    draws = max(draws, len(people.in_training), len(people.accreditation))
    back = people.in_training.shape[1]
    so_far = blank(draws, back + months + 1, grades)
    for month in range(back):
        so_far[:, month + 1] = so_far[:, month] + people.in_training[:, back - 1 - month]
    for month in range(months):
        so_far[:, back + month + 1] = so_far[:, back + month] + joiners[:, month]
    # so_far[:, n] holds the joiners of all months before month n − back.
    ends = np.arange(months)[:, None] + back + 1
    starts = np.maximum(0, ends - np.broadcast_to(people.accreditation, (draws, months, grades)))
    training = so_far[:, back + 1 :] - np.take_along_axis(so_far, starts, axis=1)
    return in_post - (1.0 - alike(people.productivity)) * training
