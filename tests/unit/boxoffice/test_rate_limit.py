"""Limits by address: a bucket that empties and fills, and who the client is behind a proxy."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from tixmaster.boxoffice import rate_limit
from tixmaster.boxoffice.rate_limit import ACCOUNTS_PER_HOUR, Buckets, RateLimit
from tixmaster.http.peer import FORWARDING, Networks

PROXIES = Networks(["10.0.0.0/8"])
ON_THIS_MACHINE = Networks(["127.0.0.1"])
NO_PROXIES = Networks([])


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
    limit: RateLimit,
    address: str,
    path: str = "/api/events",
    method: str = "GET",
    forwarded: str = "",
    header: bytes = b"x-forwarded-for",
) -> Any:
    """The status of one request, and the client that the application saw."""
    headers = [(header, forwarded.encode())] if forwarded else []
    scope = {"type": "http", "method": method, "path": path, "client": (address, 1), "headers": headers}
    statuses = []

    async def send(message: Any) -> None:
        statuses.append(message.get("status"))

    await limit(scope, None, send)  # type: ignore[arg-type]
    return statuses[0], scope["client"][0]


async def ok(_scope: Any, _receive: Any, send: Any) -> None:
    """An application that is always well."""
    await send({"type": "http.response.start", "status": 200})


def limited(requests: int, proxies: Networks = NO_PROXIES) -> RateLimit:
    return RateLimit(ok, requests_per_minute=requests, proxies=proxies)


async def test_too_many_requests_from_one_address_are_refused() -> None:
    """The next address is served; this machine has no limit; what is not the API neither."""
    limit = limited(2)
    assert [(await ask(limit, "192.0.2.1"))[0] for _ in range(3)] == [200, 200, 429]
    assert [(await ask(limit, "127.0.0.1"))[0] for _ in range(9)] == [200] * 9
    assert (await ask(limit, "192.0.2.1", "/health"))[0] == 200
    assert (await ask(limit, "192.0.2.2"))[0] == 200


async def test_a_customer_with_ipv6_has_one_limit() -> None:
    """Of 2^64 addresses each would have a limit of its own; the next network is another customer's."""
    limit = limited(2)
    addresses = ("2001:db8:0:1::1", "2001:db8:0:1:ffff::9", "2001:db8:0:1::3", "2001:db8:0:2::1", "::ffff:192.0.2.1")
    assert [(await ask(limit, address))[0] for address in addresses] == [200, 200, 429, 200, 200]


async def test_accounts_are_limited_even_where_requests_are_not() -> None:
    """Twenty an hour from one address."""
    limit = limited(0)
    answers = [await ask(limit, "192.0.2.1", "/api/users/register", "POST") for _ in range(ACCOUNTS_PER_HOUR + 1)]
    assert [status for status, _ in answers] == [200] * ACCOUNTS_PER_HOUR + [429]


@pytest.mark.parametrize("header", sorted(FORWARDING))
async def test_what_a_proxy_on_this_machine_passes_on_is_limited(header: bytes) -> None:
    """Loopback is exempt without a forwarding header only; the log says why all of its visitors share one limit."""
    limit = limited(2)
    with capture_logs() as lines:
        answers = [(await ask(limit, "127.0.0.1", header=header, forwarded="127.0.0.1"))[0] for _ in range(4)]
    assert answers == [200, 200, 429, 429]
    (line,) = lines
    assert "BOXOFFICE_TRUSTED_PROXIES" in line["event"]
    assert (await ask(limit, "127.0.0.1"))[0] == 200


async def test_visitors_of_a_trusted_proxy_on_this_machine_do_not_share() -> None:
    """Each is limited by the address that the proxy names, whatever they say they are."""
    limit = limited(2, ON_THIS_MACHINE)
    for visitor in ("192.0.2.1", "192.0.2.2", "127.0.0.1"):
        spoofed = f"127.0.0.1, {visitor}"
        answers = [await ask(limit, "127.0.0.1", forwarded=spoofed) for _ in range(3)]
        assert [status for status, _ in answers] == [200, 200, 429]
        assert {client for _, client in answers} == {visitor}
