"""Limits by address: a bucket that empties and fills, and who the client is behind a proxy."""

from __future__ import annotations

from typing import Any

import pytest

from tixmaster.boxoffice import rate_limit
from tixmaster.boxoffice.rate_limit import ACCOUNTS_PER_HOUR, Buckets, RateLimit
from tixmaster.boxoffice.settings import Proxies

PROXIES = Proxies("10.0.0.0/8")
NO_PROXIES = Proxies("")


class Clock:
    """A clock that stands until somebody turns it."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_gives_what_it_holds_and_fills_steadily() -> None:
    """Three at once, then one every twenty seconds."""
    clock = Clock()
    bucket = Buckets(3, 60, clock)
    assert [bucket.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(20)]
    clock.now += 20
    assert [bucket.take("a"), bucket.take("a") > 0] == [0, True]


def test_a_refused_request_costs_nothing() -> None:
    """Otherwise somebody who is impatient would never get through."""
    clock = Clock()
    bucket = Buckets(1, 60, clock)
    bucket.take("a")
    assert bucket.take("a") == bucket.take("a") == pytest.approx(60)


def test_addresses_do_not_share_and_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """The longest unseen first: the memory is bounded."""
    monkeypatch.setattr(rate_limit, "REMEMBERED", 2)
    bucket = Buckets(1, 60, Clock())
    assert [bucket.take(address) for address in ("a", "b", "c")] == [0, 0, 0]
    assert (bucket.take("c") > 0, bucket.take("a")) == (True, 0)


async def ask(
    limit: RateLimit, address: str, path: str = "/api/events", method: str = "GET", forwarded: str = ""
) -> Any:
    """The status of one request, and the client that the application saw."""
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    scope = {"type": "http", "method": method, "path": path, "client": (address, 1), "headers": headers}
    statuses = []

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    await limit(scope, None, send)  # type: ignore[arg-type]
    return statuses[0], scope["client"][0]


async def ok(_scope: Any, _receive: Any, send: Any) -> None:
    """An application that is always well."""
    await send({"type": "http.response.start", "status": 200})


def limited(requests: int, proxies: Proxies = NO_PROXIES) -> RateLimit:
    return RateLimit(ok, requests_per_minute=requests, proxies=proxies)


async def test_too_many_requests_from_one_address_are_refused() -> None:
    """The next address is served; this machine has no limit; what is not the API neither."""
    limit = limited(2)
    assert [(await ask(limit, "192.0.2.1"))[0] for _ in range(3)] == [200, 200, 429]
    assert [(await ask(limit, "127.0.0.1"))[0] for _ in range(9)] == [200] * 9
    assert (await ask(limit, "192.0.2.1", "/health"))[0] == 200
    assert (await ask(limit, "192.0.2.2"))[0] == 200


async def test_accounts_are_limited_even_where_requests_are_not() -> None:
    """Twenty an hour from one address."""
    limit = limited(0)
    answers = [await ask(limit, "192.0.2.1", "/api/users/register", "POST") for _ in range(ACCOUNTS_PER_HOUR + 1)]
    assert [status for status, _ in answers] == [200] * ACCOUNTS_PER_HOUR + [429]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("10.0.0.1", "127.0.0.1, 192.0.2.9, 10.0.0.2", "192.0.2.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("192.0.2.1", "127.0.0.1", "192.0.2.1"),
    ],
)
async def test_only_our_own_proxies_are_believed(peer: str, forwarded: str, client: str) -> None:
    """Whoever else sends the header stays who they are."""
    assert (await ask(limited(9, PROXIES), peer, forwarded=forwarded))[1] == client
