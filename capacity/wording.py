"""Figures in words, rounded for people: pounds, shares, months, lists."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
"""Their names, whatever language the machine speaks."""

FIRST_MONTH_OF_YEAR = 4
"""Financial years start in April."""


def pounds(amount: float) -> str:
    """Return an amount to about three figures, such as £412,000 or £2.31 million."""
    sign, size = ("−" if amount < 0 else ""), abs(amount)
    if size >= 999_500:
        return f"{sign}£{_three_figures(size / 1e6)} million"
    step = 1000 if size >= 10_000 else 100 if size >= 1000 else 1
    rounded = round(size / step) * step
    return f"{sign if rounded else ''}£{rounded:,}"


def _three_figures(number: float) -> str:
    places = 2 if number < 9.995 else 1 if number < 99.95 else 0
    return f"{number:,.{places}f}"


def written(form: str, what: str = "datum.value") -> str:
    """Return the Vega expression that has a chart write numbers as text does: 40%, £12.3m.

    `form`: how D3 would write them.
    """
    if form.endswith("s"):
        size = f"abs({what})"
        short = f"replace(replace(format({size}, '{form}'), 'M', 'm'), 'G', 'bn')"
        size = f"{size} < 1e6 ? format({size}, ',.0f') : {short}"
        return f"({what} < 0 ? '−£' : '£') + ({size})"
    return f"format({what}, '{form}')"


def per_cent(share: float, beside: float | None = None) -> str:
    """Return a share in whole per cent, finer where whole ones would hide a difference.

    Nothing short of all is 100%, and nothing short of the share that it stands beside looks
    the same as that.
    """
    if math.isnan(share):
        return "none due"
    for places in range(4):
        text = f"{100 * share:.{places}f}"
        text = text.removeprefix("-") if float(text) == 0 else text
        short_of_all = float(text) == 100 and not math.isclose(share, 1, abs_tol=1e-6)
        hides = short_of_all or (float(text) == 0 and share > 1e-6)
        if beside is not None and not math.isclose(share, beside, rel_tol=1e-6):
            hides = hides or text == f"{100 * beside:.{places}f}"
        if not hides:
            return f"{text}%"
    alike = beside is not None and f"{100 * beside:.3f}" == f"{100 * share:.3f}"
    near = beside if beside is not None and alike else round(share)
    return f"{'almost' if share < near else 'above'} {asked_share(near)}"


def asked(amount: float) -> str:
    """Return a number that a standard asks for, to the digit: 16.5 is not 16."""
    return f"{round(amount, 9):,.12g}"


def asked_share(share: float) -> str:
    """Return a share that a standard asks for, to the digit: 95.5% is not 96%."""
    return f"{asked(100 * share)}%"


def number(amount: float, beside: float | None = None) -> str:
    """Return a number of cases or hours: whole from ten on, else to one place.

    Finer where it would look the same as the number that it stands beside, and is not.
    """
    if math.isnan(amount):
        return "none"
    apart = beside is not None and not math.isclose(amount, beside, rel_tol=1e-6, abs_tol=1e-9)
    if beside is not None and apart and number(amount) == number(beside):
        places = 1
        while f"{amount:.{places}f}" == f"{beside:.{places}f}":
            places += 1
        return f"{amount:,.{places}f}"
    near = round(amount)
    if abs(amount) >= 9.95 or math.isclose(amount, near, abs_tol=1e-6):
        return f"{near:,}"
    return f"{amount:.1f}" if abs(amount) >= 0.05 else "less than 0.1"


def people(amount: float) -> str:
    """Return a number of posts or people, to one place unless whole."""
    near = round(amount)
    return f"{near:,}" if math.isclose(amount, near, abs_tol=0.005) else f"{amount:,.1f}"


def posts(amount: float, kind: str = "post") -> str:
    """Return a number of posts with its noun."""
    text = people(amount)
    return f"{text} {kind if text == '1' else plural(kind)}"


def counted(amount: float, noun: str) -> str:
    """Return a number with its noun, in the plural unless it is one."""
    text = number(amount)
    return f"{text} {noun if text == '1' else plural(noun)}"


def up_to(amount: str) -> str:
    """Return an amount in words as the most of several: `up to 3 posts`, `less than 0.1 posts`."""
    return amount if amount.startswith("less than") else f"up to {amount}"


def every(months: float) -> str:
    """Return how often something is done: `every month`, `every 6 months`."""
    return "every month" if months == 1 else f"every {months:g} months"


def plural(noun: str) -> str:
    """Return the plural of a noun, as far as rules of thumb go."""
    last = noun[-1:].lower()
    if last in ("s", "") or noun.lower().endswith("staff"):
        return noun
    if last == "y" and noun[-2:-1].lower() not in "aeiou":
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.lower().endswith(("ch", "sh", "x", "z")) else f"{noun}s"


def begun(words: str) -> str:
    """Return words as a sentence or a cell begins with them."""
    return f"{words[:1].upper()}{words[1:]}"


def inside(label: str) -> str:
    """Return a label as it stands within a sentence: small first letter unless an acronym."""
    word = label.split(" ", 1)[0]
    return (
        label if word[1:] != word[1:].lower() or len(word) == 1 else label[:1].lower() + label[1:]
    )


def month(label: str) -> str:
    """Return a month `YYYY-MM` as `October 2025`."""
    year, number_ = label.split("-")
    return f"{MONTHS[int(number_) - 1]} {year}"


def day(date: str) -> str:
    """Return a date, a month or a year as a source has it, in words."""
    year, *rest = date.split("-")
    if not rest or not all(part.isdigit() for part in (year, *rest)):
        return date
    name = month(f"{year}-{rest[0]}")
    return f"{int(rest[1])} {name}" if len(rest) > 1 else name


ISO = re.compile(r"\b(?:19|20)\d\d-(?:0[1-9]|1[0-2])(?:-\d\d)?\b")
"""Months and days as files have them."""


def without_iso(text: str) -> str:
    """Return a text with months and days in it in words."""
    return ISO.sub(lambda found: day(found[0]), text)


def period(name: str) -> str:
    """Return the name of a month, quarter or financial year in words."""
    if "-Q" in name:
        year, quarter = name.split("-Q")
        first = 3 * int(quarter) - 3
        return f"{MONTHS[first]} to {MONTHS[first + 2]} {year}"
    return month(name) if "-" in name else name


def listed(items: Sequence[str], most: int = 6) -> str:
    """Return items as `a, b and c`, the rest counted.

    Where an item has a comma or an "and" of its own, such as `Home visits, King's Lynn`, it would
    read as two: then the list is `a, b; c; and d`.

    Args:
        items: what is listed.
        most: how many stand there at most, the count of the others being one.
    """
    shown = list(items)
    if len(shown) > most:
        shown = [*shown[: most - 1], f"{len(items) - most + 1} more"]
    if len(shown) > 1 and any(", " in one or " and " in one for one in shown):
        return "; and ".join(["; ".join(shown[:-1]), shown[-1]])
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))


def since(name: str) -> str:
    """Return the first month of a month or quarter in words; a financial year as it is."""
    if "-Q" in name:
        year, quarter = name.split("-Q")
        return f"{MONTHS[3 * int(quarter) - 3]} {year}"
    return period(name)


def until(name: str) -> str:
    """Return the last month of a month or quarter in words; a financial year as it is."""
    if "-Q" in name:
        year, quarter = name.split("-Q")
        return f"{MONTHS[3 * int(quarter) - 1]} {year}"
    return period(name)


def installing(extra: str) -> str:
    """Return the command that adds the packages of an extra, from the folder of wheels.

    Never from an index: somebody else's project could have our name there.
    """
    return f"pip install --no-index -f wheels 'capacity[{extra}]'"


def as_typed(value: Any) -> str:
    """Return a value in short, as a person would type it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        try:
            whole = isinstance(value, float) and value.is_integer() and abs(value) < 1e15
            text = repr(int(value) if whole else value)
        except ValueError:
            text = "a number of thousands of digits"
    elif isinstance(value, date):
        text = value.isoformat()
    elif isinstance(value, Mapping):
        pairs = ", ".join(f"{key} = {as_typed(item)}" for key, item in value.items())
        text = f"{{ {pairs} }}" if pairs else "{}"
    elif isinstance(value, list | tuple):
        text = f"[{', '.join(as_typed(item) for item in value)}]"
    elif isinstance(value, str):
        text = '"' + value + '"'
    else:
        text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
