"""The five-minute test: what a manager asks, in a real browser, against the engine.

Each question takes at most four clicks; the answer is read off the screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import lru_cache

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from capacity import stages
from capacity.app import five
from capacity.app.toml_text import WhatIf, from_address, to_address
from capacity.reading.scenario import Scenario, read
from capacity.results import summary
from capacity.why import headlines
from capacity.wording import pounds
from tests.serving import AT_REST

MOST_CLICKS = 4
WIDTHS = (1440, 1024, 390)
GROWTH, HELP = "cohorts.rso.growth_per_year", "flex.iom to ppu.max_share"
BASE = read("norfolk-2024")


@dataclass
class Visitor:
    """Somebody in front of a page, whose clicks are counted."""

    page: Page
    address: str
    clicks: int = field(default=0)

    def click(self, place: Locator) -> None:
        place.click()
        self.clicks += 1

    def come(self, path: str = "") -> None:
        self.page.goto(self.address + path)
        self.rest()
        self.clicks = 0

    def rest(self) -> None:
        self.page.wait_for_timeout(300)  # what was just done may not have reached the server yet
        self.page.locator(AT_REST).wait_for(timeout=60_000)

    def button(self, name: str) -> None:
        self.click(self.page.get_by_role("button", name=name, exact=True))

    def menu(self, name: str) -> None:
        """Choose a page of the menu, which a phone has in the page itself."""
        inside = self.page.locator(".st-key-menu")
        place = inside if inside.is_visible() else self.page
        links = place.get_by_role("link", name=name, exact=True)
        self.click(links.locator("visible=true").first)

    def slide(self, label: str, key: str, times: int = 1) -> None:
        """Move a slider with the keyboard, which is no click."""
        handle = self.page.get_by_role("slider", name=re.compile(re.escape(label)))
        handle.focus()
        for _ in range(times):
            handle.press(key)
        self.rest()

    def shows(self, sentence: str) -> None:
        expect(self.page.locator(".st-key-answer")).to_contain_text(sentence, timeout=30_000)


@pytest.fixture
def visitor(
    request: pytest.FixtureRequest, browser: Browser, app_address: str
) -> Iterator[Visitor]:
    page = browser.new_page(viewport={"width": request.param, "height": 800})
    yield Visitor(page, app_address)
    page.close()


def at_widths(*widths: int) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("visitor", widths, indirect=True)


def sentences(what_if: WhatIf | None = None) -> list[str]:
    """The paragraphs of the answer for current posts."""
    address = to_address("", what_if or WhatIf(), team=False)
    return _told(tuple((name, tuple(texts)) for name, texts in address.items()))


@lru_cache
def _told(address: tuple[tuple[str, tuple[str, ...]], ...]) -> list[str]:
    what_if = from_address(dict(address))[1]
    found = before = stages.run(BASE, fixed=True)
    if what_if:
        found = replace(stages.run(what_if.applied_to(BASE), fixed=True), before=before)
    return list(summary.paragraphs(headlines.read_off(found)))


def shortcut(label: str, base: Scenario = BASE) -> WhatIf:
    found = next(one for one in five.shortcuts(base) if one.label == label)
    return WhatIf(found.values, found.added)


def both(*some: WhatIf) -> WhatIf:
    values = {name: value for one in some for name, value in one.values.items()}
    return WhatIf(values, tuple(item for one in some for item in one.added))


def do_nothing(who: Visitor) -> WhatIf | None:
    who.come()
    return None


def growth_of_five(who: Visitor) -> WhatIf:
    who.come()
    who.slide("Growth in registered sex offenders", "ArrowRight", 4)  # from 3 by halves
    return WhatIf({GROWTH: 0.05})


def iom_helps_less(who: Visitor) -> WhatIf:
    who.come()
    who.slide("IOM team helping", "Home")
    return WhatIf({HELP: 0})


def iom_helps_more(who: Visitor) -> WhatIf:
    who.come()
    who.slide("IOM team helping", "ArrowRight", 2)  # from 30 by fives
    return WhatIf({HELP: 0.4})


def leave_and_loan(who: Visitor) -> WhatIf:
    who.come()
    who.button("Two on leave")
    who.rest()
    who.button("One on loan")
    return both(shortcut("Two on leave"), shortcut("One on loan"))


def another_regime(who: Visitor) -> WhatIf:
    who.come()
    label = "Home visits to low every 18 months"
    who.button("No new posts")
    who.rest()
    who.button(label)
    return both(shortcut("No new posts"), shortcut(label))


def back_next_month(who: Visitor) -> WhatIf:
    """The address of what was looked at brings it back."""
    found = growth_of_five(who)
    address = who.page.url
    who.page.goto("about:blank")
    who.page.goto(address)
    who.rest()
    return found


ASKED: list[Callable[[Visitor], WhatIf | None]] = [
    do_nothing,
    growth_of_five,
    iom_helps_less,
    iom_helps_more,
    leave_and_loan,
    another_regime,
    back_next_month,
]


@pytest.mark.slow
@at_widths(*WIDTHS)
def test_what_is_asked_of_current_posts_is_answered_as_the_engine_does(visitor: Visitor) -> None:
    for ask in ASKED:
        what_if = ask(visitor)
        for words in sentences(what_if):
            visitor.shows(words)
        assert visitor.clicks <= MOST_CLICKS, ask.__name__
        width = visitor.page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
        assert width <= (visitor.page.viewport_size or {"width": 0})["width"], ask.__name__


@pytest.mark.slow
@at_widths(390)
def test_how_many_by_when_and_at_what_cost(visitor: Visitor) -> None:
    """The team needed: the posts, from when, and what they cost in a full year."""
    visitor.come()
    visitor.menu("Team")
    visitor.button("Work out the team")
    said = headlines.read_off(stages.run(BASE))
    for words in summary.paragraphs(said):
        visitor.shows(words)
    visitor.shows(pounds(said.full_year[1]))
    visitor.rest()
    visitor.click(visitor.page.get_by_role("link", name="Money"))
    expect(visitor.page.get_by_text("Options side by side", exact=True)).to_be_visible()
    assert visitor.clicks <= MOST_CLICKS


@pytest.mark.slow
@at_widths(390)
def test_a_paper_for_finance_is_asked_for_with_two_clicks(visitor: Visitor) -> None:
    """That it is made, and is the command's to the byte, is another test's."""
    visitor.come()
    visitor.menu("Report")
    expect(visitor.page.get_by_role("button", name="Make the report")).to_be_enabled()
    assert visitor.clicks < MOST_CLICKS


@pytest.mark.slow
@at_widths(390)
def test_on_a_phone_levers_and_results_use_the_whole_width(visitor: Visitor) -> None:
    visitor.come()
    for where in (".st-key-levers", "[data-testid=stVegaLiteChart]"):
        box = visitor.page.locator(where).first.bounding_box()
        assert box is not None
        assert box["width"] > 300


@pytest.mark.slow
def test_a_button_pressed_with_the_keyboard_keeps_its_place(page: Page, app_address: str) -> None:
    visitor = Visitor(page, app_address)
    visitor.come()
    button = page.get_by_role("button", name="Two on leave", exact=True)
    button.focus()
    page.keyboard.press("Enter")
    visitor.rest()
    visitor.shows(sentences(shortcut("Two on leave"))[0])
    expect(button).to_be_focused()
    agree = page.get_by_role("button", name="What to agree now")
    agree.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Looking for the posts to agree now")).to_be_visible()
    expect(agree).to_be_focused()


@pytest.mark.slow
def test_a_lever_stays_where_a_page_is_slow_to_learn_its_new_address(
    page: Page, app_address: str
) -> None:
    """What asks for simulations in the background still says the address of before."""
    late = []

    def keep_addresses(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def passed_on(message: str | bytes) -> None:
            read = ForwardMsg()
            read.ParseFromString(message if isinstance(message, bytes) else message.encode())
            if read.WhichOneof("type") == "page_info_changed" and GROWTH in str(read):
                late.append(message)
            else:
                socket.send(message)

        server.on_message(passed_on)

    page.route_web_socket(re.compile("_stcore/stream"), keep_addresses)
    visitor = Visitor(page, app_address)
    visitor.come()
    visitor.slide("Growth in registered sex offenders", "ArrowRight", 2)
    for words in sentences(WhatIf({GROWTH: 0.04})):
        visitor.shows(words)
    expect(visitor.page.locator(".st-key-answer")).to_contain_text("simulations")
    visitor.page.wait_for_timeout(2000)
    visitor.shows(sentences(WhatIf({GROWTH: 0.04}))[0])
    assert late
    assert GROWTH not in page.url


@pytest.mark.slow
def test_back_undoes_the_last_lever_and_no_click_is_lost(page: Page, app_address: str) -> None:
    visitor = Visitor(page, app_address)
    visitor.come()
    visitor.slide("Growth in registered sex offenders", "ArrowRight")  # by half a per cent
    visitor.shows(sentences(WhatIf({GROWTH: 0.035}))[0])
    page.go_back()
    visitor.rest()
    visitor.shows(sentences()[0])
    assert GROWTH not in page.url
    for name in ("Two on leave", "One on loan"):  # the second before the first was answered
        page.get_by_role("button", name=name, exact=True).click()
    what_if = both(shortcut("Two on leave"), shortcut("One on loan"))
    visitor.shows(sentences(what_if)[0])
