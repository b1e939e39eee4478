"""Logging in and out, opening an account, and the choice of the language."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, URLEncodedBody
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.boxoffice.errors import ConflictError, InvalidError, SignInError
from tixmaster.boxoffice.identity import LIFETIME
from tixmaster.boxoffice.office import OfficeHere
from tixmaster.boxoffice.storefront.rendering import LANGUAGE_COOKIE, page
from tixmaster.boxoffice.storefront.session import HOME, Visit, cookie, local, no_cookie, visitor
from tixmaster.boxoffice.storefront.words import LANGUAGES
from tixmaster.boxoffice.users import accounts, entrance, queries
from tixmaster.boxoffice.users.model import Login, Registration

YEAR: Final = 365 * 24 * 3600

Address = Annotated[str, msgspec.Meta(max_length=2000)]


class LogInForm(Login, kw_only=True, frozen=True):
    """Who somebody claims to be, and where they were."""

    next: Address = HOME


class RegisterForm(Registration, kw_only=True, frozen=True):
    """A new account, and where its owner was."""

    next: Address = HOME


class Choice(msgspec.Struct, frozen=True):
    """The language switch."""

    language: str
    next: Address = HOME


@get("/login")
async def log_in_form(request: Visit, next: FromQuery[str] = HOME) -> Template:
    """The log-in form."""
    return page(request, "login", next=local(next), email="", problem=None)


@post("/login", status_code=HTTP_303_SEE_OTHER)
async def log_in(request: Visit, data: URLEncodedBody[LogInForm], office: OfficeHere) -> Response[Any]:
    """Opens a session, or shows the form again with what was wrong."""
    try:
        known = await entrance.enter(office, data, request.client.host if request.client else "")
    except SignInError:
        return page(request, "login", status_code=401, next=local(data.next), email=data.email, problem="wrong")
    session = cookie(office, known.user, known.token_version)
    return Redirect(local(data.next), status_code=HTTP_303_SEE_OTHER, cookies=[session])


@post("/logout", status_code=HTTP_303_SEE_OTHER)
async def log_out(request: Visit, office: OfficeHere) -> Redirect:
    """Ends the session, in this browser and on the server: a copy of the cookie is worth nothing from now on."""
    caller = visitor(request)
    if caller is not None and caller.sid is not None:
        await queries.end_session(office.database, caller.sid, LIFETIME)
    return Redirect(HOME, status_code=HTTP_303_SEE_OTHER, cookies=[no_cookie()])


@get("/register")
async def register_form(request: Visit, next: FromQuery[str] = HOME) -> Template:
    """The form for a new account."""
    return page(request, "register", next=local(next), email="", name="", problem=None)


@post("/register", status_code=HTTP_303_SEE_OTHER)
async def register(request: Visit, data: URLEncodedBody[RegisterForm], office: OfficeHere) -> Response[Any]:
    """Opens an account and a session."""
    try:
        user = await accounts.register(office.database, office.passwords, data)
    except (ConflictError, InvalidError) as error:
        return page(
            request,
            "register",
            status_code=error.status,
            next=local(data.next),
            email=data.email,
            name=data.name,
            problem="taken" if isinstance(error, ConflictError) else "no_address",
        )
    return Redirect(local(data.next), status_code=HTTP_303_SEE_OTHER, cookies=[cookie(office, user)])


@post("/language", status_code=HTTP_303_SEE_OTHER)
async def choose_language(data: URLEncodedBody[Choice]) -> Redirect:
    """Remembers the language for a year."""
    answer = Redirect(local(data.next), status_code=HTTP_303_SEE_OTHER)
    if data.language in LANGUAGES:
        answer.set_cookie(key=LANGUAGE_COOKIE, value=data.language, max_age=YEAR, samesite="lax")
    return answer


HANDLERS: Final = (log_in_form, log_in, log_out, register_form, register, choose_language)
