"""Making one connection."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import asyncpg


async def connect(url: str, **options: Any) -> asyncpg.Connection:
    """A new connection. A refusal says which address refused, which uvloop leaves out and on-call needs."""
    try:
        return await asyncpg.connect(url, **options)
    except OSError as error:
        if error.errno is None:
            raise
        address = urlsplit(url)
        raise OSError(error.errno, f"Connect call failed ({address.hostname!r}, {address.port or 5432})") from None
