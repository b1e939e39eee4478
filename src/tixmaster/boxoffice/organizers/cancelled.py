"""Ends the orders of cancelled events: unpaid ones are cancelled, paid ones refunded, some at a time.

What is left to do is read from the orders themselves, so it does not matter when a process dies, or how many do this at
once. Seats, tickets and refunds follow by the triggers (database/migrations/0004_order_triggers.sql).
"""

from __future__ import annotations

from typing import Final

from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.office import Office

CHUNK: Final = 200
"""Orders of one statement: some milliseconds during which their rows are locked."""

_BY_INDEX: Final = "SET LOCAL enable_seqscan = off"
"""Most orders are of events that go on: a planner that hopes to find enough soon would read them all, every second."""

_REFUND = statement(__package__, "refund_cancelled")
_CANCEL = statement(__package__, "cancel_unpaid")
_NOTE_UNPAID_ENDED = statement(__package__, "note_unpaid_ended")


async def end_orders(office: Office) -> None:
    """Ends all orders that are open now."""
    while await end_some(office, CHUNK):
        pass


async def end_some(office: Office, most: int) -> int:
    """Ends up to `most` orders of each kind; how many."""
    ended = await _end(office, _CANCEL, most) + await _end(office, _REFUND, most)
    if not ended:
        await office.database.row(_NOTE_UNPAID_ENDED)
    return ended


async def _end(office: Office, sql: str, most: int) -> int:
    async with office.database.connection() as connection, connection.transaction():
        await connection.execute(_BY_INDEX)
        rows = await connection.fetch(sql, most)
    for row in rows:
        office.reservations.seats_came_back(row["ticket_id"])
    return sum(row["orders"] for row in rows)
