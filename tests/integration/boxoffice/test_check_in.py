"""The gate: a ticket lets one person in, once, and nothing else lets anybody in."""

from __future__ import annotations

import asyncio
import base64
import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tixmaster.boxoffice.organizers import cancelled
from tixmaster.boxoffice.tickets.qr import Signer

if TYPE_CHECKING:
    import httpx
    from tests.integration.boxoffice.conftest import Caller, World


async def scan(person: Caller, qr: str, gate: str = "A", **more: Any) -> httpx.Response:
    return await person.post("/api/check-in", json={"qr": qr, "gate": gate, **more})


async def tickets_of(buyer: Caller, number: str) -> list[dict[str, Any]]:
    return list((await buyer.get(f"/api/orders/{number}/tickets")).json()["tickets"])


async def codes(buyer: Caller, ticket: dict[str, Any], quantity: int = 1) -> list[str]:
    """The QR texts of a new, paid order."""
    return [item["qr_code"] for item in await tickets_of(buyer, await buyer.bought(ticket, quantity))]


async def test_a_ticket_lets_in_once(world: World) -> None:
    """The second scan says when and where the first one was; its owner and the audit log see it, too."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    number = await buyer.bought(ticket)
    (item,) = await tickets_of(buyer, number)
    first = await scan(organizer, item["qr_code"], "B")
    assert (first.status_code, first.json()["admitted"]) == (200, True)
    assert first.json()["ticket"] == first.json()["ticket"] | {
        "id": item["id"], "order_number": number, "event": "Show", "ticket_type": "Seat", "gate": "B"
    }  # fmt: skip
    again = await scan(organizer, item["qr_code"], "C")
    at = datetime.fromisoformat(again.json()["details"]["used_at"])
    assert (again.status_code, again.json()["details"]["gate"]) == (409, "B")
    assert again.json()["error"] == f"Already used at {at:%H:%M:%S} UTC at gate B"
    (item,) = await tickets_of(buyer, number)
    assert (item["status"], datetime.fromisoformat(item["used_at"])) == ("used", at)
    noted = await world.sql("SELECT actor, action, details FROM audit_log ORDER BY id DESC LIMIT 1")
    assert (str(noted["actor"]), noted["action"]) == (await organizer.id(), "ticket checked in")
    assert json.loads(noted["details"]) == {"gate": "B"}


async def test_of_many_gates_at_once_one_lets_in(world: World) -> None:
    """The others learn which one it was."""
    organizer, buyer = await world.organizer(), await world.buyer()
    for qr in await codes(buyer, await world.event_of(organizer), 3):
        answers = await asyncio.gather(*(scan(organizer, qr, gate) for gate in "ABCDEFGH"))
        assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
        (gate,) = [answer.json()["ticket"]["gate"] for answer in answers if answer.status_code == 200]
        assert {answer.json()["details"]["gate"] for answer in answers if answer.status_code == 409} == {gate}
    row = await world.sql("SELECT count(*) AS n FROM audit_log WHERE action = 'ticket checked in'")
    assert row["n"] == 3


async def test_only_the_organiser_and_administrators_check_tickets(world: World) -> None:
    """Visitor, buyer, another organiser, then the organiser and an administrator."""
    organizer, buyer = await world.organizer(), await world.buyer()
    one, two = await codes(buyer, await world.event_of(organizer), 2)
    refused = (world.visitor(), buyer, await world.organizer())
    assert [(await scan(person, one)).status_code for person in refused] == [401, 403, 404]
    assert (await scan(organizer, one)).status_code == 200
    assert (await scan(await world.admin(), two)).status_code == 200


async def test_what_we_did_not_sign_is_no_ticket(world: World) -> None:
    """Another key, a changed payload, nonsense; a genuine signature over a code that was never issued is unknown."""
    organizer = await world.organizer()
    ticket = await world.event_of(organizer)
    (qr,) = await codes(await world.buyer(), ticket)
    version, payload, signature = qr.split(".")
    forged = Signer(b"x" * 32).sign("TK-1", ticket["event_id"], ticket["id"])
    for wrong in (forged, f"{version}.{payload[:-2]}AA.{signature}", f"TM2.{payload}.{signature}", "hello", "..", "é"):
        answer = await scan(organizer, wrong)
        assert (answer.status_code, answer.json()) == (400, {"error": "This is not a ticket of ours"})
    unknown = world.office.signer.sign("TK-NEVER", ticket["event_id"], ticket["id"])
    assert (await scan(organizer, unknown)).status_code == 404
    for body in ({"qr": qr}, {"qr": qr, "gate": " "}, {"qr": "x" * 1001, "gate": "A"}, {"qr": 5, "gate": "A"}):
        assert (await organizer.post("/api/check-in", json=body)).status_code == 400


async def test_a_refunded_ticket_lets_nobody_in(world: World) -> None:
    """Nor one of a cancelled event, before and after its order is refunded."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    number = await buyer.bought(ticket)
    (item,) = await tickets_of(buyer, number)
    (other,) = await codes(buyer, ticket)
    await organizer.post(f"/api/orders/{number}/refund", json={"reason": "ill"})
    answer = await scan(organizer, item["qr_code"])
    assert (answer.status_code, answer.json()) == (409, {"error": "This ticket is void: its order was refunded"})
    await organizer.post(f"/api/events/{ticket['event_id']}/cancel")
    for _ in range(2):
        answer = await scan(organizer, other)
        assert (answer.status_code, answer.json()) == (409, {"error": "The event is cancelled: Show"})
        await cancelled.end_orders(world.office)


async def test_a_gate_that_says_its_event_turns_other_tickets_away(world: World) -> None:
    """An organiser with two shows in one evening; the ticket stays valid for the other door."""
    organizer, buyer = await world.organizer(), await world.buyer()
    here, there = await world.event_of(organizer), await world.event_of(organizer)
    (qr,) = await codes(buyer, there)
    answer = await scan(organizer, qr, eventId=here["event_id"])
    assert (answer.status_code, answer.json()) == (409, {"error": "This ticket is for another event: Show"})
    assert (await scan(organizer, qr, eventId=there["event_id"])).status_code == 200


async def test_a_ticket_is_verified_without_the_box_office(world: World) -> None:
    """With the published key and nothing of ours: what was signed is accepted, what was changed is not."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    (qr,) = await codes(buyer, ticket)
    published = (await world.visitor().get("/api/tickets/public-key")).json()
    assert (published["algorithm"], published["format"]) == ("Ed25519", "TM1.<payload>.<signature>")
    key = load_pem_public_key(published["public_key"].encode())
    assert isinstance(key, Ed25519PublicKey)
    signed, _, signature = qr.rpartition(".")
    raw = base64.urlsafe_b64decode(signature + "==")
    key.verify(raw, signed.encode("ascii"))
    claims = json.loads(base64.urlsafe_b64decode(signed.split(".")[1] + "=="))
    assert (claims["e"], claims["t"]) == (ticket["event_id"], ticket["id"])
    with pytest.raises(InvalidSignature):
        key.verify(raw, signed.replace("TM1", "TM2").encode("ascii"))


async def test_the_picture_is_for_the_owner_of_a_valid_ticket(world: World) -> None:
    """Owner, another buyer, the organiser, an administrator, a visitor; not before it is paid, not after it was used."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    number = (await buyer.order(ticket)).json()["order"]["order_number"]
    (item,) = await tickets_of(buyer, number)
    path = f"/api/orders/{number}/tickets/{item['id']}/qr.svg"
    assert (await buyer.get(path)).status_code == 409
    await buyer.settle(number, "paid")
    people = (buyer, await world.buyer(), organizer, await world.admin(), world.visitor())
    assert [(await person.get(path)).status_code for person in people] == [200, 404, 404, 404, 401]
    picture = await buyer.get(path)
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.headers["cache-control"] == "private, no-store"
    assert b"<svg" in picture.content
    assert (await buyer.get(path.replace(str(item["id"]), "1"))).status_code == 404
    (item,) = await tickets_of(buyer, number)
    await scan(organizer, item["qr_code"])
    assert (await buyer.get(path)).status_code == 409


async def test_sales_count_who_came_in(world: World) -> None:
    """Two of three tickets."""
    organizer, buyer = await world.organizer(), await world.buyer()
    ticket = await world.event_of(organizer)
    for qr in (await codes(buyer, ticket, 3))[:2]:
        await scan(organizer, qr)
    (sold,) = (await organizer.get(f"/api/events/{ticket['event_id']}/sales")).json()["sales"]
    assert (sold["sold"], sold["checked_in"]) == (3, 2)
