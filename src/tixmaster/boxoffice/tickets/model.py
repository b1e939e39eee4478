"""What a gate sends, and what it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from tixmaster.boxoffice import text
from tixmaster.boxoffice.digits import Digits, whole
from tixmaster.boxoffice.tickets.qr import LONGEST


class Scan(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """A code that was read at a gate. With `event_id`, tickets for the organiser's other events are turned away."""

    qr: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
    gate: Annotated[str, msgspec.Meta(min_length=1, max_length=50)]
    event_id: Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)] | Digits | None = None

    def __post_init__(self) -> None:
        text.check(self.gate, "gate")
        if isinstance(self.event_id, str):
            msgspec.structs.force_setattr(self, "event_id", whole(self.event_id, "eventId", 1, 2**63 - 1))


class Admission(msgspec.Struct, kw_only=True, frozen=True):
    """A ticket that was let in just now."""

    id: int
    ticket_code: str
    order_number: str
    event_id: int
    event: str
    ticket_type: str
    used_at: datetime
    gate: str


class PublicKey(msgspec.Struct, kw_only=True, frozen=True):
    """What a gate needs to check tickets without a network."""

    algorithm: str
    public_key: str
    format: str
    verification: list[str]
