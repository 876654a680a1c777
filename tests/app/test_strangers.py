"""Who may come in, and what one person's session can learn of another's."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from typer.testing import CliRunner

from capacity.app import door
from capacity.cli import _admitting, app
from capacity.reading.scenario_text import text_of
from tests.serving import AT_REST, free_port, served
from tests.signing_in import CLIENT, SECRET, Provider, provided
from tests.toys import toy

TENANT = "https://login.microsoftonline.com/1b9e6c2e-0000-4000-8000-000000000000/v2.0"
AUTH = {
    "redirect_uri": "https://capacity.example.police.uk/oauth2callback",
    "cookie_secret": "0123456789abcdef0123456789abcdef",
    "client_id": CLIENT,
    "client_secret": SECRET,
    "server_metadata_url": f"{TENANT}/.well-known/openid-configuration",
}


# The rules ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("LOCALHOST", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.5", False),
        ("example.police.uk", False),
        ("localhost.example.com", False),
        ("", False),
        (None, False),
    ],
)
def test_which_addresses_are_this_machine(address: str | None, ours: bool) -> None:
    assert door.is_this_machine(address) == ours


FAULTS: list[tuple[Mapping[str, Any], str]] = [
    ({"client_secret": ""}, "auth.client_secret"),
    ({"cookie_secret": "short"}, "auth.cookie_secret"),
    ({"redirect_uri": "https://x.police.uk/"}, "auth.redirect_uri"),
    ({"server_metadata_url": AUTH["server_metadata_url"].replace("https", "http")},
     "auth.server_metadata_url"),
    *(
        ({"server_metadata_url": f"https://login.microsoftonline.com/{one}/v2.0/.well-known/x"},
         "auth.server_metadata_url")
        for one in ("common", "organizations", "consumers", "COMMON")
    ),
    ({"server_metadata_url": "https://accounts.example.com/.well-known/openid-configuration"},
     "capacity.people"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "setting"), FAULTS)
def test_sign_in_that_lets_strangers_in_is_refused(
    changed: Mapping[str, Any], setting: str
) -> None:
    assert [name for name, _ in door.faults_of_sign_in({"auth": {**AUTH, **changed}})] == [setting]


def test_sign_in_that_is_in_order_is_taken() -> None:
    assert not list(door.faults_of_sign_in({"auth": AUTH}))
    other = {**AUTH, "server_metadata_url": "https://accounts.example.com/x"}
    people = {"auth": other, "capacity": {"people": ["@example.police.uk"]}}
    assert not list(door.faults_of_sign_in(people))
    assert door.names_of(people)[0] == "capacity.example.police.uk"


@pytest.mark.parametrize(
    ("person", "people", "may"),
    [
        ({"email": "a@b.police.uk"}, (), True),
        ({"email": "A@B.police.uk"}, ("@b.police.uk",), True),
        ({"preferred_username": "a@b.police.uk"}, ("a@b.police.uk",), True),
        ({"email": "a@evil-b.police.uk.com"}, ("@b.police.uk",), False),
        ({"email": "x@sub.b.police.uk"}, ("@b.police.uk",), False),
        ({"email": "a@b.police.uk", "email_verified": False}, ("@b.police.uk",), False),
        ({}, ("@b.police.uk",), False),
    ],
)
def test_who_of_those_signed_in_may_come_in(
    person: Mapping[str, Any], people: tuple[str, ...], may: bool
) -> None:
    assert door.may_come_in(person, people) == may


# Starting ----------------------------------------------------------------------------------


def secrets_file(folder: Path, **changed: str) -> Path:
    path = folder / "secrets.toml"
    path.write_text(text_of({"auth": {**AUTH, **changed}}), encoding="utf-8")
    return path


def test_the_command_does_not_open_the_pages_to_everybody(tmp_path: Path) -> None:
    for host in ("0.0.0.0", "10.0.0.5", "::", "example.police.uk"):
        done = CliRunner().invoke(app, ["app", "--host", host])
        assert done.exit_code == 2
        assert "--host: must come with --sign-in FILE, or --behind-proxy" in done.output
    path = secrets_file(tmp_path, cookie_secret="short")
    done = CliRunner().invoke(app, ["app", "--host", "0.0.0.0", "--sign-in", str(path)])
    assert done.exit_code == 2
    assert "auth.cookie_secret: must have 32 letters or more" in done.output
    assert "sesame" not in done.output
    path.write_text('[auth]\nclient_secret = "sesame', encoding="utf-8")
    done = CliRunner().invoke(app, ["app", "--sign-in", str(path)])
    assert done.exit_code == 2
    assert "sesame" not in done.output


def test_what_the_server_is_told_of_who_may_come_in(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "localhost", "127.0.0.2"):
        assert _admitting(host, None, behind_proxy=False) == []
    proxy = ["--server.allowedHosts", "*", "--", door.BEHIND_PROXY]
    assert _admitting("0.0.0.0", None, behind_proxy=True) == proxy
    path = secrets_file(tmp_path)
    told = _admitting("0.0.0.0", str(path), behind_proxy=False)
    assert told[:2] == ["--secrets.files", str(path)]
    hosts = ["capacity.example.police.uk", "127.0.0.1", "localhost", "::1"]
    assert told[2:] == [word for host in hosts for word in ("--server.allowedHosts", host)]
    both = _admitting("0.0.0.0", str(path), behind_proxy=True)
    assert both == [*told, "--", door.BEHIND_PROXY]


def test_sign_in_that_is_not_set_up_or_cannot_be_read(tmp_path: Path) -> None:
    assert list(door.faults_of_sign_in({"auth": "yes"})) == [
        ("auth", "must be given: the table [auth] of a secrets.toml")
    ]
    done = CliRunner().invoke(app, ["app", "--sign-in", str(tmp_path / "none.toml")])
    assert done.exit_code == 2
    assert "none.toml: cannot be read: no such file or directory" in done.output


@pytest.mark.slow
@pytest.mark.parametrize("options", [["--server.address=0.0.0.0"], ["--server.address="]])
def test_streamlit_itself_does_not_open_them_either(repository: Path, options: list[str]) -> None:
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", *options]
    command += ["--server.headless=true", f"--server.port={free_port()}"]
    done = subprocess.run(
        command, cwd=repository, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 2
    assert "nobody would ask who they are" in done.stderr


@pytest.mark.slow
def test_every_answer_carries_the_policy(tmp_path: Path) -> None:
    with served(tmp_path / "log") as server:
        for path in ("/", "/_stcore/health", "/no-such-page", "/static/none.js"):
            try:
                with urllib.request.urlopen(server.address + path, timeout=10) as answer:
                    headers = answer.headers
            except urllib.error.HTTPError as error:
                headers = error.headers
            for name, value in door.HEADERS.items():
                assert headers[name] == value, (path, name)
    policy = door.HEADERS["content-security-policy"]
    scripts = next(one for one in policy.split("; ") if one.startswith("script-src"))
    assert re.fullmatch(r"script-src 'self'( 'sha256-[A-Za-z0-9+/=]{44}')+", scripts)


# In the browser ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages, open to those who sign in."""
    folder = tmp_path_factory.mktemp("closed")
    path = secrets_file(folder)
    with served(folder / "log", f"--secrets.files={path}") as server:
        yield server.address
    assert "sesame" not in (folder / "log").read_text()


@pytest.mark.parametrize("page_name", ["", "what-if?scenario=norfolk-2024", "report", "money"])
def test_nothing_is_shown_before_sign_in(page: Page, closed: str, page_name: str) -> None:
    page.goto(f"{closed}/{page_name}")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    page.locator(AT_REST).wait_for()
    words = page.locator("body").inner_text()
    assert "Norfolk" not in words
    assert page.get_by_test_id("stFileUploader").count() == 0
    assert "sesame" not in page.content()


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """Who says who somebody is."""
    with provided(tmp_path_factory.mktemp("provider")) as found:
        yield found


@pytest.fixture(scope="module")
def ours(provider: Provider, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The pages, open to one force's people who sign in there."""
    folder, port = tmp_path_factory.mktemp("ours"), free_port()
    own = {"redirect_uri": f"http://127.0.0.1:{port}/oauth2callback"}
    path = secrets_file(folder, server_metadata_url=provider.metadata, **own)
    with path.open("a", encoding="utf-8") as file:
        file.write('\n[capacity]\npeople = ["@example.police.uk"]\n')
    trust = {"SSL_CERT_FILE": str(provider.certificate)}
    trust["CAPACITY_WORKSPACE"] = str(folder / "kept")
    with served(folder / "log", f"--secrets.files={path}", port=port, **trust) as server:
        yield server.address
    log = (folder / "log").read_text()
    assert "sesame" not in log
    assert "officer@" not in log


def test_people_of_the_force_sign_in_and_out(
    browser: Browser, ours: str, provider: Provider
) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    provider.person = {"email": "officer@example.police.uk", "name": "An officer"}
    page.goto(ours)
    page.get_by_role("button", name="Sign in").click(timeout=60_000)
    expect(page.get_by_text("Signed in: An officer")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", name="Norfolk").first).to_be_visible(timeout=60_000)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=60_000)
    assert "Norfolk" not in page.locator("body").inner_text()
    page.context.close()


def test_others_who_can_sign_in_are_shown_nothing(
    browser: Browser, ours: str, provider: Provider
) -> None:
    page = browser.new_context(ignore_https_errors=True).new_page()
    provider.person = {"email": "somebody@elsewhere.example", "name": "Somebody"}
    page.goto(f"{ours}/money")
    page.get_by_role("button", name="Sign in").click(timeout=60_000)
    expect(page.get_by_text("does not have access")).to_be_visible(timeout=60_000)
    page.locator(AT_REST).wait_for()
    assert "Norfolk" not in page.locator("body").inner_text()
    assert page.get_by_test_id("stFileUploader").count() == 0
    page.context.close()


@pytest.mark.slow
def test_work_is_its_makers_until_they_give_access(
    browser: Browser, ours: str, provider: Provider, tmp_path: Path
) -> None:
    def signed_in(name: str, address: str) -> Page:
        page = browser.new_context(ignore_https_errors=True).new_page()
        provider.person = {"email": f"{name}@example.police.uk", "name": name}
        page.goto(address)
        page.get_by_role("button", name="Sign in").click(timeout=60_000)
        expect(page.get_by_text(f"Signed in: {name}")).to_be_visible(timeout=60_000)
        return page

    one = signed_in("analyst", ours)
    expect(one.get_by_role("heading", name="Norfolk").first).to_be_visible(timeout=60_000)
    upload(one, tmp_path, "x.toml", toy().replace("A toy", "Known to one only"))
    expect(one.get_by_text("Kept as Known to one only")).to_be_visible(timeout=60_000)
    one.locator(AT_REST).wait_for(timeout=60_000)
    link = one.url
    assert "work=" in link
    other = signed_in("manager", ours)
    other.goto(link)
    expect(other.get_by_text("This work cannot be opened")).to_be_visible(timeout=60_000)
    other.goto(f"{ours}/our-work")
    expect(other.get_by_text("Nothing yet.")).to_be_visible(timeout=60_000)
    assert "Known to one only" not in other.locator("body").inner_text()
    one.get_by_role("link", name="Our work").click()
    one.get_by_text("Who has access").click()
    one.get_by_label("Address of a colleague").fill("manager@example.police.uk")
    one.get_by_role("button", name="Give access").click()
    expect(one.get_by_text("Access is changed.")).to_be_visible(timeout=60_000)
    other.goto(link)
    expect(other.get_by_role("heading", name="Known to one only")).to_be_visible(timeout=60_000)
    expect(other.get_by_text("You can see this work")).to_be_visible()
    for page in (one, other):
        page.context.close()


def test_no_script_is_stopped_by_the_policy(page: Page, app_address: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(app_address)
    page.locator(AT_REST).wait_for(timeout=60_000)
    expect(page.locator("canvas, svg.marks").first).to_be_visible(timeout=60_000)
    assert not [one for one in said if "Content Security Policy" in one or "EvalError" in one]


@pytest.fixture
def two(browser: Browser, app_address: str) -> Iterator[Callable[[], Page]]:
    """Opens the pages for one more person."""
    opened = []

    def another() -> Page:
        context = browser.new_context()
        opened.append(context)
        page = context.new_page()
        page.goto(app_address)
        page.locator(AT_REST).wait_for(timeout=60_000)
        return page

    yield another
    for context in opened:
        context.close()


def upload(page: Page, folder: Path, name: str, text: str) -> None:
    """Open a scenario file as a person does."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    page.get_by_role("button", name="Open a scenario file").click()
    with page.expect_file_chooser() as chooser:
        page.get_by_test_id("stFileUploader").locator("button:visible").last.click()
    chooser.value.set_files(path)


def test_one_person_sees_nothing_of_another(two: Callable[[], Page], tmp_path: Path) -> None:
    one, other = two(), two()
    upload(one, tmp_path, "secret-name.toml", toy().replace("A toy", "Known to one only"))
    expect(one.get_by_text("Known to one only").first).to_be_visible(timeout=60_000)
    other.reload()
    other.locator(AT_REST).wait_for(timeout=60_000)
    other.get_by_role("combobox").first.click()
    assert "Known to one only" not in other.locator("body").inner_text()
    assert "secret-name" not in other.content()
    other.keyboard.press("Escape")
    # Nor by the address that the first has: the file stays with its session.
    other.goto(one.url)
    other.locator(AT_REST).wait_for(timeout=60_000)
    expect(other.get_by_text("This scenario is not open").first).to_be_visible(timeout=60_000)
    assert "Known to one only" not in other.locator("body").inner_text()
    # The same file under another name: results may be shared, names may not.
    third = two()
    upload(third, tmp_path, "own-name.toml", toy().replace("A toy", "Known to one only"))
    expect(third.get_by_text("Known to one only").first).to_be_visible(timeout=60_000)
    assert "secret-name" not in third.content()


def test_uploads_are_not_written_to_disk(page: Page, tmp_path: Path) -> None:
    mark = "held in memory alone"
    (tmp_path / "server").mkdir()
    (tmp_path / "mine").mkdir()
    with served(tmp_path / "log", TMPDIR=str(tmp_path / "server")) as server:
        page.goto(server.address)
        page.locator(AT_REST).wait_for(timeout=60_000)
        upload(page, tmp_path / "mine", "x.toml", toy().replace("A toy", mark))
        expect(page.get_by_text(mark).first).to_be_visible(timeout=60_000)
        assert not [one for one in (tmp_path / "server").rglob("*") if one.is_file()]
    assert mark not in (tmp_path / "log").read_text()
