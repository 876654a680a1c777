"""A program of its own that saves a scenario again and again, and says each time it has done so.

Arguments: where, identity of the scenario, how often, its mark. Each version's text holds the
number of times that everybody saved before and every mark in order, so that whoever opens one can
tell whether it is whole.
"""

from __future__ import annotations

import sys
import uuid
from dataclasses import replace
from datetime import UTC, datetime

from capacity.workspace import scenarios
from capacity.workspace.people import Hand
from capacity.workspace.place import open_workspace
from capacity.workspace.scenarios import Changed, Content

FILLING = "# " + "x" * 20_000
"""So that one version takes several pages of the database."""


def text_of(marks: list[str]) -> str:
    return "\n".join([f"number = {len(marks)}", *(f"# {mark}" for mark in marks), FILLING])


def marks_of(content: Content) -> list[str]:
    """The marks of a version that is whole; a version is never only in part what was written."""
    first, *rest = content.files["ours.toml"].splitlines()
    marks = [line.removeprefix("# ") for line in rest[:-1]]
    assert first == f"number = {len(marks)}"
    assert rest[-1] == FILLING
    assert [option.files["ours.toml"] for option in content.options] == [text_of(marks)]
    return marks


def marked(content: Content, mark: str) -> Content:
    text = text_of([*marks_of(content), mark])
    option = replace(content.options[0], files={"ours.toml": text})
    return replace(content, files={"ours.toml": text}, options=(option,))


def main(where: str, scenario: str, times: int, mark: str) -> None:
    workspace = open_workspace(where)
    done = 0
    while done < times:
        hand = Hand(None, datetime.now(UTC), lambda: uuid.uuid4().hex)
        there = scenarios.open_scenario(workspace, hand, scenario)
        try:
            now = marked(there.content, f"{mark}{done}")
            scenarios.save(workspace, hand, scenario, there.revision, now, name=f"{mark}{done}")
        except Changed:
            continue  # somebody else was first: open it again
        print(f"{mark}{done}", flush=True)
        done += 1


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4])
