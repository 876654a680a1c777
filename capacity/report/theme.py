"""How a report looks and whose it is: name, colour, logo, marking, author, from a TOML file."""

from __future__ import annotations

import base64
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from capacity.errors import InputError, Problem
from capacity.files.fetching import fetch
from capacity.limits import strange

BLUE, VERMILLION, GREEN, PURPLE, ORANGE = "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00"
"""Okabe and Ito's colours, distinguished by every kind of colour vision."""

LARGEST_LOGO = 500_000
"""Bytes; the logo is in every report."""

LEAST_CONTRAST = 4.5
"""Of a heading against white paper, as accessibility rules ask (WCAG 1.4.3)."""

KINDS = (
    ("png", b"\x89PNG\r\n\x1a\n", "image/png"),
    ("jpg", b"\xff\xd8\xff", "image/jpeg"),
)


DETAILS = {
    "marking": "Marking",
    "meeting": "Meeting",
    "date": "Date",
    "author": "Author",
    "owner": "Decision owner",
}
"""What papers say of themselves, and what each is called there."""

KEYS = ("name", "colour", "logo", *DETAILS)


@dataclass(frozen=True)
class Theme:
    """The force's name, colour and logo, and what papers say of themselves; empty without."""

    name: str = ""
    colour: str = "#1F3A5F"
    logo: bytes = b""
    logo_kind: str = ""
    marking: str = ""
    meeting: str = ""
    date: str = ""
    author: str = ""
    owner: str = ""

    @property
    def details(self) -> dict[str, str]:
        """What is given of a paper's details, by setting."""
        return {key: getattr(self, key) for key in DETAILS if getattr(self, key)}

    @property
    def logo_address(self) -> str:
        """The logo as an address that holds it, empty without one."""
        if not self.logo:
            return ""
        kind = next(mime for name, _, mime in KINDS if name == self.logo_kind)
        return f"data:{kind};base64,{base64.b64encode(self.logo).decode()}"

    def as_options(self) -> dict[str, str]:
        """Return what a manifest needs to make this theme again."""
        logo = base64.b64encode(self.logo).decode()
        return {"name": self.name, "colour": self.colour, "logo": logo, **self.details}


def read(path: str | Path) -> Theme:
    """Return the theme of a file; its `logo` names a file beside it.

    Raises:
        InputError: with every problem.
    """
    shown, file = str(path), Path(path)
    try:
        given = tomllib.loads(fetch(file, LARGEST_LOGO).decode("utf-8-sig"))
    except RecursionError:
        raise InputError(
            [Problem(shown, None, "", "must have few settings, none inside another")]
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None)
        must = f"cannot be read: {why.lower()}" if why else f"must be TOML in UTF-8: {error}"
        raise InputError([Problem(shown, None, "", must)]) from error
    logo = b""
    name = given.get("logo")
    if isinstance(name, str) and name:
        try:
            home = file.resolve().parent
            place = (home / name).resolve()
            odd = place.exists() and not place.is_file()
            if odd or not place.is_relative_to(home):
                must = "must be a picture in the folder of this file"
                raise InputError([Problem(shown, None, "logo", must, got=name)])
            logo = fetch(place, LARGEST_LOGO)
        except (OSError, ValueError) as error:
            raise InputError([Problem(shown, None, "logo", "cannot be read", got=name)]) from error
    return checked({**given, "logo": logo}, shown)


def from_options(given: Any, shown: str) -> Theme:
    """Return the theme that a manifest holds.

    Raises:
        InputError: with every problem.
    """
    if given is None:
        return Theme()
    try:
        logo = base64.b64decode(str(given["logo"]), validate=True)
        wanted = {"name": given["name"], "colour": given["colour"], "logo": logo}
        return checked({**given, **wanted}, shown)
    except (KeyError, TypeError, ValueError) as error:
        must = "must have a name, a colour and a logo"
        raise InputError([Problem(shown, None, "report.theme", must)]) from error


def checked(given: dict[str, Any], shown: str) -> Theme:
    """Return a theme if all of it is in order.

    Raises:
        InputError: with every problem.
    """
    problems = []
    for key in sorted(given.keys() - set(KEYS)):
        must = f"unknown setting; must be one of: {', '.join(KEYS)}"
        problems.append(Problem(shown, None, key, must))
    name, colour = given.get("name", ""), given.get("colour", Theme.colour)
    logo = given.get("logo") or b""
    details = {key: given.get(key, "") for key in DETAILS}
    for key, words in {"name": name, **details}.items():
        if not isinstance(words, str) or len(words) > 100:
            problems.append(Problem(shown, None, key, "must be text of at most 100 letters"))
        elif wrong := strange(words):
            problems.append(Problem(shown, None, key, *wrong))
    if not isinstance(colour, str) or not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
        problems.append(Problem(shown, None, "colour", "must be a colour such as #1F3A5F"))
    elif contrast(colour) < LEAST_CONTRAST:
        must = "must be dark enough to be read on white (a contrast of 4.5 or more)"
        problems.append(Problem(shown, None, "colour", must, got=f"{contrast(colour):.1f}"))
    kind = next((one for one, start, _ in KINDS if logo.startswith(start)), "")
    if logo and not kind:
        problems.append(Problem(shown, None, "logo", "must be a PNG or JPEG picture"))
    if len(logo) > LARGEST_LOGO:
        problems.append(Problem(shown, None, "logo", "must be at most 500 kB"))
    if problems:
        raise InputError(problems)
    return Theme(name, colour, logo, kind, **details)


def contrast(colour: str) -> float:
    """Return the contrast of a colour against white, from 1 to 21.

    Source: WCAG 2.2, relative luminance.
    """
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    bright = [x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts]
    return 1.05 / (0.2126 * bright[0] + 0.7152 * bright[1] + 0.0722 * bright[2] + 0.05)
