"""Administrators' pages: accounts and their roles, feature flags, the audit log. Events they find among organisers' pages."""

from __future__ import annotations

from typing import Final

from litestar import Router

from tixmaster.boxoffice.storefront.administrator import audit, flags, users
from tixmaster.boxoffice.storefront.session import administrators_only

pages: Final = Router(
    "/admin",
    route_handlers=[*users.HANDLERS, *flags.HANDLERS, *audit.HANDLERS],
    guards=[administrators_only],
    include_in_schema=False,
)
