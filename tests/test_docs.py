"""The documents say what is so: generated ones are up to date, links lead somewhere."""

import importlib.util
import re
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from capacity import __version__, catalogue, stages
from capacity.glossary import MEANINGS
from capacity.reading.scenario import read
from capacity.settings import CostParts, declarations

REPOSITORY = Path(__file__).resolve().parents[1]
DOCS = REPOSITORY / "docs"
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted(DOCS.glob("*.md"))]


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def anchors(page: Path) -> set[str]:
    """Headings as they are linked to: small letters, spaces as hyphens."""
    headings = re.findall(r"^#+ (.+)$", text(page), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_settings_page_is_up_to_date() -> None:
    assert text(DOCS / "settings.md") == script("make_settings").page(), "run make docs"


def test_the_glossary_of_the_readme_is_up_to_date() -> None:
    readme = text(REPOSITORY / "README.md")
    assert script("make_glossary").page(readme) == readme, "run make docs"
    assert f"| Team needed (in files: `sized`) | {MEANINGS['Team needed']} |" in readme


def test_the_settings_page_has_every_setting() -> None:
    rows = re.findall(r"^\| `(\w+)`.*\|$", text(DOCS / "settings.md"), re.M)
    assert len(rows) == len([*declarations(), *declarations(CostParts)])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        name, _, anchor = target.partition("#")
        if "://" in name:
            continue
        there = (page.parent / name) if name else page
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_scenario_named_in_a_command_is_there(page: Path) -> None:
    named = re.findall(r"capacity plan ([a-z0-9-]+)(?=\s|$)", text(page), re.M)
    assert [
        name for name in named if not (REPOSITORY / "scenarios" / f"{name}.toml").exists()
    ] == []


BARE = re.compile(
    r"\bpip install\b(?!.*--no-index)[^`\n]*(?<![\w/.-])capacity(?![\w-]*\.whl)(?![\w/-])"
)
"""An install by name alone, which an index could answer with somebody else's project."""


def test_a_bare_name_is_told_from_a_file_or_a_folder() -> None:
    bare = ("pip install capacity", "pip install 'capacity[cluster]'", "pip install -U capacity==1")
    safe = ("pip install --no-index -f wheels capacity", "pip install wheels/capacity-0.1.0.whl")
    safe += ("pip install ./capacity", "pip install --no-index -f wheels 'capacity[cluster]'")
    assert all(BARE.search(one) for one in bare)
    assert not any(BARE.search(one) for one in safe)


def test_no_install_names_capacity_alone() -> None:
    sources = [*PAGES, *(REPOSITORY / "capacity").glob("**/*.py"), REPOSITORY / "Makefile"]
    assert [path.name for path in sources if BARE.search(text(path))] == []


def test_the_map_has_every_module_in_layer_order() -> None:
    contracts = tomllib.loads(text(REPOSITORY / "pyproject.toml"))["tool"]["importlinter"]
    rooms = {
        contract["containers"][0]: [layer.strip("()") for layer in reversed(contract["layers"])]
        for contract in contracts["contracts"]
        if contract["type"] == "layers"
    }
    found = {path.stem for path in (REPOSITORY / "capacity").glob("**/*.py")} - {"__main__"}
    found |= {path.parent.name for path in (REPOSITORY / "capacity").glob("*/__init__.py")}
    ordered = [
        name
        for layer in rooms["capacity"]
        for name in (layer, *rooms.get(f"capacity.{layer}", []))
        if name in found
    ]
    mapped = re.findall(r"^(?:  )?(\w+)/? +\w", text(REPOSITORY / "docs" / "map.md"), re.M)
    assert mapped[mapped.index("errors") :] == ordered


def test_every_file_that_contributors_are_sent_to_is_there() -> None:
    said = text(REPOSITORY / "CONTRIBUTING.md")
    named = set(re.findall(r"`([\w/.]+\.(?:py|md|toml))`", said))
    tops = (REPOSITORY, REPOSITORY / "capacity")
    missing = [name for name in named if not any((top / name).exists() for top in tops)]
    assert len(named) > 25
    assert missing == []


def test_every_name_that_contributors_are_sent_to_is_in_the_code() -> None:
    said = text(REPOSITORY / "CONTRIBUTING.md")
    code = "\n".join(text(path) for path in (REPOSITORY / "capacity").glob("**/*.py"))
    named = set(re.findall(r"`([A-Z]\w+|_\w+)(?:\(\w*\))?`", said)) - {"Args", "Returns", "Raises"}
    assert {"PARTS", "TABLES", "IN_FILES", "MEASURES", "TERMS"} <= named
    assert [name for name in sorted(named) if not re.search(rf"\b{name}\b", code)] == []


def test_the_changes_are_those_of_this_version() -> None:
    found = re.findall(r"^## (\S+)", text(REPOSITORY / "CHANGELOG.md"), re.M)
    assert found[0] == __version__


DEFAULTS = {
    "rule": "soft",
    "starts": "month",
    "pay_award_month": "9",
    "may_give": "false",
    "whole": "true",
}


def test_defaults_that_changed_are_those_there_are() -> None:
    page = text(DOCS / "migration.md").partition("## Inputs")[0]
    rows = re.findall(r"^\| `\[+(\w+)\]+ (\w+)`.*?\| (.+?) \| (.+?) \| .+\|$", page, re.M)
    declared = {one.name.replace(".NAME", ""): one.default for one in catalogue.entries()}
    assert [(table, name) for table, name, _, _ in rows] == [
        *(("priority", "rule"), ("sizing", "starts"), ("finance", "pay_award_month")),
        *(("standards", "may_give"), ("chance", "whole")),
    ]
    for table, name, _, now in rows:
        assert declared[f"{table}.{name}"] == DEFAULTS[name]
        assert now.replace("`", "").startswith(DEFAULTS[name])


def test_a_scenario_of_0_1_can_plan_as_it_did() -> None:
    """In strict order, posts and awards of April: what the page says a short file must state."""
    short = re.search(r"```toml\n(.*?)```", text(DOCS / "migration.md"), re.S)
    assert short is not None
    files = {one.name: one.text for one in read("norfolk-2021").files}
    files = {Path(name).name: content for name, content in files.items()}
    as_it_was = read("as-in-0.1.toml", files={**files, "as-in-0.1.toml": short[1]})
    assert as_it_was["priority.rule"] == "strict"
    assert as_it_was["sizing.starts"] == "year"
    assert as_it_was["finance.pay_award_month"] == 4


def test_the_container_is_pinned_checked_and_nobody_s_root() -> None:
    said = text(REPOSITORY / "Containerfile")
    assert re.search(r"^ARG PYTHON=\S+:\d+\.\d+\.\d+-\S+$", said, re.M)
    assert re.findall(r"^FROM (\S+)", said, re.M) == ["${PYTHON}", "${PYTHON}"]
    assert "--require-hashes -r requirements.lock" in said
    assert re.findall(r"^USER (.+)$", said, re.M) == ["10001"]
    assert len(re.findall(r"^(?:HEALTHCHECK|VOLUME|ENTRYPOINT) ", said, re.M)) == 3
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", said, re.M)
    names = [name for line in copied for name in line.split()]
    assert [name for name in names if not (REPOSITORY / name).exists()] == []
    admitted = re.findall(r"^!(.+)$", text(REPOSITORY / ".dockerignore"), re.M)
    assert sorted(admitted) == sorted(names)


def test_what_is_said_of_norfolk_2021_is_so() -> None:
    run = stages.run(read("norfolk-2021"), fixed=True)
    model, done = run.model, run.today.projection
    completion = done.done[0].sum(axis=1) / done.due[0].sum(axis=1)
    outstanding = done.outstanding[0].sum(axis=1)
    owed = (done.cases[0] * (model.duties.interval > 0)).sum(axis=1)
    in_date = 1 - outstanding / owed
    on_time = done.on_time()[0].sum(axis=1) / done.newly_due[0].sum(axis=1)
    needed = (done.newly_due[0] * model.duties.hours[0]).sum(axis=1) + done.other_work[0, :, 0]
    short = needed - done.own[0, :, 0]

    said = [
        round(100 * float(share[month]))
        for share in (completion, in_date, on_time)
        for month in (0, -1)
    ]
    assert said == [91, 73, 98, 93, 90, 65]
    assert [round(float(outstanding[month])) for month in (0, -1)] == [16, 61]
    assert [round(float(short[month])) for month in (0, -1)] == [30, 28]
    assert round(float(short[-1] / needed[-1]), 3) == 0.015
    assert round(float(short.sum() / needed.sum()), 3) == 0.016
