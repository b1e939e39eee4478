"""Who called, and over which scheme, behind reverse proxies: their `X-Forwarded-For` and `X-Forwarded-Proto` are believed
where the connection comes from one of our own, and nobody else's."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, MutableMapping
from typing import Any

IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


class Proxies:
    """The addresses of our own reverse proxies: addresses and networks. Raises `ValueError` for anything else."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ipaddress.ip_network(text.strip()) for text in networks]

    def __bool__(self) -> bool:
        return bool(self._networks)

    def __contains__(self, address: str) -> bool:
        parsed = parse(address)
        return parsed is not None and any(parsed in network for network in self._networks)

    def see_through(self, scope: MutableMapping[str, Any]) -> None:
        """Sets the client and the scheme of an ASGI scope to those of the last hop that is not a proxy of ours.

        Each proxy appends what it saw, so the lists are read from the right, and only as far as our own proxies reach: what
        stands further left was sent by the client, who may write anything.
        """
        client = scope.get("client")
        if client is None or client[0] not in self:
            return
        hops = 1
        for entry in reversed(_list(scope, b"x-forwarded-for")):
            address = parse(entry)
            if address is None:
                break
            scope["client"] = (str(address), 0)
            if str(address) not in self:
                break
            hops += 1
        schemes = _list(scope, b"x-forwarded-proto")
        if schemes:
            scheme = schemes[-hops if hops <= len(schemes) else 0].lower()
            if scheme in ("http", "https"):
                scope["scheme"] = scheme


def parse(text: str) -> IpAddress | None:
    """An address as proxies write it, also in brackets and with a port; None where it is none.

    An IPv4 address that a dual-stack socket shows as IPv6 is the IPv4 address.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _list(scope: MutableMapping[str, Any], name: bytes) -> list[str]:
    """The entries of a header that may come several times."""
    values = b",".join(value for key, value in scope["headers"] if key == name).decode("latin-1")
    return [part.strip() for part in values.split(",") if part.strip()]
