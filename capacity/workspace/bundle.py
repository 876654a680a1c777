"""A scenario as one self-contained file: to send, to keep, to open elsewhere.

It holds the files that the scenario needs, what is changed in them, its saved what-ifs, and
nothing about who worked on it or where.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from capacity.errors import InputError, Problem
from capacity.limits import LARGEST_BUNDLE, LARGEST_SCENARIO, MOST_ITEMS
from capacity.workspace.scenarios import Content, SavedWhatIf

FORMAT = "capacity scenario 1"

ENDING = ".capacity"
"""How such a file's name ends."""


def packed(name: str, content: Content) -> bytes:
    """Return a scenario as one file, the same bytes for the same content."""
    document = {
        "format": FORMAT,
        "name": name,
        "scenario": content.chosen,
        "files": dict(sorted(content.files.items())),
        "changes": {key: list(texts) for key, texts in content.changes.items()},
        "what_ifs": [
            {
                "name": one.name,
                "scenario": one.chosen,
                "files": dict(sorted(one.files.items())),
                "changes": {key: list(texts) for key, texts in one.changes.items()},
            }
            for one in content.options
        ],
    }
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def unpacked(file: str, content: bytes) -> tuple[str, Content]:
    """Return the name and the content of such a file; what it says of scenarios is not yet read.

    Raises:
        InputError: if it is none, or larger than may come in.
    """

    def wrong(must: str) -> InputError:
        return InputError([Problem(file, None, "", must)])

    if len(content) > LARGEST_BUNDLE:
        raise wrong(f"must have at most {LARGEST_BUNDLE // 1_000_000} MB")
    try:
        found = json.loads(content.decode("utf-8"))
        if found["format"] != FORMAT:
            raise wrong(f'must be a file of the form "{FORMAT}"')
        options = [
            SavedWhatIf(_text(one["name"]), _text(one["scenario"]), _files(one), _changes(one))
            for one in found["what_ifs"]
        ]
        if len(options) > MOST_ITEMS:
            raise wrong(f"must have at most {MOST_ITEMS} what-ifs")
        made = Content(
            _text(found["scenario"]), _files(found), _changes(found), options=tuple(options)
        )
        return _text(found["name"]), made
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        must = "must be a file that this program wrote to send a scenario"
        raise wrong(must) from error


def _text(given: Any) -> str:
    if not isinstance(given, str) or len(given) > LARGEST_SCENARIO or "\0" in given:
        raise TypeError("no text")
    return given


def _files(one: Mapping[str, Any]) -> dict[str, str]:
    found = {_text(name): _text(text) for name, text in one["files"].items()}
    if any(not name or "/" in name or "\\" in name for name in found):
        raise ValueError("a file in another folder")
    return found


def _changes(one: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {_text(name): tuple(map(_text, texts)) for name, texts in one["changes"].items()}
