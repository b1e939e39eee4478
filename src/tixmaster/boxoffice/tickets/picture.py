"""The QR code of a ticket (ISO/IEC 18004) as a picture."""

from __future__ import annotations

import asyncio
import io

import segno

from tixmaster.boxoffice.errors import ConflictError, NotFoundError
from tixmaster.boxoffice.identity import Caller
from tixmaster.boxoffice.office import Office
from tixmaster.boxoffice.orders import settle


async def svg(office: Office, caller: Caller, number: str, ticket_id: int) -> bytes:
    """The picture of a valid ticket, for its owner alone. Raises `NotFoundError`, `ConflictError`."""
    order = await settle.find(office, caller, number)
    item = next((item for item in order.items if item.id == ticket_id), None)
    if item is None or order.user_id != caller.user_id:
        raise NotFoundError("Ticket not found")
    if item.status != "valid" or item.qr_code is None:
        raise ConflictError(f"The ticket is {item.status}: only a valid one has a code to show")
    # Some milliseconds of computing, during which others are served.
    return await asyncio.to_thread(_draw, item.qr_code)


def _draw(text: str) -> bytes:
    """Dark on white with the quiet zone, so that it can be scanned from a dark page, too."""
    picture = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        picture, kind="svg", scale=6, dark="#000", light="#fff", title="Ticket"
    )
    return picture.getvalue()
