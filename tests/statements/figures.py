"""Figures as texts state them: what is claimed, and how exactly."""

from __future__ import annotations

import math
import re

MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
SHORT = tuple(name[:3] for name in MONTHS)

SIZES = {"thousand": 1e3, "m": 1e6, "million": 1e6, "bn": 1e9, "billion": 1e9}

NUMBER = re.compile(
    r"(?P<about>almost |above |less than |under |over |<)?(?P<sign>[−+-])?(?P<pound>£)?"
    r"(?P<digits>\d[\d,]*(?:\.\d+)?) ?(?P<size>thousand|million|billion|m\b|bn\b)? ?(?P<share>%)?"
)

WORDS = {"none": 0.0, "no": 0.0, "nobody": 0.0, "nothing": 0.0, "all": 1.0, "–": math.nan}
WORDS |= {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0}


def stated(text: str) -> tuple[float, float, str]:
    """What a figure in words claims: the number, half its last digit, and whether it is a bound."""
    text = text.strip().replace("\N{NO-BREAK SPACE}", " ")
    if text in WORDS:
        return WORDS[text], 0.0, ""
    found = NUMBER.fullmatch(text)
    if found is None:
        raise ValueError(f"not a figure: {text!r}")
    plain = found["digits"].replace(",", "")
    value, places = float(plain), len(plain.partition(".")[2])
    unit = 10.0**-places
    if found["pound"] and not places and value:
        zeros = len(plain) - len(plain.rstrip("0"))
        most = 3 if value >= 10_000 else 2 if value >= 1_000 else 0
        unit = 10.0 ** min(zeros, most)
    factor = SIZES.get(found["size"] or "", 1.0) * (0.01 if found["share"] else 1.0)
    sign = -1.0 if found["sign"] in ("−", "-") else 1.0
    return sign * value * factor, 0.5 * unit * factor, (found["about"] or "").strip()


def agrees(text: str, value: float) -> bool:
    """Whether a figure in words is that value, rounded as it is written."""
    number, give, about = stated(text)
    if math.isnan(value) or math.isnan(number):
        return math.isnan(value) and (math.isnan(number) or text.strip() in WORDS)
    slack = give * (1 + 1e-6) + 1e-6 * max(1.0, abs(number)) * (1e-3 if give else 1.0)
    if about in ("less than", "under", "<"):
        return value < number
    if about in ("above", "over"):
        return number < value <= number + slack + give
    if about == "almost":
        return number - 2 * give - slack <= value < number
    return abs(value - number) <= slack


def month_of(text: str) -> str:
    """`September 2029` or `Sep 2029` as the tables write it."""
    name, year = text.split()
    place = SHORT.index(name[:3]) if name in (*MONTHS, *SHORT) else -1
    if place < 0:
        raise ValueError(f"not a month: {text!r}")
    return f"{year}-{place + 1:02d}"


def period_of(text: str) -> str:
    """A month, a quarter (`April to June 2025`) or a financial year as the tables write it."""
    if " to " in text:
        first, last = text.split(" to ")
        place = MONTHS.index(first.split()[0])
        if month_of(last)[5:] != f"{place + 3:02d}":
            raise ValueError(f"not a quarter: {text!r}")
        return f"{last.split()[1]}-Q{place // 3 + 1}"
    return text if "/" in text else month_of(text)


def first_month(period: str) -> str:
    """The first month of a period named as in the tables."""
    if "-Q" in period:
        year, quarter = period.split("-Q")
        return f"{year}-{3 * int(quarter) - 2:02d}"
    return f"{period[:4]}-04" if "/" in period else period


def later(month: str, by: int) -> str:
    """A month so many months later."""
    place = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{place // 12}-{place % 12 + 1:02d}"


def year_of(month: str) -> str:
    """The financial year in which a month lies."""
    year, number = int(month[:4]), int(month[5:])
    first = year if number >= 4 else year - 1
    return f"{first}/{(first + 1) % 100:02d}"


def folded(name: str) -> str:
    """A name as it is compared: small letters, in the singular."""
    name = re.sub(r"[“”\"]", "", name.strip()).lower().replace("_", " ")
    for end, stem in (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("xes", "x"), ("zes", "z")):
        if name.endswith(end):
            return name.removesuffix(end) + stem
    return name.removesuffix("s")


def in_period(month: str, period: str) -> bool:
    """Whether a month lies in a month, quarter or financial year."""
    if "-Q" in period:
        first = first_month(period)
        return first[:4] == month[:4] and 0 <= int(month[5:]) - int(first[5:]) < 3
    return year_of(month) == period if "/" in period else month == period
