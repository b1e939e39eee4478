"""Who sent a request: a program on this machine, a client that a trusted proxy names, or somebody unknown behind a proxy.

Everything that trusts an address asks here, so that a reverse proxy on this machine opens nothing: to the socket, whatever it
passes on comes from 127.0.0.1.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:  # configuration imports this module, and each command would load structlog and prometheus_client
    from tixmaster.telemetry.asgi import Scope

Asked = Mapping[str, Any]
"""An ASGI scope that is only read."""
FORWARDING: Final = frozenset(
    {
        b"cdn-loop",
        b"cf-connecting-ip",
        b"cf-ray",
        b"client-ip",
        b"fastly-client-ip",
        b"fly-client-ip",
        b"forwarded",
        b"forwarded-for",
        b"true-client-ip",
        b"via",
        b"x-amzn-trace-id",
        b"x-azure-clientip",
        b"x-client-ip",
        b"x-cluster-client-ip",
        b"x-envoy-external-address",
        b"x-forwarded",
        b"x-forwarded-by",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-port",
        b"x-forwarded-proto",
        b"x-forwarded-scheme",
        b"x-forwarded-server",
        b"x-forwarded-ssl",
        b"x-original-forwarded-for",
        b"x-original-host",
        b"x-proxyuser-ip",
        b"x-real-ip",
    }
)
"""Headers that proxies, load balancers, content delivery networks and tunnels add to what they pass on; in lower case."""
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPV6_SITE: Final = 64
"""The bits of an IPv6 address by which a site is known (RFC 6177)."""
PEER: Final = "tixmaster.peer"
"""The key of the ASGI scope under which `see_through` keeps the peer whose header it believed."""


class Networks:
    """IP addresses and networks."""

    def __init__(self, parts: Iterable[str]) -> None:
        """Raises ValueError for a part that is neither."""
        self._networks = [ipaddress.ip_network(part) for part in parts]

    @classmethod
    def parse(cls, text: str) -> Networks:
        """From text with commas in between; raises ValueError."""
        return cls(part.strip() for part in text.split(",") if part.strip())

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        found = parse(address)
        return found is not None and any(found in network for network in self._networks)


def parse(text: str) -> IpAddress | None:
    """An address as the kernel or a proxy writes it, also in brackets and with a port; None for anything else."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    # A socket that listens on `::` reports IPv4 peers as ::ffff:192.0.2.1.
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return mapped or found


def site_of(address: str) -> str:
    """Whom an address stands for: of IPv6, one customer has all addresses of a network."""
    if ":" not in address:
        return address
    found = parse(address)
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, IPV6_SITE), strict=False))
    return address if found is None else str(found)


def is_loopback(address: str) -> bool:
    """Whether the address of a peer, as the kernel writes it, is one of this machine only (127.0.0.0/8, ::1)."""
    return address == "::1" or address.startswith(("127.", "::ffff:127."))


def is_forwarded(scope: Asked) -> bool:
    """Whether a proxy passed the request on, as far as the request shows it."""
    # HTTP/1.0: nginx speaks it to its upstream by default, and adds no header unless it is told to.
    return scope.get("http_version") == "1.0" or not FORWARDING.isdisjoint([name for name, _ in scope["headers"]])


def is_direct_loopback(scope: Asked) -> bool:
    """Whether a program on this machine sent the request itself, without a proxy in between."""
    client = scope.get("client")
    return client is not None and is_loopback(client[0]) and not is_forwarded(scope)


def see_through(scope: Scope, proxies: Networks) -> None:
    """Sets the client and the scheme to those of the last hop that is not a proxy of ours, where a proxy of ours sent it.

    Each proxy appends what it saw to `X-Forwarded-For` (and, if it appends at all, to `X-Forwarded-Proto`), so the lists are
    read from the right, and only as far as our own proxies reach: what stands further left the client may have invented.
    Anything but addresses ends the search.
    """
    peer = scope.get("client")
    if peer is None or peer[0] not in proxies:
        return
    hops = 1
    for entry in reversed(_entries(scope, b"x-forwarded-for")):
        address = parse(entry)
        if address is None:
            break
        scope[PEER] = peer
        scope["client"] = (str(address), 0)
        if str(address) not in proxies:
            break
        hops += 1
    schemes = _entries(scope, b"x-forwarded-proto")
    if schemes:
        scheme = schemes[-hops if hops <= len(schemes) else 0].lower()
        if scheme in ("http", "https"):
            scope["scheme"] = scheme


def _entries(scope: Scope, name: bytes) -> list[str]:
    """The entries of a header that may come several times."""
    values = b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")
    return [part.strip() for part in values.split(",") if part.strip()]


def may_read_metrics(scope: Asked, allow: Networks, token: str) -> bool:
    """Whether `/metrics` answers: to programs on this machine, to clients in `allow`, and to whoever carries the token.

    A request that a proxy passed on has no address of its own unless the proxy is trusted; an empty token opens nothing.
    """
    return is_direct_loopback(scope) or _is_allowed(scope, allow) or _carries(scope, token)


def _is_allowed(scope: Asked, allow: Networks) -> bool:
    client = scope.get("client")
    return client is not None and client[0] in allow and (PEER in scope or not is_forwarded(scope))


def _carries(scope: Asked, token: str) -> bool:
    """Whether the request brings the bearer token (RFC 6750, 2.1)."""
    given = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
    scheme, _, said = given.partition(b" ")
    return is_secret(said.strip(), token) and scheme.lower() == b"bearer"


def is_secret(given: bytes, secret: str) -> bool:
    """Compares in constant time. An empty secret is nobody's."""
    return hmac.compare_digest(given, secret.encode()) and bool(secret)
