"""What open pages are about, by their session, so that a restarted server can go on with them."""

from __future__ import annotations

import sqlalchemy as sa

from capacity.workspace.people import Hand
from capacity.workspace.place import Workspace
from capacity.workspace.tables import PAGE


def remember(workspace: Workspace, hand: Hand, token: str, content: str) -> None:
    """Keep what a page is about, in place of what it was about before."""
    with workspace.writing() as connection:
        connection.execute(PAGE.delete().where(PAGE.c.token == token))
        connection.execute(
            PAGE.insert().values(token=token, person=hand.name, at=hand.at, content=content)
        )


def remembered(workspace: Workspace, hand: Hand, token: str) -> str | None:
    """Return what a page was about, none where that is not known or it was another person's."""
    query = sa.select(PAGE.c.content).where(PAGE.c.token == token, PAGE.c.person == hand.name)
    with workspace.reading() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else str(found)
