"""docs/python.md and docs/tour.ipynb: every block and every cell runs, in order, as it stands."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

import capacity as cap

DOCS = Path(__file__).resolve().parents[1] / "docs"


def page() -> str:
    return (DOCS / "python.md").read_text(encoding="utf-8")


def blocks() -> list[str]:
    """The code of the page, a block each."""
    return re.findall(r"^```python\n(.*?)^```", page(), re.S | re.M)


def notebook() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DOCS / "tour.ipynb").read_text(encoding="utf-8"))
    return found


def cells() -> list[str]:
    """The code of the notebook, a cell each."""
    return ["".join(one["source"]) for one in notebook()["cells"] if one["cell_type"] == "code"]


def run(pieces: list[str]) -> list[Any]:
    """Run pieces of code one after the other; return what the last line of each comes to."""
    names: dict[str, Any] = {}
    results = []
    for piece in pieces:
        *statements, last = ast.parse(piece).body
        expression = isinstance(last, ast.Expr)
        body = statements if expression else [*statements, last]
        exec(compile(ast.Module(body, []), "<block>", "exec"), names)
        code = compile(ast.Expression(last.value), "<block>", "eval") if expression else None
        results.append(None if code is None else eval(code, names))
    return results


@pytest.mark.slow
def test_the_page_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    run(blocks())
    said = capsys.readouterr().out
    assert "0.05 0.03" in said  # the changed scenario, and the one it came from
    assert "<Plan norfolk-2024: Norfolk, position at 30 September 2024" in said
    assert "cohorts.rso.growth_per_yeer" in said
    for name in ("completion.svg", "plan.db", "costs.csv", "costs.parquet"):
        assert (tmp_path / name).stat().st_size > 0


@pytest.mark.slow
def test_the_notebook_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shown = run(cells())
    assert shown[0].title == "Norfolk, position at 30 September 2024"
    assert shown[-2].summary["posts.sized"].value > shown[1].summary["posts.today"].value
    assert all(one is not None for one in shown)


def test_the_notebook_is_one_that_notebook_programs_open() -> None:
    """By the notebook format: version 4.5, ids of their own, no results kept."""
    found = notebook()
    assert (found["nbformat"], found["nbformat_minor"]) == (4, 5)
    assert len({one["id"] for one in found["cells"]}) == len(found["cells"])
    for one in found["cells"]:
        assert set(one) - {"cell_type", "id", "metadata", "source"} <= {
            "outputs",
            "execution_count",
        }
        assert one.get("outputs", []) == []
        assert one.get("execution_count") is None


def test_the_page_names_everything_that_the_package_gives() -> None:
    made = {"Comparison", "Plan", "Scenario", "Simulation", "Sweep", "__version__"}
    told = {name for name in cap.__all__ if re.search(rf"cap\.{name}\b", page())}
    assert set(cap.__all__) - made == told


def test_every_table_that_explains_is_named() -> None:
    from capacity.results.tables import EXPLAINED

    assert [name for name in EXPLAINED if f"`{name}`" not in page()] == []
