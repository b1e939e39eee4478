"""Headers of every answer: what a browser may load, and that nobody frames or guesses."""

from __future__ import annotations

from litestar.datastructures import CacheControlHeader, MutableScopeHeaders
from litestar.types import Message, Scope

STATIC_CACHE = CacheControlHeader(max_age=300, public=True)


def content_policy(styles: str = "'self'") -> str:
    """The Content-Security-Policy of a page whose style comes from `styles`."""
    return (
        f"default-src 'none'; style-src {styles}; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


_SECURITY = {
    "Content-Security-Policy": content_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


async def secure(message: Message, _scope: Scope) -> None:
    """Adds to an answer what its handler did not set itself."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _SECURITY.items():
            headers.setdefault(name, value)
