"""Results as files: complete or not at all, the same bytes every time, repeatable anywhere."""

import copy
import csv
import errno
import io
import json
import math
import os
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from typer.testing import CliRunner

from capacity import __version__, cli, stages
from capacity.errors import InputError, OutputError
from capacity.files import saving
from capacity.reading import scenario
from capacity.results import manifests, outputs, tables
from capacity.stages import PlanResult
from tests.shipped import planned
from tests.toys import plan_of, toy, visits


def ours(*names: str, run: str = "1") -> dict[str, bytes]:
    """A small result with a manifest that lists its files."""
    manifest = {"run_id": run, "method_version": "1", "outputs": [*names, "manifest.json"]}
    return {**dict.fromkeys(names, run.encode()), "manifest.json": json.dumps(manifest).encode()}


def inside(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def told(error: pytest.ExceptionInfo[InputError]) -> list[str]:
    return [str(problem) for problem in error.value.problems]


# What is written ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def norfolk() -> PlanResult:
    return planned("norfolk-2024", fixed=True)


def files_of(found: PlanResult, fixed: bool = True) -> dict[str, bytes]:
    return outputs.contents(tables.tables(found), manifests.manifest_of(found, {"fixed": fixed}))


def test_numbers_are_written_whole(norfolk: PlanResult) -> None:
    text = files_of(norfolk)["projection.csv"].decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    expected = norfolk.today.projection.due[0][norfolk.model.duties.per_year[0] > 0]
    assert [float(row["due"]) for row in rows] == expected.tolist()
    assert "\r" not in text


def test_no_value_is_empty_in_csv_and_null_in_json() -> None:
    table = pd.DataFrame({"a": [1.0, math.nan], "b": ["x", None], "c": [True, False], "d": [1, 2]})
    assert outputs.as_csv(table) == b"a,b,c,d\n1.0,x,True,1\n,,False,2\n"
    assert outputs.records({"t": table})["t"] == [
        {"a": 1.0, "b": "x", "c": True, "d": 1},
        {"a": None, "b": None, "c": False, "d": 2},
    ]


def test_records_are_json(norfolk: PlanResult) -> None:
    made = tables.tables(norfolk)
    read = json.loads(json.dumps(outputs.records(made), allow_nan=False))
    assert {name: len(rows) for name, rows in read.items()} == {n: len(t) for n, t in made.items()}
    assert list(read["ratios"][0]) == list(made["ratios"].columns)
    assert read["ratios"][0]["limit"] is None


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes() -> None:
    first, again = (files_of(stages.run(scenario.read("norfolk-2024")), False) for _ in range(2))
    assert first == again


def test_the_manifest_says_what_is_needed_to_repeat_and_no_more() -> None:
    found = plan_of(toy(visits(), posts=1, duty="hours = 4"))
    manifest = manifests.manifest_of(found, {"fixed": False})
    assert list(manifest) == [
        *("run_id", "version", "method_version", "options", "scenario", "files", "data", "seed"),
        *("solver", "solver_version", "status", "gap"),
    ]
    assert manifest["version"] == __version__
    assert manifest["options"] == {"fixed": False}
    assert manifest["status"] == "meets every standard"
    assert manifest["solver"] == "HiGHS"
    assert [one["name"] for one in manifest["files"]] == ["toy.toml"]
    assert [one["name"] for one in manifest["data"]] == ["data/sources.csv"]


def test_the_run_id_tells_inputs_apart(norfolk: PlanResult) -> None:
    def run(text: str, fixed: bool) -> str:
        return str(manifests.manifest_of(plan_of(text, fixed=True), {"fixed": fixed})["run_id"])

    ids = [run(toy(), True), run(toy(), False), run(toy(posts=2), True), run(toy() + "# \n", True)]
    assert len(set(ids)) == 4
    assert run(toy(), True) == ids[0]


def test_a_manifest_names_no_place_on_the_machine(tmp_path: Path) -> None:
    folder = tmp_path / "forces" / "mine"
    folder.mkdir(parents=True)
    (folder / "base.toml").write_text(toy(), encoding="utf-8")
    (folder / "sources.csv").write_text("id,title,publisher,date,where\n", encoding="utf-8")
    (folder / "diff.toml").write_text(
        'extends = "base.toml"\ntitle = "A diff"\nmonths = 12\n', encoding="utf-8"
    )
    found = stages.run(scenario.read(folder / "diff.toml"), fixed=True)
    manifest = manifests.manifest_of(found, {"fixed": True})
    names = [one["name"] for one in (*manifest["files"], *manifest["data"])]
    assert names == ["diff.toml", "base.toml", "sources.csv", "data/sources.csv"]
    assert str(tmp_path) not in b"".join(files_of(found).values()).decode()


# Repeating ---------------------------------------------------------------------------------


def repeated(manifest: bytes, folder: Path) -> dict[str, bytes]:
    """The files of a run done again from its manifest alone."""
    path = folder / "manifest.json"
    path.write_bytes(manifest)
    known = manifests.read_manifest(path)
    assert known.warnings == ()
    read = scenario.read(known.scenario, files=known.texts)
    made = tables.tables(stages.run(read, **known.options))
    return outputs.contents(
        made, manifests.manifest_of(stages.run(read, **known.options), known.options)
    )


OTHERS = ("lone-visits-low", "three-offices")


@pytest.mark.parametrize(
    "name", ["norfolk-2021", *(pytest.param(name, marks=pytest.mark.slow) for name in OTHERS)]
)
def test_a_manifest_repeats_a_shipped_scenario_to_the_byte(name: str, tmp_path: Path) -> None:
    files = files_of(stages.run(scenario.read(name), fixed=True))
    assert repeated(files["manifest.json"], tmp_path) == files


def test_a_manifest_repeats_a_diff_of_ones_own_after_it_is_gone(tmp_path: Path) -> None:
    # Typed on Windows: with a byte order mark and carriage returns.
    base = b"\xef\xbb\xbf" + toy(visits(), posts=1, duty="hours = 4").replace("\n", "\r\n").encode()
    (tmp_path / "base.toml").write_bytes(base)
    (tmp_path / "diff.toml").write_text(
        'extends = "base.toml"\ntitle = "Größer"\nmonths = 30\n', encoding="utf-8"
    )
    files = files_of(stages.run(scenario.read(tmp_path / "diff.toml")), fixed=False)
    (tmp_path / "base.toml").unlink()
    (tmp_path / "diff.toml").unlink()
    assert repeated(files["manifest.json"], tmp_path) == files


def test_a_manifest_is_found_in_its_folder(tmp_path: Path) -> None:
    outputs.write(tmp_path / "out", files_of(plan_of(toy(), fixed=True)), {})
    assert manifests.read_manifest(tmp_path / "out").scenario == "toy.toml"


def test_another_version_is_a_warning(tmp_path: Path) -> None:
    manifest = json.loads(files_of(plan_of(toy(), fixed=True))["manifest.json"])
    manifest |= {"version": "0.0.1", "method_version": "0"}
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert manifests.read_manifest(path).warnings == (
        f"the manifest was written by capacity 0.0.1, this is {__version__}: figures may differ",
        f"the manifest follows method 0, this is {stages.METHOD_VERSION}: figures will differ",
    )


def test_every_fault_of_a_manifest_is_told_at_once(tmp_path: Path) -> None:
    manifest = json.loads(files_of(plan_of(toy(), fixed=True))["manifest.json"])
    broken: dict[str, Any] = copy.deepcopy(manifest)
    broken["version"] = 1
    broken["options"] = {"fixed": "yes", "shell": True}
    broken["scenario"] = "other.toml"
    broken["files"][0]["text"] += "months = 600\n"
    broken["files"] += [{"name": "../../etc/passwd", "sha256": "", "text": ""}, 5]
    broken["data"] = "data/sources.csv"
    path = tmp_path / "m.json"
    path.write_text(json.dumps(broken), encoding="utf-8")
    with pytest.raises(InputError) as error:
        manifests.read_manifest(path)
    assert told(error) == [
        f"{path}: version: must be given, as text",
        f"{path}: options.fixed: must be true or false",
        f"{path}: options.shell: unknown option; must be one of: draws, fixed, recommended",
        f"{path}: files.1.sha256: must be that of the text: toy.toml has been altered",
        f"{path}: files.2.name: must be a relative name without ..",
        f"{path}: files.2.sha256: must be that of the text: ../../etc/passwd has been altered",
        f"{path}: files.3: must have a name, a sha256 and a text",
        f"{path}: data: must be a list of files with name, sha256 and text",
        f"{path}: scenario: must be the name of one of its files",
    ]


@pytest.mark.parametrize(
    ("content", "must"),
    [
        (b"", "must be a manifest written by capacity: expecting value"),
        (b"{", "must be a manifest written by capacity: expecting property name"),
        (b"[1]", "must be a manifest written by capacity: a JSON object"),
        (b"\xff\xfe", "must be a manifest written by capacity, in UTF-8"),
        (b"[" * 100_000, "must be a manifest written by capacity, in UTF-8"),
        (b"9" * 10_000, "must be a manifest written by capacity, in UTF-8"),
        (b"{}", "version: must be given, as text"),
    ],
)
def test_what_is_no_manifest_is_said_so(content: bytes, must: str, tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    path.write_bytes(content)
    with pytest.raises(InputError) as error:
        manifests.read_manifest(path)
    assert must in told(error)[0]


def test_parts_of_a_manifest_are_what_they_should_be(tmp_path: Path) -> None:
    manifest = json.loads(files_of(plan_of(toy(), fixed=True))["manifest.json"])
    path = tmp_path / "m.json"
    path.write_text(json.dumps(manifest | {"options": [], "report": 1}), encoding="utf-8")
    with pytest.raises(InputError) as error:
        manifests.read_manifest(path)
    assert told(error) == [
        f"{path}: options: must be a table of options",
        f"{path}: report: must be a table, or null where there was none",
    ]


def test_the_futures_of_a_manifest_are_a_whole_number_within_limits(tmp_path: Path) -> None:
    manifest = json.loads(files_of(plan_of(toy(), fixed=True))["manifest.json"])
    path = tmp_path / "m.json"
    for draws in (9, 1_000_001, 20.0, True):
        given = manifest | {"options": {"fixed": True, "draws": draws}}
        path.write_text(json.dumps(given), encoding="utf-8")
        with pytest.raises(InputError) as error:
            manifests.read_manifest(path)
        assert told(error) == [
            f"{path}: options.draws: must be a whole number from 10 to 1,000,000"
        ]
    given = manifest | {"options": {"fixed": True, "draws": 10}}
    path.write_text(json.dumps(given), encoding="utf-8")
    assert manifests.read_manifest(path).options["draws"] == 10


SIMULATED = {
    "draws": 10,
    "until_error": None,
    "backlog": [100],
    "fixed": True,
    "enough": False,
    "drivers": 0,
}


@pytest.mark.parametrize(
    ("changed", "faults"),
    [
        ({}, []),
        ({"seed": -1}, ["seed: must be a whole number, at least 0"]),
        ({"options": [1]}, ["options: must be a table of options"]),
        (
            {"seed": None, "options": {**SIMULATED, "backlog": [], "speed": 1}},
            [
                "seed: must be a whole number, at least 0",
                "options.speed: unknown option; must be one of: draws, until_error, backlog, "
                "fixed, enough, drivers",
                "options.backlog: must be a list of numbers",
            ],
        ),
    ],
)
def test_what_a_simulation_was_told_is_checked(
    changed: dict[str, Any], faults: list[str], tmp_path: Path
) -> None:
    manifest = json.loads(files_of(plan_of(toy(), fixed=True))["manifest.json"])
    given = {**manifest, "command": "simulate", "seed": 7, "options": SIMULATED, **changed}
    path = tmp_path / "m.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    if not faults:
        known = manifests.read_manifest(path, "simulate")
        assert (known.seed, known.options) == (7, SIMULATED)
        return
    with pytest.raises(InputError) as error:
        manifests.read_manifest(path, "simulate")
    assert told(error) == [f"{path}: {one}" for one in faults]


def test_a_manifest_too_large_to_be_ours_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "m.json"
    with path.open("wb") as hollow:
        hollow.truncate(60_000_000)
    with pytest.raises(InputError) as error:
        manifests.read_manifest(path)
    assert told(error) == [f"{path}: must be at most 50 MB"]


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        manifests.read_manifest(tmp_path / "m.json")
    assert told(error) == [f"{tmp_path / 'm.json'}: cannot be read: no such file or directory"]


# Writing -----------------------------------------------------------------------------------


def test_a_folder_is_made_with_those_around_it(tmp_path: Path) -> None:
    made = outputs.write(tmp_path / "a" / "b", ours("x.csv"), {"planning": 0.5})
    assert made == tmp_path / "a" / "b"
    assert inside(made) == ["manifest.json", "timings.json", "x.csv"]
    assert json.loads((made / "timings.json").read_text()) == {"planning": 0.5}
    assert inside(tmp_path / "a") == ["b"]


def test_an_earlier_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    place = tmp_path / "out"
    outputs.write(place, ours("old.csv", "both.csv"), {})
    (place / ".DS_Store").write_bytes(b"")
    outputs.write(place, ours("both.csv", run="2"), {})
    assert inside(place) == ["both.csv", "manifest.json", "timings.json"]
    assert (place / "both.csv").read_bytes() == b"2"
    assert inside(tmp_path) == ["out"]


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    place = tmp_path / "out"
    place.mkdir()
    outputs.write(place, ours("x.csv"), {})
    assert "x.csv" in inside(place)


def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    outputs.write(tmp_path / "link", ours("x.csv"), {})
    assert (tmp_path / "link").is_symlink()
    assert "x.csv" in inside(tmp_path / "real")


@pytest.mark.parametrize(
    ("there", "named"),
    [
        ({"thesis.docx": b"years of work"}, "thesis.docx"),
        ({"manifest.json": b'{"name": "a web app"}'}, "manifest.json"),
        ({"manifest.json": b"[" * 100_000}, "manifest.json"),
        ({**ours("x.csv"), "notes.txt": b"mine"}, "notes.txt"),
        (dict.fromkeys("abcde", b""), "a, b, c …"),
    ],
)
def test_a_folder_with_anything_else_is_left_alone(
    there: dict[str, bytes], named: str, tmp_path: Path
) -> None:
    place = tmp_path / "out"
    place.mkdir()
    for name, content in there.items():
        (place / name).write_bytes(content)
    with pytest.raises(InputError) as error:
        outputs.write(place, ours("x.csv"), {})
    assert told(error) == [
        f"{place}: --out: must be empty or hold an earlier result alone, and this holds {named}; "
        "use another folder"
    ]
    assert {one.name: one.read_bytes() for one in place.iterdir()} == there
    assert inside(tmp_path) == ["out"]


def test_a_file_is_not_a_folder(tmp_path: Path) -> None:
    (tmp_path / "out").write_bytes(b"mine")
    with pytest.raises(InputError, match="must be a folder, and this is a file"):
        outputs.write(tmp_path / "out", ours("x.csv"), {})
    assert (tmp_path / "out").read_bytes() == b"mine"


def test_the_folder_one_is_in_is_not_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for place in (".", "..", tmp_path):
        with pytest.raises(InputError, match="must not be the folder that you are in"):
            outputs.write(place, ours("x.csv"), {})
    assert inside(tmp_path) == []


def test_nothing_is_left_behind_when_a_file_cannot_be_written(tmp_path: Path) -> None:
    place = tmp_path / "a" / "b" / "out"
    with pytest.raises(OutputError, match="the name is too long; nothing was written"):
        outputs.write(place, {**ours("x.csv"), "n" * 300: b""}, {})
    assert inside(tmp_path) == []


def test_an_earlier_result_stays_when_a_new_one_cannot_be_written(tmp_path: Path) -> None:
    place = tmp_path / "out"
    outputs.write(place, ours("x.csv"), {})
    with pytest.raises(OutputError):
        outputs.write(place, {**ours("x.csv", run="2"), "n" * 300: b""}, {})
    assert (place / "x.csv").read_bytes() == b"1"
    assert inside(tmp_path) == ["out"]


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OutputError, match="a part of this path is a file, not a folder"):
        outputs.write(tmp_path / "file" / "out", ours("x.csv"), {})


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "denied"), "a file in it is open in another program"),
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EROFS, "Read-only file system"), "the disk is read-only"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "your share of the disk is full"),
        (OSError(errno.EIO, "Input/output error"), "cannot be written: input/output error"),
    ],
)
def test_what_a_system_says_is_put_in_plain_words(error: OSError, words: str) -> None:
    with pytest.raises(OutputError, match=words), outputs._told(Path("out")):
        raise error


def test_one_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "new" / "x.toml"
    saving.save(place, b"1", replace=False)
    assert (place.read_bytes(), inside(place.parent)) == (b"1", ["x.toml"])
    with pytest.raises(InputError, match="must be a new file: one of this name is there already"):
        saving.save(place, b"2", replace=False)
    assert place.read_bytes() == b"1"
    saving.save(place, b"2", replace=True)
    assert place.read_bytes() == b"2"
    with pytest.raises(InputError, match="must be a file, and this is a folder"):
        saving.save(place.parent, b"3", replace=True)
    with pytest.raises(InputError, match="must be the name of a file"):
        saving.save(place.parent / ("n" * 300), b"3", replace=True)
    with pytest.raises(OutputError, match=r"cannot be written: .*; nothing was written"):
        saving.save(place / "below.toml", b"3", replace=True)
    assert inside(place.parent) == ["x.toml"]


def test_two_results_at_once_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / f".out.{os.getpid()}-0.partial").mkdir()
    outputs.write(tmp_path / "out", ours("x.csv"), {})
    assert "x.csv" in inside(tmp_path / "out")


# Parquet -----------------------------------------------------------------------------------


def test_parquet_holds_what_the_tables_hold() -> None:
    tables = {
        "numbers": pd.DataFrame({"month": ["2025-04", "2025-05"], "cases": [1.5, None]}),
        "mixed": pd.DataFrame({"value": pd.Series([0.03, "strict", None], dtype=object)}),
    }
    files = outputs.as_parquet(tables)
    assert sorted(files) == ["mixed.parquet", "numbers.parquet"]
    numbers = pd.read_parquet(io.BytesIO(files["numbers.parquet"]))
    pd.testing.assert_frame_equal(numbers, tables["numbers"])
    mixed = pd.read_parquet(io.BytesIO(files["mixed.parquet"]))["value"]
    assert mixed[:2].tolist() == ["0.03", "strict"]
    assert mixed.isna().tolist() == [False, False, True]
    assert files == outputs.as_parquet(tables)


def test_tables_are_written_as_parquet_too(tmp_path: Path) -> None:
    typed = ["plan", "norfolk-2021", "--fixed", "--no-why", "--no-report", "--format", "parquet"]
    done = CliRunner().invoke(cli.app, [*typed, "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    written = {path.name for path in (tmp_path / "out").iterdir()}
    names = {name.removesuffix(".csv") for name in written if name.endswith(".csv")}
    assert {f"{name}.parquet" for name in names} <= written
    listed = json.loads((tmp_path / "out" / "manifest.json").read_text())["outputs"]
    assert set(listed) == written - {"timings.json"}
    csv = pd.read_csv(tmp_path / "out" / "staffing.csv")
    parquet = pd.read_parquet(tmp_path / "out" / "staffing.parquet")
    pd.testing.assert_frame_equal(csv, parquet, check_dtype=False)


@pytest.mark.parametrize(
    "typed", [["plan", "norfolk-2021"], ["simulate", "norfolk-2021"], ["compare", "a", "b"]]
)
def test_parquet_needs_a_folder(typed: list[str]) -> None:
    done = CliRunner().invoke(cli.app, [*typed, "--format", "parquet"])
    assert done.exit_code == 2
    assert "--format: must come with --out, which names the folder" in done.output
