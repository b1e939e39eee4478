"""Looks, again and again, at what is on sale and whether every seat is accounted for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg

from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.office import Office

RECONCILE_SECONDS: Final = 30.0
"""All orders are counted: with millions of them that takes a while."""

EVENTS_SHOWN: Final = 8
"""So many events have seats of their own among the metrics: a label must not grow with the number of events."""

_SEATS = statement(__package__, "seats")
_LOOK = statement(__package__, "stocktaking")
_RECONCILE = statement(__package__, "reconcile")


@dataclass(frozen=True, kw_only=True)
class Account:
    """The seats of one ticket type: in stock, held by unpaid orders, sold."""

    ticket_id: int
    event: str
    ticket_type: str
    total: int
    stock: int
    held: int
    sold: int

    @property
    def difference(self) -> int:
        """Seats that are too many (above 0) or missing (below 0); 0 when all are accounted for."""
        return self.stock + self.held + self.sold - self.total

    @property
    def oversold(self) -> int:
        """Seats sold or held beyond those there are."""
        return max(self.held + self.sold - self.total, 0)


async def look(office: Office) -> None:
    """What is on sale and how it sells, and whether holds are given back."""
    row = await office.database.row(_LOOK)
    seats = await office.database.rows(_SEATS, EVENTS_SHOWN)
    office.metrics.show_seats((item["number"], item["title"], dict(item)) for item in seats)
    office.metrics.sales_open.set(row["sales_open"])
    office.metrics.oldest_expired_hold.set(row["oldest_expired_hold_seconds"])


async def reconcile(office: Office) -> None:
    """Whether every seat is accounted for."""
    async with office.database.connection(RECONCILE_SECONDS) as connection:
        found = await accounts(connection)
    office.metrics.oversold_seats.set(sum(account.oversold for account in found))
    office.metrics.stock_differences.set(sum(account.difference != 0 for account in found))


async def accounts(connection: asyncpg.Connection) -> list[Account]:
    """The account of every ticket type, from one snapshot."""
    return [Account(**row) for row in await connection.fetch(_RECONCILE)]
