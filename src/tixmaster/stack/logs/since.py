"""Moments as people write them: `15m`, `2h`, `2026-11-23T14:00`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Final

from tixmaster.stack.errors import ConfigError
from tixmaster.stack.logs.stamps import aware

_AGO: Final = re.compile(r"(?:\d+(?:\.\d+)?[smhdw])+")
_PART: Final = re.compile(r"(\d+(?:\.\d+)?)([smhdw])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_CLOCK: Final = re.compile(r"\d\d:\d\d(?::\d\d)?")


def moment_of_words(words: str, now: datetime) -> datetime:
    """So long before `now`, or that time (local where no zone is given; a bare `14:00` is today's).

    Raises `ConfigError` that says what can be written.
    """
    if _AGO.fullmatch(words):
        seconds = sum(float(number) * _SECONDS[unit] for number, unit in _PART.findall(words))
        try:
            return now - timedelta(seconds=seconds)
        except OverflowError:
            pass
    try:
        if _CLOCK.fullmatch(words):
            return aware(datetime.fromisoformat(f"{now.astimezone():%Y-%m-%d}T{words}"))
        return aware(datetime.fromisoformat(words))
    except (ValueError, OverflowError) as error:
        raise ConfigError(
            f"{words!r} is no time. Write 90s, 15m, 2h or 3d ago, or 14:00, or 2026-11-23T14:00."
        ) from error
