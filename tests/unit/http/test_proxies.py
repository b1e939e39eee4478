"""Who called, and over which scheme, behind reverse proxies."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from tixmaster.http.peer import Networks, parse, see_through
from tixmaster.stack.config import Oncall

OURS = Networks(["10.0.0.0/8", "127.0.0.1", "fd00::/8"])


def seen(
    peer: str, forwarded: str | None = None, scheme: str | None = None, proxies: Networks = OURS
) -> tuple[str, str]:
    """The client and the scheme that a request of that peer with those headers has."""
    given = {b"x-forwarded-for": forwarded, b"x-forwarded-proto": scheme}
    headers = [(name, value.encode()) for name, value in given.items() if value is not None]
    scope: dict[str, Any] = {"type": "http", "client": (peer, 5), "scheme": "http", "headers": headers}
    see_through(scope, proxies)
    return scope["client"][0], scope["scheme"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "scheme", "expected"),
    [
        ("192.0.2.1", "198.51.100.1", "https", ("192.0.2.1", "http")),  # nobody of ours
        ("127.0.0.1", None, None, ("127.0.0.1", "http")),  # a program on this machine
        ("127.0.0.1", "198.51.100.1", "https", ("198.51.100.1", "https")),
        ("::ffff:127.0.0.1", "198.51.100.1", "https", ("198.51.100.1", "https")),  # a socket for IPv4 and IPv6
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "https", ("198.51.100.1", "https")),  # the client's own invention
        ("10.0.0.2", "198.51.100.1, 10.0.0.1", "https", ("198.51.100.1", "https")),  # the inner one sets nothing
        ("10.0.0.2", "198.51.100.1, 10.0.0.1", "https, http", ("198.51.100.1", "https")),  # each appends
        ("10.0.0.2", "198.51.100.1", "https, http", ("198.51.100.1", "http")),  # the first was the client's invention
        ("fd00::1", "[2001:db8::1]:4711", "HTTPS", ("2001:db8::1", "https")),
        ("10.0.0.2", "198.51.100.1:4711", "https", ("198.51.100.1", "https")),
        ("10.0.0.2", "198.51.100.1, unknown", "https", ("10.0.0.2", "https")),
        ("10.0.0.2", "198.51.100.1", "gopher", ("198.51.100.1", "http")),
        ("testclient", "198.51.100.1", "https", ("testclient", "http")),
    ],
)
def test_our_own_proxies_are_believed_and_nobody_else(
    peer: str, forwarded: str | None, scheme: str | None, expected: tuple[str, str]
) -> None:
    """From the right, as far as our own proxies reach."""
    assert seen(peer, forwarded, scheme) == expected


@given(some.text(), some.text())
def test_no_header_breaks_a_request_or_makes_up_a_scheme(forwarded: str, scheme: str) -> None:
    """Whatever a client writes there; and without a proxy of ours it changes nothing."""
    client, effective = seen("10.0.0.1", forwarded, scheme)
    assert parse(client) is not None
    assert effective in ("http", "https")
    assert seen("192.0.2.1", forwarded, scheme) == ("192.0.2.1", "http")
    assert seen("10.0.0.1", forwarded, scheme, Networks([])) == ("10.0.0.1", "http")


@given(some.ip_addresses(), some.lists(some.text(alphabet=',. :abcdef0123456789[]"')))
def test_what_a_client_writes_is_never_believed(client: Any, invented: list[str]) -> None:
    """The proxy appends the address that it saw; what the client wrote before it changes nothing."""
    if str(parse(str(client))) not in OURS:
        assert seen("10.0.0.1", ", ".join([*invented, str(client)]))[0] == str(parse(str(client)))


@pytest.mark.parametrize("wrong", ["nginx", "10.0.0.1/8", "10.0.0.0/99", ""])
def test_a_wrong_proxy_stops_the_start(wrong: str) -> None:
    """With the value that is wrong and what to write."""
    with pytest.raises(msgspec.ValidationError, match=r"trusted_proxies: .*Write an address or a network"):
        msgspec.convert({"trusted_proxies": [wrong]}, Oncall)
