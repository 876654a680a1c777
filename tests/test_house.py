"""The house itself: what holds for every file, whoever wrote it.

Read from the source text, never by importing, so that one broken module fails its own tests only.
"""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from capacity.settings import CostParts, Settings, declarations

# Where files may be opened: where scenarios and tables are read, and results written.
READS_OR_WRITES_FILES = {"scenario_files", "scenario", "register", "history"}
READS_OR_WRITES_FILES |= {"outputs", "batch", "report", "cli", "table_files", "saving", "workbook"}
READS_OR_WRITES_FILES |= {"workspace", "grids", "excel", "open_document", "workbooks"}
READS_OR_WRITES_FILES |= {"earlier", "fetching"}
READS_OR_WRITES_FILES |= {"console"}  # /dev/null in place of a closed stream
READS_OR_WRITES_FILES |= {"luck"}  # what is compiled, and whose turn it is to compile it
# The ways in, which alone may ask for the time: below them, today and chance are arguments.
WAYS_IN = {"cli", "kept_work", "own_figures", "app", "__main__"}
# Rooms whose modules are each a layer of their own.
ROOMS = {"reading", "engine", "staffing", "risk", "files", "why", "results"}
VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "base", "misc", "tools"}

# In two pieces, so that this file holds none of them.
MACHINE_TRACES = [
    *(rf"(?<![\w.\-<]){top}" + "/" for top in ("/work", "/root", "/home", "/Users", "/opt/pypi")),
    r"\.\./" + "shared",
    "pypi.org" + "/simple",
    "files." + "pythonhosted",
    r"--(extra-)?index" + "-url",
    "--find" + "-links",
]
FILE_READERS = {"read_text", "read_bytes", "write_text", "write_bytes", "load_workbook", "Workbook"}
FILE_READERS |= {"read_csv", "read_excel", "read_parquet", "ExcelWriter", "ExcelFile"}
WRITES_IF_GIVEN_A_PATH = {"to_csv", "to_excel", "to_json", "to_parquet", "to_html"}
CLOCKS = {"now", "today", "utcnow", "localtime", "gmtime", "ctime"}
FIXED_RANDOM = {"default_rng", "Generator", "SeedSequence", "BitGenerator", "PCG64"}

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "capacity"
MODULES = sorted(PACKAGE.rglob("*.py"))


def module_id(path: Path) -> str:
    return str(path.relative_to(REPOSITORY))


each_module = pytest.mark.parametrize("path", MODULES, ids=module_id)


def layer(path: Path) -> str:
    """The module's own name in a room of modules, else the package: `solver`, `report`."""
    parts = path.relative_to(PACKAGE).parts
    return parts[parts[0] in ROOMS].removesuffix(".py")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Every node of a module."""
    return tuple(ast.walk(tree(path)))


def dotted(node: ast.expr) -> str:
    """`np.random.default_rng` for that expression; what it is called on may be anything."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    for node in nodes(path):
        if isinstance(node, ast.Call):
            yield node, dotted(node.func)


def imported_packages(path: Path) -> set[str]:
    found: set[str] = set()
    for node in nodes(path):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def settings() -> dict[str, Any]:
    return tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))


def kept_files() -> list[Path]:
    """Files in the repository or about to be: git's, but for those it is told to ignore."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    ).stdout
    paths = (REPOSITORY / name.decode() for name in listing.split(b"\0") if name)
    return [path for path in paths if path.is_file()]


def equations(text: str) -> set[int]:
    """Every equation named, those inside a range such as EQ4-EQ7 (or EQ4-7) included."""
    found = set()
    for match in re.finditer(r"EQ(\d+)(?:\s*[-\u2013]\s*(?:EQ)?(\d+))?", text):
        first, last = int(match[1]), int(match[2] or match[1])
        found |= set(range(first, last + 1))
    return found


# --- Every file ----------------------------------------------------------------------------


@pytest.mark.slow
def test_no_file_names_a_machine_or_an_index() -> None:
    traces = re.compile("|".join(MACHINE_TRACES))
    found = []
    for path in kept_files():
        content = path.read_bytes()
        if b"\0" in content:
            continue
        for number, line in enumerate(content.decode("utf-8").splitlines(), start=1):
            if match := traces.search(line):
                found.append(f"{path.relative_to(REPOSITORY)}:{number}: {match[0]}")
    assert found == []


TO_RUN = ("checkout", "cluster", "sign-in", "word", "workspace")
"""Extras of the lock to run; the other lock has every extra."""


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_holds_names_versions_and_hashes_only(lock: str) -> None:
    package = re.compile(r"([a-z0-9.\-]+)==\S+( ; [^\\]+)?( \\)?")
    digest = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")
    lines = (REPOSITORY / lock).read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not (package.fullmatch(line) or digest.fullmatch(line))] == []


def locked(lock: str) -> set[str]:
    """Each package of a lock with its version."""
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    return set(re.findall(r"^[a-z0-9.\-]+==[^ \n]+", text, re.M))


def names_of(packages: Iterable[str]) -> set[str]:
    return {re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0].lower() for line in packages}


def test_the_locks_cover_every_dependency() -> None:
    project = settings()["project"]
    extras = project["optional-dependencies"]
    to_run = names_of(chain(project["dependencies"], *(extras[name] for name in TO_RUN)))
    every = to_run | names_of(chain(*extras.values()))
    assert to_run - names_of(locked("requirements.lock")) == set()
    assert every - names_of(locked("requirements-dev.lock")) == set()


def test_what_runs_is_what_was_developed_with() -> None:
    assert locked("requirements.lock") - locked("requirements-dev.lock") == set()


def test_the_lock_to_run_has_no_tool_of_ours() -> None:
    extras = settings()["project"]["optional-dependencies"]
    tools = names_of(chain(extras["dev"], extras["test"]))
    assert tools & names_of(locked("requirements.lock")) == set()


def test_every_package_has_a_lowest_version_and_an_end() -> None:
    packages = settings()["project"]["dependencies"]
    assert [one for one in packages if not re.fullmatch(r"[\w-]+>=[\d.]+,<[\d.]+", one)] == []


def test_the_readme_can_be_read_at_one_sitting() -> None:
    assert len((REPOSITORY / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_what_ships_in_the_wheel_is_there() -> None:
    wheel = settings()["tool"]["hatch"]["build"]["targets"]["wheel"]
    shipped = [*wheel["only-include"], *wheel["force-include"]]
    assert [name for name in shipped if not (REPOSITORY / name).exists()] == []


def test_the_version_is_said_once_and_the_same() -> None:
    stated = re.search(r'__version__ = "(.+)"', (PACKAGE / "version.py").read_text())
    assert stated is not None
    assert stated[1] == settings()["project"]["version"]


def test_what_is_said_to_take_longer_is_there() -> None:
    listed = (REPOSITORY / "tests" / "longer.txt").read_text(encoding="utf-8").splitlines()
    assert listed == sorted(set(listed))
    named = {tuple(one.partition("[")[0].split("::")) for one in listed}
    there = {
        (file, name)
        for file in {file for file, _ in named}
        for name in re.findall(r"^def (\w+)", (REPOSITORY / file).read_text("utf-8"), re.M)
    }
    assert named - there == set()


# --- Every module --------------------------------------------------------------------------


def test_no_module_has_a_name_that_says_nothing() -> None:
    named = {part for path in MODULES for part in path.relative_to(PACKAGE).with_suffix("").parts}
    assert named & VAGUE_NAMES == set()


@each_module
def test_everything_public_says_what_it_is(path: Path) -> None:
    silent = [] if ast.get_docstring(tree(path)) else ["the module"]

    def look_in(body: list[ast.stmt]) -> None:
        for node in body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                if node.name.startswith("_"):
                    continue
                if ast.get_docstring(node) is None:
                    silent.append(f"line {node.lineno}: {node.name}")
                if isinstance(node, ast.ClassDef):
                    look_in(node.body)

    look_in(tree(path).body)
    assert silent == []


def test_a_class_name_means_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for path in MODULES:
        for node in nodes(path):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(f"{module_id(path)}:{node.lineno}")
    assert {name: places for name, places in homes.items() if len(places) > 1} == {}


SPEAK_OF_SETTINGS = {"settings", "glossary", "forms", "plausible", "levers"}
"""Modules that declare settings or say something of them, and use none."""


def test_every_setting_is_used() -> None:
    names = {name.rpartition(".")[2] for name, _ in declarations(Settings)}
    names |= {name for name, _ in declarations(CostParts)}
    texts = [path.read_text("utf-8") for path in MODULES if path.stem not in SPEAK_OF_SETTINGS]
    used = {word for text in texts for word in re.findall(r"[.\"'](\w+?)_?\b", text)}
    assert names - used == {"custody"}  # tiers of their own once it is read


# Sections stand on lines of their own and say something: shapes of arrays, units, errors.
SAYS_NOTHING = re.compile(
    r"\b(Raises|Returns|Args|Yields): \S|\bShapes?: (none|scalars?(?! or)|see)|"
    r"\bUnit: (none|as|see)|\bSource: (none|docs/method)|\b(Returns|Yields):\n *(None|Nothing)\b"
)


@each_module
def test_docstrings_say_something_or_nothing(path: Path) -> None:
    found = []
    for node in nodes(path):
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
            said = SAYS_NOTHING.search(ast.get_docstring(node) or "")
            found += [f"line {node.body[0].lineno}: {said[0]}"] if said else []
    assert found == []


@each_module
def test_files_are_opened_only_where_they_are_read_or_written(path: Path) -> None:
    if layer(path) in READS_OR_WRITES_FILES:
        return
    opened = []
    for call, name in calls(path):
        last = name.rpartition(".")[2]
        opens = last == "open" and not name.startswith("webbrowser.")
        writes = last in WRITES_IF_GIVEN_A_PATH and bool(call.args)
        if opens or writes or last in FILE_READERS:
            opened.append(f"line {call.lineno}: {name}")
    assert opened == []


@each_module
def test_the_model_has_no_clock_and_no_chance_of_its_own(path: Path) -> None:
    if layer(path) in WAYS_IN:
        return
    found = sorted(imported_packages(path) & {"random", "secrets", "uuid"})
    for call, name in calls(path):
        owner, _, last = name.rpartition(".")
        clock = (owner and last in CLOCKS) or name in {"time.time", "time.time_ns"}
        chance = owner.endswith("random") and last not in FIXED_RANDOM
        unseeded = last == "default_rng" and not (call.args or call.keywords)
        if clock or chance or unseeded:
            found.append(f"line {call.lineno}: {name}")
    assert found == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("package", "home"),
    [
        ("pulp", {"solver"}),
        ("highspy", {"solver"}),
        ("streamlit", {"app"}),
        ("sqlalchemy", {"workspace"}),
        ("alembic", {"workspace"}),
    ],
)
def test_a_heavy_package_has_one_home(package: str, home: set[str]) -> None:
    assert {layer(path) for path in MODULES if package in imported_packages(path)} <= home


def test_the_solver_is_imported_in_one_file() -> None:
    assert len([path for path in MODULES if "pulp" in imported_packages(path)]) <= 1


def test_each_module_imports_only_those_below_it() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run(
        [linter, "--no-logo", "--no-cache"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


# --- The method ----------------------------------------------------------------------------


def test_every_equation_is_in_the_method_and_in_the_code() -> None:
    written = equations((REPOSITORY / "docs" / "method.md").read_text(encoding="utf-8"))
    coded = equations("\n".join(path.read_text(encoding="utf-8") for path in MODULES))
    assert written, "docs/method.md numbers no equation"
    assert sorted(written - coded) == [], "in docs/method.md, not in the code"
    assert sorted(coded - written) == [], "in the code, not in docs/method.md"
