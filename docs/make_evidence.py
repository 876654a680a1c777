"""Write docs/evidence.md from what `capacity evidence` finds (`make docs`)."""

from pathlib import Path

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
  same month last year); the ratio is the mean over the tiers.
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


def page() -> str:
    """Return the whole page."""
    found = proofs.every()
    lines = [INTRODUCTION, words.as_markdown(found), "", words.summary(found)]
    if worse := words.lost(found):
        lines += ["", "It is not nearer in:", "", *(f"- {one}" for one in worse)]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
