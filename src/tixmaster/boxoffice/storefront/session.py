"""Who looks at a page: the token of the API in a cookie that scripts cannot read, and the way back after logging in."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.handlers.base import BaseRouteHandler

from tixmaster.boxoffice.errors import SignInError
from tixmaster.boxoffice.identity import ADMINISTRATORS, LIFETIME, ORGANIZERS, Caller, Tokens, current, require
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.users.model import User
from tixmaster.telemetry.asgi import identify

COOKIE: Final = "session"
HOME: Final = "/"

Visit = Request[Any, Any, Any]
Connection = ASGIConnection[Any, Any, Any, Any]


def visitor(request: Connection) -> Caller | None:
    """Who is logged in as far as the cookie says: for the links of a page, not for anything that is somebody's."""
    tokens: Tokens = request.app.state.office.tokens
    caller: Caller | None = request.scope.get("user") or tokens.known(request.cookies.get(COOKIE, ""))
    if caller is None or caller.sid is None:  # an API token is no session: nobody could end it by logging out
        return None
    identify(caller.user_id)
    return caller


async def buyer(request: Connection) -> Caller:
    """Who is logged in, as the database says now; raises `SignInError`, which leads to the log-in page."""
    claimed = visitor(request)
    caller = claimed and await current(request.app.state.office.database, claimed)
    if caller is None:
        raise SignInError("Please log in")
    request.scope["user"] = caller
    return caller


async def organizers_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets in organisers and administrators, as the database says now; the handler finds them in `request.user`."""
    require(await buyer(connection), ORGANIZERS)


async def administrators_only(connection: Connection, _handler: BaseRouteHandler) -> None:
    """Lets in administrators, as the database says now; the handler finds them in `request.user`."""
    require(await buyer(connection), ADMINISTRATORS)


def cookie(office: Office, user: User, version: int = 0) -> Cookie:
    """A new session: the token is made now, so one that somebody planted before is worth nothing."""
    return Cookie(
        key=COOKIE,
        value=office.tokens.sign_session(user, version),
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="lax",
    )


def no_cookie() -> Cookie:
    """Ends the session in this browser."""
    return Cookie(key=COOKIE, value="", max_age=0, httponly=True, samesite="lax")


def local(address: str) -> str:
    """An address of ours to go on to; anything that could lead elsewhere becomes the front page."""
    inside = address.startswith("/") and not address.startswith("//")
    return address if inside and address.isprintable() and "\\" not in address else HOME


def log_in_address(back_to: str) -> str:
    """The log-in page that leads back."""
    return f"/login?{urlencode({'next': back_to})}"
