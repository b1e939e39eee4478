"""Organisers' pages: their events, what was sold of them, and the gate."""

from __future__ import annotations

from typing import Final

from litestar import Router

from tixmaster.boxoffice.storefront.organizer import events, gate, orders, ticket_types
from tixmaster.boxoffice.storefront.session import organizers_only

pages: Final = Router(
    "/organizer",
    route_handlers=[*events.HANDLERS, *ticket_types.HANDLERS, *orders.HANDLERS, *gate.HANDLERS],
    guards=[organizers_only],
    include_in_schema=False,
)
