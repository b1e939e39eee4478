"""A Stripe of the tests' own: a real HTTP server that speaks the part of Stripe's API that we use, and keeps its promises
about keys, errors and signatures (https://docs.stripe.com/api)."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

KEY = "sk_test_tixmaster"
SECRET = "whsec_of_the_tests"


class Refusal(Exception):
    """An error as Stripe tells it."""

    def __init__(self, status: int, kind: str, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": kind, "code": code, "message": message}


class StripeServer:
    """Its books, and what goes wrong next: `drop` answers are lost on their way, `broken` requests are refused with 500."""

    def __init__(self) -> None:
        self.address = ""
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.drop = 0
        self.broken = 0
        self._answers: dict[str, tuple[dict[str, str], int, dict[str, Any]]] = {}
        self._ids = itertools.count(1)

    def answer(self, method: str, path: str, headers: Any, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Status and JSON."""
        self.asked.append((method, path, form))
        try:
            if headers.get("Authorization") != f"Bearer {KEY}":
                raise Refusal(401, "invalid_request_error", "api_key_invalid", "Invalid API Key provided")
            if self.broken:
                self.broken -= 1
                raise Refusal(500, "api_error", "", "An unknown error occurred")
            if method == "GET":
                return 200, self._intent(path.rpartition("/")[2])
            if headers.get("Content-Type") != "application/x-www-form-urlencoded":
                raise Refusal(400, "invalid_request_error", "", "The body is not form-encoded")
            return self._once(path, headers.get("Idempotency-Key", ""), form)
        except Refusal as refusal:
            return refusal.status, {"error": refusal.error}

    def paid(self, intent: str) -> dict[str, Any]:
        """The payer paid; the event about it."""
        book = self.intents[intent]
        book.update(status="succeeded", amount_received=book["amount"], last_payment_error=None)
        return self.event("payment_intent.succeeded", book)

    def declined(self, intent: str) -> dict[str, Any]:
        """The payer's bank refused; the event about it."""
        trouble = {"type": "card_error", "code": "card_declined", "message": "Your card was declined."}
        self.intents[intent].update(status="requires_payment_method", last_payment_error=trouble)
        return self.event("payment_intent.payment_failed", self.intents[intent])

    def event(self, kind: str, about: dict[str, Any]) -> dict[str, Any]:
        """An event in Stripe's shape."""
        return {
            "id": f"evt_{next(self._ids)}",
            "object": "event",
            "api_version": "2025-09-30.clover",
            "created": int(time.time()),
            "data": {"object": dict(about)},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": None, "idempotency_key": None},
            "type": kind,
        }

    def _once(self, path: str, key: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The first answer under a key is the answer for good (https://docs.stripe.com/api/idempotent_requests)."""
        if key in self._answers:
            first, status, answer = self._answers[key]
            if first != form:
                raise Refusal(400, "idempotency_error", "", "Keys for idempotent requests can only be used once")
            return status, answer
        if not key:
            raise Refusal(400, "invalid_request_error", "", "The tests want every request to have a key")
        answer = self._create(form) if path == "/v1/payment_intents" else self._refund(form)
        self._answers[key] = (form, 200, answer)
        return 200, answer

    def _create(self, form: dict[str, str]) -> dict[str, Any]:
        amount = int(form["amount"])
        if amount < 50:
            raise Refusal(400, "invalid_request_error", "amount_too_small", "Amount must be at least 50 cents")
        name = f"pi_{next(self._ids)}"
        self.intents[name] = {
            "id": name,
            "object": "payment_intent",
            "amount": amount,
            "amount_received": 0,
            "automatic_payment_methods": {"enabled": form["automatic_payment_methods[enabled]"] == "true"},
            "client_secret": f"{name}_secret_x",
            "created": int(time.time()),
            "currency": form["currency"],
            "last_payment_error": None,
            "livemode": False,
            "metadata": {name[9:-1]: value for name, value in form.items() if name.startswith("metadata[")},
            "status": "requires_payment_method",
        }
        return dict(self.intents[name])

    def _refund(self, form: dict[str, str]) -> dict[str, Any]:
        intent = self._intent(form["payment_intent"])
        if intent["status"] != "succeeded":
            raise Refusal(400, "invalid_request_error", "", "This PaymentIntent does not have a successful charge")
        if any(refund["payment_intent"] == intent["id"] for refund in self.refunds):
            raise Refusal(400, "invalid_request_error", "charge_already_refunded", "Charge has already been refunded.")
        refund = {"id": f"re_{next(self._ids)}", "object": "refund", "amount": intent["amount"],
                  "payment_intent": intent["id"], "status": "succeeded"}  # fmt: skip
        self.refunds.append(refund)
        return refund

    def _intent(self, name: str) -> dict[str, Any]:
        if name not in self.intents:
            raise Refusal(404, "invalid_request_error", "resource_missing", f"No such payment_intent: '{name}'")
        return dict(self.intents[name])


def signed(event: dict[str, Any], *, secret: str = SECRET, at: float | None = None) -> tuple[bytes, dict[str, str]]:
    """A webhook: body and headers (https://docs.stripe.com/webhooks#verify-manually)."""
    body = json.dumps(event, indent=2).encode()
    seconds = int(time.time() if at is None else at)
    signature = hmac.new(secret.encode(), b"%d.%b" % (seconds, body), hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={seconds},v1={signature},v0=0", "Content-Type": "application/json"}


@contextmanager
def serving() -> Iterator[StripeServer]:
    """The server at work, on a free port."""
    books = StripeServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

        def _answer(self) -> None:
            form = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            status, answer = books.answer(self.command, self.path, self.headers, dict(parse_qsl(form)))
            if books.drop:
                books.drop -= 1
                self.close_connection = True
                return
            body = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    books.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield books
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
