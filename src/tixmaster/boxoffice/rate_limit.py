"""Limits by address: how many requests a client may send, and how many accounts it may open. Programs on this machine have
no limit, unless a proxy passed their requests on. Of IPv6, one network of 64 bits counts as one address.

Token buckets (a bucket holds what may come at once and fills at a steady rate) in the memory of this process.
"""

from __future__ import annotations

import json
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

import structlog

from tixmaster.http.peer import PEER, Networks, is_direct_loopback, is_forwarded, see_through, site_of
from tixmaster.telemetry.asgi import App, Receive, Scope, Send

REMEMBERED: Final = 50_000
"""Addresses; the longest unseen is forgotten first."""
ACCOUNTS_PER_HOUR: Final = 20
REGISTER: Final = frozenset({"/api/users/register", "/register"})
UNLIMITED: Final = ("/health", "/metrics", "/static/")

WARNED: Final = 10
"""Proxies that are not trusted, in the log."""

_log = structlog.stdlib.get_logger()

Refusal = Callable[[Scope, int], tuple[bytes, bytes]]
"""Content type and body of a 429, for a request and the seconds to wait."""


def as_json(_: Scope, seconds: int) -> tuple[bytes, bytes]:
    """What programs are told."""
    return b"application/json", json.dumps({"error": f"Too many requests. Please try again in {seconds} s."}).encode()


class Buckets:
    """One bucket for each address: `most` tokens, filled in `seconds`."""

    def __init__(self, most: int, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self._most, self._seconds, self._now = most, seconds, now
        self._full_at: OrderedDict[str, float] = OrderedDict()

    def take(self, address: str) -> float:
        """Takes one token: 0, or the seconds until there is one."""
        now, each = self._now(), self._seconds / self._most
        full_at = max(self._full_at.get(address, now), now)
        wait = full_at + each - now - self._seconds
        if wait > 1e-9:
            return wait
        self._full_at[address] = full_at + each
        self._full_at.move_to_end(address)
        if len(self._full_at) > REMEMBERED:
            self._full_at.popitem(last=False)
        return 0.0


class RateLimit:
    """Finds out who calls (behind proxies of ours, by `X-Forwarded-For`), and refuses what is too much with 429."""

    def __init__(self, app: App, *, requests_per_minute: int, proxies: Networks, refusal: Refusal = as_json) -> None:
        self._app = app
        self._refusal = refusal
        self._requests = Buckets(requests_per_minute, 60) if requests_per_minute else None
        self._accounts = Buckets(ACCOUNTS_PER_HOUR, 3600)
        self._proxies = proxies
        self._warned: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, or not."""
        if scope["type"] == "http":
            if self._proxies:
                see_through(scope, self._proxies)
            client = scope.get("client")
            if client is not None and not scope["path"].startswith(UNLIMITED) and not is_direct_loopback(scope):
                wait = self._wait(site_of(client[0]), scope)
                if wait:
                    self._warn_of_proxy(scope)
                    await self._refuse(scope, send, math.ceil(wait))
                    return
        await self._app(scope, receive, send)

    def _wait(self, site: str, scope: Scope) -> float:
        wait = self._requests.take(site) if self._requests else 0.0
        if not wait and scope["path"] in REGISTER and scope["method"] == "POST":
            wait = self._accounts.take(site)
        return wait

    def _warn_of_proxy(self, scope: Scope) -> None:
        """Logs, once for each, that a proxy is not trusted: all of its visitors share one limit."""
        address = scope["client"][0]
        if PEER in scope or address in self._warned or len(self._warned) >= WARNED or not is_forwarded(scope):
            return
        self._warned.add(address)
        _log.warning(
            f"refused a request that {address} passed on: all visitors behind that proxy share one limit. "
            "If the proxy is yours, add its address to BOXOFFICE_TRUSTED_PROXIES."
        )

    async def _refuse(self, scope: Scope, send: Send, seconds: int) -> None:
        kind, body = self._refusal(scope, seconds)
        headers = [
            (b"content-type", kind),
            (b"content-length", b"%d" % len(body)),
            (b"retry-after", b"%d" % seconds),
        ]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": body})
