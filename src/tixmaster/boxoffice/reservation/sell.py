"""The merged statement: one call of the function `sell` (the newest in database/migrations) for many requests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.reservation.request import Answer, Outcome, Request, Terms

KEY_LIFE: Final = timedelta(hours=24)
"""How long an `Idempotency-Key` stands for the order it made; after that it is free again."""

_SELL = statement(__package__, "sell")
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}
_COLUMNS: Final[tuple[Callable[[Request], object], ...]] = (
    lambda request: request.buyer,
    lambda request: request.version,
    lambda request: request.probe,
    lambda request: request.event,
    lambda request: request.quantity,
    lambda request: request.state,
    lambda request: request.method,
    lambda request: request.key,
    lambda request: request.number,
    lambda request: " ".join(request.codes),
)


@dataclass(frozen=True, slots=True)
class Sale:
    """The answers, one a request in the same order, and the seats that are left after them."""

    answers: list[Answer]
    seats_left: int | None


async def sell(database: Database, terms: Terms, requests: Sequence[Request]) -> Sale:
    """Serves requests for one ticket type in their order. Everything is committed when this returns."""
    columns = [[column(request) for request in requests] for column in _COLUMNS]
    bounds = terms.open_orders, terms.open_seats
    row = await database.row(_SELL, requests[0].ticket, terms.hold, KEY_LIFE, *bounds, *columns)
    return Sale(answers=_answers(row, terms.hold, requests), seats_left=row["seats_left"])


def _answers(row: Any, hold: timedelta, requests: Sequence[Request]) -> list[Answer]:
    price, placed_at = row["price_cents"], row["placed_at"]
    expires_at = placed_at and placed_at + hold
    return [
        Answer(_OUTCOMES[outcome], order_id or 0, price, placed_at, expires_at, request.number, request.codes)
        for outcome, order_id, request in zip(row["outcomes"], row["ids"], requests, strict=True)
    ]
