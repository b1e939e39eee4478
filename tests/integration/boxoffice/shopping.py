"""People at the pages: over HTTP, without a script."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
from tests.integration.boxoffice.conftest import ADMIN_PASSWORD, BEGINS, PASSWORD, PEOPLE, Caller, World


def token(page: httpx.Response) -> str:
    """The token of a page's forms."""
    found = re.search(r'name="_csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


async def submit(browser: Caller, path: str, fields: dict[str, str], *, on: str = "/login") -> httpx.Response:
    """Sends a form as it stands on the page `on`."""
    return await browser.post(path, data={"_csrf_token": token(await browser.get(on)), **fields})


async def logged_in(world: World) -> Caller:
    """Somebody who has just opened an account on the page."""
    browser = world.visitor()
    fields = {"email": f"shopper{next(PEOPLE)}@example.org", "password": PASSWORD, "name": "Ada"}
    answer = await submit(browser, "/register", fields, on="/register")
    assert answer.status_code == 303, answer.text
    cookie = next(line for line in answer.headers.get_list("set-cookie") if line.startswith("session="))
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    return browser


async def administrator(world: World) -> Caller:
    """The administrator, logged in on the page."""
    browser = world.visitor()
    fields = {"email": "admin@tixmaster.invalid", "password": ADMIN_PASSWORD}
    assert (await submit(browser, "/login", fields)).status_code == 303
    return browser


async def organizer(world: World) -> Caller:
    """Somebody whom an administrator made an organiser on the page: it holds at once, in the session that is there."""
    browser, admin = await logged_in(world), await administrator(world)
    row = await world.sql("SELECT id FROM users ORDER BY created_at DESC LIMIT 1")
    made = await submit(admin, f"/admin/users/{row['id']}/role", {"role": "organizer"}, on="/admin/users")
    assert made.status_code == 303, made.text
    return browser


async def held(browser: Caller, ticket: dict[str, Any], quantity: int = 1) -> str:
    """The page of an order that was begun on the event's page."""
    path = f"/events/{ticket['event_id']}"
    fields = {"ticket": str(ticket["id"]), "quantity": str(quantity), "key": f"form{next(PEOPLE)}"}
    answer = await submit(browser, f"{path}/hold", fields, on=path)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def bought(browser: Caller, ticket: dict[str, Any], quantity: int = 1) -> str:
    """The page of an order that was paid."""
    page = await held(browser, ticket, quantity)
    assert (await submit(browser, f"{page}/pay", {"choice": "pay"}, on=page)).status_code == 303
    return page


async def put_on(browser: Caller, *, price: str = "25", seats: str = "10", title: str = "Show") -> dict[str, Any]:
    """An organiser puts an event on, with one ticket type; its ids, as the API has them."""
    event = {
        "title": title,
        "date": f"{BEGINS + timedelta(hours=8):%Y-%m-%dT%H:%M}",
        "zone": "Asia/Taipei",
        "location": "Hall 1",
    }
    made = await submit(browser, "/organizer/events/new", event, on="/organizer/events/new")
    assert made.status_code == 303, made.text
    page = made.headers["location"]
    kind = {"name": "Seat", "price": price, "seats": seats, "per_order": "10", "per_buyer": ""}
    assert (await submit(browser, f"{page}/tickets/new", kind, on=f"{page}/tickets/new")).status_code == 303
    assert (await submit(browser, f"{page}/publish", {}, on=page)).status_code == 303
    found = re.search(r'href="/organizer/tickets/(\d+)"', (await browser.get(page)).text)
    assert found
    return {"id": int(found[1]), "event_id": int(page.rsplit("/", 1)[1])}
