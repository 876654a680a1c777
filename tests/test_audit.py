"""What CI says of packages with known weaknesses, of packages nobody knows, and of no network."""

import importlib.machinery
import importlib.util
import json
import runpy
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module")
def audit(repository: Path) -> Any:
    loader = importlib.machinery.SourceFileLoader("audit", str(repository / ".ci" / "audit"))
    spec = importlib.util.spec_from_loader("audit", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def answer(*weak: str) -> str:
    vulns = [{"id": one, "aliases": [f"CVE-{one}"], "fix_versions": ["2.0"]} for one in weak]
    return json.dumps({"dependencies": [{"name": "a", "version": "1.0", "vulns": vulns}]})


def test_every_dependency_is_listed_with_its_licence_and_reason(repository: Path) -> None:
    page = runpy.run_path(str(repository / "docs" / "make_dependencies.py"))["text"]()
    assert (repository / "docs" / "dependencies.md").read_text(encoding="utf-8") == page
    assert "| ? |" not in page


def test_a_known_weakness_fails_unless_it_is_listed(audit: Any) -> None:
    code, lines = audit.told(1, answer("X-1"), "", {})
    assert code == 1
    assert lines == [
        "a 1.0: X-1, fixed in: 2.0",
        "1 packages looked up, 1 known weaknesses not listed.",
    ]
    code, lines = audit.told(1, answer("X-1"), "", {"CVE-X-1": "not used"})
    assert code == 0
    assert lines[0] == "a 1.0: X-1, fixed in: 2.0 (listed: not used)"
    assert audit.told(0, answer(), "", {})[0] == 0


def test_without_a_network_it_says_so_and_fails_nothing(audit: Any) -> None:
    code, lines = audit.told(1, "", "x\nConnectionError: Max retries exceeded", {})
    assert code == 0
    assert lines[0].startswith("Not checked for known weaknesses: nobody could be asked (")
    unknown = json.dumps({"dependencies": [{"name": "a", "skip_reason": "not found"}]})
    code, lines = audit.told(0, unknown, "", {})
    assert code == 0
    assert lines == [
        "Not checked for known weaknesses: 1 packages of which whoever was asked knows nothing (a)."
    ]


def test_any_other_fault_of_the_audit_is_a_fault(audit: Any) -> None:
    assert audit.told(2, "", "No such option: --formt", {}) == (
        1,
        ["pip-audit failed (2): No such option: --formt"],
    )
