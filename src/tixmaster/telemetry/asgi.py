"""Pure ASGI middleware: a request id in and out, one log line and one observation for every request.

The application names the caller with `identify` and the cause of a 5xx with `blame`; both reach the request's line.
"""

from __future__ import annotations

import random
import re
import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any, Final

import structlog
from structlog.contextvars import bind_contextvars, clear_contextvars

from tixmaster.telemetry.logs import describe
from tixmaster.telemetry.metrics import UNKNOWN_ROUTE, HttpMetrics

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

CLIENT_GONE: Final = 499
"""Logged when the caller hung up before an answer began (nginx's code for it); never sent."""

_HEADER: Final = b"x-request-id"
_ACCEPTABLE: Final = re.compile(rb"[\w.:-]{1,128}", re.ASCII)


def identify(user_id: object) -> None:
    """Puts the caller's id on every further line of this request."""
    bind_contextvars(userId=user_id)


def blame(error: BaseException, *, known_as: str = "") -> None:
    """Puts the cause of a failure on this request's line, as `error`; `known_as` stands before it, where the root cause
    alone does not tell who failed."""
    bind_contextvars(error=f"{known_as}: {describe(error)}" if known_as else describe(error))


class RequestTelemetry:
    """Wraps the whole application, so that unknown paths and errors of the framework are seen too."""

    def __init__(self, app: App, metrics: HttpMetrics, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
        """`headers` are put on every answer."""
        self._app = app
        self._metrics = metrics
        self._headers = tuple(headers)
        self._log = structlog.stdlib.get_logger().bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request through the application, and records it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        clear_contextvars()
        bind_contextvars(requestId=request_id, userId=None)
        status = CLIENT_GONE
        started = time.perf_counter()

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), *self._headers, (_HEADER, request_id.encode())]
            await send(message)

        self._metrics.active.inc()
        try:
            await self._app(scope, receive, send_with_id)
        except Exception as error:
            status = 500
            blame(error)
            self._log.exception("application error")
            raise
        finally:
            self._metrics.active.dec()
            self._record(scope, status, time.perf_counter() - started)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope.get("path_template") or UNKNOWN_ROUTE
        self._metrics.observe(method=scope["method"], route=route, status=status, seconds=seconds)
        say = self._log.error if status >= 500 else self._log.warning if status >= 400 else self._log.info
        say(
            "request",
            method=scope["method"],
            path=scope["path"],
            route=route,
            ip=(scope.get("client") or (None,))[0],
            statusCode=status,
            duration=round(seconds * 1000, 2),
        )


def _request_id(scope: Scope) -> str:
    """The caller's `X-Request-Id` where it is fit for a log line, else a new one."""
    for name, value in scope["headers"]:
        if name == _HEADER and _ACCEPTABLE.fullmatch(value):
            return str(value.decode())
    return f"{random.getrandbits(128):032x}"  # an id, not a secret
