"""Somebody who buys a seat over HTTP, alone in a process: python buyer.py http://host:port. Prints the order as JSON."""

from __future__ import annotations

import json
import secrets
import sys

import httpx


def buy(address: str) -> dict[str, str]:
    """Registers, orders the first seat there is, pays."""
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        client.event_hooks["response"] = [lambda answer: answer.raise_for_status() and None]
        person = {"email": f"{secrets.token_hex(8)}@example.org", "password": secrets.token_urlsafe(16)}
        client.post("/api/users/register", json={**person, "name": "Buyer", "phone": "0900000000"})
        client.headers["Authorization"] = f"Bearer {client.post('/api/users/login', json=person).json()['token']}"
        event = client.get("/api/events").json()["events"][0]["id"]
        kind = client.get(f"/api/events/{event}/tickets").json()["tickets"][0]["id"]
        wish = {"eventId": event, "ticketId": kind, "quantity": 1, "paymentMethod": "credit_card"}
        number = client.post("/api/orders", json=wish).json()["order"]["order_number"]
        client.put(f"/api/orders/{number}/payment", json={"status": "paid"})
        bought: dict[str, str] = client.get(f"/api/orders/{number}").json()["order"]
    return bought


if __name__ == "__main__":
    sys.stdout.write(json.dumps(buy(sys.argv[1])))
