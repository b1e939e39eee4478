"""What the forms about alerts share: lengths of time, and the reader's zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Annotated

import msgspec

from tixmaster.oncall.errors import MaintenanceError
from tixmaster.stack.said import said

LENGTHS: dict[str, timedelta] = {
    "15m": timedelta(minutes=15),
    "1h": timedelta(hours=1),
    "4h": timedelta(hours=4),
    "12h": timedelta(hours=12),
    "1d": timedelta(days=1),
    "7d": timedelta(days=7),
}
USUAL = "1h"
MAINTENANCE_LENGTHS: dict[str, timedelta] = {
    "15m": timedelta(minutes=15),
    "30m": timedelta(minutes=30),
    "1h": timedelta(hours=1),
    "2h": timedelta(hours=2),
    "4h": timedelta(hours=4),
    "8h": timedelta(hours=8),
    "1d": timedelta(days=1),
}
Zone = Annotated[int, msgspec.Meta(ge=-14 * 60, le=14 * 60)]
"""Minutes east of UTC."""
Comment = Annotated[str, msgspec.Meta(max_length=1000)]


def moment_of(text: str, zone: int, now: datetime) -> datetime:
    """What a field for a moment holds, in the reader's zone; an empty one is now. Raises `MaintenanceError`."""
    if not text:
        return now
    try:
        return datetime.fromisoformat(text).replace(tzinfo=timezone(timedelta(minutes=zone))).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise MaintenanceError(
            said(
                "{text!r} is no moment such as 2026-03-01T10:00",
                "{text!r} 不是時間；格式如 2026-03-01T10:00",
                text=text,
            )
        ) from error
