"""Whatever callers send, on every route of the OpenAPI document: their mistake is a 4xx in words of ours, never a 500."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx
import jwt
import pytest

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import Backend, Caller, World

METHODS = ("get", "post", "put", "patch", "delete")
INNARDS = ("Traceback", "asyncpg", "psycopg", "PostgreSQL", "litestar", "msgspec", "UTF8", "bigint", "int64", "0x")
DEEP = 20_000

NO_OBJECT = {
    "nothing": b"",
    "half": b'{"quantity": ',
    "list": b"[]",
    "text": b'"x"',
    "number": b"1",
    "null": b"null",
    "trailing": b"{} {}",
    "form": b"eventId=1&quantity=1",
    "single quotes": b"{'eventId': 1}",
    "no UTF-8": b'{"email": "\xff\xfe", "event": "\xff", "status": "\xff"}',
    "UTF-16": '{"eventId": 1}'.encode("utf-16"),
    "NULs": b"\x00" * 100,
    "deep lists": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * 5000 + b"1" + b"}" * 5000,
    "too long": b'"' + b"x" * 100_000 + b'"',
}
VALUES = {
    "null": "null",
    "list": "[1]",
    "object": '{"a": 1}',
    "deep": "[" * 5000 + "]" * 5000,
    "true": "true",
    "negative": "-1",
    "fraction": "1.5",
    "huge": "9" * 400,
    "beyond 64 bits": str(2**63),
    "infinite": "1e999",
    "empty": '""',
    "NUL": '"\\u0000"',
    "half a character": '"\\ud800"',
    "controls": '"\\r\\nX: y\\u001b[0m\\u202e"',
    "long": '"' + "x" * 60_000 + '"',
}
PATH_VALUES = {
    "zero": "0",
    "negative": "-1",
    "beyond 64 bits": str(2**63),
    "beyond all": "9" * 5000,
    "fraction": "1.5",
    "NUL": "a%00b",
    "no UTF-8": "%ff%fe",
    "slash": "a%2Fb",
    "dots": "%2e%2e",
    "blank": "%20",
    "other digits": "%E0%A5%A7",
    "quote": "'%20OR%20'1'='1",
}


@dataclass(frozen=True)
class Route:
    """One operation of the document. `body` is the schema of what it takes, or None."""

    method: str
    path: str
    body: dict[str, Any] | None

    @property
    def address(self) -> str:
        """A path that leads to it."""
        return self.at("1")

    def at(self, value: str) -> str:
        """The path with a value in place of its parameters."""
        return "/".join(value if part.startswith("{") else part for part in self.path.split("/"))


async def document(world: World) -> dict[str, Any]:
    """The OpenAPI document, as callers get it."""
    answer = await world.visitor().get("/api/schema/openapi.json")
    return dict(answer.json())


async def routes(world: World) -> list[Route]:
    """Every operation."""
    paths, schemas = (document_ := await document(world))["paths"], document_["components"]["schemas"]
    return [
        Route(method, path, _body(operation, schemas))
        for path, operations in paths.items()
        for method, operation in operations.items()
        if method in METHODS
    ]


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any] | None:
    content = operation.get("requestBody", {}).get("content", {})
    name = content["application/json"]["schema"]["$ref"].rpartition("/")[2] if content else None
    return schemas[name] if name else None


def fitting(schema: dict[str, Any]) -> Any:
    """Some value that the schema allows."""
    schema = schema.get("oneOf", [schema])[0]
    text = "a@example.org" if schema.get("format") == "email" else "x" * schema.get("minLength", 1)
    plain: dict[str, Any] = {"integer": 1, "number": 1, "boolean": True, "object": {}, "array": [], "string": text}
    return schema["enum"][0] if "enum" in schema else plain[schema["type"]]


def with_value(schema: dict[str, Any], name: str, value: str) -> bytes:
    """A body that would do, but for one property."""
    fields = {key: json.dumps(fitting(each)) for key, each in schema["properties"].items()} | {name: value}
    return ("{" + ", ".join(f'"{key}": {text}' for key, text in fields.items()) + "}").encode()


def helpful(answer: httpx.Response) -> bool:
    """Whether it is a 4xx with a sentence, and without what is inside of us."""
    error = answer.json().get("error") if answer.headers["content-type"].startswith("application/json") else None
    told = isinstance(error, str) and len(error.split()) > 1
    return 400 <= answer.status_code < 500 and told and not any(word in answer.text for word in INNARDS)


def about(route: Route, what: object, answer: httpx.Response) -> str:
    """For the message of a failure."""
    return f"{route.method} {route.path}, {what}: {answer.status_code} {answer.text[:200]}"


async def send(caller: Caller, route: Route, path: str, body: bytes = b"{}") -> httpx.Response:
    """One request with a body that says it is JSON."""
    content = body if route.method in ("post", "put", "patch") else None
    return await caller.request(route.method, path, content=content, headers={"Content-Type": "application/json"})


async def test_the_document_names_every_route_that_takes_something(world: World) -> None:
    """Otherwise the tests below would miss it."""
    known = {(route.method, route.path) for route in await routes(world)}
    assert {("post", "/api/orders"), ("put", "/api/orders/{number}/payment"), ("post", "/api/holds")} <= known
    assert sum(route.body is not None for route in await routes(world)) >= 11


@pytest.mark.parametrize("body", NO_OBJECT.values(), ids=NO_OBJECT)
async def test_a_body_that_is_no_object(world: World, body: bytes) -> None:
    """Refused by every route that takes one, and no trouble to the others."""
    admin = await world.admin()
    for route in await routes(world):
        answer = await send(admin, route, route.address, body)
        assert helpful(answer) or (not route.body and answer.status_code < 500), about(route, "", answer)


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
async def test_a_value_that_makes_no_sense(world: World, value: str) -> None:
    """In any property of any body: refused in words, or taken where it is allowed."""
    admin = await world.admin()
    for route in await routes(world):
        for name in route.body["properties"] if route.body else ():
            answer = await send(admin, route, route.address, with_value(route.body or {}, name, value))
            assert answer.status_code < 400 or helpful(answer), about(route, name, answer)


@pytest.mark.parametrize("value", PATH_VALUES.values(), ids=PATH_VALUES)
async def test_a_path_that_leads_nowhere(world: World, value: str) -> None:
    """Ids beyond 64 bits, NULs, what is no UTF-8: there is no such thing, in words."""
    admin = await world.admin()
    for route in await routes(world):
        if "{" in route.path:
            body = with_value(route.body, "", "1") if route.body else b"{}"
            answer = await send(admin, route, route.at(value), body)
            assert helpful(answer), about(route, value[:20], answer)


async def test_a_method_that_a_path_does_not_have(world: World) -> None:
    """405 or 404, with words, whoever asks."""
    found = await routes(world)
    for path in {route.path for route in found}:
        own = {route.method for route in found if route.path == path}
        for method in {*METHODS, "brew"} - own:
            route = Route(method, path, None)
            answer = await world.visitor().request(method, route.address)
            assert answer.status_code in (404, 405), about(route, method, answer)
            assert helpful(answer), about(route, method, answer)


CONTENT_TYPES = [
    "", "text/plain", "application/xml", "multipart/form-data", "application/x-www-form-urlencoded", ";;;",
    "application/json; charset=utf-16", "application/x-msgpack", "multipart/form-data; boundary=\x01",
]  # fmt: skip


@pytest.mark.parametrize("kind", CONTENT_TYPES)
async def test_a_content_type_that_is_not_ours(world: World, kind: str) -> None:
    """Whatever it claims to be, a body that is no JSON is refused."""
    admin = await world.admin()
    for route in await routes(world):
        if route.body:
            answer = await admin.request(
                route.method, route.address, content=b"--x\r\na=b", headers={"Content-Type": kind}
            )
            assert helpful(answer), about(route, kind, answer)


def forged(**claims: object) -> str:
    """A token that is signed by us and says strange things."""
    return jwt.encode(claims, "s" * 32, "HS256")


LATER = 2**40
AUTHORIZATIONS = {
    "nothing": b"",
    "no token": b"Bearer ",
    "no scheme": b"eyJhbGciOiJIUzI1NiJ9.e30.x",
    "other scheme": b"Basic YTpi",
    "not whole": b"Bearer a.b",
    "no base 64": b"Bearer \xff\xfe.\xff.\xff",
    "NUL": b"Bearer a\x00b",
    "long": b"Bearer " + b"x" * 30_000,
    "unsigned": f"Bearer {jwt.encode({'userId': str(uuid4()), 'exp': LATER}, '', 'none')}".encode(),
    "somebody else's": f"Bearer {jwt.encode({'exp': LATER}, 'x' * 32, 'HS256')}".encode(),
    "no claims": f"Bearer {forged(exp=LATER)}".encode(),
    "no end": f"Bearer {forged(userId=str(uuid4()), email='', role='admin')}".encode(),
    "too old": f"Bearer {forged(userId=str(uuid4()), email='', role='admin', exp=1)}".encode(),
    "no uuid": f"Bearer {forged(userId='1', email='', role='admin', exp=LATER)}".encode(),
    "endless": f"Bearer {forged(userId=str(uuid4()), email='', role='admin', exp=1e400)}".encode(),
    "end in words": f"Bearer {forged(userId=str(uuid4()), email='', role='admin', exp='never')}".encode(),
}


@pytest.mark.parametrize("authorization", AUTHORIZATIONS.values(), ids=AUTHORIZATIONS)
async def test_a_token_that_is_none(world: World, authorization: bytes) -> None:
    """401 or 403 on every route that asks who is calling; the document's routes that do not are open or closed to all."""
    visitor, ticket = world.visitor(), await world.ticket()
    visitor.headers = httpx.Headers({b"Authorization": authorization})
    assert (answer := await visitor.order(ticket)).status_code in (401, 403), answer.text
    for route in await routes(world):
        answer = await send(visitor, route, route.address, with_value(route.body, "", "1") if route.body else b"{}")
        assert answer.status_code < 400 or helpful(answer), about(route, "", answer)
    assert await world.left(ticket) == 10


KEYS = {
    "empty": b"",
    "blank": b" ",
    "long": b"x" * 129,
    "very long": b"x" * 50_000,
    "NUL": b"a\x00b",
    "no UTF-8": b"\xff\xfe",
}


@pytest.mark.parametrize("path", ["/api/orders", "/api/holds"])
@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS)
async def test_an_idempotency_key_that_cannot_be_one(world: World, key: bytes, path: str) -> None:
    """Refused before anything is sold, or good for one order."""
    buyer, ticket = await world.buyer(), await world.ticket()
    wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1}
    answers = [await buyer.post(path, json=wish, headers={b"Idempotency-Key": key}) for _ in range(2)]
    assert all(answer.status_code == 201 or helpful(answer) for answer in answers), answers[0].text
    assert await world.left(ticket) == (9 if answers[0].status_code == 201 else 10)


async def test_a_spoilt_request_does_not_spoil_its_batch(world: World) -> None:
    """Those who stand in line with it get their seats."""
    ticket = await world.ticket()
    people = [await world.buyer() for _ in range(3)]
    wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1}
    answers = await asyncio.gather(
        *(buyer.post("/api/orders", json={**wish, "paymentMethod": method}) for buyer, method in
          zip(people, ("card", "a\x00b", "card"), strict=True))
    )  # fmt: skip
    assert [answer.status_code for answer in answers] == [201, 400, 201]
    assert await world.left(ticket) == 8


async def test_what_was_taken_can_be_shown(world: World) -> None:
    """However deeply it is nested: what is too deep to be read again is refused when it comes."""
    admin = await world.admin()
    for depth in range(100, 1200, 20):
        nested = '{"event": "view", "properties": {"x": ' + "[" * depth + "]" * depth + "}}"
        answer = await admin.post("/api/analytics/event", content=nested.encode())
        assert answer.status_code == 201 or helpful(answer), (depth, answer.text)
        assert (shown := await admin.get("/api/analytics/events")).status_code == 200, (depth, shown.text)


@pytest.mark.parametrize("name", ["a\x00b", "\ud800"])
async def test_an_unfit_value_is_no_failed_order(world: World, name: str) -> None:
    """It is the caller's mistake: nobody is called for it."""
    ticket = await world.ticket()
    for path in ("/api/orders", "/api/holds"):
        wish = {"eventId": ticket["event_id"], "ticketId": ticket["id"], "quantity": 1, "paymentMethod": name}
        answer = await (await world.buyer()).post(path, content=json.dumps(wish).encode())
        assert answer.status_code == 201 or helpful(answer), answer.text
    assert world.counted("ticketing_orders_total", outcome="failed") == 0


RAW = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "path without UTF-8": b"GET /api/orders/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    "negative length": b"POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    "two lengths": b"POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "endless length": b"POST /api/orders HTTP/1.1\r\nHost: x\r\nContent-Length: " + b"9" * 40 + b"\r\n\r\n",
    "bad chunk": b"POST /api/users/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    "NUL in a header": b"POST /api/holds HTTP/1.1\r\nHost: x\r\nIdempotency-Key: a\x00b\r\nContent-Length: 0\r\n\r\n",
    "long header": b"GET /api/events HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 1_000_000 + b"\r\n\r\n",
    "long path": b"GET /api/events/" + b"1" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "hung up": b"POST /api/users/login HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
}


def test_what_is_hardly_http(database_url: str, start_backend: Callable[..., Backend]) -> None:
    """The server process refuses it or hangs up, logs no error, and goes on."""
    backend = start_backend(database_url)
    backend.wait_for(200)
    for name, request in RAW.items():
        with socket.create_connection(("127.0.0.1", backend.port), 5) as line, suppress(ConnectionError):
            line.sendall(request)
            with suppress(OSError):  # it may have hung up by now
                line.shutdown(socket.SHUT_WR)
            assert line.recv(12)[:10] in (b"", b"HTTP/1.1 4"), name
    assert backend.client.get("/api/events").status_code == 200
    backend.terminate()
    assert [line for line in backend.lines("error.log") if line.get("path") != "/health"] == []  # 503 while it starts
