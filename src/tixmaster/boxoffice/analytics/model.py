"""Analytics events and what is made of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec

from tixmaster.boxoffice import text


class Note(msgspec.Struct, kw_only=True, frozen=True):
    """Something that a visitor did. `properties` is free, within 8 kB."""

    event: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    properties: dict[str, Any] = {}

    def __post_init__(self) -> None:
        text.check(self.event, "event")


class Noted(msgspec.Struct, kw_only=True, frozen=True):
    """A stored note."""

    id: int
    event: str
    user_id: UUID
    properties: dict[str, Any]
    created_at: datetime


class Summary(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """All notes in three numbers and the time of the last."""

    events: int
    users: int
    kinds: int
    last_at: datetime | None
