"""The pages of buyers, over HTTP without a script."""

from __future__ import annotations

import re

import pytest
from tests.integration.boxoffice.conftest import World
from tests.integration.boxoffice.shopping import held, logged_in, submit

EVIL = "<script>alert(1)</script>"


async def test_a_ticket_is_bought_to_the_qr_code_and_checked_in(world: World) -> None:
    """Hold, pay and show the code, all without a script; the gate lets it in."""
    organizer = await world.organizer()
    ticket = await world.event_of(organizer)
    browser = await logged_in(world)
    page = await held(browser, ticket, 2)
    assert "Held for you" in (await browser.get(page)).text
    assert (await submit(browser, f"{page}/pay", {"choice": "pay"}, on=page)).status_code == 303
    paid = await browser.get(page)
    codes = re.findall(r'src="([^"]+qr\.svg)"', paid.text)
    assert len(codes) == 2
    assert "<svg" in (await browser.get(codes[0])).text
    token_of = browser.cookies["session"]
    api = await browser.get(f"/api{page}", headers={"Authorization": f"Bearer {token_of}"})
    scan = {"qr": api.json()["order"]["items"][0]["qr_code"], "gate": "A"}
    assert (await organizer.post("/api/check-in", json=scan)).status_code == 200
    assert "Used" in (await browser.get(page)).text


async def test_a_declined_card_keeps_the_seats(world: World) -> None:
    """The page says that nothing was charged; paying again works."""
    browser = await logged_in(world)
    page = await held(browser, await world.ticket())
    declined = await submit(browser, f"{page}/pay", {"choice": "decline"}, on=page)
    assert declined.status_code == 402
    assert "The payment failed" in declined.text
    assert (await submit(browser, f"{page}/pay", {"choice": "pay"}, on=page)).status_code == 303


async def test_an_order_that_ran_out_says_so(world: World) -> None:
    """It cannot be paid any more, also before the sweeper came."""
    browser = await logged_in(world)
    page = await held(browser, await world.ticket())
    await world.run_out(page.removeprefix("/orders/"))
    shown = (await browser.get(page)).text
    assert "The time ran out" in shown
    assert "Pay now" not in shown
    assert (await submit(browser, f"{page}/pay", {"choice": "pay"}, on="/orders")).status_code == 409


async def test_sold_out_is_a_page_in_the_reader_s_language(world: World) -> None:
    """Also for somebody whose page still offered seats."""
    ticket, browser = await world.ticket(seats=1), await logged_in(world)
    await submit(browser, "/language", {"language": "zh-TW", "next": "/"})
    fields = {"ticket": str(ticket["id"]), "quantity": "2", "key": "k"}
    answer = await submit(browser, f"/events/{ticket['event_id']}/hold", fields, on="/")
    assert answer.status_code == 400
    assert "剩餘座位不足" in answer.text


async def test_forged_forms_are_refused(world: World) -> None:
    """A form of another site has no token of ours; the API takes no session."""
    browser = await logged_in(world)
    page = await held(browser, await world.ticket())
    forged = await browser.post(f"{page}/cancel")
    assert forged.status_code == 403
    assert "text/html" in forged.headers["content-type"]
    assert (await browser.put(f"/api{page}/payment", json={"status": "cancelled"})).status_code == 401


@pytest.mark.parametrize("address", ["https://evil.example", "//evil.example", "/\\evil.example", "/a\r\nb", "evil"])
async def test_logging_in_leads_nowhere_else(world: World, address: str) -> None:
    """The way back is a path of ours, or the front page."""
    fields = {"email": "admin@tixmaster.invalid", "password": "admin-password", "next": address}
    assert (await submit(world.visitor(), "/login", fields)).headers["location"] == "/"


async def test_who_is_not_logged_in_is_led_back_afterwards(world: World) -> None:
    """Nobody sees somebody else's order."""
    page = await held(await logged_in(world), await world.ticket())
    asked = await world.visitor().get(page)
    assert (asked.status_code, asked.headers["location"]) == (303, f"/login?next={page.replace('/', '%2F')}")
    assert (await (await logged_in(world)).get(page)).status_code == 404


async def test_titles_are_text_and_pages_are_small(world: World) -> None:
    """Nothing of an event is executed; no inline script or style is needed."""
    ticket = await world.ticket()
    await world.sql(
        "UPDATE events SET title = $1, description = $1 WHERE id = $2 RETURNING id", EVIL, ticket["event_id"]
    )
    shown = await world.visitor().get(f"/events/{ticket['event_id']}")
    assert EVIL not in shown.text
    assert "unsafe" not in shown.headers["content-security-policy"]
    assert len(shown.content) < 60_000


async def test_guessing_passwords_is_slowed_down_on_the_page(world: World) -> None:
    """The page and the API count together."""
    browser, wrong = world.visitor(), {"email": "admin@tixmaster.invalid", "password": "wrong"}
    statuses = [(await submit(browser, "/login", wrong)).status_code for _ in range(11)]
    assert statuses == [401] * 10 + [429]
