"""Write docs/dependencies.md: what is built on, why, and under which licence."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import files, metadata
from pathlib import Path

TOP = Path(__file__).resolve().parents[1]
NAMES = {
    "": "To plan",
    "cluster": "Batches on several machines (`capacity[cluster]`)",
    "sign-in": "Pages that others may reach (`capacity[sign-in]`)",
    "word": "Papers as Word files (`capacity[word]`)",
    "workspace": "Work that lasts (`capacity[workspace]`)",
    "checkout": "A checkout installed without a network",
    "test": "Tests",
    "bench": "Benchmarks",
    "dev": "To work on it",
}
SHORT = (
    ("apache", "Apache-2.0"),
    ("bsd", "BSD"),
    ("mit", "MIT"),
    ("mozilla", "MPL-2.0"),
    ("mpl", "MPL-2.0"),
    ("python software foundation", "PSF-2.0"),
)


def text() -> str:
    """Return the page."""
    lines = [
        "# What it is built on",
        "",
        "Made by `make docs` from `pyproject.toml`, where each package has its reason, and from",
        "the packages themselves. `requirements.lock` pins what it needs to run and",
        "`requirements-dev.lock` all of it, with hashes; `.ci/audit` looks all of them up among",
        "known weaknesses.",
    ]
    project = (TOP / "pyproject.toml").read_text(encoding="utf-8")
    given = tomllib.loads(project)["project"]
    groups = {"": given["dependencies"], **given["optional-dependencies"]}
    for group, packages in groups.items():
        lines += [
            "",
            f"## {NAMES.get(group, group)}",
            "",
            "| package | licence | for |",
            "|---|---|---|",
        ]
        for package in packages:
            name = re.split(r"[<>=;\s\[]", package)[0]
            lines.append(f"| {name} | {licence(name)} | {reason(project, package)} |")
    return "\n".join(lines) + "\n"


def reason(project: str, package: str) -> str:
    """Return what pyproject.toml says beside a package."""
    found = re.search(rf'^    "{re.escape(package)}", *# (.+)$', project, re.MULTILINE)
    if found is None:
        raise SystemExit(f"pyproject.toml: {package} must have its reason beside it")
    return found[1]


def licence(name: str) -> str:
    """Return the licence of an installed package in short."""
    told = metadata(name)
    words = told.get("License-Expression") or ""
    if words:
        return words
    kinds = [one for one in told.get_all("Classifier") or [] if one.startswith("License ::")]
    every = " ".join(
        [*(one.rpartition(":: ")[2] for one in kinds), (told.get("License") or "")[:60]]
    )
    every = every if every.strip() else _first_words(name)
    return next((short for word, short in SHORT if word in every.lower()), every.strip() or "?")


def _first_words(name: str) -> str:
    """Return how the licence begins that a package carries, where it says nothing else."""
    paths = [one for one in files(name) or () if one.name.upper().startswith("LICEN")]
    return paths[0].read_text(encoding="utf-8")[:200] if paths else ""


if __name__ == "__main__":
    (TOP / "docs" / "dependencies.md").write_text(text(), encoding="utf-8")
