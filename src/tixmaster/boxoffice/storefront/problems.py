"""Errors as pages for people; programs get the JSON of the edge (`edge.py`)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response
from litestar.connection import ASGIConnection
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from litestar.types import ExceptionHandlersMap

from tixmaster.boxoffice.edge import EXCEPTION_HANDLERS
from tixmaster.boxoffice.errors import BoxOfficeError, SignInError
from tixmaster.boxoffice.rate_limit import as_json
from tixmaster.boxoffice.storefront.rendering import environment, page, words_of
from tixmaster.boxoffice.storefront.session import COOKIE, HOME, local, log_in_address, no_cookie
from tixmaster.boxoffice.storefront.words import Words, refusal
from tixmaster.telemetry.asgi import Scope

FOR_PROGRAMS: Final = ("/api/", "/auth/")
NAMED_FOR_PROGRAMS: Final = frozenset({"/api", "/auth", "/health", "/metrics"})
NAMED: Final = (402, 403, 404, 409, 429, 502, 503)
"""Statuses with words of their own; others read as 400 or 500."""
ACTIONS: Final = ("/hold", "/pay", "/cancel", "/publish", "/refund")
"""Ends of addresses that only a form is sent to."""


def too_many(scope: Scope, seconds: int) -> tuple[bytes, bytes]:
    """The answer to an address that asks too often, which never reaches the application: cheap, and without forms."""
    if _for_programs(scope["path"]):
        return as_json(scope, seconds)
    words = words_of(ASGIConnection(scope))  # type: ignore[arg-type]
    template = environment().get_template("slow_down.html.j2")
    text = template.render(words=words, seconds=seconds, back=_back(scope["path"], scope["method"]))
    return b"text/html; charset=utf-8", text.encode()


def _handler(for_programs: Any) -> Any:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        said: Response[Any] = for_programs(request, error)
        if _for_programs(request.url.path):
            return said
        back = _back(request.url.path, request.method)
        if isinstance(error, SignInError):
            ended = [no_cookie()] if COOKIE in request.cookies else []
            return Redirect(log_in_address(back), status_code=HTTP_303_SEE_OTHER, cookies=ended)
        words, status = words_of(request), said.status_code or 500
        kind = _kind(error, status, words)
        message = refusal(str(error), words) if isinstance(error, BoxOfficeError) and kind == _by_status(status) else ""
        shown = page(request, "problem", status_code=status, kind=kind, message=message, back=back)
        shown.headers.update(said.headers)
        return shown

    return answer


def _for_programs(path: str) -> bool:
    return path.startswith(FOR_PROGRAMS) or path in NAMED_FOR_PROGRAMS


def _kind(error: Exception, status: int, words: Words) -> str:
    """Which words explain it: those of its reason where there are some, else those of the status."""
    reason = error.reason if isinstance(error, BoxOfficeError) else ""
    return reason if f"problem_{reason}" in words else _by_status(status)


def _by_status(status: int) -> str:
    return str(status if status in NAMED else 500 if status >= 500 else 400)


def _back(path: str, method: str) -> str:
    """The page where the trouble began: that of the form, for it alone can be opened again."""
    if method == "POST":
        if path.startswith("/admin/"):
            return "/".join(path.split("/")[:3])
        path = next((path.removesuffix(end) for end in ACTIONS if path.endswith(end)), path)
    return HOME if path in ("/language", "/logout") else local(path)


HANDLERS: Final[ExceptionHandlersMap] = {kind: _handler(handler) for kind, handler in EXCEPTION_HANDLERS.items()}
