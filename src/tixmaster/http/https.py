"""What an answer over HTTPS carries besides: cookies that browsers keep off plain HTTP, and the order to stay with HTTPS.

The scheme is that of the client: `peer.see_through` takes it from a trusted proxy. Over plain HTTP nothing changes, so that
http://127.0.0.1 works without a certificate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tixmaster.telemetry.asgi import App, Message, Receive, Scope, Send

HSTS: Final = (b"strict-transport-security", b"max-age=31536000")
"""One year (RFC 6797). For this host alone: what else runs below its name is not ours to decide."""


class SecureTransport:
    """Stands around the whole application, so that no cookie and no answer is left out."""

    def __init__(self, app: App, *, behind_proxies: bool) -> None:
        """`behind_proxies`: whether the scheme may become HTTPS on the way; without, plain requests cost nothing."""
        self._app = app
        self._behind_proxies = behind_proxies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and its answer back."""
        if scope["type"] != "http" or not (self._behind_proxies or scope.get("scheme") == "https"):
            await self._app(scope, receive, send)
            return

        async def send_securely(message: Message) -> None:
            # Only now is the scheme known: the application inside finds out who calls.
            if message["type"] == "http.response.start" and scope.get("scheme") == "https":
                message["headers"] = secured(message.get("headers", ()))
            await send(message)

        await self._app(scope, receive, send_securely)


def secured(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers of a response over HTTPS: with `Secure` on every cookie, and with Strict-Transport-Security."""
    return [*((name, _for_https(name, value)) for name, value in headers if name.lower() != HSTS[0]), HSTS]


def _for_https(name: bytes, value: bytes) -> bytes:
    plain = name.lower() == b"set-cookie" and b"secure" not in _attributes(value)
    return value + b"; Secure" if plain else value


def _attributes(cookie: bytes) -> list[bytes]:
    """The attributes of a cookie in small letters, without its name and value."""
    return [part.strip().lower() for part in cookie.split(b";")[1:]]
