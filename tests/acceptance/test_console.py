"""The console during trouble, in a real browser: a drill is started in it, followed, decided on, and seen to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from tests.browser import Browser, barriers, too_wide
from tests.system import placed, tix

from tixmaster.stack import packages, secrets
from tixmaster.stack.config import Config

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

PATIENCE_MILLISECONDS = 300_000
"""On a busy machine shoppers take their time to come to their pace, before which no drill begins."""


@pytest.fixture
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """A running system that may be broken on purpose."""
    if packages.missing():
        pytest.skip("prometheus and prometheus-alertmanager are not installed")
    config = placed(tmp_path_factory.mktemp("console"), "fault_endpoints = true")
    try:
        brought = tix(config, "up", seconds=240)
        assert brought.returncode == 0, brought.stderr
        yield config
    finally:
        tix(config, "down")


def signed_in(window: Page, config: Config) -> Page:
    window.set_default_timeout(PATIENCE_MILLISECONDS)
    window.goto("/login")
    window.fill("[name=name]", "admin")
    window.fill("[name=password]", secrets.read(config, "console-password"))
    window.click(".sign-in button")
    window.wait_for_url(lambda address: "/login" not in address)
    return window


def test_a_drill_from_its_button_to_the_recovery(system: Config, browser: Browser) -> None:
    """Its incident appears on an open page, its steps are ticked off live, the restart is approved, and it recovers. A second
    window, in Chinese on a phone at night, sees the same and is never loaded anew."""
    desk = signed_in(browser.open(system.url("oncall")), system)
    phone = signed_in(
        browser.open(system.url("oncall"), language="zh-TW", scheme="dark", phone=True, timezone_id="Asia/Taipei"),
        system,
    )
    desk.goto("/drills/instance-down")
    desk.check("[name=approve]")
    desk.click("form[action='/drills/instance-down'] button")
    incident, problem = desk.locator("#run a[href^='/incidents/INC-']"), desk.locator("#run .problem-bar")
    incident.or_(problem).wait_for()
    assert problem.all_inner_texts() == []
    phone.goto(str(incident.get_attribute("href")))
    phone.evaluate("() => { window.first = true; }")
    incident.click()
    desk.locator("#steps .mark.failed").first.wait_for()
    approve = desk.locator("form[action$='/approve'] button")
    approve.wait_for()
    assert barriers(desk) == []
    approve.click()
    for step in ("remedy-verified", "recovered", "closed"):
        phone.locator(f"#timeline .{step}").wait_for()
    desk.locator("#timeline .closed").wait_for()
    assert "警報已解除" in phone.inner_text("#timeline .recovered")
    assert phone.evaluate("() => window.first")
    for window in (desk, phone):
        assert barriers(window) == []
        assert not too_wide(window)
    desk.goto("/drills")
    desk.locator("#scoreboard th", has_text="instance-down").wait_for()
    assert desk.locator("#all tr", has_text="instance-down").locator(".done").count() == 1
