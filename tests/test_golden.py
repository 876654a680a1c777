"""Headline figures of every shipped scenario, kept in tests/golden to be read in a diff.

Where they differ, the new ones are written beside (`….new.json`, ignored by git) and the three
largest differences are shown. `make golden` takes them over.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from capacity import places
from capacity.staffing import costs
from capacity.stages import Option, PlanResult
from tests.shipped import planned

Figures = dict[str, float | str | None]

GOLDEN = Path(__file__).parent / "golden"
SHIPPED = sorted(path.stem for path in places.folder("scenarios").glob("*.toml"))
SAME = 1e-6
"""Figures this near to each other, as a share of the larger, are one: machines differ in less."""


def headlines(found: PlanResult) -> Figures:
    """What a reader of the report would notice had it changed."""
    figures: Figures = {}
    if found.sizing is not None:
        figures |= {
            "sizing status": found.sizing.status,
            "sizing cost": found.sizing.cost,
            "sizing without whole posts": found.sizing.relaxed_cost,
        }
    for option in found.options:
        for name, value in (*money(found, option), *work(found, option), *misses(option)):
            figures[f"{option.name} {name}"] = value
    return {name: tidy(value) for name, value in figures.items()}


def tidy(value: float | str | None) -> float | str | None:
    """A number short enough to read; nothing where there is none."""
    if value is None or isinstance(value, str):
        return value
    return None if np.isnan(value) else float(f"{value:.8g}") + 0.0


def money(found: PlanResult, option: Option) -> list[tuple[str, float]]:
    """Posts by grade, and cost, by financial year."""
    rows = costs.yearly(found.model, option.costs, option.name)
    posts = [(f"{row.year} posts {row.team}.{row.grade}", row.posts) for row in rows]
    years = dict.fromkeys(row.year for row in rows)
    spent = [
        (f"{year} cost", sum(row.total_real for row in rows if row.year == year)) for year in years
    ]
    return posts + spent


def work(found: PlanResult, option: Option) -> list[tuple[str, float]]:
    """Completion by financial year, and outstanding at its end, of every duty."""
    model, run = found.model, option.projection
    figures = []
    for duty in dict.fromkeys((row.cohort, row.duty) for row in model.rows):
        rows = [n for n, row in enumerate(model.rows) if (row.cohort, row.duty) == duty]
        name = ".".join(duty)
        for place, year in enumerate(model.calendar.years):
            months = np.flatnonzero(model.calendar.year_of == place)
            due = float(run.due[0][np.ix_(months, rows)].sum())
            done = float(run.done[0][np.ix_(months, rows)].sum())
            figures.append((f"{year} completion {name}", done / due if due else float("nan")))
            left = float(run.outstanding[0, months[-1], rows].sum())
            figures.append((f"{year} outstanding {name}", left))
    return figures


def misses(option: Option) -> list[tuple[str, str | float]]:
    """The first period in which each standard is missed, and how often it is."""
    figures: list[tuple[str, str | float]] = []
    for rule in dict.fromkeys(one.standard for one in option.judgements):
        missed = [one for one in option.judgements if one.standard == rule and not one.met.all()]
        first = min(missed, key=lambda one: one.period.first).period.name if missed else "never"
        figures += [(f"first misses {rule}", first), (f"times missed {rule}", len(missed))]
    return figures


def apart(old: float | str | None, new: float | str | None) -> float:
    """How far two figures are apart, as a share of the larger; words are far apart or not."""
    if isinstance(old, str) or isinstance(new, str) or old is None or new is None:
        return 0.0 if old == new else float("inf")
    # A hundredth of a case, or of a penny, is not news.
    return abs(new - old) / max(abs(old), abs(new), 1e-2)


@pytest.mark.slow
@pytest.mark.parametrize("name", SHIPPED)
def test_headline_figures_are_as_they_were(name: str, update_golden: bool) -> None:
    figures = headlines(planned(name))
    text = json.dumps(figures, indent=1, ensure_ascii=False) + "\n"
    kept, beside = GOLDEN / f"{name}.json", GOLDEN / f"{name}.new.json"
    if update_golden:
        kept.write_text(text, encoding="utf-8")
        beside.unlink(missing_ok=True)
        return
    expected: Figures = json.loads(kept.read_text(encoding="utf-8")) if kept.exists() else {}
    both = expected | figures
    far = {key: apart(expected.get(key), figures.get(key)) for key in both}
    changed = sorted((key for key in far if far[key] > SAME), key=lambda key: -far[key])
    if not changed and kept.exists():
        beside.unlink(missing_ok=True)
        return
    beside.write_text(text, encoding="utf-8")
    lines = [f"{key}: was {expected.get(key)}, is {figures.get(key)}" for key in changed[:3]]
    pytest.fail(
        f"{len(changed)} figures differ; the largest:\n  "
        + "\n  ".join(lines)
        + f"\nAll are in {beside.name}; make golden takes them over.",
        pytrace=False,
    )


def test_every_golden_file_has_its_scenario(update_golden: bool) -> None:
    if update_golden:
        return  # they are being written
    kept = {path.stem for path in GOLDEN.glob("*.json") if not path.stem.endswith(".new")}
    assert kept == set(SHIPPED)
