"""Draw docs/norfolk-2021.svg from a run of the scenario norfolk-2021 (`make docs`)."""

from pathlib import Path
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from capacity import stages
from capacity.reading.scenario import read

PICTURE = Path(__file__).with_name("norfolk-2021.svg")

# Okabe and Ito's colours, distinguished by every kind of colour vision.
BLUE, VERMILLION, GREY = "#0072B2", "#D55E00", "#595959"
PUBLISHED = {"2021-01": 0.91, "2021-12": 0.73}  # data/visits.csv
COUNTED = 59  # data/visits.csv
WIDTH = 560


def months() -> pd.DataFrame:
    """Visits of all tiers by month, as projected."""
    result = stages.run(read("norfolk-2021"), fixed=True)
    run, model = result.today.projection, result.model
    owed = model.duties.interval > 0
    due, done = run.due[0].sum(axis=1), run.done[0].sum(axis=1)
    waiting = run.outstanding[0].sum(axis=1)
    cases = (run.cases[0] * owed).sum(axis=1)
    return pd.DataFrame(
        {
            "month": pd.to_datetime(list(model.calendar.labels)),
            "completion": done / due,
            "in_date": 1 - waiting / cases,
            "outstanding": waiting,
        }
    )


def month_axis(*, labels: bool) -> alt.X:
    """The months along the bottom."""
    every = [f"2021-{month:02d}-01" for month in range(1, 13)]
    shown = alt.Axis(format="%b", labels=labels, ticks=labels, title=None, grid=False, values=every)
    until = alt.Scale(domain=["2020-12-22", "2021-12-22"])
    return alt.X("month:T", axis=shown, scale=until)


def words(table: pd.DataFrame, column: str, text: str, colour: str, **place: Any) -> alt.Chart:
    """A label beside a point."""
    at = alt.Chart(table).mark_text(text=text, color=colour, fontSize=12, **place)
    return at.encode(x="month:T", y=f"{column}:Q")


def line(
    table: pd.DataFrame, column: str, title: str, axis: alt.Axis, scale: alt.Scale
) -> alt.Chart:
    """A measure by month."""
    colour = GREY if column == "in_date" else BLUE
    dash = [5, 3] if column == "in_date" else [1, 0]
    y = alt.Y(f"{column}:Q", title=title, axis=axis, scale=scale)
    marks = alt.Chart(table).mark_line(color=colour, strokeWidth=2.5, strokeDash=dash)
    return marks.encode(x=month_axis(labels=column == "outstanding"), y=y)


def shares(table: pd.DataFrame) -> alt.LayerChart:
    """Completion and in date, with what was published."""
    axis = alt.Axis(labelExpr="round(datum.value * 100) + '%'", tickCount=4, titlePadding=10)
    scale = alt.Scale(domain=[0.65, 1.0])
    published = pd.DataFrame(
        {"month": pd.to_datetime(list(PUBLISHED)), "completion": list(PUBLISHED.values())}
    )
    points = alt.Chart(published).mark_point(
        shape="diamond", filled=True, size=110, color=VERMILLION, opacity=1
    )
    middle, first, last = table.iloc[[6]], table.iloc[[0]], table.iloc[[-1]]
    late = table.iloc[[9]]
    return alt.layer(
        line(table, "in_date", "Share", axis, scale),
        line(table, "completion", "Share", axis, scale),
        points.encode(x="month:T", y="completion:Q"),
        words(late, "in_date", "in date: cases not outstanding ÷ cases owed", GREY, dy=-18),
        words(middle, "completion", "completion: done ÷ due", BLUE, dy=10, dx=-24, align="right"),
        words(first, "completion", "91% published", VERMILLION, dy=18, dx=-6, align="left"),
        words(last, "completion", "73% published", VERMILLION, dy=26, align="right", dx=6),
    ).properties(width=WIDTH, height=190)


def waiting(table: pd.DataFrame) -> alt.LayerChart:
    """Visits outstanding, with what inspectors counted."""
    axis = alt.Axis(tickCount=4, titlePadding=10)
    scale = alt.Scale(domain=[0, 80])
    counted = pd.DataFrame({"month": table["month"].iloc[[0]], "outstanding": [COUNTED]})
    rule = alt.Chart(counted).mark_rule(color=VERMILLION, strokeDash=[2, 3], strokeWidth=2)
    last = table.iloc[[-1]]
    return alt.layer(
        rule.encode(y="outstanding:Q"),
        line(table, "outstanding", "Visits", axis, scale),
        words(
            counted,
            "outstanding",
            f"{COUNTED} counted by inspectors in 2022, not used in the fit",
            VERMILLION,
            align="left",
            dy=-10,
            dx=-6,
        ),
        words(
            last,
            "outstanding",
            f"{last['outstanding'].item():.0f}",
            BLUE,
            dy=-11,
            fontWeight="bold",
        ),
        words(table.iloc[[6]], "outstanding", "outstanding: due − done", BLUE, dy=22, dx=40),
    ).properties(width=WIDTH, height=150)


def picture() -> alt.VConcatChart:
    """Both measures one above the other."""
    table = months()
    title = alt.TitleParams(
        "A small shortage of hours, a large fall in completed visits",
        subtitle=[
            "Norfolk's home visits in 2021. Lines: projected, at month ends. Diamonds: published.",
            "Two settings are fitted to the two diamonds, so the line must pass through them.",
        ],
        anchor="start",
        fontSize=16,
        subtitleFontSize=12,
        subtitlePadding=6,
        offset=12,
    )
    source = alt.TitleParams(
        "Source: HMICFRS, PEEL 2021/22 Norfolk; scenario norfolk-2021, projected by capacity.",
        anchor="start",
        orient="bottom",
        fontSize=11,
        fontWeight="normal",
        color=GREY,
        offset=10,
    )
    chart = alt.vconcat(shares(table), waiting(table).properties(title=source), spacing=14)
    return (
        chart.properties(title=title, padding=12, background="white")
        .configure(font="Arial, Helvetica, sans-serif")
        .configure_axis(labelFontSize=12, titleFontSize=12, gridColor="#e6e6e6", domainColor=GREY)
        .configure_view(stroke=None)
    )


if __name__ == "__main__":
    PICTURE.write_text(vl_convert.vegalite_to_svg(picture().to_json()) + "\n", encoding="utf-8")
