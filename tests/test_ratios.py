"""The check on speed fails on a slowdown that stays and on nothing else; nothing is timed here."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture
def ratios(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The script, with two things to measure and 4 and 10 times the calibration stored."""
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(sys, "argv", ["ratios.py"])
    spec = importlib.util.spec_from_file_location("ratios", FOLDER / "ratios.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    stored = tmp_path / "ratios.json"
    stored.write_text(json.dumps({"reading": 4.0, "sizing": 10.0}), encoding="utf-8")
    monkeypatch.setattr(module, "STORED", stored)
    monkeypatch.setattr(module, "works", lambda: {"reading": reading, "sizing": sizing})
    return module


def reading() -> None:
    """Stands for a scenario read."""


def sizing() -> None:
    """Stands for a team sized."""


def taking(module: ModuleType, seconds: Callable[[str], float]) -> Callable[[object], float]:
    """What the clock says: two seconds for the calibration, and as told for the others."""

    def spent(work: object) -> float:
        return 2.0 if work is module.calibration else seconds(work.__name__)  # type: ignore[attr-defined]

    return spent


def test_as_fast_as_stored_passes_and_says_so(
    ratios: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """8 and 20 seconds are 4 and 10 calibrations of 2."""
    monkeypatch.setattr(ratios, "spent", taking(ratios, {"reading": 8.0, "sizing": 20.0}.get))
    assert ratios.main() == 0
    assert "| sizing | 10.00 | 10.00 | 1.00 |" in capsys.readouterr().out


def test_a_slower_machine_slows_the_calibration_too(
    ratios: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def spent(work: object) -> float:
        return 5 * taking(ratios, {"reading": 8.0, "sizing": 20.0}.__getitem__)(work)

    monkeypatch.setattr(ratios, "spent", spent)
    assert ratios.main() == 0


def test_what_stays_slow_fails_by_its_name(
    ratios: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """41 seconds are 20.5 calibrations, more than twice 10."""
    monkeypatch.setattr(ratios, "spent", taking(ratios, {"reading": 8.0, "sizing": 41.0}.get))
    assert ratios.main() == 1
    assert "more than 2 times as slow as stored: sizing" in capsys.readouterr().out


def test_what_is_slow_for_once_is_measured_again(
    ratios: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sizing takes 60 seconds in the whole of the first measurement, and 20 after it."""
    slow: Iterator[float] = iter([60.0] * ratios.ROUNDS)

    def seconds(name: str) -> float:
        return 8.0 if name == "reading" else next(slow, 20.0)

    monkeypatch.setattr(ratios, "spent", taking(ratios, seconds))
    assert ratios.main() == 0


def test_what_is_not_stored_is_told(
    ratios: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(ratios, "works", lambda: {"reading": reading, "papers": sizing})
    assert ratios.main() == 1
    assert "not the same as stored: papers, sizing" in capsys.readouterr().out


def test_a_multiple_is_stored_for_everything_that_is_measured() -> None:
    stored = json.loads((FOLDER / "ratios.json").read_text(encoding="utf-8"))
    assert len(stored) == 6
    assert all(value > 0 for value in stored.values())
