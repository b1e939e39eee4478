"""To the provider and back. What goes wrong is said on the log-in page, where the local log-in stays."""

from __future__ import annotations

import asyncio
import math
from typing import Annotated, Any

import structlog
from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.exceptions import NotFoundException
from litestar.params import QueryParameter
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER, HTTP_429_TOO_MANY_REQUESTS

from tixmaster.console.accounts import Account
from tixmaster.console.login import HOME, ProviderHere, form_with, local, note
from tixmaster.console.openid.errors import OpenIdError
from tixmaster.console.openid.people import account_for
from tixmaster.console.openid.provider import CALLBACK, Provider
from tixmaster.console.openid.request import COOKIE, PATH, SignIns, gone
from tixmaster.console.sessions import Sessions
from tixmaster.console.throttle import Throttle
from tixmaster.oncall.api import OncallHere

log = structlog.get_logger(__name__)

Longest = Annotated[str | None, QueryParameter(max_length=4000)]
State = Annotated[str | None, QueryParameter(name="state", max_length=4000)]


@get(PATH)
async def depart(
    request: Request[Any, Any, Any], provider: ProviderHere, sign_ins: NamedDependency[SignIns], next: Longest = None
) -> Response[Any]:
    """Sends the browser to the provider."""
    known = _required(provider)
    begun, cookie = sign_ins.begin(local(next or HOME))
    try:
        address = await asyncio.to_thread(known.address_for, begun)
    except OpenIdError as error:
        return _refused(request, known, error, begun.next)
    return Redirect(address, status_code=HTTP_303_SEE_OTHER, cookies=[cookie])


@get(CALLBACK)
async def arrive(
    request: Request[Any, Any, Any],
    oncall: OncallHere,
    provider: ProviderHere,
    sign_ins: NamedDependency[SignIns],
    sessions: NamedDependency[Sessions],
    throttle: NamedDependency[Throttle],
    code: Longest = None,
    answered: State = None,
    iss: Longest = None,
    error: Longest = None,
) -> Response[Any]:
    """The provider's answer: opens a session, or shows the log-in page with what was wrong."""
    known = _required(provider)
    address = request.client.host if request.client else ""
    if wait := throttle.enter_provider(address):
        template = form_with(request, known, problem="log-in-wait", wait=math.ceil(wait))
        return _as(template, HTTP_429_TOO_MANY_REQUESTS)

    def identify() -> tuple[Account, str]:
        begun = sign_ins.end(request.cookies.get(COOKIE), answered)
        if error is not None or code is None:
            raise OpenIdError("provider-refused", f"it answered {error!r}")
        claims = known.claims(begun, code, iss)
        return account_for(oncall.desk, known.told, claims, address), begun.next

    try:
        account, after = await asyncio.to_thread(identify)
    except OpenIdError as failure:
        await asyncio.to_thread(note, oncall, failure.reason, address, let_in=False)
        return _refused(request, known, failure, HOME)
    throttle.succeed_provider(address)
    await asyncio.to_thread(note, oncall, account.name, address, let_in=True)
    return Redirect(after, status_code=HTTP_303_SEE_OTHER, cookies=[sessions.cookie(account), gone()])


@get(f"{PATH}/leave")
async def leave(request: Request[Any, Any, Any], provider: ProviderHere) -> Response[Any]:
    """Ends the session at the provider, too, where it has a place for that."""
    known = _required(provider)
    try:
        address = await asyncio.to_thread(known.address_to_leave)
    except OpenIdError as error:
        return _refused(request, known, error, HOME)
    return Redirect(address or "/login", status_code=HTTP_303_SEE_OTHER)


def _required(provider: Provider | None) -> Provider:
    if provider is None:
        raise NotFoundException("no OpenID Connect provider is configured ([oncall.openid] in tixmaster.toml)")
    return provider


def _refused(request: Request[Any, Any, Any], provider: Provider, error: OpenIdError, after: str) -> Response[Any]:
    log.warning("openid-refused", reason=error.reason, detail=error.detail)
    template = form_with(request, provider, next=after, problem=f"openid-{error.reason}")
    template.cookies.append(gone())
    return _as(template, error.status)


def _as(template: Any, status: int) -> Response[Any]:
    template.status_code = status
    answer: Response[Any] = template
    return answer


HANDLERS = (depart, arrive, leave)
