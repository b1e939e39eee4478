"""The dashboards in a real browser: lines are drawn, the keyboard moves the crosshair, silence is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.browser import barriers

from tixmaster.oncall.app import Oncall

from .conftest import Open
from .prometheus import running

if TYPE_CHECKING:
    from playwright.sync_api import Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

INK = """place => {
    const canvas = place.querySelector("canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
    const wanted = getComputedStyle(document.documentElement).getPropertyValue("--line-1").trim();
    const rgb = [1, 3, 5].map((at) => parseInt(wanted.slice(at, at + 2), 16));
    let found = 0;
    const near = (at) => rgb.every((part, place) => Math.abs(pixels[at + place] - part) < 8);
    for (let at = 0; at < pixels.length; at += 4) found += near(at);
    return found;
}"""
"""How many pixels have the colour of the first line."""


@pytest.fixture
def page(open_window: Open) -> Page:
    """A window of somebody who looks on."""
    return open_window("viewer")


def test_lines_are_drawn_from_prometheus_and_the_keyboard_reads_them(page: Page, oncall: Oncall) -> None:
    """The panel of the link is in sight and says its last value; the arrow keys say others; dragging looks closer."""
    with running(oncall.desk.config, oncall.desk.config.root):
        page.goto("/dashboards/tixmaster-overview?panel=2")
        panel = page.locator("#panel-2")
        panel.locator("canvas").wait_for()
        assert "backend 3 %" in (panel.locator("[data-plot]").get_attribute("aria-label") or "")
        assert panel.locator("[data-plot]").evaluate(INK) > 100
        assert page.locator("[data-tile='101'].amiss .value").inner_text() == "97 %"
        assert page.locator("#panel-8 .numbers").inner_text().split("\n")[0] == "sold 30"
        playwright.expect(panel).to_be_in_viewport()
        panel.locator("[data-plot]").focus()
        page.keyboard.press("ArrowLeft")
        playwright.expect(page.locator("#spoken")).to_contain_text("backend 3 %")
        box = panel.locator(".u-over").bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + 40)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.8, box["y"] + 40, steps=4)
        page.mouse.up()
        page.wait_for_url("**from=*to=*")
        assert barriers(page) == []


def test_silence_of_prometheus_is_said_with_what_to_do(page: Page) -> None:
    """On the list and on a dashboard; nothing is drawn, and nothing breaks."""
    for path in ("/dashboards", "/dashboards/tixmaster-postgres"):
        page.goto(path)
        playwright.expect(page.locator("#problem")).to_contain_text("tix restart monitoring")
