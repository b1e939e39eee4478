"""The gate's page: one large answer for each code, without a script."""

from __future__ import annotations

import re

from tests.integration.boxoffice.conftest import Caller, World
from tests.integration.boxoffice.shopping import bought, held, logged_in, organizer, put_on, submit


async def answer(browser: Caller, event: int, code: str, gate: str = "North") -> tuple[str, str]:
    """What the gate says: its word, and the page."""
    page = f"/organizer/events/{event}/gate"
    shown = await submit(browser, page, {"code": code, "gate": gate}, on=page)
    assert shown.status_code == 200, shown.text
    found = re.search(r'data-answer="(\w+)"', shown.text)
    assert found, shown.text
    return found[1], shown.text


async def code_of(world: World, order: str) -> str:
    """The code of an order's first ticket, as it stands below the picture."""
    number = order.removeprefix("/orders/")
    return str((await world.sql("SELECT ticket_codes[1] AS code FROM orders WHERE order_number = $1", number))["code"])


async def test_a_code_lets_in_once_however_it_is_typed(world: World) -> None:
    """In small letters, with spaces, without its beginning; the second time it says when and where."""
    browser, buyer = await organizer(world), await logged_in(world)
    ticket = await put_on(browser)
    code = await code_of(world, await bought(buyer, ticket))
    typed = code.lower().removeprefix("tk-").replace("0", "o").replace("1", "l")
    assert (await answer(browser, ticket["event_id"], f" {typed[:8]} {typed[8:]} "))[0] == "admitted"
    word, page = await answer(browser, ticket["event_id"], code, "South")
    assert word == "used"
    assert "gate North" in page
    assert 'value="South"' in (await browser.get(f"/organizer/events/{ticket['event_id']}/gate")).text


async def test_the_signed_text_of_the_picture_lets_in(world: World) -> None:
    """It is what a camera or a scanner reads; changed by a letter it is not ours."""
    browser, buyer = await organizer(world), await logged_in(world)
    ticket = await put_on(browser)
    order = await bought(buyer, ticket)
    code = await code_of(world, order)
    signed = world.office.signer.sign(code, ticket["event_id"], ticket["id"])
    assert (await answer(browser, ticket["event_id"], f"{signed[:-2]}AA"))[0] == "forged"
    assert (await answer(browser, ticket["event_id"], signed))[0] == "admitted"


async def test_everything_else_is_turned_away_with_its_reason(world: World) -> None:
    """Not paid, refunded, of another event of the organiser's, of somebody else's, unknown."""
    browser, buyer = await organizer(world), await logged_in(world)
    ticket, other = await put_on(browser), await put_on(browser)
    foreign = await put_on(await organizer(world))
    here = ticket["event_id"]
    assert (await answer(browser, here, await code_of(world, await held(buyer, ticket))))[0] == "unpaid"
    assert (await answer(browser, here, await code_of(world, await bought(buyer, other))))[0] == "other_event"
    assert (await answer(browser, here, await code_of(world, await bought(buyer, foreign))))[0] == "unknown"
    refunded = await bought(buyer, ticket)
    page = f"/organizer{refunded}"
    await submit(browser, f"{page}/refund", {"reason": "ill"}, on=page)
    assert (await answer(browser, here, await code_of(world, refunded)))[0] == "void"
    assert (await answer(browser, here, "TK-0000000000000000"))[0] == "unknown"
    assert (await answer(browser, here, "*' OR 1=1"))[0] == "unknown"
    paid = await code_of(world, await bought(buyer, ticket))
    await submit(browser, f"/organizer/events/{here}/cancel", {}, on="/organizer")
    assert (await answer(browser, here, paid))[0] == "event_cancelled"


async def test_the_camera_is_allowed_at_the_gate_alone(world: World) -> None:
    """Also when the page answers a form; every other page may use no device."""
    browser = await organizer(world)
    event = (await put_on(browser))["event_id"]
    gate = f"/organizer/events/{event}/gate"
    allowed = "camera=(self), geolocation=(), microphone=()"
    assert (await browser.get(gate)).headers["permissions-policy"] == allowed
    checked = await submit(browser, gate, {"code": "x", "gate": "1"}, on=gate)
    assert checked.headers["permissions-policy"] == allowed
    for path in ("/", f"/events/{event}", f"/organizer/events/{event}", "/orders", "/login"):
        assert "camera=()" in (await browser.get(path)).headers["permissions-policy"], path
