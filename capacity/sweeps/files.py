"""A sweep as files: the table as CSV and Parquet, heat maps, and the manifest to repeat it."""

from __future__ import annotations

import html
import re
from typing import Any

from capacity.charts import heat as drawing
from capacity.charts.drawing import titled
from capacity.results import manifests, outputs
from capacity.sweeps.table import Heat, Sweep, heats, sentences

ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
"""What Vega says to screen readers; the page says it better, in one sentence."""

PAGE = """<!doctype html>
<html lang="en-GB">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ font-family: "Liberation Sans", Arial, Helvetica, sans-serif; color: #222; margin: 2rem;
  max-width: 60rem; line-height: 1.45; }}
h1 {{ font-size: 1.4rem; }}
figure {{ margin: 1.5rem 0; overflow-x: auto; }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<ul>
{words}
</ul>
{pictures}
</main>
</body>
</html>
"""


def contents(sweep: Sweep, manifest: dict[str, Any]) -> dict[str, bytes]:
    """Return the files of a sweep by name."""
    drawn = [(one, svg(one)) for one in heats(sweep)]
    more = outputs.as_parquet({"sweep": sweep.table})
    if drawn:
        more |= {"heat.svg": drawn[0][1].encode(), "heat.html": page(sweep, drawn).encode()}
    return outputs.contents({"sweep": sweep.table}, manifest, **more)


def svg(one: Heat) -> str:
    """Return a heat map as SVG, the same on every run."""
    chart = drawing.heat(one.frame, one.across, one.up, one.name, one.form, one.orders)
    drawn = titled(chart, one.title, "", 640).svg()
    drawn = re.sub(r"<[^>]*>", lambda tag: ROLES.sub("", tag[0]), drawn)
    for place, known in enumerate(dict.fromkeys(re.findall(r'\bid="([^"]+)"', drawn))):
        new = f"{one.name.replace('_', '-')}-{place}"
        drawn = drawn.replace(f'id="{known}"', f'id="{new}"').replace(f"#{known})", f"#{new})")
    return drawn


def page(sweep: Sweep, drawn: list[tuple[Heat, str]]) -> str:
    """Return all heat maps as one page that fetches nothing."""
    title = html.escape(f"{sweep.scenario.settings.title}: {len(sweep.points):,} points")
    words = "\n".join(f"<li>{html.escape(one)}</li>" for one in sentences(sweep))
    pictures = "\n".join(
        f'<figure role="img" aria-label="{html.escape(_said(one))}">\n{picture}\n</figure>'
        for one, picture in drawn
    )
    return PAGE.format(title=title, words=words, pictures=pictures)


def _said(one: Heat) -> str:
    return f"Heat map of {one.title}, by {one.across} and {one.up}; the figures are in sweep.csv"


def manifest_of(sweep: Sweep) -> dict[str, Any]:
    """Return everything to repeat a sweep to the byte, and nothing that differs between repeats."""
    options = {
        "way": sweep.way,
        "samples": sweep.samples,
        "vary": {
            axis.name: {"between" if axis.drawn else "values": list(axis.values)}
            for axis in sweep.axes
        },
    }
    inputs = manifests.inputs_of(sweep.scenario, options, seed=sweep.seed, command="sweep")
    return {
        **manifests.stamped(inputs, solved=sweep.way != "today's posts"),
        "points": len(sweep.points),
        "failed": sweep.failed,
    }
