"""What a result was made from, with a hash of it, and how to make it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from capacity.errors import InputError, Problem
from capacity.files.fetching import fetch
from capacity.limits import LARGEST_MANIFEST
from capacity.reading.scenario import Scenario, SourceFile, shipped
from capacity.settings import LARGEST
from capacity.stages import METHOD_VERSION, PlanResult
from capacity.version import __version__

DATA = (".csv", ".xlsx", ".ods", ".xlsm", ".tsv", ".txt")
"""Endings of files of sources and figures, among those of a scenario."""

MANIFEST = "manifest.json"

OPTIONS = ("draws", "fixed", "recommended")
"""What a run can be told beside its scenario: how many simulations, whether to leave sizing out,
and whether to find the recommended plan."""

LEAST_DRAWS, MOST_DRAWS = 10, 1_000_000
"""Futures of one run."""


def _is_whole(least: int, most: int) -> Callable[[Any], bool]:
    return lambda value: type(value) is int and least <= value <= most


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value <= LARGEST


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


SIMULATED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "draws": (_is_whole(LEAST_DRAWS, MOST_DRAWS), "must be a whole number from 10 to 1,000,000"),
    "until_error": (
        lambda value: value is None or (_is_number(value) and 0.0005 <= value <= 0.5),
        "must be a number from 0.0005 to 0.5, or null",
    ),
    "backlog": (
        lambda value: (
            isinstance(value, list) and 0 < len(value) <= 100 and all(map(_is_number, value))
        ),
        "must be a list of numbers",
    ),
    "fixed": (_is_flag, "must be true or false"),
    "enough": (_is_flag, "must be true or false"),
    "drivers": (_is_whole(0, 1000), "must be a whole number from 0 to 1000"),
}
"""What a simulation is told beside its scenario and seed: test, and what must hold."""


# What is written ---------------------------------------------------------------------------


def manifest_of(
    plan: PlanResult, options: Mapping[str, Any], *, seed: int | None = None
) -> dict[str, Any]:
    """Return everything to repeat a run to the byte, and nothing that differs between repeats."""
    return {
        **stamped(inputs_of(plan.scenario, options, seed=seed), solved=plan.sizing is not None),
        "status": plan.sizing.status if plan.sizing else None,
        "gap": plan.sizing.gap if plan.sizing else None,
    }


def stamped(inputs: Mapping[str, Any], *, solved: bool = False) -> dict[str, Any]:
    """Return what decides a result with its hash, and the solver if one was asked."""
    return {
        "run_id": run_id(inputs),
        **inputs,
        "solver": "HiGHS" if solved else None,
        "solver_version": version("highspy") if solved else None,
    }


def inputs_of(
    scenario: Scenario,
    options: Mapping[str, Any],
    *,
    seed: int | None = None,
    command: str | None = None,
) -> dict[str, Any]:
    """Return what decides the result of a scenario, before it is planned.

    Args:
        scenario: with its files, which are kept whole.
        options: what the command was told beside it.
        seed: what simulations or samples were drawn with.
        command: what made it, where that is not `plan`.

    Returns:
        An object for JSON.
    """
    named = without_places(scenario)
    scenarios = [one for one in named if not one.name.lower().endswith(DATA)]
    data = [one for one in named if one.name.lower().endswith(DATA)]
    return {
        "version": __version__,
        "method_version": METHOD_VERSION,
        **({} if command is None else {"command": command}),
        "options": dict(options),
        "scenario": named[0].name,
        "files": [_entry(one) for one in scenarios],
        "data": [_entry(one) for one in data],
        "seed": seed,
    }


def _entry(file: SourceFile) -> dict[str, str]:
    return {"name": file.name, "sha256": file.sha256, "text": file.text}


def run_id(inputs: Mapping[str, Any]) -> str:
    """Return a hash of everything that decides a result."""
    decides = dict(inputs)
    for key in ("files", "data"):
        decides[key] = [[one["name"], one["sha256"]] for one in decides[key]]
    text = json.dumps(decides, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def without_places(scenario: Scenario) -> tuple[SourceFile, ...]:
    """Return a scenario's files under names that tell nothing of the machine they lie on.

    Names become relative to the scenario's own folder, in which all but shipped files lie.
    """
    first = PurePath(scenario.files[0].name)
    if first.parts[:1] == ("scenarios",) and first.stem in shipped():
        return scenario.files
    renamed = []
    for file in scenario.files:
        path = PurePath(file.name)
        near = path.is_relative_to(first.parent) and first.parent.parts
        name = path.relative_to(first.parent).as_posix() if near else file.name
        renamed.append(SourceFile(name, file.sha256, file.text))
    return tuple(renamed)


# Repeating ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Repeat:
    """What a manifest says about a run: enough to do it again."""

    scenario: str
    texts: Mapping[str, str]
    options: Mapping[str, Any]
    run_id: str
    warnings: tuple[str, ...]
    report: Mapping[str, Any] | None
    """How its report was to be; none if there was none."""
    why: bool
    """Whether it said why."""
    seed: int | None = None
    """What its futures were drawn with; none if there were none."""


def read_manifest(path: str | Path, command: str = "plan") -> Repeat:
    """Return what a manifest says about a run of a command, its texts checked by their hashes.

    Raises:
        InputError: with every problem.
    """
    shown = str(path)
    try:
        file = Path(path)
        file = file / MANIFEST if file.is_dir() else file
        content = fetch(file, LARGEST_MANIFEST)
        large = len(content) > LARGEST_MANIFEST
        given = None if large else json.loads(content.decode("utf-8-sig"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise InputError([Problem(shown, None, "", f"cannot be read: {why}")]) from error
    except json.JSONDecodeError as error:
        must = f"must be a manifest written by capacity: {error.msg.lower()}"
        raise InputError([Problem(shown, error.lineno, "", must)]) from error
    except (ValueError, RecursionError) as error:
        must = "must be a manifest written by capacity, in UTF-8"
        raise InputError([Problem(shown, None, "", must)]) from error
    if large:
        raise InputError([Problem(shown, None, "", "must be at most 50 MB")])
    problems = [Problem(shown, None, *one) for one in _faults(given, command)]
    if problems:
        raise InputError(problems)
    return _repeat(dict(given or {}))


def _faults(given: Any, command: str) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a manifest: key, and what must hold."""
    if not isinstance(given, dict):
        yield "", "must be a manifest written by capacity: a JSON object"
        return
    for key in ("version", "method_version", "scenario", "run_id"):
        if not isinstance(given.get(key), str):
            yield key, "must be given, as text"
    if given.get("command", "plan") != command:
        yield "command", f"must be {command}: it is of another, which can repeat it"
        return
    if command == "simulate":
        yield from _faults_of_simulation(given)
    else:
        yield from _faults_of_options(given.get("options"))
    if not isinstance(given.get("report"), dict | None):
        yield "report", "must be a table, or null where there was none"
    names: list[str] = []
    for key in ("files", "data"):
        entries = given.get(key)
        if not isinstance(entries, list) or (key == "files" and not entries):
            yield key, "must be a list of files with name, sha256 and text"
            continue
        for n, entry in enumerate(entries, start=1):
            yield from _faults_of_file(f"{key}.{n}", entry, names)
    if isinstance(given.get("scenario"), str) and given["scenario"] not in names:
        yield "scenario", "must be the name of one of its files"


def _faults_of_options(options: Any) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the options of a manifest."""
    if not isinstance(options, dict):
        yield "options", "must be a table of options"
        return
    for name, value in options.items():
        if name not in OPTIONS:
            yield f"options.{name}", f"unknown option; must be one of: {', '.join(OPTIONS)}"
        elif name == "draws":
            if type(value) is not int or not 10 <= value <= 1_000_000:
                yield f"options.{name}", "must be a whole number from 10 to 1,000,000"
        elif not isinstance(value, bool):
            yield f"options.{name}", "must be true or false"


def _faults_of_simulation(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the options and the seed of a simulation."""
    options = given.get("options")
    if not _is_whole(0, 2**128)(given.get("seed")):
        yield "seed", "must be a whole number, at least 0"
    if not isinstance(options, dict):
        yield "options", "must be a table of options"
        return
    for name in options.keys() - SIMULATED.keys():
        yield f"options.{name}", f"unknown option; must be one of: {', '.join(SIMULATED)}"
    for name, (holds, must) in SIMULATED.items():
        if name not in options or not holds(options[name]):
            yield f"options.{name}", must


def _faults_of_file(place: str, entry: Any, names: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with one file of a manifest, and note its name."""
    parts = [entry.get(k) if isinstance(entry, dict) else None for k in ("name", "sha256", "text")]
    name, digest, text = parts
    if not isinstance(name, str) or not isinstance(digest, str) or not isinstance(text, str):
        yield place, "must have a name, a sha256 and a text"
        return
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        yield f"{place}.name", "must be a relative name without .."
    if name in names:
        yield f"{place}.name", "must be a name of its own"
    names.append(name)
    if hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest() != digest:
        yield f"{place}.sha256", f"must be that of the text: {name} has been altered"


def _repeat(given: Mapping[str, Any]) -> Repeat:
    warnings = []
    if given["version"] != __version__:
        warnings.append(
            f"the manifest was written by capacity {given['version']}, this is {__version__}: "
            "figures may differ"
        )
    if given["method_version"] != METHOD_VERSION:
        warnings.append(
            f"the manifest follows method {given['method_version']}, this is {METHOD_VERSION}: "
            "figures will differ"
        )
    entries: Iterable[Mapping[str, str]] = [*given["files"], *given["data"]]
    return Repeat(
        scenario=given["scenario"],
        texts={one["name"]: one["text"] for one in entries},
        options=given["options"],
        run_id=given["run_id"],
        warnings=tuple(warnings),
        report=given.get("report"),
        why=given.get("why") is True,
        seed=given.get("seed"),
    )
