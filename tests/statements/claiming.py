"""Patterns of what texts claim, each with the sum that says whether it is so.

A pattern is written as the sentence itself with its parts in angle brackets, `<name:kind>`:
`n` a figure, `m` a month, `p` a month, quarter or financial year, `y` a financial year, `t` words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from tests.statements.collecting import Said
from tests.statements.figures import MONTHS
from tests.statements.ledger import Ledger

MONTH = rf"(?:{'|'.join(MONTHS)})"
KINDS = {
    "n": r"(?:(?:almost |above |less than |under |over )?[−+-]?£?\d[\d,]*(?:\.\d+)?"
    r"(?: ?(?:million|billion|m\b|bn\b))?(?: ?%)?|no|none|one)",
    "m": rf"{MONTH} \d{{4}}",
    "p": rf"(?:{MONTH} to {MONTH} \d{{4}}|{MONTH} \d{{4}}|\d{{4}}/\d\d)",
    "y": r"\d{4}/\d\d",
    "t": r".+?",
}

PART = re.compile(r"<(\w+):(\w)>", re.A)

Check = Callable[..., Iterable[str]]


@dataclass
class Claim:
    """A kind of sentence, what it claims, and the texts that made such a claim."""

    pattern: re.Pattern[str]
    check: Check
    places: tuple[str, ...]

    def read(self, said: Said, sentence: str) -> re.Match[str] | None:
        """The parts of a sentence of this kind, none where it is of another or elsewhere."""
        if self.places and not f"{said.surface} {said.place}".startswith(self.places):
            return None
        return self.pattern.fullmatch(sentence.rstrip(". "))


CLAIMS: list[Claim] = []

PLAIN: list[re.Pattern[str]] = []
"""Sentences with a figure that claim nothing of a plan: definitions, file names, what was typed."""


def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern with its parts in angle brackets spelt out."""
    return re.compile(PART.sub(lambda part: f"(?P<{part[1]}>{KINDS[part[2]]})", pattern))


def claim(*patterns: str, places: tuple[str, ...] = ()) -> Callable[[Check], Check]:
    """Have sentences of these patterns checked by a function of the tables and their parts."""

    def keep(check: Check) -> Check:
        CLAIMS.extend(Claim(compiled(one), check, places) for one in patterns)
        return check

    return keep


def plain(*patterns: str) -> None:
    """Have sentences of these patterns pass: they claim nothing that a table could show."""
    PLAIN.extend(re.compile(PART.sub(lambda part: KINDS[part[2]], one)) for one in patterns)


NUMBERED = re.compile(r"^(?:Figure|Table) \d+\. ")
END = re.compile(r"(?<=[.!?])\s+(?=[A-Z“£\d−])")
CLAIMING = re.compile(
    r"\d|\b(?:every|all|no|none of the) standards?\b|\bnothing is (?:overdue|outstanding)\b"
    r"|\bnobody (?:waits|is moved)\b|\bno(?: further| single)? posts? (?:is|are|gets?|would)\b|\bmet throughout\b",
    re.I,
)


def faults(ledger: Ledger, said: Said) -> Iterator[str]:
    """What is wrong with a text; a figure in a sentence of no known kind is wrong too."""
    for sentence in sentences(ledger, said):
        found = told(ledger, said, sentence)
        if found is not None:
            yield from found
        elif CLAIMING.search(sentence):
            yield f"no pattern knows this sentence: {sentence}"


def sentences(ledger: Ledger, said: Said) -> list[str]:
    """The sentences of a text, without those that stand in the scenario file as they are."""
    text = NUMBERED.sub("", " ".join(said.text.split()).removeprefix("- "))
    return [] if text.rstrip(".") in typed(ledger) else END.split(text)


def typed(ledger: Ledger) -> set[str]:
    """What stands in the scenario file and is shown as it was typed."""
    settings = ledger.settings
    if settings is None:  # of a comparison
        return set()
    kinds = (" – Planning report", "")
    return {
        f"{one or ''}{kind}".rstrip(".")
        for one in (settings.title, settings.question)
        for kind in kinds
    }


def told(ledger: Ledger, said: Said, sentence: str) -> list[str] | None:
    """The faults of a sentence of a known kind, None where it is of none."""
    for one in CLAIMS:
        parts = one.read(said, sentence)
        if parts is not None:
            try:
                return [f"{fault} – {sentence}" for fault in one.check(ledger, **parts.groupdict())]
            except (KeyError, ValueError, IndexError) as error:
                return [f"cannot be worked out, {error!r} – {sentence}"]
    bare = sentence.rstrip(". ")
    return [] if any(one.fullmatch(bare) for one in PLAIN) else None
