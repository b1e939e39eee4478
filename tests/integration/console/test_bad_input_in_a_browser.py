"""What strangers write, what is forged and what runs out, in a real browser: nothing of it is executed, all of it is said."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from tests.browser import Browser

from tixmaster.console import accounts
from tixmaster.oncall import person
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store.schema import finding, incident

from .conftest import PASSWORD, Open, open_incident, served, sign_in_at

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

HOSTILE = "<script>window.done = 1</script><img src=x onerror='window.done = 1'>\"'><svg onload='window.done = 1'>"
DONE = "() => window.done === undefined && !document.querySelector('main script, main svg[onload], main img[src=x]')"


def found(oncall: Oncall, reason: str) -> None:
    """A finding as a check that read a log line would have left it."""
    row: dict[str, Any] = {
        "incident": 1,
        "run": 1,
        "key": "logs",
        "position": 1,
        "title": {"en": "Log", "zh-TW": "日誌"},
    }
    with oncall.desk.database.write() as connection:
        connection.execute(
            sa.insert(finding).values(
                **row, status="failed", value={"line": reason}, reason=reason, seconds=0.1, at=oncall.desk.now()
            )
        )


def test_what_strangers_write_is_shown_and_never_executed(oncall: Oncall, open_window: Open) -> None:
    """In an alert's labels and words, a log line and a note; when the page is opened, and when it is exchanged live."""
    name = open_incident(oncall, summary=HOSTILE, instance=HOSTILE)
    found(oncall, HOSTILE)
    person.note(oncall.desk, 1, HOSTILE, by=HOSTILE)
    page = open_window("responder")
    for path in ("/", "/incidents", f"/incidents/{name}"):
        page.goto(path)
        assert "window.done = 1" in page.locator("main").inner_text()
        assert page.evaluate(DONE)
    person.note(oncall.desk, 1, f"live {HOSTILE}", by="stranger")
    page.get_by_text("live <script>").first.wait_for(state="attached")
    assert page.evaluate(DONE)


def test_a_forged_form_changes_nothing(oncall: Oncall, open_window: Open, browser: Browser) -> None:
    """A form without our token is refused on a page that says so."""
    browser.expect("403")
    name = open_incident(oncall)
    page = open_window("responder")
    page.goto(f"/incidents/{name}")
    page.evaluate(
        "() => { for (const field of document.querySelectorAll('[name=_csrf_token]')) field.value = 'forged'; }"
    )
    with page.expect_navigation():
        page.evaluate("() => document.querySelector('form[action$=\"/ack\"]').requestSubmit()")
    assert "403" in page.locator("main").inner_text()
    with oncall.desk.database.read() as connection:
        assert connection.execute(sa.select(incident.c.acknowledged_at)).scalar_one() is None


@pytest.mark.parametrize("value", [None, "gAAAAAforged"])
def test_a_session_that_ends_under_an_open_page_leads_to_the_log_in(
    oncall: Oncall, open_window: Open, value: str | None
) -> None:
    """At the next change the page asks for a log-in, and comes back afterwards."""
    name = open_incident(oncall)
    page = open_window("responder")
    page.goto(f"/incidents/{name}")
    session = next(one for one in page.context.cookies() if one["name"] == "session")
    page.context.clear_cookies(name="session")
    if value is not None:
        page.context.add_cookies([session | {"value": value}])
    person.note(oncall.desk, 1, "something happens", by="somebody")
    page.wait_for_url("**/login?next=*")
    page.fill("[name=name]", "responder")
    page.fill("[name=password]", PASSWORD)
    page.click(".sign-in button")
    page.wait_for_url(f"**/incidents/{name}")


@pytest.mark.parametrize(("language", "words"), [("en", "onnect"), ("zh-TW", "連線")])
def test_an_open_page_outlives_a_restart_of_the_server(
    oncall: Oncall, browser: Browser, language: Any, words: str
) -> None:
    """It says that the connection is gone, connects again by itself, and shows what happened meanwhile."""
    browser.expect("ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET")
    name = open_incident(oncall)
    accounts.add(oncall.desk, "viewer", PASSWORD, "viewer")
    with served(oncall) as address:
        page = browser.open(address, language=language)
        sign_in_at(page, "viewer", PASSWORD)
        page.goto(f"/incidents/{name}")
        assert page.locator("#broken").is_hidden()
    playwright.expect(page.locator("#broken")).to_be_visible()
    assert words in page.locator("#broken").inner_text()
    person.note(oncall.desk, 1, "while the server was away", by="somebody")
    with served(oncall):
        page.get_by_text("while the server was away").first.wait_for(state="attached")
        playwright.expect(page.locator("#broken")).to_be_hidden()
        page.context.close()
