"""Who a request comes from, and to whom `/metrics` answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tixmaster.http.peer import (
    FORWARDING,
    Networks,
    is_direct_loopback,
    is_loopback,
    is_secret,
    may_read_metrics,
    see_through,
)

TOKEN = "t" * 32
NOBODY = Networks([])
LOOPBACK = ("127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1")
OUTSIDE = ("192.0.2.1", "10.0.0.1", "2001:db8::1", "::ffff:192.0.2.1")

texts = st.text(alphabet='0123456789.:,abcdef xunknown[]"=;', max_size=40).map(str.encode)
hops = st.sampled_from([b"127.0.0.1", b"::1", b"10.0.0.1", b"192.0.2.9", b"::ffff:127.0.0.1", b"unknown"])
values = st.one_of(texts, st.lists(hops, min_size=1, max_size=4).map(b", ".join))


def asked(peer: str | None, *headers: tuple[bytes, bytes], version: str = "1.1") -> dict[str, Any]:
    """The scope of a request."""
    client = None if peer is None else (peer, 40000)
    return {"type": "http", "http_version": version, "client": client, "headers": list(headers)}


@pytest.mark.parametrize("peer", LOOPBACK)
def test_a_program_on_this_machine_is_known_by_its_peer(peer: str) -> None:
    """Whichever of the machine's own addresses it uses."""
    assert is_loopback(peer)
    assert is_direct_loopback(asked(peer, (b"host", b"localhost"), (b"user-agent", b"curl/8")))


@pytest.mark.parametrize("peer", OUTSIDE)
def test_another_machine_is_not_this_one(peer: str) -> None:
    """Nor is a peer without an address."""
    assert not is_direct_loopback(asked(peer))
    assert not is_direct_loopback(asked(None))


@given(header=st.sampled_from(sorted(FORWARDING)), value=values)
def test_no_forwarding_header_leaves_a_request_direct(header: bytes, value: bytes) -> None:
    """Whatever it holds: neither loopback nor an allowed peer counts then, and the token alone opens the metrics."""
    request = asked("127.0.0.1", (b"host", b"shop.example"), (header, value))
    assert not is_direct_loopback(request)
    assert not may_read_metrics(request, Networks(["127.0.0.0/8", "::1"]), TOKEN)
    assert may_read_metrics(asked("127.0.0.1", (header, value), bearer(TOKEN)), NOBODY, TOKEN)


def test_http_1_0_counts_as_forwarded() -> None:
    """nginx speaks it to its upstream unless told otherwise, and then sends no header of its own either."""
    assert not is_direct_loopback(asked("127.0.0.1", version="1.0"))


@given(value=values, proxies=st.lists(st.sampled_from(["127.0.0.0/8", "10.0.0.0/8", "::1"]), max_size=3))
def test_no_header_makes_anybody_a_program_on_this_machine(value: bytes, proxies: list[str]) -> None:
    """Also behind trusted proxies: `X-Forwarded-For: 127.0.0.1` never counts as loopback."""
    for peer in (*LOOPBACK, *OUTSIDE):
        request = asked(peer, (b"x-forwarded-for", value))
        see_through(request, Networks(proxies))
        assert not is_direct_loopback(request)
        assert not may_read_metrics(request, NOBODY, TOKEN)


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("::ffff:10.0.0.1", "192.0.2.9", "192.0.2.9"),
        ("10.0.0.1", "127.0.0.1, 192.0.2.9, 10.0.0.2", "192.0.2.9"),
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("10.0.0.1", "192.0.2.9, nonsense, 10.0.0.2", "10.0.0.2"),
        ("192.0.2.1", "127.0.0.1", "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_are_believed(peer: str, forwarded: str, client: str) -> None:
    """Whoever else sends the header stays who they are."""
    request = asked(peer, (b"x-forwarded-for", forwarded.encode()))
    see_through(request, Networks(["10.0.0.0/8"]))
    assert request["client"][0] == client


def bearer(token: str, scheme: bytes = b"Bearer") -> tuple[bytes, bytes]:
    return b"authorization", scheme + b" " + token.encode()


@pytest.mark.parametrize(
    ("peer", "headers", "may"),
    [
        ("127.0.0.1", (), True),
        ("192.0.2.7", (), False),
        ("10.1.2.3", (), True),
        ("::ffff:10.1.2.3", (), True),
        (None, (), False),
        ("192.0.2.7", (bearer(TOKEN),), True),
        ("192.0.2.7", (bearer(TOKEN, b"bearer"),), True),
        (None, (bearer(TOKEN),), True),
        ("192.0.2.7", (bearer(TOKEN + "t"),), False),
        ("192.0.2.7", (bearer(TOKEN, b"Basic"),), False),
        ("192.0.2.7", ((b"authorization", TOKEN.encode()),), False),
        ("192.0.2.7", (bearer(""),), False),
        ("10.1.2.3", ((b"x-forwarded-for", b"192.0.2.9"),), False),
    ],
)
def test_metrics_are_for_this_machine_allowed_networks_and_the_token(
    peer: str | None, headers: tuple[tuple[bytes, bytes], ...], may: bool
) -> None:
    """A proxy in an allowed network lends its address to nobody."""
    assert may_read_metrics(asked(peer, *headers), Networks(["10.0.0.0/8"]), TOKEN) is may


def test_an_allowed_client_behind_a_trusted_proxy_is_let_in() -> None:
    """Its address is the one that the proxy names."""
    for named, may in ((b"10.9.9.9", True), (b"192.0.2.9", False)):
        request = asked("172.16.0.1", (b"x-forwarded-for", named))
        see_through(request, Networks(["172.16.0.1"]))
        assert may_read_metrics(request, Networks(["10.0.0.0/8"]), TOKEN) is may


def test_an_empty_secret_opens_nothing() -> None:
    """Where none is set, nobody has it."""
    assert not is_secret(b"", "")
    assert not may_read_metrics(asked("192.0.2.7", bearer("")), NOBODY, "")
    assert is_secret(b"abc", "abc")


def test_networks_are_read_from_text() -> None:
    """With commas in between; what is none is refused."""
    found = Networks.parse("10.0.0.0/8, 2001:db8::/32,")
    assert "10.1.1.1" in found
    assert "2001:db8::7" in found
    assert "nonsense" not in found
    assert not Networks.parse(" ")
    with pytest.raises(ValueError, match="does not appear to be"):
        Networks.parse("localhost")


@pytest.mark.parametrize(
    ("peer", "addresses", "schemes", "scheme"),
    [
        ("10.0.0.1", "203.0.113.5", "https", "https"),
        ("10.0.0.1", "203.0.113.5", "HTTPS", "https"),
        ("10.0.0.1", "203.0.113.5", "", "http"),
        ("10.0.0.1", "", "https", "https"),
        ("203.0.113.5", "203.0.113.6", "https", "http"),
        # The edge speaks HTTPS with the client and HTTP with the next proxy, which adds that or passes on what it got.
        ("10.0.0.1", "203.0.113.5, 10.0.0.2", "https, http", "https"),
        ("10.0.0.1", "203.0.113.5, 10.0.0.2", "https", "https"),
        # What the client itself claimed stands before what our proxy wrote.
        ("10.0.0.1", "198.51.100.1, 203.0.113.5", "https, http", "http"),
        ("10.0.0.1", "203.0.113.5", "javascript", "http"),
    ],
)
def test_the_scheme_is_the_one_that_our_own_proxy_saw(peer: str, addresses: str, schemes: str, scheme: str) -> None:
    """As with the address: nothing that a client writes is believed."""
    headers = [(b"x-forwarded-for", addresses.encode()), (b"x-forwarded-proto", schemes.encode())]
    scope = {"type": "http", "scheme": "http", "client": (peer, 1), "headers": headers}
    see_through(scope, Networks.parse("10.0.0.0/8"))
    assert scope["scheme"] == scheme
