"""Write docs/evidence.md from what `capacity evidence` finds (`make docs`)."""

import json
from pathlib import Path
from typing import Any

from capacity.evidence import proofs, words

PAGE = Path(__file__).with_name("evidence.md")

INTRODUCTION = """\
# Evidence

Made by `make docs` from `capacity evidence`; a change made here would be lost. Run the command to
get the same table (`--out DIR` writes it as `evidence.csv`).

What is compared, and on what data:

- **Chicago, food premises.** 24 months of about 10,000 premises in three tiers, owed an inspection
  every 6, 12 and 24 months: the clock of a home visit. From every month after the first year the
  next months are forecast from what was known then. Errors are of premises overdue, by tier, each
  as a share of the best of three forecasts that need no model (the last value, a straight line, the
  same month last year); the ratio is the mean over the tiers. The corrected model adds what the
  clock has missed month after month and takes part of the change forecast
  ([how](method.md#fit-to-history)). Ratios of 0.75, 0.85, 0.90 and 1.00 at 1, 3, 6 and 12 months
  were aimed at: the last two are reached on these months, the first two are not. What the model
  misses most is the end of 2013, when inspectors did three times as many of the medium tier.
- **Councils, food premises.** 174 councils of England, Wales and Northern Ireland, five tiers, one
  year. Half of them are fitted and the other half forecast, then the other way round. Posts are
  rounded and may leave out contractors, so most of the difference between councils is not theirs.
- **Norfolk 2021 and Merseyside 2018.** The hours of the flagship scenario on each force's cases and
  officers. One number, how far work that gives way stands behind visits, is fitted to one force's
  visits overdue and predicts the other's, within a factor of 2 either way. The two last rows say
  what is left when nothing gives way: eight to ten times too many. Tiers and posts that were not
  published are the flagship's, and so is the time on the road, for a large county. How much of each
  task can give way was assumed with both figures known. So this shows that one way of working can
  make both; that it makes a third force's is not shown.
- **Registers.** Each count from the two before it, with a steady number of new cases and 6% of
  cases leaving in a year.

What this shows: with what was done known, the clock follows a real service; forecasts from the last
known state are worth having up to half a year ahead, less when a service changes its ways; who is
served first when hours are short is much the same in a hundred and seventy services. What it does
not show: that the hours assumed for any task are right, or that police units work exactly as food
inspectors do. A force's own history replaces these starting values.
"""


BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"

BANDS = """
## Bands and scores over synthetic histories

Made by `python benchmarks/bench_scores.py`, which follows {histories} units offender by offender
and officer by officer for six years, each with settings of its own, and forecasts the last two
years from the state at the end of the fourth. A right 80% band holds what came in 80% of months.
Counts are whole, so that draws are often alike; what came takes a place among those like it by lot.
The score (CRPS) is how far a forecast's draws lie from what came, less how far they lie apart: less
is better. Naive forecasts have the errors that they made before as their draws. "Settings known"
shows chance alone; "settings from ranges" does not know the unit's settings, only the ranges that
they come from.
"""

HEADINGS = {
    "held": "Share of months within the 80% band",
    "crps": "Score, in points of completion and in visits overdue",
}

REAL = """
## Bands and scores on a real service

Made by `python benchmarks/bench_chicago.py`: from every month after the first year of Chicago's
figures the later months are simulated as `capacity plan` does of a scenario that names its history.
The number of inspectors and their hours were not published, so what can be done is learnt from
what was done. In January 2013 the inspectors began to do a quarter more, which nothing in 2012
foretold: the bands of the high tier, forecast from 2012, are too low and too narrow.
"""

REAL_HEADINGS = {
    "held": "Share of months within the 80% band",
    "crps": "Score in premises overdue, where the others have made three forecasts before",
}


def bands_and_scores() -> list[str]:
    """Return the lines on synthetic histories and the real one, as stored by the benchmarks."""
    synthetic = json.loads((BENCHMARKS / "scores.json").read_text(encoding="utf-8"))
    real = json.loads((BENCHMARKS / "chicago.json").read_text(encoding="utf-8"))
    return [
        BANDS.format(histories=synthetic["histories"]),
        *_scored(synthetic["rows"], HEADINGS),
        REAL,
        *_scored(real["rows"], REAL_HEADINGS),
    ]


def _scored(scored: list[dict[str, Any]], headings: dict[str, str]) -> list[str]:
    lines = []
    for what, heading in headings.items():
        rows = [row for row in scored if row["what"] == what]
        spans = [key for key in rows[0] if key not in ("forecast", "figure", "what")]
        lines += [
            f"{heading}:",
            "",
            f"| figure | forecast | {' | '.join(f'months {span}' for span in spans)} |",
        ]
        lines.append("|---|---|" + "---|" * len(spans))
        for figure in dict.fromkeys(row["figure"] for row in rows):
            for row in rows:
                if row["figure"] == figure:
                    numbers = [_shown(row[span], what, figure) for span in spans]
                    lines.append(f"| {figure} | {row['forecast']} | {' | '.join(numbers)} |")
        lines.append("")
    return lines


def _shown(number: float, what: str, figure: str) -> str:
    if what == "held":
        return f"{number:.0%}"
    return f"{100 * number:.1f}" if figure == "completion" else f"{number:.1f}"


def page() -> str:
    """Return the whole page."""
    found = proofs.every()
    lines = [INTRODUCTION, words.as_markdown(found), "", words.summary(found)]
    if worse := words.lost(found):
        lines += ["", "It is not nearer in:", "", *(f"- {one}" for one in worse)]
    return "\n".join([*lines, *bands_and_scores()]).rstrip("\n") + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
