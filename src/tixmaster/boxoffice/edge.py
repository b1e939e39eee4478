"""The edge: every error becomes `{error[, details]}` here, and every answer gets its security headers.

What PostgreSQL or Python said goes to the log, never to the caller.
"""

from __future__ import annotations

from typing import Any, Final

import asyncpg
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, InternalServerException, NotFoundException
from litestar.types import ExceptionHandlersMap

from tixmaster.boxoffice.errors import BoxOfficeError, InvalidError, SignInError, TooManyAttemptsError
from tixmaster.telemetry.asgi import App, Message, Receive, Scope, Send, blame

SECURITY_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"strict-origin-when-cross-origin"),
    (
        b"content-security-policy",
        b"default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
        b"frame-ancestors 'none'",
    ),
    (b"cross-origin-opener-policy", b"same-origin"),
)
"""On every answer. Pages of other origins get none of CORS: the API is closed to them."""
RETRY_AFTER: Final = {"Retry-After": "1"}


class HeadRequests:
    """Answers HEAD as GET, without the body (RFC 9110, 9.3.2): link checkers and uptime monitors ask so."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        # A copy: the server looks at the method of its own, to know that no body follows the Content-Length.
        asked = {**scope, "method": "GET"}
        try:
            await self._app(asked, receive, send_without_body)
        finally:
            scope["path_template"] = asked.get("path_template")


AnyRequest = Request[Any, Any, Any]
_log = structlog.stdlib.get_logger()


class JsonRequest(AnyRequest):
    """A request whose body, when it cannot be read, is the caller's trouble in every case: the framework leaves out three."""

    async def body(self) -> bytes:
        """The bytes; raises `InvalidError` where the caller hung up: with the framework's 500 we would call somebody."""
        try:
            return await super().body()
        except InternalServerException as error:
            raise InvalidError("The connection broke off before the whole body was here") from error

    async def json(self) -> Any:
        """The body; raises `InvalidError`."""
        try:
            return await super().json()
        except UnicodeDecodeError as error:
            raise InvalidError("The body is not UTF-8") from error
        except RecursionError as error:
            raise InvalidError("The body is nested too deeply") from error


def of_ours(_: AnyRequest, error: BoxOfficeError) -> Response[dict[str, Any]]:
    """An error with a message for the caller."""
    if error.status >= 500:
        blame(error, known_as=error.known_as)
    return _answer(error.status, str(error), details=error.details, headers=headers_of(error))


def headers_of(error: BoxOfficeError) -> dict[str, str]:
    """What the answer to an error of ours carries besides its words."""
    if isinstance(error, SignInError):
        return {"WWW-Authenticate": "Bearer"}
    if isinstance(error, TooManyAttemptsError):
        return {"Retry-After": str(error.seconds)}
    return RETRY_AFTER if error.status >= 500 else {}


def of_framework(_: AnyRequest, error: HTTPException) -> Response[dict[str, Any]]:
    """An unknown path, a wrong method, a body that cannot be read."""
    if isinstance(error, NotFoundException):
        return _answer(404, "Endpoint not found")
    details = error.extra if isinstance(error.extra, list) else None
    message = "Invalid request" if details else error.detail
    return _answer(error.status_code, message, details=details, headers=error.headers)


def of_unfit_value(request: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """A value that PostgreSQL cannot hold: a number beyond 64 bits, text with a NUL in it. As a part of the path it names
    something that does not exist."""
    if isinstance(error, asyncpg.DataError) and any(_is_beyond(part) for part in request.path_params.values()):
        return _answer(404, "Endpoint not found")
    return _answer(*unexpected(error))


def _is_beyond(part: Any) -> bool:
    return isinstance(part, int) and not -(2**31) <= part < 2**31


def of_bug(_: AnyRequest, error: Exception) -> Response[dict[str, Any]]:
    """Anything else is our fault."""
    return _answer(*unexpected(error))


def unexpected(error: Exception) -> tuple[int, str]:
    """Status and words of an error that has none for the caller; our own faults go to the log."""
    if isinstance(error, asyncpg.DataError):
        structlog.contextvars.bind_contextvars(refusal=type(error).__name__)
        return 400, "A value is too large or holds characters that cannot be stored"
    blame(error)
    _log.error("unexpected error", exc_info=error)
    return 500, "Internal server error"


def _answer(
    status: int,
    message: str,
    *,
    details: list[Any] | dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response[dict[str, Any]]:
    body = {"error": message} | ({"details": details} if details else {})
    return Response(body, status_code=status, headers=headers, media_type="application/json")


EXCEPTION_HANDLERS: Final[ExceptionHandlersMap] = {
    BoxOfficeError: of_ours,
    HTTPException: of_framework,
    asyncpg.DataError: of_unfit_value,
    Exception: of_bug,
}
