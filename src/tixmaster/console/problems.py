"""The one edge where errors become answers: problem details (RFC 9457) for programs, a page for people."""

from __future__ import annotations

import errno
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.response import Redirect, Template
from litestar.status_codes import HTTP_303_SEE_OTHER

from tixmaster.console.accounts import AccountError, UnknownAccountError
from tixmaster.console.rendering import language_of, page
from tixmaster.oncall.errors import (
    CannotMergeError,
    MaintenanceError,
    ManualBusyError,
    NothingToDecideError,
    SilenceError,
    StateAwayError,
    StateDamagedError,
    UnknownDocumentError,
    UnknownIncidentError,
    UnknownRunError,
    WebhookError,
)
from tixmaster.oncall.store import trouble
from tixmaster.stack.errors import StackError, UnreachableError
from tixmaster.stack.monitoring.client import QueryError
from tixmaster.stack.said import Said, in_language, verbatim
from tixmaster.telemetry.asgi import blame

log = structlog.get_logger(__name__)

PROBLEM = "application/problem+json"
FOR_PROGRAMS = ("/api/", "/webhook/", "/health", "/metrics", "/live", "/panels", "/static/")
STATUS: dict[type[StackError], HTTPStatus] = {
    UnknownIncidentError: HTTPStatus.NOT_FOUND,
    UnknownDocumentError: HTTPStatus.NOT_FOUND,
    UnknownRunError: HTTPStatus.NOT_FOUND,
    ManualBusyError: HTTPStatus.CONFLICT,
    UnknownAccountError: HTTPStatus.NOT_FOUND,
    AccountError: HTTPStatus.BAD_REQUEST,
    NothingToDecideError: HTTPStatus.CONFLICT,
    WebhookError: HTTPStatus.BAD_REQUEST,
    CannotMergeError: HTTPStatus.CONFLICT,
    MaintenanceError: HTTPStatus.BAD_REQUEST,
    SilenceError: HTTPStatus.BAD_REQUEST,
    QueryError: HTTPStatus.BAD_REQUEST,
    UnreachableError: HTTPStatus.SERVICE_UNAVAILABLE,
    StateDamagedError: HTTPStatus.SERVICE_UNAVAILABLE,
}
UNEXPECTED = Said(
    "Something broke on our side; var/oncall/logs/error.log has the details under this answer's X-Request-Id.",
    "系統內部發生錯誤；詳情見 var/oncall/logs/error.log，以此回應的 X-Request-Id 查找。",
)


def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """The answer to an error, in the form that the caller reads."""
    status, detail, headers = _explain(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        blame(error)
        log.error("request-failed", exc_info=error)
    if request.url.path.startswith(FOR_PROGRAMS):
        return _problem(status, detail, headers, getattr(error, "extra", None))
    if status == HTTPStatus.UNAUTHORIZED:
        return Redirect(_sign_in_address(request), status_code=HTTP_303_SEE_OTHER)
    return _page(request, status, detail, headers)


def _explain(error: Exception) -> tuple[HTTPStatus, Said, dict[str, str]]:
    """Status, words and headers; an error that nobody foresaw says nothing of itself."""
    if trouble.passes(error):
        error = StateAwayError(trouble.words(error))
    if isinstance(error, StateAwayError):
        return HTTPStatus.SERVICE_UNAVAILABLE, error.words, {"Retry-After": "5"}
    if isinstance(error, StackError):
        status = next((known for kind, known in STATUS.items() if isinstance(error, kind)), None)
        if status:
            return status, error.words, {}
    if isinstance(error.__cause__, OSError) and error.__cause__.errno == errno.ENAMETOOLONG:
        return HTTPStatus.NOT_FOUND, Said("there is no such file", "沒有此檔案"), {}  # a name below /static
    if isinstance(error, HTTPException) and error.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return HTTPStatus(error.status_code), verbatim(error.detail), dict(error.headers or {})
    return HTTPStatus.INTERNAL_SERVER_ERROR, UNEXPECTED, {}


def _problem(status: HTTPStatus, detail: str, headers: dict[str, str], extra: Any) -> Response[dict[str, Any]]:
    body: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail}
    if extra:
        body["errors"] = extra
    return Response(body, status_code=status, headers=headers, media_type=PROBLEM)


def _sign_in_address(request: Request[Any, Any, Any]) -> str:
    """The log-in form, which leads back to a page that was asked for (never to a form's address)."""
    if request.method != "GET" or request.url.path == "/":
        return "/login"
    return f"/login?{urlencode({'next': request.url.path})}"


def _page(request: Request[Any, Any, Any], status: HTTPStatus, detail: Said, headers: dict[str, str]) -> Template:
    template = page(
        request, "problem", status=status.value, title=status.phrase, detail=in_language(detail, language_of(request))
    )
    template.status_code = status
    template.headers.update(headers)
    return template
