"""Figures in words: rounded for people, never so far that they say something else."""

import ast
import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from capacity import wording


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (0, "£0"),
        (0.4, "£0"),
        (-0.4, "£0"),
        (949.6, "£950"),
        (1234, "£1,200"),
        (12_345, "£12,000"),
        (553_470, "£553,000"),
        (-553_470, "−£553,000"),
        (999_499, "£999,000"),
        (999_500, "£1.00 million"),
        (2_595_895, "£2.60 million"),
        (11_940_837, "£11.9 million"),
        (235_066_000, "£235 million"),
    ],
)
def test_pounds(amount: float, words: str) -> None:
    assert wording.pounds(amount) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [(3, "up to 3 posts"), (1, "up to 1 post"), (0.02, "less than 0.1 posts")],
)
def test_the_most_of_several(amount: float, words: str) -> None:
    assert wording.up_to(wording.counted(amount, "post")) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0%"),
        (1, "100%"),
        (0.7325, "73%"),
        (0.996, "99.6%"),
        (0.9996, "99.96%"),
        (1 - 1e-9, "100%"),
        (0.999996, "almost 100%"),
        (0.004, "0.4%"),
        (1e-12, "0%"),
        (-1e-12, "0%"),
        (math.nan, "none due"),
    ],
)
def test_per_cent_is_100_only_if_all_is_done(share: float, words: str) -> None:
    assert wording.per_cent(share) == words


def test_a_figure_beside_what_is_asked_for_never_looks_the_same() -> None:
    assert wording.per_cent(0.9496, beside=0.95) == "94.96%"
    assert wording.per_cent(0.95, beside=0.95) == "95%"
    assert wording.per_cent(0.94, beside=0.95) == "94%"
    assert wording.number(50.2, beside=50) == "50.2"
    assert wording.number(50.04, beside=50) == "50.04"
    assert wording.number(50, beside=50) == "50"
    assert wording.number(65.4, beside=50) == "65"
    assert wording.number(50.0004, beside=50) == "50.0004"
    assert wording.per_cent(0.3999985, beside=0.4) == "almost 40%"
    assert wording.per_cent(0.4000015, beside=0.4) == "above 40%"
    assert wording.per_cent(0.9499985, beside=0.95) == "almost 95%"


def test_what_is_asked_for_is_told_to_the_digit() -> None:
    assert [wording.asked_share(one) for one in (0.95, 0.955, 0.07, 1)] == [
        *("95%", "95.5%", "7%", "100%")
    ]
    assert [wording.asked(one) for one in (50, 16.5, 1200.0)] == ["50", "16.5", "1,200"]


@pytest.mark.parametrize(
    ("amount", "words"),
    [(0, "0"), (0.01, "less than 0.1"), (4.3, "4.3"), (5, "5"), (9.96, "10"), (1234.6, "1,235")],
)
def test_number(amount: float, words: str) -> None:
    assert wording.number(amount) == words


def test_posts_and_people_keep_their_fractions() -> None:
    assert wording.posts(15.1) == "15.1 posts"
    assert wording.posts(1) == "1 post"
    assert wording.posts(2.0000001, "more post") == "2 more posts"
    assert wording.people(25.52) == "25.5"


def test_nouns() -> None:
    assert wording.every(1) == "every month"
    assert wording.every(6) == "every 6 months"
    assert wording.counted(1, "month") == "1 month"
    assert wording.counted(3, "duty") == "3 duties"
    assert [wording.plural(one) for one in ("visit", "branch", "contacts", "day", "")] == [
        *("visits", "branches", "contacts", "days", "")
    ]
    assert wording.posts(20, "police staff") == "20 police staff"


def test_a_label_within_a_sentence_keeps_its_acronym() -> None:
    words = [wording.inside(one) for one in ("Home visit", "ARMS assessment", "IOM officer", "DC")]
    assert words == ["home visit", "ARMS assessment", "IOM officer", "DC"]


def test_time() -> None:
    assert wording.month("2025-10") == "October 2025"
    assert [wording.period(one) for one in ("2025-10", "2025-Q2", "2025/26")] == [
        *("October 2025", "April to June 2025", "2025/26")
    ]
    assert wording.since("2025-Q4") == "October 2025"


def test_lists() -> None:
    assert wording.listed([]) == ""
    assert wording.listed(["a"]) == "a"
    assert wording.listed(["a", "b", "c"]) == "a, b and c"
    assert wording.listed(["a", "b", "c", "d"], most=3) == "a, b and 2 more"


def test_items_with_a_comma_of_their_own_stay_one_item_each() -> None:
    offices = ["Home visits, King's Lynn", "Home visits, Great Yarmouth"]
    assert wording.listed(offices[:1]) == "Home visits, King's Lynn"
    assert wording.listed(offices) == "Home visits, King's Lynn; and Home visits, Great Yarmouth"
    assert wording.listed(["Visits and plans", "b", "c"]) == "Visits and plans; b; and c"
    assert wording.listed(["a, b", *"cdef"], most=3) == "a, b; c; and 3 more"


def test_dust_is_not_told_apart_to_three_hundred_places() -> None:
    assert wording.number(5e-324, 0.0) == "0"
    assert wording.number(50.0004, 50.0) == "50.0004"


RETIRED = re.compile(
    r"[\d}] %|\bsized team\b|today's posts|\bsure enough\b|\bgives first\b|\btold apart\b"
    r"|\bfor want of\b|\bfault of ours\b|\blet go of\b|\bheld against\b|\bput (?:it )?right\b"
    r"|\bwhoever runs\b|\bcases an officer\b|\bhours a month\b|£[\d,.]* a year|\bfutures\b|\banew\b"
)
"""Wordings that people no longer read: see `capacity/glossary.py` for those in use."""

KEYS = {"today's posts", "today's posts only", "without whole posts", "what gives first"}
"""Names of ways to staff and of a reason in tables and options, which stay; a title read only."""


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Text of a module that people may read: no docstrings, parts of f-strings as `{}`."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    bodies = [getattr(node, "body", None) for node in ast.walk(tree)]
    lines = [one for body in bodies if isinstance(body, list) for one in body]
    unread = {id(one.value) for one in lines if isinstance(one, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            unread |= {id(part) for part in node.values}
            parts = [p.value if isinstance(p, ast.Constant) else "{}" for p in node.values]
            yield node.lineno, "".join(map(str, parts))
        elif isinstance(node, ast.Constant) and id(node) not in unread:
            yield node.lineno, str(node.value)


def test_no_text_uses_wordings_that_were_retired() -> None:
    package = Path(wording.__file__).parent
    found = [
        f"{path.relative_to(package)}:{line}: {text}"
        for path in sorted(package.rglob("*.py"))
        for line, text in texts(path)
        if " " in text.strip() and text not in KEYS and RETIRED.search(text)
    ]
    assert not found, "\n".join(found)
