"""Somebody who buys a seat over HTTP, alone in a process: python buyer.py http://host:port. Prints the order as JSON."""

from __future__ import annotations

import json
import secrets
import sys
import time
from typing import Any

import httpx

PATIENCE = 30
"""So often it is asked."""


def buy(address: str) -> dict[str, str]:
    """Registers, orders the first seat there is, pays."""
    with httpx.Client(base_url=address, timeout=10, trust_env=False) as client:
        person = {"email": f"{secrets.token_hex(8)}@example.org", "password": secrets.token_urlsafe(16)}
        ask(client, "POST", "/api/users/register", {**person, "name": "Buyer", "phone": "0900000000"}, 409)
        client.headers["Authorization"] = f"Bearer {ask(client, 'POST', '/api/users/login', person)['token']}"
        event = ask(client, "GET", "/api/events")["events"][0]["id"]
        kind = ask(client, "GET", f"/api/events/{event}/tickets")["tickets"][0]["id"]
        wish = {"eventId": event, "ticketId": kind, "quantity": 1, "paymentMethod": "credit_card"}
        client.headers["Idempotency-Key"] = secrets.token_hex(8)
        number = ask(client, "POST", "/api/orders", wish)["order"]["order_number"]
        ask(client, "PUT", f"/api/orders/{number}/payment", {"status": "paid"})
        bought: dict[str, str] = ask(client, "GET", f"/api/orders/{number}")["order"]
    return bought


def ask(client: httpx.Client, method: str, path: str, body: Any = None, *as_well: int) -> Any:
    """The answer; one that says when to come again is asked again, as 503 is on a busy machine. `as_well` are statuses of
    what an earlier attempt has done."""
    for _ in range(PATIENCE):
        answer = client.request(method, path, json=body)
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
            break
        time.sleep(float(answer.headers["Retry-After"]))
    if answer.status_code not in as_well:
        answer.raise_for_status()
    return answer.json()


if __name__ == "__main__":
    sys.stdout.write(json.dumps(buy(sys.argv[1])))
