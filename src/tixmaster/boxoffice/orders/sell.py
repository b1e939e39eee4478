"""Selling: take the seats, or say why not."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

import asyncpg
import structlog

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.errors import BoxOfficeError, ForbiddenError, InvalidError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.metrics import BoxOfficeMetrics
from tixmaster.boxoffice.orders import queries
from tixmaster.boxoffice.orders.codes import code
from tixmaster.boxoffice.orders.model import Order, Purchase


class Refusal(StrEnum):
    """Why an order was not accepted; the field `refusal` of its log line."""

    UNKNOWN_TICKET = "unknown_ticket"
    OTHER_EVENT = "other_event"
    NOT_ON_SALE = "not_on_sale"
    OVER_LIMIT = "over_limit"
    SOLD_OUT = "sold_out"


_ANSWERS: Final[dict[Refusal, tuple[type[BoxOfficeError], str]]] = {
    Refusal.UNKNOWN_TICKET: (NotFoundError, "Ticket not found"),
    Refusal.OTHER_EVENT: (InvalidError, "This ticket is not for that event"),
    Refusal.NOT_ON_SALE: (InvalidError, "This ticket is not on sale"),
    Refusal.OVER_LIMIT: (InvalidError, "More tickets than one order may hold"),
    Refusal.SOLD_OUT: (InvalidError, "Not enough tickets available"),
}


async def sell(database: Database, metrics: BoxOfficeMetrics, buyer: Caller, wish: Purchase) -> Order:
    """The accepted order. Raises what the buyer is to be told; counts the outcome, except the probe's."""
    outcome = "failed"
    try:
        order = await _place(database, buyer, wish)
        if order is None:
            outcome = "declined"
            raise await _refusal(database, buyer, wish)
        outcome = "confirmed"
        return order
    finally:
        if not buyer.is_probe:
            metrics.orders.labels(outcome).inc()


async def _place(database: Database, buyer: Caller, wish: Purchase) -> Order | None:
    codes = [code("TK-") for _ in range(wish.quantity)]
    try:
        return await queries.place(database, buyer, wish, code("TM-"), codes)
    except asyncpg.ForeignKeyViolationError as error:
        # The token is genuine and its account is gone, as after a restore of the database.
        raise ForbiddenError("Invalid or expired token") from error


async def _refusal(database: Database, buyer: Caller, wish: Purchase) -> BoxOfficeError:
    reason = _reason(await queries.offer(database, wish.ticket_id), buyer, wish)
    structlog.contextvars.bind_contextvars(refusal=reason)
    error, message = _ANSWERS[reason]
    return error(message)


def _reason(offer: queries.Offer | None, buyer: Caller, wish: Purchase) -> Refusal:
    if offer is None:
        return Refusal.UNKNOWN_TICKET
    if offer.status != ("probe" if buyer.is_probe else "published"):
        return Refusal.NOT_ON_SALE
    if offer.event_id != wish.event_id:
        return Refusal.OTHER_EVENT
    if wish.quantity > offer.max_per_order:
        return Refusal.OVER_LIMIT
    # Also when seats have come back meanwhile: at the moment that counted there were none.
    return Refusal.SOLD_OUT
