"""The gate: a ticket of ours lets somebody in, once."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Final

from tixmaster.boxoffice.database.statements import statement
from tixmaster.boxoffice.errors import AlreadyUsedError, ConflictError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.reservation import codes
from tixmaster.boxoffice.tickets.model import Admission, Scan
from tixmaster.boxoffice.tickets.qr import VERSION

LOOKS: Final = 2
"""Somebody else was faster: look once more, to say when and where."""

_CHECK_IN = statement(__package__, "check_in")
_UNPAID = statement(__package__, "unpaid")


async def check_in(office: Office, caller: Caller, scan: Scan) -> Admission:
    """Lets the ticket in. Raises `InvalidError` for what we did not sign, `NotFoundError` for what is not the caller's to
    check, `AlreadyUsedError`, and `ConflictError` for what lets nobody in here."""
    claims = office.signer.read(scan.qr)
    return await _let_in(office, caller, scan, claims.c, claims.e, claims.t)


async def check_in_typed(office: Office, caller: Caller, scan: Scan) -> Admission:
    """As `check_in`, also by the code alone, which somebody types; raises `ConflictError` where it is not paid for."""
    if scan.qr.startswith(f"{VERSION}."):
        return await check_in(office, caller, scan)
    code = codes.typed(scan.qr, codes.TICKET)
    try:
        return await _let_in(office, caller, scan, code, None, None)
    except NotFoundError:
        if await office.database.row(_UNPAID, code, caller.user_id, caller.is_admin):
            raise ConflictError("The order of this ticket is not paid").because("unpaid") from None
        raise


async def _let_in(
    office: Office, caller: Caller, scan: Scan, code: str, event: int | None, ticket_type: int | None
) -> Admission:
    known = (code, event, ticket_type, scan.gate, caller.user_id, caller.is_admin, scan.event_id)
    for _ in range(LOOKS):
        row = await office.database.row(_CHECK_IN, *known)
        if row is None:
            raise NotFoundError("Ticket not found")
        if row["admitted_at"] is not None:
            return _admission(row, scan.gate)
        _refuse(row, scan)
    raise ConflictError("The ticket is being checked at another gate. Scan it again.").because("checked_elsewhere")


def _refuse(row: Any, scan: Scan) -> None:
    """Raises why the ticket does not let in; nothing where it was still valid a moment ago."""
    if row["event_status"] == "cancelled":
        raise ConflictError(f"The event is cancelled: {row['title']}").because("event_cancelled")
    if scan.event_id not in (None, row["event_id"]):
        raise ConflictError(f"This ticket is for another event: {row['title']}").because("other_event")
    if row["status"] == "used":
        at = row["used_at"].astimezone(UTC)
        raise AlreadyUsedError(f"Already used at {at:%H:%M:%S} UTC at gate {row['gate']}", row["used_at"], row["gate"])
    if row["status"] == "void":
        raise ConflictError("This ticket is void: its order was refunded").because("void")


def _admission(row: Any, gate: str) -> Admission:
    return Admission(
        id=row["id"],
        ticket_code=row["code"],
        order_number=row["order_number"],
        event_id=row["event_id"],
        event=row["title"],
        ticket_type=row["ticket_type"],
        used_at=row["admitted_at"],
        gate=gate,
    )
