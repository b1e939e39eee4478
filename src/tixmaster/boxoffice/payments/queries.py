"""The statements about payments."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from tixmaster.boxoffice.database.pool import Database
from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.payments.provider import Notice, Payment

_OPEN = statement(__package__, "open")
_NOTICE = statement(__package__, "notice")
_REFUNDS_DUE = statement(__package__, "refunds_due")


class Settled(StrEnum):
    """What the functions `settle_payment` and `fail_payment` say; see database/migrations/0006_settle_payment.sql."""

    PAID = "paid"
    SETTLED = "settled"
    REFUND_DUE = "refund_due"
    FAILED = "failed"
    OPEN = "open"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Refund:
    """Money that has to go back, and how often that was tried."""

    payment: Payment
    provider: str
    attempts: int


async def open_payment(database: Database, caller: Caller, number: str, provider: str, method: str) -> Payment | None:
    """The open payment of an order of the caller's, made where there is none; None where the order cannot be paid."""
    row = await database.row(_OPEN, number, caller.user_id, caller.is_admin, provider, method)
    return row and _payment(row)


async def note_reference(database: Database, payment: UUID, reference: str) -> None:
    """Remembers what the provider calls it."""
    await database.row("UPDATE payments SET reference = $2 WHERE id = $1", payment, reference)


async def succeeded(database: Database, payment: UUID, *, take_late: bool) -> Settled:
    """The money is there."""
    return Settled((await database.row("SELECT settle_payment($1, $2) AS became", payment, take_late))["became"])


async def failed(database: Database, payment: UUID, why: str) -> Settled:
    """The provider refused."""
    return Settled((await database.row("SELECT fail_payment($1, $2) AS became", payment, why))["became"])


async def take_notice(database: Database, provider: str, notice: Notice, *, take_late: bool) -> Settled | None:
    """What a webhook changed; None when it was taken before."""
    row = await database.row(
        _NOTICE, provider, notice.id, notice.payment, notice.outcome.value, take_late, notice.failure
    )
    return row and Settled(row["became"])


async def find(database: Database, payment: UUID) -> Payment | None:
    """A payment by our id."""
    row = await database.row(
        "SELECT p.id, p.order_id, o.order_number, o.payment_method AS method, p.amount_cents, p.reference "
        "FROM payments p JOIN orders o ON o.id = p.order_id WHERE p.id = $1",
        payment,
    )
    return row and _payment(row)


async def lease_refunds(database: Database) -> list[Refund]:
    """Refunds to carry out now; one that is not noted as done comes again."""
    return [
        Refund(payment=_payment(row), provider=row["provider"], attempts=row["refund_attempts"])
        for row in await database.rows(_REFUNDS_DUE)
    ]


async def note_refunded(database: Database, payment: UUID) -> None:
    """The provider has given the money back."""
    await database.row("UPDATE payments SET status = 'refunded' WHERE id = $1 AND status = 'refund_due'", payment)


def _payment(row: Any) -> Payment:
    return Payment(**{name: row[name] for name in Payment.__dataclass_fields__})
