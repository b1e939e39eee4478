"""Every page that a link leads to, in a real browser: nothing goes wrong, and nobody is kept out."""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.browser import Browser, barriers, too_wide

from tixmaster.oncall import person
from tixmaster.oncall.app import Oncall

from .conftest import Open, open_incident
from .test_pages import propose

if TYPE_CHECKING:
    from playwright.sync_api import Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href)"
ONE_OF_A_KIND = re.compile(r"^/(sop|dashboards|drills|mail|causes)/[^/]+|\d+")
"""What differs in pages that are of one kind."""


def pages(window: Page, first: str) -> list[str]:
    """The paths of all pages, one of each kind; a file that a link leads to is none."""
    waiting, kinds, found = deque([first]), set[str](), list[str]()
    while waiting:
        path = waiting.popleft()
        kind = ONE_OF_A_KIND.sub("*", path)
        if kind in kinds:
            continue
        kinds.add(kind)
        answer = window.context.request.get(path)
        if answer.ok and answer.headers["content-type"].startswith("text/html"):
            found.append(path)
            window.goto(path)
            here = urlsplit(window.url).netloc
            waiting.extend(urlsplit(link).path for link in window.evaluate(LINKS) if urlsplit(link).netloc == here)
    return found


@pytest.mark.parametrize(
    "look", [{"language": "en"}, {"language": "zh-TW", "scheme": "dark", "phone": True}], ids=["desktop", "phone"]
)
def test_every_page_is_for_everybody(oncall: Oncall, open_window: Open, browser: Browser, look: dict[str, Any]) -> None:
    """In English by day at a desk, in Chinese by night on a phone; axe-core finds nothing serious."""
    name = open_incident(oncall)
    propose(oncall)
    person.note(oncall.desk, 1, "seen, looking into it", by="somebody")
    window = open_window("administrator", **look)
    found = pages(window, "/")
    assert f"/incidents/{name}" in found
    assert len(found) >= 8
    amiss = []
    for path in found:
        window.goto(path)
        amiss += barriers(window)
        if too_wide(window):
            amiss.append(f"{path} is wider than the window")
    assert amiss == []


def test_an_incident_is_handled_with_the_keyboard_alone(oncall: Oncall, open_window: Open) -> None:
    """From the log-in on: to the incident, the approval of its remedy, and a remark; the focus is always to be seen."""
    name = open_incident(oncall)
    propose(oncall)
    window = open_window("responder")
    window.goto("/incidents")
    walk_to(window, f"a[href='/incidents/{name}']")
    window.keyboard.press("Enter")
    window.wait_for_url(f"**/incidents/{name}")
    walk_to(window, "form[action$='/approve'] button")
    window.keyboard.press("Enter")
    playwright.expect(window.locator("main")).to_contain_text("responder")
    walk_to(window, "form[action$='/note'] textarea, form[action$='/note'] input[name=text]")
    window.keyboard.type("restarted by hand of nobody")
    walk_to(window, "form[action$='/note'] button")
    window.keyboard.press("Enter")
    window.get_by_text("restarted by hand of nobody").first.wait_for(state="attached")


def walk_to(window: Page, place: str, most: int = 150) -> None:
    """Presses Tab until the focus is there; each stop on the way is marked for the eye."""
    for _ in range(most):
        window.keyboard.press("Tab")
        if window.evaluate("(place) => Boolean(document.activeElement?.matches(place))", place):
            marked = (
                "() => { const seen = getComputedStyle(document.activeElement); return seen.outlineStyle !== 'none'; }"
            )
            assert window.evaluate(marked), f"nobody sees that the focus is at {place}"
            return
    raise AssertionError(f"the keyboard does not get to {place}")
