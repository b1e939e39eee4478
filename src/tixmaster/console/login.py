"""Signing in and out, and the choice of the language."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any, TypeAlias

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_401_UNAUTHORIZED, HTTP_429_TOO_MANY_REQUESTS

from tixmaster.console import accounts
from tixmaster.console.devices import Devices
from tixmaster.console.openid.provider import Provider
from tixmaster.console.rendering import LANGUAGE_COOKIE, LANGUAGES, page
from tixmaster.console.sessions import COOKIE, Sessions
from tixmaster.console.throttle import Throttle
from tixmaster.oncall.api import OncallHere
from tixmaster.oncall.app import Oncall
from tixmaster.oncall.store import audit

HOME = "/"
LANGUAGE_SECONDS = 365 * 24 * 3600

ProviderHere: TypeAlias = NamedDependency[Provider | None]
Address = Annotated[str, msgspec.Meta(max_length=2000)]


class SignIn(msgspec.Struct, frozen=True):
    """The log-in form."""

    name: Annotated[str, msgspec.Meta(max_length=200)]
    password: Annotated[str, msgspec.Meta(max_length=1000)]
    next: Address = HOME


class Choice(msgspec.Struct, frozen=True):
    """The language switch."""

    language: str
    next: Address = HOME


def local(address: str) -> str:
    """An address of ours to go on to; anything that could lead elsewhere becomes the front page."""
    inside = address.startswith("/") and not address.startswith("//")
    return address if inside and address.isprintable() and "\\" not in address else HOME


@get("/login")
async def form(
    request: Request[Any, Any, Any], provider: ProviderHere, next: FromQuery[str] = HOME, left: FromQuery[bool] = False
) -> Template:
    """The log-in form; `left` after a log-out."""
    return form_with(request, provider, next=local(next), left=left)


def form_with(request: Request[Any, Any, Any], provider: Provider | None, *, wait: int = 0, **values: Any) -> Template:
    """The form with what is known already; `problem` says what was wrong, `wait` in how many seconds to try again."""
    usual = {"name": "", "next": HOME, "problem": None, "left": False}
    template = page(request, "login", provider=provider, wait=wait, **(usual | values))
    if wait:
        template.headers["Retry-After"] = str(wait)
    return template


@post("/login", status_code=HTTP_303_SEE_OTHER)
async def sign_in(
    request: Request[Any, Any, Any],
    data: URLEncodedBody[SignIn],
    oncall: OncallHere,
    sessions: NamedDependency[Sessions],
    devices: NamedDependency[Devices],
    throttle: NamedDependency[Throttle],
    provider: ProviderHere,
) -> Response[Any]:
    """Opens a session, or shows the form again with what was wrong."""
    address = request.client.host if request.client else ""
    device = await asyncio.to_thread(devices.known, request, data.name)
    if wait := throttle.enter(data.name, address, device):
        return _again(request, data, provider, HTTP_429_TOO_MANY_REQUESTS, "log-in-wait", wait=math.ceil(wait))
    account = await asyncio.to_thread(accounts.verify, oncall.desk, data.name, data.password)
    await asyncio.to_thread(note, oncall, data.name, address, let_in=account is not None)
    if account is None:
        return _again(request, data, provider, HTTP_401_UNAUTHORIZED, "log-in-wrong")
    throttle.succeed(data.name, address, device)
    cookies = [sessions.cookie(account), devices.cookie(account)]
    return Redirect(local(data.next), status_code=HTTP_303_SEE_OTHER, cookies=cookies)


@post("/logout", status_code=HTTP_303_SEE_OTHER)
async def sign_out(request: Request[Any, Any, Any], sessions: NamedDependency[Sessions]) -> Redirect:
    """Ends the session and takes its cookie away."""
    await asyncio.to_thread(sessions.end, request.cookies.get(COOKIE))
    return Redirect(
        "/login?left=true", status_code=HTTP_303_SEE_OTHER, cookies=[Cookie(key=COOKIE, value="", max_age=0)]
    )


@post("/language", status_code=HTTP_303_SEE_OTHER)
async def choose_language(data: URLEncodedBody[Choice]) -> Redirect:
    """Remembers the language for a year."""
    answer = Redirect(local(data.next), status_code=HTTP_303_SEE_OTHER)
    if data.language in LANGUAGES:
        answer.set_cookie(key=LANGUAGE_COOKIE, value=data.language, max_age=LANGUAGE_SECONDS, samesite="lax")
    return answer


def note(oncall: Oncall, name: str, address: str, *, let_in: bool) -> None:
    """The attempt as a row of the audit; those that the throttle refuses are not written, or a flood would fill the disk."""
    with oncall.desk.database.write() as connection:
        act: audit.Act = "signed-in" if let_in else "sign-in-refused"
        audit.write(connection, act, name, by=name, at=oncall.desk.now(), address=address)


def _again(
    request: Request[Any, Any, Any],
    data: SignIn,
    provider: Provider | None,
    status: int,
    problem: str,
    *,
    wait: int = 0,
) -> Template:
    template = form_with(request, provider, next=local(data.next), name=data.name, problem=problem, wait=wait)
    template.status_code = status
    return template
