"""Draw the figures of docs/paper.md from the tables that are stored (`make docs`).

Those of `capacity evidence` stand in evidence.md, those of the race and the benchmarks on their
pages; nothing is worked out here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

DOCS = Path(__file__).parent
PICTURES = DOCS / "pictures"

# Okabe and Ito's colours, distinguished by every kind of colour vision.
BLUE, VERMILLION, GREEN, GREY = "#0072B2", "#D55E00", "#009E73", "#595959"
WIDTH = 460


def rows(page: str, first: str) -> list[dict[str, str]]:
    """Return the rows of the first table of a page whose heading row begins with this cell."""
    lines = (DOCS / page).read_text(encoding="utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith(f"| {first} |"))
    headings = cells(lines[start])
    found = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        found.append(dict(zip(headings, cells(line), strict=True)))
    return found


def cells(line: str) -> list[str]:
    """Return the cells of a table's line."""
    return [one.strip() for one in line.strip().strip("|").split("|")]


def share(text: str) -> float:
    """Return a percentage as a fraction."""
    return float(text.rstrip("%")) / 100


def pounds(text: str) -> float:
    """Return an amount of pounds."""
    return float(re.sub("[£,]", "", text))


# The tables ------------------------------------------------------------------------------------


def proofs() -> pd.DataFrame:
    """Every comparison with a forecast without a model, and its ratio."""
    judged = [one for one in rows("evidence.md", "Service") if one["Without a model"]]
    return pd.DataFrame(
        {
            "service": [one["Service"] for one in judged],
            "predicted": [one["Predicted"] for one in judged],
            "ratio": [float(one["Ratio"]) for one in judged],
        }
    )


def options() -> pd.DataFrame:
    """The probability of every standard by option and year, and the expected cost."""
    told = rows("benchmarks.md", "norfolk-2024")
    years = [name for name in told[0] if re.fullmatch(r"\d{4}/\d\d", name)]
    return pd.DataFrame(
        [
            {
                "option": one["norfolk-2024"],
                "cost": float(one["expected cost, £m"]),
                "year": year,
                "chance": share(one[year]),
            }
            for one in told
            for year in years
        ]
    )


def decisions() -> pd.DataFrame:
    """Ours and the extensive form: costs, and the least probability after the first review."""
    told = [one for one in rows("race.md", "unit") if one["probability by year"]]
    frame = pd.DataFrame(
        {
            "unit": [one["unit"].partition(",")[0] for one in told],
            "way": [one["way"] for one in told],
            "cost": [pounds(one["cost"]) for one in told],
            "apart": [share(one["apart from the best rule"]) for one in told],
            "fresh": [pounds(one["cost, fresh"]) for one in told],
            "later": [
                [share(year) for year in one["probability by year"].split(", ")[1:]] for one in told
            ],
        }
    )
    best = frame[frame.way == "HiGHS, reviewed"].set_index("unit").fresh
    return frame.assign(dearer=frame.fresh / frame.unit.map(best) - 1, chance=frame.later.map(min))


# The figures -----------------------------------------------------------------------------------


def percent(**more: Any) -> alt.Axis:
    """An axis of fractions, read as per cent."""
    return alt.Axis(labelExpr="round(datum.value * 100) + '%'", titlePadding=10, **more)


def level(value: float, horizontal: bool) -> alt.Chart:
    """A dashed line across a chart."""
    mark = alt.Chart(pd.DataFrame({"at": [value]})).mark_rule(color=GREY, strokeDash=[4, 3])
    scale = alt.Scale(zero=False)
    if horizontal:
        return mark.encode(y=alt.Y("at:Q", scale=scale))
    return mark.encode(x=alt.X("at:Q", scale=scale))


def evidence() -> alt.LayerChart:
    """The ratio of every comparison."""
    table = proofs().assign(nearer=lambda frame: frame.ratio < 1)
    table["row"] = [
        f"{service if 'Register' in service else service.partition(',')[0]}: {predicted}"
        for service, predicted in zip(table.service, table.predicted, strict=True)
    ]
    points = alt.Chart(table).mark_point(filled=True, size=70, opacity=1)
    axis = alt.Axis(labelLimit=460, title=None)
    return alt.layer(
        level(1.0, horizontal=False),
        points.encode(
            x=alt.X(
                "ratio:Q",
                title="error ÷ that of the best forecast without a model",
                scale=alt.Scale(domain=[0.4, 1.25], zero=False),
            ),
            y=alt.Y("row:N", sort=None, axis=axis),
            color=alt.Color(
                "nearer:N",
                scale=alt.Scale(domain=[True, False], range=[BLUE, VERMILLION]),
                legend=None,
            ),
        ),
    ).properties(width=WIDTH - 180, height=18 * len(table))


def by_year() -> alt.LayerChart:
    """The probability of every standard by year, for each option."""
    table = options()
    names = list(dict.fromkeys(table.option))
    lines = alt.Chart(table).mark_line(point=True, strokeWidth=2.5)
    colours = alt.Scale(domain=names, range=[BLUE, GREEN, "#CC79A7", VERMILLION])
    return alt.layer(
        level(0.8, horizontal=True),
        lines.encode(
            x=alt.X("year:O", title=None, axis=alt.Axis(labelAngle=0)),
            y=alt.Y(
                "chance:Q",
                title="every standard met",
                axis=percent(tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            color=alt.Color(
                "option:N",
                scale=colours,
                legend=alt.Legend(title=None, orient="bottom", columns=2, labelLimit=260),
            ),
        ),
    ).properties(width=WIDTH, height=220)


def beside() -> alt.LayerChart:
    """Cost and probability on fresh simulations, ours and the extensive form."""
    table = decisions()
    ways = list(dict.fromkeys(table.way))
    base = alt.Chart(table).encode(
        x=alt.X(
            "dearer:Q",
            title="cost above the extensive form's reviewed plan, fresh simulations",
            axis=percent(tickCount=6),
        ),
        y=alt.Y(
            "chance:Q",
            title="probability, worst later year",
            axis=percent(tickCount=5),
            scale=alt.Scale(domain=[0.6, 1.0], zero=False),
        ),
    )
    legend = alt.Legend(title=None, orient="bottom", columns=4)
    marks = base.mark_point(filled=True, size=90, opacity=1).encode(
        color=alt.Color(
            "way:N", scale=alt.Scale(domain=ways, range=[BLUE, GREEN, VERMILLION, GREY])
        ).legend(legend),
        shape=alt.Shape("way:N", scale=alt.Scale(domain=ways)).legend(legend),
    )
    said = base.mark_text(dy=-12, fontSize=10, align="left", color=BLUE).encode(text="unit:N")
    ours = said.transform_filter("datum.way == 'ours, reviewed'")
    return alt.layer(level(0.8, horizontal=True), marks, ours).properties(width=WIDTH, height=260)


FIGURES = {"paper-evidence": evidence, "paper-options": by_year, "paper-decision": beside}


def drawn(chart: alt.LayerChart) -> str:
    """Return a figure as SVG."""
    told = (
        chart.properties(padding=12, background="white")
        .configure(font="Arial, Helvetica, sans-serif")
        .configure_axis(labelFontSize=11, titleFontSize=11, gridColor="#e6e6e6")
        .configure_view(stroke=None)
    )
    return vl_convert.vegalite_to_svg(told.to_json()) + "\n"


if __name__ == "__main__":
    for name, figure in FIGURES.items():
        (PICTURES / f"{name}.svg").write_text(drawn(figure()), encoding="utf-8")
