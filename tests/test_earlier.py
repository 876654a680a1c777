"""Figures kept for later runs."""

import os
from pathlib import Path

import pytest

from capacity import earlier
from capacity.risk import recommended
from capacity.risk.decide import PostSearch
from capacity.risk.draws import Draws
from capacity.risk.recommended import Recommended, RecommendedFor
from capacity.stages import PlanResult
from tests.toys import plan_of, toy

LIMIT = '[[standards]]\nname = "Limit"\ncohort = "a"\ncases_per_officer = 50\n'
UNCERTAIN = "{ value = 0.05, low = -0.05, high = 0.2, source = 'judgement' }"
FIGURES = [3.0, 27.5, 1_234_567.891, None, 0.8125, "2025/26"]


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where figures are kept."""
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path))
    monkeypatch.setenv("CAPACITY_CACHE", "")
    return tmp_path


def kept(cache: Path) -> list[Path]:
    return sorted(path for path in cache.rglob("*") if path.is_file())


def test_figures_are_found_again_to_the_last_digit(cache: Path) -> None:
    name = earlier.fingerprint(["a scenario", b"posts"])
    assert earlier.find(name) is None
    earlier.keep(name, FIGURES)
    assert earlier.find(name) == FIGURES
    (file,) = kept(cache)
    assert file.read_text() == '[3.0, 27.5, 1234567.891, null, 0.8125, "2025/26"]'


def test_another_part_is_another_fingerprint() -> None:
    """Parts that only join to the same text are different."""
    names = [["ab", "c"], ["a", "bc"], ["abc"], [b"abc", ""], ["ab", "d"]]
    assert len({earlier.fingerprint(parts) for parts in names}) == len(names)
    assert earlier.fingerprint(["abc"]) == earlier.fingerprint([b"abc"])


def test_another_program_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = earlier.fingerprint(["a"])
    monkeypatch.setattr(earlier, "_program", lambda: b"another text")
    assert earlier.fingerprint(["a"]) != before


def test_nothing_is_kept_or_taken_where_it_is_off(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earlier.keep("one", FIGURES)
    monkeypatch.setenv("CAPACITY_CACHE", "off")
    earlier.keep("other", FIGURES)
    assert earlier.find("one") is None
    assert [path.name for path in kept(cache)] == ["one.json"]


def test_they_are_kept_in_the_folder_that_is_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CAPACITY_CACHE", str(cache / "shared"))
    earlier.keep("one", FIGURES)
    assert earlier.find("one") == FIGURES
    assert kept(cache) == [cache / "shared" / "one.json"]


@pytest.mark.parametrize("damaged", ["", "[1.0", "{}", '[["a"]]', "\udcff"])
def test_a_damaged_file_counts_as_none(cache: Path, damaged: str) -> None:
    earlier.keep("one", FIGURES)
    (file,) = kept(cache)
    file.write_bytes(damaged.encode(errors="surrogateescape"))
    assert earlier.find("one") is None


def test_a_folder_that_cannot_be_made_is_no_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("no folder")
    for variable in ("XDG_CACHE_HOME", "LOCALAPPDATA", "HOME"):
        monkeypatch.setenv(variable, str(tmp_path / "file"))
    earlier.keep("one", FIGURES)
    assert earlier.find("one") is None


def test_the_oldest_go_first(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier, "MOST_KEPT", 3)
    for n in range(5):
        earlier.keep(str(n), FIGURES)
        for path in kept(cache):
            if path.stem == str(n):
                os.utime(path, (n, n))
    assert [path.stem for path in kept(cache)] == ["2", "3", "4"]


def test_what_was_recommended_in_an_earlier_run_is_told_again_and_nothing_of_it_is_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = toy(LIMIT, months=24, growth=UNCERTAIN)
    here = recommended.recommend(plan_of(text), number=50)
    assert isinstance(here, Recommended)
    told = recommended.recommended_for("before", here.plan, here.decision, here.today)
    monkeypatch.setattr(recommended, "_KNOWN", {})  # as in another process
    searched: list[PlanResult] = []

    def search(plan: PlanResult, draws: Draws) -> PostSearch:
        searched.append(plan)
        return PostSearch(plan, draws)

    monkeypatch.setattr(recommended, "PostSearch", search)

    def again(text: str) -> RecommendedFor | None:
        return recommended.recommended_before(plan_of(text), recommended.SEED, 50)

    assert again(text) == told
    assert not searched
    title = here.plan.scenario.settings.title
    assert title
    assert all(title not in path.read_text() for path in kept(cache))
    again(text.replace("months = 24", "months = 25"))
    assert len(searched) == 1
    (one, _) = kept(cache)
    assert one.parent.stat().st_mode & 0o077 == 0
