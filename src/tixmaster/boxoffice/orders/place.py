"""Placing an order: ask for the seats, and put what came of it into words."""

from __future__ import annotations

from typing import Final

import asyncpg
from structlog.contextvars import bind_contextvars

from tixmaster.boxoffice import money, text
from tixmaster.boxoffice.digits import whole
from tixmaster.boxoffice.errors import (
    BoxOfficeError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    KeyReusedError,
    NotFoundError,
)
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.orders import queries
from tixmaster.boxoffice.orders.model import LARGEST_ID, MOST_SEATS, Hold, Order, Purchase, unissued
from tixmaster.boxoffice.reservation.request import Answer, Outcome, State

_ANSWERS: Final[dict[Outcome, tuple[type[BoxOfficeError], str]]] = {
    Outcome.KEY_REUSED: (
        KeyReusedError,
        "This Idempotency-Key was used for another order. Use a new key for a new order.",
    ),
    Outcome.UNKNOWN_TICKET: (NotFoundError, "Ticket not found"),
    # The token is genuine, and its account is gone (as after a restore of the database) or has another password now.
    Outcome.NO_ACCOUNT: (ForbiddenError, "Invalid or expired token"),
    Outcome.OTHER_EVENT: (InvalidError, "This ticket is not for that event"),
    Outcome.NOT_ON_SALE: (InvalidError, "This ticket is not on sale"),
    Outcome.EVENT_PAST: (InvalidError, "This event has already begun. Its tickets are no longer sold"),
    Outcome.SALE_NOT_OPEN: (InvalidError, "The sale of this ticket has not begun yet"),
    Outcome.SALE_OVER: (InvalidError, "The sale of this ticket is over"),
    Outcome.OVER_ORDER_LIMIT: (InvalidError, "More tickets than one order may hold"),
    Outcome.OVER_BUYER_LIMIT: (InvalidError, "More tickets than one person may buy"),
    # 409, not 429: time alone does not help as fast as paying or canceling does.
    Outcome.OVER_OPEN_LIMIT: (
        ConflictError,
        "You have too many unpaid orders or seats. Pay for or cancel one of your orders, then try again",
    ),
    # Also when seats have come back meanwhile: at the moment that counted there were too few.
    Outcome.SOLD_OUT: (InvalidError, "Not enough tickets available"),
}


async def place(office: Office, buyer: Caller, wish: Purchase | Hold, key: str | None) -> Order:
    """The order, new or the earlier one of the same key. Raises what the buyer is to be told.

    Counts the outcome, except the probe's and except for an order that was placed before.
    """
    state, method = _beginning(wish)
    event, ticket, quantity = _numbers(wish)
    if wrong := text.problem(method, "paymentMethod"):
        raise InvalidError(wrong)
    counted, answer = "failed", None
    try:
        answer = await office.reservations.reserve(
            buyer=buyer.user_id,
            version=buyer.ver,
            probe=buyer.is_probe,
            event=event,
            ticket=ticket,
            quantity=quantity,
            state=state,
            method=method,
            key=key,
        )
        counted = "confirmed" if answer.outcome is Outcome.SOLD else "declined"
    except asyncpg.DataError:
        counted = "declined"  # a value that cannot be stored: the caller's mistake
        raise
    finally:
        if not buyer.is_probe and (answer is None or answer.outcome is not Outcome.REPLAYED):
            office.metrics.order_outcome[counted].inc()
            if answer is not None and counted == "confirmed":
                office.metrics.count_money("ordered", answer.price_cents * quantity)
    if answer.outcome is Outcome.SOLD:
        return _new_order(buyer, event, ticket, quantity, state, method, answer)
    if answer.outcome is Outcome.REPLAYED:
        return await queries.as_placed(office.database, office.signer, answer.order_id)
    bind_contextvars(refusal=answer.outcome)
    error, message = _ANSWERS[answer.outcome]
    raise error(message).because(answer.outcome)


def _beginning(wish: Purchase | Hold) -> tuple[State, str]:
    """The first state and the payment method, which somebody with a hold has not chosen yet."""
    return ("hold", "") if isinstance(wish, Hold) else ("pending", wish.payment_method)


def _numbers(wish: Purchase | Hold) -> tuple[int, int, int]:
    try:
        return (
            whole(wish.event_id, "eventId", 1, LARGEST_ID),
            whole(wish.ticket_id, "ticketId", 1, LARGEST_ID),
            whole(wish.quantity, "quantity", 1, MOST_SEATS),
        )
    except ValueError as error:
        raise InvalidError(str(error)) from error


def _new_order(
    buyer: Caller, event: int, ticket: int, quantity: int, state: State, method: str, answer: Answer
) -> Order:
    return Order(
        id=answer.order_id,
        order_number=answer.number,
        user_id=buyer.user_id,
        event_id=event,
        ticket_id=ticket,
        quantity=quantity,
        total_amount=money.text(answer.price_cents * quantity),
        status=state,
        payment_method=method,
        created_at=answer.placed_at,
        paid_at=None,
        expired_at=answer.expires_at,
        items=unissued(answer.order_id, answer.codes, state),
    )
