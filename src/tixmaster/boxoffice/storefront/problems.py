"""Errors as pages for people; programs get the JSON of the edge (`edge.py`)."""

from __future__ import annotations

from typing import Any, Final

from litestar import Request, Response
from litestar.response import Redirect
from litestar.status_codes import HTTP_303_SEE_OTHER
from litestar.types import ExceptionHandlersMap

from tixmaster.boxoffice.edge import EXCEPTION_HANDLERS
from tixmaster.boxoffice.errors import BoxOfficeError, SignInError
from tixmaster.boxoffice.storefront.rendering import page, words_of
from tixmaster.boxoffice.storefront.session import HOME, local, log_in_address
from tixmaster.boxoffice.storefront.words import refusal

FOR_PROGRAMS: Final = ("/api/", "/auth/", "/health", "/metrics", "/static/")
NAMED: Final = (402, 403, 404, 409, 429, 503)
"""Statuses with words of their own; others read as 400 or 500."""


def _handler(for_programs: Any) -> Any:
    def answer(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        said: Response[Any] = for_programs(request, error)
        path = request.url.path
        if path.startswith(FOR_PROGRAMS) or path in ("/api", "/auth"):
            return said
        back = _back(request)
        if isinstance(error, SignInError):
            return Redirect(log_in_address(back), status_code=HTTP_303_SEE_OTHER)
        status = said.status_code or 500
        kind = status if status in NAMED else 500 if status >= 500 else 400
        message = refusal(str(error), words_of(request)) if isinstance(error, BoxOfficeError) and status < 500 else ""
        shown = page(request, "problem", status_code=status, kind=kind, message=message, back=back)
        shown.headers.update(said.headers)
        return shown

    return answer


def _back(request: Request[Any, Any, Any]) -> str:
    """The page where the trouble began: that of the form, for it alone can be opened again."""
    path = request.url.path
    if request.method == "POST":
        path = path.removesuffix("/hold").removesuffix("/pay").removesuffix("/cancel")
    return HOME if path in ("/language", "/logout") else local(path)


HANDLERS: Final[ExceptionHandlersMap] = {kind: _handler(handler) for kind, handler in EXCEPTION_HANDLERS.items()}
