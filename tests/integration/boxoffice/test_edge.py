"""What every answer has in common, and what nobody gets to see."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.boxoffice.conftest import FAULT_TOKEN

from tixmaster.http.peer import Networks

if TYPE_CHECKING:
    from tests.integration.boxoffice.conftest import OpenWorld, World


@pytest.mark.parametrize("path", ["/api/nope", "/auth/nope", "/api", "/api/events/x"])
async def test_an_unknown_path_of_the_api_is_404(world: World, path: str) -> None:
    """In the contract's words."""
    answer = await world.visitor().get(path)
    assert (answer.status_code, answer.json()) == (404, {"error": "Endpoint not found"})


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'{"email": 7}', b"\xff\xfe", b'{"email":"a\\u0000@b.c"}'])
async def test_a_body_that_cannot_be_used_is_400(world: World, body: bytes) -> None:
    """With an error in the one shape."""
    answer = await world.visitor().post("/api/users/register", content=body)
    assert answer.status_code == 400
    assert set(answer.json()) <= {"error", "details"}


async def test_a_body_without_end_is_refused(world: World) -> None:
    """64 kB are more than any request needs."""
    answer = await world.visitor().post("/api/users/login", json={"email": "x" * 100_000, "password": "y"})
    assert answer.status_code == 413


async def test_what_the_database_says_stays_here(world: World) -> None:
    """A NUL in a text is the caller's mistake, an id beyond 64 bits is nobody's; PostgreSQL's words are not for them."""
    account = {"email": "nul@example.org", "password": "correct horse", "name": "a\x00b"}
    answers = [
        await world.visitor().post("/api/users/register", json=account),
        await world.visitor().get(f"/api/events/{2**70}"),
    ]
    assert [answer.status_code for answer in answers] == [400, 404]
    assert not any(word in answer.text for answer in answers for word in ("asyncpg", "UTF8", "bigint", "int64"))


async def test_a_bug_is_500_without_its_words(world: World) -> None:
    """The traceback goes to the log."""
    await world.sql("ALTER TABLE feature_flags RENAME TO lost")
    answer = await world.visitor().get("/api/feature-flags")
    assert (answer.status_code, answer.json()) == (500, {"error": "Internal server error"})


async def test_security_headers_and_no_cross_origin_access(world: World) -> None:
    """On answers of every kind; pages of other origins are not let in."""
    visitor = world.visitor()
    for path in ("/", "/api/events", "/api/nope", "/health"):
        headers = (await visitor.get(path, headers={"Origin": "https://evil.example"})).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "access-control-allow-origin" not in headers


FAULTS = ("crash", "fault/health", "fault/latency", "fault/timeout", "fault/random", "fault/dependency")


async def test_fault_endpoints_are_closed_by_default(world: World) -> None:
    """Nobody breaks a production system over HTTP."""
    visitor = world.visitor()
    statuses = [(await visitor.post(f"/api/{path}")).status_code for path in FAULTS]
    assert statuses == [403] * len(FAULTS)
    assert (await visitor.get("/api/slow?delay=1")).status_code == 403
    assert (await visitor.delete("/api/fault")).status_code == 403


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"X-Fault-Token": ""}, 403),
        ("127.0.0.1", {"X-Fault-Token": FAULT_TOKEN + "f"}, 403),
        ("127.0.0.1", {"X-Fault-Token": "長".encode()}, 403),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 403),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 403),
        ("127.0.0.1", {"Origin": "https://evil.example"}, 403),
        ("192.0.2.1", {}, 403),
    ],
)
async def test_open_fault_endpoints_want_the_token_from_this_machine(
    open_world: OpenWorld, world: World, peer: str, headers: dict[str, Any], status: int
) -> None:
    """Each refusal reads like that of a box office whose endpoints are disabled."""
    breakable = await open_world(fault_endpoints=True)
    answer = await breakable.visitor(peer).get("/api/slow?delay=0", headers=headers)
    assert answer.status_code == status
    if status == 403:
        assert answer.json() == (await world.visitor().get("/api/slow?delay=0")).json()


@pytest.mark.parametrize(
    ("peer", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("127.0.0.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("192.0.2.1", {}, 403),
        ("192.0.2.1", {"Authorization": "Bearer " + "m" * 32}, 200),
        ("127.0.0.1", {"Via": "1.1 proxy", "Authorization": "Bearer " + "m" * 32}, 200),
        ("192.0.2.1", {"Authorization": "Bearer wrong"}, 403),
        ("10.1.1.1", {}, 200),
        ("10.1.1.1", {"X-Forwarded-For": "192.0.2.1"}, 403),
        ("172.16.0.1", {"X-Forwarded-For": "127.0.0.1"}, 403),
        ("172.16.0.1", {"X-Forwarded-For": "10.1.1.1"}, 200),
    ],
)
async def test_metrics_are_not_for_everybody(
    open_world: OpenWorld, peer: str, headers: dict[str, str], status: int
) -> None:
    """This machine, an allowed network, or the token; a trusted proxy names its client, any other makes it nobody."""
    world = await open_world(
        metrics_token="m" * 32, metrics_allow=Networks(["10.0.0.0/8"]), proxies=Networks(["172.16.0.1"])
    )
    assert (await world.visitor(peer).get("/metrics", headers=headers)).status_code == status


async def test_the_storefront_speaks_the_visitor_s_language(world: World) -> None:
    """By the browser's wishes."""
    visitor = world.visitor()
    chinese = await visitor.get("/", headers={"Accept-Language": "zh-TW,zh;q=0.9,en;q=0.8"})
    english = await visitor.get("/", headers={"Accept-Language": "fr, en;q=0.5, zh;q=0.1"})
    assert "<title>TixMaster 售票：近期活動</title>" in chinese.text
    assert "<title>TixMaster: tickets for what is on</title>" in english.text
    assert "Riverside Festival" in english.text


async def test_flags_are_read_by_all_and_turned_by_administrators(world: World) -> None:
    """The two flags of the contract."""
    admin, buyer = await world.admin(), await world.buyer()
    path = "/api/feature-flags/ENABLE_VIEWING_COUNT"
    assert set((await world.visitor().get("/api/feature-flags")).json()["flags"]) == {
        "ENABLE_CHECKOUT_TIMER",
        "ENABLE_VIEWING_COUNT",
    }
    assert (await buyer.put(path, json={"enabled": True})).status_code == 403
    assert (await admin.put(path, json={"enabled": True})).json()["flag"]["enabled"] is True
    assert (await world.visitor().get(path)).json()["flag"]["enabled"] is True
    assert (await admin.put("/api/feature-flags/NOPE", json={"enabled": True})).status_code == 404


async def test_analytics_are_noted_by_users_and_counted_for_administrators(world: World) -> None:
    """Neither open to visitors, nor without bounds."""
    admin, buyer = await world.admin(), await world.buyer()
    note = {"event": "view", "properties": {"eventId": 1}}
    assert (await world.visitor().post("/api/analytics/event", json=note)).status_code == 401
    assert (await buyer.post("/api/analytics/event", json=note)).status_code == 201
    large = {"event": "view", "properties": {"x": [f"{number:x}" * 9 for number in range(1000)]}}
    assert (await buyer.post("/api/analytics/event", json=large)).status_code == 400
    assert (await buyer.get("/api/analytics/summary")).status_code == 403
    assert (await admin.get("/api/analytics/metrics")).json()["metrics"] == {"view": 1}
    assert (await admin.get("/api/analytics/events")).json()["events"][0]["properties"] == {"eventId": 1}
    assert (await admin.get("/api/analytics/summary")).json()["summary"]["users"] == 1
