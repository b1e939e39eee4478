"""A flag, and a turn of it."""

from __future__ import annotations

from datetime import datetime

import msgspec


class Flag(msgspec.Struct, kw_only=True, frozen=True, rename="camel"):
    """Whether a feature is on."""

    enabled: bool
    description: str
    updated_at: datetime


class Turn(msgspec.Struct, kw_only=True, frozen=True):
    """On or off."""

    enabled: bool
