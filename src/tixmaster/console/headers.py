"""Headers of every answer: what a browser may load, and that nobody frames or guesses."""

from __future__ import annotations

from litestar.datastructures import CacheControlHeader, MutableScopeHeaders
from litestar.types import BeforeMessageSendHookHandler, Message, Scope

from tixmaster.http.https import secured
from tixmaster.oncall.desk import Desk
from tixmaster.oncall.remedy import links

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


def _may_act(scope: Scope) -> bool:
    """Whether whoever is answered may act: by their account, or by their token (the installation's own may)."""
    user = scope.get("user")
    return user.may_act if user is not None else bool(scope["state"].get("may_act", True))


def without_links(desk: Desk) -> BeforeMessageSendHookHandler:
    """A hook that makes approval links useless in every answer to whoever may not act, wherever the link came from: a mail,
    a note, a log line. What has no user is not for viewers: the log-in, and the page behind a link itself."""

    async def hide(message: Message, scope: Scope) -> None:
        if message["type"] == "http.response.body" and not _may_act(scope):
            message["body"] = links.hidden(desk, message["body"])

    return hide


async def secure(message: Message, scope: Scope) -> None:
    """Adds to an answer what its handler did not set itself."""
    if message["type"] == "http.response.start":
        if scope["scheme"] == "https":
            message["headers"] = secured(message["headers"])
        headers = MutableScopeHeaders.from_message(message)
        for name, value in _SECURITY.items():
            headers.setdefault(name, value)
