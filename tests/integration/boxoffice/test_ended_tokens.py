"""Tokens and sessions that have ended: by a password change, by logging out, with the account."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import jwt
import pytest
from tests.integration.boxoffice.conftest import ADMIN_PASSWORD, PASSWORD
from tests.integration.boxoffice.shopping import administrator, held, logged_in, submit
from tests.integration.boxoffice.test_bad_input import document, fitting, routes

from tixmaster.boxoffice.users import queries

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Caller, OpenWorld, World

NEW_PASSWORD = "battery staple"
ENDED = (403, {"error": "Invalid or expired token"})


async def change_password(caller: Caller, old: str = PASSWORD, new: str = NEW_PASSWORD) -> str:
    """Changes it; the new token."""
    answer = await caller.post("/api/users/change-password", json={"currentPassword": old, "newPassword": new})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


async def refusals(world: World, caller: Caller) -> dict[str, tuple[int, str]]:
    """What every route of the document that wants a token says to this one."""
    paths = (await document(world))["paths"]
    found = {}
    for route in await routes(world):
        if "security" in paths[route.path][route.method]:
            properties = (route.body or {}).get("properties", {})
            body = {name: fitting(schema) for name, schema in properties.items()} if route.body else None
            address = route.address.replace("/users/1/", f"/users/{uuid4()}/")
            answer = await caller.request(route.method, address, json=body)
            found[f"{route.method} {route.path}"] = (answer.status_code, answer.json().get("error", ""))
    return found


@pytest.mark.parametrize("who", ["buyer", "admin"])
async def test_every_route_refuses_a_token_from_before_a_password_change(world: World, who: str) -> None:
    """Whatever its role; the walk is over the document, so a new route is in it."""
    caller = await (world.buyer() if who == "buyer" else world.admin())
    await change_password(caller, PASSWORD if who == "buyer" else ADMIN_PASSWORD)
    found = await refusals(world, caller)
    assert len(found) > 20
    assert {name: said for name, said in found.items() if said != (403, "Invalid or expired token")} == {}


async def test_the_sale_asks_for_the_version_itself(world: World) -> None:
    """On the fast lane, on the route behind it, and with a key: the token that was ended buys nothing, the new one does."""
    buyer, ticket = await world.buyer(), await world.ticket()
    token = await change_password(buyer)
    large = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1, "padding": "x" * 5000}
    answers = [
        await buyer.order(ticket),
        await buyer.order(ticket, key="k"),
        await buyer.hold(ticket),
        await buyer.post("/api/orders", json=large),
    ]
    assert [(answer.status_code, answer.json()) for answer in answers] == [ENDED] * 4
    assert await world.left(ticket) == 10
    buyer.headers["Authorization"] = f"Bearer {token}"
    assert (await buyer.order(ticket)).status_code == 201


async def test_an_order_in_flight_is_not_answered_to_an_ended_token(world: World) -> None:
    """The key of a request that is under way belongs to the token that sent it."""
    buyer, ticket = await world.buyer(), await world.ticket()
    fresh = world.visitor().as_(buyer)
    fresh.headers["Authorization"] = f"Bearer {await change_password(buyer)}"
    answers = await asyncio.gather(fresh.order(ticket, key="k"), buyer.order(ticket, key="k"))
    assert [answer.status_code for answer in answers] == [201, 403]


async def test_a_token_without_a_version_is_good_until_the_password_changes(world: World) -> None:
    """Tokens of the release before, and those that the operator's other programs sign."""
    buyer, ticket = await world.buyer(), await world.ticket()
    claims = jwt.decode(buyer.headers["Authorization"][7:], "s" * 32, ["HS256"])
    del claims["ver"]
    old = world.visitor()
    old.headers["Authorization"] = f"Bearer {jwt.encode(claims, 's' * 32, 'HS256')}"
    assert (await old.get("/api/users/profile")).status_code == 200
    assert (await old.order(ticket)).status_code == 201
    await change_password(buyer)
    assert (await old.get("/api/users/profile")).status_code == 403
    assert (await old.order(ticket)).status_code == 403


async def test_a_changed_password_file_ends_the_tokens_of_its_account(world: World, open_world: OpenWorld) -> None:
    """Who rotates the administrator's password does so because somebody else may know it."""
    admin = await world.admin()
    assert (await admin.get("/api/users/all")).status_code == 200
    await open_world(admin_password="another-password")
    assert (await admin.get("/api/users/all")).status_code == 403


async def test_a_demotion_and_a_deletion_hold_at_once(world: World) -> None:
    """The role is read with the version; without its account a token is none."""
    organizer, admin = await world.organizer(), await world.admin()
    assert (await organizer.get("/api/events/mine")).status_code == 200
    user_id = await organizer.id()
    await admin.put(f"/api/users/{user_id}/role", json={"role": "user"})
    assert (await organizer.get("/api/events/mine")).status_code == 403
    assert (await organizer.get("/api/orders/user/me")).status_code == 200
    await world.sql("DELETE FROM users WHERE id = $1::text::uuid", user_id)
    answer = await organizer.get("/api/orders/user/me")
    assert (answer.status_code, answer.json()) == ENDED


async def test_logging_out_ends_the_session_on_the_server(world: World) -> None:
    """A copy of the cookie opens no page and no route of the API; another session of the account goes on."""
    browser, copy, other = await administrator(world), world.visitor(), await administrator(world)
    session = browser.cookies["session"]
    copy.cookies.set("session", session)
    assert (await copy.get("/orders")).status_code == 200
    await submit(browser, "/logout", {}, on="/")
    paths = ["/orders", "/organizer", "/admin/users", "/admin/audit", "/orders/TM-1", "/organizer/events/new"]
    for path in paths:
        answer = await copy.get(path)
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path
        assert 'session=""' in answer.headers["set-cookie"] or "session=;" in answer.headers["set-cookie"]
        copy.cookies.set("session", session)
    ticket = await world.ticket()
    bearer = world.visitor()
    bearer.headers["Authorization"] = f"Bearer {session}"
    assert (await bearer.get("/api/users/profile")).status_code == 403
    assert (await bearer.order(ticket)).status_code == 403
    assert (await other.get("/admin/users")).status_code == 200


async def test_forms_of_an_ended_session_change_nothing(world: World) -> None:
    """Seats are not held, orders not paid or given back: the way leads to the log-in page."""
    browser, ticket = await logged_in(world), await world.ticket()
    page = await held(browser, ticket)
    session = browser.cookies["session"]
    await submit(browser, "/logout", {}, on="/")
    forms = {
        f"/events/{ticket['event_id']}/hold": {"ticket": str(ticket["id"]), "quantity": "1", "key": "k"},
        f"{page}/pay": {"choice": "pay"},
        f"{page}/cancel": {},
    }
    for path, fields in forms.items():
        browser.cookies.set("session", session)
        answer = await submit(browser, path, fields, on="/login")
        assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (303, "/login"), path
    assert await world.left(ticket) == 9


async def test_a_password_change_ends_the_sessions_of_the_pages(world: World) -> None:
    """On every device."""
    browser = await administrator(world)
    await change_password(await world.admin(), ADMIN_PASSWORD)
    assert (await browser.get("/admin/users")).status_code == 303


async def test_an_api_token_in_the_cookie_is_no_session(world: World) -> None:
    """Nobody could end it by logging out."""
    browser, buyer = world.visitor(), await world.buyer()
    browser.cookies.set("session", buyer.headers["Authorization"][7:])
    assert (await browser.get("/orders")).status_code == 303


async def test_ended_sessions_are_forgotten_when_their_tokens_have_expired(world: World) -> None:
    """The table does not grow for ever."""
    for age in ("-1 s", "1 h"):
        await world.sql("INSERT INTO ended_sessions VALUES (gen_random_uuid(), now() + $1::text::interval)", age)
    await queries.sweep_sessions(world.office.database)
    assert (await world.sql("SELECT count(*) FROM ended_sessions"))["count"] == 1
