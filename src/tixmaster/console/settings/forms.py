"""What the forms of the settings share."""

from __future__ import annotations

from typing import Any

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.exceptions import PermissionDeniedException
from litestar.handlers import BaseRouteHandler
from litestar.response import Template
from litestar.status_codes import HTTP_400_BAD_REQUEST

from tixmaster.console.accounts import Account
from tixmaster.console.accounts.manage import Who


def may_manage(connection: ASGIConnection[Any, Account, Any, Any], _handler: BaseRouteHandler) -> None:
    """A guard: accounts and the audit are for administrators."""
    if not connection.user.may_manage:
        raise PermissionDeniedException(f"this is for administrators; {connection.user.name} is {connection.user.role}")


def who(request: Request[Account, Any, Any]) -> Who:
    """Who sent the form, and from which address."""
    return Who(name=request.user.name, address=request.client.host if request.client else "")


def problem(template: Template) -> Template:
    """The page that says what was wrong about a form."""
    template.status_code = HTTP_400_BAD_REQUEST
    return template
